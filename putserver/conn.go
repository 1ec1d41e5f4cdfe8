package putserver

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"sync"
	"time"
)

// An instant is a moment of the server's time and where it is known from.
type instant struct {
	at     time.Duration
	kernel bool // the kernel's receive stamp, not the return of the read
	known  bool
}

// instantOf is the moment of a read that has just returned: the kernel's stamp (Unix time, ns) when there is
// one, else now. The stamp is on the wall clock and instants are on the monotonic one; time.Now reads both at
// once, so the stamp's age carries it over. An age below zero or above a minute is a clock that was set.
func (s *Server) instantOf(stamp int64) instant {
	now := time.Now()
	at := now.Sub(s.zero)
	age := time.Duration(now.UnixNano() - stamp)
	if stamp == 0 || age < 0 || age > time.Minute {
		return instant{at, false, true}
	}
	return instant{at - age, true, true}
}

// A listener wraps each connection that it accepts, so that its reads and writes are timed.
type listener struct {
	net.Listener
	server *Server
}

func (l listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &conn{Conn: c, server: l.server, stamps: stampsOf(c), buffer: make([]byte, 16<<10)}, nil
}

// A conn notes when a request's first and last bytes came and when the first byte of its answer goes.
//
// net/http reads a connection also while a request is being handled: one byte, to notice the next request or
// the client's going away. That byte is the true arrival of the next request. A read of one byte would be given
// no kernel stamp, which comes only with the end of a segment, and would cost a second system call; so small
// reads are served from a buffer of our own.
//
// Which request a read belongs to follows from order alone: what comes after the head was taken and before the
// answer goes is the rest of this request, what comes first after the answer begins the next. A client that
// sends requests without awaiting answers (pipelining) breaks the rule; its next request is then held to have
// arrived with the last bytes read.
type conn struct {
	net.Conn
	server *Server
	stamps *stamps // nil: none for this connection
	buffer []byte  // owned, like rest, by whoever reads; net/http has one reader at a time
	rest   []byte  // the part of buffer not yet handed on

	mu struct {
		sync.Mutex
		first     instant // of the request whose head has not been taken; not known: none came
		last      instant // of the last read
		handshake bool    // of TLS, which read before any request did
		leaving   bool    // entry waits for the first write
		entry     Entry
	}
}

func (c *conn) Read(p []byte) (int, error) {
	if len(c.rest) == 0 && len(p) >= len(c.buffer) {
		return c.receive(p)
	}
	if len(c.rest) == 0 {
		n, err := c.receive(c.buffer)
		if n == 0 {
			return 0, err
		}
		c.rest = c.buffer[:n] // an error beside bytes will be there at the next read too
	}
	n := copy(p, c.rest)
	c.rest = c.rest[n:]
	return n, nil
}

func (c *conn) receive(p []byte) (n int, err error) {
	var stamp int64
	if c.stamps != nil {
		n, stamp, err = c.stamps.read(p)
	} else {
		n, err = c.Conn.Read(p)
	}
	if n == 0 {
		return n, err
	}
	at := c.server.instantOf(stamp)
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.mu.first.known {
		c.mu.first = at
	}
	c.mu.last = at
	return n, err
}

// arrived is when the request whose head has just been read arrived.
func (c *conn) arrived() instant {
	c.mu.Lock()
	defer c.mu.Unlock()
	first := c.mu.first
	if c.mu.handshake || !first.known {
		first = c.mu.last
	}
	c.mu.first, c.mu.handshake = instant{}, false
	return first
}

// received is when the last bytes so far came.
func (c *conn) received() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.mu.last.at
}

// leave has e logged at the next write, with its departure.
func (c *conn) leave(e Entry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.mu.entry, c.mu.leaving = e, true
}

func (c *conn) Write(p []byte) (int, error) {
	if c.server.conduct.mute && string(p) == "HTTP/1.1 100 Continue\r\n\r\n" {
		return len(p), nil
	}
	c.depart()
	return c.Conn.Write(p)
}

func (c *conn) depart() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.mu.leaving {
		return
	}
	c.mu.entry.Departure = c.server.now()
	c.server.log.add(&c.mu.entry)
	c.mu.leaving, c.mu.first = false, instant{}
}

// Close also logs an answer that never went out.
func (c *conn) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.mu.leaving {
		c.mu.entry.End, c.mu.entry.Status = Broken, 0
		c.server.log.add(&c.mu.entry)
		c.mu.leaving = false
	}
	return c.Conn.Close()
}

type connKey struct{}

// withConn puts the connection into the context of its requests.
func withConn(ctx context.Context, c net.Conn) context.Context {
	over, secure := c.(*tls.Conn)
	if secure {
		c = over.NetConn()
	}
	ours := c.(*conn) // Serve accepts no other
	ours.mu.Lock()
	defer ours.mu.Unlock()
	ours.mu.handshake = secure
	return context.WithValue(ctx, connKey{}, ours)
}

// connOf is the connection of a request, nil when another server than ours accepted it.
func connOf(r *http.Request) *conn {
	c, _ := r.Context().Value(connKey{}).(*conn)
	return c
}

// cut closes a connection so that the other end of TCP sees a reset, whatever lies over it.
func cut(c net.Conn) {
	if over, ok := c.(*tls.Conn); ok {
		c = over.NetConn()
	}
	if ours, ok := c.(*conn); ok {
		c = ours.Conn
	}
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // fails only on a connection that is closed already
	}
	_ = c.Close() // likewise
}
