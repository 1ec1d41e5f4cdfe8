package page

import (
	"fmt"
	"slices"
	"strings"

	"shotput/report/words"
	"shotput/stats"
)

// # The last line
//
// A table scrolls away, and its headline with it: what a reader has before them when a run has ended is the last line.
// It says what came of the promises, and with which exit code the run ended; of a run without promises, its verdict in
// plain words. The order is that of the exit codes: what could not be measured comes before what was broken.

// last is the last line of a report on one run.
func last(r *stats.Run, s words.Scale) Cell {
	broken, unjudged := rulesOf(r, stats.RuleBroken), rulesOf(r, stats.RuleNotJudged)
	switch {
	case r.Verdict.InDoubt() && len(broken) == 0:
		return Cell{"NOT JUDGED: " + InPlainWords(r) + " · exit 3", Bad}
	case r.Hopeless():
		return Cell{"FAILED: " + words.Clean(r.Stop.String()) + " · exit 3", Bad}
	case r.Verdict.Status == stats.NothingMeasured && (!r.Stop.CutShort() || r.Stop.Kind == stats.BrokenOff):
		return Cell{"NOT JUDGED: " + InPlainWords(r) + " · exit 3", Bad}
	case r.Stop.CutShort() && !r.AbortedByRule() && !r.Verdict.InDoubt():
		return Cell{strings.Replace(interruption(r), "interrupted", "INTERRUPTED", 1) +
			": this is what was measured until then", Warn}
	case r.Totals.OK == 0 && !r.AbortedByRule():
		return Cell{fmt.Sprintf("FAILED: 0 of %s succeeded · exit 3", words.Plural(r.Totals.Sent, "request")), Bad}
	case r.Untrusted():
		return Cell{"NOT JUDGED: " + InPlainWords(r) + " · exit 3", Warn}
	case r.AbortedByRule():
		return Cell{"FAILED: ended by a rule (" + words.Clean(r.Stop.Text) + ") · exit 1", Bad}
	case len(broken) > 0:
		return Cell{"FAILED: " + countAndList(broken, r, s) + " · exit 1", Bad}
	case len(unjudged) > 0:
		return Cell{"NOT JUDGED: " + countAndList(unjudged, r, s) + " · exit 3", Warn}
	case len(r.Thresholds) > 0:
		return Cell{"PASSED", Good}
	}
	return lastWithoutRules(r)
}

// interruption says by what a run was interrupted, where the word alone does not.
func interruption(r *stats.Run) string {
	if why := words.Clean(r.Stop.String()); why != "interrupted" {
		return "interrupted (" + why + ")"
	}
	return "interrupted"
}

// lastWithoutRules has errors beside the verdict: nobody has said that there should be none. Of a run that is kept they
// come first, and nothing else: kept is a word of the load, and a run with errors is not all well.
func lastWithoutRules(r *stats.Run) Cell {
	word, errors := strings.ToUpper(strings.ReplaceAll(words.Clean(r.Verdict.Status), "_", " ")), errorsOf(r)
	some := r.Totals.Errors() > 0
	switch {
	case r.Verdict.Status == stats.Kept && some:
		return Cell{word + ", with " + errors.Text + ": the load was sent as planned", Warn}
	case r.Verdict.Status == stats.Kept:
		return Cell{word + ": " + InPlainWords(r), Good}
	case some:
		return Cell{word + ": " + InPlainWords(r) + "; " + words.Plural(r.Totals.Errors(), "error"), Bad}
	}
	return Cell{word + ": " + InPlainWords(r), Bad}
}

// InPlainWords says what a verdict means to someone who has not read what its word stands for.
func InPlainWords(r *stats.Run) string {
	because := ""
	if r.Verdict.Reason != "" {
		because = " (" + words.Clean(r.Verdict.Reason) + ")"
	}
	switch r.Verdict.Status {
	case stats.Kept:
		if r.FirmTo() < 100 {
			return "the load was sent as planned; the figures are the server's, but for those with ≤"
		}
		return "the load was sent as planned, the figures are the server's"
	case stats.ClientLimited:
		return "this machine was the limit" + because
	case stats.PoolLimited:
		return fmt.Sprintf("too few requests were allowed in flight: %d, and %d are needed", r.Plan.Concurrency,
			r.Verdict.NeededConcurrency)
	case stats.Incomplete:
		return "a part of the run is missing" + because
	case stats.Inconsistent:
		return "the figures of this run contradict each other" + because
	case stats.NothingMeasured:
		if why := words.Clean(r.Stop.String()); r.Stop.Kind == stats.AtRows && why != "" {
			return words.Clean(r.Verdict.Reason) + ": " + why
		}
		return words.Clean(r.Verdict.Reason)
	case stats.ServerSaturated:
		return "the server could not keep up with the load" + because
	}
	return strings.Trim(strings.ReplaceAll(words.Clean(r.Verdict.Status), "_", " ")+because, " ")
}

func rulesOf(r *stats.Run, result stats.Result) (all []stats.Threshold) {
	for _, t := range r.Thresholds {
		if t.Judged() == result {
			all = append(all, t)
		}
	}
	return all
}

// mostListed bounds the rules that the last line names: the table above has all.
const mostListed = 2

// countAndList says how many of all rules these are, and which.
func countAndList(some []stats.Threshold, r *stats.Run, s words.Scale) string {
	var parts []string
	for _, t := range some[:min(len(some), mostListed)] {
		parts = append(parts, words.Clean(t.Rule)+": "+rangeOf(t, s))
	}
	if more := len(some) - mostListed; more > 0 {
		parts = append(parts, fmt.Sprintf("%d more", more))
	}
	return fmt.Sprintf("%d of %s (%s)", len(some), words.Plural(int64(len(r.Thresholds)), "threshold"),
		strings.Join(parts, ", "))
}

// rangeOf is figureOf, with both ends of what is known where a rule was not judged for it.
func rangeOf(t stats.Threshold, s words.Scale) string {
	if t.Judged() == stats.RuleNotJudged && 0 < t.Lower && t.Lower < t.Upper {
		return s.InUnit(t.Lower, t.Unit) + " to " + s.InUnit(t.Upper, t.Unit)
	}
	return figureOf(t, s)
}

// LastOf is the last line of a report on several runs: that of the one that fared worst, as the exit code is. Of names
// there is one for each run; none says that they are rounds.
func LastOf(runs []*stats.Run, names []string, opt words.Options) Cell {
	first, count := 0, 0
	for i, r := range runs {
		if rankOf(r) > rankOf(runs[first]) {
			first = i
		}
	}
	for _, r := range runs {
		if sharesFate(r, runs[first]) {
			count++
		}
	}
	c := last(runs[first], words.ScaleOf(opt))
	if rankOf(runs[first]) == 0 {
		return c
	}
	what, name := "round", fmt.Sprintf("round %d", first+1)
	if names != nil {
		what, name = "run", names[first]
	}
	if count > 1 {
		name = fmt.Sprintf("%d of %d %ss, first in %s", count, len(runs), what, name) // whose figures it has
	}
	c.Text += ", in " + name
	return c
}

// sharesFate says whether what the last line says of one run is true of r too, but for its figures.
func sharesFate(r, one *stats.Run) bool {
	rank := rankOf(one)
	switch {
	case rankOf(r) != rank:
		return false
	case rank == rankBroken && one.AbortedByRule():
		return r.Stop == one.Stop
	case rank == rankBroken:
		return hasRules(rulesOf(r, stats.RuleBroken), rulesOf(one, stats.RuleBroken))
	case rank == rankNotJudged:
		return hasRules(rulesOf(r, stats.RuleNotJudged), rulesOf(one, stats.RuleNotJudged))
	}
	return r.Verdict.Status == one.Verdict.Status
}

// hasRules says whether all those wanted are among some.
func hasRules(some, wanted []stats.Threshold) bool {
	for _, w := range wanted {
		if !slices.ContainsFunc(some, func(t stats.Threshold) bool { return t.Rule == w.Rule }) {
			return false
		}
	}
	return true
}

// Of the ranks, those that speak of rules.
const (
	rankNotJudged = 3
	rankBroken    = 4
)

// rankOf orders runs by their exit codes, the worst last: what could not be measured, what is broken, what could not be
// judged.
func rankOf(r *stats.Run) int {
	broken := r.AbortedByRule() || len(rulesOf(r, stats.RuleBroken)) > 0
	switch {
	case r.Totals.OK == 0 && !r.Stop.CutShort() || r.Hopeless() || r.Untrusted() || r.Verdict.InDoubt() && !broken:
		return 5
	case broken:
		return rankBroken
	case len(rulesOf(r, stats.RuleNotJudged)) > 0:
		return rankNotJudged
	case r.Stop.CutShort():
		return 2
	case r.Verdict.Status != stats.Kept:
		return 1
	}
	return 0
}
