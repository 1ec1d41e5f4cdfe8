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
	all := recordRequests(p, m)
	r := stats.Plan{Poll: pollOf(p), Strict: p.Rules.Strict, Trace: p.Trace}
	r.Engine, r.EngineReason = engineFor(p)
	r.Thresholds, r.Aborts = recordRules(&p.Rules)
	p.Values.Record(&r)
	p.Route.Record(&r)
	p.Transport.Record(&r)
	p.Load.record(&r)
	r.Compressed = !slices.ContainsFunc(p.Each(), func(one Plan) bool { return !one.Request.Compressed })
	if agree(&r, all); len(all) > 1 {
		r.Mix = all
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

// recordRequests is what a saved run says of each of the plan's requests; see recordOf.
func recordRequests(p *Plan, m *mixture) (all []stats.Request) {
	for i, one := range p.Each() {
		var own stats.Plan
		one.Request.Record(&own, one.Values.Env)
		one.Answer.Record(&own)
		r := stats.Request{Method: own.Method, URL: own.URL, Headers: own.Headers, Auth: own.Auth, Body: own.Body,
			Expect: own.Expect, Checks: own.Checks}
		if len(p.Mix) > 0 {
			r.Name, r.Weight = p.Mix[i].name(&one), p.Mix[i].weight()
		}
		if m != nil {
			r.BodyBytes = m.all[i].BodyBytes()
		}
		all = append(all, r)
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
