package cli

import (
	"slices"

	"shotput/cli/advice"
	"shotput/cli/line"
	"shotput/stats"
)

// conclude gives the exit code of rounds that were delivered, but for what failed: that of the round that fared worst.
func (j *job) conclude(failed error) error {
	for _, r := range j.rounds {
		j.publish(r.run)
	}
	if unread := j.shown.unread(); unread != "" {
		j.note([]advice.Hint{{Error: unread}})
	}
	j.note(j.hints())
	if failed != nil {
		return giveUp(failed, advice.Hint{Error: line.Printable(failed.Error()),
			Try: j.asked.With("output", "./run.json").String()})
	}
	for _, r := range j.rounds {
		switch run := r.run; {
		case run.Totals.OK == 0 && !run.Stop.CutShort():
			return giveUp(nil, advice.Hint{
				Error: "nothing succeeded: 0 of " + stats.Plural(run.Totals.Sent, "request") + " were OK",
				Try:   j.asked.AsOnce().String()})
		case run.Untrusted():
			return giveUp(nil, advice.Hint{
				Error: "the verdict is " + run.Verdict.Status + ", and --strict asks for kept",
				Why:   run.Verdict.Reason, Try: j.asked.Without("strict").String()})
		}
	}
	return j.concludeRules()
}

// concludeRules gives the exit code of thresholds and abort rules. One broken decides, in whatever round; that one
// could not be judged is no pass, nor is a run that is in doubt itself.
func (j *job) concludeRules() error {
	var open []stats.Threshold
	for _, r := range j.rounds {
		if r.run.AbortedByRule() || slices.ContainsFunc(r.run.Thresholds, is(stats.RuleBroken)) {
			return quiet(exitThreshold)
		}
		if i := slices.IndexFunc(r.run.Thresholds, is(stats.RuleNotJudged)); i >= 0 {
			open = append(open, r.run.Thresholds[i])
		}
	}
	for _, r := range j.rounds {
		if r.run.Verdict.InDoubt() {
			return giveUp(nil, advice.OfDoubt(r.run))
		}
	}
	if len(open) == 0 {
		return nil
	}
	return giveUp(nil, advice.Hint{Error: "not judged: " + line.Printable(open[0].Rule),
		Why: line.Printable(open[0].Why)})
}

func is(result stats.Result) func(stats.Threshold) bool {
	return func(t stats.Threshold) bool { return t.Judged() == result }
}

// hints has the hints of all rounds, each code once.
func (j *job) hints() (hints []advice.Hint) {
	said := map[string]bool{}
	for _, r := range j.rounds {
		for _, h := range r.hints {
			if !said[h.Code] {
				said[h.Code] = true
				hints = append(hints, h)
			}
		}
	}
	return hints
}
