package loadgen

import (
	"reflect"
	"slices"
	"time"

	"shotput/loadgen/secret"
	"shotput/stats"
	"shotput/stats/labels"
)

// Record is the plan as a saved run keeps it: every default filled in, every secret hidden, contents of bodies
// only described.
func (p Plan) Record() stats.Plan {
	p = p.WithDefaults()
	m, err := newMixture(&p, time.Time{}, nil)
	if err != nil {
		return recordOf(&p, nil)
	}
	defer m.Close()
	return recordOf(&p, m)
}

// recordOf is Record of a plan with its defaults applied; m are its requests, nil where they have faults: then nobody
// knows how long their bodies are. Each part notes what is its own.
func recordOf(p *Plan, m *mixture) stats.Plan {
	each := recordEach(p, m)
	r := stats.Plan{Poll: pollOf(p), Strict: p.Rules.Strict, Trace: p.Trace}
	r.Engine, r.EngineReason = engineFor(p)
	r.Thresholds, r.Aborts = recordRules(&p.Rules)
	p.Values.Record(&r)
	p.Route.Record(&r)
	p.Transport.Record(&r)
	p.Load.record(&r)
	r.Compressed = !slices.ContainsFunc(p.Each(), func(one Plan) bool { return !one.Request.Compressed })
	r.Steps, r.FlowTimeout, r.Cookies = recordSteps(p, each), p.Flows.Timeout, p.Flows.Cookies
	r.Hosts = slices.Clone(p.Flows.Hosts)
	if agree(&r, ofArrivals(p, each)); len(p.Mix) > 1 {
		r.Mix = recordMix(p, each)
	}
	return r
}

// RecordLabels are the plan's labels as a saved run keeps them: without what they tell to be a secret, and without the
// secrets of its requests.
func (p *Plan) RecordLabels() labels.Set {
	if len(p.Labels) == 0 {
		return nil
	}
	var known []string
	for _, one := range p.Each() {
		known = append(known, one.Request.Secrets(p.Values.Env, nil)...)
	}
	known = secret.Sorted(known)
	shown := labels.Set{}
	for name, value := range p.Labels {
		shown[name] = secret.Label(name, secret.HideIn(value, known))
	}
	return shown
}

// recordEach is what a saved run says of each of the plan's requests; see recordOf.
func recordEach(p *Plan, m *mixture) (all []stats.Request) {
	for i, one := range p.Each() {
		var own stats.Plan
		one.Request.Record(&own, one.Values.Env)
		one.Answer.Record(&own)
		r := stats.Request{Method: own.Method, URL: own.URL, Headers: own.Headers, Auth: own.Auth, Body: own.Body,
			Expect: own.Expect, Checks: own.Checks}
		if m != nil {
			r.BodyBytes = m.all[i].BodyBytes()
		}
		all = append(all, r)
	}
	return all
}

// recordMix is what a saved run says of what an arrival may be: a request, or a flow in the words of its first step.
func recordMix(p *Plan, each []stats.Request) (all []stats.Request) {
	for i := range p.Mix {
		r := each[p.firstOf(i)]
		r.Name, r.Weight = p.nameOf(i), p.Mix[i].weight()
		all = append(all, r)
	}
	return all
}

// recordSteps is what a saved run says of the steps of the plan's flows, and of what is sent once.
func recordSteps(p *Plan, each []stats.Request) (all []stats.Step) {
	for i, u := range p.units() {
		if u.step == nil {
			continue
		}
		r := &each[i]
		s := stats.Step{Name: u.step.Name, Phase: u.phase, Method: r.Method, URL: r.URL, Headers: r.Headers,
			Auth: r.Auth, Body: r.Body, Expect: r.Expect, Checks: r.Checks}
		if u.entry >= 0 && len(p.Mix) > 1 {
			s.Flow = p.nameOf(u.entry)
		}
		u.step.How.Record(&s)
		all = append(all, s)
	}
	return all
}

// ofArrivals are those of the plan's requests that arrivals send, and not a failure or a slot's first pass alone; all
// of a plan with faults that has none.
func ofArrivals(p *Plan, each []stats.Request) (all []stats.Request) {
	for i, u := range p.units() {
		if u.isForAll() {
			all = append(all, each[i])
		}
	}
	if len(all) == 0 {
		return each
	}
	return all
}

// agree records of the whole run what is the same for all of its requests, and which the first is: what one of several
// says alone is not the run's.
func agree(r *stats.Plan, all []stats.Request) {
	first := &all[0]
	same := func(by func(*stats.Request) any) bool {
		return !slices.ContainsFunc(all, func(one stats.Request) bool {
			return !reflect.DeepEqual(by(&one), by(first))
		})
	}
	r.Method, r.URL = first.Method, first.URL
	if same(func(q *stats.Request) any { return q.Headers }) {
		r.Headers = first.Headers
	}
	if same(func(q *stats.Request) any { return q.Auth }) {
		r.Auth = first.Auth
	}
	if same(func(q *stats.Request) any { return q.Body }) {
		r.Body = first.Body
	}
	if r.BodyBytes = -1; same(func(q *stats.Request) any { return q.BodyBytes }) {
		r.BodyBytes = first.BodyBytes
	}
	if same(func(q *stats.Request) any { return q.Expect }) {
		r.Expect = first.Expect
	}
	if same(func(q *stats.Request) any { return q.Checks }) {
		r.Checks = first.Checks
	}
}
