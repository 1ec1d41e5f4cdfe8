package text

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// # Functions of a flow
//
// {{captured "name"}}, {{joined "name" "format" "separator"}} and {{part}} give what the flow has given: see Given. A
// value from an answer is placed as one from a file is, and so is each that is joined; the format is written by whoever
// wrote the plan, and stands as it is. A value that is not there fails the request: an empty text in its place would
// ask for something else, such as a DELETE of a whole collection.

// A CaptureError is why a request cannot be made of what the flow has given. It shows no value.
type CaptureError struct{ error }

func (e CaptureError) Unwrap() error { return e.error }

// CaptureFault makes err one.
func CaptureFault(err error) error { return CaptureError{err} }

var (
	errNotCaptured = errors.New("was not captured")
	errNothing     = errors.New("gives nothing that is sent there")
	errNoPart      = errors.New("{{part}} stands in a request that is not sent in parts")
	errNoVerb      = errors.New("has neither %v, the value, nor %n, the part's number, in its format")
)

// fromAnswers is the source of what a flow gives.
const fromAnswers = "answers"

func checkCaptured(c *call, _ Env) error {
	if c.text == "" {
		return errors.New("names no capture")
	}
	return nil
}

// failCapture notes why a request cannot be made of what the flow has given.
func (r Scope) failCapture(dst []byte, err error) []byte { return r.Fail(dst, CaptureError{err}) }

// unfilled says whether calls are shown as they are written.
func (r Scope) unfilled() bool { return r.With != nil && r.With.Given != nil && r.With.Given.Unfilled }

// appendCaptured writes what was captured by a name.
func appendCaptured(dst []byte, r Scope, c *call) []byte {
	switch {
	case r.With == nil:
		return dst
	case r.unfilled():
		return append(dst, c.written...)
	}
	value := r.With.Given.Of(c.text).at(r.With.Given.part())
	if value == "" {
		return r.failCapture(dst, fmt.Errorf("%s %w", c.describe(), errNotCaptured))
	}
	from := len(dst)
	return c.placeCaptured(append(dst, value...), from, r)
}

// placeCaptured places a value, dst[from:], that the flow has given.
func (c *call) placeCaptured(dst []byte, from int, r Scope) []byte {
	before := r.With.Err
	dst = c.place(dst, from, r)
	if before == nil && r.With.Err != nil {
		r.With.Err = CaptureError{r.With.Err}
	} else if len(dst) == from { // of a header, spaces; of a URL, a fragment
		return r.failCapture(dst, fmt.Errorf("%s %w", c.describe(), errNothing))
	}
	return dst
}

// appendPart writes which part of its step the exchange is.
func appendPart(dst []byte, r Scope, c *call) []byte {
	if r.With == nil {
		return dst
	}
	from := len(dst)
	if part, _ := r.With.Given.part(); part > 0 {
		return c.placeCaptured(strconv.AppendInt(dst, part, 10), from, r)
	}
	if r.unfilled() {
		return append(dst, c.written...)
	}
	return r.failCapture(dst, errNoPart)
}

// A joint is how the values of several parts are joined.
type joint struct {
	pieces  []jointPiece // of what is written for each
	between string
}

// A jointPiece is text as it stands, or a verb.
type jointPiece struct {
	text  string
	verb  byte // 'n' or 'v'; 0: it is text
	value call // of a v: how it is placed
}

func checkJoined(c *call, _ Env) error {
	if c.text == "" {
		return errors.New("names no capture")
	}
	j := &joint{between: c.more[1]}
	verbs := 0
	for rest := c.more[0]; rest != ""; {
		before, after, found := strings.Cut(rest, "%")
		if before != "" {
			j.pieces = append(j.pieces, jointPiece{text: before})
		}
		if !found {
			break
		}
		switch {
		case strings.HasPrefix(after, "%"):
			j.pieces = append(j.pieces, jointPiece{text: "%"})
		case strings.HasPrefix(after, "n"), strings.HasPrefix(after, "v"):
			j.pieces = append(j.pieces, jointPiece{verb: after[0]})
			verbs++
		default:
			return fmt.Errorf("has %q in its format; write %%v for the value, %%n for the part's number, %%%% for a %%",
				"%"+after[:min(1, len(after))])
		}
		rest = after[1:]
	}
	if verbs == 0 {
		return errNoVerb
	}
	c.joint = j
	return nil
}

// written is all of the joint that was written.
func (j *joint) written() string {
	if j == nil {
		return ""
	}
	var b strings.Builder
	for _, p := range j.pieces {
		b.WriteString(p.text)
	}
	b.WriteString(j.between)
	return b.String()
}

// settleJoint tells the values where they stand, once the call has been told: of a JSON text, within a string of the
// format or not. It says whether one of them stands within an escape of the format.
func (c *call) settleJoint() (split bool) {
	if c.joint == nil {
		return false
	}
	q, inJSONText, tail := quotes{inside: c.quoted}, c.at == inJSON || c.at == inString, ""
	for i := range c.joint.pieces {
		p := &c.joint.pieces[i]
		if p.verb == 0 {
			q.pass(p.text)
			tail += p.text
			continue
		}
		if p.value = *c; inJSONText {
			split = split || q.pending > 0
			if p.value.at, p.value.quoted = inJSON, q.inside; q.inside {
				p.value.at = inString
			}
		} else if c.at == inPath || c.at == inQuery {
			split = split || endsInEscape(tail)
		}
		tail = ""
	}
	return split
}

// appendJoined writes what was captured by a name in each part. Words behind it work on all of it together.
func appendJoined(dst []byte, r Scope, c *call) []byte {
	switch {
	case r.With == nil:
		return dst
	case r.unfilled():
		return append(dst, c.written...)
	}
	from, whole := len(dst), len(c.encodings) > 0
	texts := r.With.Given.Of(c.text).texts()
	for i, text := range texts {
		if text == "" {
			return r.failCapture(dst[:from], fmt.Errorf("%s of part %d %w", c.describe(), i+1, errNotCaptured))
		}
		if i > 0 {
			dst = append(dst, c.joint.between...)
		}
		dst = c.joint.appendOne(dst, r, i, text, whole)
	}
	switch {
	case len(texts) == 0:
		return r.failCapture(dst, fmt.Errorf("%s %w", c.describe(), errNotCaptured))
	case whole:
		return c.placeCaptured(dst, from, r)
	}
	return dst
}

// appendOne writes the value of part i, from 0; as it is, where all of it is placed together.
func (j *joint) appendOne(dst []byte, r Scope, i int, text string, whole bool) []byte {
	for k := range j.pieces {
		switch p := &j.pieces[k]; {
		case p.verb == 'n':
			dst = strconv.AppendInt(dst, int64(i)+1, 10)
		case p.verb == 'v' && !whole:
			from := len(dst)
			dst = p.value.placeCaptured(append(dst, text...), from, r)
		case p.verb == 'v':
			dst = append(dst, text...)
		default:
			dst = append(dst, p.text...)
		}
	}
	return dst
}

// FromAnswer is the name of the capture with whose value a URL, placed as one, begins; "" where it begins otherwise.
func (p Parts) FromAnswer() string {
	if len(p) > 0 && p[0].call.whole && p[0].call.source == fromAnswers {
		return p[0].call.text
	}
	return ""
}
