package loadgen

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"time"

	"shotput/loadgen/answer"
	"shotput/loadgen/flow"
	"shotput/loadgen/request"
	"shotput/loadgen/text"
	"shotput/stats"
)

// # Flows
//
// A plan's entries are its single request, or those of its mix; an arrival is one of them, by the lot. An entry may be
// a flow of several requests. All requests of a plan, the steps of its flows among them and what it sends once, are its
// units, in one order: that of the mix, then what is sent before the load, then what is sent after it. A unit's place
// in it is the place of its compiled request, of its expectation and of its servers; steps have rows in this order.

// Flows is what a plan's flows share, and what is sent once.
type Flows struct {
	// sent once, in their order, before the load; what they capture is for all
	Before []Step `json:"before,omitzero"`
	// once, after it, also after a first interrupt
	After   []Step        `json:"after,omitzero"`
	Timeout time.Duration `json:"timeout_ns,omitzero"` // of a pass; 0: that of its requests alone
	// where URLs that are taken from answers may lead, beside the plan's own servers: "*.example.com", "host:8443"
	Hosts []string `json:"hosts,omitzero"`
	// each slot keeps the cookies that it is given, and gives them back
	Cookies bool `json:"cookies,omitzero"`
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
	at     Place
	entry  int    // of the mix, or 0 of a plan of one; -1: it is sent once
	row    int    // its step's place among all steps; -1: it is none
	step   *Step  // nil: the entry is a request, and no flow
	lone   bool   // it is written as a request; see plain
	phase  string // of a step: see stats.StepFlow
	spec   *request.Spec
	answer *answer.Spec
}

// units are all of the plan's requests; see Flows.
func (p *Plan) units() (all []unit) {
	if len(p.Mix) == 0 {
		all = append(all, p.plain(unit{at: Place{Step: -1}, spec: &p.Request, answer: &p.Answer}))
	}
	for i := range p.Mix {
		e, at := &p.Mix[i], Place{List: inMix, Index: i, Step: -1}
		if len(e.Flow) == 0 {
			all = append(all, p.plain(unit{at: at, entry: i, spec: &e.Request, answer: &e.Answer}))
		}
		all = appendSteps(all, unit{at: at, entry: i, phase: stats.StepFlow}, e.Flow)
	}
	all = appendSteps(all, unit{at: Place{List: stats.StepBefore}, entry: -1, phase: stats.StepBefore}, p.Flows.Before)
	all = appendSteps(all, unit{at: Place{List: stats.StepAfter}, entry: -1, phase: stats.StepAfter}, p.Flows.After)
	row := 0
	for i := range all {
		if all[i].row = -1; all[i].step != nil {
			all[i].row, row = row, row+1
		}
	}
	return all
}

// plain is the unit of an entry that is no flow. One that reads what was captured before the load is a flow of one step
// all the same: nothing else sends what was captured.
func (p *Plan) plain(u unit) unit {
	if len(p.Flows.Before) == 0 {
		return u
	}
	whole := u.spec.Over(&p.Request)
	if len(needs(&whole)) == 0 {
		return u
	}
	u.step = &Step{Name: whole.Label(), Request: *u.spec, Answer: *u.answer}
	if u.phase, u.lone = stats.StepFlow, true; len(p.Mix) > 0 {
		u.step.Name = p.nameOf(u.entry)
	}
	return u
}

// appendSteps appends the units of a list of steps, each as like is.
func appendSteps(all []unit, like unit, steps []Step) []unit {
	for i := range steps {
		s, u := &steps[i], like
		u.at.Step, u.step, u.spec, u.answer = i, s, &s.Request, &s.Answer
		switch {
		case u.entry < 0: // once is once
		case s.How.PerSlot:
			u.phase = stats.StepSlot
		case s.How.OnFailure:
			u.phase = stats.StepOnFailure
		}
		all = append(all, u)
	}
	return all
}

// isForAll says whether each arrival of its entry sends the request.
func (u *unit) isForAll() bool { return u.step == nil || u.phase == stats.StepFlow }

// weight is how often the request is sent, beside the others: by each arrival that is its flow, with all its parts.
// What is sent once, or on a failure, has a share so small that connections to its server are opened as it is sent.
func (u *unit) weight(p *Plan) float64 {
	switch {
	case !u.isForAll():
		return 0
	case u.step != nil && u.step.How.Parts > 1 && len(p.Mix) > 0:
		return p.Mix[u.entry].weight() * float64(u.step.How.Parts)
	case len(p.Mix) > 0:
		return p.Mix[u.entry].weight()
	}
	return 1
}

// keeps is how many bytes of an answer's body are wanted by what is taken from it, and by checks, those of its plan.
func (u *unit) keeps(checks *answer.Spec) int {
	most := checks.Kept()
	if u.step != nil {
		most = max(most, u.step.How.Kept())
	}
	return most
}

// flow tells the steps of one flow, or list, from those of all others; "" is no step.
func (u *unit) flow() string {
	switch {
	case u.step == nil:
		return ""
	case u.entry < 0:
		return u.phase
	}
	return strconv.Itoa(u.entry)
}

// firstOf is the first unit of an entry that each of its arrivals sends.
func (p *Plan) firstOf(entry int) int {
	first := 0
	if len(p.Mix) > 0 {
		first = firstStep(p.Mix[entry].Flow)
	}
	return first + slices.IndexFunc(p.units(), func(u unit) bool { return u.entry == entry })
}

// firstStep is the place of the first step of a flow that is neither for a slot nor for a failure; 0 where all are.
func firstStep(steps []Step) int {
	return max(0, slices.IndexFunc(steps, func(s Step) bool { return !s.How.PerSlot && !s.How.OnFailure }))
}

// A Place is where in a plan a request stands. A fault of a request has a field that begins with it:
//
//	url                        of the plan's single request
//	requests[1].url            of the second request of its mix
//	requests[0].flow[2].url    of the third step of the flow that is the first of its mix; on-failure counts on
//	before[0].url              of the first step that is sent before the load
//	after[0].url               and after it
//
// Behind it stands the field as of a single request, or one of a step's own: "name", "capture" (Value begins with the
// capture's name), "every", "within", "parts", "parallel", "per", "on-failure", "think", and "until" with a space and a
// field of the condition ("until expect-json"). "requests[0].flow", "before" and "after" are the lists themselves;
// "hosts", "cookies" and "flow-timeout" are of the whole plan. Fields of mends are as of a single request.
type Place struct {
	List  string // "": the single request; "requests", "before" or "after"
	Index int    // in "requests"
	Step  int    // in the flow, or in the list; -1: the request is no step
}

// inMix is the list of a plan's requests in a Place.
const inMix = "requests"

// String is what a fault's field begins with.
func (at Place) String() string {
	switch {
	case at.List == "":
		return ""
	case at.List != inMix:
		return fmt.Sprintf("%s[%d].", at.List, at.Step)
	case at.Step < 0:
		return fmt.Sprintf("%s[%d].", at.List, at.Index)
	}
	return fmt.Sprintf("%s[%d].flow[%d].", at.List, at.Index, at.Step)
}

var placed = regexp.MustCompile(`^(?:(requests)\[(\d+)\]\.(?:flow\[(\d+)\]\.)?|(before|after)\[(\d+)\]\.)`)

// PlaceOf takes a fault's field apart: where the request stands that it is of, and the field there.
func PlaceOf(field string) (at Place, own string) {
	m := placed.FindStringSubmatch(field)
	if m == nil {
		return Place{Step: -1}, field
	}
	number := func(s string) int {
		if n, err := strconv.Atoi(s); err == nil {
			return n
		}
		return -1
	}
	if at = (Place{inMix, number(m[2]), number(m[3])}); m[4] != "" {
		at = Place{List: m[4], Step: number(m[5])}
	}
	return at, field[len(m[0]):]
}

// An entry is what an arrival may be.
type entry struct {
	first int        // of its units
	flow  *flow.Flow // nil: it is a request
}

// layFlows makes the plan's entries of its units, which are compiled, and what is sent once.
func (m *mixture) layFlows(p *Plan) error {
	var err error
	lay := func(of func(u *unit) bool) *flow.Flow {
		if err != nil {
			return nil
		}
		var f *flow.Flow
		f, err = m.layFlow(p, of)
		return f
	}
	for i := range m.entries {
		m.entries[i] = entry{p.firstOf(i), lay(func(u *unit) bool { return u.entry == i })}
	}
	m.before = lay(func(u *unit) bool { return u.phase == stats.StepBefore })
	for _, g := range together(m.units, stats.StepAfter) {
		m.after = append(m.after, lay(func(u *unit) bool {
			return u.phase == stats.StepAfter && g.from <= u.at.Step && u.at.Step < g.to
		}))
	}
	return err
}

// needs are the names of the captures that stand in a request.
func needs(s *request.Spec) (names []string) {
	for _, w := range s.Written() {
		for _, use := range text.Captures(w.Text) {
			if !slices.Contains(names, use.Text) {
				names = append(names, use.Text)
			}
		}
	}
	return names
}

// A group are neighbours among the steps that are sent once.
type group struct{ from, to int }

// together are the groups of a phase's steps in which none needs what one of another group captures: where one of
// those fails, the other groups are sent all the same.
func together(units []unit, phase string) (all []group) {
	takenBy := map[string]int{} // which step takes it
	for i := range units {
		u := &units[i]
		if u.phase != phase {
			continue
		}
		own := group{u.at.Step, u.at.Step + 1}
		for _, name := range needs(u.spec) {
			if by, found := takenBy[name]; found {
				own.from = min(own.from, by)
			}
		}
		for len(all) > 0 && all[len(all)-1].to > own.from {
			own.from = min(own.from, all[len(all)-1].from)
			all = all[:len(all)-1]
		}
		all = append(all, own)
		for _, c := range u.step.How.Captures {
			takenBy[c.Name] = u.at.Step
		}
	}
	return all
}

// layFlow makes one flow of some units; nil where none of them is a step.
func (m *mixture) layFlow(p *Plan, of func(u *unit) bool) (*flow.Flow, error) {
	each := p.Each()
	c := flow.Config{Seed: p.Load.draw(), Cookies: p.Flows.Cookies, Render: m.urlOf,
		Hosts: p.hosts()}
	for i := range m.units {
		if u := &m.units[i]; u.step != nil && of(u) {
			c.Steps = append(c.Steps, flow.Named{Step: u.step.How, Name: u.step.Name, Template: i,
				URLFrom: each[i].Request.URLFrom(), Needs: needs(&each[i].Request),
				Decode: each[i].Request.Compressed})
			c.Bases = c.Bases || u.phase == stats.StepBefore // which all others may begin their URLs with
			if u.entry >= 0 {                                // what is sent once is no pass
				c.Limit = p.Flows.Timeout
			}
		}
	}
	if len(c.Steps) == 0 {
		return nil, nil
	}
	return flow.New(c)
}

// parallel is the most exchanges of a flow that may be under way at a time.
func (m *mixture) parallel() (most int) {
	for i := range m.entries {
		if f := m.entries[i].flow; f != nil {
			most = max(most, f.Parallel())
		}
	}
	return most
}

// steps is how many of the plan's requests are steps.
func (m *mixture) steps() (n int) {
	for i := range m.units {
		n = max(n, m.units[i].row+1)
	}
	return n
}
