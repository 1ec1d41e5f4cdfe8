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

	carries atomic.Int64 // requests that are on it
	turns   *turns       // whose answer is what comes; nil: nobody knows
}

// Carry tells that the connection has another request on it, or, with -1, one less.
func (c *CountedConn) Carry(n int64) {
	switch left := c.carries.Add(n); {
	case n > 0 && left == 1:
		c.traffic.Busy.add(1)
	case n < 0 && left == 0:
		c.traffic.Busy.add(-1)
	}
}

// answerGrace is how long a failed write is kept quiet. What there is to read has arrived before it failed.
const answerGrace = time.Second

// NewCountedConn counts what crosses c, which it owns from now on.
func NewCountedConn(c net.Conn, t *Traffic) *CountedConn {
	return &CountedConn{Conn: c, traffic: t, closed: make(chan struct{})}
}

func (c *CountedConn) Read(b []byte) (int, error) {
	if c.turns.isSpent() {
		return 0, io.EOF
	}
	n, err := c.Conn.Read(b)
	c.traffic.Received.Add(int64(n))
	n, wrong := c.turns.see(b[:n], c.traffic)
	if wrong != nil {
		c.leave()
		return n, wrong
	}
	if err == io.EOF || errors.Is(err, syscall.ECONNRESET) {
		c.leave()
		c.Ended.CompareAndSwap(nil, &err) // whoever asks again after a reset is told of an ordinary end
	}
	return n, err
}

func (c *CountedConn) Write(b []byte) (int, error) {
	if !c.turns.begin(b, c.Conn) {
		return 0, errSpent
	}
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

// Left says, of a connection that waits for a request, whether the other side has ended it, or has sent what nobody
// has read.
func (c *CountedConn) Left() bool {
	var b [1]byte
	n, ended := peek(c.Conn, b[:])
	return ended || n > 0 || c.Ended.Load() != nil
}

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
