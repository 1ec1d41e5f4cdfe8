// Package answer says which answers count as OK: their status, their headers, and what stands in their body. It refuses
// to know how an answer came: both engines hand it the same value.
package answer

import "cmp"

// A Spec says which answers count as OK.
type Spec struct {
	Status StatusSet `json:"status,omitzero"` // default 2xx
	Header []string  `json:"header,omitzero"` // "Name", or "Name: value": an answer without it is no success
	Body   string    `json:"body,omitzero"`   // a regular expression (RE2) that the answer's body must match
	JSON   string    `json:"json,omitzero"`   // a comparison that must hold for the answer's body, such as status == "ok"
}

// Over is s where it says something, and base where s leaves it open.
func (s Spec) Over(base *Spec) Spec {
	if !s.Status.given() {
		s.Status = base.Status
	}
	if s.Header == nil {
		s.Header = base.Header
	}
	s.Body, s.JSON = cmp.Or(s.Body, base.Body), cmp.Or(s.JSON, base.JSON)
	return s
}

// None says whether s leaves everything open.
func (s *Spec) None() bool {
	return !s.Status.given() && len(s.Header) == 0 && s.Body == "" && s.JSON == ""
}
