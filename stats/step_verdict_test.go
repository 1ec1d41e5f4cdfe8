package stats

import (
	"container/heap"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

// busySlots are when slots become free, the soonest first.
type busySlots []time.Duration

func (b busySlots) Len() int           { return len(b) }
func (b busySlots) Less(i, j int) bool { return b[i] < b[j] }
func (b busySlots) Swap(i, j int)      { b[i], b[j] = b[j], b[i] }
func (b *busySlots) Push(x any)        { *b = append(*b, x.(time.Duration)) }
func (b *busySlots) Pop() any {
	last := (*b)[len(*b)-1]
	*b = (*b)[:len(*b)-1]
	return last
}

// A thinker is an open loop of flows for 10 s: two exchanges of a service time each, with a think time between them, at a
// rate, on so many slots.
type thinker struct {
	rate, slots int
	think       time.Duration
	service     func(busy int) time.Duration // of an exchange, by how many slots are held
	gap         time.Duration                // the tool's own
}

func (c thinker) run(t *testing.T) *Run {
	t.Helper()
	const span = 10 * time.Second
	n := int(span.Seconds()) * c.rate
	plan := flowPlan()
	plan.Warmup, plan.RatePerSecond, plan.Concurrency, plan.Engine = 0, float64(c.rate), c.slots, "wire"
	rec := NewRecorder(RecorderConfig{Open: true, SpanEnd: span, Until: span, Steps: 5})
	r := NewRun(Run{Plan: plan})
	held, free := busySlots{}, c.slots
	var all []*Observation
	var last time.Duration
	for k := range n {
		due := time.Duration(k) * time.Second / time.Duration(c.rate)
		at := due
		for len(held) > 0 && held[0] <= due {
			heap.Pop(&held)
			free++
		}
		if free == 0 {
			at = heap.Pop(&held).(time.Duration)
			free++
		}
		free--
		service := c.service(len(held))
		o := &Observation{Intended: due, Claimed: at, Sent: at, Done: at + 2*service + c.think + c.gap, Status: 204, Attempts: 1,
			Exchanges: 2, Paused: c.think, Gap: c.gap, Bounded: true}
		o.Floor = o.Response() - o.TimerLag()
		heap.Push(&held, o.Done)
		all, last = append(all, o), max(last, o.Done)
	}
	for end := time.Second; end < last+time.Second; end += time.Second {
		for _, o := range all {
			if o.Done > end-time.Second && o.Done <= end {
				rec.Shard(0).RecordExchange(o, 1)
				rec.Shard(0).RecordExchange(o, 2)
				rec.Shard(0).Record(o)
			}
		}
		w := rec.Rotate(end, 0)
		w.Drain = end > span
		r.Add(&w)
	}
	if err := r.Finish(Ending{Planned: int64(n), Due: int64(n), Span: span, Stopped: span, LastDone: last}); err != nil {
		t.Fatal(err)
	}
	return r
}

// What a flow waits by itself makes neither the server nor the tool look slow; but it holds a slot.
func TestJudgeFlows(t *testing.T) {
	flat := func(int) time.Duration { return 5 * ms }
	for name, c := range map[string]struct {
		thinker
		want   string
		needed int
	}{
		"slots for all":                   {thinker{100, 120, time.Second, flat, 0}, Kept, 0},
		"too few slots":                   {thinker{100, 50, time.Second, flat, 0}, PoolLimited, 132},
		"too few slots, long think time":  {thinker{100, 750, 8 * time.Second, flat, 0}, PoolLimited, 1042},
		"a full server behind think time": {thinker{100, 50, 100 * ms, func(busy int) time.Duration { return time.Duration(busy*busy) * 5 * ms }, 0}, ServerSaturated, 0},
		"gaps below the limit of each":    {thinker{100, 50, time.Second, flat, 1900 * time.Microsecond}, PoolLimited, 132},
	} {
		r := c.run(t)
		if r.Verdict.Status != c.want || r.Verdict.NeededConcurrency != c.needed {
			t.Errorf("%s: %+v, want %s and %d; pool lag %v, %v", name, r.Verdict, c.want, c.needed, r.Latency.PoolLag.Quantile(.99), r.Totals.Paused)
		}
		if said := strings.Contains(r.Verdict.Reason, "flows hold their slots for"); said != (c.want == PoolLimited) {
			t.Errorf("%s: %s", name, r.Verdict.Reason)
		}
		if min := r.Latency.Service.Min(); min != 10*ms && c.want != ServerSaturated {
			t.Errorf("%s: service from %v", name, min)
		}
	}
}

// A tool that starts several exchanges of a flow is held to its limit for each.
func TestTimerLagOfFlowsIsByExchange(t *testing.T) {
	for exchanges, want := range map[int64]string{0: "timer lag p99 2.50 ms is above 1.00 ms", 20: "timer lag p99 2.50 ms is above 2.00 ms", 21: "", 30: ""} {
		w := Window{TimerLagP99: 2500 * time.Microsecond, Done: 10, Exchanges: exchanges}
		if got := w.ClientLimit(&Plan{Engine: "wire"}); got != want {
			t.Errorf("%d exchanges of 10 flows: %q, want %q", exchanges, got, want)
		}
	}
}

// runOfRules is a run of 10 s at 10/s: create takes 2 ms, and fails in every tenth pass; wait asks until its
// condition holds, for 30 ms, 5 ms of which are the tool's; each pass waits for 20 ms by itself.
func runOfRules(t *testing.T, plan Plan, lag *Histogram, told func(second int, r *Run)) *Run {
	t.Helper()
	plan.Warmup, plan.Engine = 0, "wire"
	r := NewRun(Run{Plan: plan})
	rec := NewRecorder(RecorderConfig{Open: plan.Open(), SpanEnd: 10 * time.Second, Steps: 5})
	for k := range 100 {
		due := time.Duration(k) * 100 * ms
		if k > 0 && k%10 == 0 {
			w := rec.Rotate(due, 0)
			r.Add(&w)
			told(k/10, r)
		}
		create := exchangeAt(due, 0)
		arrival := &Observation{Intended: due, Claimed: due, Sent: due, Done: due + 32*ms, Status: 200, Attempts: 1, Exchanges: 2,
			Paused: 20 * ms, Gap: 5 * ms, Bounded: plan.Open(), Floor: 27 * ms}
		if k%10 == 3 {
			create.Outcome, create.Status = BadStatus, 503
			arrival.Outcome, arrival.Status, arrival.Step, arrival.Exchanges, arrival.Paused, arrival.Gap = BadStatus, 503, "create", 1, 0, 0
			arrival.Done, arrival.Floor = create.Done, 2*ms
		} else {
			wait := exchangeAt(due, 30*ms)
			wait.Completion, wait.Overdue = 30*ms, 5*ms
			rec.Shard(0).RecordExchange(wait, 2)
		}
		rec.Shard(0).RecordExchange(create, 1)
		rec.Shard(0).Record(arrival)
	}
	w := rec.Rotate(10*time.Second, 0)
	r.Add(&w)
	e := Ending{Planned: 100, Due: 100, Stopped: 10 * time.Second, LastDone: 10 * time.Second, Clock: "kernel"}
	if plan.Open() {
		e.Span = 10 * time.Second
	}
	if lag != nil {
		e.Clock, e.ReadLag = "user", *lag
	}
	if err := r.Finish(e); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestThresholdsOfFlows(t *testing.T) {
	for _, open := range []bool{true, false} {
		plan, wants := flowPlan(), map[string]Result{
			"flow.p99 < 33ms":                      RuleKept,
			"flow.p99 < 30ms":                      RuleNotJudged, // between the floor and what was seen
			"flow.p99 < 26ms":                      RuleBroken,
			"flow.max < 1s":                        RuleKept,
			"completion.p99 < 31ms":                RuleKept,
			"completion.p99 < 28ms":                RuleNotJudged,
			"completion.mean < 24ms":               RuleBroken,
			`step."create".p99 < 3ms`:              RuleKept,
			`step."create".p99 < 1ms`:              RuleBroken,
			`step."create".error_rate < 11%`:       RuleKept,
			`step."create".error_rate == 10%`:      RuleKept,
			`step."wait".error_rate == 0`:          RuleKept,
			`step."create".error_rate < 9%`:        RuleBroken,
			`step."create".error_rate < 9% for 9s`: RuleBroken,
			`step."login".p99 < 1s`:                RuleBroken, // no samples
			`step."login".error_rate == 0`:         RuleBroken,
			`step."gone".error_rate == 0`:          RuleBroken, // of a saved plan: nobody could have asked for it
			"error_rate == 10%":                    RuleKept,
			"service.p99 < 8ms":                    RuleKept,
		}
		plan.Thresholds = rulesOf(slices.Collect(maps.Keys(wants))...)
		if !open {
			plan.Model, plan.RatePerSecond = "closed", 0
		}
		for _, got := range runOfRules(t, plan, nil, func(int, *Run) {}).Thresholds {
			none := strings.Contains(got.Rule, "login") || strings.Contains(got.Rule, "gone")
			if got.Result != wants[got.Rule] || got.NoSamples != none {
				t.Errorf("open %v: %+v, want %s", open, got, wants[got.Rule])
			}
		}
	}
}

// Where nobody stamps answers, a step's service time is known as well as they were read.
func TestThresholdsOfStepsThatAreReadLate(t *testing.T) {
	plan := flowPlan()
	plan.Thresholds = rulesOf(`step."create".p50 < 1.5ms`, `step."create".p50 < 0.5ms`, "completion.p50 < 22ms")
	r := runOfRules(t, plan, histogramOf(ms), func(int, *Run) {})
	for i, want := range []Result{RuleNotJudged, RuleBroken, RuleBroken} {
		if i == 2 {
			want = RuleBroken // 30 less the tool's 5 less two reads of 1
		}
		if got := r.Thresholds[i]; got.Result != want {
			t.Errorf("%+v, want %s", got, want)
		}
	}
	if low := r.Steps[1].Latency.Floor.Quantile(.5); low > ms || r.Latency.FlowFloor.Quantile(.5) > 25*ms+25*time.Microsecond {
		t.Errorf("floors %v and %v", low, r.Latency.FlowFloor.Quantile(.5))
	}
}

func TestAbortRulesOfFlows(t *testing.T) {
	for rule, want := range map[string]int{
		`step."create".error_rate > 9%`:        1,
		`step."create".error_rate > 9% for 3s`: 3,
		`step."create".error_rate > 11%`:       0,
		`step."create".p50 > 1ms`:              1,
		`step."login".p50 > 0s`:                0, // no samples
		"flow.p50 > 25ms":                      1,
		"flow.p50 > 30ms":                      0, // that may be the tool's lateness
		"completion.p50 > 20ms and sent >= 20": 2,
		"completion.p50 > 28ms":                0,
	} {
		plan := flowPlan()
		plan.Aborts = rulesOf(rule)
		struck := 0
		runOfRules(t, plan, nil, func(second int, r *Run) {
			if r.AbortRule() != "" && struck == 0 {
				struck = second
			}
		})
		if struck != want {
			t.Errorf("%s: %d, want %d", rule, struck, want)
		}
	}
}

// Of a stream that breaks off nobody knows how the exchanges ended that were under way.
func TestStepsOfBrokenStreamsAreJudgedWhereItMakesNoDifference(t *testing.T) {
	for rule, want := range map[string]Result{
		`step."create".error_rate < 50%`:   RuleKept,
		`step."create".error_rate < 10.5%`: RuleNotJudged,
		`step."create".error_rate < 9%`:    RuleBroken,
	} {
		plan := flowPlan()
		plan.Thresholds = rulesOf(rule)
		r, rec := NewRun(Run{Plan: plan}), flowRecorder(1)
		for k := range 100 {
			o, a := exchangeAt(2*time.Second, 0), flowAt(2*time.Second)
			if k < 10 {
				o.Outcome, a.Outcome, a.Step = Closed, Closed, "create"
			}
			rec.Shard(0).RecordExchange(o, 1)
			rec.Shard(0).Record(a)
		}
		w := rec.Rotate(3*time.Second, 5)
		r.Add(&w)
		if err := r.finishEarly(); err != nil {
			t.Fatal(err)
		}
		if got := r.Thresholds[0]; got.Result != want {
			t.Errorf("%s: want %s: %+v", rule, want, got)
		}
	}
}
