package realtest

import (
	"net"
	"testing"
)

// Peer accepts connections on loopback until the test ends, and hands each to serve, which owns it; when serve
// returns, it is closed. It is for servers that no real one would be.
func Peer(t testing.TB, serve func(net.Conn)) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				serve(c)
			}()
		}
	}()
	return l.Addr().String()
}

// Answering serves a Peer's connection: it answers whatever comes in one piece, and allocates nothing for it.
func Answering(answer string) func(net.Conn) {
	b := []byte(answer)
	return func(c net.Conn) {
		in := make([]byte, 4096)
		for {
			if _, err := c.Read(in); err != nil {
				return
			}
			if _, err := c.Write(b); err != nil {
				return
			}
		}
	}
}

// Refused is an address that refuses connections until the test ends: it is that of our end of a connection, so that
// nobody can begin to listen on it meanwhile.
func Refused(t testing.TB) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(); l.Close() })
	return c.LocalAddr().String()
}
