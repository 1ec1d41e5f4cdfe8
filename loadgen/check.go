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
	"shotput/loadgen/flow"
	"shotput/loadgen/header"
	"shotput/loadgen/secret"

	"shotput/stats"
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
	listed := func(u unit) bool { return u.entry >= 0 && u.spec.URLs != "" }
	p.Values.Check(f, p.Request.URLs != "" || slices.ContainsFunc(p.units(), listed))
	checkFlows(p, f)
	if len(p.Mix) > 0 || p.HasFlows() {
		p.checkEach(f)
		return p.origins()
	}
	return p.checkRequest(&p.units()[0], f)
}

// checkRequest looks at the request of a plan of one.
func (p *Plan) checkRequest(u *unit, f *fault.List) (servers []*url.URL) {
	p.Request.Check(f)
	t, err := compileOne(p, u, time.Time{}, nil)
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
	if p.Load.Rate.BytesPerSecond > 0 && slices.ContainsFunc(p.units(), sizedByFlow) {
		f.Add(fault.Unfit.In("rate", strconv.FormatFloat(p.Load.Rate.BytesPerSecond, 'g', -1, 64)+" B/s",
			"is a rate of body bytes, and a body with what was captured in it has a length that nobody knows before").
			MendBy(fault.Set, "rate", "200"))
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

// sizedByFlow says whether each arrival sends a body of which the length depends on answers.
func sizedByFlow(u unit) bool {
	return u.isForAll() && u.spec.BodyUsesFlow()
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

// checkEach looks at each of several requests, the steps of flows among them.
func (p *Plan) checkEach(f *fault.List) {
	units := p.units()
	if n := len(units); n > mostRequests {
		f.Add(fault.OutOfRange.In("requests", strconv.Itoa(n), "are too many; at most %d are told apart", mostRequests))
		return
	}
	if len(p.Mix) > 0 && len(p.Request.Header) > 0 {
		f.Add(fault.Conflict.In("header", p.Request.Header[0].Name, unsent).With("requests"))
	}
	if len(p.Mix) > 0 && p.Request.Body.Sources() > 0 {
		f.Add(fault.Conflict.In("body", p.Request.Body.String(), unsent).With("requests"))
	}
	p.checkEntries(f)
	for i, one := range p.Each() {
		var own fault.List
		if one.Request.Awaits() && !p.Transport.ExpectContinue {
			own.Add(fault.Unfit.In("header", "Expect", "is said by this request and not by all; "+
				"a run waits for a 100 with all of its bodies or with none").With("expect-continue"))
		}
		one.checkRequest(&units[i], &own)
		if units[i].step != nil {
			checkStep(p, &units[i], &one, &own)
		}
		if err := errors.Join(own...); err != nil {
			*f = append(*f, placeIn(err, units[i].at))
		}
	}
}

// checkEntries looks at what an arrival may be: the plan's requests and flows, beside what is sent.
func (p *Plan) checkEntries(f *fault.List) {
	named := map[string]int{}
	for i := range p.Mix {
		at, name := Place{List: inMix, Index: i, Step: -1}, p.nameOf(i)
		if w := p.Mix[i].Weight; !(w >= 0 && w <= mostWeight) {
			f.Add(fault.OutOfRange.In(at.String()+"weight", strconv.FormatFloat(w, 'g', -1, 64),
				"must be from 0, which is 1, to %g", math.Trunc(mostWeight)))
		}
		if first, taken := named[name]; taken {
			f.Add(fault.Unfit.In(at.String()+"name", name,
				"is the name of requests[%d] too; give each a name of its own", first))
		} else {
			named[name] = i
		}
		if p.Mix[i].Flow != nil {
			checkFlow(at.String()+"flow", p.Mix[i].Flow, f)
		}
	}
}

// checkStep looks at a unit that is a step, beside its request, of which one is the plan.
func checkStep(p *Plan, u *unit, one *Plan, f *fault.List) {
	s := u.step
	if s.Name == "" {
		f.Add(fault.Missing.In("name", "", "is missing: a step has a name, by which reports tell it from the others"))
	}
	s.How.Check(u.phase, p.Transport.SkipBody, f)
	if p.Flows.Cookies && header.Named(one.Request.Header, "Cookie") {
		f.Add(fault.Conflict.In("header", "Cookie", "is given beside a jar, which gives back the cookies that came").
			With("cookies"))
	}
	if one.Request.URLFrom() != "" && one.Request.Auth.Digest {
		f.Add(fault.Conflict.In("url", one.Request.URL, "begins with what was captured, so that its server is not "+
			"known, and a digest is for one that is; give that to the other steps alone").With("digest"))
	}
}

// checkFlow looks at the steps of a flow, all together.
func checkFlow(field string, steps []Step, f *fault.List) {
	each, failed := 0, 0
	for i := range steps {
		switch s := &steps[i].How; {
		case s.OnFailure:
			failed++
		case !s.PerSlot:
			each++
		}
	}
	switch n := len(steps); {
	case n == 0:
		f.Add(fault.Missing.In(field, "", "has no steps"))
	case each == 0 && failed == n:
		f.Add(fault.Unfit.In(field, "", "has steps for a failure alone, and none that could fail"))
	case each == 0:
		f.Add(fault.Unfit.In(field, "", "has steps that are sent once per slot, and none for each arrival").
			With("per"))
	}
	checkLength(field, steps, f)
}

// mostSteps bounds a list of steps.
const mostSteps = 50

func checkLength(field string, steps []Step, f *fault.List) {
	if n := len(steps); n > mostSteps {
		f.Add(fault.OutOfRange.In(field, strconv.Itoa(n), "are too many steps; a list has at most %d", mostSteps))
	}
}

// checkFlows looks at what the plan's flows share, and at their steps together.
func checkFlows(p *Plan, f *fault.List) {
	flows := &p.Flows
	for _, one := range []struct {
		field, value string
		set          bool
	}{{"hosts", strings.Join(flows.Hosts, ", "), len(flows.Hosts) > 0}, {"cookies", "", flows.Cookies},
		{"flow-timeout", flows.Timeout.String(), flows.Timeout != 0}} {
		if one.set && !p.HasFlows() {
			f.Add(fault.Needs.In(one.field, one.value, "is of flows, and the plan has none").With("flow").
				MendBy(fault.Remove, one.field, ""))
		}
	}
	if flows.Timeout < 0 {
		f.Add(fault.OutOfRange.In("flow-timeout", flows.Timeout.String(), "must be more than 0"))
	}
	f.Join(flow.Hosts{Allowed: flows.Hosts}.Check())
	checkLength(stats.StepBefore, flows.Before, f)
	checkLength(stats.StepAfter, flows.After, f)
	named, all := map[string]bool{}, []flow.Request(nil)
	for _, u := range p.units() {
		whole := u.spec.Over(&p.Request)
		r := flow.Request{At: u.at.String(), Needed: whole.Written()}
		if u.step != nil {
			if r.Name = u.step.Name; !u.lone {
				r.Flow, r.Phase, r.Step = u.flow(), u.phase, &u.step.How
			}
			if named[r.Name] && r.Name != "" {
				f.Add(fault.Unfit.In(r.At+"name", r.Name,
					"is the name of another step too; give each a name of its own"))
			}
			named[r.Name] = true
		}
		all = append(all, r)
	}
	flow.CheckNames(all, f)
	checkThinks(p.units(), f)
}

// checkThinks refuses a time that is waited behind a step that has none behind it: it would be ignored.
func checkThinks(all []unit, f *fault.List) {
	for i := range all {
		u := &all[i]
		if u.step == nil || u.step.How.Think == (flow.Think{}) || u.phase == stats.StepSlot {
			continue // behind the steps of a slot comes the flow
		}
		behind := func(other unit) bool { return other.flow() == u.flow() && other.phase == u.phase }
		if !slices.ContainsFunc(all[i+1:], behind) {
			f.Add(fault.Unfit.In(u.at.String()+"think", u.step.How.Think.String(), "is waited before the next step, "+
				"and this is the last; how often flows begin is the rate").MendBy(fault.Remove, "think", ""))
		}
	}
}

// placeIn says of each fault in err where the request stands that it is of; the plan's single one has no need.
func placeIn(err error, at Place) error {
	if at.List == "" || err == nil {
		return err
	}
	if several, ok := err.(interface{ Unwrap() []error }); ok {
		var all []error
		for _, e := range several.Unwrap() {
			all = append(all, placeIn(e, at))
		}
		return errors.Join(all...)
	}
	var one *fault.Fault
	if errors.As(err, &one) {
		there := *one
		there.Field = at.String() + one.Field
		return &there
	}
	return fmt.Errorf("%s %w", strings.TrimSuffix(at.String(), "."), err)
}
