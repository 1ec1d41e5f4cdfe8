package report

import (
	"encoding/csv"
	"io"
	"strconv"
	"time"

	"shotput/report/words"
	"shotput/stats"
)

// csvColumns of the table of seconds; docs/formats.md says what each is.
var csvColumns = []string{"start_s", "end_s", "phase", "sent", "done", "ok", "failed", "timed_out", "in_flight",
	"p50_ms", "p99_ms", "max_ms", "service_mean_ms", "timer_lag_p99_ms", "body_bytes_sent"}

// CSV writes a line for each second of the run (RFC 4180, but lines end in LF alone). What is not
// known is empty: latencies where nothing succeeded, and those that a window has not.
func CSV(w io.Writer, r *stats.Run) error {
	table := csv.NewWriter(w)
	if err := table.Write(csvColumns); err != nil {
		return err
	}
	for i := range r.Windows {
		if err := table.Write(csvRow(&r.Windows[i], r.Plan.Open())); err != nil {
			return err
		}
	}
	table.Flush()
	return table.Error()
}

// csvRow has figures without units and without rounding: a spreadsheet rounds for itself, and cannot put back what is
// gone.
func csvRow(w *stats.Window, open bool) []string {
	row := []string{words.In(time.Second, w.Start), words.In(time.Second, w.End), phase(w)}
	for _, n := range []int64{w.Sent, w.Done, w.OK, w.Failed, w.TimedOut, w.InFlight} {
		row = append(row, strconv.FormatInt(n, 10))
	}
	for _, span := range []struct {
		known bool
		d     time.Duration
	}{{true, w.P50}, {true, w.P99}, {true, w.Max}, {!open || !w.Warmup, w.ServiceMean},
		{open && !w.Warmup, w.TimerLagP99}} {
		if w.OK > 0 && span.known {
			row = append(row, words.In(time.Millisecond, span.d))
		} else {
			row = append(row, "")
		}
	}
	return append(row, strconv.FormatInt(w.BodySent, 10))
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
