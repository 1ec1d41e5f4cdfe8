package wire

import "shotput/stats"

// # A request's way
//
// admit claims it and finds it a slot, start puts it in flight, finish hands on what became of it. In between it is
// with a connection; see h1. An exchange of a flow goes the same way from send on; see passes.

// admit starts requests as long as one is due and a slot is free.
func (l *Loop) admit() {
	l.wake()
	if l.passes.any() {
		l.clock.tick()
		l.passes.advance()
	}
	if l.free.first == nil {
		return
	}
	l.ended = 0
	for l.clock.tick(); !l.over && l.free.first != nil; {
		if !l.held {
			if l.next, l.held = l.Claim(l.clock.last); !l.held {
				l.over = true
				return
			}
		}
		if l.Scheduled && l.next.Intended > l.clock.last && l.next.Intended > l.clock.tick() {
			return
		}
		if l.ended == mostUnmade {
			return
		}
		l.held = false
		l.start(l.choose(&l.next), &l.next)
	}
}

// mostUnmade bounds the requests of one turn that could not be rendered: they take no time, a closed loop claims the
// next at once, and events would not be looked at as long as that went on.
const mostUnmade = 64

// choose takes a free slot for an arrival that is due, and notes since when there was one.
//
// If one was free when the arrival fell due, any will do: the one freed last, since what it needs is in the cache. Its
// own freed says nothing then, for it may have become free later, while the loop was late. If none was, the
// arrival takes the one freed first, so that of several that wait each waited for a slot of its own.
func (l *Loop) choose(a *Arrival) *slot {
	if l.Scheduled {
		a.Claimed = l.free.first.freed // it could have been taken from then on
		if a.Claimed > a.Intended {
			return l.free.first
		}
	}
	return l.free.last
}

// start takes a free slot for an arrival that is due.
func (l *Loop) start(s *slot, a *Arrival) {
	l.free.remove(s)
	if a.Flow != 0 {
		l.passes.begin(s, a)
		return
	}
	l.describe(s, a)
	l.Began(&s.o)
	l.send(s)
}

// describe notes what the slot's next request is.
func (l *Loop) describe(s *slot, a *Arrival) {
	s.arrival = *a
	s.o = stats.Observation{} // in place, and not made up elsewhere and copied: 250 bytes
	s.o.Number, s.o.Template, s.o.Intended, s.o.Claimed = a.Number, a.Template, a.Intended, a.Claimed
	if l.Check != nil || s.pass != nil {
		s.kept.clear()
	}
}

// send puts the slot's request in flight, and on a connection of its server, or has one opened.
func (l *Loop) send(s *slot) {
	l.deadlines.inFlight.push(s)
	l.flying++
	server := s.arrival.Server
	if c := l.conns.takeIdle(server); c != nil {
		l.h1.put(c, s)
		return
	}
	s.o.Sent = l.clock.tick()
	if l.Servers[server].Straight.IsValid() {
		l.connect(s)
		return
	}
	s.state = dialling
	s.dial = l.dial(s)
	l.opening++
}

// fail ends a request that got no whole answer; its connection is of no more use.
func (l *Loop) fail(s *slot, err error) {
	o := &s.o
	o.Done = l.Now()
	if s.state == busy {
		l.h1.notePart(s)
	}
	o.Outcome, o.Stage, o.Detail = l.Failed(err, s.stage())
	if l.Broke != nil && s.pass == nil {
		l.Broke(s.kept)
	}
	l.cancelOpen(s)
	if s.conn != nil {
		l.conns.drop(s.conn)
	}
	l.finish(s)
}

// cancelOpen gives up on the connection that the slot's request waits for, if it does.
func (l *Loop) cancelOpen(s *slot) {
	switch s.state {
	case dialling:
		s.dial.cancel()
		s.dial = nil
	case connecting:
		l.deadlines.connecting.remove(s)
	default:
		return
	}
	l.opening--
}

// finish hands on what became of the slot's request and frees the slot, unless it is a flow's, and its connection, if
// that is still there.
func (l *Loop) finish(s *slot) {
	s.o.BodySent = s.upload.bodySent()
	if s.upload.body.Owned {
		s.upload.body.File.Close()
	}
	s.upload.clear()
	if c := s.conn; c != nil {
		s.conn = nil
		l.conns.release(c)
	}
	l.deadlines.end(s)
	l.flying--
	s.freed, s.state, s.awaiting = s.o.Done, free, false
	if s.pass != nil {
		l.passes.end(s)
		return
	}
	l.Record(&s.o)
	l.vacate(s, s.o.Outcome.Unconnected())
}

// vacate frees the slot of an arrival that is over; or lets it rest first, where there was no connection for it.
func (l *Loop) vacate(s *slot, refused bool) {
	if refused && !l.Scheduled {
		l.rests.add(s, s.freed)
		return
	}
	s.refused = 0
	l.free.push(s)
}
