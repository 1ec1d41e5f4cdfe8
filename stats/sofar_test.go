package stats

import (
	"testing"
	"time"
)

// After its last window a run that goes on has what the finished one has, and is gone when that is there.
func TestSoFarBecomesTheRun(t *testing.T) {
	r := NewRun(Run{Plan: Plan{Model: "open", RatePerSecond: 100, Warmup: time.Second,
		Mix: []Request{{Name: "a"}, {Name: "b"}}}})
	rec := NewRecorder(RecorderConfig{Shards: 2, Open: true, Warmup: time.Second, Templates: 2})
	for second := range 3 {
		for i := range 100 {
			due := time.Duration(second)*time.Second + time.Duration(i)*time.Millisecond
			o := &Observation{Intended: due, Claimed: due, Sent: due, Done: due + time.Millisecond, Status: 204,
				Template: i % 2, BodySent: 7}
			if i%10 == 3 {
				o.Outcome, o.Status = BadStatus, 503
			}
			rec.Shard(i).Record(o)
		}
		w := rec.Rotate(time.Duration(second+1)*time.Second, 0)
		r.Add(&w)
		if now := SoFar(r); now.Totals.Sent != int64(100*second) || len(now.Windows) != second+1 || now.Totals.Warmup != 100 {
			t.Errorf("after second %d: %+v", second, now.Totals)
		}
	}
	now := *SoFar(r)
	if err := r.Finish(Ending{Planned: 200, Due: 200, Span: 2 * time.Second, Stopped: 3 * time.Second,
		LastDone: 3 * time.Second}); err != nil {
		t.Fatal(err)
	}
	if SoFar(r) != nil {
		t.Error("a finished run still goes on")
	}
	if now.Totals.OK != r.Totals.OK || now.Totals.Errors() != r.Totals.Errors() ||
		now.Totals.BodyBytesSent != r.Totals.BodyBytesSent ||
		now.Totals.Elapsed != r.Totals.Elapsed || now.Totals.OfferedPerSecond != r.Totals.OfferedPerSecond {
		t.Errorf("totals %+v, of the finished run %+v", now.Totals, r.Totals)
	}
	if now.Latency.Response.Quantile(.99) != r.Latency.Response.Quantile(.99) || len(now.Status) != 2 ||
		len(now.Outcomes) != 1 {
		t.Errorf("status %v, outcomes %v", now.Status, now.Outcomes)
	}
	if len(now.Templates) != 2 || now.Templates[1].Totals != r.Templates[1].Totals {
		t.Errorf("templates %v", now.Templates)
	}
}
