package verify

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
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

// isUnknown says whether an answer is that the server does not know what was asked of it by a header.
func isUnknown(a *Answer) bool {
	return a.Status == http.StatusNotImplemented || a.Status == http.StatusBadRequest
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
		return nil, fmt.Errorf("nothing is there after a PUT that answered %d (GET answered %d), as stored judges",
			o.put.Status, o.read.Status)
	}
	if !o.read.OK() {
		return nil, failed("GET", &o.read)
	}
	return o, nil
}

// able is whether anything can be judged at all: a plain PUT of a new name succeeds and, with replace, another after
// it, and what was written is read. Where it does not, the verdict says why; other checks find what is wrong then.
func (p *Probe) able(ctx context.Context, replace bool) (Verdict, bool) {
	all := bodies(p, 2, 64)
	o, err := p.given(ctx, all[1])
	if err == nil && replace && o.isFaithful() {
		o, err = p.replaced(ctx, o, all[0]) // the shorter one
	}
	switch {
	case err != nil:
		return unclear("%v", err), false
	case !o.isFaithful():
		return unread(&o.read), false
	}
	p.Forget()
	return Verdict{}, true
}

// unread is the verdict of a check that cannot read what it wrote.
func unread(a *Answer) Verdict {
	if a.Err != nil || !a.OK() {
		return refused("GET", a)
	}
	return unclear("what is read is not what was put, of a plain PUT either, as read-back judges")
}

// storedAllTheSame is whether an upload that was refused stands there, whole or in part.
func (p *Probe) storedAllTheSame(ctx context.Context, name string, body []byte) bool {
	part := func(a *Answer) bool {
		return isWritten(a, body) || a.OK() && len(a.Body) > 0 && bytes.HasPrefix(body, a.Body)
	}
	a := p.settle(ctx, name, func(a *Answer) bool { return !part(a) })
	return part(&a)
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
