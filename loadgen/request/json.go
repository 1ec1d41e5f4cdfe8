package request

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

// Texts of a body may be in any encoding, since a file can be one. What is no UTF-8 goes as its bytes: in a string of
// JSON they would be replaced, and another body would be sent.

type bodyJSON struct {
	bodyFields
	Bytes []byte `json:"text_base64,omitzero"`
}

type bodyFields Body // without its methods

// MarshalJSON writes the body.
func (b Body) MarshalJSON() ([]byte, error) {
	written := bodyJSON{bodyFields: bodyFields(b)}
	if !utf8.ValidString(b.Text) {
		written.Text, written.Bytes = "", []byte(b.Text)
	}
	return json.Marshal(written)
}

// UnmarshalJSON reads what MarshalJSON writes, and nothing beside it.
func (b *Body) UnmarshalJSON(text []byte) error {
	var read bodyJSON
	if err := readExactly(text, &read); err != nil {
		return err
	}
	if read.Bytes != nil {
		read.Text = string(read.Bytes)
	}
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
	if !utf8.ValidString(p.Text) {
		written.Text, written.Bytes = "", []byte(p.Text)
	}
	return json.Marshal(written)
}

// UnmarshalJSON reads what MarshalJSON writes, and nothing beside it.
func (p *Part) UnmarshalJSON(text []byte) error {
	var read partJSON
	if err := readExactly(text, &read); err != nil {
		return err
	}
	if read.Bytes != nil {
		read.Text = string(read.Bytes)
	}
	*p = Part(read.partFields)
	return nil
}

// readExactly refuses a field that it does not know: to pass over one would be to send something else.
func readExactly(text []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	return d.Decode(into)
}
