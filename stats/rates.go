package stats

import (
	"fmt"
	"math"
	"time"
)

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

// tooShort says whether the span is too short to speak of a rate of answers: fewer than two service times fit into it,
// or of flows two passes.
func (r *Run) tooShort() bool {
	return r.Totals.Drained > 0 && r.Totals.Elapsed < 2*r.meanHeld()
}

// meanService is the mean service time of all that ended, failures too: they hold a slot as long as they last.
func (r *Run) meanService() time.Duration {
	ok, failed := &r.Latency.Service, &r.Latency.Failed
	return time.Duration((ok.Sum() + failed.Sum()) / uint64(max(1, ok.Count()+failed.Count())))
}

// meanHeld is how long a slot is held on average: a flow keeps its own while it waits between two exchanges.
func (r *Run) meanHeld() time.Duration {
	return r.meanService() + r.Totals.Paused/time.Duration(max(1, r.Totals.Sent))
}

// # Too few slots, or a full server?
//
// Both keep every slot busy and make requests wait for one. What differs is service time: a server that is not
// the limit answers as fast with all slots busy as with one, a full one shares what it has among those that are
// open, so service time grows with in flight. Two ways of seeing it grow:
//
//   - the mean of the last third of the windows is above 1.2 × that of the first: the pool is so large that it
//     fills over the run;
//   - it is above 1.5 × that of the requests that found a slot free. With a small pool all slots are busy within
//     the first window, the thirds are alike, and only those first requests show what the server is like when
//     it is not full: 64 slots on a server that takes one at a time see 1, 2 … 64 service times, then 64
//     for ever, a ratio of 2. Fewer than 20 such requests say nothing.
//
// When nothing at all succeeded in the last third, that is the server's doing too.
//
// A flow holds its slot while it waits by itself, for think time or until it asks again. That is in no service time, so
// that the server never looks slow by it; but it is what a full pool is full of, and the slots that are needed are
// reckoned with it. A server whose work takes longer is asked more often, which is in the service time of the flow.
type serviceTimes struct {
	first, last     time.Duration // means of OK requests over thirds of the measured windows
	least, greatest time.Duration // of single windows
	all             time.Duration // of all OK requests
	free            time.Duration // of those that found a slot free; 0 when there were too few
}

const enoughFreeSlot = 20

func serviceOver(r *Run) serviceTimes {
	var measured []Window
	for _, w := range r.Windows {
		if !w.Warmup && !w.Drain {
			measured = append(measured, w)
		}
	}
	third := max(min(1, len(measured)), len(measured)/3)
	s := serviceTimes{first: meanService(measured[:third]), last: meanService(measured[len(measured)-third:]),
		all: r.Latency.Service.Mean()}
	for i := range measured {
		if mean := measured[i].ServiceMean; measured[i].OK > 0 {
			s.greatest = max(s.greatest, mean)
			if s.least == 0 || mean < s.least {
				s.least = mean
			}
		}
	}
	if r.Totals.FreeSlot >= enoughFreeSlot {
		s.free = r.Totals.FreeSlotServiceMean
	}
	return s
}

func meanService(windows []Window) time.Duration {
	var sum float64
	var n int64
	for _, w := range windows {
		sum += float64(w.ServiceMean) * float64(w.OK)
		n += w.OK
	}
	return time.Duration(sum / float64(max(1, n)))
}

func (s serviceTimes) grew() bool { return s.last == 0 || s.grewOverTime() || s.grewWithInFlight() }

func (s serviceTimes) grewOverTime() bool {
	return s.first > 0 && float64(s.last) > 1.2*float64(s.first)
}

func (s serviceTimes) grewWithInFlight() bool {
	return s.free > 0 && float64(s.last) > 1.5*float64(s.free)
}

func (s serviceTimes) sentence() string {
	switch {
	case s.last == 0:
		return "none succeeded in the last third of the run"
	case s.grewOverTime():
		return fmt.Sprintf("mean service time grew from %s to %s over the run",
			FormatDuration(s.first), FormatDuration(s.last))
	case s.grewWithInFlight():
		return fmt.Sprintf("mean service time is %s with all slots busy, and %s with one free",
			FormatDuration(s.last), FormatDuration(s.free))
	}
	return "neither this tool nor too few slots explain it"
}

// poolLag is how long requests waited for a slot, p99, and above which it counts: a tenth of the response time, without
// what flows wait by themselves, beside which a full pool would not be seen.
func poolLag(r *Run) (lag, limit time.Duration) {
	response := r.Latency.Response.Quantile(.5)
	if r.Totals.Paused > 0 {
		response = min(response, r.Latency.PoolLag.Quantile(.5)+r.Latency.Service.Quantile(.5))
	}
	return r.Latency.PoolLag.Quantile(.99), response / 10
}

// neededConcurrency is ⌈rate × mean time of a slot × 1.3⌉: the slots that are busy at once on average (Little's law),
// and some for the unevenness.
func neededConcurrency(r *Run) int {
	slots := r.Totals.OfferedPerSecond * r.meanHeld().Seconds() * 1.3
	return int(math.Ceil(slots))
}

// PoolHeldUp is how many slots are needed, where it was for too few of them that answers were late: requests waited for
// a slot, and the server served them no slower than those that found one free, nor in one second slower than in
// another. A run may be on schedule all the same, and its verdict kept: with slots for 1000/s, at 980/s in a Poisson
// stream it is the pool that is nearly full. 0 where that does not explain it, or is not known.
func PoolHeldUp(r *Run) (needed int) {
	s := serviceOver(r)
	lag, limit := poolLag(r)
	if !r.Plan.Open() || lag <= limit || s.free == 0 || 2*s.all > 3*s.free || s.greatest > s.least*6/5 {
		return 0
	}
	return max(r.Plan.Concurrency+1, neededConcurrency(r))
}
