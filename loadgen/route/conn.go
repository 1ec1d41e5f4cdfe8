package route

import (
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// A CountedConn is a connection of the portable engine: it counts the bytes that cross it, and knows two things of
// how it ended that net/http does not tell.
//
// A server may answer before it has read the body, and close. Then writing fails, and net/http reports that, although
// the answer is there to be read. So a write that the other side made fail is not told of before whoever reads has had
// time to find it.
//
// And a head that is cut short is "malformed" in net/http's words. So the connection keeps how reading ended.
type CountedConn struct {
	net.Conn
	traffic *Traffic
	Ended   atomic.Pointer[error] // how the other side ended it; nil: it did not
	closing sync.Once
	closed  chan struct{} // closed when we have closed it
	gone    func()        // called once, when either side has ended it; nil: nobody asked
	leaving sync.Once

	// Alone says that one request at a time is on it, as HTTP/1.1 has it; else nothing is known of turns. It is set
	// before the connection is used.
	Alone     bool
	turn      atomic.Int64
	carries   atomic.Int64           // requests that are on it
	early     atomic.Pointer[string] // the beginning of what came before the request that is on it was begun
	encrypted atomic.Bool
}

// # Whose turn it is
//
// What comes on a connection that has no request on it, nobody has asked for; what comes after a request was put on it,
// and before its first byte was written, is no answer to it either. net/http takes the second for the answer, and of
// the first says nothing but a line in a log. So the connection knows whose turn it is. Over TLS only the first can be
// told: a handshake leaves records behind it that are no answer.
//
// A connection may be given to its next request before net/http tells of the end of the one before, so turns are
// counted: what stands in turn is the number of requests so far, four times, and one of these.
const (
	turnUnknown int64 = iota // nothing was put on it yet
	turnTaken                // a request is on it, and not a byte of that was written
	turnWritten
	turnIdle
	turns
)

// Carry tells that the connection has another request on it, or, with -1, one less.
func (c *CountedConn) Carry(n int64) {
	switch left := c.carries.Add(n); {
	case n > 0 && left == 1:
		c.traffic.Busy.add(1)
	case n < 0 && left == 0:
		c.traffic.Busy.add(-1)
	}
}

// Take tells that a request was put on the connection, and Release that its answer was read.
func (c *CountedConn) Take() (number int64) {
	if !c.Alone {
		return 0
	}
	c.early.Store(nil)
	number = c.turn.Load()/turns + 1
	c.turn.Store(number*turns + turnTaken)
	return number
}

// Release tells that the answer to that request was read, and that the connection waits for another.
func (c *CountedConn) Release(number int64) {
	c.turn.CompareAndSwap(number*turns+turnWritten, number*turns+turnIdle)
}

// Early is the beginning of what came before the request that is on the connection was begun; "" for nothing.
func (c *CountedConn) Early() string {
	if e := c.early.Load(); e != nil {
		return *e
	}
	return ""
}

// earlyKept bounds what is kept of what came too early, in bytes.
const earlyKept = 200

// see looks at what came.
func (c *CountedConn) see(b []byte) {
	switch now := c.turn.Load(); {
	case len(b) == 0 || c.encrypted.Load() && isAlert(b):
	case now%turns == turnIdle && c.turn.CompareAndSwap(now, now-turnIdle+turnUnknown):
		c.traffic.IdleAnswers.Add(1)
	case now%turns == turnTaken && !c.encrypted.Load():
		text := string(b[:min(len(b), earlyKept)])
		c.early.CompareAndSwap(nil, &text)
	}
}

// isAlert says whether these bytes are no more than a TLS record as long as that which ends a connection.
func isAlert(b []byte) bool { return len(b) <= 5+2+8+16 }

// noteWrite takes note that b is being written: a TLS connection begins with the record of a handshake.
func (c *CountedConn) noteWrite(b []byte) {
	const handshake = 22
	switch now := c.turn.Load(); now % turns {
	case turnTaken:
		c.turn.CompareAndSwap(now, now-turnTaken+turnWritten)
	case turnUnknown:
		if len(b) > 0 && b[0] == handshake {
			c.encrypted.Store(true)
		}
	}
}

// answerGrace is how long a failed write is kept quiet. What there is to read has arrived before it failed.
const answerGrace = time.Second

// NewCountedConn counts what crosses c, which it owns from now on.
func NewCountedConn(c net.Conn, t *Traffic) *CountedConn {
	return &CountedConn{Conn: c, traffic: t, closed: make(chan struct{})}
}

func (c *CountedConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.traffic.Received.Add(int64(n))
	c.see(b[:n])
	if err == io.EOF || errors.Is(err, syscall.ECONNRESET) {
		c.leave()
		c.Ended.CompareAndSwap(nil, &err) // whoever asks again after a reset is told of an ordinary end
	}
	return n, err
}

func (c *CountedConn) Write(b []byte) (int, error) {
	c.noteWrite(b)
	n, err := c.Conn.Write(b)
	c.traffic.Sent.Add(int64(n))
	c.hold(err)
	return n, err
}

// ReadFrom keeps the kernel's way from a file to a socket open, which a wrapped connection would close.
func (c *CountedConn) ReadFrom(r io.Reader) (int64, error) {
	n, err := io.Copy(c.Conn, r)
	c.traffic.Sent.Add(n)
	c.hold(err)
	return n, err
}

// hold waits until the reader has closed the connection, or would have.
func (c *CountedConn) hold(err error) {
	if !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, syscall.EPIPE) {
		return
	}
	select {
	case <-c.closed:
	case <-time.After(answerGrace):
	}
}

func (c *CountedConn) Close() error {
	c.leave()
	c.closing.Do(func() { close(c.closed) })
	return c.Conn.Close()
}

// OnGone has gone called once, as soon as either side ends the connection. It is set before the connection is used.
func (c *CountedConn) OnGone(gone func()) { c.gone = gone }

func (c *CountedConn) leave() {
	if c.gone != nil {
		c.leaving.Do(c.gone)
	}
}

// FindCounted is the CountedConn that c is, or is TLS over; nil if there is none.
func FindCounted(c net.Conn) *CountedConn {
	for {
		switch over := c.(type) {
		case *CountedConn:
			return over
		case interface{ NetConn() net.Conn }:
			c = over.NetConn()
		default:
			return nil
		}
	}
}
