package advice

import (
	"slices"
	"strings"

	"shotput/cli/flags"
	"shotput/stats"
)

// # A mix
//
// What fails is one of the plan's requests, and what is said is of that one: its method, its URL, its user. A line to
// try is for all of them, so there is none that would mend one and spoil the others, nor one that sends it alone: which
// of them --once sends, the plan's weights decide. Where the plan is one flow, it sends that.

// ofMix is one of several requests as it was asked for; of a plan that has one, the plan.
func ofMix(a *flags.Asked, template int) *flags.Asked {
	if template < len(a.Mixed) {
		return a.Mixed[template]
	}
	return a
}

// sentFor are those of the plan's requests that a class of failures is of, as they were asked for; of a plan that has
// one, the plan.
func sentFor(a *flags.Asked, f *stats.Failure, run *stats.Run) (sent []*flags.Asked) {
	if one := stepOf(a, f.Step); one != nil {
		return []*flags.Asked{one}
	}
	isIt := func(o stats.OutcomeCount) bool { return o.Outcome == f.Outcome && o.Status == f.Status }
	for _, one := range a.Mixed {
		if i := one.Entry; i >= 0 && i < len(run.Templates) && one.Step == nil &&
			slices.ContainsFunc(run.Templates[i].Outcomes, isIt) {
			sent = append(sent, one)
		}
	}
	if len(sent) == 0 {
		return []*flags.Asked{a}
	}
	return sent
}

// methodsOf are the methods of requests, each once.
func methodsOf(sent []*flags.Asked) string {
	var all []string
	for _, a := range sent {
		if m := method(&a.Plan); !slices.Contains(all, m) {
			all = append(all, m)
		}
	}
	return strings.Join(all, " and ")
}

// sendAlone is the line that sends one such request and shows it, with a flag and its value more.
func sendAlone(a *flags.Asked, more ...string) string {
	if a.OneOf && !a.Lone {
		return ""
	}
	l := a.AsOnce()
	if len(more) > 0 {
		l = l.With(more[0], more[1])
	}
	return l.String()
}

// sendBy is the line with another method.
func sendBy(a *flags.Asked, method string) string {
	if a.OneOf {
		return ""
	}
	return a.With("request", method).String()
}
