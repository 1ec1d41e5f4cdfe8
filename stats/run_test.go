package stats

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	_ "shotput/putserver/realtest/tether" // these tests end with go test
)

var openPlan = Plan{Method: "PUT", Engine: "wire", Model: "open", RatePerSecond: 1000, Arrivals: "uniform",
	Concurrency: 64, Duration: 10 * time.Second, Timeout: time.Second}

// lifeOf is a schedule of n arrivals, 1/rate apart after the warm-up, each answered service after its start;
// slots bounds how many are open at once, 0 for no bound. It is a whole run in virtual time.
type lifeOf struct {
	n, slots      int
	rate          float64
	service       time.Duration
	warmup        time.Duration
	hang          int // so many of them never are answered: they time out after 30 s
	stop, spanEnd time.Duration
	closed        bool
}

func (l lifeOf) observations() []*Observation {
	var out []*Observation
	free := make([]time.Duration, max(l.slots, 1))
	for k := range l.n {
		at := l.warmup + time.Duration(float64(k)/l.rate*float64(time.Second))
		o := &Observation{Intended: at, Claimed: at, Status: 204, Attempts: 1, BodySent: 10}
		slot := &free[k%len(free)]
		if l.slots > 0 {
			o.Claimed = max(at, *slot)
		}
		if l.closed {
			o.Intended, o.Claimed = max(l.warmup, *slot), max(l.warmup, *slot)
		}
		o.Sent, o.Uploaded = o.Claimed, o.Claimed
		o.FirstByte, o.Done = o.Sent+l.service, o.Sent+l.service
		if k < l.hang {
			o.Outcome, o.Stage, o.Status, o.Done = Timeout, InWait, 0, o.Sent+30*time.Second
		}
		*slot = o.Done
		out = append(out, o)
	}
	return out
}

// run drives l through recorder, windows and assembly, as the engine would.
func (l lifeOf) run(t *testing.T, plan Plan, due int64) *Run {
	t.Helper()
	plan.Warmup = l.warmup
	r := NewRun(Run{Plan: plan})
	rec := NewRecorder(RecorderConfig{Shards: 1, Open: plan.Open(), Warmup: l.warmup, SpanEnd: l.spanEnd, Until: l.until(plan)})
	life := l.observations()
	var lastDone time.Duration
	for _, o := range life {
		lastDone = max(lastDone, o.Done)
	}
	for from, end := time.Duration(0), time.Second; from < lastDone; from, end = end, end+time.Second {
		if from < l.stop {
			end = min(end, l.stop)
		}
		inFlight := int64(0)
		for i, o := range life {
			if from < o.Done && o.Done <= end {
				rec.Shard(i).Record(o)
			}
			if o.Sent <= end && o.Done > end {
				inFlight++
			}
		}
		w := rec.Rotate(end, inFlight)
		w.Drain = end > l.stop
		r.Add(&w)
	}
	e := Ending{Planned: int64(l.n), Due: due, Stopped: l.stop, LastDone: lastDone}
	if plan.Open() {
		e.Span = l.spanEnd - l.warmup
	}
	if err := r.Finish(e); err != nil {
		t.Fatal(err)
	}
	return r
}

// until is where the measured span ends by itself.
func (l lifeOf) until(p Plan) time.Duration {
	if !p.Open() && p.Duration > 0 {
		return l.warmup + p.Duration
	}
	return l.spanEnd
}

func wantAbout(t *testing.T, what string, got, want, part float64) {
	t.Helper()
	if math.Abs(got-want) > part*want {
		t.Errorf("%s is %v, want %v within %v", what, got, want, part)
	}
}

func TestRatesOfAKeptSchedule(t *testing.T) {
	t.Parallel()
	l := lifeOf{n: 10_000, rate: 1000, service: 20 * ms, warmup: 2 * time.Second, stop: 12 * time.Second, spanEnd: 12 * time.Second}
	r := l.run(t, openPlan, 10_000)
	if r.Totals.OfferedPerSecond != 1000 || r.Totals.SentPerSecond() != 1000 || r.Totals.AchievedPerSecond != 998.1 ||
		r.Totals.GoodputPerSecond != 998.1 { // the last 19 were in flight at the end
		t.Errorf("rates %v %v %v", r.Totals.OfferedPerSecond, r.Totals.AchievedPerSecond, r.Totals.GoodputPerSecond)
	}
	if r.Totals.Drained != 19 || r.Totals.InFlightEnd != 19 || r.Totals.Drain != 19*ms || r.Totals.Answered != 9981 {
		t.Errorf("%+v", r.Totals)
	}
	if r.Totals.Elapsed != 10*time.Second || r.Verdict.Status != Kept || !r.OK {
		t.Errorf("elapsed %v, %+v, ok %v", r.Totals.Elapsed, r.Verdict, r.OK)
	}
}

// Answers that take a fifth of the run are no lack of speed: all was sent in time, and what had not come back when the
// span ended is in no rate. One that hangs for 30 s is not 40 s of run.
func TestRatesAreNotDistortedByTheDrain(t *testing.T) {
	t.Parallel()
	slow := lifeOf{n: 1000, rate: 100, service: 2 * time.Second, stop: 10 * time.Second, spanEnd: 10 * time.Second}
	c := slow.run(t, openPlan, 1000).Totals
	wantAbout(t, "sent rate of slow answers", c.SentPerSecond(), 100, 0)
	wantAbout(t, "rate of slow answers", c.AchievedPerSecond, 80.1, 1e-9)
	if c.Drained != 199 || c.Drain != 1990*ms || c.Answered != 801 {
		t.Errorf("%+v", c)
	}

	hung := lifeOf{n: 1000, rate: 100, service: ms, hang: 1, stop: 10 * time.Second, spanEnd: 10 * time.Second}
	r := hung.run(t, openPlan, 1000)
	wantAbout(t, "achieved beside one that hangs", r.Totals.AchievedPerSecond, 99.9, 1e-9)
	wantAbout(t, "goodput", r.Totals.GoodputPerSecond, r.Totals.AchievedPerSecond, 1e-9)
	if r.Totals.Elapsed != 10*time.Second || r.Totals.TimedOut != 1 {
		t.Errorf("elapsed %v, timed out %d", r.Totals.Elapsed, r.Totals.TimedOut)
	}

	longer := lifeOf{n: 1000, rate: 1000, service: 5 * time.Second, stop: time.Second, spanEnd: time.Second}
	none := longer.run(t, openPlan, 1000)
	if c := none.Totals; c.SentPerSecond() != 1000 || c.AchievedPerSecond != 0 || c.Drained != 1000 || c.Elapsed != time.Second {
		t.Errorf("when all is done after the end: %+v", c)
	}
	if len(none.Warnings) != 1 || none.Warnings[0].Code != "short-span" {
		t.Errorf("nothing says that a second is too short for answers of five: %+v", none.Warnings)
	}
}

func TestRatesOfAFullPool(t *testing.T) {
	t.Parallel()
	l := lifeOf{n: 10_000, rate: 1000, slots: 10, service: 20 * ms, stop: 20 * time.Second, spanEnd: 10 * time.Second}
	plan := openPlan
	plan.Concurrency = 10
	r := l.run(t, plan, 10_000)
	wantAbout(t, "achieved with 10 slots of 20 ms", r.Totals.AchievedPerSecond, 499.1, 1e-9)
	wantAbout(t, "late", float64(r.Totals.Late), 5000, .001)
	if r.Verdict.Status != PoolLimited || r.Verdict.NeededConcurrency != 26 {
		t.Errorf("verdict %+v, want pool_limited and 26 needed", r.Verdict)
	}
	wantAbout(t, "response p50", float64(r.Latency.Response.Quantile(.5)), float64(5010*ms), .002)
	wantAbout(t, "response p99", float64(r.Latency.Response.Quantile(.99)), float64(9910*ms), .002)
	wantLatency(t, "service", &r.Latency.Service, 10_000, 20*ms)
}

// Ten slots of 2 s can do five a second; the gap before the first answer is no reason to say more.
func TestRateOfAFullPoolIsNeverFlattered(t *testing.T) {
	t.Parallel()
	l := lifeOf{n: 100, rate: 10, slots: 10, service: 2 * time.Second, stop: 20 * time.Second, spanEnd: 10 * time.Second}
	plan := openPlan
	plan.Concurrency = 10
	if got := l.run(t, plan, 100).Totals.AchievedPerSecond; got > 5 || got < 4 {
		t.Errorf("achieved %v, want at most 5 and not far less", got)
	}
}

// What the second Ctrl-C cut off was never done.
func TestRatesLeaveOutAborted(t *testing.T) {
	r, rec := NewRun(Run{Plan: openPlan}), NewRecorder(RecorderConfig{Open: true})
	for i := range 10 {
		rec.Shard(0).Record(okAt(time.Duration(i) * ms))
		for range 3 {
			rec.Shard(0).Record(failedAt(time.Duration(i)*ms, Aborted, InWait))
		}
	}
	w := rec.Rotate(110*ms, 0)
	r.Add(&w)
	if err := r.Finish(Ending{Planned: 40, Due: 40, Span: 100 * ms, Stopped: 110 * ms, LastDone: 110 * ms}); err != nil {
		t.Fatal(err)
	}
	if r.Totals.AchievedPerSecond != 100 || r.Totals.GoodputPerSecond != 100 {
		t.Errorf("ten done in 100 ms are %v/s, %v/s of them good", r.Totals.AchievedPerSecond, r.Totals.GoodputPerSecond)
	}
}

func TestRatesOfAClosedLoop(t *testing.T) {
	plan := openPlan
	plan.Model, plan.RatePerSecond, plan.Concurrency, plan.Requests, plan.Duration = "closed", 0, 50, 200, 0
	l := lifeOf{n: 200, rate: 1e9, slots: 50, service: 20 * ms, stop: 60 * ms, closed: true}
	r := l.run(t, plan, 200)
	if r.Totals.AchievedPerSecond != 2500 || r.Totals.Elapsed != 80*ms || r.Totals.OfferedPerSecond != 0 {
		t.Errorf("bounded by count: %v/s, elapsed %v, offered %v", r.Totals.AchievedPerSecond, r.Totals.Elapsed, r.Totals.OfferedPerSecond)
	}
	plan.Requests, plan.Duration = 0, time.Second
	if n, rate := r.Speed(); n != 200 || rate != 2500 {
		t.Errorf("%d, %v/s", n, rate)
	}
	l = lifeOf{n: 2550, rate: 1e9, slots: 50, service: 20 * ms, stop: time.Second, closed: true}
	r = l.run(t, plan, 2550)
	if r.Totals.AchievedPerSecond != 2500 || r.Totals.Elapsed != time.Second || r.Totals.Late != 0 {
		t.Errorf("bounded by time: %v/s, elapsed %v", r.Totals.AchievedPerSecond, r.Totals.Elapsed)
	}
	if r.Verdict.Status != Kept || !r.Latency.Response.IsZero() {
		t.Errorf("verdict %+v", r.Verdict)
	}
}

// A run of ten seconds that ended after three offered its rate all the same.
func TestRatesOfACutRun(t *testing.T) {
	l := lifeOf{n: 3000, rate: 1000, service: 5 * ms, stop: 3 * time.Second, spanEnd: 10 * time.Second}
	r := NewRun(Run{Plan: openPlan})
	rec := NewRecorder(RecorderConfig{Open: true, SpanEnd: l.spanEnd})
	for _, o := range l.observations() {
		rec.Shard(0).Record(o)
	}
	w := rec.Rotate(l.stop, 0)
	r.Add(&w)
	if err := r.Finish(Ending{Planned: 10_000, Due: 3000, Span: 10 * time.Second, Stopped: l.stop, LastDone: l.stop, Stop: bySignal("SIGINT")}); err != nil {
		t.Fatal(err)
	}
	if r.Totals.OfferedPerSecond != 1000 || r.Totals.AchievedPerSecond != 1000 || r.Totals.Unsent != 7000 ||
		r.Totals.Elapsed != 3*time.Second || r.Verdict.Status != Kept || r.Stop.String() != "SIGINT" {
		t.Errorf("%+v %+v", r.Totals, r.Verdict)
	}
}

// A run that ended in its warm-up measured for no time at all, not for less than none.
func TestRatesOfARunCutInItsWarmUp(t *testing.T) {
	for _, model := range []string{"open", "closed"} {
		plan := openPlan
		plan.Model, plan.Warmup = model, 5*time.Second
		r := NewRun(Run{Plan: plan})
		e := Ending{Planned: 10_000, Span: 10 * time.Second, Stopped: time.Second, LastDone: time.Second, Stop: bySignal("interrupted")}
		if err := r.Finish(e); err != nil {
			t.Fatal(err)
		}
		if c := r.Totals; c.Elapsed != 0 || c.OfferedPerSecond != 0 || c.AchievedPerSecond < 0 {
			t.Errorf("%s: %+v", model, c)
		}
	}
}

// planned = ok + failed + timed out + aborted + unsent, and whatever the shards, the windows and the warm-up do,
// each request is in exactly one place.
func TestConservation(t *testing.T) {
	t.Parallel()
	for seed := range uint64(4) {
		rnd := rand.New(rand.NewPCG(seed, 7))
		rec, r := openRecorder(1+rnd.IntN(3)), NewRun(Run{Plan: openPlan})
		n, unsent := 100+rnd.IntN(300), rnd.IntN(50)
		var sent, done int64
		for i := range n {
			rec.Shard(i).Record(randomly(rnd))
			if i == n-1 || rnd.IntN(100) == 0 {
				w := rec.Rotate(time.Duration(i)*20*ms, rnd.Int64N(3)*min(1, int64(n-1-i)))
				sent, done = sent+w.Sent, done+w.Tally.Done()
				r.Add(&w)
			}
		}
		warmup := int64(n) - done
		if err := r.Finish(Ending{Planned: done + int64(unsent), Due: done, Span: 10 * time.Second, Stopped: 11 * time.Second}); err != nil {
			t.Fatal(err)
		}
		wantConserved(t, r)
		if r.Totals.Warmup != warmup || sent != int64(n) || r.Totals.Unsent != int64(unsent) {
			t.Errorf("seed %d: %d requests: %d sent by windows, %d warm-up", seed, n, sent, r.Totals.Warmup)
		}
	}
}

func wantConserved(t *testing.T, r *Run) {
	t.Helper()
	c := &r.Totals
	if c.Planned != c.OK+c.Failed+c.TimedOut+c.Aborted+c.Unsent || c.Sent != c.Planned-c.Unsent {
		t.Errorf("not conserved: %+v", c)
	}
	var failures int64
	for _, f := range r.Outcomes {
		failures += f.Count
	}
	if failures != c.Sent-c.OK || r.Latency.Failed.Count() != failures || r.Latency.Service.Count() != c.OK {
		t.Errorf("%d failures in classes, %d in the histogram, %d OK service times; totals %+v",
			failures, r.Latency.Failed.Count(), r.Latency.Service.Count(), c)
	}
}

func TestFinishShowsABrokenLaw(t *testing.T) {
	r := NewRun(Run{Plan: openPlan})
	rec := openRecorder(1)
	rec.Shard(0).Record(okAt(2 * time.Second))
	w := rec.Rotate(3*time.Second, 0)
	r.Add(&w)
	if err := r.Finish(Ending{}); err == nil || r.Totals.Unsent != -1 {
		t.Errorf("one sent of none planned: error %v, unsent %d", err, r.Totals.Unsent)
	}
}

func TestFinishOrdersAndJudges(t *testing.T) {
	r := NewRun(Run{Plan: openPlan, Thresholds: []Threshold{{Rule: "p99 < 1ms"}}})
	rec := openRecorder(1)
	for i, code := range []int{503, 201, 409} {
		o := okAt(2 * time.Second)
		o.Status = code
		rec.Shard(0).Record(o)
		for range i {
			rec.Shard(0).Record(failedAt(2*time.Second, Timeout, Stage(i)))
		}
	}
	w := rec.Rotate(3*time.Second, 0)
	w.Tally.Attempts++
	r.Add(&w)
	if w.Tally == nil || r.Windows[0].Tally != nil {
		t.Error("Add took the window's tally away, or kept it")
	}
	if err := r.Finish(Ending{Planned: 6, Due: 6, Clock: "kernel"}); err != nil {
		t.Fatal(err)
	}
	if r.Status[0].Code != 201 || r.Status[2].Code != 503 || r.Outcomes[0].Count != 2 || r.Outcomes[1].Count != 1 {
		t.Errorf("status %+v outcomes %+v", r.Status, r.Outcomes)
	}
	if r.OK || r.Clock != "kernel" || len(r.Warnings) == 0 || r.Warnings[0].Code != "timer-lag" {
		t.Errorf("ok %v though a threshold failed; clock %q; warnings %+v", r.OK, r.Clock, r.Warnings)
	}
	r.Thresholds[0].OK = true
	if !r.Passed() {
		t.Error("every threshold holds, some succeeded, and it did not pass")
	}
}

// The memory of a run of days does not grow by the distribution of each second; one of an hour has them all.
func TestLongRunsKeepNoDistributions(t *testing.T) {
	run := NewRun(Run{Plan: Plan{Model: "closed"}})
	tally := new(Tally)
	tally.Latency.Service.Record(time.Millisecond)
	for i := range followed {
		run.Add(&Window{End: time.Duration(i+1) * time.Second, Tally: tally})
	}
	if first, last := run.Windows[0].Headline.Count(), run.Windows[followed-1].Headline.Count(); first != 1 || last != 1 {
		t.Errorf("after an hour the first second has %d samples and the last %d, want 1 each", first, last)
	}
	run.Add(&Window{End: (followed + 1) * time.Second, Tally: tally})
	for i := range run.Windows {
		if n := run.Windows[i].Headline.Count(); n != 0 {
			t.Fatalf("after more than an hour second %d has %d samples", i, n)
		}
	}
}
