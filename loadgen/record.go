package loadgen

import (
	"cmp"
	"fmt"
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
	mix := recordMix(p, m)
	p = &p.Each()[0]
	r := stats.Plan{Engine: engine, EngineReason: why, Poll: pollOf(p), Mix: mix, Method: p.Request.Method, URL: secret.URL(p.Request.URL), Auth: p.Request.AuthName(p.Values.Env), Body: p.Request.Body.String(), Model: "closed",
		RatePerSecond: p.Load.Rate.PerSecond, BytesPerSecond: p.Load.Rate.BytesPerSecond, Arrivals: "unpaced", Concurrency: p.Load.Concurrency,
		Requests: p.Load.Requests, Duration: p.Load.Duration, Warmup: p.Load.Warmup, Timeout: p.Transport.Timeout, ConnectTimeout: p.Route.ConnectTimeout, ReadTimeout: p.Transport.ReadTimeout,
		Keepalive: !p.Transport.NoKeepalive, Insecure: p.Route.TLS.Insecure, Proxy: secret.URL(p.Route.Proxy), Expect: p.Answer.Status.String(), Seed: p.Load.Seed, Strict: p.Rules.Strict}
	if r.SkipBody = p.Transport.SkipBody; p.Transport.ExpectContinue {
		r.ExpectContinue = p.Transport.ExpectTimeout
	}
	r.Checks = p.Answer.Record()
	recordConnection(p, &r)
	r.Thresholds, r.Aborts = recordRules(&p.Rules)
	r.Headers = p.Request.RecordHeader()
	if p.open() {
		r.Model, r.Arrivals = "open", "uniform"
	}
	if p.Load.Poisson {
		r.Arrivals = "poisson"
	}
	for _, s := range p.Load.Stages {
		r.Stages = append(r.Stages, s.String())
	}
	if m != nil {
		r.BodyBytes = m.all[0].BodyBytes()
	}
	return r
}

// recordConnection records how the plan's connections are made, and what its values are drawn from.
func recordConnection(p *Plan, r *stats.Plan) {
	r.HTTP, r.TLSMin, r.TLSMax, r.NoProxy = p.Transport.HTTP, p.Route.TLS.Min, p.Route.TLS.Max, p.Route.NoProxy
	r.Resolve, r.ConnectTo, r.UnixSocket, r.Interface, r.IPVersion = p.Route.Resolve, p.Route.ConnectTo, p.Route.UnixSocket, p.Route.Interface, p.Route.IPVersion
	r.Follow, r.Compressed = p.Transport.Follow, p.Request.Compressed
	if k := p.Values.Keys; k.Count > 0 || k.File != "" {
		r.Keys = fmt.Sprintf("%s, %s", cmp.Or(k.File, strconv.FormatInt(k.Count, 10)), cmp.Or(k.Dist, "sequential"))
	}
	if file := cmp.Or(p.Values.Rows.CSV, p.Values.Rows.JSONL); file != "" {
		r.Rows = fmt.Sprintf("%s, %s", file, cmp.Or(p.Values.Rows.Order, "cycle"))
	}
}

// recordMix is what a saved run says of each of several requests; see recordOf.
func recordMix(p *Plan, m *mixture) (mix []stats.Request) {
	if len(p.Mix) < 2 {
		return nil
	}
	for i, one := range p.Each() {
		r := stats.Request{Name: p.Mix[i].name(&one), Weight: p.Mix[i].weight(), Method: one.Request.Method, URL: secret.URL(one.Request.URL),
			Headers: one.Request.RecordHeader(), Body: one.Request.Body.String()}
		if m != nil {
			r.BodyBytes = m.all[i].BodyBytes()
		}
		mix = append(mix, r)
	}
	return mix
}
