package verify

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Schema is what a saved verification calls itself.
const Schema = "shotput/verify/1"

// Options are what a verification is asked to do.
type Options struct {
	Method  string   // the caller's; "" is PUT
	Prefix  string   // of every name, as it stands in a URL: "shotput-verify-k3j2-"
	Sample  []byte   // a body as the caller sends it; bodies of checks are of its kind
	Type    string   // its Content-Type; "" where the caller gives none
	Only    []string // names of checks, or of groups; empty: all
	Skip    []string
	Largest int64 // the largest body that may be sent, in bytes
	Cleanup bool  // delete, in the end, what was created
	// Restart restarts the server and returns when it answers again; nil where the caller has no way
	Restart func(ctx context.Context) error
	// Validator says how the server is told of the state that an update is of, where it is no header
	Validator *Validator
	Contract  Contract // what is expected, instead of the standards; nil: the standards
	Whole     bool     // the contract is all that is expected: a check that it does not name cannot be broken
	// Told hears of each finding; may be nil
	Told func(done, of int, f *Finding)
}

// Run makes every check that is asked for, in order. It ends early when ctx does, or when the server is gone; what was
// found until then is in the report.
func Run(ctx context.Context, s Server, o Options) *Report {
	if o.Method == "" {
		o.Method = http.MethodPut
	}
	r := &Report{Schema: Schema, Started: s.Now(), Prefix: o.Prefix, wrote: map[string]bool{}}
	chosen := Chosen(o.Only, o.Skip)
	for i := range chosen {
		f := r.make(ctx, s, &o, &chosen[i])
		r.Findings = append(r.Findings, f)
		if o.Told != nil {
			o.Told(i+1, len(chosen), &f)
		}
	}
	o.Contract.hold(r)
	if o.Cleanup {
		r.cleanUp(ctx, s, &o)
	}
	r.Took = s.Now().Sub(r.Started)
	return r
}

// mostSilent is after how many requests in a row without an answer the server counts as gone.
const mostSilent = 6

// make makes one check.
func (r *Report) make(ctx context.Context, s Server, o *Options, c *Check) Finding {
	f := Finding{Check: c.Name, Group: c.Group, Title: c.Title, Clause: c.Clause, Force: c.Force}
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

// hear notes what an answer says of the server as a whole.
func (r *Report) hear(a *Answer) {
	if a.Status == 0 {
		r.silent++
		return
	}
	r.silent = 0
	if r.Protocol == "" {
		r.Protocol, r.Server = a.Proto, a.Header.Get("Server")
	}
}

// endOf says why ctx has ended: what ended it, or that there was no more time.
func endOf(ctx context.Context) string {
	cause := context.Cause(ctx)
	if cause == nil || errors.Is(cause, context.DeadlineExceeded) || errors.Is(cause, context.Canceled) {
		return "out of time"
	}
	return cause.Error()
}

// cleaning is how long the deleting of what was created may take: the run's own time may be over.
const cleaning = 20 * time.Second

// cleanUp deletes exactly what was created.
func (r *Report) cleanUp(ctx context.Context, s Server, o *Options) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleaning)
	defer cancel()
	for _, name := range slices.Backward(r.Created) {
		a := s.Send(ctx, Request{Method: http.MethodDelete, Name: name})
		if a.OK() || a.Status == http.StatusNotFound || a.Status == http.StatusGone {
			r.Removed = append(r.Removed, name)
		}
	}
}

// Chosen are the checks of these names or groups, without those to be skipped, in the order of Checks.
func Chosen(only, skip []string) (chosen []Check) {
	named := func(c *Check, in []string) bool { return slices.Contains(in, c.Name) || slices.Contains(in, c.Group) }
	for _, c := range Checks() {
		if (len(only) == 0 || named(&c, only)) && !named(&c, skip) {
			chosen = append(chosen, c)
		}
	}
	return chosen
}

// shown are the headers of an answer that checks judge by.
var shown = []string{"ETag", "Last-Modified", "Location", "Content-Type", "Content-Length", "Allow", "Retry-After"}

// exchangeOf is an exchange for a reader.
func exchangeOf(r Request, a Answer) Exchange {
	x := Exchange{Method: r.Method, URL: a.URL, Curl: a.Curl, Status: a.Status}
	switch {
	case r.Cut != nil && r.Cut.Reset:
		x.Note = fmt.Sprintf("%d bytes of body, cut after %d by a reset", len(r.Body), r.Cut.After)
	case r.Cut != nil:
		x.Note = fmt.Sprintf("%d bytes of body, cut after %d by an end of the connection", len(r.Body), r.Cut.After)
	}
	if a.Err != nil {
		x.Answer = a.Err.Error()
		return x
	}
	x.Answer = strings.TrimSpace(fmt.Sprintf("%d %s", a.Status, a.Reason))
	for _, name := range shown {
		if value := a.Header.Get(name); value != "" {
			x.Answer += "\n" + name + ": " + value
		}
	}
	return x
}
