package stats

import (
	"math/rand/v2"
	"slices"
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

// Whoever a part of the requests is, no figure of it is below that of as many least floors.
func TestFloorOfPart(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	for n := range 50 {
		var l Latency
		var truth Histogram
		share := rnd.Float64()
		for i := range 2000 {
			d := time.Duration(rnd.ExpFloat64() * float64(5*ms))
			late := time.Duration(0)
			if i%10 == 0 {
				late = 200 * ms
			}
			l.Response.Record(d + late)
			l.Floor.Record(d)
			if (n%2 == 0) == (late > 0) && rnd.Float64() < share || i == 1999 {
				truth.Record(d)
			}
		}
		low := l.FloorOfPart(true, truth.Count(), false)
		if low.Count() != truth.Count() {
			t.Fatalf("%d floors for %d requests", low.Count(), truth.Count())
		}
		for p := 0.; p <= 100; p += .5 {
			if got, true := low.Quantile(p/100), truth.Quantile(p/100); got > true+true/500 {
				t.Fatalf("part of %d: p%v is %v, and its floor %v", truth.Count(), p, true, got)
			}
		}
		if low := l.FloorOfPart(true, truth.Count(), true); low.Count() != 0 {
			t.Error("of what failed a floor is known")
		}
	}
	var firm Latency
	firm.Response.Record(ms)
	if firm.FloorOfPart(true, 1, true) != nil {
		t.Error("where nothing is late there are no bounds")
	}
}

// A threshold is marked where its figure is: up to p94 a run is firm, and no rule on more is.
func TestThresholdsAreMarked(t *testing.T) {
	plan := openPlan
	plan.Thresholds = rulesOf("p90 < 1s", "p99 < 1s", "max < 1s", "service.p99 < 1s", "mean < 1s", "status.204.p99 < 1s", "sent > 1")
	r, rec := NewRun(Run{Plan: plan}), NewRecorder(RecorderConfig{Open: true})
	for i := range 1000 {
		o := okAt(0)
		o.Claimed, o.Sent, o.Done = o.Intended, o.Intended, o.Intended+5*ms
		o.Floor, o.Bounded = o.Response(), true
		if i < 55 {
			o.Sent, o.Done, o.Floor = o.Sent+400*ms, o.Done+400*ms, ms
		}
		rec.Shard(0).Record(o)
	}
	w := rec.Rotate(time.Second, 0)
	r.Add(&w)
	if err := r.Finish(Ending{Planned: 1000, Due: 1000, Span: time.Second, Stopped: time.Second}); err != nil {
		t.Fatal(err)
	}
	for i, want := range []bool{false, true, true, false, true, true, false} {
		if th := r.Thresholds[i]; th.AtMost != want || th.Result != RuleKept {
			t.Errorf("%+v, want marked: %v", th, want)
		}
	}
}

// Whatever answers are read late, and however that hangs together with what they took, the floor is not above the truth;
// and it is not useless where hardly any is.
func TestFloorOfWhatWasReadLate(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	for name, lagOf := range map[string]func() time.Duration{
		"none":   func() time.Duration { return 0 },
		"always": func() time.Duration { return 240 * time.Microsecond },
		"one in a hundred": func() time.Duration {
			if rnd.IntN(100) == 0 {
				return 15 * ms
			}
			return 10 * time.Microsecond
		},
		"exponential": func() time.Duration { return time.Duration(rnd.ExpFloat64() * float64(ms)) },
	} {
		truth, lags := make([]time.Duration, 20_000), make([]time.Duration, 20_000)
		for i := range truth {
			truth[i], lags[i] = time.Duration((1+rnd.ExpFloat64())*float64(5*ms)), lagOf()
		}
		slices.Sort(truth)
		for order, arrange := range map[string]func(){
			"the slow ones": func() { slices.Sort(lags) },
			"the fast ones": func() { slices.Sort(lags); slices.Reverse(lags) },
			"any":           func() { rnd.Shuffle(len(lags), func(i, j int) { lags[i], lags[j] = lags[j], lags[i] }) },
		} {
			arrange()
			var read, lag Histogram
			for i := range truth {
				read.Record(truth[i] + lags[i])
				lag.Record(lags[i])
			}
			low := widen(&read, &lag, 1)
			if low.Count() != read.Count() {
				t.Errorf("%s, %s: %d of %d", name, order, low.Count(), read.Count())
			}
			for _, q := range []float64{.5, .75, .9, .95, .99, .999, 1} {
				real := truth[min(len(truth)-1, int(q*float64(len(truth))))]
				if float64(low.Quantile(q)) > 1.01*float64(real)+1e4 {
					t.Errorf("%s, read late: %s: p%v is %v at the least, and %v in truth", name, order, q*100, low.Quantile(q), real)
				}
			}
			if firm := (Bounds{low.Quantile(.5), read.Quantile(.5)}).Firm(); firm != (name != "exponential") {
				t.Errorf("%s, %s: p50 is firm: %v (%v, %v)", name, order, firm, low.Quantile(.5), read.Quantile(.5))
			}
		}
	}
}

// In a closed loop that nobody stamps, service time has bounds, and rules go by them.
func TestClosedLoopReadLate(t *testing.T) {
	plan := Plan{Model: "closed", Thresholds: rulesOf("p99 < 30ms", "p99 < 1s", "p99 < 1ms", "service.p99 < 30ms")}
	r, rec := NewRun(Run{Plan: plan}), NewRecorder(RecorderConfig{})
	for range 1000 {
		o := okAt(0)
		o.Claimed, o.Sent, o.Done = o.Intended, o.Intended, o.Intended+40*ms
		rec.Shard(0).Record(o)
	}
	w := rec.Rotate(time.Second, 0)
	r.Add(&w)
	e := Ending{Planned: 1000, Due: 1000, Stopped: time.Second, LastDone: time.Second, ReadLag: *histogramOf(20 * ms)}
	if err := r.Finish(e); err != nil {
		t.Fatal(err)
	}
	for i, want := range []Result{RuleNotJudged, RuleKept, RuleBroken, RuleNotJudged} {
		if got := r.Thresholds[i]; got.Result != want {
			t.Errorf("%+v, want %s", got, want)
		}
	}
	if r.FirmTo() != 0 {
		t.Errorf("firm up to %v", r.FirmTo())
	}
}

// A write may return after the answer was received: its part of the service time is no longer than the whole.
func TestUploadIsNoLongerThanService(t *testing.T) {
	tally := Tally{}
	o := Observation{Outcome: OK, Status: 200, Sent: 10, Uploaded: 5_000_000, FirstByte: 2_000_000, Done: 2_000_010}
	tally.recordOK(&o, false)
	if l := &tally.Latency; l.Upload.Max() > l.Service.Max() {
		t.Errorf("upload %v in a service time of %v", l.Upload.Max(), l.Service.Max())
	}
}

// In service time the tool's lateness is not, but how late answers were read is, where nobody stamps them.
func TestServiceBounds(t *testing.T) {
	for what, c := range map[string]struct {
		model, clock string
		lower        time.Duration
	}{"stamped": {"open", "kernel", 5 * ms}, "read late": {"open", "user", 3 * ms}, "closed": {"closed", "user", 2 * ms},
		"closed, stamped": {"closed", "kernel", 5 * ms}} {
		var l Latency
		l.Service.RecordN(5*ms, 1000)
		l.ReadLag.RecordN(2*ms, 1000)
		if c.model == "closed" && c.clock == "user" {
			l.Floor.RecordN(2*ms, 1000)
		}
		b := l.ServiceBoundsOf(c.model == "open", c.clock == "kernel", At(.5))
		if got := b.Lower.Round(100 * time.Microsecond); got != c.lower || b.Upper.Round(100*time.Microsecond) != 5*ms {
			t.Errorf("%s: %v, want %v below 5 ms", what, b, c.lower)
		}
	}
}
