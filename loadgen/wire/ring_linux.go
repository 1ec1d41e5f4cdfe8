package wire

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
// It can also wait for several; see Loop.gather.
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
// These hold the socket, so that closing the descriptor alone would not close the connection. Shutting it down ends them.
const (
	arrivals = iota << 30 // what a completion is of stands in its user word, with the slot and the connection's age
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

// A ring is a poller by io_uring.
type ring struct {
	*queues
	*waker
	buffers *bufferRing
	message syscall.Msghdr // says how much room stamps need
	watched []watched      // by slot
	events  [mostEvents]event
	taken   []uint16 // buffers that the last events stand in
}

// watched is the connection of a slot, as long as it receives.
type watched struct {
	fd  int
	age int32
}

// openRing fails where there is no io_uring as of Linux 6.1, or where it is forbidden, as in most containers.
func openRing(w *waker, slots int, stamps bool) (*ring, error) {
	q, err := newQueues(ringRequests, ringAnswers)
	if err != nil {
		return nil, err
	}
	b, err := q.newBuffers(ringBuffers, bufferSize)
	if err != nil {
		q.close()
		return nil, err
	}
	r := &ring{queues: q, waker: w, buffers: b, watched: make([]watched, slots), taken: make([]uint16, 0, mostEvents)}
	if stamps {
		r.message.SetControllen(stampRoom)
	}
	if err := r.listen(); err != nil {
		r.close()
		return nil, err
	}
	return r, nil
}

// close does not close the waker, which is its loop's.
func (r *ring) close() {
	r.queues.close() // before its buffers: what it still receives is put there
	r.buffers.close()
}

// listen asks for the waker's events.
func (r *ring) listen() error {
	return r.ask(sqe{op: opPollAdd, fd: int32(r.waker.fd), len: pollMulti, opFlag: pollIn, user: ofWaker})
}

// user is the user word of what is asked about a connection.
func user(what uint32, slot int, age int32) uint64 {
	return uint64(what) | uint64(slot) | uint64(uint32(age))<<32
}

func (r *ring) add(fd, slot int, age int32) error {
	r.watched[slot] = watched{fd, age}
	if err := r.poll(end, pollEnd, fd, slot, age); err != nil {
		return err
	}
	return r.receive(arrivals, fd, slot, age)
}

func (r *ring) receive(what uint32, fd, slot int, age int32) error {
	s := sqe{op: opRecvmsg, flags: selectBuffer, ioprio: recvMultishot | recvPollFirst, fd: int32(fd),
		addr: uint64(uintptr(unsafe.Pointer(&r.message))), len: 1, user: user(what, slot, age)}
	if what == rest {
		s.ioprio, s.opFlag = recvMultishot, syscall.MSG_DONTWAIT
	}
	return r.ask(s)
}

func (r *ring) poll(what, events uint32, fd, slot int, age int32) error {
	return r.ask(sqe{op: opPollAdd, fd: int32(fd), opFlag: events, user: user(what, slot, age)})
}

func (r *ring) again(fd, slot int, age int32) error {
	if err := r.receive(rest, fd, slot, age); err != nil {
		return err
	}
	return r.full(fd, slot, age)
}

func (r *ring) full(fd, slot int, age int32) error { return r.poll(room, pollOut, fd, slot, age) }

func (r *ring) await(fd, slot int, age int32) error { return r.full(fd, slot, age) }

func (r *ring) leave(fd, slot int) {
	r.watched[slot] = watched{}
	r.withdraw(fd)
	syscall.Shutdown(fd, syscall.SHUT_RDWR)
}

func (r *ring) look() []event {
	r.giveBack()
	if !r.idle() {
		r.fetch()
	}
	return r.happened()
}

func (r *ring) wait(d time.Duration, several int) []event {
	r.giveBack()
	if several > 1 {
		r.enterRaw(several, min(d, gatherLimit))
	} else {
		r.enter(1, d)
	}
	return r.happened()
}

// giveBack lets the kernel have the buffers of the last events.
func (r *ring) giveBack() {
	if len(r.taken) == 0 {
		return
	}
	for _, id := range r.taken {
		r.buffers.give(id)
	}
	r.buffers.publish()
	r.taken = r.taken[:0]
}

// happened makes events of completions.
func (r *ring) happened() []event {
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
func (r *ring) tell(c *cqe, e *event) bool {
	if c.user == ofWaker {
		*e = event{slot: wakeSlot}
		if c.flags&hasMore == 0 {
			r.listen()
		}
		return true
	}
	*e = event{slot: int32(uint32(c.user) &^ room), age: int32(c.user >> 32), reads: mostReads}
	switch what := uint32(c.user) & room; what {
	case room:
		e.what = canWrite
	case end:
		e.what = ended
	default:
		e.what = canRead
		return r.received(what, c, e)
	}
	return true
}

// received makes an event of what a receive brought; false if that is nothing.
func (r *ring) received(what uint32, c *cqe, e *event) bool {
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
func (r *ring) resume(what uint32, e *event) error {
	if w := r.watched[e.slot]; w.fd != 0 && w.age == e.age {
		return r.receive(what, w.fd, int(e.slot), e.age)
	}
	return nil
}

// unpack finds what arrived, and its stamp, in a buffer: a header says how long both are, and stands before them.
func (r *ring) unpack(b []byte) (data []byte, stamp int64) {
	type header struct{ name, control, payload, flags uint32 } // struct io_uring_recvmsg_out
	const size = int(unsafe.Sizeof(header{}))
	h := (*header)(unsafe.Pointer(&b[0]))
	room := int(r.message.Controllen)
	if h.control > 0 {
		stamp = stampOf(b[size:][:min(room, int(h.control))])
	}
	return b[size+room:], stamp
}

// read gives what the event brought.
func (r *ring) read(_ int, e *event, b []byte) (int, int64, error) {
	if len(e.data) == 0 {
		switch err := e.err; err {
		case nil:
			return 0, 0, errAgain
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
