package wire

import (
	"errors"
	"time"

	"shotput/loadgen/wire/poll"
	"shotput/stats"
)

// mostWrites bounds a connection's writes in a turn, so that a body without end does not keep the loop from the others.
// Then it asks for its event again.
const mostWrites = 4

// write hands on what the kernel takes. A write that fails does not end the request: a server that has answered
// and closed makes writes fail, and its answer is still there to be read.
func (h *h1) write(c *conn) {
	u := &c.slot.upload
	for n := 0; c.halfway; n++ {
		if n == mostWrites {
			h.again(c)
			return
		}
		err := c.push(u)
		if err == poll.ErrAgain {
			if err := c.awaitRoom(); err != nil {
				h.end(c, err)
			}
			return
		}
		if err != nil {
			h.failWrite(c, err)
			return
		}
		if u.isOut() && !c.hasBacklog() {
			h.goOn(c)
		}
	}
}

// failWrite: unless it is the body that cannot be had, there may be an answer to read.
func (h *h1) failWrite(c *conn, err error) {
	if errors.Is(err, ErrBody) {
		h.loop.fail(c.slot, err)
		return
	}
	c.writeErr, c.halfway = err, false
	h.again(c)
}

// goOn: all has gone out that might.
func (h *h1) goOn(c *conn) {
	l, s := h.loop, c.slot
	if s.upload.chunks {
		s.upload.frame()
		return
	}
	c.halfway = false
	if s.awaiting {
		h.await(s)
		return
	}
	s.o.Uploaded = l.clock.tick()
	h.hear(s, s.o.Uploaded)
}

// # A body that waits
//
// With Config.Continue the head goes out alone, and the body when the server has said 100 (RFC 9110 §10.1.1). Three
// things end the wait:
//
//   - a 100: the body goes out;
//   - a final answer, or the beginning of one: it is the result, and the body stays here. Its length was announced, so
//     that nothing else can be sent on the connection: it is closed;
//   - the limit: the body goes out all the same, as to a server that does not know the header.
//
// All wait equally long, so their limits are a queue in the order in which the heads were written, as time limits are.
// A slot is in deadlines.awaiting from then until the wait ends; awaiting stays true when a final answer ended it.

// await begins the wait: the head is written. A server may have spoken before that.
func (h *h1) await(s *slot) {
	switch r := &s.conn.reader; {
	case r.Started:
	case r.Continued:
		s.o.Continue = stats.Continued
		h.release(s)
	default:
		h.loop.deadlines.await(s, h.loop.clock.tick())
	}
}

// release lays the body out.
func (h *h1) release(s *slot) {
	h.loop.deadlines.stopAwaiting(s)
	s.awaiting, s.conn.halfway = false, true
	s.upload.release()
}

// proceed writes the body.
func (h *h1) proceed(s *slot) {
	h.release(s)
	h.write(s.conn)
}

// hearWhileAwaiting looks at what a piece of an answer says of the body. at is when the piece arrived.
func (h *h1) hearWhileAwaiting(s *slot, at time.Duration) {
	switch r := &s.conn.reader; {
	case r.Started:
		h.loop.deadlines.stopAwaiting(s) // its limit no longer matters, but the rest of the answer does
	case r.Continued && s.since != 0:
		s.o.Continue, s.o.Awaited = stats.Continued, max(0, at-s.since)
		h.proceed(s)
	}
}

// sendUnasked writes the body although no 100 came: the limit has passed.
func (h *h1) sendUnasked(s *slot) {
	s.o.Continue = stats.Ignored
	h.proceed(s)
}

// noteSpared notes that the answer came before the body went out.
func (h *h1) noteSpared(s *slot) {
	s.o.Continue = stats.Spared
	s.o.BodySaved = s.upload.body.Size + int64(len(s.upload.withheld))
}
