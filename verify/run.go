package verify

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
)

// Schema is what a saved verification calls itself.
const Schema = "shotput/verify/1"

// Run makes every check that is asked for, in order. It ends early when ctx does, or when the server is gone; what was
// found until then is in the report.
func Run(ctx context.Context, s Server, o Options) *Report {
	if o.Method == "" {
		o.Method = http.MethodPut
	}
	r := &Report{Schema: Schema, Started: s.Now(), Prefix: o.Prefix, Findings: []Finding{},
		wrote: map[string]bool{}}
	chosen := o.Checks()
	for i := range chosen {
		f := r.make(ctx, s, &o, &chosen[i])
		r.Findings = append(r.Findings, f)
		if o.Told != nil {
			o.Told(i+1, len(chosen), &f)
		}
	}
	o.Contract.hold(r, o.Whole)
	if o.Cleanup {
		r.cleanUp(ctx, s, &o)
	}
	r.Took = s.Now().Sub(r.Started)
	return r
}

// Checks are those that Run makes: without a way to restart the server, none that needs one unless it is asked for.
func (o *Options) Checks() []Check {
	chosen := Chosen(o.Only, o.Skip)
	if o.Restart == nil && len(o.Only) == 0 {
		chosen = slices.DeleteFunc(chosen, func(c Check) bool { return c.Group == "durable" })
	}
	return chosen
}

// mostSilent is after how many requests in a row without an answer the server counts as gone.
const mostSilent = 6

// make makes one check.
func (r *Report) make(ctx context.Context, s Server, o *Options, c *Check) Finding {
	f := Finding{Check: c.Name, Group: c.Group, Title: c.Title, Clause: c.Clause, Force: c.Force,
		Matters: c.Why, Mend: c.Mend}
	if r.Stopped == "" && ctx.Err() != nil {
		r.Stopped = endOf(ctx)
	}
	if r.Stopped != "" {
		f.Result, f.Why = Unclear, r.Stopped
		return f
	}
	began := s.Now()
	p := &Probe{server: s, options: o, report: r, check: c}
	v := c.run(ctx, p)
	if r.silent >= mostSilent {
		r.Stopped = "the server is gone"
	}
	if (ctx.Err() != nil || r.Stopped != "") && v.Result != Broken {
		v = unclear("%s", cmp.Or(r.Stopped, endOf(ctx)))
	}
	f.Result, f.Why, f.Observed, f.Took, f.Exchanges = v.Result, v.Why, v.Observed, s.Now().Sub(began), p.sent
	return f
}

// endOf says why ctx has ended: what ended it, or that there was no more time.
func endOf(ctx context.Context) string {
	cause := context.Cause(ctx)
	if cause == nil || errors.Is(cause, context.DeadlineExceeded) || errors.Is(cause, context.Canceled) {
		return "out of time"
	}
	return cause.Error()
}
