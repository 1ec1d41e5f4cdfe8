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
type pacer struct {
	early   time.Duration // how much earlier to wake; 0: not known
	spun    time.Duration
	began   time.Duration // the run
	spins   bool          // the run allows spinning
	gathers bool          // and gathering

	woken    bool          // the last look found events
	interval time.Duration // between two events, of late
	counted  time.Duration // when they were counted
	usual    time.Duration // what answers take, of late: their median
	pause    time.Duration // until then nothing is gathered
}

// begin makes the pacer ready for a run whose clock says now. It remembers what waking costs, and nothing of an earlier
// run: how this one goes must not depend on that.
func (p *pacer) begin(c *Config, now time.Duration) {
	*p = pacer{early: p.early, began: now, counted: now, spins: c.Spin && c.Scheduled, gathers: mayGather(c)}
}

const (
	leastEarly = 5 * time.Microsecond
	mostEarly  = 150 * time.Microsecond
	spinShare  = 4                // one part in so many
	longestNap = 10 * time.Second // however little there is to do
)

// A wait is one wait of the loop's.
type wait struct {
	poller  poll.Poller
	now     func() time.Duration
	several int           // so many events may be waited for together
	began   time.Duration // what now said
	until   time.Duration // what happens next by itself does so then
	arrival bool          // and is an arrival
}

// find gives events that are there already. A loop with much to do finds some without sleeping: it looks first, by a
// call that the scheduler does not see.
func (p *pacer) find(w *wait) []poll.Event {
	if p.woken && w.several == 1 {
		return w.poller.Look()
	}
	return nil
}

// wait gives the next events, or none when an arrival is due or a time limit has passed.
func (p *pacer) wait(w *wait) (events []poll.Event) {
	left := w.until - w.began
	switch spins := w.arrival && p.maySpin(w.began); {
	case left <= 0:
		events = w.poller.Look()
	case spins && left <= p.early:
		events = p.spin(w)
	case spins:
		events = w.poller.Wait(left-p.early, 1)
		if len(events) == 0 {
			p.learn(w.now() - w.until + p.early)
		}
	case w.several > 1:
		if events = w.poller.Wait(left, w.several); len(events) < w.several {
			p.miss(w.began, w.now())
		}
	default:
		events = w.poller.Wait(left, 1)
	}
	p.woken = len(events) > 0
	return events
}

// # Gathering
//
// In closed loop at full speed, looking for each answer is a tenth of what a request costs. So on a ring the loop
// waits until several have come. No number is the worse for it, for the kernel has stamped each answer when it came;
// but the next requests start a little later, and the server must not run dry by that. So it waits for one in six of
// the connections that are being served, and for no more than come in 100 µs. A server that serves all at the same
// time idles for a twelfth of the time at most; one with a queue, not at all.
//
// How many are being served is not how many are in flight: a server with four workers, each true to its connection,
// leaves the others waiting for ever. It is how many answers come in the time that an answer takes (Little's law), by
// the median: those that wait for ever, and then are answered, do not move it.
//
// The wait ends after poll.GatherLimit, whatever has come. Where that happens, or anything else ends the wait before
// so many have come, nothing is waited for together for a hundred times as long.
const (
	gatherTime  = 100 * time.Microsecond
	gatherShare = 6
	gatherPause = 100
	usualStep   = 64
)

// mayGather says whether a run may gather at all: on a ring, in closed loop, with stamps.
func mayGather(c *Config) bool { return c.Ring && !c.Scheduled && !c.UserClock }

// gather says for how many events the next wait may wait, of flying requests of which some may still wait for a
// connection.
func (p *pacer) gather(flying, opening int, now time.Duration) int {
	if !p.gathers || !p.woken || opening > 0 || p.interval == 0 || now < p.pause {
		return 1
	}
	served := min(flying, int(p.usual/p.interval))
	return max(1, min(served/gatherShare, int(gatherTime/p.interval)))
}

// miss takes note that a wait for several ended before they had come.
func (p *pacer) miss(began, now time.Duration) { p.pause = now + gatherPause*(now-began) }

// count follows how fast events come: n since it was called before.
func (p *pacer) count(now time.Duration, n int) {
	if n > 0 {
		p.interval += ((now-p.counted)/time.Duration(n) - p.interval) / 8
		p.counted = now
	}
}

// follow follows the median of what answers take.
func (p *pacer) follow(took time.Duration) {
	switch {
	case p.usual == 0:
		p.usual = took
	case took > p.usual:
		p.usual += p.usual/usualStep + 1
	default:
		p.usual -= p.usual / usualStep
	}
}

// learn follows what waking costs while the run goes on: after a long sleep it costs more than it did in calibration.
// Up nine steps when a wake-up was later than foreseen, down one when not: it settles where nine in ten are no later.
func (p *pacer) learn(late time.Duration) {
	const step = 500 * time.Nanosecond
	if late > p.early {
		p.early = min(p.early+9*step, mostEarly)
	} else {
		p.early = max(p.early-step, leastEarly)
	}
}

// maySpin says whether spinning is allowed, and has not had its share yet.
func (p *pacer) maySpin(now time.Duration) bool {
	return p.spins && p.early > 0 && p.spun*spinShare <= now-p.began
}

// spin looks at the clock and for events until the next arrival is due.
func (p *pacer) spin(w *wait) (events []poll.Event) {
	now := w.began
	for ; now < w.until && len(events) == 0; now = w.now() {
		events = w.poller.Look()
	}
	p.spun += now - w.began
	return events
}
