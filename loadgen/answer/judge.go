package answer

import (
	"bytes"
	"iter"
	"net/http"
	"strings"

	"shotput/loadgen/secret"
	"shotput/stats"
)

// An Expected says which answers count as OK, compiled. It is the one judgement for both engines and for a request that
// is sent alone. Safe for concurrent use.
type Expected struct {
	status StatusSet
	checks *Checks // nil: none
}

// Expect compiles what s says. decode says that the request asks for compressed answers. The error joins all faults.
func (s *Spec) Expect(decode bool) (*Expected, error) {
	checks, err := s.Compile(decode)
	return &Expected{s.Status, checks}, err
}

// Counts says whether answers with this status count as OK, as far as the status goes.
func (e *Expected) Counts(status int) bool { return e.status.Contains(status) }

// Seen is what an engine saw of an answer beside its status. The header comes as net/http has it or as lines; an engine
// that keeps neither for an answer without checks gives the note alone.
type Seen struct {
	Header http.Header
	Lines  []byte // "Name: value" and CRLF each; used where Header is nil
	Note   string // "Name: value" of the first of noted that the answer has
	Body   []byte // its beginning, where checks look at it
	Cut    bool   // the body was longer

	unpacked bool // Body is what a compressed one says
}

// Values gives the values of a header, in their order.
func (a *Seen) Values(name string) iter.Seq[string] {
	return func(yield func(string) bool) {
		if a.Header != nil {
			for _, value := range a.Header.Values(name) {
				if !yield(value) {
					return
				}
			}
			return
		}
		for line := range bytes.SplitSeq(a.Lines, []byte("\r\n")) {
			if is, value, _ := bytes.Cut(line, []byte(": ")); equalFold(is, name) && !yield(string(value)) {
				return
			}
		}
	}
}

// equalFold is strings.EqualFold of a name in bytes.
func equalFold(b []byte, name string) bool {
	return len(b) == len(name) && strings.EqualFold(string(b), name)
}

// First is the first value of a header.
func (a *Seen) First(name string) (value string, found bool) {
	for value := range a.Values(name) {
		return value, true
	}
	return "", false
}

// noted are the headers in which an answer says why it is not the one expected, the most telling first.
var noted = []string{"Allow", "Retry-After", "Location", "Www-Authenticate"}

// Judge settles what became of a request. One whose exchange failed (o.Outcome is not OK) stays as it is; an answer
// with another status than expected, or for which a check does not hold, becomes a failure.
func (e *Expected) Judge(o *stats.Observation, a *Seen) {
	switch {
	case o.Outcome != stats.OK:
	case !e.status.Contains(o.Status):
		o.Outcome, o.Detail = stats.BadStatus, a.note()
	case e.checks == nil:
		o.Detail = ""
	default:
		o.Detail = ""
		if why := e.checks.why(a); why != "" {
			o.Outcome, o.Detail = stats.CheckFailed, why
		}
	}
}

// note is what the answer says of why it is not the one expected, secrets hidden; empty where it says nothing.
func (a *Seen) note() string {
	note := a.Note
	for _, name := range noted {
		if value := a.Header.Get(name); value != "" {
			if name == "Www-Authenticate" { // the scheme is enough
				name = "WWW-Authenticate"
				value, _, _ = strings.Cut(value, " ")
			}
			note = name + ": " + value
			break
		}
	}
	if name, value, ok := strings.Cut(note, ": "); ok {
		return name + ": " + secret.URL(secret.Clip(value))
	}
	return note
}
