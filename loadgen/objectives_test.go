package loadgen

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"shotput/loadgen/arrivals"
	"shotput/loadgen/fault"
	"shotput/loadgen/request"

	"shotput/stats"
)

// rules are read as they are, those among them that are none.
func rules(texts ...string) (all []stats.Rule) {
	for _, text := range texts {
		rule, _ := stats.ParseRule(text)
		all = append(all, rule)
	}
	return all
}

func texts(rules []stats.Rule) (all []string) {
	for _, r := range rules {
		all = append(all, r.String())
	}
	return all
}

func TestThresholdsOfARun(t *testing.T) {
	plan := Plan{
		Load:  Load{Rate: arrivals.Rate{PerSecond: 100}, Duration: 4 * time.Second, Concurrency: 10},
		Rules: Rules{Thresholds: rules("p99<50 ms, rate >= 99% of target", "status.4xx > 0")},
	}
	r := fireVirtually(t, plan, after(20*time.Millisecond))
	if want := []string{"p99 < 50ms", "rate >= 99% of target", "status.4xx > 0"}; !slices.Equal(texts(r.Plan.Thresholds), want) {
		t.Errorf("the plan says %q, want %q", r.Plan.Thresholds, want)
	}
	if len(r.Thresholds) != 3 || !r.Thresholds[0].OK || !r.Thresholds[1].OK || r.Thresholds[2].OK || r.OK {
		t.Errorf("%+v, ok %v", r.Thresholds, r.OK)
	}
}

// failing answers 500 from an instant on.
func failing(from time.Duration) func(int, time.Duration) (time.Duration, int) {
	return func(_ int, now time.Duration) (time.Duration, int) {
		if now >= from {
			return now + 20*time.Millisecond, 500
		}
		return now + 20*time.Millisecond, 200
	}
}

func TestAbortEndsTheRun(t *testing.T) {
	for name, c := range map[string]struct {
		plan    Plan
		ends    time.Duration
		due     int64
		planned int64
	}{
		"open": {Plan{
			Load:  Load{Rate: arrivals.Rate{PerSecond: 100}, Duration: time.Minute, Concurrency: 10},
			Rules: Rules{Aborts: rules("p99 > 1h", "error_rate>50% for 2s, sent > 1")},
		}, 5 * time.Second, 500, 6000},
		"open, warming up": {Plan{
			Load:  Load{Rate: arrivals.Rate{PerSecond: 100}, Warmup: 4 * time.Second, Duration: time.Minute, Concurrency: 10},
			Rules: Rules{Aborts: rules("p99 > 1h", "error_rate>50% for 2s, sent > 1")},
		}, 6 * time.Second, 200, 6000},
		"closed": {Plan{Load: Load{Requests: 100_000, Concurrency: 10}, Rules: Rules{Aborts: rules("p99 > 1h", "error_rate>50% for 2s, sent > 1")}},
			5 * time.Second, 0, 100_000},
	} {
		r := fireVirtually(t, c.plan, failing(3*time.Second))
		if r.Stop.String() != "abort: error_rate > 50% for 2s and sent > 1" || r.OK || !r.AbortedByRule() {
			t.Errorf("%s: interrupted by %q, ok %v", name, r.Stop, r.OK)
		}
		if got := r.Totals.Elapsed + c.plan.Load.Warmup; got.Round(time.Second) != c.ends {
			t.Errorf("%s: it ended after %v, want %v", name, got, c.ends)
		}
		if r.Totals.Planned != c.planned || c.due > 0 && (r.Totals.Due < c.due || r.Totals.Due > c.due+1) || r.Totals.Aborted != 0 || r.Totals.Unsent == 0 {
			t.Errorf("%s: %+v", name, r.Totals)
		}
	}
}

// What is in flight when a rule strikes may finish, within its time limit; an interrupt that comes then ends it.
func TestAbortDrains(t *testing.T) {
	slow := func(n int, now time.Duration) (time.Duration, int) {
		if n == 50 {
			return now + 20*time.Second, 200
		}
		return now + 20*time.Millisecond, 500
	}
	plan := Plan{Load: Load{Rate: arrivals.Rate{PerSecond: 100}, Duration: time.Minute, Concurrency: 10}, Rules: Rules{Aborts: rules("error_rate > 1%")}}
	r := fireVirtually(t, plan, slow)
	if r.Totals.OK != 1 || r.Totals.Aborted != 0 || !r.AbortedByRule() || r.Windows[len(r.Windows)-1].End < 20*time.Second {
		t.Errorf("%q: %+v", r.Stop, r.Totals)
	}
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(5*time.Second, func() { cancel(errors.New("interrupted")) })
		r = fireModel(t, ctx, plan, &model{began: time.Now(), answer: slow})
	})
	wantConserved(t, r)
	if r.Totals.OK != 0 || r.Totals.Aborted != 1 || r.Stop.String() != "abort: error_rate > 1%" {
		t.Errorf("%q: %+v", r.Stop, r.Totals)
	}
}

// A rule that comes true as the run ends by itself ends nothing.
func TestAbortAtTheEnd(t *testing.T) {
	for _, rate := range []float64{0, 100} {
		plan := Plan{Load: Load{Rate: arrivals.Rate{PerSecond: rate}, Duration: 4 * time.Second, Concurrency: 10}, Rules: Rules{Aborts: rules("error_rate > 1%")}}
		if r := fireVirtually(t, plan, failing(3*time.Second)); r.Stop.String() != "" || !r.OK || r.Totals.Unsent != 0 {
			t.Errorf("%q: %+v", r.Stop, r.Totals)
		}
	}
}

func TestValidateObjectives(t *testing.T) {
	plan := Plan{
		Request: request.Spec{URL: "http://127.0.0.1/"},
		Rules:   Rules{Thresholds: rules("p99 < 5", "p99 < 1s, response.p99 < 1s", "p99 < 1s"), Aborts: rules("unsent > 5", "x < 1", "rate < 50% of target")},
	}
	var got []string
	for _, err := range plan.Validate().(interface{ Unwrap() []error }).Unwrap() {
		var f *fault.Fault
		if !errors.As(err, &f) {
			t.Fatal(err)
		}
		got = append(got, f.Field+" "+f.Value+": "+f.Why)
	}
	want := []string{`threshold p99 < 5: column 7: "5" is no bound`, "threshold p99 < 1s, response.p99 < 1s: response.p99 needs a rate",
		"abort unsent > 5: unsent is known only", `abort x < 1: column 1: "x" is no metric`, "abort rate < 50% of target: of target needs a rate"}
	if len(got) != len(want) {
		t.Fatalf("%q", got)
	}
	for i := range want {
		if !strings.HasPrefix(got[i], want[i]) {
			t.Errorf("%s, want %s", got[i], want[i])
		}
	}
	mixed := Plan{
		Mix:   []Request{{Request: request.Spec{URL: "http://127.0.0.1/a"}, Name: "a"}, {Request: request.Spec{URL: "http://127.0.0.1/?token=s3cret"}}},
		Rules: Rules{Thresholds: rules(`template."a".p99 < 1s`, `template."http://127.0.0.1/?token=REDACTED".p99 < 1s`)},
	}
	if err := mixed.Validate(); err != nil {
		t.Error(err)
	}
	if saved := mixed.Record().Thresholds; !slices.Equal(texts(saved), texts(mixed.Rules.Thresholds)) {
		t.Errorf("%q", saved)
	}
}
