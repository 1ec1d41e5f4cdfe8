package wire

import (
	"cmp"
	"time"
)

// deadlines are the requests in flight, in the order in which their time limits pass. All requests share the same
// limits, so that each kind is a queue, and none needs a heap.
type deadlines struct {
	limits     limits
	inFlight   list[slot] // in the order in which they began
	connecting list[slot] // of these, those that the loop opens a connection for, the longest first
	quiet      list[slot] // of these, those that wait for bytes, the longest silent first; only with a quiet limit
	awaiting   list[slot] // of these, those that wait for a 100, the longest first
}

// limits are those of Config.
type limits struct{ request, connect, quiet, await time.Duration }

func newDeadlines(c *Config) deadlines {
	d := deadlines{limits: limits{c.Timeout, cmp.Or(c.Connect, c.Timeout), c.Quiet, c.Continue}}
	d.inFlight.of, d.quiet.of, d.awaiting.of = byPlace, byQuiet, byAwait
	d.connecting.of = byAwait // a slot that connects does not wait for a 100
	return d
}

// next is when the next limit passes; far where that is later.
func (d *deadlines) next(far time.Duration) time.Duration {
	if s := d.inFlight.first; s != nil {
		far = min(far, s.o.Sent+d.limits.request)
	}
	if s := d.connecting.first; s != nil {
		far = min(far, s.o.Sent+d.limits.connect)
	}
	if s := d.quiet.first; s != nil {
		far = min(far, s.heard+d.limits.quiet)
	}
	if s := d.awaiting.first; s != nil {
		far = min(far, s.since+d.limits.await)
	}
	return far
}

// pass gives a request whose limit has passed, nil if there is none. A wait for a 100 is given last, and does not end
// its request.
func (d *deadlines) pass(now time.Duration) (s *slot, wait bool) {
	if s := d.inFlight.first; s != nil && s.o.Sent+d.limits.request <= now {
		return s, false
	}
	if s := d.connecting.first; s != nil && s.o.Sent+d.limits.connect <= now {
		return s, false
	}
	if s := d.quiet.first; s != nil && s.heard+d.limits.quiet <= now {
		return s, false
	}
	if s := d.awaiting.first; s != nil && s.since+d.limits.await <= now {
		return s, true
	}
	return nil, false
}

// hear puts the slot at the end of the queue of those that have gone quiet; it is in order of when that was.
func (d *deadlines) hear(s *slot, now time.Duration) {
	if s.heard != 0 {
		d.quiet.remove(s)
	}
	s.heard = now
	d.quiet.push(s)
}

// await puts the slot at the end of the queue of those that wait for a 100.
func (d *deadlines) await(s *slot, now time.Duration) {
	s.since = max(1, now)
	d.awaiting.push(s)
}

// stopAwaiting takes the slot out of that queue, if it is in it.
func (d *deadlines) stopAwaiting(s *slot) {
	if s.since != 0 {
		d.awaiting.remove(s)
		s.since = 0
	}
}

// end takes the slot out of all queues but connecting, which it has left.
func (d *deadlines) end(s *slot) {
	d.inFlight.remove(s)
	d.stopAwaiting(s)
	if s.heard != 0 {
		d.quiet.remove(s)
		s.heard = 0
	}
}
