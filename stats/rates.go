package stats

import "time"

// # Rates and ends
//
// The measured span, T long, ends where claiming ends: with the schedule, the time or the rows, at an interrupt. Of an
// open loop that sends a count N at a rate it is N / rate, however long the pool takes; a closed loop that ends by
// count, or by its rows, ends with the last answer. What is in flight then may finish: the drain, no part of T.
//
//	offered    due / T
//	sent rate  sent within T, and one interval's grace / T
//	rate       ended within T / T, of whatever arrival, those of the warm-up too; aborted requests never end
//	goodput    the same of what was OK
//	upload     body bytes of what ended within T / T
//
// So a rate, its count and T always divide. The obvious alternatives lie: all requests over T count what was done
// after it, and all requests over the time until the last answer let one that hangs for its time limit stretch a
// run of a second to half a minute.
//
// What a rate says against the target must not depend on how long answers take: a server that takes 2 s is no
// slower stream in a run of three. So "rate of target" means the sent rate, and goodput and upload of target leave
// out, of the target, what was in flight at the end of T.
//
// One request has no rate: it would be the reciprocal of T, whatever that is. No report prints one, and no rule about
// one is judged; what was sent of what was due is a share, and is.

// HasRate says whether there is a rate to speak of.
func (t *Totals) HasRate() bool { return max(t.Sent, t.Planned) > 1 }

// setRates gives what is defined above. byStop is what ended in windows that closed before claiming stopped, by which
// a run is counted that was cut short: where its span ends was not known beforehand.
func (t *Totals) setRates(p *Plan, e *Ending, within, byStop *ended) {
	if e.Stop.CutShort() {
		within = byStop
	}
	answered := *within
	t.Elapsed = max(0, e.Stopped-p.Warmup) // a run may be cut short in its warm-up
	if p.Open() {
		t.Elapsed = min(t.Elapsed, e.Span)
	} else if p.Requests > 0 && t.Sent >= p.Requests || e.Stop.Kind == AtRows {
		t.Elapsed = max(0, e.LastDone-p.Warmup)
		done := t.Sent - t.Aborted
		answered = ended{All: done, Measured: done, OK: t.OK, BodySent: t.BodyBytesSent}
	}
	t.Answered = answered.All
	t.InFlightEnd = max(0, t.OnTime()-answered.Measured)
	if t.Drained = max(0, t.Sent-t.Aborted-answered.Measured); t.Drained > 0 {
		t.Drain = max(0, e.LastDone-p.Warmup-t.Elapsed)
	}
	if p.Open() {
		t.OfferedPerSecond = perSecond(t.Due, t.Elapsed)
	}
	t.AchievedPerSecond = perSecond(answered.All, t.Elapsed)
	t.GoodputPerSecond = perSecond(answered.OK, t.Elapsed)
	t.UploadPerSecond = perSecond(answered.BodySent, t.Elapsed)
}

// OnTime is how many were sent within the measured span.
func (t *Totals) OnTime() int64 { return t.Sent - t.Late }

// SentPerSecond is the sent rate.
func (t *Totals) SentPerSecond() float64 { return perSecond(t.OnTime(), t.Elapsed) }

// atEnd is the part of the target that could be answered within T: what was in flight at its end is left out.
func (t *Totals) atEnd() float64 {
	return 1 - float64(t.InFlightEnd)/float64(max(1, t.Due, t.OnTime()))
}

// answerable is the rate that could be answered within T.
func (t *Totals) answerable() float64 {
	if t.InFlightEnd == 0 {
		return t.OfferedPerSecond
	}
	return perSecond(t.Due-t.InFlightEnd, t.Elapsed)
}

func perSecond(n int64, d time.Duration) float64 {
	if d <= 0 {
		return 0
	}
	return float64(n) / d.Seconds()
}

// sentInTime says whether the schedule was kept: 99 % of what was due was sent before its end. What is left then is
// at most one in a hundred, so a bound of its own on the backlog, max(concurrency, 1 %), would never be met first.
func (t *Totals) sentInTime() bool { return 100*t.OnTime() >= 99*t.Due }

// tooShort says whether the span is too short to speak of a rate of answers: fewer than two service times fit into it.
func (r *Run) tooShort() bool {
	return r.Totals.Drained > 0 && r.Totals.Elapsed < 2*r.meanService()
}

// meanService is the mean service time of all that ended, failures too: they hold a slot as long as they last.
func (r *Run) meanService() time.Duration {
	ok, failed := &r.Latency.Service, &r.Latency.Failed
	return time.Duration((ok.Sum() + failed.Sum()) / uint64(max(1, ok.Count()+failed.Count())))
}
