package runtest

import (
	"strings"

	"shotput/stats"
	"shotput/stats/compare"
)

// Comparisons of every shape.
var Comparisons = map[string]*compare.Comparison{"regression": Regressed(), "single": single(),
	"hostile": hostileComparison(), "closed": closedComparison(), "bounds": bounded()}

func sides(rounds, judged int) (base, new compare.Side) {
	base = compare.Side{
		Method: "PUT",
		URL:    "http://127.0.0.1:8080/objects/{{seq}}",
		Files:  []string{"results/base.json"},
		Rounds: rounds,
		Judged: judged,

		Excluded: []compare.Exclusion{},
	}
	new = base
	new.Files = []string{"results/new.json"}
	return base, new
}

// Regressed is a comparison in which something became worse, and something better.
func Regressed() *compare.Comparison {
	c := &compare.Comparison{Schema: compare.Schema, Verdict: compare.Regression, Test: compare.MannWhitney}
	c.Base, c.New = sides(10, 10)
	c.New.Judged, c.New.Excluded = 9,
		[]compare.Exclusion{{File: "results/new.json", Round: 3,
			Why: "client_limited: timer lag p99 1.32 ms is above 1.00 ms"}}
	evidence := func(low, high, p float64) *compare.Evidence {
		return &compare.Evidence{Low: low, High: high, P: p, Holm: 4 * p}
	}
	c.Metrics = []compare.Change{
		{Metric: "response.p50", Unit: "ns", Base: 5.21e6, New: 5.72e6, Change: .098,
			Evidence: evidence(.091, .104, .000011), Verdict: compare.Regression},
		{
			Metric:   "response.p99",
			Unit:     "ns",
			Base:     7.9e6,
			New:      8.8e6,
			Change:   .113,
			Evidence: evidence(-.021, .262, .091),
			Verdict:  compare.Inconclusive,
			Reason:   "a change as far as +26.2 % is not ruled out",
		},
		{
			Metric:   "service.p50",
			Unit:     "ns",
			Base:     5.2e6,
			New:      4.5e6,
			Change:   -.134,
			Evidence: evidence(-.15, -.12, .000011),
			Verdict:  compare.Improvement,
		},
		{
			Metric:   "service.p99",
			Unit:     "ns",
			Base:     7.8e6,
			New:      7.81e6,
			Change:   .0003,
			Evidence: evidence(-.01, .012, .25),
			Verdict:  compare.Pass,
		},
		{Metric: "error_rate", Unit: "ratio", Base: 0, New: .0012, Change: .0012, Absolute: true,
			Evidence: evidence(.0005, .0018, .002), Verdict: compare.Regression},
	}
	c.Warnings = []stats.Warning{{Code: "left-out",
		Text: "round 3 of results/new.json is not judged by: client_limited: timer lag p99 1.32 ms is above 1.00 ms"}}
	return c
}

func single() *compare.Comparison {
	c := &compare.Comparison{Schema: compare.Schema, Verdict: compare.Unjudged, Test: compare.MannWhitney}
	c.Base, c.New = sides(1, 1)
	c.Metrics = []compare.Change{
		{Metric: "response.p50", Unit: "ns", Base: 214e3, New: 241e3, Change: .126, Verdict: compare.Unjudged,
			Reason: "1 and 1 rounds"},
		{Metric: "response.p99", Unit: "ns", Missing: 1, Verdict: compare.Unjudged, Reason: "1 and 1 rounds"},
		{Metric: "error_rate", Unit: "ratio", Absolute: true, Verdict: compare.Unjudged, Reason: "1 and 1 rounds"},
	}
	c.Warnings = []stats.Warning{{Code: "single-round", Text: "one round a side: nobody can tell",
		Try: "--repeat 10, on both sides"}}
	return c
}

func closedComparison() *compare.Comparison {
	c := &compare.Comparison{Schema: compare.Schema, Verdict: compare.Pass, Test: compare.SignedRank,
		Warnings: []stats.Warning{}}
	c.Base, c.New = sides(15, 15)
	c.Metrics = []compare.Change{
		{Metric: "service.p50", Unit: "ns", Base: 3.5e12, New: 3.6e12, Change: 12.5,
			Evidence: &compare.Evidence{Low: -.99, High: 123.4, P: 1, Holm: 1}, Verdict: compare.Pass},
		{Metric: "rate", Unit: "per_second", Base: 123456, New: 122456, Change: -.0081,
			Evidence: &compare.Evidence{Low: -.02, High: .001, P: .03, Holm: .06}, Verdict: compare.Pass},
	}
	return c
}

// bounded is a comparison of rounds that a late tool made: what it knows of response time are bounds.
func bounded() *compare.Comparison {
	c := &compare.Comparison{Schema: compare.Schema, Verdict: compare.Unjudged, Test: compare.MannWhitney}
	c.Base, c.New = sides(10, 10)
	wide := &compare.Evidence{Low: -.35, High: .46, P: .9, Holm: 1}
	late := "this tool was late, and knows only bounds: a change from -35.0 % to +46.0 %"
	c.Metrics = []compare.Change{
		{Metric: "response.p50", Unit: "ns", Base: 5.2e6, New: 7.5e6, NewLower: 5.1e6, Change: .44, Evidence: wide,
			Verdict: compare.Unjudged, Machine: true, Instead: "service.p50",
			Reason: late + "; service.p50 is judged in its place, by the kernel's receive stamps"},
		{Metric: "response.p99", Unit: "ns", Base: 40e6, BaseLower: 9e6, New: 41e6, NewLower: 9e6, Change: .025,
			Evidence: wide, Verdict: compare.Unjudged, Machine: true, Reason: late},
		{Metric: "service.p50", Unit: "ns", Base: 5.1e6, New: 5.1e6, NewAtLeast: true, Verdict: compare.Inconclusive,
			Evidence: wide, Reason: "requests were open when rounds ended, and may have taken any time"},
		{Metric: "service.p99", Unit: "ns", Base: 8e6, New: 8.1e6, Change: .0125, Verdict: compare.Pass,
			Evidence: &compare.Evidence{Low: -.01, High: .03, P: .5, Holm: 1},
			Reason:   "judged by 10 of 10 rounds of base and 6 of 10 of new: of the others only bounds are known"},
	}
	c.Warnings = []stats.Warning{{Code: "machine", Try: "a machine with less else to do, or a lower rate",
		Text: "this machine was the limit: this tool was late, and what it knows are bounds"}}
	return c
}

func hostileComparison() *compare.Comparison {
	c := Regressed()
	c.New.Files = []string{Hostile + strings.Repeat("x", 300), Hostile}
	c.Base.Files, c.Base.URL = []string{Hostile + strings.Repeat("x", 300)}, Hostile
	c.Metrics[1].Reason = Hostile
	c.Warnings = append(c.Warnings, stats.Warning{Code: Hostile, Text: Hostile, Try: Hostile})
	return c
}
