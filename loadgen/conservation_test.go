package loadgen

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"shotput/loadgen/arrivals"
	"shotput/loadgen/transport"

	"shotput/stats"
)

// Nothing is lost: planned = ok + failed + timed out + aborted + unsent, whatever happens to the run.

var errInterrupted = errors.New("interrupted")

// interrupt runs plan over server in a bubble, asks it to drain after soft and to end at once after hard (0: never).
func interrupt(t *testing.T, plan Plan, server http.RoundTripper, soft, hard time.Duration) *stats.Run {
	t.Helper()
	ctx, done := endingAfter(soft, hard)
	defer done()
	return fireModel(t, ctx, plan, server)
}

// endingAfter is a context that asks a run to drain after soft and to end at once after hard (0: never).
func endingAfter(soft, hard time.Duration) (ctx context.Context, done func()) {
	parent, cancel := context.WithCancel(context.Background())
	ctx, stop := WithDrain(parent)
	timers := map[time.Duration]func(){soft: func() { stop(errInterrupted) }, hard: cancel}
	var running []*time.Timer
	for at, do := range timers {
		if at > 0 {
			running = append(running, time.AfterFunc(at, do))
		}
	}
	return ctx, func() {
		for _, timer := range running {
			timer.Stop()
		}
		stop(nil)
		cancel()
	}
}

func TestConservedAfterInterruptAtAnyMoment(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		plan := Plan{Load: Load{Concurrency: 1 + r.IntN(20)}, NoPreflight: true}
		if r.IntN(3) > 0 {
			plan.Load.Rate.PerSecond = 1 + 500*r.Float64()
			plan.Load.Poisson = r.IntN(2) == 0
		}
		if r.IntN(2) == 0 {
			plan.Load.Requests = 1 + r.Int64N(1500)
		} else {
			plan.Load.Duration = time.Duration(1 + r.Int64N(int64(4*time.Second)))
		}
		if r.IntN(3) == 0 {
			plan.Load.Warmup = time.Duration(r.Int64N(int64(time.Second)))
		}
		soft := time.Duration(1 + r.Int64N(int64(3*time.Second)))
		hard := soft + time.Duration(r.Int64N(int64(100*time.Millisecond)))
		synctest.Test(t, func(t *testing.T) {
			run := interrupt(t, plan, &model{began: time.Now(), answer: after(time.Duration(r.Int64N(int64(80 * time.Millisecond))))}, soft, hard)
			wantConserved(t, run)
			if run.Totals.Unsent > 0 && plan.Load.Rate.PerSecond == 0 && plan.Load.Requests == 0 {
				t.Errorf("%d unsent in a closed loop without a count", run.Totals.Unsent)
			}
		})
		if t.Failed() {
			t.Fatalf("plan %+v, soft %v, hard %v", plan, soft, hard)
		}
	}
}

func TestDrainWaitsAndHaltAborts(t *testing.T) {
	plan := Plan{Load: Load{Rate: arrivals.Rate{PerSecond: 100}, Concurrency: 100, Duration: 10 * time.Second}}
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		run := interrupt(t, plan, &model{began: began, answer: after(500 * time.Millisecond)}, 2050*time.Millisecond, 0)
		if run.Totals.OK != 206 || run.Totals.Aborted != 0 || run.Totals.Unsent != 794 {
			t.Errorf("drained: %+v, want 206 ok, 794 unsent", run.Totals)
		}
		if run.Stop.String() != errInterrupted.Error() {
			t.Errorf("interrupted by %q", run.Stop)
		}
		if took := time.Since(began); took < 2550*time.Millisecond || took > 2600*time.Millisecond {
			t.Errorf("took %v, want the drain's half second", took)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		run := interrupt(t, plan, &model{began: time.Now(), answer: after(500 * time.Millisecond)}, 2050*time.Millisecond, 2100*time.Millisecond)
		if run.Totals.Aborted != 45 || run.Totals.OK != 161 {
			t.Errorf("halted: %+v, want 161 ok, 45 aborted", run.Totals)
		}
	})
}

func TestConservedWhenEverythingTimesOut(t *testing.T) {
	plan := Plan{Load: Load{Rate: arrivals.Rate{PerSecond: 100}, Concurrency: 20, Duration: 3 * time.Second}, Transport: transport.Spec{Timeout: 500 * time.Millisecond}}
	run := fireVirtually(t, plan, after(time.Hour))
	if run.Totals.OK != 0 || run.Totals.TimedOut == 0 || run.OK {
		t.Errorf("%+v, ok %v, want nothing but timeouts", run.Totals, run.OK)
	}
	if longest := run.Latency.Failed.Max(); longest != 500*time.Millisecond {
		t.Errorf("the longest timeout took %v, want the limit", longest)
	}
}

// flaky fails in turn in the ways a transport fails.
type flaky struct {
	model
	faults []error
}

func (f *flaky) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := f.model.RoundTrip(r)
	f.mu.Lock()
	defer f.mu.Unlock()
	if fault := f.faults[f.n%len(f.faults)]; err == nil && fault != nil {
		return nil, fault
	}
	return response, err
}

func TestFailuresAreClassedAndCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &flaky{model: model{began: time.Now(), answer: after(time.Millisecond)},
			faults: []error{nil, syscall.ECONNRESET, nil, syscall.ECONNREFUSED, errors.New("odd")}}
		run := fireModel(t, t.Context(), Plan{Load: Load{Rate: arrivals.Rate{PerSecond: 100}, Requests: 1000, Concurrency: 1}}, server)
		wantConserved(t, run)
		want := map[stats.Outcome]int64{stats.Reset: 200, stats.Refused: 200, stats.Other: 200}
		for _, f := range run.Outcomes {
			if f.Count != want[f.Outcome] || f.Example == "" {
				t.Errorf("%d × %v (%q), want %d", f.Count, f.Outcome, f.Example, want[f.Outcome])
			}
		}
		if run.Totals.OK != 400 {
			t.Errorf("ok %d, want 400", run.Totals.OK)
		}
	})
}
