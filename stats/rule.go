package stats

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A Rule is what a plan holds a run against: one objective, or several of which all must hold, and its text. It is
// read once, where the text enters, and carried as read; a saved run has the text.
type Rule struct {
	text       string
	objectives []Objective
	err        error
}

// ParseRule reads a rule; see ParseObjectives. The error is a *RuleError, and the rule has it too, so that a plan can
// carry what cannot be read to whoever names all of its faults.
func ParseRule(text string) (Rule, error) {
	objectives, err := ParseObjectives(text)
	return Rule{text: text, objectives: objectives, err: err}, err
}

// RuleOf makes a rule of objectives; its text is theirs.
func RuleOf(objectives ...Objective) Rule {
	return Rule{text: JoinObjectives(objectives), objectives: objectives}
}

// Objectives are the rule's parts, or a *RuleError when its text is none.
func (r Rule) Objectives() ([]Objective, error) {
	if r.err == nil && len(r.objectives) == 0 { // the zero Rule, as of a null in a saved plan
		return ParseObjectives(r.text)
	}
	return r.objectives, r.err
}

// String is the rule as it was written.
func (r Rule) String() string { return r.text }

// MarshalText writes String.
func (r Rule) MarshalText() ([]byte, error) { return []byte(r.text), nil }

// UnmarshalText reads a rule of a saved plan. One that cannot be read, as of a later version, is no error: the rest of
// the run says as much as before, and the rule counts as broken.
func (r *Rule) UnmarshalText(b []byte) error {
	*r, _ = ParseRule(string(b))
	return nil
}

// A Need is what a plan lacks for an objective to be held against its runs.
type Need uint8

// The needs. A plan that is given what is needed has the objective fit.
const (
	NeedsOther    Need = iota // another rule, or another plan
	NeedsRate                 // a rate of requests
	NeedsByteRate             // a rate of bytes
)

// A Misfit says why an objective cannot be held against runs of a plan.
type Misfit struct {
	Needs Need
	Why   string
}

// Fits gives what stands against holding the objective against runs of the plan; nil when nothing does. live is for a
// rule that is asked while the run goes on.
func (o *Objective) Fits(p *Plan, live bool) *Misfit {
	m := &o.metric
	live = live || o.span > 0
	switch {
	case m.stat != "" && latencies[m.family].open && !p.Open():
		return &Misfit{NeedsRate, m.text + " needs a rate: in a closed loop nothing is due at an instant of its own"}
	case m.ofEnd() && live:
		return &Misfit{Why: m.text + " is known only when the run is over"}
	case m.family == "template" && p.template(m.key) < 0:
		return &Misfit{Why: fmt.Sprintf("there is no request %q among the plan's", m.key)}
	case p.lacks(m, live) != "":
		return &Misfit{Why: p.lacks(m, live)}
	case o.span > p.Duration && p.Duration > 0:
		return &Misfit{Why: fmt.Sprintf("for %s is longer than the run, %s", o.forText, p.Duration)}
	case !o.bound.target:
		return nil
	case m.family == "upload_rate" && p.BytesPerSecond == 0:
		return &Misfit{NeedsByteRate, "of target needs a rate of bytes"}
	case m.family != "upload_rate" && !p.Open():
		return &Misfit{NeedsRate, "of target needs a rate"}
	case m.family != "upload_rate" && live && (p.RatePerSecond == 0 || len(p.Stages) > 0):
		return &Misfit{NeedsOther, "of target needs one rate of requests for the whole run, while that goes on"}
	}
	return nil
}

// lacks says why a plan has nothing that a metric of flows, or one of plain requests, can be read from; "" where it
// has.
func (p *Plan) lacks(m *metric, live bool) string {
	step := p.step(m.key)
	switch m.family {
	case "flow":
		if !p.hasFlows() {
			return m.text + " needs a flow, and the plan has none"
		}
	case "completion":
		if !slices.ContainsFunc(p.Steps, func(s Step) bool { return s.passes() && len(s.Until) > 0 }) {
			return m.text + " needs a flow with a step that asks until a condition holds, and the plan has none"
		}
	case "upload", "wait":
		if p.onlyFlows() {
			return m.text + " is of a single exchange, and all requests of the plan are flows"
		}
	case "step":
		switch {
		case len(p.Steps) == 0:
			return fmt.Sprintf("there is no step %q: the plan has no flow", m.key)
		case step < 0:
			return fmt.Sprintf("there is no step %q in the plan, which has %s", m.key, p.stepNames())
		case live && !p.Steps[step].passes():
			return fmt.Sprintf("step %q is sent once, and no part of the load", m.key)
		}
	}
	return ""
}

// stepNames are the names of the steps, or of the first of them, for a sentence.
func (p *Plan) stepNames() string {
	const most = 8
	var names []string
	for _, s := range p.Steps[:min(len(p.Steps), most)] {
		names = append(names, strconv.Quote(s.Name))
	}
	if more := len(p.Steps) - most; more > 0 {
		names = append(names, fmt.Sprintf("%d more", more))
	}
	return strings.Join(names, ", ")
}

// A Line is where an objective's bound stands beside figures over time: Of is the figure ("p99", "max", "rate"), At the
// bound in the figure's own unit.
type Line struct {
	Of string
	At float64
}

// Line gives the objective's bound as a line, where it speaks of the headline latency, of the rate or of the goodput;
// of what else there is, no chart has a figure. A share of the target is one of what was offered a second.
func (o Objective) Line(p *Plan, offered float64) (Line, bool) {
	m := o.metric
	headline := "service"
	if p.Open() {
		headline = "response"
	}
	switch {
	case m.family == "headline", m.family == headline:
		return Line{m.stat, o.bound.value}, true
	case m.family == "rate", m.family == "goodput":
		at := o.bound.value
		if o.bound.target {
			at *= offered
		}
		return Line{m.family, at}, at > 0
	}
	return Line{}, false
}
