package report

import (
	"encoding/csv"
	"io"
	"slices"
	"strconv"
	"time"

	"shotput/report/words"
	"shotput/stats"
)

// csvColumns of the table of seconds, before and after the percentiles; docs/formats.md says what each is.
var csvColumns = [2][]string{
	{"start_s", "end_s", "phase", "sent", "done", "ok", "failed", "timed_out", "in_flight"},
	{"max_ms", "service_mean_ms", "timer_lag_p99_ms", "body_bytes_sent", "ended"}}

// CSV writes a line for each second of the run (RFC 4180, but lines end in LF alone). What is not
// known is empty: latencies where nothing succeeded, and those that a window has not.
func CSV(w io.Writer, r *stats.Run, opt Options) error {
	table, asked := csv.NewWriter(w), opt.PercentilesOr(50, 99)
	header := slices.Clone(csvColumns[0])
	for _, p := range asked {
		header = append(header, p.String()+"_ms")
	}
	if err := table.Write(append(header, csvColumns[1]...)); err != nil {
		return err
	}
	for i := range r.Windows {
		ended := ""
		if i == len(r.Windows)-1 {
			ended = endOf(r)
		}
		if err := table.Write(append(csvRow(&r.Windows[i], r.Plan.Open(), asked), ended)); err != nil {
			return err
		}
	}
	table.Flush()
	return table.Error()
}

// csvRow has figures without units and without rounding: a spreadsheet rounds for itself, and cannot put back what is
// gone.
func csvRow(w *stats.Window, open bool, asked []words.Percentile) []string {
	row := []string{words.In(time.Second, w.Start), words.In(time.Second, w.End), phase(w)}
	for _, n := range []int64{w.Sent, w.Done, w.OK, w.Failed, w.TimedOut, w.InFlight} {
		row = append(row, strconv.FormatInt(n, 10))
	}
	add := func(d time.Duration, known bool) {
		cell := ""
		if w.OK > 0 && known {
			cell = words.In(time.Millisecond, d)
		}
		row = append(row, cell)
	}
	for _, p := range asked {
		add(w.Percentile(p.Quantile()))
	}
	add(w.Max, true)
	add(w.ServiceMean, !open || !w.Warmup)
	add(w.TimerLagP99, open && !w.Warmup)
	return append(row, strconv.FormatInt(w.BodySent, 10))
}

// endOf is what ended the run, for whoever reads no sentences: the kind, as a saved run has it, and what more there is.
func endOf(r *stats.Run) string {
	kind, text := r.Stop.Kind.String(), words.Clean(r.Stop.Text)
	if text == "" {
		return kind
	}
	return kind + ": " + text
}

// phase is the part of the run that a window belongs to.
func phase(w *stats.Window) string {
	switch {
	case w.Warmup:
		return "warmup"
	case w.Drain:
		return "drain"
	}
	return "measured"
}
