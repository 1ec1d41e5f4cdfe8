package stats

import (
	"testing"
	"time"
)

// Joined windows are the window that would have been kept of the whole span.
func TestJoinWindows(t *testing.T) {
	var all []Window
	var whole Histogram
	for i := range 3 {
		w := Window{Start: time.Duration(i) * time.Second, End: time.Duration(i+1) * time.Second, InFlight: int64(i),
			Status: []StatusCount{{Code: 200 + i, Count: 5}, {Code: 503, Count: 1}}, Failed: 1, TimerLagP99: time.Duration(i)}
		for k := range 100 {
			d := time.Duration((i+1)*(k+1)) * time.Millisecond
			w.Headline.Record(d)
			whole.Record(d)
		}
		w.OK, w.Done, w.Due, w.Max = 100, 101, 101, w.Headline.Max()
		w.P50, w.P99 = w.Headline.Quantile(.5), w.Headline.Quantile(.99)
		all = append(all, w)
	}
	j := JoinWindows(all)
	if j.Start != 0 || j.End != 3*time.Second || j.OK != 300 || j.Done != 303 || j.Due != 303 || j.Failed != 3 ||
		j.InFlight != 2 || j.P50 != whole.Quantile(.5) || j.P99 != whole.Quantile(.99) || j.Max != whole.Max() ||
		len(j.Status) != 4 || j.Status[1].Count != 3 || j.TimerLagP99 != 2 {
		t.Errorf("joined: %+v", j)
	}
	if all[0].Status[1].Count != 1 || all[0].Headline.Count() != 100 {
		t.Error("a window was changed by joining it")
	}
	all[1].OK, all[1].Headline = 200, Histogram{} // as in the warm-up
	if j := JoinWindows(all); j.P99 != all[1].P99 {
		t.Errorf("p99 of what is not all kept: %v", j.P99)
	}
	if j := JoinWindows(nil); j.End != 0 {
		t.Errorf("of nothing: %+v", j)
	}
}

func TestObjectiveLine(t *testing.T) {
	open, closed := &Plan{Model: "open"}, &Plan{Model: "closed"}
	for _, c := range []struct {
		rule string
		plan *Plan
		want Line
		ok   bool
	}{
		{"p99 < 50ms", open, Line{"p99", 50e6}, true},
		{"response.max < 1s", open, Line{"max", 1e9}, true},
		{"response.max < 1s", closed, Line{}, false},
		{"service.p50 < 1s", closed, Line{"p50", 1e9}, true},
		{"service.p50 < 1s", open, Line{}, false},
		{"rate >= 99% of target", open, Line{"rate", 990}, true},
		{"rate >= 500/s", closed, Line{"rate", 500}, true},
		{"goodput >= 60/m", open, Line{"goodput", 1}, true},
		{"error_rate < 1%", open, Line{}, false},
	} {
		all, err := ParseObjectives(c.rule)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := all[0].Line(c.plan, 1000); got != c.want || ok != c.ok {
			t.Errorf("%s: %+v, %v", c.rule, got, ok)
		}
	}
}
