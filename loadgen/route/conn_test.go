package route

import (
	"io"
	"net"
	"testing"
)

// What comes before the request's first byte was written is no answer to it; what comes when none is on the
// connection is counted.
func TestTurns(t *testing.T) {
	ours, theirs := net.Pipe()
	defer theirs.Close()
	traffic := new(Traffic)
	c := NewCountedConn(ours, traffic)
	c.Alone = true
	go io.Copy(io.Discard, theirs)
	say := func(text string) {
		t.Helper()
		go io.WriteString(theirs, text)
		if _, err := io.ReadFull(c, make([]byte, len(text))); err != nil {
			t.Fatal(err)
		}
	}
	first := c.Take()
	say("too early")
	c.Write([]byte("PUT"))
	if got := c.Early(); got != "too early" {
		t.Errorf("before the request came %q", got)
	}
	second := c.Take()
	c.Write([]byte("PUT"))
	say("in time")
	c.Release(first) // late, of the request before
	say("and more")
	if c.Early() != "" || traffic.IdleAnswers.Load() != 0 {
		t.Errorf("an answer in time counts as %q, %d idle", c.Early(), traffic.IdleAnswers.Load())
	}
	c.Release(second)
	say("anybody?")
	say("nobody?")
	if got := traffic.IdleAnswers.Load(); got != 1 {
		t.Errorf("%d idle answers, want 1", got)
	}
}
