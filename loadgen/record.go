package loadgen

import (
	"time"

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

// recordOf is Record of a plan with its defaults applied; m are its requests, nil where they have faults: then nobody
// knows how long their bodies are. Each part notes what is its own.
func recordOf(p *Plan, m *mixture) stats.Plan {
	r := stats.Plan{Mix: recordMix(p, m), Poll: pollOf(p), Strict: p.Rules.Strict}
	r.Engine, r.EngineReason = engineFor(p)
	r.Thresholds, r.Aborts = recordRules(&p.Rules)
	p = &p.Each()[0]
	p.Request.Record(&r, p.Values.Env)
	p.Answer.Record(&r)
	p.Values.Record(&r)
	p.Route.Record(&r)
	p.Transport.Record(&r)
	p.Load.record(&r)
	if m != nil {
		r.BodyBytes = m.all[0].BodyBytes()
	}
	return r
}

// recordMix is what a saved run says of each of several requests; see recordOf.
func recordMix(p *Plan, m *mixture) (mix []stats.Request) {
	if len(p.Mix) < 2 {
		return nil
	}
	for i, one := range p.Each() {
		var own stats.Plan
		one.Request.Record(&own, one.Values.Env)
		r := stats.Request{Name: p.Mix[i].name(&one), Weight: p.Mix[i].weight(), Method: own.Method, URL: own.URL,
			Headers: own.Headers, Body: own.Body}
		if m != nil {
			r.BodyBytes = m.all[i].BodyBytes()
		}
		mix = append(mix, r)
	}
	return mix
}
