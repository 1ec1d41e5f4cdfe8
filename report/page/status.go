package page

import (
	"slices"
	"strconv"
	"strings"

	"shotput/report/words"
	"shotput/stats"
)

// statuses is the table of status codes: every one, counted exactly, with its own latency, since a server that refuses
// does so faster or slower than it stores.
func statuses(r *stats.Run, opt words.Options) *Table {
	u, asked := words.ScaleOf(opt), opt.PercentilesOr(50, 99)
	t := &Table{Columns: []Column{names(u.Title("status"), opt), {Title: "count", Least: figureWidth},
		{Title: "%", Least: 7}}}
	t.addPercentiles(asked)
	for i := range r.Status {
		s := &r.Status[i]
		of := Span{H: &s.Latency, Open: r.Totals.Aborted}.with(r.FloorOfStatus(s))
		t.Rows = append(t.Rows, append([]Cell{{Text: words.Clean(strconv.Itoa(s.Code) + " " + s.Reason)},
			{Text: words.Count(s.Latency.Count())}, {Text: words.Share(s.Latency.Count(), r.Totals.Sent)}},
			of.percentiles(asked, u)...))
	}
	return t
}

// codes explains the codes that came, where there is something to explain.
func codes(r *stats.Run, opt words.Options) []Fact {
	var facts []Fact
	for _, s := range r.Status {
		if m := words.Meaning(s.Code, opt); m != "" {
			facts = append(facts, Fact{Label: strconv.Itoa(s.Code), Lines: [][]Cell{{{Text: m}}}})
		}
	}
	return facts
}

// failures is the table of what did not succeed, each class with one example and when it first came: whether it was so
// from the start or began under load are two different troubles.
func failures(r *stats.Run) *Table {
	t := &Table{
		Columns: []Column{{Title: "outcome", Left: true}, {Title: "stage", Left: true}, {Title: "count", Least: 9},
			{Title: "first at"}, {Title: "example", Left: true, Grows: true, Code: true}},
	}
	for _, f := range r.Outcomes {
		t.Rows = append(t.Rows,
			[]Cell{{Text: outcomeOf(&f)}, {Text: words.Dash(f.Stage.String())}, {Text: words.Count(f.Count)},
				{Text: words.Duration(f.First)}, {Text: words.Dash(exampleOf(&f))}})
	}
	return t
}

// outcomeOf names a class, of a flow with the step that failed.
func outcomeOf(f *stats.Failure) string {
	if f.Step == "" {
		return words.Outcome(*f)
	}
	return words.Outcome(*f) + " at " + words.Clean(f.Step)
}

// exampleOf is what is known of the first of a class: the header or the error that says why, and the answer's words.
func exampleOf(f *stats.Failure) string {
	parts := []string{words.Clean(f.Example), words.Clean(f.Answer)}
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), " · ")
}

// answers tell in full what the server said, where the column of examples has no room for it.
func answers(r *stats.Run) (facts []Fact) {
	for _, f := range r.Outcomes {
		if said := words.Clean(f.Answer); len(exampleOf(&f)) > exampleRoom && said != "" {
			facts = append(facts, Fact{Label: strconv.Itoa(f.Status) + " says", Lines: [][]Cell{{{Text: said}}},
				Quoted: true})
		}
	}
	return facts
}

// exampleRoom is how long an example may be that a table of 80 columns shows whole.
const exampleRoom = 24
