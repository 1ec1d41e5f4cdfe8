package stats

import (
	"testing"
	"time"
)

// An error is the server's own where its request was sent on time, and nothing was taken off its floor.
func TestPunctualErrors(t *testing.T) {
	rec := NewRecorder(RecorderConfig{Shards: 1, Open: true})
	for _, o := range []Observation{
		{Outcome: BadStatus, Bounded: true, Sent: 20 * time.Microsecond, Floor: 980 * time.Microsecond},
		{Outcome: BadStatus, Bounded: true, Floor: 400 * time.Microsecond}, // in a shadow
		{Outcome: BadStatus, Bounded: true, Sent: 600 * time.Microsecond},  // late itself
		{Outcome: BadStatus}, // nobody bounds it
		{Outcome: OK, Bounded: true, Sent: 20 * time.Microsecond, Floor: 980 * time.Microsecond}, // no error
	} {
		o.Done, o.Status = time.Millisecond, 429
		rec.Shard(0).Record(&o)
	}
	r := NewRun(Run{Plan: Plan{Model: "open", RatePerSecond: 5, Concurrency: 1, Duration: time.Second}})
	w := rec.Rotate(time.Second, 0)
	r.Add(&w)
	if err := r.Finish(Ending{Planned: 5, Due: 5, Span: time.Second, Stopped: time.Second}); err != nil {
		t.Fatal(err)
	}
	if r.Totals.PunctualErrors != 1 || r.Totals.Errors() != 4 {
		t.Errorf("%d of %d errors are of requests that were on time, want 1 of 4", r.Totals.PunctualErrors, r.Totals.Errors())
	}
}
