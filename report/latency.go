package report

import (
	"time"

	"shotput/stats"
)

// A span is one row of the latency table.
type span struct {
	label string
	h     *stats.Histogram
	open  int64 // requests that ended unknown and whose spans this row lacks
	floor bool  // every figure is a lower bound: aborted requests are in the row, with the time until they were given up
}

// spans lists the rows of the run: what the loop's kind has, and what was seen.
func (d *desk) spans() []span {
	l, aborted := &d.Latency, d.Totals.Aborted
	var rows []span
	add := func(s span, always bool) {
		if always || s.h.Count() > 0 {
			rows = append(rows, s)
		}
	}
	add(span{label: "response", h: &l.Response, open: aborted}, d.Plan.Open())
	add(span{label: "service", h: &l.Service, open: aborted}, true)
	add(span{label: "  upload", h: &l.Upload, open: aborted}, false)
	add(span{label: "  wait", h: &l.Wait, open: aborted}, false)
	add(span{label: "start lag", h: &l.StartLag}, false)
	add(span{label: "connect", h: &l.Connect}, false)
	add(span{label: "tls", h: &l.TLS}, false)
	add(span{label: "failed", h: d.failed(), floor: aborted > 0}, false)
	return rows
}

// failed is the headline latency of what did not succeed, as the status table's is: response time in open loop.
func (d *desk) failed() *stats.Histogram {
	if d.Plan.Open() && d.Latency.FailedResponse.Count() > 0 {
		return &d.Latency.FailedResponse
	}
	return &d.Latency.Failed
}

func (d *desk) latencies() *table {
	t := &table{ruled: true, columns: []column{{title: d.titled("latency"), left: true, grows: true}}}
	for _, title := range []string{"mean", "p50", "p90", "p99", "p99.9", "max", "count"} {
		t.columns = append(t.columns, column{title: title, least: 9})
	}
	for _, s := range d.spans() {
		t.rows = append(t.rows, d.latencyRow(s))
	}
	return t
}

// latencyRow is one span's figures. Requests still open at the end could be slower than all: mean and greatest
// are then lower bounds, and so is each percentile that they could move.
func (d *desk) latencyRow(s span) []cell {
	bound := s.open > 0 || s.floor
	return []cell{{text: s.label}, d.bounded(s, s.h.Mean(), bound), d.quantile(s, .5), d.quantile(s, .9), d.quantile(s, .99),
		d.quantile(s, .999), d.bounded(s, s.h.Max(), bound), {text: count(s.h.Count())}}
}

// quantile is one percentile's cell; p99.9 needs 1 000 samples to mean anything.
func (d *desk) quantile(s span, q float64) cell {
	if q > .99 && s.h.Count() < 1000 {
		return cell{text: "-"}
	}
	value, exact := s.h.QuantileAmong(q, s.open)
	return d.bounded(s, value, !exact || s.floor)
}

func (d *desk) bounded(s span, value time.Duration, bound bool) cell {
	switch {
	case s.h.Count() == 0:
		return cell{text: "-"}
	case bound:
		return cell{text: "≥ " + d.latency(value)}
	}
	return cell{text: d.latency(value)}
}

// latency prints a latency for a table; a pinned unit stands in the table's header, once.
func (d *desk) latency(value time.Duration) string {
	if d.unit > 0 {
		return pinned(value, d.unit)
	}
	return stats.FormatDuration(value)
}

// latencyInText prints a latency for a sentence, where a pinned unit has no header to stand in.
func (d *desk) latencyInText(value time.Duration) string {
	if d.unit > 0 {
		return pinned(value, d.unit) + " " + d.unitName
	}
	return stats.FormatDuration(value)
}

// titled names the pinned unit in the title of a table that has latencies.
func (d *desk) titled(title string) string {
	if d.unit > 0 {
		return title + ", " + d.unitName
	}
	return title
}
