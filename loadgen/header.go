// Package header is a header line as a value: its name, what it says, and what may stand in either. It refuses to
// know what a line is for.
package loadgen

import (
	"encoding/base64"
	"net/url"
	"slices"
	"strings"
)

// Header is one header line of the request, as with curl's -H.
type Header struct {
	Name   string
	Value  string // a template
	Remove bool   // send no such header, not even the default one
}

// isToken says whether s may stand as a method or header name (RFC 9110 §5.6.2).
func isToken(s string) bool {
	const marks = "!#$%&'*+-.^_`|~"
	bad := strings.IndexFunc(s, func(r rune) bool {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
		return !letter && !strings.ContainsRune(marks, r)
	})
	return s != "" && bad < 0
}

// badInHeader: line breaks above all, which would let a value bring in headers of its own.
func badInHeader(b byte) bool { return b < ' ' && b != '\t' || b == 0x7f }

// named says whether one of the lines has this name.
func named(lines []Header, name string) bool {
	return slices.ContainsFunc(lines, func(h Header) bool { return strings.EqualFold(h.Name, name) })
}

// basic is what Authorization says of a user (RFC 7617).
func basic(u *url.Userinfo) string {
	password, _ := u.Password()
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(u.Username()+":"+password))
}
