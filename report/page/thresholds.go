package page

import (
	"time"

	"shotput/report/words"
	"shotput/stats"
)

// thresholds is the table of objectives and what was measured for each. The rule stands as it was written, so that it
// is found again where it came from.
func thresholds(r *stats.Run, s words.Scale) *Table {
	t := &Table{Columns: []Column{
		{Title: "threshold", Left: true, Grows: true, Code: true}, {Title: "measured", Least: 12}, {Least: 12}}}
	for _, th := range r.Thresholds {
		result := results[th.Judged()]
		t.Rows = append(t.Rows, []Cell{{Text: words.Clean(th.Rule)}, {Text: figureOf(th, s)}, result})
	}
	return t
}

// results are the words for what came of a threshold.
var results = map[stats.Result]Cell{stats.RuleKept: {"kept ✓", Good}, stats.RuleBroken: {"broken ✗", Bad},
	stats.RuleNotJudged: {"not judged", Warn}}

// reasons say of thresholds what their numbers do not: what is read, and why they are broken.
func reasons(r *stats.Run) []Fact {
	var facts []Fact
	for _, th := range r.Thresholds {
		if th.Means != "" {
			said := words.Clean(th.Rule) + " is judged as " + words.Clean(th.Means)
			facts = append(facts, Fact{Label: "rule", Lines: [][]Cell{{{Text: said}}}})
		}
		if !th.OK && th.Why != "" {
			label := "broken"
			if th.Judged() == stats.RuleNotJudged {
				label = "not judged"
			}
			facts = append(facts, Fact{Label: label,
				Lines: [][]Cell{{{Text: words.Clean(th.Rule) + ": " + words.Clean(th.Why)}}}})
		}
	}
	return facts
}

// HowBroken says in a line how a rule does not hold, for where there is no table: a failed case, an annotation.
func HowBroken(th stats.Threshold, s words.Scale) string {
	switch {
	case th.NoSamples || th.For > 0:
		return words.Clean(th.Why)
	case th.Why != "":
		return "measured " + figureOf(th, s) + ": " + words.Clean(th.Why)
	}
	return "measured " + figureOf(th, s)
}

// figureOf prints a threshold's value as far as it is one.
func figureOf(th stats.Threshold, s words.Scale) string {
	switch {
	case th.NoSamples:
		return "-"
	case th.For > 0: // what was measured is how long it did not hold
		return "not for " + words.Duration(time.Duration(th.Measured))
	case th.AtLeast:
		return "≥ " + s.InUnit(th.Measured, th.Unit)
	case th.AtMost, th.Judged() == stats.RuleNotJudged && th.Lower < th.Upper:
		return "≤ " + s.InUnit(th.Measured, th.Unit)
	}
	return s.InUnit(th.Measured, th.Unit)
}
