package request

import (
	"os"
	"strings"

	"shotput/loadgen/fault"
	"shotput/loadgen/header"
)

// Check says what is wrong with the request, taken by itself. What is wrong with its texts and files, Compile says,
// which opens them.
func (s *Spec) Check(f *fault.List) {
	if !header.IsToken(s.Method) {
		f.Add("method", s.Method, "is no HTTP method: letters such as PUT")
	}
	for _, h := range s.Header {
		if !header.IsToken(h.Name) {
			f.Add("header", h.Name, "is no header name; write 'Name: value'")
		}
	}
	if set := s.Body.given(); len(set) > 1 {
		f.Add("body", "", "has %d sources (%s); give one of them", len(set), strings.Join(set, ", "))
	}
}

// Sources counts the fields of b that are set.
func (b *Body) Sources() int { return len(b.given()) }

// given names the sources of b that are set.
func (b *Body) given() (names []string) {
	for _, source := range []struct {
		name string
		set  bool
	}{
		{"text", b.Text != ""}, {"data", b.Data != nil}, {"file", b.File != ""}, {"size", b.Size != 0},
		{"sizes", b.Sizes != ""},
		{"form", len(b.Form) > 0}, {"lines", b.Lines != ""}, {"dir", b.Dir != ""},
	} {
		if source.set {
			names = append(names, source.name)
		}
	}
	return names
}

// awaits says whether a request with this body asks before it sends it: one that has a body (RFC 9110 §10.1.1).
func (b *Body) awaits() bool {
	if b.Data != nil && len(b.Data) == 0 {
		return false
	}
	if info, err := os.Stat(b.File); b.File != "" && err == nil && info.Size() == 0 {
		return false
	}
	return b.Sources() > 0 || b.Chunked
}
