package flags

import (
	"cmp"
	"net/http"
	"slices"

	"shotput/loadgen"
)

// Mix makes one of several: all of them are the first's in what is of the whole run, and each of them says its own
// request and what its answers are to be. So the whole leaves nothing of that to be said by all: it would be one of
// theirs.
func Mix(entries []loadgen.Request, each []*Asked) *Asked {
	whole := *each[0]
	whole.Mixed = each
	p := &whole.Plan
	p.Mix = nil
	for i, a := range each {
		a.OneOf = len(each) > 1
		e := entries[i]
		e.Request, e.Answer = a.Plan.Request, a.Plan.Answer
		e.Request.Method = cmp.Or(e.Request.Method, http.MethodPut) // left open, it would be the whole's
		p.Mix = append(p.Mix, e)
		if i > 0 {
			whole.Body.Dropped += a.Body.Dropped
		}
		if !whole.Body.IsGiven() {
			whole.Body.posted = a.Body.posted // of a mix it is said that it has no body when none has
		}
	}
	first := each[0].Plan.Request
	p.Request = loadgen.RequestSpec{Method: first.Method, URL: first.URL}
	differs := func(a *Asked) bool { return a.Plan.Request.UserAgent != first.UserAgent }
	if !slices.ContainsFunc(each, differs) {
		p.Request.UserAgent = first.UserAgent // proxies are told of it too
	}
	p.Answer = loadgen.AnswerSpec{}
	*p = p.WithEnv(whole.Env)
	return &whole
}
