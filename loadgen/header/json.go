package header

import (
	"encoding/json"

	"shotput/loadgen/exact"
)

// A lineJSON is a line as JSON. Its value may be of a text in an older encoding than UTF-8.
type lineJSON struct {
	lineFields
	Bytes []byte `json:"value_base64,omitzero"`
}

type lineFields Line // without its methods

// MarshalJSON writes the line.
func (l Line) MarshalJSON() ([]byte, error) {
	written := lineJSON{lineFields: lineFields(l)}
	written.Value, written.Bytes = exact.Split(l.Value)
	return json.Marshal(written)
}

// UnmarshalJSON reads what MarshalJSON writes, and nothing beside it.
func (l *Line) UnmarshalJSON(b []byte) error {
	var read lineJSON
	if err := exact.Read(b, &read); err != nil {
		return err
	}
	read.Value = exact.Join(read.Value, read.Bytes)
	*l = Line(read.lineFields)
	return nil
}
