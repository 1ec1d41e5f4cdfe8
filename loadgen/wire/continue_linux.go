package wire

import (
	"strconv"
	"time"

	"shotput/stats"
)

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
// A slot is in Loop.awaiting from then until the wait ends; awaiting stays true when a final answer ended it.

// lay decides what of a rendered request may be written first.
func (s *slot) lay(expect bool) {
	b := &s.body
	if !expect || b.Size == 0 && b.Inline == 0 && !b.Chunked {
		s.letGo()
		return
	}
	s.awaiting = true
	bare := len(s.head) - b.Inline
	s.head, s.withheld = s.head[:bare], s.head[bare:]
}

// letGo lets the body follow the head.
func (s *slot) letGo() {
	if s.body.Chunked && s.body.Inline == 0 {
		s.frame()
		return
	}
	s.to = s.body.Size
}

// await begins the wait: the head is written. A server may have spoken before that.
func (l *Loop) await(s *slot) {
	switch {
	case s.response.Started:
	case s.response.Continued:
		s.o.Continue = stats.Continued
		l.release(s)
	default:
		s.since = max(1, l.tick())
		l.awaiting.push(s)
	}
}

// settle ends the wait, if the slot is in one.
func (l *Loop) settle(s *slot) {
	if s.since != 0 {
		l.awaiting.remove(s)
	}
	s.since, s.awaiting, s.withheld = 0, false, nil
}

// proceed writes the body.
func (l *Loop) proceed(s *slot) {
	l.release(s)
	l.write(s)
}

// release lays the body out; what was before it is written.
func (l *Loop) release(s *slot) {
	s.head = s.withheld
	l.settle(s)
	s.halfway = true
	s.letGo()
}

// heardWhileAwaiting looks at what a piece of an answer says of the body. at is when the piece arrived.
func (l *Loop) heardWhileAwaiting(s *slot, at time.Duration) {
	switch {
	case s.response.Started:
		if s.since != 0 { // its limit no longer matters, but the rest of the answer does
			l.awaiting.remove(s)
			s.since = 0
		}
	case s.response.Continued && s.since != 0:
		s.o.Continue, s.o.Awaited = stats.Continued, max(0, at-s.since)
		l.proceed(s)
	}
}

// ignored: the limit has passed.
func (l *Loop) ignored(s *slot) {
	s.o.Continue = stats.Ignored
	l.proceed(s)
}

// refused notes that the answer came before the body went out.
func (l *Loop) refused(s *slot) {
	s.o.Continue = stats.Spared
	s.o.BodySaved = s.body.Size + int64(len(s.withheld))
}

// # Chunks
//
// A body without a length goes out in chunks (RFC 9112 §7.1): a size line, data, CRLF. A slot lays out one at a time:
// the size line stands in head, behind the request's own where that is still there, and what ends the chunk in tail. So
// one writev takes all three, data is never copied, and what is left after a partial write is as easy to tell as without
// chunks.

const (
	largestChunk       = 1 << 20 // of plain connections; sendfile takes no more at a time either
	largestSealedChunk = sealed
)

var (
	chunkEnd  = []byte("\r\n")
	chunksEnd = []byte("0\r\n\r\n")
	lastEnd   = []byte("\r\n0\r\n\r\n")
)

// frame lays out the next chunk; the last one brings the end of all along.
func (s *slot) frame() {
	left := s.body.Size - s.at
	n := min(left, largestChunk)
	if s.conn.tls != nil {
		n = min(n, largestSealedChunk)
	}
	s.own = append(s.own[:0], s.head...) // which may be there already, or shared
	s.to, s.chunks, s.tail = s.at+n, n < left, chunkEnd
	if n == left {
		s.tail = lastEnd
	}
	if n == 0 {
		s.tail = chunksEnd
	} else {
		s.own = strconv.AppendInt(s.own, n, 16)
		s.own = append(s.own, '\r', '\n')
	}
	s.head = s.own
}
