package page

import (
	"time"

	"shotput/report/words"
	"shotput/stats"
)

// A Span is one row of the latency table.
type Span struct {
	Label string
	H     *stats.Histogram
	Low   *stats.Histogram // of lower bounds; nil: the figures are what they are
	firm  float64          // up to which percentile they are firm; see with
	Open  int64            // requests that ended unknown and whose spans this row lacks
	floor bool             // every figure is a lower bound: in the row are aborted requests, until they were given up
	Of    int64            // how many there were, where the row lacks some that nobody timed; else 0
}

// SpansOf lists the rows of the run: what the loop's kind has, and what was seen.
func SpansOf(r *stats.Run) []Span {
	l, aborted := &r.Latency, r.Totals.Aborted
	var rows []Span
	add := func(s Span, always bool) {
		if always || s.H.Count() > 0 {
			rows = append(rows, s)
		}
	}
	add(Span{Label: "response", H: &l.Response, Open: aborted}.with(lowOf(l)), r.Plan.Open())
	service := Span{Label: "service", H: &l.Service, Open: aborted}
	if !r.Plan.Open() {
		service = service.with(lowOf(l))
	}
	add(service, true)
	if f := &l.Flow; !r.Plan.Open() || f.Count() != l.Response.Count() { // else they are the same
		add(Span{Label: "flow", H: f, Open: aborted}.with(someOf(&l.FlowFloor)), false)
	}
	add(Span{Label: "completion", H: &l.Completion, Open: aborted}.with(someOf(&l.CompletionFloor)), false)
	add(Span{Label: "  upload", H: &l.Upload, Open: aborted}, false)
	add(Span{Label: "  wait", H: &l.Wait, Open: aborted}, false)
	add(Span{Label: "start lag", H: &l.StartLag}, false)
	add(Span{Label: "connect", H: &l.Connect}.outOf(r.Totals.ConnectionsOpened), false)
	add(Span{Label: "tls", H: &l.TLS}, false)
	add(Span{Label: "failed", H: failedLatency(r), floor: aborted > 0}, false)
	return rows
}

// lowOf are the lower bounds of the headline latency, where there are any.
func lowOf(l *stats.Latency) *stats.Histogram { return someOf(&l.Floor) }

// someOf is the histogram, where there is anything in it.
func someOf(h *stats.Histogram) *stats.Histogram {
	if h.Count() > 0 {
		return h
	}
	return nil
}

// with gives the row its lower bounds.
func (s Span) with(low *stats.Histogram) Span {
	s.Low, s.firm = low, stats.FirmTo(s.H, low)
	return s
}

// outOf says of how many the row is, where there were more. The time of a connection is that of the request that waited
// for it: one that was opened for a request which another took, or in the warm-up, is in no row.
func (s Span) outOf(all int64) Span {
	if all > s.H.Count() {
		s.Of = all
	}
	return s
}

// count is how many values the row has.
func (s Span) count() Cell {
	if s.Of > 0 {
		return Cell{Text: words.Count(s.H.Count()) + "/" + words.Count(s.Of)}
	}
	return Cell{Text: words.Count(s.H.Count())}
}

// failedLatency is the headline latency of what did not succeed, as the status table's is: response time in open loop.
func failedLatency(r *stats.Run) *stats.Histogram {
	if r.Plan.Open() && r.Latency.FailedResponse.Count() > 0 {
		return &r.Latency.FailedResponse
	}
	return &r.Latency.Failed
}

func latencies(r *stats.Run, opt words.Options) *Table {
	u, asked := words.ScaleOf(opt), opt.PercentilesOr(50, 90, 99, 99.9)
	t := &Table{Ruled: true, Columns: []Column{names(u.Title("latency"), opt), {Title: "mean", Least: figureWidth}}}
	t.addPercentiles(asked)
	t.Columns = append(t.Columns, Column{Title: "max", Least: figureWidth}, Column{Title: "count", Least: figureWidth})
	for _, s := range SpansOf(r) {
		row := append([]Cell{{Text: s.Label}, s.mean(u)}, s.percentiles(asked, u)...)
		t.Rows = append(t.Rows, append(row, s.greatest(u), s.count()))
	}
	return t
}

// figureWidth is the least width of a column of figures.
const figureWidth = 9

// names is the first column of a table with percentiles: so many may be asked for that nothing would be left of it.
func names(title string, opt words.Options) Column {
	c := Column{Title: title, Left: true, Grows: true}
	if len(opt.Percentiles) > 0 {
		c.Least = 20
	}
	return c
}

// addPercentiles adds a column for each.
func (t *Table) addPercentiles(asked []words.Percentile) {
	for _, p := range asked {
		t.Columns = append(t.Columns, Column{Title: p.String(), Least: figureWidth})
	}
}

// percentiles are a cell for each. Requests still open at the end could be slower than all: each that they could move
// is a lower bound, as mean and greatest are.
func (s Span) percentiles(asked []words.Percentile, u words.Scale) (cells []Cell) {
	for _, p := range asked {
		cells = append(cells, s.percentile(p, u))
	}
	return cells
}

// hasOpen says whether some request of the span could have taken longer than is known.
func (s Span) hasOpen() bool { return s.Open > 0 || s.floor }

func (s Span) mean(u words.Scale) Cell {
	return s.cell(0, s.H.Mean(), s.hasOpen(), (*stats.Histogram).Mean, u)
}

func (s Span) greatest(u words.Scale) Cell {
	return s.cell(100, s.H.Max(), s.hasOpen(), (*stats.Histogram).Max, u)
}

// percentile is one cell.
func (s Span) percentile(p words.Percentile, u words.Scale) Cell {
	if !p.Known(s.H.Count()) {
		return Cell{Text: "-"}
	}
	q := p.Quantile()
	value, exact := s.H.QuantileAmong(q, s.Open)
	return s.cell(float64(p), value, !exact || s.floor, stats.At(q), u)
}

// cell is a figure, at a percentile. Requests that were open at the end may have made it greater; the tool's lateness
// may have.
func (s Span) cell(percent float64, value time.Duration, atLeast bool, of figure, u words.Scale) Cell {
	if s.H.Count() == 0 {
		return Cell{Text: "-"}
	}
	b := stats.Bounds{Lower: value, Upper: value}
	if s.Low != nil {
		b.Lower = min(value, of(s.Low))
	}
	return Cell{Text: sign(atLeast, s.Low != nil && b.Marked(percent, s.firm)) + u.Latency(value)}
}

// A figure is one number of a distribution.
type figure = func(*stats.Histogram) time.Duration

// boundedCell is a latency that may be but a lower bound, or an upper one: the sign stands in the cell itself, not in a
// note below it that nobody reads.
func boundedCell(b stats.Bounds, atLeast bool, u words.Scale) Cell {
	return Cell{Text: signOf(b, atLeast) + u.Latency(b.Upper)}
}

// signOf is the sign of a bound, with a space behind it; "" of a firm figure.
func signOf(b stats.Bounds, atLeast bool) string { return sign(atLeast, !b.Firm()) }

// sign is that of a lower bound, which comes first, or of an upper one.
func sign(atLeast, atMost bool) string {
	switch {
	case atLeast:
		return "≥ "
	case atMost:
		return "≤ "
	}
	return ""
}
