package transport

import (
	"context"
	"crypto/tls"
	"net"
	"net/http/httptrace"

	"shotput/loadgen/route"
)

// # Answers in clear
//
// A connection follows its answers (route/turns.go), but not over TLS, where what crosses it is sealed, and net/http
// leaves no place behind it. Where somebody wants the answers as they came, as of a request that is sent alone, the
// handshake is made here instead, as net/http makes it, and what is opened is told to the connection. Runs have
// nothing of it.

// An openedConn is TLS that tells the connection beneath it what it opens.
type openedConn struct {
	*tls.Conn
	beneath *route.CountedConn
}

func (c openedConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.beneath.Hear(b[:n])
	return n, err
}

// openTLS makes the handshake over a connection to address. It owns c.
func openTLS(ctx context.Context, c net.Conn, address string, d *route.Dialler) (_ net.Conn, err error) {
	secure := d.TLS.Clone()
	secure.NextProtos = []string{"http/1.1"}
	if secure.ServerName, _, err = net.SplitHostPort(address); err != nil {
		c.Close()
		return nil, err
	}
	if limit := d.Spec.ConnectTimeout; limit > 0 {
		limited, cancel := context.WithTimeout(ctx, limit)
		defer cancel()
		ctx = limited
	}
	over := openedConn{tls.Client(c, secure), route.FindCounted(c)}
	told := httptrace.ContextClientTrace(ctx)
	if told != nil {
		told.TLSHandshakeStart()
	}
	err = over.HandshakeContext(ctx)
	if told != nil {
		told.TLSHandshakeDone(over.ConnectionState(), err)
	}
	if err != nil {
		c.Close()
		return nil, err
	}
	return over, nil
}
