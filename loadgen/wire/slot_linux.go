package wire

import (
	"context"
	"errors"
	"io"
	"sync/atomic"
	"time"

	"shotput/stats"
)

// A slot is room for one request at a time, and the connection that it goes over. Owned by the loop; all instants
// are on the run's clock.
type slot struct {
	index int
	age   int32 // counts its connections, so that late events of an old one are told apart
	state state
	freed time.Duration // when it became free
	conn  *Conn         // nil: none
	fresh bool          // conn has carried no request yet
	dial  *dial         // while its request waits for a connection

	arrival  Arrival
	o        stats.Observation
	response response
	own      []byte // its own buffer for heads
	head     []byte // what is still to be written: a part of own, or of shared bytes
	body     Body
	at       int64 // bytes of body written so far
	halfway  bool  // something is still to be written
	writeErr error // writing failed; there may still be an answer to read

	link  link          // in the one list of states that it is in
	quiet link          // in Loop.quiet
	heard time.Duration // when its connection last gave or took something; only with a Quiet limit
}

// state is what a slot is doing.
type state uint8

const (
	cold     state = iota // free, without a connection
	warm                  // free, connected
	dialling              // its request waits for a connection
	busy                  // its request is on its way
)

// A list is a queue of slots from which one can be taken out anywhere. of finds a slot's link of this list.
type list struct {
	of          func(*slot) *link
	first, last *slot
}

// A link is a slot's place in a list.
type link struct{ previous, next *slot }

func byState(s *slot) *link { return &s.link }
func byQuiet(s *slot) *link { return &s.quiet }

func (l *list) push(s *slot) {
	*l.of(s) = link{previous: l.last}
	if l.last == nil {
		l.first = s
	} else {
		l.of(l.last).next = s
	}
	l.last = s
}

func (l *list) remove(s *slot) {
	at := l.of(s)
	if at.previous == nil {
		l.first = at.next
	} else {
		l.of(at.previous).next = at.next
	}
	if at.next == nil {
		l.last = at.previous
	} else {
		l.of(at.next).previous = at.previous
	}
	*at = link{}
}

// A dial is a connection being opened by a goroutine of its own.
type dial struct {
	slot    *slot
	cancel  context.CancelFunc
	reached atomic.Int32 // a stats.Stage
	conn    *Conn        // these two: once it is among the loop's results
	err     error
}

// start puts a request that is due on a free slot.
func (l *Loop) start(s *slot, a Arrival) {
	if l.Scheduled {
		a.Claimed = s.freed // it could have been taken from then on
	}
	s.arrival = a
	s.o = stats.Observation{Intended: a.Intended, Claimed: a.Claimed}
	s.response.reset(l.Method)
	s.at, s.body, s.writeErr = 0, Body{}, nil
	l.free(s).remove(s)
	l.inFlight.push(s)
	l.Began()
	if s.state == warm {
		l.begin(s)
		return
	}
	s.state = dialling
	s.o.Sent = l.Now()
	s.dial = l.dial(s)
}

// begin writes the request on the slot's connection.
func (l *Loop) begin(s *slot) {
	s.state = busy
	head, shared, body := l.Render(s.own[:0], s.arrival)
	if !shared {
		s.own = head
	}
	s.head, s.body, s.halfway = head, body, true
	if s.fresh {
		s.o.NewConn, s.o.Connect, s.o.TLS, s.fresh = true, s.conn.Connect, s.conn.TLS, false
	}
	s.o.Attempts = 1
	if s.o.Sent == 0 {
		s.o.Sent = l.Now()
	}
	l.write(s)
}

// write hands on what the kernel takes. A write that fails does not end the request: a server that has answered
// and closed makes writes fail, and its answer is still there to be read.
func (l *Loop) write(s *slot) {
	for s.halfway {
		err := l.push(s)
		if err == errAgain {
			return
		}
		if err != nil {
			s.writeErr, s.halfway = err, false
			l.readable(s, true)
			return
		}
		if len(s.head) == 0 && s.at == s.body.Size && !s.conn.backlog() {
			s.halfway = false
			s.o.Uploaded = l.Now()
			l.heardOf(s, s.o.Uploaded)
		}
	}
}

// backlog says whether ciphertext waits to be written.
func (c *Conn) backlog() bool { return c.tls != nil && len(c.socket.out) > 0 }

// push makes one write of what is left.
func (l *Loop) push(s *slot) error {
	if s.conn.tls != nil {
		return l.pushTLS(s)
	}
	var n int
	var err error
	chunk := s.chunk()
	switch {
	case len(s.head) > 0 && len(chunk) > 0:
		n, err = writeBoth(s.conn.fd, s.head, chunk)
	case len(s.head) > 0:
		n, err = writeFD(s.conn.fd, s.head, s.body.Size > 0)
	case s.body.File != nil:
		n, err = sendFile(s.conn.fd, s.body.File.Fd(), s.at, s.body.Size-s.at)
		if n == 0 && err == nil {
			err = errShortFile
		}
	default:
		n, err = writeFD(s.conn.fd, chunk, false)
	}
	l.sent += int64(n)
	ofHead := min(n, len(s.head))
	s.head = s.head[ofHead:]
	s.at += int64(n - ofHead)
	return err
}

var errShortFile = errors.New("the body's file became shorter during the run")

// chunk is the next part of a body in memory.
func (s *slot) chunk() []byte {
	left := s.body.Size - s.at
	if s.body.File != nil || left == 0 {
		return nil
	}
	from := (int64(s.body.At) + s.at) % int64(len(s.body.Data))
	rest := s.body.Data[from:]
	return rest[:min(left, int64(len(rest)))]
}

// sealed is how much plaintext is encrypted at a time: what is encrypted must be held until the kernel takes it.
const sealed = 64 << 10

func (l *Loop) pushTLS(s *slot) (err error) {
	if !s.conn.backlog() {
		if err := l.seal(s); err != nil {
			return err
		}
	}
	n, err := s.conn.socket.flush()
	l.sent += int64(n)
	return err
}

// seal encrypts the next part of the request.
func (l *Loop) seal(s *slot) error {
	plain := s.head
	if chunk := s.chunk(); len(chunk) > 0 {
		chunk = chunk[:min(sealed, len(chunk))]
		if len(s.head) == 0 {
			plain = chunk
		} else {
			plain = append(l.plain[:0], s.head...)
			plain = append(plain, chunk...)
			l.plain = plain
		}
		s.at += int64(len(chunk))
	} else if s.body.File != nil && s.at < s.body.Size {
		l.plain = append(l.plain[:0], s.head...)
		room := l.plain[len(l.plain):cap(l.plain)]
		if len(room) < sealed {
			l.plain = append(make([]byte, 0, len(s.head)+sealed), s.head...)
			room = l.plain[len(l.plain):cap(l.plain)]
		}
		n, err := s.body.File.ReadAt(room[:min(int64(sealed), s.body.Size-s.at)], s.at)
		if n == 0 {
			return errors.Join(errShortFile, err)
		}
		plain = l.plain[:len(l.plain)+n]
		s.at += int64(n)
	}
	s.head = nil
	_, err := s.conn.tls.Write(plain)
	return err
}

// readable reads until the socket is empty: events are edge-triggered, so nobody will say again what is left. A
// read that gives less than was asked has emptied it, unless the other side has closed (hungUp).
func (l *Loop) readable(s *slot, hungUp bool) {
	age := s.age
	if s.conn.tls != nil {
		s.conn.socket.empty = false
	}
	for s.conn != nil && s.age == age {
		n, err := l.receive(s.conn)
		switch {
		case err == errAgain:
			return
		case err != nil:
			l.closed(s, err)
			return
		case n == 0:
			l.closed(s, io.EOF)
			return
		}
		l.got(s, l.buffer[:n])
		if n < len(l.buffer) && !hungUp && s.conn != nil && s.conn.tls == nil {
			return
		}
	}
}

// receive reads once, into l.buffer, and notes the kernel's stamp in l.stamp.
func (l *Loop) receive(c *Conn) (int, error) {
	if c.tls == nil {
		return l.receiveRaw(c.fd, l.buffer)
	}
	n, err := c.tls.Read(l.buffer)
	if n > 0 {
		return n, nil
	}
	if _, empty := err.(emptySocket); empty {
		return 0, errAgain
	}
	if errors.Is(err, io.EOF) {
		return 0, nil
	}
	return 0, err
}

func (l *Loop) receiveRaw(fd int, b []byte) (n int, err error) {
	var stamp int64
	if l.UserClock {
		n, err = readFD(fd, b)
	} else {
		n, stamp, err = l.receiver.read(fd, b)
	}
	if n > 0 {
		l.stamp = stamp
		l.received += int64(n)
	}
	return n, err
}

// got takes in a piece of an answer.
func (l *Loop) got(s *slot, b []byte) {
	if s.state != busy {
		l.drop(s) // nobody asked: what follows could not be told from the next answer
		return
	}
	now := l.Now()
	l.heardOf(s, now)
	at, stamped := l.stampedAt(now, s.o.Sent)
	used, done, err := s.response.feed(b)
	if s.response.began {
		s.o.FirstByte, s.o.Stamped = at, stamped
	}
	switch {
	case err != nil:
		l.fail(s, err)
	case done:
		s.o.Stamped = s.o.Stamped && stamped
		s.o.Unstamped = !l.UserClock && !s.o.Stamped
		if s.o.Stamped {
			s.o.ReadLag = now - at
		}
		l.answered(s, at, used == len(b))
	}
}

// heardOf puts the slot at the end of the queue of those that have gone quiet; it is in order of when that was.
func (l *Loop) heardOf(s *slot, now time.Duration) {
	if l.Quiet == 0 || s.halfway {
		return
	}
	if s.heard != 0 {
		l.quiet.remove(s)
	}
	s.heard = now
	l.quiet.push(s)
}

// answered ends a request whose answer is whole. clean says that nothing came after it.
func (l *Loop) answered(s *slot, at time.Duration, clean bool) {
	o, r := &s.o, &s.response
	o.Done, o.Status, o.BodyRead, o.Detail = at, r.status, r.bodyBytes, r.note
	o.FirstByte = min(o.FirstByte, at)
	o.Reason = r.reason
	if !clean || !r.reuse || !l.Keepalive || s.halfway || s.writeErr != nil {
		l.drop(s)
	}
	l.finish(s)
}

// closed: the other side has closed, or reading failed.
func (l *Loop) closed(s *slot, err error) {
	if s.state != busy {
		l.drop(s)
		return
	}
	if err == io.EOF {
		done, eof := s.response.eof()
		if done {
			l.answered(s, l.Now(), true)
			return
		}
		err = eof
	}
	if s.writeErr != nil {
		err = s.writeErr
	}
	l.fail(s, err)
}

// stage is how far the slot's request has come.
func (s *slot) stage() stats.Stage {
	switch {
	case s.state == dialling:
		return stats.Stage(s.dial.reached.Load())
	case s.o.FirstByte != 0:
		return stats.InDownload
	case s.halfway || s.writeErr != nil:
		return stats.InUpload
	}
	return stats.InWait
}

// fail ends a request that got no whole answer; its connection is of no more use.
func (l *Loop) fail(s *slot, err error) {
	o := &s.o
	o.Done = l.Now()
	o.Status = s.response.status
	o.Outcome, o.Stage, o.Detail = l.Failed(err, s.stage())
	if s.dial != nil {
		s.dial.cancel()
		s.dial = nil
		s.state = busy
	}
	l.drop(s)
	l.finish(s)
}

// drop closes the slot's connection, if it has one.
func (l *Loop) drop(s *slot) {
	if s.state == warm {
		l.warm.remove(s)
		l.cold.push(s)
		s.state = cold
	}
	if s.conn != nil {
		s.conn.Close()
		s.conn = nil
		s.age++
	}
}

// finish hands on what became of the slot's request and frees the slot.
func (l *Loop) finish(s *slot) {
	s.o.BodySent = s.at + int64(max(0, s.body.Inline-len(s.head)))
	l.inFlight.remove(s)
	if s.heard != 0 {
		l.quiet.remove(s)
		s.heard = 0
	}
	s.freed = s.o.Done
	s.state = warm
	if s.conn == nil {
		s.state = cold
	}
	s.head, s.body, s.halfway = nil, Body{}, false
	l.Record(&s.o)
	l.free(s).push(s)
}

// free is the list that a free slot is in.
func (l *Loop) free(s *slot) *list {
	if s.state == warm {
		return &l.warm
	}
	return &l.cold
}
