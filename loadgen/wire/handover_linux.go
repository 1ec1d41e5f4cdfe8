package wire

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"time"

	"shotput/loadgen/wire/poll"
)

// A Conn is an open connection on its way from the goroutine that dialled it to the loop that will own it.
type Conn struct {
	Connect, TLS time.Duration // what it took

	fd     int       // never blocks
	tls    *tls.Conn // nil: plain
	socket *socket   // under tls
}

// Adopt takes an open TCP or unix connection out of Go's hands. connect is what it took to open it.
func Adopt(c net.Conn, connect time.Duration) (*Conn, error) {
	fd, err := poll.Detach(c)
	if err != nil {
		return nil, err
	}
	return &Conn{fd: fd, Connect: connect}, nil
}

// Version is the version of TLS that was negotiated, such as "TLS 1.3"; empty for a plain connection.
func (c *Conn) Version() string {
	if c.tls == nil {
		return ""
	}
	return tls.VersionName(c.tls.ConnectionState().Version)
}

// Close closes a connection that no loop has taken.
func (c *Conn) Close() error { return poll.Close(c.fd) }

// # TLS in the loop
//
// crypto/tls wants a net.Conn whose Read blocks. It also keeps a partial record when Read fails with a temporary
// net.Error, and may be asked again: so a Read that gives such an error on an empty socket makes it non-blocking.
// Its Write must not fail half-way, so it goes into a buffer that the loop flushes as the socket has room.
//
// The handshake is Go's own, on the real connection, in an ordinary goroutine; then the socket changes over to
// the descriptor that the loop owns.

// A socket is the net.Conn under a tls.Conn. Until it is adopted it is the connection that was dialled; after that
// it is the loop's.
type socket struct {
	net.Conn
	adopted bool
	fd      int
	receive func(fd int, b []byte) (int, error) // the loop's read, which notes the stamp
	// the last read took all there was; the loop clears it when there is more
	empty  bool
	hungUp bool   // the other side has closed: behind what there is stands the end
	out    []byte // ciphertext that the kernel has not taken yet

	sent, received int64 // bytes, until it was adopted
}

// emptySocket is temporary, so that crypto/tls may be asked again.
type emptySocket struct{}

func (emptySocket) Error() string   { return "nothing to read now" }
func (emptySocket) Timeout() bool   { return true }
func (emptySocket) Temporary() bool { return true }

func (s *socket) Read(b []byte) (int, error) {
	if !s.adopted {
		n, err := s.Conn.Read(b)
		s.received += int64(n)
		return n, err
	}
	if s.empty {
		return 0, emptySocket{} // known without asking the kernel
	}
	n, err := s.receive(s.fd, b)
	s.empty = n < len(b) && !s.hungUp
	switch {
	case err == poll.ErrAgain:
		return 0, emptySocket{}
	case err != nil:
		return 0, err
	case n == 0:
		s.empty = false
		return 0, io.EOF
	}
	return n, nil
}

func (s *socket) Write(b []byte) (int, error) {
	if !s.adopted {
		n, err := s.Conn.Write(b)
		s.sent += int64(n)
		return n, err
	}
	s.out = append(s.out, b...)
	return len(b), nil
}

// flush hands ciphertext to the kernel; poll.ErrAgain when not all of it could go.
func (s *socket) flush() (int, error) {
	n, err := poll.Write(s.fd, s.out, false)
	s.out = s.out[:copy(s.out, s.out[n:])]
	if err == nil && len(s.out) > 0 {
		err = poll.ErrAgain
	}
	return n, err
}

// SetWriteDeadline is called by crypto/tls around its alerts; the loop has time limits of its own.
func (s *socket) SetWriteDeadline(t time.Time) error {
	if !s.adopted {
		return s.Conn.SetWriteDeadline(t)
	}
	return nil
}

// Handshake shakes hands on c and takes the connection out of Go's hands. connect is what it took to open c.
func Handshake(ctx context.Context, c net.Conn, config *tls.Config, connect time.Duration) (*Conn, error) {
	s := &socket{Conn: c}
	t := tls.Client(s, config)
	began := time.Now()
	if err := t.HandshakeContext(ctx); err != nil {
		c.Close()
		return nil, err
	}
	conn, err := Adopt(c, connect)
	if err != nil {
		return nil, err
	}
	conn.TLS = time.Since(began)
	conn.tls, conn.socket = t, s
	s.fd, s.adopted, s.Conn = conn.fd, true, nil
	return conn, nil
}
