package loadgen

import (
	"cmp"
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"shotput/loadgen/arrivals"
	"shotput/loadgen/fault"
)

// WithDefaults fills in what a plan leaves open. It is applied once, at the head of everything that takes a
// plan, so that no later code asks whether a field was set.
func (p Plan) WithDefaults() Plan {
	p.Request = p.Request.WithDefaults()
	p.Request.UserAgent = cmp.Or(p.Request.UserAgent, "shotput/"+Version)
	p.Transport = p.Transport.WithDefaults()
	for _, h := range p.Request.Header { // a header that was typed means what the field does, as in curl
		if !h.Remove && strings.EqualFold(h.Name, "Expect") && strings.EqualFold(strings.TrimSpace(h.Value), "100-continue") {
			p.Transport.ExpectContinue = true
		}
	}
	p.Engine = p.Engine.withDefaults()
	p.Load = p.Load.withDefaults(p.Values.Rows.Order == "once")
	return p
}

// withDefaults fills in what is left open. rows says that a file of rows ends the run.
func (l Load) withDefaults(rows bool) Load {
	l.Concurrency = cmp.Or(l.Concurrency, 50)
	l.Seed = cmp.Or(l.Seed, 1)
	if l.Requests == 0 && l.Duration == 0 && len(l.Stages) == 0 && !rows {
		l.Duration = 10 * time.Second
	}
	return l
}

// withDefaults fills in what is left open.
func (e Firing) withDefaults() Firing {
	e.Name, e.Spin, e.Poll = cmp.Or(e.Name, "auto"), cmp.Or(e.Spin, "auto"), cmp.Or(e.Poll, "auto")
	e.Clock = cmp.Or(e.Clock, "kernel")
	return e
}

// Validate says everything that is wrong with the plan, as joined *Faults; nil when it can be run. It reads the
// files that the plan names, and sends nothing.
func (p Plan) Validate() error {
	p = p.WithDefaults()
	var f fault.List
	p.checkRequests(&f)
	origins := p.origins()
	p.Route.Check(&f, origins)
	p.Transport.Check(&f, &p.Route, origins)
	p.Load.check(&f)
	p.checkEngine(&f)
	p.checkRate(&f)
	p.checkObjectives(&f)
	return errors.Join(f...)
}

// checkRequests looks at the plan's request, or at each of several.
func (p *Plan) checkRequests(f *fault.List) {
	p.Values.Check(f)
	if len(p.Mix) > 0 {
		p.checkMix(f)
	} else {
		p.checkRequest(f)
	}
}

// checkRequest looks at the request of a plan of one.
func (p *Plan) checkRequest(f *fault.List) {
	p.Request.Check(f)
	t, err := p.compile(time.Time{}, nil)
	if err != nil {
		*f = append(*f, err)
	} else {
		t.Close()
	}
	p.Request.CheckAuth(f, p.Values.Env)
	p.Answer.Check(f, p.Transport.SkipBody)
}

// mostConcurrent bounds requests in flight: one address has not many more ports than this.
const mostConcurrent = 60_000

func (l *Load) check(f *fault.List) {
	if l.Concurrency < 1 || l.Concurrency > mostConcurrent {
		f.Add(fault.OutOfRange.In("concurrency", strconv.Itoa(l.Concurrency), "must be from 1 to %d", mostConcurrent))
	}
	if l.Requests < 0 {
		f.Add(fault.OutOfRange.In("requests", strconv.FormatInt(l.Requests, 10), "must be at least 1"))
	}
	if l.Duration < 0 {
		f.Add(fault.OutOfRange.In("duration", l.Duration.String(), "must be more than 0"))
	}
	if l.Warmup < 0 {
		f.Add(fault.OutOfRange.In("warmup", l.Warmup.String(), "must not be negative"))
	}
}

// checkEngine holds the engine asked for against what it is to do.
func (p *Plan) checkEngine(f *fault.List) {
	e := &p.Engine
	if e.Loops < 0 || e.Loops > p.Load.Concurrency {
		f.Add(fault.OutOfRange.In("loops", strconv.Itoa(e.Loops),
			"must be from 1 to the concurrency, %d", p.Load.Concurrency))
	}
	if !slices.Contains([]string{"auto", "on", "off"}, e.Spin) {
		f.Add(fault.Unknown.In("spin", e.Spin, "is none of auto, on, off"))
	}
	p.checkPoll(f)
	if !slices.Contains([]string{"kernel", "user"}, e.Clock) {
		f.Add(fault.Unknown.In("clock", e.Clock, "is none of kernel, user"))
	}
	switch e.Name {
	case "auto", "http":
	case "wire":
		if unfit := wireUnfit(p); unfit != "" {
			f.Add(fault.Unfit.In("engine", e.Name, "cannot run this: %s", unfit))
		}
	default:
		f.Add(fault.Unknown.In("engine", e.Name, "is none of auto, wire, http"))
	}
}

func (p *Plan) checkRate(f *fault.List) {
	for _, r := range []float64{p.Load.Rate.PerSecond, p.Load.Rate.BytesPerSecond} {
		if r < 0 || math.IsNaN(r) || math.IsInf(r, 0) {
			f.Add(fault.OutOfRange.In("rate", strconv.FormatFloat(r, 'g', -1, 64), "must be more than 0 a second"))
			return
		}
	}
	if p.Load.Rate.BytesPerSecond > 0 && !p.hasBody() {
		f.Add(fault.Unfit.In("rate", strconv.FormatFloat(p.Load.Rate.BytesPerSecond, 'g', -1, 64)+" B/s",
			"is a rate of body bytes, and there is no body"))
	}
	if p.Load.Poisson && !p.open() {
		f.Add(fault.Needs.In("arrivals", "poisson", "needs a rate").With("rate"))
	}
	if !p.open() {
		return
	}
	if _, err := arrivals.NewArrivals(p.law(nil), arrivals.Limit{}); err != nil {
		f.Add(fault.OutOfRange.In("rate", "", "%v", err))
	}
}

// open says whether arrivals come from a schedule.
func (p *Plan) open() bool { return p.Load.open() }

// law is the plan's schedule; size gives the body bytes of request k, for a byte rate.
func (p *Plan) law(size func(k int64) int64) arrivals.Law {
	if size == nil {
		size = func(int64) int64 { return 1 }
	}
	return arrivals.Law{PerSecond: p.Load.Rate.PerSecond, BytesPerSecond: p.Load.Rate.BytesPerSecond, Size: size, Stages: p.Load.Stages,
		Poisson: p.Load.Poisson, Seed: p.Load.Seed, Unpaced: !p.open()}
}
