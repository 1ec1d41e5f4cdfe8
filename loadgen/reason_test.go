package loadgen

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"shotput/loadgen/arrivals"
	"shotput/loadgen/request"
	"shotput/loadgen/text"

	"shotput/stats"
)

// A list of URLs that is used once ends the run as rows do, for one request of a mix too, and is named; of several lists
// the shortest does.
func TestListsEndRuns(t *testing.T) {
	list := func(n int) string {
		name := filepath.Join(t.TempDir(), "urls.txt")
		if err := os.WriteFile(name, []byte(strings.Repeat("http://model/x\n", n)), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	short, long := list(3), list(5)
	once := text.Values{Rows: text.Rows{Order: "once"}}
	mix := func(urls ...string) (all []Request) {
		for i, name := range urls {
			r := Request{Name: string(rune('a' + i)), Request: request.Spec{URLs: name}}
			if name == "" {
				r.Request.URL = "http://model/y"
			}
			all = append(all, r)
		}
		return all
	}
	for what, plan := range map[string]Plan{
		"alone":   {Request: request.Spec{URLs: short}},
		"mix":     {Mix: mix(short, "")},
		"behind":  {Mix: mix("", short)},
		"several": {Mix: mix(long, short)},
	} {
		plan.Values, plan.Load = once, Load{Concurrency: 1, Duration: time.Hour}
		if r := fireVirtually(t, plan, after(20*time.Millisecond)); r.Stop.Kind != stats.AtRows || r.Totals.OK != 3 || r.Stop.Text != short+" has no more rows (3)" {
			t.Errorf("%s: %d, %+v", what, r.Totals.OK, r.Stop)
		}
	}
}

// Of each way to end, the run says which it was.
func TestRunsSayWhatEndedThem(t *testing.T) {
	rows := filepath.Join(t.TempDir(), "users.csv")
	if err := os.WriteFile(rows, []byte("name\na\nb\nc\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	rate := arrivals.Rate{PerSecond: 100}
	for what, c := range map[string]struct {
		plan Plan
		want stats.StopKind
	}{
		"duration":              {Plan{Load: Load{Rate: rate, Duration: 2 * time.Second}}, stats.AtDuration},
		"duration, closed":      {Plan{Load: Load{Duration: 2 * time.Second, Warmup: time.Second}}, stats.AtDuration},
		"count":                 {Plan{Load: Load{Rate: rate, Requests: 20}}, stats.AtCount},
		"count before duration": {Plan{Load: Load{Rate: rate, Requests: 20, Duration: 2 * time.Second}}, stats.AtCount},
		"duration before count": {Plan{Load: Load{Rate: rate, Requests: 2000, Duration: 2 * time.Second}}, stats.AtDuration},
		"count, closed":         {Plan{Load: Load{Requests: 20}}, stats.AtCount},
		"schedule": {Plan{Load: Load{Stages: []arrivals.Segment{{Duration: 2 * time.Second, From: 10, To: 20}}}},
			stats.AtSchedule},
		"rows": {Plan{Values: text.Values{Rows: text.Rows{CSV: rows, Order: "once"}}, Load: Load{Rate: rate, Duration: 2 * time.Second}},
			stats.AtRows},
		"abort rule": {Plan{Load: Load{Rate: rate, Duration: 9 * time.Second}, Rules: Rules{Aborts: rules("sent > 5")}},
			stats.ByRule},
	} {
		c.plan.Load.Concurrency = 4
		if r := fireVirtually(t, c.plan, after(20*time.Millisecond)); r.Stop.Kind != c.want || (c.want == stats.AtRows) != (r.Stop.Text == rows+" has no more rows (3)") {
			t.Errorf("%s: %+v, want kind %d", what, r.Stop, c.want)
		}
	}
}
