package loadgen

import (
	"fmt"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"shotput/loadgen/arrivals"
	"shotput/loadgen/flow"
	"shotput/loadgen/machine"
	"shotput/loadgen/shadow"
	"shotput/loadgen/text"
	"shotput/loadgen/token"
	"shotput/loadgen/transport"
	"shotput/stats"
)

// An arrival is one request that the schedule calls for, claimed by a slot.
type arrival struct {
	number   int64 // of the request: what {{seq}} shows; from 1
	template int   // which of the plan's requests it is; of a flow, its first
	intended time.Duration
	claimed  time.Duration
}

// A firing is one run under way: what an engine needs to fire, and what run.go needs to know of it. Its fields
// are fixed before the engine starts; those that change are atomic or under mu.
type firing struct {
	plan     *Plan
	mixture  *mixture
	recorder *stats.Recorder
	start    time.Time
	watch    *machine.Watch
	first    []first       // sent ahead of the load, and counted by this run
	lead     time.Duration // of the run's time, what they took by themselves; 0 in open loop
	reopened int64         // connections, before the load
	base     carried       // what is in the figures of earlier runs
	tokens   *token.Set
	shared   []text.Value          // what was captured before the load: all flows have it
	strange  strangers             // servers that answers named
	captures captures              // of answers
	logged   transport.Logged      // by the libraries, before this run
	sample   func() machine.Sample // what the watch looks at once a second
	releaser *releaser             // wakes the workers of the portable engine; nil: they sleep by themselves
	span     time.Duration         // what the schedule of the measured requests takes by itself; 0 in closed loop
	end      time.Duration         // no claim after it; 0: none
	last     int64                 // no request after this one, since no row is left for it; 0: none
	// sends what is sent once after the load, if that is to be now, and counts it; nil: there is nothing
	after    func(*stats.Run, stats.StopReason)
	asked    <-chan struct{} // closed when whoever drives the run wants it to end: not one more claim
	stopped  chan struct{}   // closed thereupon: whoever waits for an arrival gives it back
	finished chan struct{}   // closed when the last arrival was claimed or claiming ended

	inFlight atomic.Int64
	shadow   *shadow.Shadow         // of the tool's standstills; nil in closed loop
	peak     atomic.Int64           // the most that inFlight has been
	lastDone atomic.Int64           // instant of the last completion
	protocol atomic.Pointer[string] // of the first answer, such as "HTTP/2.0"
	opening  opening

	mu struct {
		sync.Mutex
		arrivals *arrivals.Arrivals
		done     bool  // no claim succeeds any more
		warmup   int64 // claimed with an intended start within the warm-up
		claimed  int64 // claimed, measured
		reached  int64 // number of the last arrival claimed
		returned int64 // measured, claimed and given back before they were due
	}
}

// now is the time since the start of the run, on the monotonic clock.
func (f *firing) now() time.Duration { return time.Since(f.start) }

// claim takes the next arrival for a slot that has just become free. It is not due yet, due now, or overdue:
// then it waited because no slot was free. now is the caller's reading of the clock. The lock is held for about 0.2 µs.
func (f *firing) claim(now time.Duration) (arrival, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	select {
	case <-f.asked:
		f.finish()
	default:
	}
	if f.mu.done || f.end > 0 && now >= f.end {
		f.finish()
		return arrival{}, false
	}
	k, due, ok := f.mu.arrivals.Next()
	for ok && f.wasFirst(k+1) { // its place stays empty
		k, due, ok = f.mu.arrivals.Next()
	}
	if !ok {
		f.finish()
		return arrival{}, false
	}
	f.mu.reached = k + 1
	if !f.plan.open() {
		due = now
	}
	if due < f.plan.Load.Warmup {
		f.mu.warmup++
	} else if f.mu.claimed++; f.plan.Load.Requests > 0 && f.mu.claimed == f.plan.Load.Requests {
		f.finish()
	}
	return arrival{number: k + 1, template: f.mixture.pick(k + 1), intended: due, claimed: now}, true
}

// wasFirst says whether a request was sent ahead of the load.
func (f *firing) wasFirst(number int64) bool {
	return slices.ContainsFunc(f.first, func(sent first) bool { return sent.number == number })
}

// firstAhead is how many of those that were sent ahead have a place in the schedule which was not reached.
func (f *firing) firstAhead() (n int64) {
	for i := range f.first {
		if f.first[i].number > f.mu.reached {
			n++
		}
	}
	return n
}

// finish ends claiming; the caller holds mu.
func (f *firing) finish() {
	if !f.mu.done {
		f.mu.done = true
		close(f.finished)
	}
}

// noMore is closed when an event loop need not claim any more. In open loop one may have claimed ahead what is not due
// yet, and gives it back only when the run is cut short.
func (f *firing) noMore() <-chan struct{} {
	if f.plan.open() {
		return f.stopped
	}
	return f.finished
}

// close ends claiming from outside.
func (f *firing) close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.finish()
}

// unclaim gives back an arrival that was claimed and not yet due when claiming was stopped.
func (f *firing) unclaim(a arrival) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if a.intended >= f.plan.Load.Warmup {
		f.mu.returned++
	}
}

// wait sleeps until an arrival is due. It returns false when the run was stopped first. s is the caller's own.
func (f *firing) wait(due time.Duration, s *sleeper) bool {
	left := due - f.now()
	if left <= 0 {
		return true
	}
	if f.releaser != nil {
		f.releaser.add(due, s.free)
	} else {
		s.timer.Reset(left)
	}
	select {
	case <-s.free:
		return true
	case <-s.timer.C:
		return true
	case <-f.stopped:
		return false
	}
}

// A sleeper is what one worker waits with: a timer of Go's, or a token from the releaser.
type sleeper struct {
	timer *time.Timer
	free  chan struct{}
}

func newSleeper() *sleeper {
	s := &sleeper{timer: time.NewTimer(time.Hour), free: make(chan struct{}, 1)}
	s.timer.Stop()
	return s
}

// rise and release count what is in flight.
func (f *firing) rise() int64 {
	n := f.inFlight.Add(1)
	for p := f.peak.Load(); n > p && !f.peak.CompareAndSwap(p, n); p = f.peak.Load() {
	}
	return n
}

// began notes that a request, of which the engine knows when it was due and claimed, went in flight.
func (f *firing) began(o *stats.Observation) {
	n := f.rise()
	if f.shadow != nil {
		f.shadow.NoteSent(o, f.now(), n)
	}
}

// follow makes ready what bounds latency in open loop. An engine that times answers by the tool's own clock notes them
// late by as much as it may start requests.
func (f *firing) follow(late time.Duration, stamped bool) error {
	if !f.plan.open() {
		return nil
	}
	end := f.plan.Load.Warmup + f.span
	due, err := shadow.NewDue(f.law(), arrivals.Limit{Until: f.end, Count: f.last}, end)
	if err != nil {
		return err
	}
	f.shadow = &shadow.Shadow{Late: late, Due: due, Flows: f.plan.HasFlows()}
	if !stamped {
		f.shadow.Blur = late
	}
	f.shadow.Start()
	return nil
}

func (f *firing) release() { f.inFlight.Add(-1) }

// spoke notes the protocol of an answer; only the first one's is kept.
func (f *firing) spoke(protocol string) {
	if f.protocol.Load() == nil {
		f.protocol.CompareAndSwap(nil, &protocol)
	}
}

// book does what has to be done with an arrival, whose outcome is known, before it is recorded: as the entry of the
// plan that it is, and no more as the request that was sent for it.
//
// A slot that took an arrival late because the whole tool stood still did not wait for the server: the part of
// the wait that overlaps a hiccup is booked as timer lag, by moving the claim back over it. The sum of the lags
// and the service time stays the response time, exactly.
func (f *firing) book(o *stats.Observation) {
	if o.Claimed > o.Intended {
		o.Claimed -= f.watch.Standstill(o.Intended, o.Claimed)
	}
	if last := int64(o.Done); last > f.lastDone.Load() {
		f.lastDone.Store(last) // Note: a lost race costs a few microseconds of the elapsed time
	}
	if o.Outcome == stats.NoFile || o.Outcome == stats.NoPort {
		f.watch.RanOut(o.Outcome)
	}
	f.opening.note(o)
	if f.shadow != nil {
		o.Floor, o.Bounded = f.shadow.NoteDone(o, f.inFlight.Load()-1), true
	}
	if o.Detail != "" {
		o.Detail = f.mixture.hide(o.Detail, o.Template, o.Number)
	}
	o.Template = f.mixture.units[o.Template].entry
}

// mostStrangers bounds the servers that are first seen in answers: each has connections, and what else is kept of one.
const mostStrangers = 256

// strangers are the servers of a run that were first seen in answers. Safe for concurrent use.
type strangers struct {
	mu struct {
		sync.Mutex
		seen map[string]bool
	}
}

// admit says why an exchange cannot go where an answer leads; nil where it can.
func (s *strangers) admit(e *flow.Exchange) error {
	if !isForeign(e) {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	key := originOf(e.Server)
	switch {
	case s.mu.seen[key]:
		return nil
	case len(s.mu.seen) == mostStrangers:
		return fmt.Errorf("%s is one more than the %d servers that answers may name", e.Server.Host, mostStrangers)
	case s.mu.seen == nil:
		s.mu.seen = map[string]bool{}
	}
	s.mu.seen[key] = true
	return nil
}

// isForeign says whether an exchange goes to a server that the plan does not name.
func isForeign(e *flow.Exchange) bool {
	return e.Server != nil && e.Given.Aim != nil && e.Given.Aim.Foreign
}

func originOf(server *url.URL) string { return server.Scheme + "://" + server.Host }

// mostWalked bounds how many arrivals are counted one by one where the law's integral would do: about 0.2 s.
const mostWalked = 2_000_000

// count says, when the engine has ended, how many measured requests the schedule called for, and how many of
// them were due by now: fewer only when the run was cut short.
func (f *firing) count(now time.Duration, cut bool) (planned, due int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	sent := f.mu.claimed - f.mu.returned
	if !f.plan.open() {
		planned = max(sent, f.plan.Load.Requests)
		if (f.plan.Load.Duration > 0 || f.last > 0) && !cut {
			planned = sent // the time ended it, or the file of rows, not the count
		}
		return planned, sent
	}
	law := f.law()
	expect := law.Due
	var rest int64
	if f.plan.Load.Requests == 0 ||
		f.mu.claimed < f.plan.Load.Requests { // else whatever is left of the schedule is not called for
		rest, _ = f.mu.arrivals.Rest(mostWalked)
		rest -= f.firstAhead()
	}
	rest -= max(0, expect(f.plan.Load.Warmup)-f.mu.warmup) // those still to come of the warm-up
	planned = f.mu.claimed + max(0, rest)
	if f.plan.Load.Requests > 0 {
		planned = min(planned, f.plan.Load.Requests)
	}
	if !cut {
		return planned, planned
	}
	return planned, min(planned, max(sent, expect(now)-expect(f.plan.Load.Warmup)))
}

// dueBetween is how many arrivals the schedule calls for from one instant until another; 0 in closed loop.
func (f *firing) dueBetween(from, until time.Duration) int64 {
	if !f.plan.open() || until <= from {
		return 0
	}
	law := f.law()
	return law.Due(until) - law.Due(from)
}

// law is the plan's schedule, with the sizes of its bodies. The schedule counts arrivals from 0, and the first is
// request 1.
func (f *firing) law() arrivals.Law {
	return f.plan.Load.law(func(k int64) int64 { return f.mixture.Size(k + 1) })
}

// scheduleSpan is how long the schedule of the measured requests takes by itself; 0 in closed loop.
func (f *firing) scheduleSpan() (time.Duration, error) {
	if !f.plan.open() {
		return 0, nil
	}
	if f.plan.Load.Requests == 0 && f.last == 0 {
		return f.end - f.plan.Load.Warmup, nil
	}
	law := f.law()
	n := f.plan.Load.Requests + law.Due(f.plan.Load.Warmup)
	if f.plan.Load.Requests == 0 || f.last > 0 && f.last < n {
		n = f.last
	}
	arrivals, err := arrivals.NewArrivals(law, arrivals.Limit{Count: n})
	if err != nil {
		return 0, err
	}
	_, last := arrivals.Rest(mostWalked)
	span := max(last, law.Span(n))
	if f.end > 0 {
		span = min(span, f.end)
	}
	return max(1, span-f.plan.Load.Warmup), nil
}

// carried is what connections carried until some instant.
type carried struct{ opened, sent, received, idleAnswers, overlong int64 }

// onTime is the timer lag up to which a request is on time.
const onTime = 200 * time.Microsecond

// lateOf is the timer lag above which an engine was late, and whether it has the kernel's stamps. The portable one
// cannot wake more precisely than the system lets it.
func lateOf(p *Plan) (late time.Duration, stamped bool) {
	if engine, _ := engineFor(p); engine == "http" {
		return max(onTime, 2*wakes), false
	}
	return onTime, wireClock(p) == "kernel"
}
