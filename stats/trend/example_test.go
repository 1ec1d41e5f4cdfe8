package trend_test

import (
	"fmt"
	"time"

	"shotput/stats"
	"shotput/stats/compare"
	"shotput/stats/trend"
)

// Thirty nights, of which the last ten are a tenth slower.
func ExampleOf() {
	var runs []trend.Run
	for night := range 30 {
		took := 5*time.Millisecond + time.Duration(night*7%5)*20*time.Microsecond
		if night >= 20 {
			took += 500 * time.Microsecond
		}
		run := &stats.Run{Started: time.Date(2026, 9, 1+night, 3, 0, 0, 0, time.UTC), Verdict: stats.Verdict{Status: stats.Kept},
			Plan: stats.Plan{Method: "PUT", URL: "http://127.0.0.1:8080/{{seq}}", Model: "closed", Concurrency: 10}}
		run.Latency.Service.Record(took)
		run.Totals = stats.Totals{Sent: 100, OK: 100, AchievedPerSecond: 10 / took.Seconds()}
		runs = append(runs, trend.Run{Round: compare.Round{Run: run, File: fmt.Sprintf("night-%02d.json", night+1), Number: 1}})
	}
	t, err := trend.Of(runs, "", 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	g := t.Groups[0]
	for _, s := range g.Series {
		fmt.Println(s.Metric, s.Verdict)
		for _, c := range s.Changes {
			fmt.Printf("  %s of %+.0f %% at %s, worse: %t\n", c.Kind, 100*c.Change, g.Places[c.To].Runs[0].File, c.Worse)
		}
	}
	// Output:
	// service.p50 changed
	//   step of +10 % at night-21.json, worse: true
	// service.p99 changed
	//   step of +10 % at night-21.json, worse: true
	// rate changed
	//   step of -9 % at night-21.json, worse: true
	// error_rate steady
}
