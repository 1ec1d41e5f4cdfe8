package wire

import (
	"errors"
	"sync"
	"time"

	"shotput/loadgen/wire/http1"
	"shotput/loadgen/wire/poll"
)

// # The loop
//
// One thread does everything: it starts what is due, waits for events until the next arrival or time limit, and
// reads answers. A slot whose answer is whole is free within the same turn, and the next request that is due goes
// out on it before the next event is looked at: no epoll_ctl, no queue, no other thread between them.
//
// Invariants, between turns:
//
//   - every slot is in exactly one list of these: warm (free, connected), cold (free), inFlight (all others);
//   - inFlight is in the order in which requests began. All share one time limit, so its first is the next to
//     expire, and time limits need no heap;
//   - held is the next arrival, claimed by some free slot and not yet due. There is at most one: as soon as it has
//     gone out and a slot is still free, the next is claimed. So pool lag is there when, and only when, no slot
//     was free;
//   - a connection has at most one request on it, and none while it is in warm.
//
// Note: tried, one goroutine per connection: 11.6 µs of CPU a PUT, where a bare loop takes 8.9.

// A Loop fires requests over connections of its own. Make it with New, open connections with Open, then Run, then
// Close. All fields but mu are owned by whoever runs it.
type Loop struct {
	Config
	waker   *poll.Waker
	poller  poll.Poller
	slots   []slot
	reading *poll.Event // whose bytes are being read
	buffer  []byte      // for reading; forgotten after each read
	plain   []byte      // for encrypting
	stamp   int64       // of the last read; 0: none
	wall    wall

	warm, cold, inFlight list
	quiet                list // of inFlight, those that wait for bytes, the longest silent first; only with Config.Quiet
	awaiting             list // of inFlight, those that wait for a 100, the longest first
	connecting           list // of inFlight, those that the loop opens a connection for, the longest first

	flying  int // requests in flight
	opening int // of these, those that wait for a connection

	held  bool
	next  Arrival // if held
	over  bool    // nothing more will be claimed
	pace  pace
	woken bool          // the last look found events
	ended int           // requests of this turn that could not be rendered
	clock time.Duration // when it was last read; see tick
	memo  http1.Memo

	sent, received int64  // bytes
	spoken         string // by the first answer: "HTTP/1.0" or "HTTP/1.1"
	dials          sync.WaitGroup

	mu struct {
		sync.Mutex
		results    []*dial // finished, and not taken yet
		stop, halt bool
	}
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
	l := &Loop{Config: c, waker: w, poller: set, slots: make([]slot, c.Slots), buffer: make([]byte, 64<<10)}
	l.warm.of, l.cold.of, l.inFlight.of, l.quiet.of, l.awaiting.of = byState, byState, byState, byQuiet, byAwait
	l.connecting.of = byAwait // a slot that connects does not wait for a 100
	for i := range l.slots {
		l.slots[i].index = i
		if c.Check != nil {
			l.slots[i].keep(c.Keep)
		}
		l.cold.push(&l.slots[i])
	}
	return l, nil
}

// Run fires until nothing is left to claim and nothing is in flight. When stop is closed it claims no more, and
// gives back what is not due. It ties the calling goroutine to its thread.
func (l *Loop) Run(stop <-chan struct{}) {
	defer l.heed(stop)()
	poll.OwnThread()
	l.useRing()
	l.wall.refresh(l.Now)
	l.pace.began = l.Now()
	for l.admit(); !l.over || l.inFlight.first != nil; l.admit() {
		l.turn()
	}
	l.dials.Wait()
	l.takeMessages() // closes what was opened too late
}

// turn waits for events, and does what they call for.
func (l *Loop) turn() {
	events := l.wait()
	now := l.tick()
	l.pace.count(now, len(events))
	l.wall.keep(now, l.Now)
	for i := range events {
		l.handle(&events[i])
	}
	l.expire(now)
}

// useRing changes over to a ring, where it may and can. A ring belongs to the thread that made it, so that comes with
// Run: connections that are open already are added to it.
func (l *Loop) useRing() {
	if !l.Ring {
		return
	}
	r, err := poll.NewRing(l.waker, !l.UserClock)
	if err != nil {
		l.Ring = false
		return
	}
	l.poller.Close()
	l.poller = r
	for s := l.warm.first; s != nil; {
		next := s.link.next
		if err := r.Add(s.conn.fd, s.token()); err != nil {
			l.drop(s)
		}
		s = next
	}
}

// tick reads the clock. A reading costs 30 ns, so one serves as long as nothing that takes time lies between.
func (l *Loop) tick() time.Duration {
	l.clock = l.Now()
	return l.clock
}

// admit starts requests as long as one is due and a slot is free; warm slots first.
func (l *Loop) admit() {
	if l.warm.last == nil && l.cold.first == nil {
		return
	}
	l.ended = 0
	for l.tick(); !l.over; {
		if l.warm.first == nil && l.cold.first == nil {
			return
		}
		if !l.held {
			if l.next, l.held = l.Claim(l.clock); !l.held {
				l.over = true
				return
			}
		}
		if l.Scheduled && l.next.Intended > l.clock && l.next.Intended > l.tick() {
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
	s, since := l.warm.last, time.Duration(0)
	switch warm, cold := l.warm.first, l.cold.first; {
	case warm == nil:
		s, since = cold, cold.freed
	case cold == nil:
		since = warm.freed
	default:
		since = min(warm.freed, cold.freed)
	}
	if l.Scheduled {
		a.Claimed = since // it could have been taken from then on
		if since > a.Intended && l.warm.first != nil {
			s = l.warm.first
		}
	}
	return s
}

// handle looks at one event. Answers come before writes: an early answer makes the rest of a body pointless.
func (l *Loop) handle(e *poll.Event) {
	if e.IsWake() {
		l.waker.Drain()
		l.takeMessages()
		return
	}
	s := &l.slots[e.Index]
	if s.conn == nil || s.age != e.Age {
		return // of a connection that was closed before this was looked at
	}
	if s.state == connecting {
		l.connects(s)
		return
	}
	if e.What == poll.Ended {
		l.parted(s)
		return
	}
	if e.What&(poll.CanRead|poll.HungUp) != 0 {
		l.readable(s, e)
	}
	if e.What&poll.CanWrite != 0 && s.halfway && s.state == busy && s.age == e.Age {
		l.write(s)
	}
}

// ErrTimeLimit ends a request whose time limit passed, ErrHalted one that was open when the run was halted.
var (
	ErrTimeLimit = errors.New("time limit passed")
	ErrHalted    = errors.New("run halted")
)

// expire ends requests whose time limit has passed.
func (l *Loop) expire(now time.Duration) {
	for s := l.inFlight.first; s != nil && s.o.Sent+l.Timeout <= now; s = l.inFlight.first {
		l.fail(s, ErrTimeLimit)
	}
	for s := l.connecting.first; s != nil && s.o.Sent+l.connectLimit() <= now; s = l.connecting.first {
		l.fail(s, ErrTimeLimit)
	}
	for s := l.quiet.first; s != nil && s.heard+l.Quiet <= now; s = l.quiet.first {
		l.fail(s, ErrTimeLimit)
	}
	for s := l.awaiting.first; s != nil && s.since+l.Continue <= now; s = l.awaiting.first {
		l.ignored(s)
	}
}

// takeMessages does what other goroutines have asked for.
func (l *Loop) takeMessages() {
	l.mu.Lock()
	results, stop, halt := l.mu.results, l.mu.stop, l.mu.halt
	l.mu.results = nil
	l.mu.Unlock()
	for _, d := range results {
		l.dialled(d)
	}
	if stop && !l.over {
		l.over = true
		if l.held {
			l.held = false
			l.Unclaim(l.next)
		}
	}
	for halt && l.inFlight.first != nil {
		l.fail(l.inFlight.first, ErrHalted)
	}
}

// heed passes stop and Halt on to the loop as messages, until the function that it gives is called.
func (l *Loop) heed(stop <-chan struct{}) (ignore func()) {
	end := make(chan struct{})
	var heeding sync.WaitGroup
	heeding.Go(func() {
		halt := l.Halt
		for {
			select {
			case <-stop:
				stop = nil
				l.tell(func() { l.mu.stop = true })
			case <-halt:
				halt = nil
				l.tell(func() { l.mu.halt = true })
			case <-end:
				return
			}
		}
	})
	return func() {
		close(end)
		heeding.Wait()
	}
}

// tell leaves a message; safe for concurrent use.
func (l *Loop) tell(write func()) {
	l.mu.Lock()
	write()
	l.mu.Unlock()
	l.waker.Wake()
}

// Traffic is how many bytes crossed the wire, once Run has returned.
func (l *Loop) Traffic() (sent, received int64) { return l.sent, l.received }

// Spoken is the protocol of the first answer, once Run has returned; "" where none came.
func (l *Loop) Spoken() string { return l.spoken }

// Close closes all connections.
func (l *Loop) Close() {
	for i := range l.slots {
		l.drop(&l.slots[i])
	}
	l.poller.Close()
	l.waker.Close()
}
