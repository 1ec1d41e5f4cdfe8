package verify

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"time"
)

// settling is how long to wait before each reading of a state. A server whose readers lag behind its writers is found
// by read-back; here it only has to be waited for, so that no other check takes an old state for a wrong one.
var settling = [...]time.Duration{0, 100 * time.Millisecond, 400 * time.Millisecond, time.Second}

// settle reads a name until what is read is fine, for a second and a half at most, and gives the last reading.
func settle(ctx context.Context, p *Probe, name string, fine func(*Answer) bool) (a Answer) {
	for _, wait := range settling {
		if wait > 0 && !p.Sleep(ctx, wait) {
			break
		}
		if a = p.Get(ctx, name); fine(&a) {
			break
		}
	}
	return a
}

// holding is whether an answer gives this body, whole.
func holding(body []byte) func(*Answer) bool {
	return func(a *Answer) bool { return gives(a, body) }
}

func gives(a *Answer, body []byte) bool { return a.OK() && a.Err == nil && sameBody(a.Body, body) }

// whichOf is which of the bodies an answer gives, -1 where it is none of them.
func whichOf(bodies [][]byte, a *Answer) int {
	if !a.OK() || a.Err != nil {
		return -1
	}
	for i := range bodies { // first, since JSON takes its time to read
		if bytes.Equal(a.Body, bodies[i]) {
			return i
		}
	}
	return slices.IndexFunc(bodies, func(b []byte) bool { return sameBody(a.Body, b) })
}

// sameBody is whether two bodies are one: byte by byte or, since servers write JSON their own way and add members of
// their own, by the member that Body puts in.
func sameBody(got, sent []byte) bool {
	if bytes.Equal(got, sent) || likeness(sent, got) == asLines {
		return true
	}
	var g, s struct {
		Mark string `json:"shotput_verify"`
	}
	return json.Unmarshal(sent, &s) == nil && s.Mark != "" && json.Unmarshal(got, &g) == nil && g == s
}

// bodies are n bodies of n lengths, from so many bytes on: no two share a validator that is made of the length and the
// second, and a mixture of two is none of them.
func bodies(p *Probe, n, size int) [][]byte {
	size = max(size, len(p.Body(n, 0))+8)
	all := make([][]byte, n)
	for i := range all {
		all[i] = p.Body(i+1, size+7*i)
	}
	return all
}

// absent is whether an answer says that nothing is there.
func absent(a *Answer) bool { return a.Status == http.StatusNotFound || a.Status == http.StatusGone }

// able is whether anything can be judged at all: a plain PUT of a new name succeeds and, with replace, another after
// it, and what was written is read. Where it does not, the verdict says why; other checks find what is wrong then.
func able(ctx context.Context, p *Probe, replace bool) (Verdict, bool) {
	name, all := p.Name(), bodies(p, 2, 64)
	body := all[1]
	if a := p.Put(ctx, name, body); !a.OK() {
		return refused("a plain PUT", &a), false
	}
	if replace {
		body = all[0] // the shorter one
		if a := p.Put(ctx, name, body); !a.OK() {
			return refused("a plain PUT of a name that is there", &a), false
		}
	}
	if a := settle(ctx, p, name, holding(body)); !gives(&a, body) {
		return unread(&a), false
	}
	p.Forget()
	return Verdict{}, true
}

// unread is the verdict of a check that cannot read what it wrote.
func unread(a *Answer) Verdict {
	switch {
	case a.Err != nil:
		return refused("the GET", a)
	case a.OK():
		return unclear("what is read is not what was written, even of a plain PUT: see read-back")
	}
	return unclear("what was written cannot be read: the GET answered %d", a.Status)
}

// storedAllTheSame is whether an upload that was refused stands there, whole or in part.
func storedAllTheSame(ctx context.Context, p *Probe, name string, body []byte) bool {
	part := func(a *Answer) bool {
		return gives(a, body) || a.OK() && a.Err == nil && len(a.Body) > 0 && bytes.HasPrefix(body, a.Body)
	}
	a := settle(ctx, p, name, func(a *Answer) bool { return !part(a) })
	return part(&a)
}

// notKnown is whether an answer says that the server does not know what was asked of it by a header.
func notKnown(a *Answer) bool {
	return a.Status == http.StatusNotImplemented || a.Status == http.StatusBadRequest
}
