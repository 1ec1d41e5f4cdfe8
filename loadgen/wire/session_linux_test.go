package wire

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"shotput/putserver/realtest"
	"shotput/stats"
)

// A hall is a server that answers every request, counts its connections, and can do something to all of them.
type hall struct {
	address  string
	accepted atomic.Int64
	mu       struct {
		sync.Mutex
		open []net.Conn
	}
}

func openHall(t *testing.T) *hall {
	h := new(hall)
	h.address = serving(t, func(c net.Conn) {
		h.accepted.Add(1)
		h.mu.Lock()
		h.mu.open = append(h.mu.open, c)
		h.mu.Unlock()
		for in := bufio.NewReader(c); ; {
			if _, err := http.ReadRequest(in); err != nil {
				return
			}
			io.WriteString(c, "HTTP/1.1 204 No Content\r\n\r\n")
		}
	})
	return h
}

// each does something to the server's connections.
func (h *hall) each(do func(i int, c net.Conn)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i, c := range h.mu.open {
		do(i, c)
	}
}

// rewind gives the rig n more arrivals, on a clock that begins anew.
func (r *rig) rewind(n int) {
	r.began, r.left, r.number, r.done = time.Now(), n, 0, r.done[:0]
}

// wantAll wants n requests done in the last run, all well, and so many on new connections.
func (r *rig) wantAll(t *testing.T, n, fresh int) {
	t.Helper()
	for _, o := range r.done {
		if o.NewConn {
			fresh--
		}
		if o.Status != 204 || o.Sent < o.Intended || o.Done < o.Sent || o.Done > time.Since(r.began) {
			t.Errorf("%+v", o)
		}
	}
	if len(r.done) != n || len(r.errs) > 0 || fresh != 0 {
		t.Errorf("%d done of %d, failures %v, %d new connections too few", len(r.done), n, r.errs, fresh)
	}
}

// A loop runs again and again on the same connections. Each run may be called by another goroutine, and have another
// clock, another schedule and other bounds.
func TestRunAgain(t *testing.T) {
	onPollers(t, func(t *testing.T, onRing bool) {
		h := openHall(t)
		r := newRig(t, h.address, 100, func(c *Config) { c.Slots, c.Ring = 4, onRing })
		r.Open(t.Context(), 4)
		run := func() {
			var running sync.WaitGroup
			running.Go(func() { r.Run(nil) })
			running.Wait()
		}
		run()
		r.wantAll(t, 100, 4)
		for k := range 3 {
			if n := r.Refresh(t.Context()); n != 0 {
				t.Errorf("%d connections were opened anew", n)
			}
			r.rewind(100)
			if k == 1 {
				r.Scheduled, r.gap, r.Slots = true, 100*time.Microsecond, 2
			}
			run()
			r.wantAll(t, 100, 0)
		}
		if n := h.accepted.Load(); n != 4 {
			t.Errorf("%d connections were opened, want 4", n)
		}
	})
}

// Connections that the server has closed, reset or written to between runs are not used by the next.
func TestRefreshFindsWhatTheServerDid(t *testing.T) {
	for name, do := range map[string]func(i int, c net.Conn){
		"closed": func(_ int, c net.Conn) { c.Close() },
		"one reset": func(i int, c net.Conn) {
			if i == 1 {
				c.(*net.TCPConn).SetLinger(0)
				c.Close()
			}
		},
		"said something": func(_ int, c net.Conn) { io.WriteString(c, "HTTP/1.1 408 Request Timeout\r\n\r\n") },
	} {
		t.Run(name, func(t *testing.T) {
			onPollers(t, func(t *testing.T, onRing bool) {
				h := openHall(t)
				r := newRig(t, h.address, 100, func(c *Config) { c.Slots, c.Ring = 3, onRing })
				r.Open(t.Context(), 3)
				r.Run(nil)
				r.wantAll(t, 100, 3)
				h.each(do)
				want := 3
				if name == "one reset" {
					want = 1
				}
				reopened := 0
				for range 1000 { // what the server did arrives a moment later
					if reopened += r.Refresh(t.Context()); reopened == want {
						break
					}
					time.Sleep(time.Millisecond)
				}
				if reopened != want {
					t.Fatalf("%d connections were opened anew, want %d", reopened, want)
				}
				r.rewind(100)
				r.Run(nil)
				fresh := 0
				for _, o := range r.done {
					if o.NewConn {
						fresh++
					}
				}
				r.wantAll(t, 100, fresh)
				if got := h.accepted.Load(); got != int64(3+want) || fresh > want {
					t.Errorf("%d connections in all, %d of the second run new, want %d and %d at most", got, fresh, 3+want, want)
				}
			})
		})
	}
}

// What a run's own end takes from a connection is not lost: the server speaks unasked while the last answer is on its
// way.
func TestWordsAtTheEndOfARun(t *testing.T) {
	onPollers(t, func(t *testing.T, onRing bool) {
		address := serving(t, func(c net.Conn) {
			for in := bufio.NewReader(c); ; {
				if _, err := http.ReadRequest(in); err != nil {
					return
				}
				io.WriteString(c, "HTTP/1.1 204 No Content\r\n\r\n")
				time.Sleep(time.Millisecond)
				io.WriteString(c, "HTTP/1.1 408 Request Timeout\r\n\r\n")
			}
		})
		r := newRig(t, address, 1, func(c *Config) { c.Ring = onRing })
		for range 20 {
			r.rewind(1)
			r.Run(nil)
			r.wantAll(t, 1, 1)
			for range 1000 {
				if r.Refresh(t.Context()) == 1 {
					break
				}
				time.Sleep(time.Millisecond)
			}
		}
	})
}

// A halted run leaves no connection open on which something is under way, and the next run begins as if nothing had
// been.
func TestRunAfterAHalt(t *testing.T) {
	onPollers(t, func(t *testing.T, onRing bool) {
		var stalls atomic.Bool
		stalls.Store(true)
		address := serving(t, func(c net.Conn) {
			for in := bufio.NewReader(c); ; {
				if _, err := http.ReadRequest(in); err != nil {
					return
				}
				if stalls.Load() {
					io.Copy(io.Discard, c)
					return
				}
				io.WriteString(c, "HTTP/1.1 204 No Content\r\n\r\n")
			}
		})
		halt := make(chan struct{})
		began := 0
		r := newRig(t, address, 1000, func(c *Config) {
			c.Slots, c.Ring = 3, onRing
			c.Began = func(*stats.Observation) {
				if began++; began == 3 {
					close(halt)
				}
			}
		})
		r.Open(t.Context(), 3)
		r.halt = halt
		stop := make(chan struct{})
		close(stop)
		r.Run(stop)
		for _, err := range r.errs {
			if err != ErrHalted {
				t.Error(err)
			}
		}
		stalls.Store(false)
		r.halt, r.errs, r.Began = nil, nil, func(*stats.Observation) {}
		if n := r.Refresh(t.Context()); n != 3 {
			t.Errorf("%d connections were opened anew, want all three", n)
		}
		r.rewind(100)
		r.Run(nil)
		r.wantAll(t, 100, 3)
	})
}

// Requests go to their own servers, each over connections of its own, which a server never has more of than there are
// slots.
func TestRequestsOfSeveralServers(t *testing.T) {
	onPollers(t, func(t *testing.T, onRing bool) {
		const slots, n = 4, 900
		var secure atomic.Int64
		encrypted := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			secure.Add(1)
			w.WriteHeader(http.StatusNoContent)
		}))
		t.Cleanup(encrypted.Close)
		straight, dialled := openHall(t), openHall(t)
		r := newRig(t, dialled.address, n, func(c *Config) {
			c.Slots, c.Ring, c.Opened = slots, onRing, func() {}
			c.Servers = append(c.Servers, Server{Straight: netip.MustParseAddrPort(straight.address), Dial: c.Servers[0].Dial},
				Server{Dial: dialTLS(encrypted.Listener.Addr().String())})
			claim := c.Claim
			c.Claim = func(now time.Duration) (Arrival, bool) {
				a, ok := claim(now)
				a.Server, a.Template = int(a.Number%3), int(a.Number%3)
				return a, ok
			}
		})
		r.Open(t.Context(), 2, 0, 1)
		r.Run(nil)
		var done [3]int
		for _, o := range r.done {
			if done[o.Template]++; o.Status != 204 {
				t.Errorf("%+v", o)
			}
		}
		if done != [3]int{n / 3, n / 3, n / 3} || secure.Load() != n/3 || len(r.errs) > 0 {
			t.Errorf("done %v, %d of them encrypted, failures %v", done, secure.Load(), r.errs)
		}
		for i, of := range r.conns.of {
			if of.open < 1 || of.open > slots {
				t.Errorf("server %d has %d connections", i, of.open)
			}
		}
		if a, b := dialled.accepted.Load(), straight.accepted.Load(); a > slots || b > slots {
			t.Errorf("%d and %d connections were opened", a, b)
		}
	})
}

// A server that is away fails its own requests alone.
func TestOneOfSeveralServersIsAway(t *testing.T) {
	h := openHall(t)
	away := realtest.Refused(t)
	r := newRig(t, h.address, 40, func(c *Config) {
		c.Slots = 2
		c.Servers = append(c.Servers, Server{Dial: func(ctx context.Context, _ func(stats.Stage)) (*Conn, error) {
			return dialPlain(ctx, away)
		}})
		claim := c.Claim
		c.Claim = func(now time.Duration) (Arrival, bool) {
			a, ok := claim(now)
			a.Server = int(a.Number % 2)
			return a, ok
		}
	})
	r.Open(t.Context(), 2, 2)
	r.Run(nil)
	well := 0
	for _, o := range r.done {
		if o.Status == 204 {
			well++
		}
	}
	if len(r.done) != 40 || well != 20 || len(r.errs) != 20 || h.accepted.Load() != 2 {
		t.Errorf("%d done, %d well, %d failed, over %d connections", len(r.done), well, len(r.errs), h.accepted.Load())
	}
}

// An arrival that wants the head of its answer as it came gets it, and no other does.
func TestRawAnswers(t *testing.T) {
	const early = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
	const head = "HTTP/1.1 200 OK\nX:  a \r\n b\r\nContent-Length: 4\r\n\r\n"
	var raw []string
	r := newRig(t, serving(t, realtest.Answering(early+head+"body")), 6, func(c *Config) {
		c.Keep = 100
		c.Check = func(o *stats.Observation, a Answer) {
			raw = append(raw, string(a.Raw))
			if string(a.Body) != "body" || string(a.Header) != "X: a b\r\nContent-Length: 4\r\n" {
				t.Errorf("kept %q and %q", a.Header, a.Body)
			}
		}
		claim := c.Claim
		c.Claim = func(now time.Duration) (Arrival, bool) {
			a, ok := claim(now)
			a.Raw = a.Number == 1 || a.Number == 4
			return a, ok
		}
	})
	r.Run(nil)
	want := early + head
	if got := fmt.Sprintf("%q", raw); got != fmt.Sprintf("%q", []string{want, "", "", want, "", ""}) || len(r.errs) > 0 {
		t.Errorf("%s, failures %v", strings.ReplaceAll(got, `" "`, "\"\n\""), r.errs)
	}
}
