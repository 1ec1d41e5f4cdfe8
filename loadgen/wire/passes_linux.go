package wire

import (
	"container/heap"
	"slices"
	"time"
)

// # Flows under way
//
// An arrival that is a flow takes a slot, its home, and keeps it until the flow is over: so concurrency counts
// arrivals, and pool lag means what it does without flows. Its exchanges are requests like all others, on the home or,
// as many as there are beyond one at a time, on spare slots that no arrival can take. Between two of them a flow waits
// for nothing, and then has its next exchange sent in the turn in which the last one ended; or it is in a pause, and
// then that exchange waits for its time in its slot.
//
// Whoever drives the loop is asked for a flow's next exchange in admit alone, never where one ends: so what an exchange
// that cannot be rendered sets off does not run in the middle of another's end, and an arrival whose slot is free goes
// out no later than one that was free before.
//
// Invariants, between turns:
//
//   - a pass is in open from its beginning until it is over, and its home is in no list of free slots;
//   - its slots are those of its exchanges that were given and have not ended: in deadlines.inFlight, or paused and in
//     pauses. It is over when there are none, and nothing more is given.

// passes are the flows that are under way in a loop. Owned by the loop.
type passes struct {
	loop   *Loop
	open   list[pass] // in the order in which they began
	limits list[pass] // of these, those that have a limit still to come, in its order
	pauses pauses
	ready  []*pass // that have to be asked for what comes next
	round  []*pass // those that are being asked; its memory is the next ready's
	spare  []*slot // that no exchange is on
	idle   []*pass // that are no flow's
}

// A pass is one arrival's way through its flow.
type pass struct {
	flow    int32 // its number
	home    *slot
	slots   []*slot       // of its exchanges that are under way or paused
	sent    bool          // something of it was
	limit   time.Duration // when its limit passes, while it is in passes.limits; else 0
	freed   time.Duration // when its last exchange ended, or it was stopped
	ready   bool          // it is in passes.ready
	stopped bool          // nothing more of it is sent
	refused bool          // there was no connection for one of its exchanges
	place   link[pass]    // in passes.open
	due     link[pass]    // in passes.limits
}

func byOpen(p *pass) *link[pass]  { return &p.place }
func byLimit(p *pass) *link[pass] { return &p.due }

func newPasses(l *Loop) passes {
	return passes{loop: l, open: list[pass]{of: byOpen}, limits: list[pass]{of: byLimit}}
}

// any says whether any flow is under way.
func (f *passes) any() bool { return f.open.first != nil }

// begin begins the flow of an arrival that has just got its slot.
func (f *passes) begin(s *slot, a *Arrival) {
	l := f.loop
	p := f.unused()
	p.flow, p.home, s.pass = a.Flow, s, p
	f.open.push(p)
	l.describe(s, a)
	l.Flows.Begin(a)
	l.Began(&s.o)
	if f.goOn(p); s.pass == nil {
		l.ended++ // it was over without anything sent, and has taken no time
	}
}

// unused gives a pass that is no flow's.
func (f *passes) unused() *pass {
	last := len(f.idle) - 1
	if last < 0 {
		return new(pass)
	}
	p := f.idle[last]
	f.idle = f.idle[:last]
	return p
}

// advance has everything sent that flows have due.
func (f *passes) advance() {
	f.ready, f.round = f.round[:0], f.ready
	for _, p := range f.round {
		p.ready = false
		f.goOn(p)
	}
	for now := f.loop.clock.last; len(f.pauses) > 0 && f.pauses[0].until <= now; now = f.loop.clock.tick() {
		f.send(heap.Pop(&f.pauses).(*slot))
	}
}

// goOn has the next exchanges of a flow sent, or waited for, or ends it.
func (f *passes) goOn(p *pass) {
	l := f.loop
	for !p.stopped && !p.ready && len(p.slots) < max(1, l.Flows.Parallel) {
		now := l.clock.tick()
		a, at, ok := l.Flows.Next(p.flow, now)
		if !ok {
			break
		}
		s := f.room(p)
		l.describe(s, &a)
		if at <= now {
			f.send(s)
			continue
		}
		s.state, s.until = paused, at
		heap.Push(&f.pauses, s)
	}
	if len(p.slots) == 0 && !p.ready {
		f.finish(p)
	}
}

// room gives a slot for one of the flow's exchanges.
func (f *passes) room(p *pass) *slot {
	s := p.home
	if s.state != free {
		if last := len(f.spare) - 1; last >= 0 {
			s, f.spare = f.spare[last], f.spare[:last]
		} else {
			s = new(slot)
		}
		s.pass = p
	}
	p.slots = append(p.slots, s)
	return s
}

// send puts an exchange that is due in flight.
func (f *passes) send(s *slot) {
	p, most := s.pass, f.loop.Flows.Limit
	f.loop.send(s)
	if !p.sent && most > 0 {
		p.limit = s.o.Sent + most
		f.limits.push(p)
	}
	p.sent = true
}

// end hands on what became of an exchange.
func (f *passes) end(s *slot) {
	p := s.pass
	f.loop.Flows.Ended(&s.arrival, &s.o, s.kept)
	p.freed = max(p.freed, s.o.Done)
	p.refused = p.refused || s.o.Outcome.Unconnected()
	f.leave(s)
	f.prompt(p)
}

// leave takes an exchange off its slot.
func (f *passes) leave(s *slot) {
	p := s.pass
	s.state = free
	i := slices.Index(p.slots, s)
	p.slots = slices.Delete(p.slots, i, i+1)
	if s != p.home {
		s.pass = nil
		f.spare = append(f.spare, s)
	}
}

// prompt has a flow asked for what comes next.
func (f *passes) prompt(p *pass) {
	if !p.ready {
		p.ready = true
		f.ready = append(f.ready, p)
	}
}

// finish ends a flow that is over, and frees its slot.
func (f *passes) finish(p *pass) {
	l, home := f.loop, p.home
	home.pass, home.freed = nil, p.freed
	if p.freed == 0 {
		home.freed = l.clock.last
	}
	f.open.remove(p)
	f.unlimit(p)
	l.Flows.Over(p.flow)
	l.vacate(home, p.refused)
	*p = pass{slots: p.slots[:0]}
	f.idle = append(f.idle, p)
}

// next is when a flow next does something by itself, and whether that is to send an exchange; far where that is later.
func (f *passes) next(far time.Duration) (at time.Duration, sends bool) {
	if len(f.ready) > 0 {
		return 0, true
	}
	if len(f.pauses) > 0 && f.pauses[0].until <= far {
		far, sends = f.pauses[0].until, true
	}
	if p := f.limits.first; p != nil && p.limit < far {
		return p.limit, false
	}
	return far, sends
}

// unlimit forgets the flow's limit.
func (f *passes) unlimit(p *pass) {
	if p.limit != 0 {
		f.limits.remove(p)
		p.limit = 0
	}
}

// expire ends what is under way of flows whose limit has passed.
func (f *passes) expire(now time.Duration) {
	for p := f.limits.first; p != nil && p.limit <= now; p = f.limits.first {
		f.unlimit(p)
		f.takeBack(p)
		f.loop.Flows.Expire(p.flow, now)
		for i := len(p.slots) - 1; i >= 0; i-- { // from the end, since those that end leave
			if s := p.slots[i]; !s.arrival.Unlimited {
				f.loop.fail(s, ErrFlowLimit)
			}
		}
		p.freed = max(p.freed, now)
		f.prompt(p)
	}
}

// stopAll has nothing more sent of any flow. What is under way ends by itself, or has ended before.
func (f *passes) stopAll(why error) {
	for p := f.open.first; p != nil; p = p.place.next {
		if p.stopped {
			continue
		}
		f.takeBack(p)
		now := f.loop.clock.tick()
		f.loop.Flows.Stop(p.flow, now, why)
		p.stopped, p.freed = true, now
		f.prompt(p)
	}
}

// takeBack takes back those of the flow's exchanges that are paused.
func (f *passes) takeBack(p *pass) {
	for i := len(p.slots) - 1; i >= 0; i-- {
		if s := p.slots[i]; s.state == paused {
			heap.Remove(&f.pauses, s.pause)
			f.loop.Flows.Unsent(&s.arrival)
			f.leave(s)
		}
	}
}

// pauses are the exchanges that are not due yet, as a heap: the one that is due next, first.
type pauses []*slot

func (p pauses) Len() int           { return len(p) }
func (p pauses) Less(i, j int) bool { return p[i].until < p[j].until }
func (p pauses) Swap(i, j int) {
	p[i], p[j] = p[j], p[i]
	p[i].pause, p[j].pause = i, j
}

// Push is heap.Interface's, and so is Pop.
func (p *pauses) Push(s any) {
	s.(*slot).pause = len(*p)
	*p = append(*p, s.(*slot))
}

func (p *pauses) Pop() any {
	last := len(*p) - 1
	s := (*p)[last]
	*p = (*p)[:last]
	return s
}
