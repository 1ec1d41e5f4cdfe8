// Package header is a header line as a value: its name, what it says, and what may stand in either. It refuses to
// know what a line is for.
package header

import (
	"encoding/base64"
	"net/url"
	"slices"
	"strings"
)

// A Line is one header line of a request, as curl's option for them has it.
type Line struct {
	Name   string `json:"name,omitzero"`
	Value  string `json:"value,omitzero"`  // a template
	Remove bool   `json:"remove,omitzero"` // send no such header, not even the default one
}

// IsToken says whether s may stand as a method or header name (RFC 9110 §5.6.2).
func IsToken(s string) bool {
	const marks = "!#$%&'*+-.^_`|~"
	bad := strings.IndexFunc(s, func(r rune) bool {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
		return !letter && !strings.ContainsRune(marks, r)
	})
	return s != "" && bad < 0
}

// Bad says whether b may not stand in the value of a header: line breaks above all, which would let a value bring in
// headers of its own.
func Bad(b byte) bool { return b < ' ' && b != '\t' || b == 0x7f }

// Named says whether one of the lines has this name.
func Named(lines []Line, name string) bool {
	return slices.ContainsFunc(lines, func(h Line) bool { return strings.EqualFold(h.Name, name) })
}

// Basic is what Authorization says of a user (RFC 7617).
func Basic(u *url.Userinfo) string {
	password, _ := u.Password()
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(u.Username()+":"+password))
}

// WithoutZone is a host without the zone of an IPv6 address, which has a meaning on this machine only (RFC 6874 §4).
func WithoutZone(host string) string {
	zone, end := strings.Index(host, "%"), strings.Index(host, "]")
	if zone < 0 || end < zone {
		return host
	}
	return host[:zone] + host[end:]
}
