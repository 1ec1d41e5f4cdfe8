package header

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

// A lineJSON is a line as JSON. A value that is no UTF-8, as of a text in an older encoding, goes as its bytes: in a
// string of JSON they would be replaced, and another request would be sent.
type lineJSON struct {
	lineFields
	Bytes []byte `json:"value_base64,omitzero"`
}

type lineFields Line // without its methods

// MarshalJSON writes the line.
func (l Line) MarshalJSON() ([]byte, error) {
	written := lineJSON{lineFields: lineFields(l)}
	if !utf8.ValidString(l.Value) {
		written.Value, written.Bytes = "", []byte(l.Value)
	}
	return json.Marshal(written)
}

// UnmarshalJSON reads what MarshalJSON writes, and nothing beside it.
func (l *Line) UnmarshalJSON(b []byte) error {
	var read lineJSON
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&read); err != nil {
		return err
	}
	if read.Bytes != nil {
		read.Value = string(read.Bytes)
	}
	*l = Line(read.lineFields)
	return nil
}
