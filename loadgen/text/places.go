package text

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// # Places
//
// A value from elsewhere (a file, the environment) may hold anything, and goes into a request that is read by its
// signs: pasted as it is, a quote or an & would change what the rest of the request says. So each call knows its
// place, found when the text is read, and what it gives is written as the place wants it. The obvious way, to encode
// the whole text once it is rendered, cannot tell the signs that were written from those that a value brought.
//
// Functions that make their values up give letters, digits and "-.:", which mean themselves everywhere.

// A Place is where in a request a call stands.
type Place uint8

// The places. In the first two values stand as they are.
const (
	inBody   Place = iota // or wherever nobody knows more
	inOrigin              // what begins a URL, or is a part of one
	inPath
	inQuery
	inJSON   // of a JSON text, between its signs
	inString // of a JSON text, within a string
	inHeader
)

// StandInHeader tells the calls that they stand in the value of a header, and which bytes may not stand there.
func (t *Compiled) StandInHeader(bad func(byte) bool) {
	var q quotes
	t.stand(&q, func(c *call) { c.at, c.bad = inHeader, bad })
}

// StandInBody tells the calls that they stand in a body, or a part of one.
func (t *Compiled) StandInBody() {
	var q quotes
	t.stand(&q, func(c *call) { c.at = inBody })
}

// StandInJSON tells the calls that they stand in a JSON text, within one of its strings or not. The error joins faults.
func (t *Compiled) StandInJSON() error {
	var q quotes
	t.stand(&q, func(c *call) {
		if c.at = inJSON; c.quoted {
			c.at = inString
		}
	})
	return q.faults(t, `stands in an escape that \ begins; for a backslash write \\`)
}

// stand gives each call to place, and settles those that are constant.
func (t *Compiled) stand(q *quotes, place func(c *call)) {
	for i := range t.Parts {
		p := &t.Parts[i]
		if p.action != "" && p.call.name != "" {
			if q.pending > 0 {
				q.split, q.pending = append(q.split, p), 0
			}
			p.call.quoted = q.inside
			place(&p.call)
			if p.call.settleJoint() {
				q.split = append(q.split, p)
			}
			p.settleEnv()
		}
		q.pass(p.Constant)
	}
}

// settleEnv writes a variable of the environment as its place wants it.
func (p *Part) settleEnv() {
	if p.render == nil {
		p.Constant = string(p.call.write([]byte(p.Constant), 0))
	}
}

// quotes follows a text with strings in double quotes.
type quotes struct {
	inside  bool
	pending int     // how many signs of an escape are still to come
	begun   bool    // its next is the one behind the \
	split   []*Part // what stands in an escape
}

// faults are those of what stands in an escape.
func (q *quotes) faults(t *Compiled, why string) error {
	var faults []error
	for _, p := range q.split {
		faults = append(faults, t.fault(p.at, p.action, errors.New(why)))
	}
	return errors.Join(faults...)
}

func (q *quotes) pass(s string) {
	for i := range len(s) {
		switch {
		case q.pending == 1 && s[i] == 'u' && q.begun:
			q.pending, q.begun = 4, false
		case q.pending > 0:
			q.pending, q.begun = q.pending-1, false
		case q.inside && s[i] == '\\':
			q.pending, q.begun = 1, true
		case s[i] == '"':
			q.inside = !q.inside
		}
	}
}

// StandInURL tells the calls in which part of a URL they stand, and which bytes no URL can hold. What begins the URL is
// as it is. The error joins faults.
func (t *Compiled) StandInURL(bad func(byte) bool) error {
	u := urlSoFar{at: inOrigin}
	var q quotes
	var faults []error
	for i := range t.Parts {
		p := &t.Parts[i]
		if p.action != "" && p.call.name != "" {
			c := &p.call
			c.at, c.quoted, c.bad = u.at, q.inside, bad
			c.whole = i == 0 && (tabled[c.source] != "" || c.name == "captured")
			c.strict = u.at == inPath && (u.twice || u.path == "/" || u.path == "//")
			if p.render == nil { // a variable is typed as the text around it is, and often a part with signs of its own
				c.at = inOrigin
			} else if c.settleJoint() || u.inEscape() {
				faults = append(faults, t.fault(p.at, p.action,
					errors.New("stands in an escape that % begins; for a percent sign write %25")))
			}
			p.settleEnv()
		}
		if q.pass(p.Constant); p.render == nil {
			u.pass(p.Constant)
		} else {
			u.passValue(&p.call)
		}
	}
	return errors.Join(faults...)
}

// urlSoFar follows a URL to where its path begins, and its query.
type urlSoFar struct {
	at     Place
	origin string
	path   string // its first two signs
	twice  bool   // the path may begin with // for what a call gives
	given  bool   // a captured value began it, which may have a query already
	tail   string // the last two signs
}

// inEscape says whether what follows would be read as part of an escape.
func (u *urlSoFar) inEscape() bool {
	return u.at != inOrigin && endsInEscape(u.tail)
}

// endsInEscape says whether an escape of a URL has begun at the end of s, and not ended.
func endsInEscape(s string) bool {
	n := len(s)
	return n > 0 && s[n-1] == '%' || n > 1 && s[n-2] == '%'
}

func (u *urlSoFar) pass(s string) {
	if u.at == inOrigin {
		u.origin += s
		rest, from := u.origin, 0
		if scheme, _, ok := strings.Cut(rest, "://"); ok && !strings.ContainsAny(scheme, "/?@") {
			from = len(scheme) + len("://")
		}
		end := strings.IndexAny(rest[from:], "/?")
		if end < 0 {
			return
		}
		s, u.at = rest[from+end:], inPath
		if s[0] == '?' {
			s = "/" + s
		}
	}
	if u.at == inPath {
		path, _, ends := strings.Cut(s, "?")
		u.path = (u.path + path)[:min(2, len(u.path)+len(path))]
		if ends || u.given && strings.Contains(s, "&") {
			u.at = inQuery
		}
	}
	u.tail += s[max(0, len(s)-2):]
	u.tail = u.tail[max(0, len(u.tail)-2):]
}

// passValue steps over a value: of a URL's origin there is none that differs, which whoever reads the URL tells.
func (u *urlSoFar) passValue(c *call) {
	if c.whole { // what it gives may have a path already
		u.at, u.path, u.given = inPath, "xx", c.source == fromAnswers
	}
	if u.at == inPath && u.path == "/" {
		u.twice = u.twice || c.anything()
		u.path += "x"
	}
	u.tail = ""
}

// anything says whether the call may give nothing, or a slash.
func (c *call) anything() bool { return c.source != "" || len(c.encodings) > 0 }

// MayBeginTwice says whether a path may begin with // for what its first call gives.
func (p Parts) MayBeginTwice() bool {
	return len(p) > 1 && p[0].Constant == "/" && p[1].render != nil && p[1].call.anything()
}

// place writes dst[from:], a value, as it must stand where it does; what may not stand there at all fails the request.
func (c *call) place(dst []byte, from int, r Scope) []byte {
	dst = c.write(dst, from)
	if r.With == nil {
		return dst
	}
	if why := c.fault(dst[from:]); why != nil {
		return r.Fail(dst[:from], fmt.Errorf("%s %w", c.describe(), why))
	}
	return dst
}

// write writes dst[from:] as the words behind the call and its place say.
func (c *call) write(dst []byte, from int) []byte {
	for i := range c.encodings {
		dst = c.encodings[i].encode(c, dst, from)
	}
	switch {
	case c.at == inHeader: // space around a value is no part of it, and not every engine would send it
		value := bytes.Trim(dst[from:], " \t")
		return append(dst[:from], value...)
	case c.whole: // a fragment is never sent
		if i := bytes.IndexByte(dst[from:], '#'); i >= 0 {
			return dst[:from+i]
		}
	case c.done():
	case c.at == inPath:
		return percentEncode(dst, from, "/")
	case c.at == inQuery:
		return percentEncode(dst, from, "")
	case c.at == inString:
		return escapeJSON(dst, from)
	}
	return dst
}

// Why a value may not stand where it would.
var (
	errNoURL    = errors.New("gives a character that no URL can hold; write %XX instead")
	errTwice    = errors.New("gives a character that must be written as %XX in a path that may begin with //")
	errNoHeader = errors.New("gives a character that cannot stand in a header")
	errNoValue  = errors.New("gives no JSON value, and stands outside of quotes")
)

// fault says why the value may not stand where it would.
func (c *call) fault(value []byte) error {
	switch {
	case c.at == inJSON && !c.done() && !bareJSON(value):
		return errNoValue
	case c.bad == nil || !slices.ContainsFunc(value, c.bad):
	case c.at == inHeader:
		return errNoHeader
	default:
		return errNoURL
	}
	if c.strict && !keptInPath(value) {
		return errTwice
	}
	return nil
}

// done says whether a word behind the call has written its value as the place wants it.
func (c *call) done() bool {
	last := len(c.encodings) - 1
	return last >= 0 && slices.Contains(c.encodings[last].done, c.at)
}

// KeepsJSON says whether nothing that the calls give, placed in JSON, can make it other than JSON, if it is JSON with
// one request's.
func (p Parts) KeepsJSON() bool {
	return !slices.ContainsFunc(p, func(part Part) bool {
		c := &part.call
		escaped := c.at == inString && !(c.done() && c.encodings[len(c.encodings)-1].name == "raw")
		number := slices.Contains([]string{"seq", "randInt", "unixMillis", "zipf", "part"}, c.name) &&
			len(c.encodings) == 0
		return part.render != nil && (!escaped && !number || c.joint != nil)
	})
}

// bareJSON says whether a value can stand between the signs of a JSON text without being read as several: a part of a
// number or a word can, and a JSON value.
func bareJSON(value []byte) bool {
	return !bytes.ContainsAny(value, "\",:{}[]\\ \t\r\n") || json.Valid(value)
}

// keptInPath says whether net/http sends a path with this value in it as it is; see asURL of package request.
func keptInPath(value []byte) bool {
	path, _, _ := bytes.Cut(value, []byte("?"))
	for i := 0; i < len(path); i++ {
		switch b := path[i]; {
		case b == '%':
			if i+2 >= len(path) || !isHex(path[i+1]) || !isHex(path[i+2]) {
				return false
			}
		case !isUnreserved(b) && strings.IndexByte("!$&'()*+,;=:@[]/", b) < 0:
			return false
		}
	}
	return true
}

func isHex(b byte) bool { return strings.IndexByte("0123456789abcdefABCDEF", b) >= 0 }

// describe is the call as written, nearly.
func (c *call) describe() string {
	switch c.source {
	case "csv":
		return fmt.Sprintf("column %q", c.text)
	case "jsonl":
		return c.text
	case fromAnswers:
		return fmt.Sprintf("the captured %q", c.text)
	}
	return "it"
}
