package wire

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"shotput/loadgen/wire/poll"
	"shotput/putserver/realtest"
	"shotput/stats"
)

// onPollers runs a check on an epoll set and, where there is one, on a ring.
func onPollers(t *testing.T, check func(t *testing.T, onRing bool)) {
	t.Helper()
	t.Run("epoll", func(t *testing.T) { check(t, false) })
	t.Run("ring", func(t *testing.T) {
		needRing(t)
		check(t, true)
	})
}

func needRing(t *testing.T) {
	t.Helper()
	if err := poll.ProbeRing(); err != nil {
		t.Skipf("no io_uring here: %v", err)
	}
}

func TestRunTakesARing(t *testing.T) {
	onPollers(t, func(t *testing.T, onRing bool) {
		r := newRig(t, serving(t, realtest.Answering("HTTP/1.1 204 No Content\r\n\r\n")), 20, func(c *Config) { c.Slots, c.Ring = 4, onRing })
		var poller poll.Poller
		r.Began = func(*stats.Observation) { poller = r.conns.poller }
		r.Open(t.Context(), 4)
		r.Run(nil)
		if _, is := poller.(*poll.Ring); is != onRing || len(r.done) != 20 || len(r.errs) > 0 {
			t.Errorf("waited by a %T, %d done, %v", poller, len(r.done), r.errs)
		}
	})
}

// A server that answers and then resets the connection, without having said so: nothing is sent on it again, be the
// reset seen with the answer or after it.
func TestConnectionThatWasResetIsNotUsedAgain(t *testing.T) {
	onPollers(t, func(t *testing.T, onRing bool) {
		runtime.LockOSThread() // whose ring it is
		defer runtime.UnlockOSThread()
		reset := make(chan bool)
		address := serving(t, func(c net.Conn) {
			http.ReadRequest(bufio.NewReader(c))
			io.WriteString(c, "HTTP/1.1 204 No Content\r\n\r\n")
			c.(*net.TCPConn).SetLinger(0)
			<-reset
			c.Close()
			reset <- true
		})
		const n = 6
		r := newRig(t, address, n, func(c *Config) { c.Ring = onRing })
		r.begin()
		for k := range n {
			r.admit()
			for len(r.done) == k && (k%2 == 1 || r.slots[0].state == dialling) {
				r.turn()
			}
			reset <- true
			<-reset
			for len(r.done) == k || r.conns.of[0].idle.first != nil {
				r.turn()
			}
		}
		for _, o := range r.done {
			if o.Outcome != stats.OK || !o.NewConn {
				t.Errorf("%v, on a new connection: %v (%v)", o.Outcome, o.NewConn, r.errs)
			}
		}
	})
}

// More has arrived than a ring has buffers for, on many connections, before anything is read: nothing of it is lost,
// and nothing mixed up.
func TestMoreArrivesThanThereAreBuffers(t *testing.T) {
	const size, slots = 24 << 10, 2 * poll.RingRoom / (24 << 10)
	onPollers(t, func(t *testing.T, onRing bool) {
		runtime.LockOSThread() // whose ring it is
		defer runtime.UnlockOSThread()
		var written sync.WaitGroup
		written.Add(slots)
		address := serving(t, func(c net.Conn) {
			request, err := http.ReadRequest(bufio.NewReader(c))
			if err != nil {
				return
			}
			fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", size)
			c.Write(bytes.Repeat([]byte(request.URL.Path[1:]), size)) // a socket holds as much
			written.Done()
			io.Copy(io.Discard, c)
		})
		r := newRig(t, address, slots, func(c *Config) {
			c.Slots, c.Ring, c.Keep = slots, onRing, size
			c.Render = func(_ []byte, a Arrival) ([]byte, bool, Body, error) {
				return fmt.Appendf(nil, "PUT /%c HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", 'a'+a.Number%26), false, Body{}, nil
			}
			c.Check = func(o *stats.Observation, a Answer) {
				if want := bytes.Repeat([]byte{'a' + byte(o.Number%26)}, size); !bytes.Equal(a.Body, want) {
					t.Errorf("answer %d is another's, or not whole: %d bytes, it begins with %.20q", o.Number, len(a.Body), a.Body)
				}
			}
		})
		r.Open(t.Context(), slots)
		r.begin()
		r.admit()
		written.Wait()
		for len(r.done) < slots {
			r.turn()
		}
		if len(r.errs) > 0 {
			t.Error(r.errs)
		}
	})
}

// A loop gathers answers only on a ring, in closed loop, where the kernel has stamped them: one in six of those that
// are being served, and only as many as come in 100 µs.
func TestGather(t *testing.T) {
	const us = time.Microsecond
	for name, c := range map[string]struct {
		change func(*gathering)
		want   int
	}{
		"64 at full speed":       {func(*gathering) {}, 10},
		"1000 at full speed":     {func(g *gathering) { g.flying, g.pace.usual = 1000, 7000*us }, 14},
		"slower":                 {func(g *gathering) { g.pace.interval, g.pace.usual = 40*us, 2560*us }, 2},
		"slow":                   {func(g *gathering) { g.pace.interval, g.pace.usual = 1000*us, 64000*us }, 1},
		"few":                    {func(g *gathering) { g.flying = 11 }, 1},
		"four served, 60 wait":   {func(g *gathering) { g.pace.usual = 28 * us }, 1},
		"after answers of hours": {func(g *gathering) { g.pace.usual = time.Hour }, 10},
		"nothing known":          {func(g *gathering) { g.pace.interval = 0 }, 1},
		"nothing found":          {func(g *gathering) { g.pace.woken = false }, 1},
		"some connecting":        {func(g *gathering) { g.opening = 1 }, 1},
		"after a miss":           {func(g *gathering) { g.pace.miss(0, 10*us) }, 1},
		"long after a miss":      {func(g *gathering) { g.pace.miss(0, 9*us) }, 10},
		"a schedule":             {func(g *gathering) { g.Scheduled = true }, 1},
		"no stamps":              {func(g *gathering) { g.UserClock = true }, 1},
		"epoll":                  {func(g *gathering) { g.Ring = false }, 1},
	} {
		g := gathering{Config: Config{Ring: true}, flying: 64, pace: pacer{woken: true, interval: 7 * us, usual: 448 * us}}
		c.change(&g)
		g.pace.gathers = mayGather(&g.Config)
		if got := g.pace.gather(g.flying, g.opening, 1000*us); got != c.want {
			t.Errorf("%s: waits for %d, want %d", name, got, c.want)
		}
	}
}

// A gathering is what decides whether a loop waits for several events.
type gathering struct {
	Config
	flying, opening int
	pace            pacer
}

// A wait for several that ends too early is not repeated soon.
func TestWaitForSeveralThatDoNotCome(t *testing.T) {
	set := &given{events: make([]poll.Event, 7)}
	l := Loop{Config: Config{Ring: true, Timeout: time.Hour}, flying: 64}
	l.pace = pacer{interval: 7 * time.Microsecond, usual: time.Millisecond, woken: true, gathers: true}
	l.deadlines, l.conns.poller = newDeadlines(&l.Config), set
	l.Now = func() time.Duration { l.clock.last += time.Millisecond; return l.clock.last }
	for range 3 {
		l.wait()
	}
	if want := []int{10, 1, 1}; !slices.Equal(set.asked, want) {
		t.Errorf("waited for %v events, want %v", set.asked, want)
	}
}

// given is a poller with the same events each time; it looks for none.
type given struct {
	poll.Poller
	events []poll.Event
	asked  []int
}

func (g *given) Look() []poll.Event { return nil }
func (g *given) Wait(_ time.Duration, several int) []poll.Event {
	g.asked = append(g.asked, several)
	return g.events
}

// What answers usually take is their median, which those that take for ever do not move far.
func TestPaceFollowsTheMedian(t *testing.T) {
	var p pacer
	for k := range 10_000 {
		p.follow(time.Duration(1+k%9) * time.Millisecond)
		if k%10 == 0 {
			p.follow(time.Hour)
		}
	}
	if p.usual < 4*time.Millisecond || p.usual > 7*time.Millisecond {
		t.Errorf("usual %v, want some 5 ms", p.usual)
	}
}

// The interval between events is their share of the time since the last.
func TestPaceCounts(t *testing.T) {
	var p pacer
	now := time.Duration(0)
	for range 200 {
		now += 80 * time.Microsecond
		p.count(now, 8)
	}
	if p.interval < 9*time.Microsecond || p.interval > 10*time.Microsecond {
		t.Errorf("interval %v, want 10µs", p.interval)
	}
	p.count(now+time.Second/2, 0)
	p.count(now+time.Second, 1)
	if p.interval < time.Second/8 {
		t.Errorf("interval %v after a second without an event", p.interval)
	}
}
