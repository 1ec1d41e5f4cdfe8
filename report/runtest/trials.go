package runtest

import (
	"shotput/stats"
	"shotput/stats/search"
)

// SearchOf is a search that ends after so many trials, each of them a run of this shape, and passes up to a load.
func SearchOf(by search.By, holds float64, most int, shape func() *stats.Run) *search.Search {
	rule, err := stats.ParseRule("p99 < 50ms")
	if err != nil {
		panic(err) // it is written above
	}
	s := &search.Search{Goal: search.Goal{By: by, Thresholds: []stats.Rule{rule}}.WithDefaults(), Command: "shotput capacity URL"}
	for step := search.Next(s.Goal, s.Trials); step.End == nil && len(s.Trials) < most; step = search.Next(s.Goal, s.Trials) {
		run := shape()
		run.Totals.GoodputPerSecond = 1.3 * holds
		run.Thresholds = []stats.Threshold{{Rule: "p99 < 50ms", Unit: "ns", Measured: 1.12e6, Result: stats.RuleKept, OK: true}}
		if step.Load > holds {
			run.Thresholds[0] = stats.Threshold{Rule: "p99 < 50ms", Unit: "ns", Measured: 90.4e6, Lower: 81.2e6, Upper: 90.4e6,
				Result: stats.RuleBroken, Why: "it is between 81.2 ms and 90.4 ms"}
		}
		one := step.Trial(s.Goal, run, step.Warmup+step.Span)
		one.Judgement = search.Judgement{Result: search.Pass}
		if step.Load > holds {
			one.Judgement = search.Judgement{Result: search.Fail,
				Reason: "p99 < 50ms is broken: it is between 81.2 ms and 90.4 ms"}
		}
		s.Trials = append(s.Trials, one)
	}
	s.Result = search.SoFar(s.Goal, s.Trials)
	return s
}

// Searches of every shape.
func Searches() map[string]*search.Search {
	return map[string]*search.Search{
		"found":       SearchOf(search.Rate, 983, 99, Kept),
		"concurrency": SearchOf(search.Concurrency, 20, 99, Closed),
		"byterate":    SearchOf(search.ByteRate, 48<<20, 99, ByteRate),
		"unfinished":  SearchOf(search.Rate, 983, 3, Failing),
		"irregular":   SearchOf(search.Rate, 2e6, 99, Kept),
		"nothing":     SearchOf(search.Rate, 983, 0, Kept),
		"hostile":     SearchOf(search.Rate, 983, 5, HostileRun),
	}
}

// CurveRuns are runs at loads, in the order in which a sweep may try them.
func CurveRuns(open bool) (runs []*stats.Run) {
	for _, load := range []float64{800, 100, 1600, 200, 400, 3200} {
		r := Closed()
		if open {
			r = Kept()
			r.Plan.RatePerSecond = load
		} else {
			r.Plan.Concurrency = int(load / 100)
		}
		good := min(load, 1000)
		r.Totals.GoodputPerSecond, r.Totals.AchievedPerSecond, r.Totals.OfferedPerSecond = good, load, load
		runs = append(runs, r)
	}
	return runs
}
