package wire

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"shotput/stats"
)

// expectingRig sends n requests of ten bytes that wait for a 100 for a minute, on a clock that jump moves on.
func expectingRig(t *testing.T, n int, serve func(c net.Conn, jump func())) *rig {
	t.Helper()
	var ahead atomic.Int64
	address := serving(t, func(c net.Conn) { serve(c, func() { ahead.Add(int64(2 * time.Minute)) }) })
	r := newRig(t, address, n, func(c *Config) {
		c.Slots, c.Continue, c.Timeout, c.UserClock = n, time.Minute, time.Hour, true
		now := c.Now
		c.Now = func() time.Duration { return now() + time.Duration(ahead.Load()) }
		c.Render = func([]byte, Arrival) ([]byte, bool, Body, error) {
			return []byte("PUT / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 10\r\n\r\n0123456789"), true, Body{Inline: 10}, nil
		}
	})
	return r
}

// A final answer ends the wait when it begins, however long the rest of it takes: the body must not go out into it.
func TestSlowRefusalEndsTheWait(t *testing.T) {
	seen := make(chan int64, 1)
	r := expectingRig(t, 1, func(c net.Conn, jump func()) {
		request, err := http.ReadRequest(bufio.NewReader(c))
		if err != nil {
			return
		}
		io.WriteString(c, "HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\n")
		for _, piece := range []string{"b", "i", "g"} {
			jump()
			time.Sleep(time.Millisecond) // so that the loop sees each by itself; if not, the test is only weaker
			io.WriteString(c, piece)
		}
		n, _ := io.Copy(io.Discard, request.Body)
		seen <- n
	})
	r.Run(nil)
	o := r.done[0]
	if n := <-seen; n != 0 || o.Continue != stats.Spared || o.BodySaved != 10 || o.BodySent != 0 || o.Status != 413 || o.BodyRead != 3 {
		t.Errorf("the server saw %d bytes of the body: %+v", n, o)
	}
}

// The limit of each is its own: what is answered leaves the queue, what is not goes out in the order of the queue.
func TestLimitsOfManyWaits(t *testing.T) {
	var heads, bodies atomic.Int64
	r := expectingRig(t, 8, func(c net.Conn, jump func()) {
		request, err := http.ReadRequest(bufio.NewReader(c))
		if err != nil {
			return
		}
		k := heads.Add(1)
		if k == 8 {
			jump()
		}
		if k%2 == 0 { // the last one wakes the loop
			io.WriteString(c, "HTTP/1.1 100 Continue\r\n\r\n")
		}
		n, _ := io.Copy(io.Discard, request.Body)
		bodies.Add(n)
		io.WriteString(c, "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
	})
	r.Run(nil)
	came := map[stats.Continue]int{}
	for _, o := range r.done {
		came[o.Continue]++
	}
	if came[stats.Continued]+came[stats.Ignored] != 8 || came[stats.Ignored] < 1 || bodies.Load() != 80 || r.deadlines.awaiting.first != nil {
		t.Errorf("came %v, %d bytes of bodies (%v)", came, bodies.Load(), r.errs)
	}
}
