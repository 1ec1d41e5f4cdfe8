package flags

import "shotput/loadgen"

// Mix makes one of several: all of them are the first's in what is of the whole run, and each of them says its own
// request and what its answers are to be. So the whole leaves nothing of that to be said by all.
func Mix(entries []loadgen.Request, each []*Asked) *Asked {
	whole := *each[0]
	whole.Mixed = each
	whole.Plan.Mix = nil
	for i, a := range each {
		e := entries[i]
		e.Request, e.Answer = a.Plan.Request, a.Plan.Answer
		whole.Plan.Mix = append(whole.Plan.Mix, e)
		if !whole.Body.IsGiven() {
			whole.Body.posted = a.Body.posted // of a mix it is said that it has no body when none has
		}
	}
	first := each[0].Plan.Request
	whole.Plan.Request = loadgen.RequestSpec{Method: first.Method, URL: first.URL}
	whole.Plan.Answer = loadgen.AnswerSpec{}
	return &whole
}
