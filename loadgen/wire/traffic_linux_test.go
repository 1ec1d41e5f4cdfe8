package wire

import (
	"bufio"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"shotput/stats"
)

// counted counts what crosses the wire at the server's end.
type counted struct {
	net.Conn
	read, written int64
}

func (c *counted) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.read += int64(n)
	return n, err
}

func (c *counted) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	c.written += int64(n)
	return n, err
}

// What a loop says that crossed the wire is what the server saw, handshakes among it.
func TestTrafficHasHandshakesInIt(t *testing.T) {
	certified := httptest.NewUnstartedServer(nil)
	certified.StartTLS()
	defer certified.Close()
	const n = 3
	ended := make(chan *counted, n)
	address := serving(t, func(c net.Conn) {
		seen := &counted{Conn: c}
		secure := tls.Server(seen, &tls.Config{Certificates: certified.TLS.Certificates})
		http.ReadRequest(bufio.NewReader(secure))
		io.WriteString(secure, "HTTP/1.1 204 No Content\r\n\r\n")
		io.Copy(io.Discard, secure)
		ended <- seen
	})
	r := newRig(t, address, n, func(c *Config) {
		c.Keepalive = false
		c.Servers[0].Dial = func(ctx context.Context, _ func(stats.Stage)) (*Conn, error) {
			conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
			if err != nil {
				return nil, err
			}
			return Handshake(ctx, conn, &tls.Config{InsecureSkipVerify: true}, 0)
		}
	})
	r.Run(nil)
	var read, written int64
	for range n {
		c := <-ended
		read, written = read+c.read, written+c.written
	}
	if carried := r.Traffic(); carried.Sent != read || carried.Received != written || len(r.errs) > 0 {
		t.Errorf("%d bytes out and %d in, the server says %d and %d (%v)", carried.Sent, carried.Received, read, written, r.errs)
	}
}
