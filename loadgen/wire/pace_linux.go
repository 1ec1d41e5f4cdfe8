package wire

import (
	"time"

	"shotput/loadgen/wire/poll"
)

// # Waiting
//
// A thread that sleeps until an arrival is due starts it late by what waking costs: some 50 µs on a virtual
// machine. So the loop, where it may spin, sets its alarm that much earlier, and asks the clock until the arrival
// is due, looking for events meanwhile. What waking costs is measured at the start. Spinning is bounded: at most a
// quarter of the time since the start, so that it never takes more than a quarter of a core.
type pace struct {
	early time.Duration // how much earlier to wake; 0: never spin
	spun  time.Duration
	began time.Duration

	interval time.Duration // between two events, of late
	counted  time.Duration // when they were counted
	usual    time.Duration // what answers take, of late: their median
	pause    time.Duration // until then nothing is gathered
}

const (
	mostEarly  = 150 * time.Microsecond
	spinShare  = 4                // one part in so many
	longestNap = 10 * time.Second // however little there is to do
)

// Calibrate measures what waking costs. It takes some 7 ms, which would make a run's first arrivals late: so it comes
// before Run. It ties the calling goroutine to its thread.
func (l *Loop) Calibrate() {
	if !l.Spin || !l.Scheduled {
		return
	}
	if late, err := poll.MeasureWaking(); err == nil {
		l.pace.early = min(max(late, 5*time.Microsecond), mostEarly)
	}
}

// wait gives the next events, or none when an arrival is due or a time limit has passed.
//
// A loop with much to do finds events without sleeping: it looks first, by a call that the scheduler does not see.
func (l *Loop) wait() []poll.Event {
	several := l.gather()
	if l.woken && several == 1 {
		if events := l.poller.Look(); len(events) > 0 {
			return events
		}
	}
	now := l.Now()
	due, arrival := l.until()
	left := due - now
	var events []poll.Event
	switch {
	case left <= 0:
		events = l.poller.Look()
	case arrival && l.maySpin(now) && left <= l.pace.early:
		events = l.spin(due)
	case arrival && l.maySpin(now):
		events = l.poller.Wait(left-l.pace.early, 1)
		if len(events) == 0 {
			l.pace.learn(l.Now() - due + l.pace.early)
		}
	case several > 1:
		if events = l.poller.Wait(left, several); len(events) < several {
			l.pace.missed(now, l.Now())
		}
	default:
		events = l.poller.Wait(left, 1)
	}
	l.woken = len(events) > 0
	return events
}

// # Gathering
//
// In closed loop at full speed, looking for each answer is a tenth of what a request costs. So on a ring the loop waits
// until several have come. No number is the worse for it, for the kernel has stamped each answer when it came; but the next
// requests start a little later, and the server must not run dry by that. So it waits for one in six of the connections
// that are being served, and for no more than come in 100 µs. A server that serves all at the same time idles for a twelfth of
// the time at most; one with a queue, not at all.
//
// How many are being served is not how many are in flight: a server with four workers, each true to its connection, leaves
// the others waiting for ever. It is how many answers come in the time that an answer takes (Little's law), by
// the median: those that wait for ever, and then are answered, do not move it.
//
// The wait ends after 10 ms, whatever has come: so far ahead the kernel need not set its timer, which would cost as much as is
// won. Where that happens, or anything else ends the wait before so many have come, nothing is waited for together
// for a hundred times as long.
const (
	gatherTime  = 100 * time.Microsecond
	gatherShare = 6
	gatherPause = 100
	usualStep   = 64
)

// gather says for how many events the next wait may wait.
func (l *Loop) gather() int {
	p := &l.pace
	if !l.Ring || l.Scheduled || l.UserClock || !l.woken || l.opening > 0 || p.interval == 0 || l.clock < p.pause {
		return 1
	}
	served := min(l.flying, int(p.usual/p.interval))
	return max(1, min(served/gatherShare, int(gatherTime/p.interval)))
}

// missed takes note that a wait for several ended before they had come.
func (p *pace) missed(began, now time.Duration) { p.pause = now + gatherPause*(now-began) }

// count follows how fast events come: n since it was called before.
func (p *pace) count(now time.Duration, n int) {
	if n > 0 {
		p.interval += ((now-p.counted)/time.Duration(n) - p.interval) / 8
		p.counted = now
	}
}

// follow follows the median of what answers take.
func (p *pace) follow(took time.Duration) {
	switch {
	case p.usual == 0:
		p.usual = took
	case took > p.usual:
		p.usual += p.usual/usualStep + 1
	default:
		p.usual -= p.usual / usualStep
	}
}

// until is the instant of what happens next by itself, and whether that is an arrival.
func (l *Loop) until() (at time.Duration, arrival bool) {
	at = l.Now() + longestNap
	if s := l.inFlight.first; s != nil {
		at = min(at, s.o.Sent+l.Timeout)
	}
	if s := l.connecting.first; s != nil {
		at = min(at, s.o.Sent+l.connectLimit())
	}
	if s := l.quiet.first; s != nil {
		at = min(at, s.heard+l.Quiet)
	}
	if s := l.awaiting.first; s != nil {
		at = min(at, s.since+l.Continue)
	}
	if l.held && l.next.Intended <= at && (l.warm.last != nil || l.cold.first != nil) {
		return l.next.Intended, true
	}
	return at, false
}

// learn follows what waking costs while the run goes on: after a long sleep it costs more than it did in calibration.
// Up nine steps when a wake-up was later than foreseen, down one when not: it settles where nine in ten are no later.
func (p *pace) learn(late time.Duration) {
	const step = 500 * time.Nanosecond
	if late > p.early {
		p.early = min(p.early+9*step, mostEarly)
	} else {
		p.early = max(p.early-step, 5*time.Microsecond)
	}
}

func (l *Loop) maySpin(now time.Duration) bool {
	return l.pace.early > 0 && l.pace.spun*spinShare <= now-l.pace.began
}

// spin looks at the clock and for events until due.
func (l *Loop) spin(due time.Duration) (events []poll.Event) {
	began := l.Now()
	now := began
	for ; now < due && len(events) == 0; now = l.Now() {
		events = l.poller.Look()
	}
	l.pace.spun += now - began
	return events
}

// stampedAt is when the last read's bytes arrived: the kernel's stamp where it can be true, else the loop's own time.
// A stamp from before the turn began needs no other reading of the clock.
func (l *Loop) stampedAt(sent time.Duration) (at time.Duration, stamped bool) {
	at = l.wall.instant(l.stamp)
	if at > l.clock || at < sent {
		l.tick()
	}
	if at >= sent && at <= l.clock {
		return at, true
	}
	return l.clock, false
}
