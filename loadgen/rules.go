package loadgen

import (
	"shotput/loadgen/fault"
	"shotput/stats"
)

// checkObjectives names the rules that could not be read, and holds the others against what there will be to measure.
func checkRules(p *Plan, f *fault.List) {
	if len(p.Rules.Thresholds)+len(p.Rules.Aborts) == 0 {
		return
	}
	measured := recordForRules(p)
	for _, rules := range []struct {
		field string
		all   []stats.Rule
		live  bool
	}{{"threshold", p.Rules.Thresholds, false}, {"abort", p.Rules.Aborts, true}} {
		for _, rule := range rules.all {
			objectives, err := rule.Objectives()
			if err != nil {
				f.Add(fault.Malformed.In(rules.field, rule.String(), "%v", err))
			}
			for _, o := range objectives {
				if misfit := o.Fits(&measured, rules.live); misfit != nil {
					f.Add(misfitOf(misfit, rules.field, rule))
				}
			}
		}
	}
}

// misfitOf is the fault of a rule that cannot be held against runs of the plan.
func misfitOf(m *stats.Misfit, field string, rule stats.Rule) *fault.Fault {
	kind := fault.Needs
	if m.Needs == stats.NeedsOther {
		kind = fault.Unfit
	}
	f := kind.In(field, rule.String(), "%s", m.Why)
	switch m.Needs {
	case stats.NeedsRate:
		return f.With("rate")
	case stats.NeedsByteRate:
		return f.With("rate").MendBy(fault.Set, "rate", "20MiB/s")
	}
	return f
}

// recordForRules is as much of the plan's record as rules speak of. It is made of plans with faults too.
func recordForRules(p *Plan) stats.Plan {
	m := stats.Plan{
		Model:          "closed",
		RatePerSecond:  p.Load.Rate.PerSecond,
		BytesPerSecond: p.Load.Rate.BytesPerSecond,
		Duration:       p.Load.Duration,
	}
	if p.open() {
		m.Model = "open"
	}
	for _, s := range p.Load.Stages {
		m.Stages = append(m.Stages, s.String())
	}
	if len(p.Mix) > 1 {
		for i := range p.Mix {
			m.Mix = append(m.Mix, stats.Request{Name: p.nameOf(i)})
		}
	}
	for _, u := range p.units() {
		if u.step != nil {
			s := stats.Step{Name: u.step.Name, Phase: u.phase}
			if u.entry >= 0 && len(p.Mix) > 1 {
				s.Flow = p.nameOf(u.entry)
			}
			u.step.How.Record(&s)
			m.Steps = append(m.Steps, s)
		}
	}
	return m
}

// recordRules writes the rules as a saved run has them: a threshold for each promise, an abort rule whole. One
// that cannot be read is a fault, and stays as it is.
func recordRules(r *Rules) (thresholds, aborts []stats.Rule) {
	for _, rule := range r.Thresholds {
		objectives, err := rule.Objectives()
		if err != nil {
			thresholds = append(thresholds, rule)
		}
		for _, o := range objectives {
			thresholds = append(thresholds, stats.RuleOf(o))
		}
	}
	for _, rule := range r.Aborts {
		if objectives, err := rule.Objectives(); err == nil {
			rule = stats.RuleOf(objectives...)
		}
		aborts = append(aborts, rule)
	}
	return thresholds, aborts
}
