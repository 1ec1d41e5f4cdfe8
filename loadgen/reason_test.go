package loadgen

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"shotput/loadgen/arrivals"
	"shotput/loadgen/text"

	"shotput/stats"
)

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
