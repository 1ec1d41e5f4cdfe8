package wire

import (
	"errors"
	"io"
	"time"

	"shotput/loadgen/wire/http1"
	"shotput/loadgen/wire/poll"
	"shotput/stats"
)

// # What a connection speaks
//
// This is the seam between requests, which slots hold, and protocols, which connections speak. The loop asks a protocol
// five things of a connection:
//
//   - put: a slot's request shall go out on it;
//   - read, seeEnd: something has arrived, or the other side has closed;
//   - write: there is room again;
//   - sendUnasked: a request's wait for a 100 has lasted too long;
//   - notePart: what has come of an answer that will not become whole.
//
// In return the protocol takes each request to its end: it calls Loop.finish or Loop.fail once for each put. It keeps
// times by the loop's clock, and enters waits into its deadlines.
//
// HTTP/1.1 is the only protocol yet, so this is a type and no interface: calls are direct, and cost nothing. It has
// one request on a connection at a time. A protocol with many has a table of slots in its connections, where this has
// one, and puts requests on connections that are not idle.

// h1 is HTTP/1.1 on a loop's connections.
type h1 struct {
	loop   *Loop
	memo   http1.Memo
	spoken string // by the first answer: "HTTP/1.0" or "HTTP/1.1"
}

// put writes the slot's request on a connection that has none.
func (h *h1) put(c *conn, s *slot) {
	l := h.loop
	c.state, c.slot, s.conn, s.state = carrying, s, c, busy
	c.reader.Reset(s.arrival.Method)
	c.keepFor(l.Check != nil || s.pass != nil, s.arrival.Raw)
	head, shared, body, err := l.Render(s.upload.own[:0], s.arrival)
	if err != nil {
		h.skip(s, err)
		return
	}
	if !shared {
		s.upload.own = head
	}
	s.awaiting = s.upload.lay(head, body, l.Continue > 0, c.mostChunk())
	c.halfway = true
	fresh := c.fresh
	if fresh {
		s.o.NewConn, s.o.Connect, s.o.TLS, c.fresh = true, c.Connect, c.TLS, false
	}
	s.o.Attempts = 1
	if s.o.Sent == 0 {
		s.o.Sent = l.clock.last // shared bytes took no time to render, and the clock was read when it was claimed
		if l.Scheduled || !shared {
			s.o.Sent = l.clock.tick()
		}
	}
	if s.begun = s.o.Sent; fresh || shared && !l.Scheduled {
		s.begun = l.clock.tick() // Sent is from before it was opened, or from when it was claimed
	}
	if s.preceded = false; l.UserClock && c.tls == nil {
		s.preceded = poll.HasBytes(c.fd)
	}
	h.write(c)
}

// # Answers that nobody asked for
//
// A server, or a balancer before it, may say something that no request has asked for: a 408 to a connection that has
// been idle, an answer too many. On an idle connection it harms no request: the connection is closed, and that is
// counted. But where a request has just been put on the connection, the next bytes look like its answer, and every
// answer after it belongs to the request before. So what arrived before the request's first byte was written is none:
// the request fails, and the connection is closed.
//
// When it arrived, the kernel's stamp tells. It is of the last bytes of a read: an answer that was asked for may have
// come behind one that was not. But a connection is kept only when nothing followed its last answer, so that of two
// answers read at once on one that was kept the first is not the request's. Without stamps the socket is asked before
// the request is written; TLS has bytes of its own there, that are no answer.

// ErrUnasked ends a request whose connection gave an answer before it was asked.
var ErrUnasked = errors.New("an answer had come before the request was sent")

// isUnasked says whether the piece just read, the first since the slot's request was put on its connection, came before
// that. A clock that was set makes stamps that cannot be: so the difference is read anew before a stamp is believed.
func (h *h1) isUnasked(s *slot) bool {
	l := h.loop
	stamp := s.conn.lines.stamp
	if l.UserClock || stamp == 0 || l.clock.of(stamp) >= s.begun {
		return s.preceded
	}
	before := l.clock.offset
	l.clock.refresh()
	const set = int64(time.Millisecond)
	if d := l.clock.offset - before; d > set || d < -set {
		return false
	}
	return l.clock.of(stamp) < s.begun
}

// errUnmade wraps what Render could not do.
type errUnmade struct{ error }

func (e errUnmade) Unwrap() error { return e.error }

// IsUnmade says whether err is that the request could not be rendered.
func IsUnmade(err error) bool {
	var e errUnmade
	return errors.As(err, &e)
}

// skip ends a request that could not be rendered. Nothing of it was written, so the connection is as good as before.
func (h *h1) skip(s *slot, err error) {
	l, o := h.loop, &s.o
	o.Done = l.clock.tick() // the clock moves on, however many fail in a row
	if o.Sent == 0 {
		o.Sent = o.Done
	}
	o.Outcome, o.Stage, o.Detail = l.Failed(errUnmade{err}, stats.NoStage)
	l.ended++
	l.finish(s)
}

// again asks for the connection's events anew.
func (h *h1) again(c *conn) {
	if err := c.again(); err != nil {
		h.end(c, err)
	}
}

// read takes what the event has announced, until there is no more: nobody will say again what is left. A read that
// gives less than was asked has taken all, unless the other side has closed (hungUp). An event has only so many reads
// (poll.MostReads); where that ends it, it is asked for again.
func (h *h1) read(c *conn, e *poll.Event) {
	hungUp := e.What&poll.HungUp != 0
	if c.tls != nil {
		c.socket.empty, c.socket.hungUp = false, hungUp
	}
	shared := c.lines
	shared.reading = e
	for c.token == e.Token {
		n, err := c.receive()
		switch {
		case err == poll.ErrAgain && e.Reads == 0:
			h.again(c)
			return
		case err == poll.ErrAgain:
			return
		case err != nil:
			h.end(c, err)
			return
		case n == 0:
			h.end(c, io.EOF)
			return
		}
		h.take(c, shared.buffer[:n])
		if n < len(shared.buffer) && !hungUp && c.token == e.Token && c.tls == nil {
			return
		}
	}
}

// seeEnd: the other side has closed or failed. What it sent before is still to be read.
func (h *h1) seeEnd(c *conn) {
	if c.state == carrying {
		h.again(c)
	} else {
		h.loop.conns.drop(c)
	}
}

// take takes in a piece of an answer.
func (h *h1) take(c *conn, b []byte) {
	l, s := h.loop, c.slot
	if c.state != carrying {
		l.conns.traffic.IdleAnswers++
		l.conns.drop(c) // nobody asked: what follows could not be told from the next answer
		return
	}
	unasked := c.reader.IsFresh() && h.isUnasked(s)
	at, stamped := l.clock.date(c.lines.stamp, s.o.Sent)
	used, done, err := h.memo.Feed(&c.reader, b)
	h.hear(s, l.clock.last)
	unasked = unasked || used < len(b) && done && !s.o.NewConn && http1.IsAnswer(b[used:])
	if c.reader.Began {
		s.o.FirstByte, s.o.Stamped = at, stamped
	}
	if c.reader.IsBetween() {
		s.o.FirstByte = 0 // it was an interim answer's
	}
	if l.HeadOnly && !done && c.reader.HeaderStatus() != 0 {
		done, err = true, nil // its end has not come, so the connection is not used again
	}
	switch {
	case err != nil:
		l.fail(s, err)
	case unasked:
		c.reader.Reset(s.arrival.Method) // its status is not the request's
		l.fail(s, ErrUnasked)
	case s.awaiting && !done:
		h.hearWhileAwaiting(s, at)
	case done:
		s.o.Stamped = s.o.Stamped && stamped
		s.o.Unstamped = !l.UserClock && !s.o.Stamped
		if s.o.Stamped {
			s.o.ReadLag = l.clock.last - at
		}
		h.answer(s, at, used == len(b))
	}
}

// hear notes that the slot's connection gave or took something. While a request is not out, nobody need say a word,
// but an answer that has begun must go on.
func (h *h1) hear(s *slot, now time.Duration) {
	l := h.loop
	if l.Quiet == 0 || (s.conn.halfway || s.awaiting) && !s.conn.reader.Started {
		return
	}
	l.deadlines.hear(s, now)
}

// answer ends a request whose answer is whole. clean says that nothing came after it.
func (h *h1) answer(s *slot, at time.Duration, clean bool) {
	l, c, o := h.loop, s.conn, &s.o
	r := &c.reader
	o.Done, o.Status, o.BodyRead, o.Detail = at, r.Status, r.BodyBytes, r.Note
	o.FirstByte = min(o.FirstByte, at)
	l.pace.follow(at - o.Sent)
	o.Reason = r.Reason
	if l.Said != nil && len(r.Said) > 0 {
		l.Said(o, r.Said)
	}
	h.noteProtocol(r)
	if l.HeadOnly {
		o.BodyRead = 0
	}
	if s.awaiting {
		h.noteSpared(s)
	}
	if !clean {
		l.conns.traffic.Overlong++
	}
	if !clean || !r.Reuse || !l.Keepalive || c.halfway || s.awaiting || c.writeErr != nil {
		l.conns.drop(c)
	}
	if l.Check != nil && s.pass == nil {
		l.Check(o, s.kept)
	}
	l.finish(s)
}

// noteProtocol remembers what the first answer says that it speaks.
func (h *h1) noteProtocol(r *http1.Response) {
	if h.spoken == "" {
		h.spoken = r.Protocol()
	}
}

// end: the other side has closed, or reading failed.
func (h *h1) end(c *conn, err error) {
	l, s := h.loop, c.slot
	if c.state != carrying {
		l.conns.drop(c)
		return
	}
	if err == io.EOF {
		done, eof := c.reader.EOF()
		if done {
			s.o.Stamped, s.o.Unstamped = false, !l.UserClock // the kernel does not stamp an end
			h.answer(s, l.Now(), true)
			return
		}
		if err = eof; c.writeErr != nil {
			err = c.writeErr // says more than that it ended
		}
	}
	l.fail(s, err)
}

// notePart notes what has come of the answer to a request that fails.
func (h *h1) notePart(s *slot) {
	o, r := &s.o, &s.conn.reader
	o.BodyRead = r.BodyBytes
	if o.Status = r.HeaderStatus(); o.Status != 0 {
		o.Reason = r.Reason
		h.noteProtocol(r)
	}
}
