package page

import (
	"fmt"
	"strconv"
	"strings"

	"shotput/report/words"
	"shotput/stats"
)

// The headline of a page: what a reader sees who reads no further.

// verdict says whether the result can be trusted, with a sign beside the word for whoever only glances.
func verdict(r *stats.Run) Cell { return verdictWith(r, ", firm up to p%v") }

// verdictWith has the percentile up to which the figures are firm in the given form.
func verdictWith(r *stats.Run, firmTo string) Cell {
	if r.Verdict.Status == stats.Kept && r.Totals.OK == 0 {
		return Cell{"kept, nothing succeeded ✗", Bad}
	}
	if r.Verdict.Status == stats.Kept {
		return Cell{"kept" + firmness(r, firmTo) + " ✓", Good}
	}
	return Cell{words.Clean(r.Verdict.Status) + " ✗", Bad}
}

// lateness is what the tool did late in a run whose load was not lost by that.
func lateness(r *stats.Run) string {
	l := &r.Latency
	said := "all was sent, but some of it late"
	if r.Totals.Unsent > 0 {
		said = "some was sent late"
	}
	said += " (timer lag p99 " + words.Duration(l.TimerLag.Quantile(.99)) + ")"
	switch read := "answers were read late (up to " + words.Duration(l.ReadLag.Quantile(.99)) + " in 99 of 100)"; {
	case r.Clock != "user":
		return said
	case !r.Plan.Open():
		return read
	default:
		return said + ", and " + read
	}
}

// firmness says how far the figures of a run can be trusted in which the tool was late, though all was sent.
func firmness(r *stats.Run, firmTo string) string {
	switch percent := r.FirmTo(); percent {
	case 100:
		return ""
	case 0:
		return ", bounds only"
	default:
		return fmt.Sprintf(firmTo, percent)
	}
}

// arrivals are so many of a run's, by what they are: requests, flows, or some of each.
func arrivals(t *stats.Totals, n int64) string {
	switch {
	case t.Flows == 0:
		return words.Plural(n, "request")
	case t.Flows == t.Sent:
		return words.Plural(n, "flow")
	}
	return words.Count(n) + " requests and flows"
}

// summary is the headline, in the order in which people ask: how many, how long, how fast, how much, and what went
// wrong.
func summary(r *stats.Run) []Cell {
	t := &r.Totals
	count, _ := r.Speed()
	requests := words.Count(count) + " of " + arrivals(t, t.Planned)
	if count >= t.Planned {
		requests = arrivals(t, count)
	}
	if t.Flows > 0 {
		requests += " (" + words.Plural(t.Exchanges, "exchange") + ")"
	}
	if !spansSchedule(r) {
		requests += " in " + words.Duration(t.Elapsed)
	}
	parts := []Cell{{Text: requests}}
	var rates []string
	if hasRate(r) {
		rates = append(rates, speed(r))
	}
	if !r.Plan.Open() {
		rates = append(rates, uploadSpeed(r), "closed loop")
	}
	if said := strings.Join(nonEmpty(rates), ", "); said != "" {
		parts = append(parts, Cell{Text: said})
	}
	parts = append(parts, Cell{Text: words.Size(float64(t.BodyBytesSent)) + " sent"}, errorsOf(r))
	if t.Drained > 0 && (!r.Plan.Open() || t.Late > 0 || 100*t.Drained >= t.Sent) {
		parts = append(parts, Cell{Text: fmt.Sprintf("%s finished in the drain (%s)", words.Count(t.Drained),
			words.Duration(t.Drain))})
	}
	if t.Unsent > 0 {
		parts = append(parts, Cell{words.Count(t.Unsent) + " unsent", Warn})
	}
	return parts
}

// spansSchedule says of one request at a rate that the run's span is the interval after it, which nobody waited for.
func spansSchedule(r *stats.Run) bool {
	return r.Plan.Open() && r.Plan.Requests == 1 && r.Totals.Elapsed == r.Totals.Span
}

// speed is the rate that the run is told by and, in open loop, the offered one and their ratio; a byte rate is offered
// in bytes.
func speed(r *stats.Run) string {
	t := &r.Totals
	_, rate := r.Speed()
	achieved := words.Rate(rate)
	if r.Plan.BytesPerSecond > 0 {
		bytes := r.UploadSpeed()
		return fmt.Sprintf("%s, %s/s of %s/s (%s)", achieved, words.Size(bytes), words.Size(r.Plan.BytesPerSecond),
			words.Percent(bytes/r.Plan.BytesPerSecond))
	}
	if !r.Plan.Open() || t.OfferedPerSecond == 0 {
		return achieved
	}
	return fmt.Sprintf("%s of %s (%s)", achieved, words.Rate(t.OfferedPerSecond),
		words.Percent(rate/t.OfferedPerSecond))
}

// uploadSpeed is the rate of body bytes; "" where there were none, or the plan asks for one, which speed tells of.
func uploadSpeed(r *stats.Run) string {
	perSecond := r.UploadSpeed()
	if perSecond == 0 || r.Plan.BytesPerSecond > 0 || !hasRate(r) {
		return ""
	}
	return words.Size(perSecond) + "/s"
}

// errorsOf counts what was sent and did not end OK.
func errorsOf(r *stats.Run) Cell {
	t := &r.Totals
	n := t.Errors()
	if n == 0 {
		return Cell{Text: "0 errors"}
	}
	return Cell{fmt.Sprintf("%s (%s)", words.Plural(n, "error"), words.Percent(t.ErrorRatio())), Bad}
}

// Remarks tell why the verdict is what it is, and that a run was cut short.
func Remarks(r *stats.Run, opt words.Options) []string {
	var lines []string
	if r.Verdict.Status != stats.Kept && r.Verdict.Reason != "" {
		lines = append(lines, words.Clean(r.Verdict.Reason))
	}
	if r.Verdict.Status == stats.Kept && r.FirmTo() < 100 {
		lines = append(lines, lateness(r)+": what has ≤ before it is an upper bound")
	}
	if n := r.Verdict.NeededConcurrency; r.Verdict.Status == stats.PoolLimited && n > 0 {
		try := opt.Say(words.Mend{Field: "concurrency", Value: strconv.Itoa(n)})
		lines = append(lines, fmt.Sprintf("concurrency needed: %d; try: %s", n, try))
	}
	if (r.Stop.Kind == stats.AtRows || r.Hopeless()) && r.Stop.Text != "" {
		lines = append(lines, "ended: "+words.Clean(r.Stop.String()))
	}
	if r.AbortedByRule() {
		return append(lines, "ended by a rule ("+words.Clean(r.Stop.String())+"): this is what was measured until then")
	}
	if r.Stop.CutShort() && !r.Hopeless() {
		lines = append(lines, interruption(r)+": this is what was measured until then")
	}
	return lines
}
