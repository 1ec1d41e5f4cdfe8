package verify

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"time"
)

// A held is an object of a check's own, as it was put and as it was read.
type held struct {
	name string
	body []byte // as put
	put  Answer
	read Answer
}

// patience is how long what is read may be behind what was written. That it was behind is for read-back to say: every
// other check reads again, so that one fault of a server is found once.
var patience = []time.Duration{50 * time.Millisecond, 150 * time.Millisecond, 300 * time.Millisecond,
	500 * time.Millisecond, time.Second}

// look reads a name. An answer that broke off is none to judge a state by.
func (p *Probe) look(ctx context.Context, name string) Answer {
	a := p.Get(ctx, name)
	if a.Err != nil {
		a.Status = 0
	}
	return a
}

// settle reads a name until what is there is as it should be, for two seconds at the most.
func (p *Probe) settle(ctx context.Context, name string, as func(*Answer) bool) Answer {
	for _, wait := range patience {
		if a := p.look(ctx, name); as(&a) || isUnreadable(&a) || !p.Sleep(ctx, wait) {
			return a
		}
	}
	return p.look(ctx, name)
}

// mostAbsent is after how many objects in a row that never came the next is not waited for: reading is elsewhere, or
// nothing is stored at all, and a whole run would be spent in waiting.
const mostAbsent = 3

// appear reads a name until something is there, for as long as settle does.
func (p *Probe) appear(ctx context.Context, name string) (a Answer) {
	if p.report.absent < mostAbsent {
		a = p.settle(ctx, name, (*Answer).OK)
	} else {
		a = p.look(ctx, name)
	}
	if p.report.absent++; !isGone(&a) {
		p.report.absent = 0
	}
	return a
}

// isEveryNameThere says whether a server has an answer for names that nobody wrote: no name is new to it then.
func (p *Probe) isEveryNameThere(ctx context.Context) bool {
	a := p.look(ctx, p.Name())
	return a.OK()
}

// isUnreadable says whether an answer to GET is one that waiting does not change.
func isUnreadable(a *Answer) bool {
	return slices.Contains([]int{http.StatusUnauthorized, http.StatusForbidden, http.StatusMethodNotAllowed,
		http.StatusNotImplemented}, a.Status)
}

// isOverloaded says whether an answer says nothing of what was asked: none came, or one of a server in trouble.
func isOverloaded(a *Answer) bool {
	return a.Status == 0 || a.Status == http.StatusTooManyRequests ||
		a.Status >= 500 && a.Status != http.StatusNotImplemented
}

// isGone says whether an answer is that nothing is there.
func isGone(a *Answer) bool { return a.Status == http.StatusNotFound || a.Status == http.StatusGone }

// failed says why a step of a check did not succeed.
func failed(what string, a *Answer) error {
	switch {
	case a.Err != nil:
		return fmt.Errorf("%s got no answer: %w", what, a.Err)
	case a.Status == 0:
		return fmt.Errorf("%s got no answer", what)
	}
	return fmt.Errorf("%s answered %d", what, a.Status)
}

// given puts a body under a fresh name and reads it. No other body was ever there: the first that is read is its state.
func (p *Probe) given(ctx context.Context, body []byte, headers ...Header) (*held, error) {
	o := &held{name: p.Name(), body: body}
	o.put = p.Put(ctx, o.name, body, headers...)
	if o.put.Status == http.StatusPreconditionRequired {
		o.put = p.Put(ctx, o.name, body, append(headers, Header{Name: "If-None-Match", Value: "*"})...)
	}
	if !o.put.OK() {
		return nil, failed("the first PUT", &o.put)
	}
	o.read = p.appear(ctx, o.name)
	if isGone(&o.read) {
		return nil, fmt.Errorf("nothing is there after a PUT that answered %d, as stored judges", o.put.Status)
	}
	if !o.read.OK() {
		return nil, failed("GET", &o.read)
	}
	return o, nil
}

// over writes a body over o, with the state that is there where the server asks for that.
func (p *Probe) over(ctx context.Context, o *held, body []byte) Answer {
	v := p.validator()
	r := Request{Name: o.name, Body: body}
	state, known := v.of(&o.read, &o.put)
	if known && v != ifMatch {
		return p.Send(ctx, v.tell(r, state))
	}
	a := p.Send(ctx, r)
	switch a.Status {
	case http.StatusPreconditionRequired, http.StatusPreconditionFailed, http.StatusConflict:
		if known {
			return p.Send(ctx, v.tell(r, state))
		}
	}
	return a
}

// replaced writes a body over o and reads until another state is there.
func (p *Probe) replaced(ctx context.Context, o *held, body []byte) (*held, error) {
	n := &held{name: o.name, body: body, put: p.over(ctx, o, body)}
	if !n.put.OK() {
		return nil, failed("a PUT of a name that was there", &n.put)
	}
	n.read = p.settle(ctx, o.name, func(a *Answer) bool { return a.OK() && !o.is(a) })
	switch {
	case !n.read.OK():
		return nil, failed("GET of what was replaced", &n.read)
	case o.is(&n.read):
		return nil, fmt.Errorf("the old body is still there after a PUT that answered %d", n.put.Status)
	}
	return n, nil
}

// isTagRestless says whether a name's tag changes from read to read, which etag-stable judges and no other check.
func (p *Probe) isTagRestless(ctx context.Context, name string) bool {
	one, other := p.look(ctx, name), p.look(ctx, name)
	return !isSameTag(one.ETag(), other.ETag())
}

// validator is the one in force.
func (p *Probe) validator() *Validator {
	if p.options.Validator != nil {
		return p.options.Validator
	}
	return ifMatch
}

// isReplacing says whether a shorter body was seen to replace a longer one.
func (p *Probe) isReplacing(ctx context.Context) bool {
	o, err := p.given(ctx, p.Body(1, 1000+len(p.options.Sample)))
	if err != nil {
		return false
	}
	n, err := p.replaced(ctx, o, p.Body(2, 64))
	return err == nil && n.isFaithful()
}

// kind is the type that bodies of the caller's kind have.
func (p *Probe) kind() string {
	if p.options.Type != "" {
		return p.options.Type
	}
	if _, err := decoded(p.Body(1, 0)); err == nil {
		return "application/json"
	}
	return "text/x-shotput"
}

// is says whether an answer shows the state that o was read in.
func (o *held) is(a *Answer) bool {
	return a.OK() && (bytes.Equal(a.Body, o.read.Body) || isWritten(a, o.body))
}

// isFaithful says whether o is read as it was put: else what is read may change by itself.
func (o *held) isFaithful() bool { return isWritten(&o.read, o.body) }

// isWritten says whether an answer shows a body, be it in the server's own form.
func isWritten(a *Answer, body []byte) bool {
	return a.OK() && (bytes.Equal(a.Body, body) || likeness(body, a.Body) != unlike)
}

// A like is how near what was read is to what was put, where the bytes are not the same.
type like int

const (
	unlike   like = iota
	asLines       // the same lines, folded or in another order
	withMore      // the same JSON, with members of the server's own
	asJSON        // the same JSON, in other bytes
)

// likeness compares two bodies as JSON, else as lines.
func likeness(put, got []byte) like {
	a, err := decoded(put)
	switch {
	case err == nil:
	case bytes.Contains(put, []byte("\n")) && slices.Equal(linesOf(put), linesOf(got)):
		return asLines
	default:
		return unlike
	}
	b, err := decoded(got)
	switch {
	case err != nil:
		return unlike
	case reflect.DeepEqual(a, b):
		return asJSON
	case isWithin(a, b):
		return withMore
	}
	return unlike
}

// decoded is a JSON object or list; numbers stay as they are written. Anything smaller is compared as bytes.
func decoded(text []byte) (v any, err error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	switch v.(type) {
	case map[string]any, []any:
		return v, nil
	}
	return nil, fmt.Errorf("no object and no list")
}

// isWithin says whether all that a holds is in b as well.
func isWithin(a, b any) bool {
	switch a := a.(type) {
	case map[string]any:
		b, ok := b.(map[string]any)
		for k, v := range a {
			in, has := b[k]
			ok = ok && has && isWithin(v, in)
		}
		return ok
	case []any:
		b, ok := b.([]any)
		ok = ok && len(a) == len(b)
		for i := 0; ok && i < len(a); i++ {
			ok = isWithin(a[i], b[i])
		}
		return ok
	}
	return reflect.DeepEqual(a, b)
}
