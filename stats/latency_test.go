package stats

import (
	"testing"
	"time"
)

// Bounds are firm where they differ by a tenth, or by 50 µs.
func TestFirm(t *testing.T) {
	for _, c := range []struct {
		b    Bounds
		firm bool
	}{
		{Bounds{90 * ms, 100 * ms}, true}, {Bounds{90*ms - 1, 100 * ms}, false},
		{Bounds{50 * time.Microsecond, 100 * time.Microsecond}, true}, {Bounds{49 * time.Microsecond, 100 * time.Microsecond}, false},
		{Bounds{}, true}, {Bounds{100 * ms, 100 * ms}, true},
	} {
		if got := c.b.Firm(); got != c.firm {
			t.Errorf("%+v: %v, want %v", c.b, got, c.firm)
		}
	}
}

// A run is firm up to where its floor and its response part: p94 of one in which six of a hundred were held up.
func TestFirmUpTo(t *testing.T) {
	for _, c := range []struct {
		late, n int
		want    float64
	}{{0, 1000, 100}, {55, 1000, 94}, {1, 100_000, 99.99}, {600, 1000, 0}} {
		r, rec := NewRun(Run{Plan: openPlan}), NewRecorder(RecorderConfig{Open: true, Templates: 2})
		for i := range c.n {
			o := okAt(0)
			o.Claimed, o.Sent, o.Done = o.Intended, o.Intended, o.Intended+5*ms
			o.Floor, o.Bounded = o.Response(), true
			if i < c.late {
				o.Sent, o.Done, o.Floor = o.Sent+400*ms, o.Done+400*ms, ms
			}
			rec.Shard(0).Record(o)
		}
		w := rec.Rotate(time.Second, 0)
		r.Add(&w)
		if err := r.Finish(Ending{Planned: int64(c.n), Due: int64(c.n), Span: time.Second, Stopped: time.Second}); err != nil {
			t.Fatal(err)
		}
		if r.FirmUpTo == nil || *r.FirmUpTo != c.want {
			t.Errorf("%d of %d late: firm up to %v, want %v", c.late, c.n, r.FirmTo(), c.want)
		}
		if l := &r.Latency; l.Floor.Count() != int64(c.n) || l.Punctual.Max() != 5*ms || w.FloorMax != l.Floor.Max() {
			t.Errorf("%d floors, punctual up to %v", l.Floor.Count(), l.Punctual.Max())
		}
	}
	if r := (&Run{}); r.FirmTo() != 100 {
		t.Error("what nothing is known of is not firm")
	}
}
