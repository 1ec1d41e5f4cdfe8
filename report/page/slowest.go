package page

import (
	"cmp"
	"strconv"

	"shotput/report/words"
	"shotput/stats"
)

// slowest is the table of the slowest requests, by the ids under which the server's side of them can be found. In open
// loop the service time tells whether it was the server that took so long, or the way to it.
func slowest(r *stats.Run, u words.Scale) *Table {
	t := &Table{Columns: []Column{{Title: "slowest, by trace id", Left: true, Grows: true, Code: true},
		{Title: "due at", Least: 9}}}
	if r.Plan.Open() {
		t.Columns = append(t.Columns, Column{Title: "response", Least: 9})
	}
	t.Columns = append(t.Columns, Column{Title: "service", Least: 9}, Column{Title: "answer", Left: true})
	for i := range r.Slowest {
		s := &r.Slowest[i]
		answer := words.Outcome(stats.Failure{Outcome: s.Outcome, Status: s.Status})
		if s.Outcome == stats.OK {
			answer = strconv.Itoa(s.Status)
		}
		id := cmp.Or(words.Clean(s.Trace), "request "+strconv.FormatInt(s.Number, 10))
		row := []Cell{{Text: id}, {Text: words.Duration(s.Intended)}}
		if r.Plan.Open() {
			row = append(row, Cell{Text: u.Latency(s.Latency)})
		}
		t.Rows = append(t.Rows, append(row, Cell{Text: u.Latency(s.Service)}, Cell{Text: answer}))
	}
	return t
}
