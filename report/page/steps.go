package page

import (
	"fmt"
	"strconv"
	"strings"

	"shotput/report/words"
	"shotput/stats"
)

// steps is the table of the exchanges of flows, a row for each step: the latency is their service time, of those that
// ended OK, and errors are all else. What is sent once stands there too.
func steps(run *stats.Run, opt words.Options) *Table {
	s, asked := words.ScaleOf(opt), opt.PercentilesOr(50, 99)
	t := &Table{Columns: []Column{names(s.Title("step"), opt), {Title: "exchanges", Least: figureWidth + 1}}}
	t.addPercentiles(asked)
	t.Columns = append(t.Columns, Column{Title: "errors", Least: figureWidth},
		Column{Title: "status", Left: true, Least: 12})
	for i := range run.Steps {
		r := &run.Steps[i]
		of := Span{H: &r.Latency.Service, Open: r.Totals.Aborted}
		errors := Cell{Text: words.Count(r.Totals.Errors())}
		if r.Totals.Errors() > 0 {
			errors.Tone = Bad
		}
		row := append([]Cell{{Text: stepLabel(r)}, {Text: words.Count(r.Totals.Done())}}, of.percentiles(asked, s)...)
		t.Rows = append(t.Rows, append(row, errors, Cell{Text: codesOf(r)}))
	}
	return t
}

// phases are the words for when a step is sent that not every pass sends.
var phases = map[string]string{
	stats.StepBefore: "before", stats.StepAfter: "after", stats.StepSlot: "per slot",
	stats.StepOnFailure: "on failure",
}

// stepLabel is the step's name, with that of its flow where there are several, and when it is sent.
func stepLabel(r *stats.StepRow) string {
	label := r.Name
	if r.Flow != "" {
		label = r.Flow + ": " + label
	}
	if when := phases[r.Phase]; when != "" {
		label += " (" + when + ")"
	}
	return words.Clean(label)
}

// mostCodes bounds the statuses that a step's row names.
const mostCodes = 3

// codesOf are the statuses of a step's answers, with their counts where there are several.
func codesOf(r *stats.StepRow) string {
	var all []string
	for _, s := range r.Status {
		text := strconv.Itoa(s.Code)
		if len(r.Status) > 1 {
			text += "×" + words.Count(s.Count)
		}
		all = append(all, text)
	}
	if more := len(all) - mostCodes; more > 0 {
		all = append(all[:mostCodes], fmt.Sprintf("%d more", more))
	}
	return words.Dash(strings.Join(all, " "))
}

// stepFacts tell what no column has room for: how long a step's condition took to hold, and how often slots logged in
// again.
func stepFacts(run *stats.Run, s words.Scale) (facts []Fact) {
	for i := range run.Steps {
		r := &run.Steps[i]
		if h := &r.Completion; h.Count() > 0 {
			facts = append(facts, Fact{Label: "completion", Lines: [][]Cell{{{Text: fmt.Sprintf(
				"%s: p50 %s, p99 %s, max %s until its condition held (%s)", words.Clean(r.Name),
				s.Latency(h.Quantile(.5)), s.Latency(h.Quantile(.99)), s.Latency(h.Max()),
				words.Plural(h.Count(), "time"))}}}})
		}
		if r.Reauth > 0 {
			facts = append(facts, Fact{Label: "reauth", Lines: [][]Cell{{{Text: fmt.Sprintf(
				"%s: answered 401 %s, and the slot logged in again; these are no errors", words.Clean(r.Name),
				words.Plural(r.Reauth, "time"))}}}})
		}
	}
	return facts
}
