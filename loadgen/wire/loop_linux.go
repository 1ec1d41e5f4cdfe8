package wire

import (
	"errors"
	"sync"
	"time"

	"shotput/loadgen/wire/poll"
)

// # The loop
//
// One thread does everything: it starts what is due, waits for events until the next arrival or time limit, and
// reads answers. A slot whose answer is whole is free within the same turn, and the next request that is due goes
// out on its connection before the next event is looked at: no epoll_ctl, no queue, no other thread between them.
//
// Invariants, between turns:
//
//   - every slot is in exactly one list of these: free, deadlines.inFlight, and, in closed loop, one of rests; or a
//     flow has it, and none of its requests is in flight there;
//   - inFlight is in the order in which requests began;
//   - held is the next arrival, claimed by some free slot and not yet due. There is at most one: as soon as it has
//     gone out and a slot is still free, the next is claimed. So pool lag is there when, and only when, no slot
//     was free;
//   - a connection has at most one request on it, and is idle while it has none.
//
// Between runs every slot is free, every connection idle, and an epoll set watches: it is bound to no thread.
//
// Note: tried, one goroutine per connection: 11.6 µs of CPU a PUT, where a bare loop takes 8.9.

// A Loop fires requests over connections of its own. Make it with New, open connections with Open, then Run, as often
// as wanted, then Close. Between runs its Config may be changed, but for UserClock and its own Servers: more may
// follow those, see AddServer. All fields but inbox are owned by whoever calls its methods, one at a time.
type Loop struct {
	Config
	clock     clock
	conns     conns
	set       *poll.Epoll // of the time between runs, and of runs without a ring
	h1        h1
	deadlines deadlines
	pace      pacer
	passes    passes
	inbox     inbox
	dials     sync.WaitGroup

	own     int // servers that stay from run to run
	slots   []slot
	free    list[slot] // the one freed first, first
	rests   rests
	flying  int // requests in flight
	opening int // of these, those that wait for a connection

	held  bool
	next  Arrival // if held
	over  bool    // nothing more will be claimed
	ended int     // requests of this turn that could not be rendered
}

// New makes a loop. Nothing runs yet.
func New(c Config) (*Loop, error) {
	w, err := poll.NewWaker()
	if err != nil {
		return nil, err
	}
	set, err := poll.NewEpoll(w, !c.UserClock)
	if err != nil {
		w.Close()
		return nil, err
	}
	l := &Loop{Config: c, set: set, conns: newConns(&c, set), inbox: inbox{waker: w}, clock: clock{now: c.Now},
		own: len(c.Servers)}
	l.h1.loop = l
	l.passes = newPasses(l)
	return l, nil
}

// Run fires until nothing is left to claim, nothing is in flight and no flow is under way. When stop is closed it
// claims no more, and gives back what is not due; when halt is, it aborts what is in flight, and stops flows. See also
// Flows.Cut. It ties the calling goroutine to its thread.
func (l *Loop) Run(stop, halt <-chan struct{}) {
	l.begin()
	defer l.inbox.heed(stop, l.Flows.Cut, halt)()
	for l.admit(); !l.over || l.flying > 0 || l.passes.any(); l.admit() {
		l.turn()
	}
	l.dials.Wait()
	l.takeMessages() // closes what was opened too late
	l.leaveRing()
	l.Servers = l.Servers[:l.own]
	l.conns.serve(l.own)
	l.conns.noteGoals()
}

// begin makes everything ready for a run: its clock begins anew, and what was learned of the machine stays.
func (l *Loop) begin() {
	poll.OwnThread()
	l.inbox.empty()
	l.over, l.h1.spoken = false, ""
	if len(l.slots) != l.Slots {
		l.slots = make([]slot, l.Slots)
	}
	l.free, l.rests = list[slot]{of: byPlace}, newRests()
	for i := range l.slots {
		l.slots[i].freed, l.slots[i].refused = 0, 0
		l.free.push(&l.slots[i])
	}
	l.deadlines = newDeadlines(&l.Config)
	l.conns.keep = l.Keep
	l.conns.serve(len(l.Servers))
	l.useRing()
	l.clock = clock{now: l.Now}
	l.clock.refresh()
	l.pace.begin(&l.Config, l.clock.now())
}

// turn waits for events, and does what they call for.
func (l *Loop) turn() {
	events := l.wait()
	l.pace.count(l.clock.tick(), len(events))
	l.clock.keep()
	now := l.clock.last
	for i := range events {
		l.handle(&events[i])
	}
	l.expire(now)
}

// wait gives the next events, or none when a request is due or a time limit has passed.
func (l *Loop) wait() []poll.Event {
	w := wait{poller: l.conns.poller, now: l.Now, several: l.pace.gather(l.flying, l.opening, l.clock.last)}
	if events := l.pace.find(&w); len(events) > 0 {
		return events
	}
	w.began = l.Now()
	w.until = l.deadlines.next(l.rests.next(w.began + longestNap))
	if l.passes.any() {
		w.until, w.arrival = l.passes.next(w.until)
	}
	if l.held && l.next.Intended <= w.until && l.free.first != nil {
		w.until, w.arrival = l.next.Intended, true
	}
	return l.pace.wait(&w)
}

// useRing changes over to a ring, where it may and can. A ring belongs to the thread that made it, so that each Run
// makes its own. The epoll set would tell of the same connections as well, and cost time: an empty one takes its
// place.
func (l *Loop) useRing() {
	if !l.Ring {
		return
	}
	ring, err := poll.NewRing(l.inbox.waker, !l.UserClock)
	if err != nil {
		l.Ring = false
		return
	}
	set, err := poll.NewEpoll(l.inbox.waker, !l.UserClock)
	if err != nil {
		l.Ring = false
		ring.Close()
		return
	}
	l.set.Close()
	l.set = set
	l.conns.moveTo(ring)
}

// leaveRing changes back, if there was a ring. What it took from a connection and nobody asked for is looked at as
// ever.
func (l *Loop) leaveRing() {
	ring := l.conns.poller
	if ring == poll.Poller(l.set) {
		return
	}
	ring.Stop()
	l.handleAll()
	ring.Close()
	l.conns.moveTo(l.set)
}

// handleAll handles what events there are, without waiting for any.
func (l *Loop) handleAll() {
	for events := l.conns.poller.Look(); len(events) > 0; events = l.conns.poller.Look() {
		for i := range events {
			l.handle(&events[i])
		}
	}
}

// handle looks at one event. Answers come before writes: an early answer makes the rest of a body pointless.
func (l *Loop) handle(e *poll.Event) {
	if e.IsWake() {
		l.inbox.waker.Drain()
		l.takeMessages()
		return
	}
	c := l.conns.at(e.Token)
	switch {
	case c == nil:
		return
	case c.state == opening:
		l.checkConnect(c)
		return
	case e.What == poll.Ended:
		l.h1.seeEnd(c)
		return
	}
	if e.What&(poll.CanRead|poll.HungUp) != 0 {
		l.h1.read(c, e)
	}
	if e.What&poll.CanWrite != 0 && c.halfway && c.token == e.Token {
		l.h1.write(c)
	}
}

// ErrTimeLimit ends a request whose time limit passed, ErrHalted one that was open when the run was halted, and
// ErrFlowLimit one whose flow's limit passed. ErrCut is why flows are stopped whose run is cut short.
var (
	ErrTimeLimit = errors.New("time limit passed")
	ErrHalted    = errors.New("run halted")
	ErrFlowLimit = errors.New("time limit of the flow passed")
	ErrCut       = errors.New("run cut short")
)

// expire ends requests, and waits for a 100, whose time limit has passed.
func (l *Loop) expire(now time.Duration) {
	for s, wait := l.deadlines.pass(now); s != nil; s, wait = l.deadlines.pass(now) {
		if wait {
			l.h1.sendUnasked(s)
		} else {
			l.fail(s, ErrTimeLimit)
		}
	}
	l.passes.expire(now)
}

// takeMessages does what other goroutines have asked for.
func (l *Loop) takeMessages() {
	dials, told := l.inbox.take()
	for _, d := range dials {
		l.finishDial(d)
	}
	if (told.stop || told.cut) && !l.over {
		l.over = true
		if l.held {
			l.held = false
			l.Unclaim(l.next)
		}
	}
	for told.halt && l.flying > 0 {
		l.fail(l.deadlines.inFlight.first, ErrHalted)
	}
	switch {
	case told.halt:
		l.passes.stopAll(ErrHalted)
	case told.cut:
		l.passes.stopAll(ErrCut)
	}
}

// Traffic is what connections carried, and why the loop closed some of them.
type Traffic struct {
	Sent, Received int64 // bytes, those of handshakes too
	IdleAnswers    int64 // connections closed since something came on them that nobody had asked for
	Overlong       int64 // answers behind whose end more came, which their connections were closed for
}

// Traffic is what there was since it was last asked. Not during Run.
func (l *Loop) Traffic() Traffic {
	t := l.conns.traffic
	l.conns.traffic = Traffic{}
	return t
}

// Spoken is the protocol of the first answer of the last Run; "" where none came.
func (l *Loop) Spoken() string { return l.h1.spoken }

// Close closes all connections.
func (l *Loop) Close() {
	l.conns.dropAll()
	if p := l.conns.poller; p != poll.Poller(l.set) { // of a run that did not come to its end
		p.Close()
	}
	l.set.Close()
	l.inbox.waker.Close()
}
