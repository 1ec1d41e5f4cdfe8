// Package words says what a run holds in words: numbers with their units, the names of requests and of what became of
// them, and texts of servers and plans made fit to be read. Everything that people read of a run is worded here, so
// that a figure reads the same in a table, a page, a line of the live view and an annotation. It lays nothing out and
// knows no report; and it names no flag: what a reader could change is a Mend, which whoever asked for the report
// puts into the words in which it is asked for.
//
// Foreign text is what somebody else wrote: a server, a plan, the network. Clean makes it safe. A column is one cell
// of a terminal's width. A scale is the unit in which latencies are printed.
package words

// Options say how a report is printed, never what it says. The zero value is right for a pipe.
type Options struct {
	Color bool   // double a word or a sign with colour; never the only bearer of a meaning
	ASCII bool   // print no sign outside ASCII
	Unit  string // "ns", "us" (or "µs"), "ms" or "s" for every latency; "" is a fitting unit per cell

	Percentiles []Percentile // of every table that has latencies; none: what each table has by itself

	// Mend words a change of the plan for whoever reads, such as the flag that makes it; nil names field and value.
	Mend func(Mend) string
}

// A Mend is a change of the plan that would help: the field that is to be set, and to what.
type Mend struct{ Field, Value string }

// Say is the mend in the words of whoever asked for the report.
func (o Options) Say(m Mend) string {
	if o.Mend == nil {
		return m.Field + " " + m.Value
	}
	return o.Mend(m)
}
