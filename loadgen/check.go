package loadgen

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"shotput/loadgen/arrivals"
	"shotput/loadgen/fault"
	"shotput/loadgen/secret"
	"shotput/stats/labels"
)

// Validate says everything that is wrong with the plan, as joined *Faults; nil when it can be run. It reads the
// files that the plan names, and sends nothing.
func (p Plan) Validate() error {
	p = p.WithDefaults()
	var f fault.List
	origins := p.checkRequests(&f)
	p.Route.Check(&f, origins)
	p.Transport.Check(&f, &p.Route, origins)
	p.Load.check(&f)
	p.checkEngine(&f)
	p.checkRate(&f)
	checkRules(&p, &f)
	checkLabels(p.Labels, &f)
	if p.Capture < 0 || p.Capture > mostCaptures {
		f.Add(fault.OutOfRange.In("capture-failures", strconv.Itoa(p.Capture), "must be from 1 to %d", mostCaptures))
	}
	return errors.Join(f...)
}

// checkLabels refuses what other programs would not take as labels.
func checkLabels(all labels.Set, f *fault.List) {
	if n := len(all); n > labels.Most {
		f.Add(fault.OutOfRange.In("label", "", "%d are too many; a run has at most %d", n, labels.Most).
			MendBy(fault.Remove, "label", ""))
	}
	for _, name := range all.Names() {
		shown := name + "=" + secret.Label(name, all[name])
		f.RefuseTemplates(fault.Literal{Field: "label", Value: all[name], Shown: shown})
		if err := cmp.Or(labels.CheckName(name), labels.CheckValue(all[name])); err != nil {
			f.Add(fault.Malformed.In("label", shown, "%v", err))
		}
	}
}

// checkRequests looks at the plan's request, or at each of several, and gives the servers that they go to, as far as
// their URLs can be read.
func (p *Plan) checkRequests(f *fault.List) []*url.URL {
	listed := func(r Request) bool { return r.Request.URLs != "" }
	p.Values.Check(f, p.Request.URLs != "" || slices.ContainsFunc(p.Mix, listed))
	if len(p.Mix) > 0 {
		p.checkMix(f)
		return p.origins()
	}
	return p.checkRequest(f)
}

// checkRequest looks at the request of a plan of one.
func (p *Plan) checkRequest(f *fault.List) (servers []*url.URL) {
	p.Request.Check(f)
	t, err := compileOne(p, time.Time{}, nil)
	if err != nil {
		*f = append(*f, err)
		servers = p.origins()
	} else {
		servers = t.Servers()
		t.Close()
	}
	p.Request.CheckAuth(f, p.Values.Env)
	p.Answer.Check(f, p.Transport.SkipBody)
	return servers
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
		if !(r >= 0 && r <= arrivals.Fastest) { // so written, NaN is a fault too
			f.Add(fault.OutOfRange.In("rate", strconv.FormatFloat(r, 'g', -1, 64),
				"must be more than 0 a second, and at most %g", arrivals.Fastest))
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
	if err := arrivals.CheckStages(p.Load.Stages); err != nil {
		f.Add(fault.OutOfRange.In("stages", "", "%v", err))
		return
	}
	if _, err := arrivals.NewArrivals(p.Load.law(nil), arrivals.Limit{}); err != nil {
		f.Add(fault.OutOfRange.In("rate", "", "%v", err))
	}
}

// checkPoll refuses a ring that is asked for and cannot be had.
func (p *Plan) checkPoll(f *fault.List) {
	switch {
	case !slices.Contains([]string{"auto", "io_uring", "epoll"}, p.Engine.Poll):
		f.Add(fault.Unknown.In("poll", p.Engine.Poll, "is none of auto, io_uring, epoll"))
	case p.Engine.Poll == "io_uring" && ringRefused() != "":
		f.Add(fault.Unfit.In("poll", p.Engine.Poll, "cannot be used here: %s", ringRefused()))
	}
}

// Bounds of a mix: what each of its requests takes in every recorder, and where weights lose their meaning.
const (
	mostRequests = 200
	mostWeight   = 1e9
)

func (p *Plan) checkMix(f *fault.List) {
	if n := len(p.Mix); n > mostRequests {
		f.Add(fault.OutOfRange.In("requests", strconv.Itoa(n), "are too many; at most %d are told apart", mostRequests))
		return
	}
	if len(p.Request.Header) > 0 {
		f.Add(fault.Conflict.In("header", p.Request.Header[0].Name, unsent).With("requests"))
	}
	if p.Request.Body.Sources() > 0 {
		f.Add(fault.Conflict.In("body", p.Request.Body.String(), unsent).With("requests"))
	}
	named := map[string]int{}
	for i, one := range p.Each() {
		r := &p.Mix[i]
		if w := r.Weight; !(w >= 0 && w <= mostWeight) {
			f.Add(fault.OutOfRange.In(entryOf(i)+"weight", strconv.FormatFloat(w, 'g', -1, 64),
				"must be from 0, which is 1, to %g", math.Trunc(mostWeight)))
		}
		if first, taken := named[r.name(&one)]; taken {
			f.Add(fault.Unfit.In(entryOf(i)+"name", r.name(&one),
				"is the name of requests[%d] too; give each a name of its own", first))
		} else {
			named[r.name(&one)] = i
		}
		if one.Request.Awaits() && !p.Transport.ExpectContinue {
			f.Add(fault.Unfit.In(entryOf(i)+"header", "Expect", "is said by this request and not by all; "+
				"a run waits for a 100 with all of its bodies or with none").With("expect-continue"))
		}
		var own fault.List
		one.checkRequest(&own)
		if err := errors.Join(own...); err != nil {
			*f = append(*f, placeIn(err, i, p))
		}
	}
}

func entryOf(i int) string { return fmt.Sprintf("requests[%d].", i) }

// placeIn says of each fault in err which request it is in; a plan of one has no need.
func placeIn(err error, i int, p *Plan) error {
	if len(p.Mix) == 0 {
		return err
	}
	if several, ok := err.(interface{ Unwrap() []error }); ok {
		var all []error
		for _, e := range several.Unwrap() {
			all = append(all, placeIn(e, i, p))
		}
		return errors.Join(all...)
	}
	var one *fault.Fault
	if errors.As(err, &one) {
		there := *one
		there.Field = entryOf(i) + one.Field
		return &there
	}
	return fmt.Errorf("%s %w", strings.TrimSuffix(entryOf(i), "."), err)
}
