//go:build unix

package route

import (
	"io"
	"net"
	"testing"
)

// What has arrived before a request is written is early, though nobody has read it yet.
func TestArrivedIsEarly(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ours, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	c := NewCountedConn(ours, new(Traffic))
	defer c.Close()
	c.Follow(new(lines))
	c.Open()
	go func() {
		io.ReadFull(theirs, make([]byte, 3))
		io.WriteString(theirs, "one\n")
	}()
	c.Take("PUT")
	c.Write([]byte("PUT"))
	if n, err := c.Read(make([]byte, 10)); n != 4 || err != nil {
		t.Fatalf("read %d bytes, %v", n, err)
	}
	io.WriteString(theirs, "late\n")
	theirs.Close()                                        // its end says that all has arrived
	for n, b := 0, make([]byte, 10); n < len("late\n"); { // loopback hands over at once
		n, _ = peek(ours, b)
	}
	c.Take("PUT")
	c.Write([]byte("PUT"))
	if got := c.Early(); got != "late\n" {
		t.Errorf("before the second request came %q", got)
	}
}
