package curve_test

import (
	"fmt"
	"time"

	"shotput/stats"
	"shotput/stats/curve"
)

// A sweep over a server of one millisecond that takes 1000 a second and no more.
func ExampleOf() {
	loads, err := curve.Sweep{Lo: 100, Hi: 3200, Steps: 6, Seed: 1}.Points()
	if err != nil {
		fmt.Println(err)
		return
	}
	var runs []*stats.Run
	for _, rate := range loads {
		done := min(rate, 1000)
		run := &stats.Run{Plan: stats.Plan{Method: "PUT", URL: "http://127.0.0.1:8080/{{seq}}", Model: "open", RatePerSecond: rate},
			Verdict: stats.Verdict{Status: stats.Kept}}
		run.Latency.Response.Record(time.Millisecond + time.Duration((rate-done)/rate*float64(10*time.Second)))
		run.Totals = stats.Totals{Sent: 1, OK: 1, OfferedPerSecond: rate, AchievedPerSecond: done, GoodputPerSecond: done}
		runs = append(runs, run)
	}
	c, err := curve.Of(runs)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, p := range c.Points {
		fmt.Printf("%4.0f/s: p99 %s, %4.0f/s done\n", p.Load, stats.FormatDuration(p.Response.P99.Upper), p.Goodput)
	}
	fmt.Printf("knee at %.0f/s by %s\n", c.Knee.Load, c.Knee.Metric)
	// Output:
	//  100/s: p99 1.00 ms,  100/s done
	//  200/s: p99 1.00 ms,  200/s done
	//  400/s: p99 1.00 ms,  400/s done
	//  800/s: p99 1.00 ms,  800/s done
	// 1600/s: p99 3.75 s, 1000/s done
	// 3200/s: p99 6.88 s, 1000/s done
	// knee at 800/s by response.p99
}
