package page

import (
	"fmt"
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
	broken, open := rulesThat(r, stats.RuleBroken), rulesThat(r, stats.RuleNotJudged)
	switch {
	case r.Verdict.InDoubt() && len(broken) == 0:
		return Cell{"NOT JUDGED: " + InPlainWords(r) + " · exit 3", Bad}
	case r.Stop.CutShort() && !r.AbortedByRule() && !r.Verdict.InDoubt():
		return Cell{interrupted(r) + ": this is what was measured until then", Warn}
	case r.Totals.OK == 0 && !r.AbortedByRule():
		return Cell{fmt.Sprintf("FAILED: 0 of %s succeeded · exit 3", words.Plural(r.Totals.Sent, "request")), Bad}
	case r.Untrusted():
		return Cell{"NOT JUDGED: " + InPlainWords(r) + " · exit 3", Warn}
	case r.AbortedByRule():
		return Cell{"FAILED: ended by a rule (" + words.Clean(r.Stop.Text) + ") · exit 1", Bad}
	case len(broken) > 0:
		return Cell{"FAILED: " + listRules(r, broken, s) + " · exit 1", Bad}
	case len(open) > 0:
		return Cell{"NOT JUDGED: " + listRules(r, open, s) + " · exit 3", Warn}
	case len(r.Thresholds) > 0:
		return Cell{"PASSED", Good}
	}
	return lastWithoutRules(r)
}

// interrupted says by what, where the word alone does not.
func interrupted(r *stats.Run) string {
	if why := words.Clean(r.Stop.String()); why != "interrupted" {
		return "INTERRUPTED (" + why + ")"
	}
	return "INTERRUPTED"
}

// lastWithoutRules has errors beside the verdict: nobody has said that there should be none.
func lastWithoutRules(r *stats.Run) Cell {
	word := strings.ToUpper(strings.ReplaceAll(words.Clean(r.Verdict.Status), "_", " "))
	c := Cell{word + ": " + InPlainWords(r), Bad}
	if r.Verdict.Status == stats.Kept {
		c.Tone = Good
	}
	if n := r.Totals.Errors(); n > 0 {
		c.Text += "; " + words.Plural(n, "error")
		if c.Tone == Good {
			c.Tone = Warn
		}
	}
	return c
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
	case stats.ServerSaturated:
		return "the server could not keep up with the load" + because
	}
	return strings.Trim(strings.ReplaceAll(words.Clean(r.Verdict.Status), "_", " ")+because, " ")
}

func rulesThat(r *stats.Run, came stats.Result) (all []stats.Threshold) {
	for _, t := range r.Thresholds {
		if t.Judged() == came {
			all = append(all, t)
		}
	}
	return all
}

// mostListed bounds the rules that the last line names: the table above has all.
const mostListed = 2

// listRules says which of the run's rules they are, and what was measured.
func listRules(r *stats.Run, some []stats.Threshold, s words.Scale) string {
	var parts []string
	for _, t := range some[:min(len(some), mostListed)] {
		parts = append(parts, words.Clean(t.Rule)+": "+figureOf(t, s))
	}
	if more := len(some) - mostListed; more > 0 {
		parts = append(parts, fmt.Sprintf("%d more", more))
	}
	return fmt.Sprintf("%d of %s (%s)", len(some), words.Plural(int64(len(r.Thresholds)), "threshold"),
		strings.Join(parts, ", "))
}

// lastOfRounds is the last line of a report on several: that of the round that fared worst, as the exit code is.
func lastOfRounds(rounds []*stats.Run, s words.Scale) Cell {
	worst, rank := 0, -1
	for i, r := range rounds {
		if n := rankOf(r); n > rank {
			worst, rank = i, n
		}
	}
	c := last(rounds[worst], s)
	if rank > 0 {
		c.Text = fmt.Sprintf("%s, in round %d", c.Text, worst+1)
	}
	return c
}

// rankOf orders runs by their exit codes, the worst last: what could not be measured, what is broken, what could not be
// judged.
func rankOf(r *stats.Run) int {
	broken := r.AbortedByRule() || len(rulesThat(r, stats.RuleBroken)) > 0
	switch {
	case r.Totals.OK == 0 && !r.Stop.CutShort() || r.Untrusted() || r.Verdict.InDoubt() && !broken:
		return 5
	case broken:
		return 4
	case len(rulesThat(r, stats.RuleNotJudged)) > 0:
		return 3
	case r.Stop.CutShort():
		return 2
	case r.Verdict.Status != stats.Kept:
		return 1
	}
	return 0
}
