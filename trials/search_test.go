package trials

import (
	"bytes"
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"shotput/loadgen"
	"shotput/stats"
	"shotput/stats/curve"
	"shotput/stats/search"
)

// A limit is a runner in virtual time whose server keeps its promise up to a rate, or a concurrency; now and then it has
// a bad second, by the round, as real ones do.
type limit struct{ at float64 }

func (l limit) Run(ctx context.Context, load loadgen.Load, _ stats.Sink) (*stats.Run, error) {
	run := &stats.Run{Schema: stats.Schema, Plan: stats.Plan{Model: "open", Concurrency: load.Concurrency}}
	run.Totals.Planned, run.Totals.Sent, run.Totals.Due = 1, 1, 1
	run.Totals.OK, run.Totals.GoodputPerSecond, run.Totals.AchievedPerSecond = 1, l.at*1.2, l.at*1.2
	run.Verdict.Status = stats.Kept
	amount := load.Rate.PerSecond
	run.Plan.RatePerSecond = amount
	run.Latency.Service.Record(time.Duration(1+load.Round) * time.Millisecond) // each draws its own
	run.Latency.Response = run.Latency.Service
	if load.Rate == (loadgen.Rate{}) {
		run.Plan.Model, amount = "closed", float64(load.Concurrency)
	}
	rule := stats.Threshold{Rule: "p99 < 50ms", Unit: "ns", Measured: 5e6, OK: true, Result: stats.RuleKept}
	if amount > l.at || load.Round%7 == 3 {
		rule.Measured, rule.OK, rule.Result = 9e7, false, stats.RuleBroken
	}
	run.Thresholds = []stats.Threshold{rule}
	select {
	case <-ctx.Done():
		run.Stop = stats.StopReason{Kind: stats.BySignal, Text: context.Cause(ctx).Error()}
	case <-time.After(load.Warmup + load.Duration):
	}
	return run, nil
}

func (limit) Close() error { return nil }

// answer drives a search to its end.
func answer(t *testing.T, ctx context.Context, s *Search, server Runner) ([]search.Trial, error) {
	t.Helper()
	done, err := Drive(ctx, []Runner{server}, s.Next, &listener{})
	return s.After(done), err
}

func TestSearchFindsTheLimit(t *testing.T) {
	for _, c := range []struct {
		goal search.Goal
		at   float64
		lo   float64 // at least
	}{
		{search.Goal{}, 983, 940},
		{search.Goal{By: search.Concurrency}, 20, 20},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := &Search{Goal: c.goal.WithDefaults(), Load: loadgen.Load{Seed: 7}}
			all, err := answer(t, t.Context(), s, limit{c.at})
			if err != nil {
				t.Fatal(err)
			}
			end := search.SoFar(s.Goal, all)
			if !end.Found() || end.Lo < c.lo || end.Lo > c.at || end.Hi <= c.at {
				t.Errorf("by %s: %+v", s.Goal.By, end)
			}
		})
	}
}

// Interrupted at any moment, saved and resumed, a search has the answer of one that was left alone.
func TestInterruptedSearchGoesOn(t *testing.T) {
	goal := search.Goal{}.WithDefaults()
	var whole []search.Trial
	var lasts time.Duration
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		var err error
		if whole, err = answer(t, t.Context(), &Search{Goal: goal}, limit{983}); err != nil {
			t.Fatal(err)
		}
		lasts = time.Since(began)
	})
	want := search.SoFar(goal, whole)
	const points = 10
	for point := range points {
		synctest.Test(t, func(t *testing.T) {
			ctx, stop := loadgen.WithDrain(t.Context())
			timer := time.AfterFunc(lasts*time.Duration(2*point+1)/(2*points), func() { stop(errSignal) })
			defer timer.Stop()
			made, err := answer(t, ctx, &Search{Goal: goal}, limit{983})
			if !errors.Is(err, errSignal) || len(made) >= len(whole) {
				t.Fatalf("point %d: %d trials: %v", point, len(made), err)
			}
			var file bytes.Buffer
			if err := search.Encode(&file, goal, made, ""); err != nil {
				t.Fatal(err)
			}
			saved, err := search.Decode(&file)
			if err != nil {
				t.Fatal(err)
			}
			again, err := answer(t, t.Context(), &Search{Goal: saved.Goal, Trials: saved.Trials}, limit{983})
			if err != nil {
				t.Fatal(err)
			}
			if got := search.SoFar(goal, again); !reflect.DeepEqual(got, want) || len(again) != len(whole) {
				t.Errorf("point %d: %+v, alone: %+v", point, got, want)
			}
		})
	}
}

// Interrupted at any moment, saved and resumed, a sweep has the curve of one that was left alone.
func TestInterruptedSweepGoesOn(t *testing.T) {
	loads, err := curve.Sweep{Lo: 100, Hi: 2000, Steps: 12, Seed: 3}.Points()
	if err != nil {
		t.Fatal(err)
	}
	sweep := &Sweep{By: "rate", Loads: loads, Load: loadgen.Load{Seed: 3, Duration: 10 * time.Second, Warmup: 2 * time.Second}}
	encode := func(done []Result) string {
		var runs []*stats.Run
		for _, r := range done {
			runs = append(runs, r.Run)
		}
		var b bytes.Buffer
		if err := curve.Encode(&b, runs, "a command"); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	var whole []Result
	synctest.Test(t, func(t *testing.T) {
		if whole, err = Drive(t.Context(), []Runner{limit{983}}, sweep.Next, &listener{}); err != nil {
			t.Fatal(err)
		}
	})
	want := encode(whole)
	const points = 10
	for point := range points {
		synctest.Test(t, func(t *testing.T) {
			ctx, stop := loadgen.WithDrain(t.Context())
			timer := time.AfterFunc(12*time.Second*time.Duration(2*point+3)*12/(2*points+3), func() { stop(errSignal) })
			defer timer.Stop()
			made, err := Drive(ctx, []Runner{limit{983}}, sweep.Next, &listener{})
			if !errors.Is(err, errSignal) || len(made) == 0 || len(made) >= len(whole) {
				t.Fatalf("point %d: %d runs: %v", point, len(made), err)
			}
			runs, _, err := curve.Decode(strings.NewReader(encode(made)))
			if err != nil {
				t.Fatal(err)
			}
			var before []Result
			for _, run := range runs {
				before = append(before, Result{Run: run})
			}
			rest, err := Drive(t.Context(), []Runner{limit{983}}, From(before, sweep.Next), &listener{})
			if err != nil || len(before)+len(rest) != len(whole) {
				t.Fatalf("point %d: %d and %d runs: %v", point, len(before), len(rest), err)
			}
			if got := encode(append(before, rest...)); got != want {
				t.Errorf("point %d: the curve is another", point)
			}
		})
	}
}

func TestSearchAsksForItsLoads(t *testing.T) {
	for by, check := range map[search.By]func(l loadgen.Load) bool{
		search.Rate:     func(l loadgen.Load) bool { return l.Rate.PerSecond == 64 && l.Poisson },
		search.ByteRate: func(l loadgen.Load) bool { return l.Rate.BytesPerSecond == 4096 && l.Poisson },
		search.Concurrency: func(l loadgen.Load) bool {
			return l.Rate == loadgen.Rate{} && l.Concurrency == 8 && !l.Poisson
		},
	} {
		g := search.Goal{By: by, Start: map[search.By]float64{search.Rate: 64, search.ByteRate: 4096}[by]}
		if by != search.Concurrency {
			g.Arrivals = "poisson"
		}
		s := &Search{Goal: g.WithDefaults(), Load: loadgen.Load{Seed: 3, Concurrency: 1, Requests: 9}}
		next, more := s.Next(nil)
		if !more || !check(next.Load) || next.Load.Seed != 3 || next.Load.Requests != 0 ||
			next.Load.Duration != 10*time.Second || next.Load.Warmup != 2*time.Second {
			t.Errorf("by %s: %+v", by, next.Load)
		}
	}
}

func TestSweepGoesThroughItsLoads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &server{}
		s := &Sweep{By: "concurrency", Loads: []float64{4, 1, 2}, Load: loadgen.Load{Duration: time.Second}}
		if _, err := Drive(t.Context(), []Runner{a}, s.Next, &listener{}); err != nil {
			t.Fatal(err)
		}
		for i, l := range a.loads {
			if float64(l.Concurrency) != s.Loads[i] || l.Round != i || l.Rate != (loadgen.Rate{}) {
				t.Errorf("run %d: %+v", i, l)
			}
		}
		a = &server{}
		s = &Sweep{By: "rate", Loads: []float64{400, 100}, Load: loadgen.Load{Duration: time.Second, Concurrency: 9}}
		if _, err := Drive(t.Context(), []Runner{a}, s.Next, &listener{}); err != nil {
			t.Fatal(err)
		}
		if len(a.loads) != 2 || a.loads[1].Rate.PerSecond != 100 || a.loads[1].Concurrency != 9 {
			t.Errorf("%+v", a.loads)
		}
	})
}
