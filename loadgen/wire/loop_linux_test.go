package wire

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"runtime"
	"runtime/metrics"
	"testing"
	"time"

	"shotput/loadgen/wire/poll"
	"shotput/putserver/realtest"
	"shotput/stats"
)

// A rig is a loop with a schedule, a request and a record as plain as can be. It is used by one goroutine at a time.
type rig struct {
	*Loop
	began   time.Time
	left    int           // arrivals to come
	number  int64         // of the last
	gap     time.Duration // between them, in open loop
	request []byte
	done    []stats.Observation
	errs    []error
	halt    chan struct{}
}

// newRig fires n arrivals at address.
func newRig(t *testing.T, address string, n int, change func(*Config)) *rig {
	t.Helper()
	r := &rig{began: time.Now(), left: n, request: []byte("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"),
		done: make([]stats.Observation, 0, n)}
	c := Config{Slots: 1, Keepalive: true, Timeout: 10 * time.Second,
		Now:     func() time.Duration { return time.Since(r.began) },
		Claim:   r.claim,
		Unclaim: func(Arrival) { r.left++ },
		Began:   func(*stats.Observation) {},
		Record:  func(o *stats.Observation) { r.done = append(r.done, *o) },
		Failed:  r.failed,
		Render:  func([]byte, Arrival) ([]byte, bool, Body, error) { return r.request, true, Body{}, nil },
		Servers: []Server{{Dial: func(ctx context.Context, _ func(stats.Stage)) (*Conn, error) {
			return dialPlain(ctx, address)
		}}}}
	if change != nil {
		change(&c)
	}
	var err error
	if r.Loop, err = New(c); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

// Run is the loop's.
func (r *rig) Run(stop <-chan struct{}) { r.Loop.Run(stop, r.halt) }

func (r *rig) claim(now time.Duration) (Arrival, bool) {
	if r.left == 0 {
		return Arrival{}, false
	}
	r.left--
	r.number++
	return Arrival{Number: r.number, Intended: time.Duration(r.number) * r.gap, Claimed: now}, true
}

func (r *rig) failed(err error, reached stats.Stage) (stats.Outcome, stats.Stage, string) {
	r.errs = append(r.errs, err)
	return stats.Other, reached, err.Error()
}

func dialPlain(ctx context.Context, address string) (*Conn, error) {
	c, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	return Adopt(c, 0)
}

// serving hands each connection to serve.
func serving(t *testing.T, serve func(net.Conn)) (address string) {
	t.Helper()
	return realtest.Peer(t, serve)
}

// A dial that succeeds when its request has run out of time leaves no connection behind.
func TestLateConnectionIsClosed(t *testing.T) {
	end := make(chan error, 1)
	address := serving(t, func(c net.Conn) {
		c.SetReadDeadline(time.Now().Add(5 * time.Second))
		_, err := c.Read(make([]byte, 1))
		end <- err
	})
	late := make(chan struct{})
	r := newRig(t, address, 1, func(c *Config) {
		c.Timeout = 20 * time.Millisecond
		record := c.Record
		c.Record = func(o *stats.Observation) {
			record(o)
			close(late)
		}
		c.Servers[0].Dial = func(ctx context.Context, _ func(stats.Stage)) (*Conn, error) {
			<-late // as if the answer to SYN and the time limit crossed
			return dialPlain(context.Background(), address)
		}
	})
	r.Run(nil)
	if len(r.errs) != 1 || r.errs[0] != ErrTimeLimit || r.done[0].Stage != stats.InConnect {
		t.Errorf("failures %v at %v, want the time limit while connecting", r.errs, r.done[0].Stage)
	}
	if err := <-end; err != io.EOF {
		t.Errorf("the late connection: %v, want it closed", err)
	}
}

// An answer without end has so many reads in a turn, and goes on in the next.
func TestOneConnectionDoesNotHogTheLoop(t *testing.T) {
	const size = 32 << 20
	for _, secure := range []bool{false, true} {
		t.Run(fmt.Sprintf("tls=%v", secure), func(t *testing.T) {
			server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Length", fmt.Sprint(size))
				piece := make([]byte, 100_000)
				for left := size; left > 0; left -= len(piece) {
					piece = piece[:min(left, len(piece))]
					w.Write(piece)
				}
			}))
			server.StartTLS()
			t.Cleanup(server.Close)
			var plain *httptest.Server
			address := server.Listener.Addr().String()
			if !secure {
				plain = httptest.NewServer(server.Config.Handler)
				t.Cleanup(plain.Close)
				address = plain.Listener.Addr().String()
			}
			r := newRig(t, address, 1, func(c *Config) {
				c.Servers[0].Dial = func(ctx context.Context, _ func(stats.Stage)) (*Conn, error) {
					conn, err := net.Dial("tcp", address)
					if err == nil {
						err = conn.(*net.TCPConn).SetReadBuffer(1 << 20)
					}
					if err != nil || !secure {
						return errorOr(err, conn)
					}
					return Handshake(ctx, conn, &tls.Config{InsecureSkipVerify: true}, 0)
				}
			})
			r.conns.buffer = r.conns.buffer[:1024] // so that what is under way is more than a turn's share
			turns, largest := 0, int64(len(r.conns.buffer))
			if secure {
				largest = 64 << 10 // what crypto/tls may read at a time
			}
			r.Open(t.Context(), 1)
			r.begin()
			for r.admit(); len(r.done) == 0 && turns < 10*size; r.admit() {
				before := r.conns.traffic.Received
				r.turn()
				if got := r.conns.traffic.Received - before; got > poll.MostReads*largest {
					t.Fatalf("%d bytes in one turn", got)
				}
				turns++
			}
			if o := r.done[0]; o.Outcome != stats.OK || o.BodyRead != size {
				t.Errorf("%v with %d bytes after %d turns (%v), want ok with %d", o.Outcome, o.BodyRead, turns, r.errs, size)
			}
		})
	}
}

func errorOr(err error, c net.Conn) (*Conn, error) {
	if err != nil {
		return nil, err
	}
	return Adopt(c, 0)
}

// A loop with nothing left to do once looked for it for another ten seconds: the last claim failed after the last
// answer had come.
func TestLoopEndsWithItsLastAnswer(t *testing.T) {
	for _, slots := range []int{1, 2, 8} {
		r := newRig(t, serving(t, realtest.Answering("HTTP/1.1 204 No Content\r\n\r\n")), slots, func(c *Config) { c.Slots = slots })
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			r.Run(nil)
		}()
		select {
		case <-ended:
		case <-time.After(longestNap / 2):
			t.Fatalf("%d slots: not ended long after the last answer", slots)
		}
		if len(r.done) != slots {
			t.Errorf("%d slots: %d requests done, want as many", slots, len(r.done))
		}
	}
}

// The garbage collector stops the world; it would have to wait for a thread that waits in the kernel behind the
// scheduler's back. The runtime's signals mostly break such a wait off, so this runs without them, in a process of
// its own.
func TestWaitingLoopDoesNotHoldUpTheCollector(t *testing.T) {
	if os.Getenv("GODEBUG") != "asyncpreemptoff=1" {
		child := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.timeout=5m")
		child.Env = append(os.Environ(), "GODEBUG=asyncpreemptoff=1")
		if out, err := child.CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
		return
	}
	onPollers(t, waitWhileCollecting)
}

func waitWhileCollecting(t *testing.T, onRing bool) {
	r := newRig(t, serving(t, realtest.Answering("")), 1, func(c *Config) { c.Scheduled, c.Ring = true, onRing })
	r.gap = time.Hour // until the first arrival
	r.Open(t.Context(), 1)
	stop, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		r.Run(stop)
	}()
	time.Sleep(10 * time.Millisecond) // it waits by now; if not, the test is only weaker
	// A nap that holds the collector up does so to its end; a busy machine, for much less.
	const tooLong = float64(longestNap/2) / float64(time.Second)
	before, worst := readPauses(), 0.0
	var keep [][]byte
	for i := 0; i < 20_000 && worst < tooLong; i++ {
		keep = append(keep, make([]byte, 10_000))
		if i%1000 == 0 {
			keep = nil
			runtime.GC()
			worst = worstBetween(before, readPauses())
		}
	}
	runtime.KeepAlive(keep)
	close(stop)
	<-ended
	if len(r.done) != 0 || r.left != 1 {
		t.Fatalf("the loop did not wait all the time: %+v", r.done)
	}
	if worst >= tooLong {
		t.Errorf("the collector stopped the world for %.3f s", worst)
	}
}

func readPauses() *metrics.Float64Histogram {
	s := []metrics.Sample{{Name: "/sched/pauses/total/gc:seconds"}}
	metrics.Read(s)
	return s[0].Value.Float64Histogram()
}

// worstBetween is the lower edge of the highest bucket that grew.
func worstBetween(a, b *metrics.Float64Histogram) (worst float64) {
	for i := range b.Counts {
		if b.Counts[i] > a.Counts[i] {
			worst = max(worst, b.Buckets[i])
		}
	}
	return worst
}

// The hot loop allocates nothing.
func TestLoopAllocatesNothing(t *testing.T) {
	const n = 20_000
	r := newRig(t, serving(t, realtest.Answering("HTTP/1.1 204 No Content\r\nServer: x\r\n\r\n")), n, func(c *Config) { c.Slots = 8 })
	r.Open(t.Context(), 8)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	r.Run(nil)
	runtime.ReadMemStats(&after)
	if len(r.done) != n || len(r.errs) > 0 {
		t.Fatalf("%d of %d done, %v", len(r.done), n, r.errs)
	}
	if each := float64(after.Mallocs-before.Mallocs) / n; each > 0.01 {
		t.Errorf("%.3f allocations a request", each)
	}
}

// A run's first arrivals are not late by what has to be found out first.
func TestRunClaimsAtOnce(t *testing.T) {
	const atOnce = 2 * time.Millisecond
	shortest := time.Hour
	for i := 0; i < 100 && shortest > atOnce; i++ { // a busy machine may take the processor away, but not every time
		var first time.Duration
		r := newRig(t, "", 0, func(c *Config) {
			c.Scheduled, c.Spin = true, true
			c.Claim = func(now time.Duration) (Arrival, bool) {
				first = now
				return Arrival{}, false
			}
		})
		r.Calibrate()
		r.began = time.Now()
		r.Run(nil)
		shortest = min(shortest, first)
	}
	if shortest > atOnce {
		t.Errorf("the first claim came %v after the start", shortest)
	}
}

// The stamps' clock is compared with the run's all the time, however busy the loop is.
func TestWallIsKept(t *testing.T) {
	r := newRig(t, serving(t, realtest.Answering("HTTP/1.1 204 No Content\r\n\r\n")), 2000, func(c *Config) {
		c.Slots, c.Timeout = 8, time.Hour
		var ticks time.Duration
		c.Now = func() time.Duration { // each look at the clock takes a millisecond
			ticks += time.Millisecond
			return ticks
		}
	})
	r.Open(t.Context(), 8)
	r.Run(nil)
	if last := r.done[len(r.done)-1].Done; len(r.errs) > 0 || last-r.clock.checked > 2*refreshEvery {
		t.Errorf("at %v it was %v old (%v)", last, last-r.clock.checked, r.errs)
	}
}
