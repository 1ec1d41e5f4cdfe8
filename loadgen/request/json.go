package request

import (
	"encoding/json"

	"shotput/loadgen/exact"
)

// Texts of a body may be in any encoding, since a file can be one.

type bodyJSON struct {
	bodyFields
	Bytes []byte `json:"text_base64,omitzero"`
}

type bodyFields Body // without its methods

// MarshalJSON writes the body.
func (b Body) MarshalJSON() ([]byte, error) {
	written := bodyJSON{bodyFields: bodyFields(b)}
	written.Text, written.Bytes = exact.Split(b.Text)
	return json.Marshal(written)
}

// UnmarshalJSON reads what MarshalJSON writes, and nothing beside it.
func (b *Body) UnmarshalJSON(text []byte) error {
	var read bodyJSON
	if err := exact.Read(text, &read); err != nil {
		return err
	}
	read.Text = exact.Join(read.Text, read.Bytes)
	*b = Body(read.bodyFields)
	return nil
}

type partJSON struct {
	partFields
	Bytes []byte `json:"text_base64,omitzero"`
}

type partFields Part // without its methods

// MarshalJSON writes the part.
func (p Part) MarshalJSON() ([]byte, error) {
	written := partJSON{partFields: partFields(p)}
	written.Text, written.Bytes = exact.Split(p.Text)
	return json.Marshal(written)
}

// UnmarshalJSON reads what MarshalJSON writes, and nothing beside it.
func (p *Part) UnmarshalJSON(text []byte) error {
	var read partJSON
	if err := exact.Read(text, &read); err != nil {
		return err
	}
	read.Text = exact.Join(read.Text, read.Bytes)
	*p = Part(read.partFields)
	return nil
}
