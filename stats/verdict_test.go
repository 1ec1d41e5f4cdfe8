package stats

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// spoilAndJudge is a kept run of 1000/s for 9 s with 20 ms of service and of response, which a case then spoils.
func spoilAndJudge(spoil func(r *Run)) *Run {
	r := &Run{Plan: openPlan}
	r.Totals = Totals{Planned: 9000, Due: 9000, Sent: 9000, OK: 9000, Attempts: 9000, OfferedPerSecond: 1000}
	r.Latency.Response = *histogramOf(20 * ms)
	r.Latency.Service = *histogramOf(20 * ms)
	for range 9 {
		r.Windows = append(r.Windows, Window{OK: 1000, ServiceMean: 20 * ms})
	}
	spoil(r)
	return r
}

func behind(r *Run) { r.Totals.Late = 4500 }

func pooled(r *Run) {
	behind(r)
	r.Latency.PoolLag = *histogramOf(5 * time.Second)
}

func lastThird(r *Run, ok int64, mean time.Duration) {
	for i := 6; i < 9; i++ {
		r.Windows[i].OK, r.Windows[i].ServiceMean = ok, mean
	}
}

// verdicts are runs that one thing is wrong with, and what is to be said of each.
var verdicts = []struct {
	name   string
	spoil  func(r *Run)
	want   string
	reason string // a part of it
}{
	{"nothing wrong", func(r *Run) {}, Kept, ""},

	// The tool was late, and all was sent: that widens bounds, and loses no load.
	{"timer lag", func(r *Run) { r.Latency.TimerLag = *histogramOf(2*ms + 1) }, Kept, ""},
	{"hiccup", func(r *Run) { r.Generator.HiccupMax = time.Second }, Kept, ""},
	{"alarm", func(r *Run) { r.Generator.Alarms = []Warning{{Code: "steal", Text: "the host took 27 %"}} }, Kept, ""},
	{"descriptors are few", func(r *Run) {
		r.Generator.Alarms = []Warning{{Code: "descriptors", Text: "95 of 100 are in use"}}
	}, Kept, ""},

	{"behind, timer lag at a tenth of the response", func(r *Run) {
		behind(r)
		r.Latency.TimerLag = *histogramOf(2 * ms)
	}, ServerSaturated, ""},
	{"behind, timer lag above it", func(r *Run) { behind(r); r.Latency.TimerLag = *histogramOf(2*ms + 1) }, ClientLimited,
		"timer lag p99 2.00 ms is above 2.00 ms"},
	{"behind, fast server, at 1 ms", func(r *Run) {
		behind(r)
		r.Latency.Response, r.Latency.TimerLag = *histogramOf(ms), *histogramOf(ms)
	}, ServerSaturated, ""},
	{"behind, fast server, above 1 ms", func(r *Run) {
		behind(r)
		r.Latency.Response, r.Latency.TimerLag = *histogramOf(ms), *histogramOf(1120 * time.Microsecond)
	}, ClientLimited, "timer lag p99 1.12 ms is above 1.00 ms"},
	{"behind, portable engine, at 2.5 ms", func(r *Run) {
		behind(r)
		r.Plan.Engine, r.Latency.TimerLag = "http", *histogramOf(2500 * time.Microsecond)
	}, ServerSaturated, ""},
	{"behind, portable engine, above 2.5 ms", func(r *Run) {
		behind(r)
		r.Plan.Engine, r.Latency.TimerLag = "http", *histogramOf(3100 * time.Microsecond)
	}, ClientLimited, "timer lag p99 3.10 ms is above 2.50 ms"},
	{"behind, hiccup of 50 ms", func(r *Run) { behind(r); r.Generator.HiccupMax = 50 * ms }, ServerSaturated, ""},
	{"behind, longer hiccup", func(r *Run) { behind(r); r.Generator.HiccupMax = 62 * ms }, ClientLimited,
		"62.0 ms, more than 50.0 ms"},
	{"behind, alarm", func(r *Run) { behind(r); r.Generator.Alarms = []Warning{{Code: "steal", Text: "27 % taken"}} },
		ClientLimited, "27 % taken"},
	{"the tool's fault comes first", func(r *Run) { pooled(r); r.Generator.HiccupMax = time.Second }, ClientLimited, "1.00 s"},
	{"no descriptor was left", func(r *Run) {
		r.Outcomes = []Failure{{Outcome: NoFile, Count: 1}}
		r.Generator.Alarms = []Warning{{Code: "gc_pause", Text: "a pause"}, {Code: "descriptors", Text: "no descriptors are left"}}
	}, ClientLimited, "no descriptors are left"},

	{"a hundredth late", func(r *Run) { r.Totals.Late = 90 }, Kept, ""},
	{"more than a hundredth late", func(r *Run) { r.Totals.Late = 91 }, ServerSaturated, "8909 of 9000"},
	{"late and never sent", func(r *Run) { r.Totals.Late, r.Totals.Sent = 45, 8954 }, ServerSaturated, "8909 of 9000"},
	{"one of fifty late, though 64 slots could hold it", func(r *Run) {
		r.Totals.Due, r.Totals.Sent, r.Totals.Late = 50, 50, 1
	}, ServerSaturated, "49 of 50"},
	{"cut short, all that was due was sent", func(r *Run) {
		r.Totals.Planned, r.Totals.Unsent = 60_000, 51_000
	}, Kept, ""},
	{"cut short, behind by then", func(r *Run) { r.Totals.Due, r.Totals.Planned = 18_000, 60_000 }, ServerSaturated, "9000 of 18000"},

	{"too few slots", pooled, PoolLimited, "pool lag p99 5.00 s is above 2.00 ms while service time stays at 20.0 ms"},
	{"pool lag of a tenth", func(r *Run) { pooled(r); r.Latency.PoolLag = *histogramOf(2 * ms) }, ServerSaturated,
		"neither this tool nor too few slots"},
	{"service grew by a fifth", func(r *Run) { pooled(r); lastThird(r, 1000, 24*ms) }, PoolLimited, "24.0 ms"},
	{"service grew by more", func(r *Run) { pooled(r); lastThird(r, 1000, 25*ms) }, ServerSaturated,
		"grew from 20.0 ms to 25.0 ms"},
	{"thirds are weighed by requests", func(r *Run) {
		pooled(r)
		r.Windows[8] = Window{OK: 1, ServiceMean: time.Second}
	}, PoolLimited, ""},
	{"warm-up and drain do not count", func(r *Run) {
		pooled(r)
		r.Windows = append(r.Windows, Window{OK: 9000, ServiceMean: time.Second, Drain: true})
		r.Windows = slices.Insert(r.Windows, 0, Window{OK: 9000, ServiceMean: ms, Warmup: true})
	}, PoolLimited, ""},
	{"no success in the last third", func(r *Run) { pooled(r); lastThird(r, 0, 0) }, ServerSaturated, "none succeeded"},
	{"full from the first second on", func(r *Run) {
		pooled(r)
		r.Totals.FreeSlot, r.Totals.FreeSlotServiceMean = 20, 13*ms
	}, ServerSaturated, "20.0 ms with all slots busy, and 13.0 ms with one free"},
	{"hardly faster with a slot free", func(r *Run) {
		pooled(r)
		r.Totals.FreeSlot, r.Totals.FreeSlotServiceMean = 20, 14*ms
	}, PoolLimited, ""},
	{"too few found a slot free", func(r *Run) {
		pooled(r)
		r.Totals.FreeSlot, r.Totals.FreeSlotServiceMean = 19, ms
	}, PoolLimited, ""},

	{"closed loop is kept", func(r *Run) { pooled(r); r.Plan.Model = "closed" }, Kept, ""},
	{"closed loop, the host took some", func(r *Run) {
		r.Plan.Model, r.Generator.Alarms = "closed", []Warning{{Code: "steal", Text: "steal"}}
	}, Kept, ""},
	{"closed loop, own CPU at its end", func(r *Run) {
		r.Plan.Model, r.Generator.Alarms = "closed", []Warning{{Code: "cpu", Text: "97 % of the CPU"}}
	}, ClientLimited, "97 % of the CPU"},
	{"nothing happened", func(r *Run) { *r = Run{Plan: openPlan} }, NothingMeasured, "nothing was sent"},
}

func TestJudge(t *testing.T) {
	for _, c := range verdicts {
		v := Judge(spoilAndJudge(c.spoil))
		if v.Status != c.want || !strings.Contains(v.Reason, c.reason) || (v.Reason == "") != (v.Status == Kept) {
			t.Errorf("%s: %+v, want %s with %q", c.name, v, c.want, c.reason)
		}
		if (v.NeededConcurrency > 0) != (v.Status == PoolLimited) {
			t.Errorf("%s: %s, and needs %d slots", c.name, v.Status, v.NeededConcurrency)
		}
	}
}

// A strict plan asks for kept; another takes what comes.
func TestStrict(t *testing.T) {
	for _, status := range []string{Kept, ClientLimited, PoolLimited, ServerSaturated} {
		r := Run{Plan: Plan{Strict: true}, Totals: Totals{OK: 1}, Verdict: Verdict{Status: status}}
		if kept := status == Kept; r.Untrusted() == kept || r.Passed() != kept {
			t.Errorf("%s under a strict plan: untrusted %v, passed %v", status, r.Untrusted(), r.Passed())
		}
		if r.Plan.Strict = false; r.Untrusted() || !r.Passed() {
			t.Errorf("%s: untrusted %v, passed %v", status, r.Untrusted(), r.Passed())
		}
	}
}

func TestNeededConcurrency(t *testing.T) {
	for _, c := range []struct {
		rate        float64
		ok, failed  time.Duration
		want        int
		description string
	}{
		{1000, 20 * ms, 0, 26, "20 busy on average, and 1.3 of that"},
		{1001, 20 * ms, 0, 27, "a part of a slot is a slot"},
		{100, 20 * ms, 980 * ms, 65, "what timed out holds a slot as well"},
	} {
		r := spoilAndJudge(func(r *Run) {
			r.Totals.OfferedPerSecond, r.Latency.Service = c.rate, *histogramOf(c.ok)
			if c.failed > 0 {
				r.Latency.Failed = *histogramOf(c.failed)
			}
		})
		if got := neededConcurrency(r); got != c.want {
			t.Errorf("%s: %d, want %d", c.description, got, c.want)
		}
	}
}

// One server of 1 ms behind 64 slots, offered 1200/s: all slots are busy within the first second.
func TestFullServerIsNotAFullPool(t *testing.T) {
	rec := NewRecorder(RecorderConfig{Open: true, SpanEnd: 10 * time.Second, Until: 10 * time.Second})
	r := NewRun(Run{Plan: openPlan})
	var free [64]time.Duration
	var served time.Duration
	end := time.Second
	for k := range 12_000 {
		at := time.Duration(k) * time.Second / 1200
		slot := &free[k%64]
		o := &Observation{Intended: at, Claimed: max(at, *slot), Status: 204, Attempts: 1}
		o.Sent = o.Claimed
		served = max(served, o.Sent) + ms
		o.Done, *slot = served, served
		for o.Done > end {
			w := rec.Rotate(end, 64)
			w.Drain = end > 12*time.Second
			r.Add(&w)
			end += time.Second
		}
		rec.Shard(0).Record(o)
	}
	w := rec.Rotate(served, 0)
	r.Add(&w)
	e := Ending{Planned: 12_000, Due: 12_000, Span: 10 * time.Second, Stopped: served - 64*ms, LastDone: served}
	if err := r.Finish(e); err != nil {
		t.Fatal(err)
	}
	if r.Verdict.Status != ServerSaturated {
		t.Errorf("verdict %+v; a free slot saw %v", r.Verdict, r.Totals.FreeSlotServiceMean)
	}
	wantAbout(t, "achieved", r.Totals.AchievedPerSecond, 1000, .01)
	wantAbout(t, "service p50", float64(r.Latency.Service.Quantile(.5)), float64(64*ms), .01)
}

func TestAdvise(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(r *Run)
		want  []string
	}{
		{"nothing to say", func(r *Run) { r.Latency.TimerLag = *histogramOf(2 * ms) }, nil},
		{"late in the median", func(r *Run) { r.Latency.TimerLag = *histogramOf(3 * ms) }, []string{"timer-lag"}},
		{"sent again", func(r *Run) { r.Totals.Attempts++ }, []string{"attempts"}},
		{"challenged", func(r *Run) { r.Totals.Attempts++; r.Totals.Rounds++ }, []string{"digest"}},
		{"redirected", func(r *Run) { r.Totals.Attempts += 50; r.Totals.Hops = 50 }, []string{"redirects"}},
		{"all three", func(r *Run) { r.Totals.Attempts += 3; r.Totals.Hops = 1; r.Totals.Rounds = 1 },
			[]string{"redirects", "digest", "attempts"}},
		{"idle answers", func(r *Run) { r.Totals.IdleAnswers = 2 }, []string{"idle-answers"}},
		{"overlong answers", func(r *Run) { r.Totals.Overlong = 2 }, []string{"overlong-answers"}},
		{"unasked", func(r *Run) { r.Outcomes = []Failure{{Outcome: Unasked, Count: 3}} }, []string{"unasked"}},
		{"open at the end", func(r *Run) { r.Totals.Aborted = 3 }, []string{"aborted"}},
		{"flows cut off", func(r *Run) { r.Totals.Aborted = 3; r.Outcomes = []Failure{{Outcome: Aborted, Step: "a", Count: 3}} }, []string{"aborted-flows"}},
		{"flows cut off, and others open", func(r *Run) { r.Totals.Aborted = 4; r.Outcomes = []Failure{{Outcome: Aborted, Step: "a", Count: 3}} },
			[]string{"aborted", "aborted-flows"}},
		{"clamped", func(r *Run) { r.Latency.Failed.Record(2 * time.Hour) }, []string{"clamped"}},
		{"unstamped", func(r *Run) { r.Totals.Unstamped = 1 }, []string{"unstamped"}},
		{"two at once", func(r *Run) { r.Totals.Unstamped, r.Totals.Aborted = 1, 1 }, []string{"aborted", "unstamped"}},
	} {
		var got []string
		for _, w := range Advise(spoilAndJudge(c.spoil)) {
			got = append(got, w.Code)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// The lateness of a flow is that of all of its exchanges, and the advice is one that helps there.
func TestAdviseOnTheLagOfFlows(t *testing.T) {
	for exchanges, want := range map[int64]string{0: "timer lag p50 3.00 ms is above", 3: "timer lag p50 3.00 ms in sum of a flow's exchanges is above"} {
		w := Advise(spoilAndJudge(func(r *Run) {
			r.Latency.TimerLag = *histogramOf(3 * ms)
			r.Totals.Flows, r.Totals.Exchanges = min(exchanges, 1), exchanges
		}))
		if len(w) != 1 || !strings.HasPrefix(w[0].Text, want) || strings.Contains(w[0].Try, "steps") != (exchanges > 0) {
			t.Errorf("%+v, want %s", w, want)
		}
	}
}

// A window alone is held to the same limits of timer lag as a run.
func TestWindowClientLimit(t *testing.T) {
	for _, c := range []struct {
		name     string
		engine   string
		p50, lag time.Duration
		want     string
	}{
		{"quiet", "wire", 300 * time.Microsecond, time.Millisecond, ""},
		{"late", "wire", 300 * time.Microsecond, 1100 * time.Microsecond, "timer lag p99 1.10 ms is above 1.00 ms"},
		{"a tenth of a slow server", "wire", 20 * ms, 2 * ms, ""},
		{"portable", "http", 300 * time.Microsecond, 2 * ms, ""},
		{"portable and late", "http", 0, 3 * ms, "timer lag p99 3.00 ms is above 2.50 ms"},
	} {
		w := Window{P50: c.p50, TimerLagP99: c.lag}
		if got := w.ClientLimit(&Plan{Engine: c.engine}); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// Where a container's limit held the tool back, the reason names it, whatever was seen first.
func TestThrottleIsNamed(t *testing.T) {
	const held = "the container's limit of 0.05 CPUs held the tool back for 85.0 ms"
	r := &Run{Plan: Plan{Model: "open"}, Totals: Totals{Sent: 1, Due: 100}}
	r.Generator.HiccupMax = time.Second
	r.Generator.Alarms = []Warning{{Code: "hiccup", Text: "stood still"}, {Code: "throttled", Text: held}}
	if v := Judge(r); v.Status != ClientLimited || strings.Count(v.Reason, held) != 1 || v.Reason == held {
		t.Errorf("%+v", v)
	}
	r.Generator.HiccupMax, r.Generator.Alarms = 0, r.Generator.Alarms[1:]
	if v := Judge(r); v.Status != ClientLimited || v.Reason != held {
		t.Errorf("%+v", v)
	}
}
