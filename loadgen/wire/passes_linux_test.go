package wire

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"shotput/putserver/realtest"
	"shotput/stats"
)

// A tour is a rig whose arrivals are flows, all with the same stops on their way.
type tour struct {
	*rig
	stops   []stop
	failing []stop                // what follows when one has failed
	open    map[int32]*walk       // by number
	free    []int32               // numbers
	over    []*walk               // those that are over
	serve   func(*walk, stop) int // which server; nil: the first
	plain   func(number int64) bool
}

// A stop is one exchange of a tour, or several at a time.
type stop struct {
	path  string
	pause time.Duration // ahead of it
	parts int           // 0: one
}

// A walk is one flow.
type walk struct {
	number            int64
	intended, claimed time.Duration
	stops             []stop
	at, begun         int // the stop, and its exchanges that were given
	out               int // that were given, and have not ended
	last              time.Duration
	given             []seen // all that there were, as far as was known of them; an exchange's number is its place
	seen              []seen // those that have ended
	unsent            int
	stopped           error
	expired, failed   bool
}

// A seen is an exchange.
type seen struct {
	path   string
	due    time.Duration
	o      stats.Observation
	answer string // its header lines and its body
}

// newTour has n flows fired at address.
func newTour(t *testing.T, address string, n int, change func(*Config), stops ...stop) *tour {
	t.Helper()
	r := &tour{stops: stops, open: map[int32]*walk{}}
	r.rig = newRig(t, address, n, func(c *Config) {
		claim := c.Claim
		c.Claim = func(now time.Duration) (Arrival, bool) {
			a, ok := claim(now)
			if ok && (r.plain == nil || !r.plain(a.Number)) {
				if len(r.free) == 0 {
					t.Error("more flows than slots")
					return a, false
				}
				last := len(r.free) - 1
				a.Flow, r.free = r.free[last], r.free[:last]
			}
			return a, ok
		}
		unclaim := c.Unclaim
		c.Unclaim = func(a Arrival) {
			unclaim(a)
			if a.Flow != 0 {
				r.free = append(r.free, a.Flow)
			}
		}
		c.Keep = 1000
		c.Render = func(dst []byte, a Arrival) ([]byte, bool, Body, error) {
			w := r.open[a.Flow]
			if w == nil {
				return r.request, true, Body{}, nil
			}
			path := w.given[a.Exchange].path
			if path == "unmade" {
				return nil, false, Body{}, errors.New("no such path")
			}
			return fmt.Appendf(dst, "PUT %s HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", path), false, Body{}, nil
		}
		c.Flows = Flows{
			Begin: func(a *Arrival) {
				if r.open[a.Flow] != nil {
					t.Errorf("flow %d begins and is not over", a.Flow)
				}
				r.open[a.Flow] = &walk{number: a.Number, intended: a.Intended, claimed: a.Claimed, stops: slices.Clone(r.stops)}
			},
			Next: func(flow int32, now time.Duration) (a Arrival, at time.Duration, ok bool) {
				w := r.open[flow]
				if w == nil || w.stopped != nil {
					t.Errorf("flow %d is asked for more", flow)
					return a, 0, false
				}
				a, at, ok = w.next(flow, now)
				if ok && r.serve != nil {
					a.Server = r.serve(w, w.stops[w.at])
				}
				return a, at, ok
			},
			Ended: func(a *Arrival, o *stats.Observation, kept Answer) {
				w := r.open[a.Flow]
				w.out--
				if o.Outcome != stats.OK {
					w.fail(r.failing)
				}
				w.last = max(w.last, o.Done)
				e := w.given[a.Exchange]
				e.o, e.answer = *o, string(kept.Header)+string(kept.Body)
				w.seen = append(w.seen, e)
			},
			Unsent: func(a *Arrival) {
				w := r.open[a.Flow]
				w.out--
				w.unsent++
				if a.Unlimited {
					w.begun-- // to be given again
				}
			},
			Expire: func(flow int32, now time.Duration) {
				w := r.open[flow]
				if w == nil || w.expired {
					t.Errorf("flow %d expires, and is over or has expired before", flow)
				}
				w.expired, w.last = true, max(w.last, now)
				if w.stopped == nil {
					w.fail(r.failing)
				}
			},
			Stop: func(flow int32, now time.Duration, why error) {
				w := r.open[flow]
				if w == nil || w.stopped != nil {
					t.Errorf("flow %d is stopped, and is over or was stopped before", flow)
				}
				w.stopped, w.last = why, max(w.last, now)
			},
			Over: func(flow int32) {
				w := r.open[flow]
				if w == nil || w.out != 0 || w.stopped == nil && w.at < len(w.stops) {
					t.Errorf("flow %d is over too early or twice: %+v", flow, w)
				}
				delete(r.open, flow)
				r.free, r.over = append(r.free, flow), append(r.over, w)
			},
		}
		if change != nil {
			change(c)
		}
	})
	for i := range r.Slots {
		r.free = append(r.free, int32(i+1))
	}
	t.Cleanup(func() { r.wantRest(t) })
	return r
}

// fail has what follows a failure come next.
func (w *walk) fail(failing []stop) {
	if !w.failed {
		w.failed = true
		w.stops, w.at, w.begun = append(w.stops, failing...), len(w.stops), 0
	}
}

// next gives the exchange that is next on the way, if its time has come.
func (w *walk) next(flow int32, now time.Duration) (a Arrival, at time.Duration, ok bool) {
	for w.at < len(w.stops) && w.begun == max(1, w.stops[w.at].parts) {
		if w.out > 0 {
			return a, 0, false
		}
		w.at, w.begun = w.at+1, 0
	}
	if w.at == len(w.stops) {
		return a, 0, false
	}
	if w.begun > 0 && w.stops[w.at].pause > 0 && w.out > 0 {
		return a, 0, false
	}
	w.begun++
	w.out++
	a = Arrival{Number: w.number, Template: w.at, Method: "PUT", Flow: flow, Exchange: int32(len(w.given)), Intended: now, Claimed: now,
		Unlimited: w.failed}
	at = now + w.stops[w.at].pause
	w.given = append(w.given, seen{path: w.stops[w.at].path, due: at})
	return a, at, true
}

// wantRest wants nothing left of any flow, and every slot free.
func (r *tour) wantRest(t *testing.T) {
	t.Helper()
	n := r.rests.count
	for s := r.Loop.free.first; s != nil; s = s.place.next {
		if n++; s.state != free || s.pass != nil {
			t.Errorf("a free slot is in state %d, with a pass: %v", s.state, s.pass != nil)
		}
	}
	f := &r.passes
	if n != r.Slots || r.flying != 0 || r.opening != 0 || f.any() || len(f.pauses)+len(f.ready) > 0 || len(r.open) > 0 || len(r.free) != r.Slots {
		t.Errorf("of %d slots %d are free; %d in flight, flows open %v, paused %d, ready %d; the driver has %d open and %d numbers left",
			r.Slots, n, r.flying, f.any(), len(f.pauses), len(f.ready), len(r.open), len(r.free))
	}
	for _, s := range f.spare {
		if s.pass != nil || s.state != free {
			t.Errorf("a spare slot is in state %d", s.state)
		}
	}
	for _, w := range r.over {
		for _, e := range w.seen {
			if e.o.Sent < e.due || e.o.Done < e.o.Sent {
				t.Errorf("%s: due at %v, sent at %v, done at %v", e.path, e.due, e.o.Sent, e.o.Done)
			}
		}
	}
}

// paths are those of all exchanges of a flow, in the order in which they ended.
func (w *walk) paths() string {
	var all []string
	for _, e := range w.seen {
		all = append(all, e.path)
	}
	return strings.Join(all, " ")
}

// A booth answers by the path, and notes what was asked.
type booth struct {
	address  string
	accepted atomic.Int64
	now      atomic.Int64 // requests that it has, and has not answered
	most     atomic.Int64 // of these
}

// openBooth makes a server. /stall is never answered; /drop is, and the connection closed without a word; /part takes
// its time, and /slow more.
func openBooth(t *testing.T) *booth {
	b := new(booth)
	b.address = serving(t, func(c net.Conn) {
		b.accepted.Add(1)
		for in := bufio.NewReader(c); ; {
			q, err := http.ReadRequest(in)
			if err != nil {
				return
			}
			b.most.Store(max(b.most.Load(), b.now.Add(1)))
			switch q.URL.Path {
			case "/stall":
				io.Copy(io.Discard, c)
				return
			case "/part":
				time.Sleep(time.Millisecond)
			case "/slow":
				time.Sleep(20 * time.Millisecond)
			}
			b.now.Add(-1)
			fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nETag: %q\r\nContent-Length: 4\r\n\r\nbody", q.URL.Path)
			if q.URL.Path == "/drop" {
				return
			}
		}
	})
	return b
}

// A flow's exchanges go out one after the other, over connections that are kept, and what is kept of their answers is
// theirs.
func TestFlowOfTwoSteps(t *testing.T) {
	onPollers(t, func(t *testing.T, onRing bool) {
		for _, scheduled := range []bool{false, true} {
			b := openBooth(t)
			began := 0
			r := newTour(t, b.address, 200, func(c *Config) {
				c.Slots, c.Ring, c.Scheduled = 4, onRing, scheduled
				c.Began = func(o *stats.Observation) { began++ }
				if scheduled {
					c.Check = func(o *stats.Observation, _ Answer) { t.Error("an exchange was checked") }
				}
			}, stop{path: "/a"}, stop{path: "/b"})
			r.gap = 50 * time.Microsecond
			r.Open(t.Context(), 4)
			r.Run(nil)
			for _, w := range r.over {
				if w.paths() != "/a /b" || w.seen[1].o.Sent < w.seen[0].o.Done || w.seen[0].o.Sent < w.claimed {
					t.Errorf("%s: %+v", w.paths(), w.seen)
				}
				for _, e := range w.seen {
					if e.answer != fmt.Sprintf("Etag: %q\r\nContent-Length: 4\r\nbody", e.path) && e.answer != fmt.Sprintf("ETag: %q\r\nContent-Length: 4\r\nbody", e.path) ||
						e.o.Status != 200 || e.o.Number != w.number || e.o.BodyRead != 4 {
						t.Errorf("%s was answered by %q: %+v", e.path, e.answer, e.o)
					}
				}
			}
			if len(r.over) != 200 || began != 200 || b.accepted.Load() != 4 || len(r.done) != 0 || len(r.errs) > 0 {
				t.Errorf("%d over, %d begun, %d connections, %d recorded as requests, failures %v", len(r.over), began, b.accepted.Load(), len(r.done), r.errs)
			}
		}
	})
}

// A flow keeps its slot while it pauses, and no exchange goes out before it is due. Requests that are no flows go their
// way meanwhile.
func TestFlowsPause(t *testing.T) {
	onPollers(t, func(t *testing.T, onRing bool) {
		for _, spin := range []bool{false, true} {
			r := newTour(t, openBooth(t).address, 60, func(c *Config) {
				c.Slots, c.Ring, c.Scheduled, c.Spin = 3, onRing, true, spin
			}, stop{path: "/a"}, stop{path: "/b", pause: 3 * time.Millisecond}, stop{path: "/c", pause: time.Millisecond})
			r.gap, r.plain = 200*time.Microsecond, func(number int64) bool { return number%2 == 0 }
			r.pace.early = 30 * time.Microsecond
			r.Run(nil)
			var latest time.Duration // after its arrival was due
			for _, w := range r.over {
				latest = max(latest, w.claimed-w.intended)
				if w.paths() != "/a /b /c" || w.last-w.claimed < 4*time.Millisecond {
					t.Errorf("%s within %v", w.paths(), w.last-w.claimed)
				}
			}
			if len(r.over) != 30 || len(r.done) != 30 || len(r.errs) > 0 {
				t.Errorf("%d flows, %d requests, failures %v", len(r.over), len(r.done), r.errs)
			}
			// 30 flows of 4 ms on 3 slots take 40 ms, and the arrivals are due within 12
			if latest < 20*time.Millisecond {
				t.Errorf("the last flow had its slot %v after it was due: those before did not keep theirs", latest)
			}
		}
	})
}

// Parts of a flow are under way at a time, as many as may be; what follows waits for the last of them.
func TestFlowInParts(t *testing.T) {
	onPollers(t, func(t *testing.T, onRing bool) {
		b := openBooth(t)
		r := newTour(t, b.address, 20, func(c *Config) { c.Slots, c.Ring, c.Flows.Parallel = 2, onRing, 3 },
			stop{path: "/a"}, stop{path: "/part", parts: 7}, stop{path: "/b"}, stop{path: "/c", parts: 3, pause: 10 * time.Microsecond})
		r.Run(nil)
		for _, w := range r.over {
			if want := "/a" + strings.Repeat(" /part", 7) + " /b /c /c /c"; w.paths() != want {
				t.Errorf("%s, want %s", w.paths(), want)
			}
		}
		if most := b.most.Load(); most < 3 || most > 6 || len(r.over) != 20 || len(r.errs) > 0 || len(r.passes.spare) == 0 || len(r.passes.spare) > 4 {
			t.Errorf("%d requests at a time at most, %d spare slots, %d flows, failures %v", most, len(r.passes.spare), len(r.over), r.errs)
		}
	})
}

// A connection that is lost between two exchanges fails the one that is put on it, or was seen to be lost; what follows
// goes over another.
func TestConnectionLostBetweenExchanges(t *testing.T) {
	onPollers(t, func(t *testing.T, onRing bool) {
		for _, pause := range []time.Duration{0, 2 * time.Millisecond} {
			b := openBooth(t)
			r := newTour(t, b.address, 10, func(c *Config) { c.Ring = onRing },
				stop{path: "/drop"}, stop{path: "/b", pause: pause}, stop{path: "/c"})
			r.failing = []stop{{path: "/abort"}}
			r.Run(nil)
			for _, w := range r.over {
				switch last := w.seen[len(w.seen)-1]; w.paths() {
				case "/drop /b /c":
					if !w.seen[1].o.NewConn || w.seen[1].o.Status != 200 {
						t.Errorf("%+v", w.seen[1].o)
					}
				case "/drop /b /abort":
					if !last.o.NewConn || last.o.Status != 200 || w.seen[1].answer != "" {
						t.Errorf("%+v", last)
					}
				default:
					t.Errorf("exchanges %s", w.paths())
				}
			}
			if len(r.over) != 10 {
				t.Errorf("%d flows over", len(r.over))
			}
		}
	})
}

// A server that is away fails a flow, whose slot then rests as that of a request does.
func TestFlowOfAServerThatIsAway(t *testing.T) {
	r := newTour(t, realtest.Refused(t), 2, func(c *Config) {
		c.Failed = func(err error, reached stats.Stage) (stats.Outcome, stats.Stage, string) {
			return stats.Refused, reached, err.Error()
		}
	}, stop{path: "/a"}, stop{path: "/b"})
	r.Run(nil)
	if len(r.over) != 2 || r.over[1].paths() != "/a" || r.slots[0].refused != 2 {
		t.Errorf("%d over, refused in a row: %d", len(r.over), r.slots[0].refused)
	}
}

// Exchanges have their own time limit.
func TestTimeLimitOfAnExchange(t *testing.T) {
	onPollers(t, func(t *testing.T, onRing bool) {
		const limit = 100 * time.Millisecond
		r := newTour(t, openBooth(t).address, 2, func(c *Config) { c.Slots, c.Ring, c.Timeout = 2, onRing, limit },
			stop{path: "/a"}, stop{path: "/b", pause: time.Millisecond}, stop{path: "/stall"}, stop{path: "/c"})
		r.failing = []stop{{path: "/abort"}}
		r.Run(nil)
		for i, w := range r.over {
			if w.paths() != "/a /b /stall /abort" || r.errs[i] != ErrTimeLimit || w.stopped != nil {
				t.Errorf("%s, failures %v", w.paths(), r.errs)
			}
			if o := w.seen[2].o; o.Stage != stats.InWait || o.Done-o.Sent < limit {
				t.Errorf("%v in %v", o.Done-o.Sent, o.Stage)
			}
		}
	})
}

// A flow's limit ends what is under way, and what is paused, but not what follows a failure.
func TestTimeLimitOfAFlow(t *testing.T) {
	onPollers(t, func(t *testing.T, onRing bool) {
		const limit = 12 * time.Millisecond
		for name, c := range map[string]struct {
			stops []stop
			paths string // or only the first of them, on a busy machine
		}{
			"under way": {[]stop{{path: "/a"}, {path: "/stall"}, {path: "/c"}}, "/a /stall"},
			"paused":    {[]stop{{path: "/a"}, {path: "/b", pause: time.Hour}}, "/a"},
			"in parts":  {[]stop{{path: "/a"}, {path: "/stall", parts: 4}}, "/a /stall /stall"},
			"failed":    {[]stop{{path: "/a"}, {path: "unmade"}}, "/a unmade"},
			"failing":   {[]stop{{path: "/a"}, {path: "unmade"}}, "/a unmade"},
		} {
			r := newTour(t, openBooth(t).address, 2, func(c *Config) {
				c.Slots, c.Ring, c.Flows.Limit, c.Flows.Parallel = 2, onRing, limit, 2
			}, c.stops...)
			after := []stop{{path: "/abort", pause: limit / 2}, {path: "/abort", pause: limit}}
			if name == "failing" {
				after = []stop{{path: "/slow"}}
			}
			r.failing = after
			r.Run(nil)
			for _, w := range r.over {
				paths, aborted := w.paths(), true
				for i := len(after) - 1; i >= 0 && aborted; i-- {
					paths, aborted = strings.CutSuffix(paths, " "+after[i].path)
				}
				if !strings.HasPrefix(c.paths, paths) || !aborted || !w.expired || w.stopped != nil {
					t.Errorf("%s: %s, expired %v, stopped by %v", name, w.paths(), w.expired, w.stopped)
				}
				if last := w.seen[len(w.seen)-1].o; last.Status != 200 {
					t.Errorf("%s: what followed ended with %v", name, last.Outcome)
				}
				if name == "paused" && paths == "/a" && w.seen[0].o.Outcome == stats.OK && w.unsent != 1 {
					t.Errorf("%s: %d were taken back", name, w.unsent)
				}
				if took := w.last - w.seen[0].o.Sent; took < limit {
					t.Errorf("%s: over after %v", name, took)
				}
			}
			wrong := slices.ContainsFunc(r.errs, func(err error) bool { return err != ErrFlowLimit && !IsUnmade(err) })
			if len(r.over) != 2 || wrong {
				t.Errorf("%s: %d flows over, failures %v", name, len(r.over), r.errs)
			}
		}
	})
}

// A limit that does not pass changes nothing.
func TestFlowWithinItsLimit(t *testing.T) {
	r := newTour(t, openBooth(t).address, 20, func(c *Config) { c.Slots, c.Flows.Limit = 2, time.Hour }, stop{path: "/a"}, stop{path: "/b"})
	r.Run(nil)
	for _, w := range r.over {
		if w.paths() != "/a /b" || w.stopped != nil {
			t.Errorf("%s, stopped by %v", w.paths(), w.stopped)
		}
	}
	if len(r.over) != 20 || len(r.errs) > 0 {
		t.Errorf("%d flows over, failures %v", len(r.over), r.errs)
	}
}

// What cannot be rendered ends its flow, takes no time, and does not keep the loop from anything.
func TestFlowsThatCannotBeMade(t *testing.T) {
	for name, stops := range map[string][]stop{"first": {{path: "unmade"}}, "second": {{path: "/a"}, {path: "unmade"}}, "none": nil} {
		r := newTour(t, openBooth(t).address, 1000, func(c *Config) { c.Slots, c.Flows.Parallel = 2, 4 }, stops...)
		r.failing = []stop{{path: "unmade", parts: 10}}
		r.Open(t.Context(), 2)
		if stops == nil {
			r.begin()
			if r.admit(); len(r.over) > mostUnmade {
				t.Errorf("%d flows were over before an event was looked at", len(r.over))
			}
		}
		r.Run(nil)
		if len(r.over) != 1000 || (len(r.errs) == 0) != (stops == nil) || slices.ContainsFunc(r.errs, func(err error) bool { return !IsUnmade(err) }) {
			t.Errorf("%s: %d flows over, %d failures", name, len(r.over), len(r.errs))
		}
	}
}

// A server that an answer leads to is added, and is there until the run ends: another's requests in its place never
// reach it.
func TestServersAddedMeanwhile(t *testing.T) {
	onPollers(t, func(t *testing.T, onRing bool) {
		for _, straight := range []bool{false, true} {
			own, first, second := openBooth(t), openBooth(t), openBooth(t)
			added := first
			at := 0
			r := newTour(t, own.address, 20, func(c *Config) { c.Slots, c.Ring, c.Opened = 2, onRing, func() {} },
				stop{path: "/a"}, stop{path: "/b"})
			r.serve = func(_ *walk, s stop) int {
				if s.path == "/a" {
					return 0
				}
				if at == 0 {
					more := Server{Dial: dialsTo(added.address)}
					if straight {
						more.Straight = netip.MustParseAddrPort(added.address)
					}
					at = r.AddServer(more)
				}
				return at
			}
			r.Run(nil)
			if len(r.Servers) != 1 || r.conns.of[0].open != int(own.accepted.Load()) {
				t.Errorf("%d servers after the run", len(r.Servers))
			}
			r.Refresh(t.Context())
			// in the next run another one comes in its place, be it by its Config
			r.rewind(20)
			if at, added = 0, second; straight {
				at, r.Servers = 1, append(r.Servers, Server{Dial: dialsTo(second.address)})
			}
			r.Run(nil)
			for _, w := range r.over {
				if w.paths() != "/a /b" {
					t.Error(w.paths())
				}
			}
			if len(r.over) != 40 || len(r.errs) > 0 || at != 1 {
				t.Errorf("%d flows over, the server is at %d, failures %v", len(r.over), at, r.errs)
			}
			if a, b, c := own.accepted.Load(), first.accepted.Load(), second.accepted.Load(); a > 2 || b > 2 || c < 1 || c > 2 {
				t.Errorf("%d, %d and %d connections", a, b, c)
			}
		}
	})
}

// Requests that are no flows allocate nothing where there may be flows, and flows nothing of the loop's.
func TestFlowsAllocateNothing(t *testing.T) {
	const n = 2000
	for _, flows := range []bool{false, true} {
		var left int
		var sent bool
		r := newRig(t, serving(t, realtest.Answering("HTTP/1.1 204 No Content\r\nServer: x\r\n\r\n")), n, func(c *Config) {
			c.Slots = 1
			claim := c.Claim
			c.Claim = func(now time.Duration) (Arrival, bool) {
				a, ok := claim(now)
				if flows {
					a.Flow = 1
				}
				return a, ok
			}
			c.Flows = Flows{
				Begin: func(*Arrival) { left = 2 },
				Next: func(flow int32, now time.Duration) (a Arrival, at time.Duration, ok bool) {
					left--
					at = now
					if left == 0 {
						at += 10 * time.Microsecond
					}
					return Arrival{Flow: flow, Method: "PUT"}, at, left >= 0
				},
				Ended: func(*Arrival, *stats.Observation, Answer) { sent = true },
				Over:  func(int32) {},
			}
		})
		r.Open(t.Context(), 1)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		r.Run(nil)
		runtime.ReadMemStats(&after)
		if len(r.errs) > 0 || sent != flows {
			t.Fatalf("flows %v: %d done, %v", flows, len(r.done), r.errs)
		}
		if each := float64(after.Mallocs-before.Mallocs) / n; each > 0.02 {
			t.Errorf("flows %v: %.3f allocations an arrival", flows, each)
		}
	}
}

// closing gives a channel and what closes it, once.
func closing() (c chan struct{}, shut func()) {
	c = make(chan struct{})
	return c, sync.OnceFunc(func() { close(c) })
}
