// Package exact keeps a plan the same on its way through JSON: a text that is no UTF-8, which a string of JSON cannot
// hold, goes as its bytes, and a field that is not known is refused. It refuses to know what the texts are for.
package exact

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

// Split gives a text as it is, or as its bytes where a string of JSON would replace some of them. It is one of both:
// the other is empty.
func Split(text string) (whole string, raw []byte) {
	if utf8.ValidString(text) {
		return text, nil
	}
	return "", []byte(text)
}

// Join is the text that was split.
func Join(whole string, raw []byte) string {
	if raw != nil {
		return string(raw)
	}
	return whole
}

// Read reads JSON. It refuses a field that it does not know: to pass over one would be to send something else.
func Read(text []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	return d.Decode(into)
}
