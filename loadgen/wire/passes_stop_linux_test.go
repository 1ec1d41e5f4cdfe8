package wire

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"shotput/stats"
)

func dialsTo(address string) func(context.Context, func(stats.Stage)) (*Conn, error) {
	return func(ctx context.Context, _ func(stats.Stage)) (*Conn, error) { return dialPlain(ctx, address) }
}

// That claiming ends, in closed loop, lets flows go on to their end, however long they pause.
func TestFlowsGoOnWhenClaimingEnds(t *testing.T) {
	onPollers(t, func(t *testing.T, onRing bool) {
		stop1, shut := closing()
		r := newTour(t, openBooth(t).address, 1000, func(c *Config) {
			c.Slots, c.Ring = 3, onRing
			began := 0
			c.Began = func(*stats.Observation) {
				if began++; began == 5 {
					shut()
				}
			}
		}, stop{path: "/a"}, stop{path: "/b", pause: 10 * time.Millisecond}, stop{path: "/c"})
		r.Run(stop1)
		for _, w := range r.over {
			if w.paths() != "/a /b /c" || w.stopped != nil {
				t.Errorf("%s, stopped by %v", w.paths(), w.stopped)
			}
		}
		if len(r.over) < 5 || r.left == 0 || len(r.errs) > 0 {
			t.Errorf("%d flows over, %d left, failures %v", len(r.over), r.left, r.errs)
		}
	})
}

// A run that is cut short stops flows that pause at once, and the others when what is under way has ended. No exchange
// fails by it.
func TestCutStopsFlows(t *testing.T) {
	onPollers(t, func(t *testing.T, onRing bool) {
		for name, c := range map[string]struct {
			stops []stop
			paths string
		}{
			"paused":       {[]stop{{path: "/a"}, {path: "/b", pause: time.Hour}}, "/a"},
			"under way":    {[]stop{{path: "/part"}, {path: "/b"}}, "/part"},
			"some of each": {[]stop{{path: "/a"}, {path: "/part", parts: 2}, {path: "/b", pause: time.Hour, parts: 2}}, "/a /part /part"},
		} {
			cut, shut := closing()
			r := newTour(t, openBooth(t).address, 4, func(c *Config) {
				c.Slots, c.Ring, c.Flows.Cut, c.Flows.Parallel = 3, onRing, cut, 2
				next := c.Flows.Next
				c.Flows.Next = func(flow int32, now time.Duration) (Arrival, time.Duration, bool) {
					a, at, ok := next(flow, now)
					if at > now || a.Template == 0 && name == "under way" {
						shut()
					}
					return a, at, ok
				}
			}, c.stops...)
			r.Run(nil)
			for _, w := range r.over {
				if len(w.paths()) > len(c.paths) || w.stopped != ErrCut || w.out != 0 || w.failed {
					t.Errorf("%s: %s, stopped by %v", name, w.paths(), w.stopped)
				}
			}
			if len(r.over) > 3 || len(r.over)+r.left != 4 || len(r.errs) > 0 {
				t.Errorf("%s: %d flows over, %d left, failures %v", name, len(r.over), r.left, r.errs)
			}
		}
	})
}

// A flow that pauses is nothing in flight: what waits for several answers together does not count it.
func TestPausedFlowsAreNotInFlight(t *testing.T) {
	cut, shut := closing()
	r := newTour(t, openBooth(t).address, 3, func(c *Config) {
		c.Slots, c.Flows.Cut = 3, cut
	}, stop{path: "/a"}, stop{path: "/b", pause: time.Hour})
	stopped := r.Flows.Stop
	r.Flows.Stop = func(flow int32, now time.Duration, why error) {
		stopped(flow, now, why)
		if r.flying != 0 {
			t.Errorf("%d in flight", r.flying)
		}
	}
	unsent := 0
	next := r.Flows.Next
	r.Flows.Next = func(flow int32, now time.Duration) (Arrival, time.Duration, bool) {
		a, at, ok := next(flow, now)
		if at > now {
			if unsent++; unsent == 3 {
				shut()
			}
		}
		return a, at, ok
	}
	r.Run(nil)
}

// Whenever a run is cut short or halted, every flow that began is over, once, all that was given has ended or was taken
// back, and every slot is free: newTour's checks.
func TestFlowsEndAtAnyInstant(t *testing.T) {
	onPollers(t, func(t *testing.T, onRing bool) {
		for seed := range uint64(25) {
			random := rand.New(rand.NewPCG(seed, 13))
			cut, shut := closing()
			halt, abort := closing()
			scheduled := random.IntN(2) == 0
			r := newTour(t, openBooth(t).address, 100, func(c *Config) {
				c.Slots, c.Ring, c.Scheduled, c.Flows.Parallel, c.Flows.Cut = 1+random.IntN(4), onRing, scheduled, 1+random.IntN(3), cut
				if random.IntN(3) == 0 {
					c.Flows.Limit = time.Duration(1+random.IntN(3000)) * time.Microsecond
				}
				if random.IntN(3) == 0 {
					c.Keepalive = false
				}
				if random.IntN(3) == 0 {
					c.Timeout = time.Millisecond
				}
			}, stop{path: "/a"}, stop{path: "/part", parts: 1 + random.IntN(4)}, stop{path: "/b", pause: time.Duration(random.IntN(500)) * time.Microsecond},
				stop{path: "/drop"}, stop{path: "/c"}, stop{path: "/d", parts: 2, pause: time.Duration(random.IntN(2000)) * time.Microsecond})
			r.failing = []stop{{path: "/abort"}, {path: "unmade"}}
			r.plain = func(number int64) bool { return number%5 == 0 }
			r.gap, r.halt = 100*time.Microsecond, halt
			first, second := time.Duration(random.IntN(6000))*time.Microsecond, time.Duration(random.IntN(3000))*time.Microsecond
			timer := time.AfterFunc(first, func() {
				shut()
				time.Sleep(second)
				abort()
			})
			r.Run(nil)
			timer.Stop()
			if n := len(r.over) + len(r.done) + r.left; n != 100 {
				t.Errorf("seed %d: %d flows, %d requests, %d left", seed, len(r.over), len(r.done), r.left)
			}
			if t.Failed() {
				t.Fatal(fmt.Sprint("seed ", seed))
			}
		}
	})
}

// What a halted run leaves behind is no trouble to the next.
func TestFlowsAfterAHalt(t *testing.T) {
	onPollers(t, func(t *testing.T, onRing bool) {
		halt, abort := closing()
		r := newTour(t, openBooth(t).address, 100, func(c *Config) {
			c.Slots, c.Ring, c.Flows.Cut, c.Flows.Parallel = 3, onRing, halt, 3
		}, stop{path: "/a"}, stop{path: "/stall", parts: 2})
		began := 0
		r.Began = func(*stats.Observation) {
			if began++; began == 3 {
				abort()
			}
		}
		r.halt = halt
		r.Run(nil)
		for _, w := range r.over {
			if w.stopped == nil {
				t.Errorf("%s: not stopped", w.paths())
			}
		}
		for _, err := range r.errs {
			if err != ErrHalted {
				t.Error(err)
			}
		}
		r.rewind(50)
		r.halt, r.Flows.Cut, r.errs, r.over, r.stops = nil, nil, nil, nil, []stop{{path: "/a"}, {path: "/b", parts: 5}}
		r.Run(nil)
		if len(r.over) != 50 || len(r.errs) > 0 {
			t.Errorf("%d flows over, failures %v", len(r.over), r.errs)
		}
	})
}
