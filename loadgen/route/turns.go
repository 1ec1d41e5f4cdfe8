package route

import (
	"fmt"
	"io"
	"net"
	"sync"
)

// # Whose turn it is
//
// What comes on a connection that has no request on it, nobody has asked for; what comes after a request was put on it,
// and before its first byte was written, is no answer to it either; and what stands behind an answer's last byte is of
// no request. net/http takes all of these for the next answer, if the next request is quick enough, and else says
// nothing but a line in a log; and of what can become no answer it waits for the end of the line. So the connection
// follows its answers itself, by the event loop's own reader, and hands on no more of them than there is:
//
//   - what comes when it is idle, or behind an answer, ends it: whoever reads is told of an ordinary end. A request
//     that net/http has put on it meanwhile finds that not a byte of it was written, and goes to another connection;
//   - what came before the request was begun is kept for whoever judges it: it is Early;
//   - what is no HTTP is an error, at once.
//
// Over TLS only what comes on an idle connection is seen: a handshake leaves records behind it that are no answer, and
// the answers cannot be read from here.
//
// A connection may be given to its next request before net/http tells of the end of the one before, so turns are
// numbered.

// An AnswerReader reads the answers of one connection out of the pieces in which they come.
type AnswerReader interface {
	Reset(method string)                               // before each answer
	Feed(b []byte) (used int, whole bool, wrong error) // used: up to the end of the answer
	IsAnswer(b []byte) bool                            // whether b begins as one does
}

// turns are who a connection's bytes belong to. A nil one knows nothing.
type turns struct {
	mu struct {
		sync.Mutex
		state
		number    int64 // of the request that is, or was last, on it; 0: none was yet
		encrypted bool
		whole     bool // the answer is
		spent     bool // more came than was asked for: it is at its end for all that read, and carries no other request
		early     []byte
		wrong     error // why what came for it is no answer
	}
	answers AnswerReader // owned by whoever holds mu
}

type state uint8

const (
	opening state = iota // who is on the way to the server is asked
	taken                // a request is on it, or will be, and not a byte of that was written
	written              // some of it was
	idle
)

// errSpent is of a write of which nothing was written: net/http goes to another connection.
var errSpent = fmt.Errorf("%w: it gave more than it was asked for", net.ErrClosed)

// Follow has the connection know whose its answers are, where one request at a time is on it, as HTTP/1.1 has it. It is
// called before the connection is used.
func (c *CountedConn) Follow(answers AnswerReader) { c.turns = &turns{answers: answers} }

// IsAlone says whether one request at a time is on the connection.
func (c *CountedConn) IsAlone() bool { return c.turns != nil }

// Open tells that the way to the server is open.
func (c *CountedConn) Open() {
	if t := c.turns; t != nil {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.mu.state = taken
	}
}

// Take tells that a request of this method was put on the connection, and Release that its answer was read.
func (c *CountedConn) Take(method string) (number int64) {
	t := c.turns
	if t == nil {
		return 0
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.mu.number > 0 {
		t.mu.early = nil
	}
	t.mu.number++
	t.mu.state, t.mu.whole, t.mu.wrong = taken, false, nil
	t.answers.Reset(method)
	return t.mu.number
}

// Release tells that the answer to that request was read, and that the connection waits for another.
func (c *CountedConn) Release(number int64) {
	if t := c.turns; t != nil {
		t.mu.Lock()
		defer t.mu.Unlock()
		if t.mu.number == number && t.mu.state == written {
			t.mu.state = idle
		}
	}
}

// IsUntouched says whether the connection was given to that request, and took not a byte of it.
func (c *CountedConn) IsUntouched(number int64) bool {
	t := c.turns
	if t == nil {
		return false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.mu.number == number && t.mu.state == taken
}

// Early is the beginning of what came before the request that is on the connection was begun; "" for nothing.
func (c *CountedConn) Early() string {
	t := c.turns
	if t == nil {
		return ""
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.mu.early)
}

// Wrong is why what came is no answer to the request that is on the connection; nil where that is not known.
func (c *CountedConn) Wrong() error {
	t := c.turns
	if t == nil {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.mu.wrong
}

func (t *turns) isSpent() bool {
	if t == nil {
		return false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.mu.spent
}

// earlyKept bounds what is kept of what came too early, in bytes.
const earlyKept = 200

// see looks at what came, and says how much of it is of an answer; wrong, that it is none, or that no more will come.
func (t *turns) see(b []byte, traffic *Traffic) (n int, wrong error) {
	if t == nil || len(b) == 0 {
		return len(b), nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	switch m := &t.mu; {
	case m.state == opening, m.encrypted && (m.state != idle || isAlert(b)):
		return len(b), nil
	case m.encrypted: // it may be no answer, and then does no harm
		m.state = opening
		traffic.IdleAnswers.Add(1)
		return len(b), nil
	case m.state == taken:
		t.keepEarly(b)
		return len(b), nil
	case m.state == idle, m.whole:
		m.spent = true
		traffic.IdleAnswers.Add(1)
		return 0, io.EOF
	}
	used, whole, wrong := t.answers.Feed(b)
	if t.mu.whole, t.mu.wrong = whole, wrong; wrong != nil || used == len(b) {
		return len(b), wrong
	}
	t.mu.spent = true
	if t.mu.number > 1 && t.answers.IsAnswer(b[used:]) {
		t.keepEarly(b) // of two answers at once on a connection that was kept, the first is from before
	} else {
		traffic.Overlong.Add(1)
	}
	return used, io.EOF
}

func (t *turns) keepEarly(b []byte) {
	if t.mu.early == nil {
		t.mu.early = append([]byte{}, b[:min(len(b), earlyKept)]...)
	}
}

// Hear tells what came over TLS on the connection, in clear, for the sake of whoever reads along.
func (c *CountedConn) Hear(b []byte) {
	t := c.turns
	if t == nil || len(b) == 0 {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.mu.whole {
		_, whole, wrong := t.answers.Feed(b)
		t.mu.whole = whole || wrong != nil
	}
}

// isAlert says whether these bytes are no more than a TLS record as long as that which ends a connection.
func isAlert(b []byte) bool { return len(b) <= 5+2+8+16 }

// begin takes note that b is being written, and says whether it may be: a TLS connection begins with the record of a
// handshake. What has arrived on a connection that was kept, and was not read yet, came too early.
func (t *turns) begin(b []byte, c net.Conn) bool {
	const handshake = 22
	if t == nil || len(b) == 0 {
		return true
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	m := &t.mu
	if m.number == 0 && b[0] == handshake {
		m.encrypted = true
	}
	switch {
	case m.spent:
		return false
	case m.state == taken && m.number > 0:
		if m.state = written; m.number > 1 && !m.encrypted {
			t.keepArrived(c)
		}
	}
	return true
}

func (t *turns) keepArrived(c net.Conn) {
	var b [earlyKept]byte
	if n, _ := peek(c, b[:]); n > 0 {
		t.keepEarly(b[:n])
	}
}
