package runtest

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"shotput/stats"
	"shotput/stats/compare"
	"shotput/stats/trend"
)

// Trends of every shape.
var Trends = map[string]func() *trend.Trend{"worse": sync.OnceValue(Worsened), "steady": sync.OnceValue(steady),
	"short": sync.OnceValue(short), "plans": sync.OnceValue(plans), "labelled": sync.OnceValue(labelled),
	"hostile": sync.OnceValue(hostileTrend), "loose": sync.OnceValue(loose)}

// A night is a saved run of a history: its response time, and how many of a thousand requests failed.
type night struct {
	response time.Duration
	failed   int64
}

var firstNight = time.Date(2026, 9, 1, 3, 0, 0, 0, time.UTC)

func (n night) save(number int) trend.Run {
	r := &stats.Run{Started: firstNight.AddDate(0, 0, number), Clock: "kernel", Plan: stats.Plan{Method: "PUT",
		URL: "http://127.0.0.1:8080/objects/{{seq}}", Model: "open", RatePerSecond: 100, Concurrency: 50, Expect: "2xx",
		Protocol: "HTTP/1.1"},
		Verdict: stats.Verdict{Status: stats.Kept}}
	for k := range 100 {
		r.Latency.Response.Record(n.response * time.Duration(100+k/4) / 100)
		r.Latency.Floor.Record(n.response * time.Duration(100+k/4) / 100)
		r.Latency.Service.Record(n.response * time.Duration(98+k/4) / 100)
	}
	r.Totals = stats.Totals{Planned: 1000, Sent: 1000, OK: 1000 - n.failed, Failed: n.failed, AchievedPerSecond: 100}
	return trend.Run{Round: compare.Round{Run: r, File: fmt.Sprintf("runs/night-%02d.json", number+1), Number: 1}}
}

// nights are n of them, each so much slower than 5 ms as slower says.
func nights(n int, slower func(int) float64) (all []trend.Run) {
	rnd := rand.New(rand.NewPCG(9, 9))
	for i := range n {
		response := 5e6 * (1 + slower(i)) * math.Exp(.01*rnd.NormFloat64())
		all = append(all, night{response: time.Duration(response)}.save(i))
	}
	return all
}

func trendOf(runs []trend.Run, by string) *trend.Trend {
	t, err := trend.Of(runs, by, 1)
	if err != nil {
		panic(err) // of runs that are made here
	}
	return t
}

// Worsened is a history of sixty nights that became slower at the 26th, faster again, and slower at the 56th.
func Worsened() *trend.Trend {
	return trendOf(nights(60, func(i int) float64 {
		switch {
		case i < 25:
			return 0
		case i < 40:
			return .1
		case i < 55:
			return -.05
		}
		return .12
	}), "")
}

func steady() *trend.Trend { return trendOf(nights(30, func(int) float64 { return 0 }), "") }

func short() *trend.Trend { return trendOf(nights(5, func(int) float64 { return 0 }), "") }

// plans has runs of two, a ramp in one, a run by which nothing is judged, and files that are none.
func plans() *trend.Trend {
	runs := nights(60, func(i int) float64 { return .3 * min(max(float64(i-15)/30, 0), 1) })
	other := nights(20, func(int) float64 { return 0 })
	for i := range other {
		other[i].Plan.Concurrency, other[i].File = 64, fmt.Sprintf("runs/wide-%02d.json", i+1)
	}
	runs[7].Verdict = stats.Verdict{Status: stats.ClientLimited, Reason: "timer lag p99 1.32 ms is above 1.00 ms"}
	t := trendOf(append(runs, other...), "")
	for i := range 7 {
		t.Skipped = append(t.Skipped, trend.Skipped{File: fmt.Sprintf("runs/notes-%d.txt", i+1), Why: "it is no JSON"})
	}
	return t
}

// labelled has three runs of each commit, of which the newest is odd.
func labelled() *trend.Trend {
	runs := nights(60, func(i int) float64 {
		if i >= 57 {
			return .2
		}
		return 0
	})
	for i := range runs {
		runs[i].Label = fmt.Sprintf("%07xabcdef", 0x3fa10c1+i/3*7919)
	}
	return trendOf(runs, "commit")
}

// loose is a history in which the tool was late in every third run.
func loose() *trend.Trend {
	runs := nights(30, func(int) float64 { return 0 })
	for i := range runs {
		if i%3 == 0 {
			l := &runs[i].Latency
			l.Floor = stats.Histogram{}
			l.Floor.RecordN(3*time.Millisecond, 100)
		}
	}
	return trendOf(runs, "")
}

func hostileTrend() *trend.Trend {
	t := Worsened()
	g := &t.Groups[0]
	g.URL, t.By = Hostile+strings.Repeat("x", 300), Hostile
	for i := range g.Places {
		g.Places[i].Label = Hostile + strings.Repeat("x", 300)
	}
	g.Series[0].Reason = Hostile
	g.Warnings = append(g.Warnings, stats.Warning{Code: Hostile, Text: Hostile, Try: Hostile})
	t.Skipped = []trend.Skipped{{File: Hostile, Why: Hostile}}
	return t
}
