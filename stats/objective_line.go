package stats

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
