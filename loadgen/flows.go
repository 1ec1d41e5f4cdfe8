package loadgen

import (
	"slices"
	"time"

	"shotput/loadgen/answer"
	"shotput/loadgen/flow"
	"shotput/loadgen/request"
	"shotput/stats"
)

// # Flows
//
// A plan's entries are its single request, or those of its mix; an arrival is one of them, by the lot. An entry may be a
// flow of several requests. All requests of a plan, the steps of its flows among them and what it sends once, are its
// units, in one order: that of the mix, then what is sent before the load, then what is sent after it. A unit's place in
// it is the place of its compiled request, of its expectation, of its servers, and of its step's row.

// Flows is what a plan's flows share, and what is sent once.
type Flows struct {
	Before  []Step        `json:"before,omitzero"`     // once, in their order, before the load; what they capture is for all
	After   []Step        `json:"after,omitzero"`      // once, after it, also after a first interrupt
	Timeout time.Duration `json:"timeout_ns,omitzero"` // of a pass; 0: that of its requests alone
	// where URLs that are taken from answers may lead, beside the plan's own servers: "*.example.com", "host:8443"
	Hosts   []string `json:"hosts,omitzero"`
	Cookies bool     `json:"cookies,omitzero"` // each slot keeps the cookies that it is given, and gives them back
}

// A Step is one request of a flow, or one that is sent once.
type Step struct {
	Name    string       `json:"name,omitzero"` // unlike that of every other step of the plan
	Request request.Spec `json:"request,omitzero"`
	Answer  answer.Spec  `json:"answer,omitzero"`
	How     flow.Step    `json:"how,omitzero"`
}

// sendOnce says whether anything is sent once.
func (f *Flows) sendOnce() bool { return len(f.Before)+len(f.After) > 0 }

// HasFlows says whether an arrival may be more than one exchange, or something is sent once: then there are steps.
func (p *Plan) HasFlows() bool {
	for i := range p.Mix {
		if len(p.Mix[i].Flow) > 0 {
			return true
		}
	}
	return p.Flows.sendOnce()
}

// A unit is one of a plan's requests.
type unit struct {
	entry  int    // of the mix, or 0 of a plan of one; -1: it is sent once
	step   *Step  // nil: the entry is a request, and no flow
	phase  string // of a step: see stats.StepFlow
	spec   *request.Spec
	answer *answer.Spec
}

// units are all of the plan's requests; see Flows.
func (p *Plan) units() (all []unit) {
	if len(p.Mix) == 0 {
		all = append(all, unit{spec: &p.Request, answer: &p.Answer})
	}
	for i := range p.Mix {
		e := &p.Mix[i]
		if len(e.Flow) == 0 {
			all = append(all, unit{entry: i, spec: &e.Request, answer: &e.Answer})
		}
		all = appendSteps(all, i, stats.StepFlow, e.Flow)
	}
	all = appendSteps(all, -1, stats.StepBefore, p.Flows.Before)
	return appendSteps(all, -1, stats.StepAfter, p.Flows.After)
}

func appendSteps(all []unit, entry int, phase string, steps []Step) []unit {
	for i := range steps {
		s := &steps[i]
		u := unit{entry: entry, step: s, phase: phase, spec: &s.Request, answer: &s.Answer}
		switch {
		case s.How.PerSlot:
			u.phase = stats.StepSlot
		case s.How.OnFailure:
			u.phase = stats.StepOnFailure
		}
		all = append(all, u)
	}
	return all
}

// firstOf is the first unit of an entry.
func (p *Plan) firstOf(entry int) int {
	return slices.IndexFunc(p.units(), func(u unit) bool { return u.entry == entry })
}

// An entry is what an arrival may be.
type entry struct {
	first int        // of its units
	flow  *flow.Flow // nil: it is a request
}

// layFlows makes the plan's entries of its units, which are compiled.
func (m *mixture) layFlows(p *Plan) error {
	for i := range m.entries {
		m.entries[i].first = p.firstOf(i)
	}
	return nil // TODO: flows
}
