package loadgen

import (
	"shotput/stats"
)

// checkObjectives reads the rules, and holds them against what there will be to measure.
func (p *Plan) checkObjectives(f *faults) {
	if len(p.Rules.Thresholds)+len(p.Rules.Aborts) == 0 {
		return
	}
	measured := p.measured()
	for _, rules := range []struct {
		field string
		texts []string
		live  bool
	}{{"threshold", p.Rules.Thresholds, false}, {"abort", p.Rules.Aborts, true}} {
		for _, text := range rules.texts {
			all, err := stats.ParseObjectives(text)
			if err != nil {
				f.add(rules.field, text, "%v", err)
			}
			for _, o := range all {
				if why := o.Fits(&measured, rules.live); why != "" {
					f.add(rules.field, text, "%s", why)
				}
			}
		}
	}
}

// measured is as much of the plan's record as rules speak of. It is made of plans with faults too.
func (p *Plan) measured() stats.Plan {
	m := stats.Plan{Model: "closed", RatePerSecond: p.Load.Rate.PerSecond, BytesPerSecond: p.Load.Rate.BytesPerSecond, Duration: p.Load.Duration}
	if p.open() {
		m.Model = "open"
	}
	for _, s := range p.Load.Stages {
		m.Stages = append(m.Stages, s.String())
	}
	if len(p.Mix) > 1 {
		for i, one := range p.Each() {
			m.Mix = append(m.Mix, stats.Request{Name: p.Mix[i].name(&one)})
		}
	}
	return m
}

// recordObjectives writes the rules as a saved run has them: a threshold for each promise, an abort rule whole. One
// that cannot be read is a fault, and stays as it is.
func (p *Plan) recordObjectives() (thresholds, aborts []string) {
	for _, text := range p.Rules.Thresholds {
		all, err := stats.ParseObjectives(text)
		if err != nil {
			thresholds = append(thresholds, text)
		}
		for _, o := range all {
			thresholds = append(thresholds, o.String())
		}
	}
	for _, text := range p.Rules.Aborts {
		if all, err := stats.ParseObjectives(text); err == nil {
			text = stats.JoinObjectives(all)
		}
		aborts = append(aborts, text)
	}
	return thresholds, aborts
}
