package compare_test

import (
	"fmt"
	"time"

	"shotput/stats"
	"shotput/stats/compare"
)

// rounds makes n rounds of one plan in which every PUT took about so long; rounds are never quite alike.
func rounds(file string, n int, about time.Duration) (all []compare.Round) {
	for i := range n {
		run := &stats.Run{Plan: stats.Plan{Method: "PUT", URL: "http://127.0.0.1:8080/{{seq}}", Model: "closed"},
			Verdict: stats.Verdict{Status: stats.Kept}}
		for range 100 {
			run.Latency.Service.Record(about + time.Duration(i)*10*time.Microsecond)
		}
		run.Totals = stats.Totals{Planned: 100, Sent: 100, OK: 100, AchievedPerSecond: 1 / about.Seconds()}
		all = append(all, compare.Round{Run: run, File: file, Number: i + 1})
	}
	return all
}

// Ten rounds of a server against ten of the same server after a change that made it a fifth slower.
func ExampleJudge() {
	base, new := rounds("base.json", 10, 5*time.Millisecond), rounds("new.json", 10, 6*time.Millisecond)
	c, err := compare.Judge(base, new, false)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("the whole:", c.Verdict)
	for _, m := range c.Metrics {
		fmt.Printf("%s: %+.0f %%, %s\n", m.Metric, 100*m.Change, m.Verdict)
	}
	// Output:
	// the whole: regression
	// service.p50: +20 %, regression
	// service.p99: +20 %, regression
	// rate: -17 %, regression
	// error_rate: +0 %, pass
}
