package stats

import (
	"fmt"
	"strings"
	"time"
)

// An Ending is what only the engine knows of how a run went. Instants are time since the start of the run.
type Ending struct {
	Planned     int64         // arrivals of the measured span that the schedule called for; see Totals.Planned
	Due         int64         // of those, due before claiming stopped
	Span        time.Duration // what the measured part of the schedule takes, without warm-up; 0 in closed loop
	Stopped     time.Duration // the instant when claiming ended; before the schedule's own end only when cut short
	LastDone    time.Duration // the instant when the last request was done
	Interrupted string        // why the run was cut short; "" when it was not

	WireBytesSent     int64
	BytesReceived     int64
	ConnectionsOpened int64
	ConnectionsNeeded int64

	Clock     string // see Run.Clock
	Generator Generator
}

// gathering is what the windows have added up to so far.
type gathering struct {
	total  Tally
	byStop int64 // requests done in windows that closed before claiming stopped

	thresholds []vigil
	aborts     [][]vigil // one for each of the plan's rules
}

// NewRun starts a run from its head: Tool, Started, Plan, and what warnings and thresholds there already are.
func NewRun(head Run) *Run {
	head.Schema = Schema
	head.gathering = &gathering{thresholds: vigils(head.Plan.Thresholds)}
	for _, rule := range head.Plan.Aborts {
		head.gathering.aborts = append(head.gathering.aborts, vigils([]string{rule}))
	}
	r := head.withLists()
	return &r
}

// Add takes in one window: its tally is added to the totals, its summary is kept, and of its histograms the headline,
// packed: a few KiB a second, by which a distribution can be followed over time. w stays as it is.
//
// A run of days would fill the memory with them: one that takes longer than followed has none.
func (r *Run) Add(w *Window) {
	r.gathering.total.Merge(w.Tally)
	if !w.Drain {
		r.gathering.byStop += w.Tally.Done() - w.Tally.Aborted
	}
	r.watch(w)
	summary := *w
	summary.Tally, summary.Samples, summary.SoFar = nil, Samples{}, nil
	latency := w.Tally.Latency.Headline(r.Plan.Open())
	switch n := len(r.Windows); {
	case n == followed:
		for i := range r.Windows {
			r.Windows[i].Headline = Histogram{}
		}
	case n < followed && latency.Count() > 0:
		summary.Headline = latency.packedCopy()
	}
	r.Windows = append(r.Windows, summary)
}

// followed is of how many windows the distributions are kept: an hour, some 10 MB.
const followed = 3600

// Finish makes the totals, the thresholds, the verdict and the warnings, once, after the last window. The error says that the
// conservation law is broken: more was sent than planned. The run then shows it, as a negative Unsent.
func (r *Run) Finish(e Ending) error {
	t := &r.gathering.total
	t.sort()
	r.Clock, r.Interrupted, r.Generator = e.Clock, e.Interrupted, e.Generator
	r.Latency, r.Status, r.Outcomes = t.Latency, t.Statuses, t.Failures
	r.Totals = t.totals(&e)
	r.ExpectContinue = t.Continues.summary()
	r.setRates(&e)
	r.Templates = r.templates(t)
	r.watchedUntil(e.Stopped)
	r.Thresholds = append(r.Thresholds, r.judged()...)
	r.Verdict = Judge(r)
	r.Warnings = append(r.Warnings, Advise(r)...)
	r.OK = r.Passed()
	r.gathering = nil
	*r = r.withLists()
	if r.Totals.Unsent < 0 {
		return fmt.Errorf("finish run: %d requests were sent, but only %d were planned", r.Totals.Sent, r.Totals.Planned)
	}
	return nil
}

// Passed says whether some request succeeded, every threshold held, no abort rule ended the run and, where the plan is
// strict, its verdict is kept. Whoever adds thresholds to a finished run sets OK to it.
func (r *Run) Passed() bool {
	for i := range r.Thresholds {
		if !r.Thresholds[i].OK {
			return false
		}
	}
	return r.Totals.OK > 0 && !r.AbortedByRule() && !r.Untrusted()
}

// Untrusted says whether the plan asks for a verdict of kept, and the run has another.
func (r *Run) Untrusted() bool { return r.Plan.Strict && r.Verdict.Status != Kept }

// AbortedByRule says whether it was an abort rule that ended the run.
func (r *Run) AbortedByRule() bool { return strings.HasPrefix(r.Interrupted, AbortPrefix) }

func (t *Tally) totals(e *Ending) Totals {
	totals := Totals{Planned: e.Planned, Due: e.Due, Span: e.Span,
		Sent: t.Done(), OK: t.OK, Failed: t.Failed, TimedOut: t.TimedOut, Aborted: t.Aborted,
		Unsent: e.Planned - t.Done(), Attempts: t.Attempts, Late: t.Late, Warmup: t.Warmup,
		BodyBytesSent: t.BodySent, WireBytesSent: e.WireBytesSent, BytesReceived: e.BytesReceived,
		ConnectionsOpened: e.ConnectionsOpened, ConnectionsNeeded: e.ConnectionsNeeded,
		Unstamped: t.Unstamped, FreeSlot: t.FreeSlot}
	if t.FreeSlot > 0 {
		totals.FreeSlotServiceMean = t.FreeSlotService / time.Duration(t.FreeSlot)
	}
	return totals
}

// # Rates
//
// The obvious way, requests over the time until the last of them was done, lies twice: the drain adds a tail in
// which nothing new is sent, and one request that hangs until its time limit makes a run of a second one of
// half a minute. So the achieved rate counts what was done by the instant when claiming stopped, over the time
// until that instant.
//
// At the other end stands a gap before the first answer. Where the schedule was kept, that gap is no lack of
// speed: each answer comes one service time after its arrival, so the stream of answers is the stream of
// arrivals, moved, and its rate is taken from the first answer on. That is one answer over a span that begins
// with it, so it may come out a hair above what was offered, which it cannot be: it is held to that. Where all
// slots were busy (a closed loop, or a schedule that was not kept) the first answers end work that took the
// whole gap, so the gap counts.
//
// When fewer than half were done by that instant (a service time as long as the run), it says little, and the
// time until the last answer is the better measure.
//
// Aborted requests are never done. A schedule that was cut short offered what it did until then.
func (r *Run) setRates(e *Ending) {
	t := &r.Totals
	measured := max(0, e.Stopped-r.Plan.Warmup) // a run may be cut short in its warm-up
	t.Elapsed = measured
	if !r.Plan.Open() && r.Plan.Requests > 0 && t.Sent >= r.Plan.Requests {
		t.Elapsed = e.LastDone - r.Plan.Warmup
	}
	if r.Plan.Open() {
		t.OfferedPerSecond = perSecond(t.Due, min(e.Span, measured))
	}
	t.AchievedPerSecond = r.achieved(e)
	if done := t.Sent - t.Aborted; done > 0 {
		t.GoodputPerSecond = t.AchievedPerSecond * float64(t.OK) / float64(done)
	}
}

func (r *Run) achieved(e *Ending) float64 {
	done, byStop := r.Totals.Sent-r.Totals.Aborted, r.gathering.byStop
	switch {
	case byStop*2 < done:
		return perSecond(done, e.LastDone-r.Plan.Warmup)
	case r.Plan.Open() && sentInTime(r):
		return min(perSecond(byStop, e.Stopped-r.gathering.total.FirstDone), r.Totals.OfferedPerSecond)
	}
	return perSecond(byStop, e.Stopped-r.Plan.Warmup)
}

func perSecond(n int64, d time.Duration) float64 {
	if d <= 0 {
		return 0
	}
	return float64(n) / d.Seconds()
}

// withLists is the run with empty lists where it had none: a saved run has no null for a list.
func (r Run) withLists() Run {
	r.Status, r.Outcomes, r.Windows = list(r.Status), list(r.Outcomes), list(r.Windows)
	r.Thresholds, r.Warnings, r.Generator.Alarms = list(r.Thresholds), list(r.Warnings), list(r.Generator.Alarms)
	return r
}

func list[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}
