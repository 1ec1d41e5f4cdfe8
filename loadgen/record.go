package loadgen

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"time"

	"shotput/loadgen/secret"

	"shotput/stats"
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

// recordOf is Record of a plan with its defaults applied; m are its requests, nil where they have faults: then nobody knows
// how long their bodies are.
func recordOf(p *Plan, m *mixture) stats.Plan {
	engine, why := engineFor(p)
	all := recordRequests(p, m)
	r := stats.Plan{Engine: engine, EngineReason: why, Poll: pollOf(p), Model: "closed",
		RatePerSecond: p.Load.Rate.PerSecond, BytesPerSecond: p.Load.Rate.BytesPerSecond, Arrivals: "unpaced", Concurrency: p.Load.Concurrency,
		Requests: p.Load.Requests, Duration: p.Load.Duration, Warmup: p.Load.Warmup, Timeout: p.Transport.Timeout, ConnectTimeout: p.Route.ConnectTimeout, ReadTimeout: p.Transport.ReadTimeout,
		Keepalive: !p.Transport.NoKeepalive, Insecure: p.Route.TLS.Insecure, Proxy: secret.URL(p.Route.Proxy), Seed: p.Load.Seed, Strict: p.Rules.Strict}
	if r.SkipBody = p.Transport.SkipBody; p.Transport.ExpectContinue {
		r.ExpectContinue = p.Transport.ExpectTimeout
	}
	if shareRequest(&r, all); len(all) > 1 {
		r.Mix = all
	}
	recordConnection(p, &r)
	r.Thresholds, r.Aborts = recordRules(&p.Rules)
	if p.open() {
		r.Model, r.Arrivals = "open", "uniform"
	}
	if p.Load.Poisson {
		r.Arrivals = "poisson"
	}
	for _, s := range p.Load.Stages {
		r.Stages = append(r.Stages, s.String())
	}
	return r
}

// recordConnection records how the plan's connections are made, and what its values are drawn from.
func recordConnection(p *Plan, r *stats.Plan) {
	r.HTTP, r.TLSMin, r.TLSMax, r.NoProxy = p.Transport.HTTP, p.Route.TLS.Min, p.Route.TLS.Max, p.Route.NoProxy
	r.Resolve, r.ConnectTo, r.UnixSocket, r.Interface, r.IPVersion = p.Route.Resolve, p.Route.ConnectTo, p.Route.UnixSocket, p.Route.Interface, p.Route.IPVersion
	r.Follow = p.Transport.Follow
	r.Compressed = !slices.ContainsFunc(p.Each(), func(one Plan) bool { return !one.Request.Compressed })
	if k := p.Values.Keys; k.Count > 0 || k.File != "" {
		r.Keys = fmt.Sprintf("%s, %s", cmp.Or(k.File, strconv.FormatInt(k.Count, 10)), cmp.Or(k.Dist, "sequential"))
	}
	if file := cmp.Or(p.Values.Rows.CSV, p.Values.Rows.JSONL); file != "" {
		r.Rows = fmt.Sprintf("%s, %s", file, cmp.Or(p.Values.Rows.Order, "cycle"))
	}
}

// recordRequests is what a saved run says of each of the plan's requests; see recordOf.
func recordRequests(p *Plan, m *mixture) (all []stats.Request) {
	for i, one := range p.Each() {
		r := stats.Request{Method: one.Request.Method, URL: secret.URL(one.Request.URL),
			Headers: one.Request.RecordHeader(), Auth: one.Request.AuthName(p.Values.Env),
			Body: one.Request.Body.String(), Expect: one.Answer.Status.String(), Checks: one.Answer.Record()}
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

// shareRequest records of the whole run what is the same for all of its requests, and which the first is: what one of
// several says alone is not the run's.
func shareRequest(r *stats.Plan, all []stats.Request) {
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
