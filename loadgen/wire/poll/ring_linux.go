package poll

import (
	"io"
	"syscall"
	"time"
	"unsafe"
)

// # Receiving by a ring
//
// Where the kernel allows io_uring, each connection has one receive that lasts as long as it does (multishot): what
// arrives is put into a buffer of the ring's, with the kernel's stamp, and noted. So one call fetches what has arrived
// on all connections; epoll takes one to learn of it, and one more for each connection.
//
// It can also wait for several.
//
// Requests are written by plain calls. Tried, for 64 connections: writing through the ring is no cheaper unless writes
// are gathered too, and then a request would leave some 10 µs after the instant that counts as its start.
//
// What is asked about a connection:
//
//   - arrivals: the receive that lasts;
//   - end: one poll for its end. The receive alone would miss a reset that comes along with data (seen on Linux 6.18);
//   - rest: one receive that does not wait, for what there is now. It ends with "nothing", and that is no event;
//   - room: one poll for room to write.
//
// These hold the socket, so that closing the descriptor alone would not close the connection. Shutting it down ends
// them.
const (
	arrivals = iota << 30 // what a completion is of stands in its user word, with the connection's token
	end
	rest
	room
	ofWaker = 1<<64 - 1
)

// What a ring has room for. When all buffers are full, receives end, and are asked for anew.
const (
	ringRequests = 1024
	ringAnswers  = 4096
	ringBuffers  = 256
	bufferSize   = 2 << 10
)

// RingRoom is how many bytes may have arrived before a receive ends for want of room.
const RingRoom = ringBuffers * bufferSize

// A Ring is a poller by io_uring.
type Ring struct {
	*queues
	*Waker
	buffers *bufferRing
	message syscall.Msghdr // says how much room stamps need
	watched []watched      // by index
	events  [mostEvents]Event
	taken   []uint16 // buffers that the last events stand in
}

// watched is the connection of an index, as long as it receives.
type watched struct {
	fd  int
	age int32
}

// NewRing makes a ring of the calling thread's, which tells of w too. It fails where there is no io_uring as of Linux
// 6.1, or where it is forbidden, as in most containers.
func NewRing(w *Waker, stamps bool) (*Ring, error) {
	q, err := newQueues(ringRequests, ringAnswers)
	if err != nil {
		return nil, err
	}
	b, err := q.newBuffers(ringBuffers, bufferSize)
	if err != nil {
		q.close()
		return nil, err
	}
	r := &Ring{queues: q, Waker: w, buffers: b, taken: make([]uint16, 0, mostEvents)}
	if stamps {
		r.message.SetControllen(stampRoom)
	}
	if err := r.listen(); err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

// close does not close the waker, which is its owner's.
func (r *Ring) Close() {
	r.queues.close() // before its buffers: what it still receives is put there
	r.buffers.close()
}

// listen asks for the waker's events.
func (r *Ring) listen() error {
	return r.ask(sqe{op: opPollAdd, fd: int32(r.Waker.fd), len: pollMulti, opFlag: pollIn, user: ofWaker})
}

// user is the user word of what is asked about a connection.
func user(what uint32, t Token) uint64 {
	return uint64(what) | uint64(t.Index) | uint64(uint32(t.Age))<<32
}

// Add receives for as long as the connection lasts, and asks for its end.
func (r *Ring) Add(fd int, t Token) error {
	if need := int(t.Index) + 1; need > len(r.watched) {
		r.watched = append(r.watched, make([]watched, need-len(r.watched))...)
	}
	r.watched[t.Index] = watched{fd, t.Age}
	if err := r.poll(end, pollEnd, fd, t); err != nil {
		return err
	}
	return r.receive(arrivals, fd, t)
}

func (r *Ring) receive(what uint32, fd int, t Token) error {
	s := sqe{op: opRecvmsg, flags: selectBuffer, ioprio: recvMultishot | recvPollFirst, fd: int32(fd),
		addr: uint64(uintptr(unsafe.Pointer(&r.message))), len: 1, user: user(what, t)}
	if what == rest {
		s.ioprio, s.opFlag = recvMultishot, syscall.MSG_DONTWAIT
	}
	return r.ask(s)
}

func (r *Ring) poll(what, events uint32, fd int, t Token) error {
	return r.ask(sqe{op: opPollAdd, fd: int32(fd), opFlag: events, user: user(what, t)})
}

// Again asks for the rest, and for room.
func (r *Ring) Again(fd int, t Token) error {
	if err := r.receive(rest, fd, t); err != nil {
		return err
	}
	return r.Room(fd, t)
}

// Room is one poll; it ends with its event.
func (r *Ring) Room(fd int, t Token) error { return r.poll(room, pollOut, fd, t) }

// Await is Room: a connection that is open has some.
func (r *Ring) Await(fd int, t Token) error { return r.Room(fd, t) }

// Leave shuts the connection down; see above.
func (r *Ring) Leave(fd int, t Token) {
	if int(t.Index) < len(r.watched) {
		r.watched[t.Index] = watched{}
	}
	r.withdraw(fd)
	syscall.Shutdown(fd, syscall.SHUT_RDWR)
}

// Look enters the kernel only where something is to be handed over or fetched.
func (r *Ring) Look() []Event {
	r.giveBack()
	if !r.idle() {
		r.fetch()
	}
	return r.collect()
}

// Wait for several ends after GatherLimit at the latest.
func (r *Ring) Wait(d time.Duration, several int) []Event {
	r.giveBack()
	if several > 1 {
		r.enterRaw(several, min(d, GatherLimit))
	} else {
		r.enter(1, d)
	}
	return r.collect()
}

// GatherLimit is how long a ring waits for several at most: so far ahead the kernel need not set its timer, which would
// cost as much as waiting for several saves.
const GatherLimit = 10 * time.Millisecond

// Stop withdraws all that was asked. To close the ring alone would end its receives too, but a moment later: what came
// meanwhile would be in a buffer that nobody reads, and missing in the socket.
func (r *Ring) Stop() {
	clear(r.watched)
	r.fetch()
	r.cancelAll()
}

// giveBack lets the kernel have the buffers of the last events.
func (r *Ring) giveBack() {
	if len(r.taken) == 0 {
		return
	}
	for _, id := range r.taken {
		r.buffers.give(id)
	}
	r.buffers.publish()
	r.taken = r.taken[:0]
}

// collect makes events of completions.
func (r *Ring) collect() []Event {
	n := 0
	for n < mostEvents {
		c, ok := r.next()
		if !ok {
			break
		}
		if r.tell(c, &r.events[n]) {
			n++
		}
	}
	r.release()
	return r.events[:n]
}

// tell makes an event of a completion; false if it is none.
func (r *Ring) tell(c *cqe, e *Event) bool {
	if c.res == -int32(syscall.ECANCELED) {
		return false // the ring was stopped
	}
	if c.user == ofWaker {
		*e = Event{Token: wake}
		if c.flags&hasMore == 0 {
			r.listen()
		}
		return true
	}
	*e = Event{Token: Token{int32(uint32(c.user) &^ room), int32(c.user >> 32)}, Reads: MostReads}
	switch what := uint32(c.user) & room; what {
	case room:
		e.What = CanWrite
	case end:
		e.What = Ended
	default:
		e.What = CanRead
		return r.tellReceived(what, c, e)
	}
	return true
}

// tellReceived makes an event of what a receive brought; false if that is nothing.
func (r *Ring) tellReceived(what uint32, c *cqe, e *Event) bool {
	if c.flags&hasBuffer != 0 {
		id := uint16(c.flags >> 16)
		r.taken = append(r.taken, id)
		e.data, e.stamp = r.unpack(r.buffers.buffer(id, int(max(0, c.res))))
	}
	emptied := what == rest && c.res == -int32(syscall.EAGAIN)
	nothing := emptied || c.res == -int32(syscall.ENOBUFS)
	switch {
	case nothing:
	case c.res < 0:
		e.err = syscall.Errno(-c.res)
	case len(e.data) == 0:
		e.err = io.EOF
	}
	if e.err == nil && (what == arrivals && c.flags&hasMore == 0 || what == rest && !emptied) {
		e.err = r.resume(what, e)
	}
	return !nothing || e.err != nil
}

// resume receives anew: where a receive ended for want of buffers, or there may be more rest. It does so only
// while the connection is there.
func (r *Ring) resume(what uint32, e *Event) error {
	if w := r.watched[e.Index]; w.fd != 0 && w.age == e.Age {
		return r.receive(what, w.fd, e.Token)
	}
	return nil
}

// unpack finds what arrived, and its stamp, in a buffer: a header says how long both are, and stands before them.
func (r *Ring) unpack(b []byte) (data []byte, stamp int64) {
	type header struct{ name, control, payload, flags uint32 } // struct io_uring_recvmsg_out
	const size = int(unsafe.Sizeof(header{}))
	h := (*header)(unsafe.Pointer(&b[0]))
	room := int(r.message.Controllen)
	if h.control > 0 {
		stamp = stampOf(b[size:][:min(room, int(h.control))])
	}
	return b[size+room:], stamp
}

// Read gives what the event brought.
func (r *Ring) Read(_ int, e *Event, b []byte) (int, int64, error) {
	if len(e.data) == 0 {
		switch err := e.err; err {
		case nil:
			return 0, 0, ErrAgain
		case io.EOF:
			return 0, 0, nil
		default:
			return 0, 0, err
		}
	}
	n := copy(b, e.data)
	e.data = e.data[n:]
	return n, e.stamp, nil
}
