package rows

import (
	"encoding/json"
	"errors"
)

var errNoJSON = errors.New("is no JSON")

// OpenJSON opens a file each of whose lines, but for the empty ones, is a JSON value. A line that is none is an error
// when it is read.
func OpenJSON(path string) (*File, error) {
	f, err := OpenFull(path)
	if err != nil {
		return nil, err
	}
	f.check = checkJSON
	return f, nil
}

// checkJSON says whether a line is one JSON value.
func checkJSON(line []byte) error {
	if !json.Valid(line) {
		return errNoJSON
	}
	return nil
}
