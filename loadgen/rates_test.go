package loadgen

import (
	"math"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"shotput/loadgen/arrivals"
	"shotput/loadgen/request"

	"shotput/stats"
)

// What is said against the target does not depend on how long answers take: service times from a thousandth of the span
// to twice the span. Each rate, its count and the time divide, and what is in no rate is told.
func TestRatesDoNotDependOnServiceTime(t *testing.T) {
	const span = 3 * time.Second
	for _, service := range []time.Duration{time.Millisecond, 40 * time.Millisecond, 500 * time.Millisecond, time.Second,
		2 * time.Second, span - time.Millisecond, span, span + time.Millisecond, 2 * span} {
		plan := Plan{Load: Load{Rate: arrivals.Rate{PerSecond: 20}, Duration: span, Concurrency: 150},
			Rules: Rules{Thresholds: rules("rate >= 100% of target", "sent_rate >= 100% of target", "goodput >= 100% of target")}}
		for name, count := range map[string]int64{"time": 0, "count": 60} {
			plan.Load.Requests = count
			r := fireVirtually(t, plan, after(service))
			c := &r.Totals
			answered := int64(0)
			for at := time.Duration(0); at < span; at += 50 * time.Millisecond {
				if at+service <= span {
					answered++
				}
			}
			if c.Sent != 60 || c.Elapsed != span || c.OnTime() != 60 || c.OfferedPerSecond != 20 || c.SentPerSecond() != 20 {
				t.Errorf("%s, %v: %+v", name, service, c)
			}
			if c.Answered != answered || c.Drained != 60-answered || c.InFlightEnd != 60-answered ||
				math.Abs(c.AchievedPerSecond*c.Elapsed.Seconds()-float64(answered)) > 1e-9 {
				t.Errorf("%s, %v: %d answered, want %d: %+v", name, service, c.Answered, answered, c)
			}
			for i, th := range r.Thresholds {
				if nothing := i == 2 && answered == 0; th.OK == nothing || th.NoSamples != nothing {
					t.Errorf("%s, %v: %+v", name, service, th)
				}
			}
			wantVerdict(t, r, stats.Kept)
			if l := &r.Latency; l.Floor.Count() != 60 || l.Floor.Sum() != l.Response.Sum() || l.Punctual.Sum() != l.Floor.Sum() ||
				r.FirmUpTo == nil || *r.FirmUpTo != 100 {
				t.Errorf("%s, %v: %d floors, firm up to %v, though nothing was late", name, service, l.Floor.Count(), r.FirmTo())
			}
			if short := hasWarning(r, "short-span"); short != (span < 2*service) {
				t.Errorf("%s, %v: the span is too short: %v", name, service, short)
			}
		}
	}
}

func hasWarning(r *stats.Run, code string) bool {
	for _, w := range r.Warnings {
		if w.Code == code {
			return true
		}
	}
	return false
}

// A closed loop that ends by count lasts until its last answer, and count / time is its rate; one that ends by time
// counts the answers within it.
func TestRatesOfAClosedLoopDivide(t *testing.T) {
	r := fireVirtually(t, Plan{Load: Load{Requests: 10, Concurrency: 5}}, after(time.Second))
	if c := r.Totals; c.Elapsed != 2*time.Second || c.AchievedPerSecond != 5 || c.Drained != 0 {
		t.Errorf("by count: %+v", c)
	}
	r = fireVirtually(t, Plan{Load: Load{Duration: 2500 * time.Millisecond, Concurrency: 5}}, after(time.Second))
	if c := r.Totals; c.Sent != 15 || c.Answered != 10 || c.AchievedPerSecond != 4 || c.Drained != 5 || c.Drain != 500*time.Millisecond {
		t.Errorf("by time: %+v", c)
	}
	if n, rate := r.Speed(); n != 10 || rate != 4 {
		t.Errorf("%d requests, %v/s", n, rate)
	}
}

// A standstill of the tool is in the response times, and not in the floor.
func TestFloorOfALateTool(t *testing.T) {
	stalled := func(f *firing) {
		spec := f.plan.Request
		spec.Auth.OAuth2.TokenURL = "http://token/"
		var n atomic.Int64 // slots ask at a time
		made, err := spec.Compile(request.Setting{Seed: 1, Start: f.start, Token: func() string {
			if n.Add(1)%100 == 50 {
				time.Sleep(70 * time.Millisecond)
			}
			return "one"
		}})
		if err != nil {
			t.Fatal(err)
		}
		f.mixture.all[0] = made
	}
	for _, poisson := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			plan := Plan{Load: Load{Rate: arrivals.Rate{PerSecond: 20}, Duration: 20 * time.Second, Poisson: poisson}}
			r := fireModel(t, t.Context(), plan, &model{began: time.Now(), answer: after(5 * time.Millisecond)}, stalled)
			l := &r.Latency
			if l.Response.Max() != 75*time.Millisecond || l.Floor.Max() != 5*time.Millisecond || l.Punctual.Max() != 5*time.Millisecond {
				t.Errorf("response up to %v, punctual up to %v, floor up to %v", l.Response.Max(), l.Punctual.Max(), l.Floor.Max())
			}
			if r.FirmTo() >= 100 || r.FirmTo() < 90 || r.Verdict.Status == stats.ServerSaturated {
				t.Errorf("firm up to %v, %+v", r.FirmTo(), r.Verdict)
			}
		})
	}
}

// A drain is what ends after the measured span. A closed loop that ends by count, or by its rows, lasts until its last
// answer: it has none. And where nothing was in flight at the end there is no window of it.
func TestWhatDidNotDrainHasNoDrain(t *testing.T) {
	for name, c := range map[string]struct {
		load    Load
		service time.Duration
		drained bool
	}{
		"one request":             {Load{Requests: 1, Concurrency: 1}, 5 * time.Millisecond, false},
		"a count":                 {Load{Requests: 10, Concurrency: 5}, 700 * time.Millisecond, false},
		"a count before the time": {Load{Requests: 3, Concurrency: 3, Duration: time.Second}, 1500 * time.Millisecond, false},
		"a time, in flight":       {Load{Duration: time.Second, Concurrency: 1}, 700 * time.Millisecond, true},
		"a rate, nothing open":    {Load{Rate: arrivals.Rate{PerSecond: 100}, Duration: time.Second}, time.Millisecond, false},
		"a rate, in flight":       {Load{Rate: arrivals.Rate{PerSecond: 100}, Duration: time.Second}, 50 * time.Millisecond, true},
	} {
		r := fireVirtually(t, Plan{Load: c.load}, after(c.service))
		var drains, done int64
		for _, w := range r.Windows {
			if done += w.Done; w.Drain {
				drains++
			}
		}
		if (drains > 0) != c.drained || (r.Totals.Drained > 0) != c.drained || done != r.Totals.Sent {
			t.Errorf("%s: %d drained, %d windows of drain: %+v", name, r.Totals.Drained, drains, r.Windows)
		}
		if byCount := c.load.Requests > 0; byCount != (r.Stop.Kind == stats.AtCount) {
			t.Errorf("%s: ended by %v", name, r.Stop)
		}
	}
}
