package stats

import (
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"
)

const ms = time.Millisecond

// okAt is an open-loop request that was due at t and took 10 ms: 1 ms of pool lag, 2 ms of timer lag, then a
// service time of 7 ms, of which 1 ms upload and 4 ms wait.
func okAt(t time.Duration) *Observation {
	return &Observation{Intended: t, Claimed: t + ms, Sent: t + 3*ms, Uploaded: t + 4*ms, FirstByte: t + 8*ms,
		Done: t + 10*ms, Status: 204, Attempts: 1, BodySent: 128, BodyRead: 5, Stamped: true, ReadLag: 50 * time.Microsecond}
}

func failedAt(t time.Duration, outcome Outcome, stage Stage) *Observation {
	o := okAt(t)
	o.Outcome, o.Stage, o.Status, o.Detail = outcome, stage, 0, outcome.String()+" happened"
	return o
}

func openRecorder(shards int) *Recorder {
	return NewRecorder(RecorderConfig{Shards: shards, Open: true, Warmup: time.Second, SpanEnd: 11 * time.Second})
}

func wantLatency(t *testing.T, what string, h *Histogram, count int64, each time.Duration) {
	t.Helper()
	if h.Count() != count || h.Min() != each || h.Max() != each {
		t.Errorf("%s: %d from %v to %v, want %d of %v", what, h.Count(), h.Min(), h.Max(), count, each)
	}
}

func TestRecordSpansOfAnOpenLoop(t *testing.T) {
	r := openRecorder(1)
	o := okAt(2 * time.Second)
	o.NewConn, o.Connect, o.TLS = true, 3*ms, 2*ms
	r.Shard(0).Record(o)
	w := r.Rotate(3*time.Second, 0)
	l := &w.Tally.Latency
	wantLatency(t, "response", &l.Response, 1, 10*ms)
	wantLatency(t, "service", &l.Service, 1, 7*ms)
	wantLatency(t, "upload", &l.Upload, 1, ms)
	wantLatency(t, "wait", &l.Wait, 1, 4*ms)
	wantLatency(t, "start lag", &l.StartLag, 1, 3*ms)
	wantLatency(t, "pool lag", &l.PoolLag, 1, ms)
	wantLatency(t, "timer lag", &l.TimerLag, 1, 2*ms)
	wantLatency(t, "read lag", &l.ReadLag, 1, 50*time.Microsecond)
	wantLatency(t, "connect", &l.Connect, 1, 3*ms)
	wantLatency(t, "tls", &l.TLS, 1, 2*ms)
	wantLatency(t, "failed", &l.Failed, 0, 0)
	if w.P50 != 10*ms || w.P99 != 10*ms || w.Max != 10*ms || w.ServiceMean != 7*ms || w.TimerLagP99 != 2*ms || w.BodySent != 128 {
		t.Errorf("summary %+v", w)
	}
}

func TestRecordOfAClosedLoopHasNeitherResponseNorLags(t *testing.T) {
	r := NewRecorder(RecorderConfig{})
	r.Shard(3).Record(okAt(0))
	r.Shard(0).Record(failedAt(0, Reset, NoStage))
	w := r.Rotate(time.Second, 0)
	l := &w.Tally.Latency
	for _, h := range []*Histogram{&l.Response, &l.FailedResponse, &l.StartLag, &l.PoolLag, &l.TimerLag} {
		wantLatency(t, "open loop's", h, 0, 0)
	}
	wantLatency(t, "failed", &l.Failed, 1, 7*ms)
	wantLatency(t, "status", &w.Tally.Statuses[0].Latency, 1, 7*ms)
	if w.P99 != 7*ms || w.Tally.FreeSlot != 0 {
		t.Errorf("headline p99 %v, want service time; %d free slots", w.P99, w.Tally.FreeSlot)
	}
}

func TestRecordKeepsFailuresApart(t *testing.T) {
	r := openRecorder(1)
	s := r.Shard(0)
	s.Record(okAt(2 * time.Second))
	s.Record(failedAt(2500*ms, Timeout, InWait))
	s.Record(failedAt(2400*ms, Timeout, InWait))
	s.Record(failedAt(2*time.Second, Timeout, InConnect))
	late := failedAt(2*time.Second, BadStatus, NoStage)
	late.Status, late.Reason = 599, "Out Of Tea"
	s.Record(late)
	s.Record(failedAt(2*time.Second, Aborted, InWait))
	unmade := &Observation{Intended: 2 * time.Second, Claimed: 2 * time.Second, Done: 2001 * ms, Outcome: BadBody}
	s.Record(unmade)
	tally := r.Rotate(3*time.Second, 0).Tally
	if tally.OK != 1 || tally.TimedOut != 3 || tally.Failed != 2 || tally.Aborted != 1 || tally.Done() != 7 {
		t.Errorf("counts %+v", tally)
	}
	l := &tally.Latency
	wantLatency(t, "response", &l.Response, 1, 10*ms)
	if l.Failed.Count() != 6 || l.FailedResponse.Count() != 6 || l.Failed.Max() != 7*ms {
		t.Errorf("failed: %d and %d, the longest %v", l.Failed.Count(), l.FailedResponse.Count(), l.Failed.Max())
	}
	if l.Failed.Min() != ms {
		t.Errorf("what was never sent took %v, want 1ms from its claim", l.Failed.Min())
	}
	wantLatency(t, "timer lag of all that were sent", &l.TimerLag, 6, 2*ms)
	if n := len(tally.Failures); n != 5 || tally.Failures[0].Count != 2 || tally.Failures[0].First != 2410*ms {
		t.Errorf("classes %+v", tally.Failures)
	}
	if st := tally.Statuses[1]; len(tally.Statuses) != 2 || st.Code != 599 || st.Reason != "Out Of Tea" || st.Latency.Count() != 1 {
		t.Errorf("statuses %+v", tally.Statuses)
	}
}

func TestStatusReason(t *testing.T) {
	var tally Tally
	for code, want := range map[int]string{204: "No Content", 201: "Created", 418: "I'm a teapot", 799: ""} {
		if got := tally.status(code, "").Reason; got != want {
			t.Errorf("%d: reason %q, want %q", code, got, want)
		}
	}
	if got := tally.status(507, "Disk Full").Reason; got != "Disk Full" {
		t.Errorf("the server's own phrase became %q", got)
	}
}

// An early answer has no end of the upload; an engine without stamps has no read lag. Neither may show as 0.
func TestRecordLeavesOutInstantsNotReached(t *testing.T) {
	r := openRecorder(1)
	o := okAt(2 * time.Second)
	o.Uploaded, o.Stamped = 0, false
	r.Shard(0).Record(o)
	o = okAt(2 * time.Second)
	o.FirstByte = 0
	r.Shard(0).Record(o)
	l := r.Rotate(3*time.Second, 0).Tally.Latency
	wantLatency(t, "upload", &l.Upload, 1, ms)
	wantLatency(t, "wait", &l.Wait, 0, 0)
	wantLatency(t, "read lag", &l.ReadLag, 1, 50*time.Microsecond)
}

// A measured request that ends before the warm-up's last window is cut is of the window behind it, however late the cut.
func TestWarmupIsCutLate(t *testing.T) {
	r := openRecorder(2)
	r.Shard(0).Record(okAt(500 * ms))
	r.Shard(1).Record(okAt(time.Second))
	w := r.Rotate(time.Second, 1)
	if !w.Warmup || w.Done != 1 || w.Sent != 2 || w.Tally.Done() != 0 || w.Tally.Warmup != 1 {
		t.Errorf("the warm-up has done %d, sent %d; measured %d, warm-up %d", w.Done, w.Sent, w.Tally.Done(), w.Tally.Warmup)
	}
	r.Shard(0).Record(okAt(1100 * ms))
	w = r.Rotate(2*time.Second, 0)
	if w.Warmup || w.Done != 2 || w.OK != 2 || w.Sent != 1 || w.Tally.Done() != 2 || w.Tally.Warmup != 0 {
		t.Errorf("the next has done %d, sent %d; measured %d, warm-up %d", w.Done, w.Sent, w.Tally.Done(), w.Tally.Warmup)
	}
	if w = r.Rotate(3*time.Second, 0); w.Done != 0 {
		t.Errorf("counted twice: %d", w.Done)
	}
}

func TestWarmupIsByIntendedStart(t *testing.T) {
	r := openRecorder(2)
	r.Shard(0).Record(okAt(500 * ms))
	r.Shard(1).Record(failedAt(600*ms, Timeout, InWait))
	w := r.Rotate(time.Second, 1)
	if !w.Warmup || w.Done != 2 || w.OK != 1 || w.TimedOut != 1 || w.P99 != 10*ms || w.Sent != 3 {
		t.Errorf("window of the warm-up: %+v", w)
	}
	if w.Tally.Done() != 0 || w.Tally.Warmup != 2 || w.Tally.Latency.Failed.Count() != 0 || len(w.Tally.Statuses) != 0 {
		t.Errorf("the warm-up is in the measured tally: %+v", w.Tally)
	}
	r.Shard(0).Record(okAt(999 * ms)) // done within the measured span, and still the warm-up's
	r.Shard(0).Record(okAt(1000 * ms))
	w = r.Rotate(2*time.Second, 0)
	if w.Warmup || w.Start != time.Second || w.Done != 1 || w.OK != 1 || w.Sent != 1 {
		t.Errorf("first measured window: %+v", w)
	}
	wantLatency(t, "response", &w.Tally.Latency.Response, 1, 10*ms)
	if w.Tally.Warmup != 1 || w.Tally.FirstDone != 1010*ms {
		t.Errorf("warm-up %d, first done %v", w.Tally.Warmup, w.Tally.FirstDone)
	}
}

func TestLate(t *testing.T) {
	for _, c := range []struct {
		sent, spanEnd time.Duration
		want          int64
	}{{11 * time.Second, 11 * time.Second, 0}, {11*time.Second + 1, 11 * time.Second, 1}, {time.Hour, 0, 0}} {
		r := NewRecorder(RecorderConfig{Open: true, SpanEnd: c.spanEnd})
		r.Shard(0).Record(&Observation{Sent: c.sent, Done: c.sent + ms})
		if got := r.Rotate(c.sent+ms, 0).Tally.Late; got != c.want {
			t.Errorf("sent at %v, span ends at %v: late %d, want %d", c.sent, c.spanEnd, got, c.want)
		}
	}
}

func TestFreeSlot(t *testing.T) {
	r := openRecorder(1)
	for _, at := range []time.Duration{0, 2 * time.Second} { // one of the warm-up, one measured
		o := okAt(at)
		o.Claimed = at - ms
		r.Shard(0).Record(o)
	}
	r.Shard(0).Record(okAt(3 * time.Second)) // had to wait for a slot
	if tally := r.Rotate(4*time.Second, 0).Tally; tally.FreeSlot != 2 || tally.FreeSlotService != 14*ms {
		t.Errorf("%d found a slot free and took %v, want 2 and 14ms", tally.FreeSlot, tally.FreeSlotService)
	}
}

func TestFailureClassesAreBoundedAndNothingIsDropped(t *testing.T) {
	r := openRecorder(2)
	const n = 100
	for i := range n {
		o := failedAt(2*time.Second, BadStatus, NoStage)
		o.Status = 300 + i
		r.Shard(i).Record(o)
	}
	tally := r.Rotate(3*time.Second, 0).Tally
	var sum, other int64
	for _, f := range tally.Failures {
		sum += f.Count
		if f.Outcome == Other {
			other += f.Count
		}
	}
	if len(tally.Failures) != maxClasses || sum != n || other != n-maxClasses+1 {
		t.Errorf("%d classes hold %d failures, %d of them other", len(tally.Failures), sum, other)
	}
	if len(tally.Statuses) != n {
		t.Errorf("%d codes, want each of %d counted exactly", len(tally.Statuses), n)
	}
}

// A window lists its codes; of a server with very many it names the most frequent and drops none.
func TestWindowCountsStatuses(t *testing.T) {
	r := openRecorder(2)
	for code := 200; code < 230; code++ {
		for i := range 1 + code%7 {
			o := okAt(2 * time.Second)
			o.Status = code
			r.Shard(i).Record(o)
		}
	}
	w := r.Rotate(3*time.Second, 0)
	var sum int64
	for i, c := range w.Status {
		sum += c.Count
		if i > 0 && (c.Code <= w.Status[i-1].Code || c.Count < 4) {
			t.Errorf("%d × %d after %d", c.Count, c.Code, w.Status[i-1].Code)
		}
	}
	if len(w.Status) != mostCodes || w.Status[0].Code != 0 || sum != w.Done {
		t.Errorf("%d of %d answers under %v", sum, w.Done, w.Status)
	}
	r.Shard(0).Record(okAt(3 * time.Second))
	if w = r.Rotate(4*time.Second, 0); !slices.Equal(w.Status, []StatusCount{{Code: 204, Count: 1}}) {
		t.Errorf("the next window has %v", w.Status)
	}
}

func TestRecordDoesNotAllocate(t *testing.T) {
	r := openRecorder(1)
	o := okAt(2 * time.Second)
	o.NewConn, o.Connect, o.TLS = true, ms, ms
	record := func() { r.Shard(0).Record(o) }
	if n := testing.AllocsPerRun(1000, record); n != 0 {
		t.Errorf("Record allocates %v times", n)
	}
	s := r.Shard(0)
	window := func() { record(); s.swap(); s.spare.reset() }
	window() // the other share sees all this for the first time
	if n := testing.AllocsPerRun(100, window); n != 0 {
		t.Errorf("Record allocates %v times in each new window", n)
	}
}

// randomly makes an observation of any outcome, in fewer classes than are kept, due at a random instant of twelve
// seconds, the first of them warm-up.
func randomly(rnd *rand.Rand) *Observation {
	o := okAt(time.Duration(rnd.Int64N(int64(12 * time.Second))))
	o.Done += time.Duration(rnd.ExpFloat64() * float64(20*ms))
	o.Attempts = 1 + rnd.IntN(2)
	if rnd.IntN(3) == 0 {
		o.Claimed = o.Intended
	}
	if rnd.IntN(3) == 0 {
		o.Outcome, o.Status = Outcome(rnd.IntN(int(outcomes))), []int{0, 503}[rnd.IntN(2)]
		if o.Outcome == Timeout {
			o.Stage = Stage(rnd.IntN(int(stages)))
		}
	}
	return o
}

func TestShardsAddUpToOne(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 5))
	many, one := openRecorder(3), openRecorder(1)
	for i := range 1500 {
		o := randomly(rnd)
		many.Shard(i).Record(o)
		one.Shard(0).Record(o)
	}
	a, b := many.Rotate(13*time.Second, 0), one.Rotate(13*time.Second, 0)
	a.Tally.sort()
	b.Tally.sort()
	wantSame(t, "three shards against one", a.Tally, b.Tally)
	wantSame(t, "their summaries", a, b)
}

// The rotation takes windows while four shards are being recorded into; what all windows hold together must be
// what was recorded. Run under -race it also shows that nothing is touched by two at once.
func TestRotateWhileRecordingLosesNothing(t *testing.T) {
	const shards, each = 4, 5_000
	r := openRecorder(shards)
	var recording sync.WaitGroup
	for i := range shards {
		recording.Go(func() {
			for k := range each {
				o := okAt(2 * time.Second)
				if k%10 == 0 {
					o = failedAt(2*time.Second, Timeout, InWait)
				}
				r.Shard(i).Record(o)
			}
		})
	}
	done := make(chan struct{})
	go func() { recording.Wait(); close(done) }()
	var total Tally
	var sent int64
	for i := time.Duration(2); ; i++ {
		last := false
		select {
		case <-done:
			last = true
		default:
		}
		w := r.Rotate(i*time.Second, 0)
		sent += w.Sent
		total.Merge(w.Tally)
		if last {
			break
		}
	}
	if total.OK != shards*each*9/10 || total.TimedOut != shards*each/10 || sent != shards*each {
		t.Errorf("%d OK and %d timed out of %d; sent %d", total.OK, total.TimedOut, shards*each, sent)
	}
	if n := total.Latency.Response.Count(); n != total.OK || total.Statuses[0].Latency.Count() != total.OK {
		t.Errorf("%d response times for %d OK", n, total.OK)
	}
}

func TestWindowTallyIsReused(t *testing.T) {
	r := openRecorder(1)
	r.Shard(0).Record(okAt(2 * time.Second))
	first := r.Rotate(3*time.Second, 4)
	o := okAt(3 * time.Second)
	o.Status = 201
	r.Shard(0).Record(o)
	second := r.Rotate(4*time.Second, 1)
	if second.Tally.OK != 1 {
		t.Errorf("the second window's tally holds %d OK", second.Tally.OK)
	}
	if codes := second.Tally.Statuses; len(codes) != 1 || codes[0].Code != 201 || codes[0].Reason != "Created" {
		t.Errorf("the first window's status is in the second: %+v", codes)
	}
	r.Rotate(5*time.Second, 1)
	if fourth := r.Rotate(6*time.Second, 1); fourth.Tally != first.Tally {
		t.Error("each window takes memory of its own")
	}
	if first.Sent != 5 || second.Sent != -2 || first.Start != 0 || second.Start != 3*time.Second {
		t.Errorf("sent %d and %d, starts %v and %v", first.Sent, second.Sent, first.Start, second.Start)
	}
}
