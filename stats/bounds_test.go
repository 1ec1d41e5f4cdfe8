package stats

import (
	"testing"
	"time"
)

// lateRun is a second of 1000 requests of 5 ms, of which a part went out 300 ms late, and have a floor of 4 ms.
func lateRun(t *testing.T, late int, plan Plan, e Ending, outcomes ...Outcome) *Run {
	t.Helper()
	plan.Model, plan.Duration, plan.RatePerSecond = "open", time.Second, 1000
	r, rec := NewRun(Run{Plan: plan}), NewRecorder(RecorderConfig{Open: true})
	for i := range 1000 {
		o := okAt(0)
		o.Claimed, o.Sent, o.Uploaded, o.FirstByte, o.Done = 0, 0, 0, 5*ms, 5*ms
		o.Floor, o.Bounded = 5*ms, true
		if i < late {
			o.Sent, o.FirstByte, o.Done, o.Floor = 300*ms, 305*ms, 305*ms, 4*ms
		}
		if i < len(outcomes) {
			o.Outcome = outcomes[i]
		}
		rec.Shard(0).Record(o)
	}
	w := rec.Rotate(time.Second, 0)
	r.Add(&w)
	if rule := r.AbortRule(); rule != "" {
		e.Stop = StopReason{Kind: ByRule, Text: rule}
	}
	e.Span, e.Stopped, e.Planned, e.Due = time.Second, time.Second, max(e.Planned, 1000), max(e.Due, 1000)
	if err := r.Finish(e); err != nil {
		t.Fatal(err)
	}
	return r
}

// What response time keeps is kept, what the floor breaks is broken, and between the two nobody can say. For "more
// than" the bounds change places.
func TestThresholdsAreJudgedByBounds(t *testing.T) {
	for rule, want := range map[string]Result{
		"p99 < 1s": RuleKept, "p99 < 100ms": RuleNotJudged, "p99 < 3ms": RuleBroken,
		"max < 1s": RuleKept, "max <= 100ms": RuleNotJudged, "mean < 20ms": RuleNotJudged, "mean < 1ms": RuleBroken,
		"p99 > 1ms": RuleKept, "p99 > 100ms": RuleNotJudged, "p99 > 1s": RuleBroken,
		"max == 305ms": RuleNotJudged, "max == 100ms": RuleNotJudged, "max == 1s": RuleBroken,
		"max != 100ms": RuleNotJudged, "max != 1s": RuleKept,
		"p50 < 10ms": RuleKept, "p50 < 4ms": RuleBroken, // firm
		"status.204.p99 < 100ms": RuleNotJudged, "service.p99 < 10ms": RuleKept, "service.p99 < 4ms": RuleBroken,
		"timer_lag.p99 < 1s": RuleKept, "error_rate == 0": RuleKept, "sent == 1000": RuleKept, "rate >= 100% of target": RuleKept,
		"p99 < 100ms for 1s": RuleNotJudged, "p99 < 3ms for 1s": RuleBroken, "p99 < 1s for 1s": RuleKept,
	} {
		th := lateRun(t, 100, Plan{Thresholds: rulesOf(rule)}, Ending{}).Thresholds[0]
		if th.Result != want || th.OK != (want == RuleKept) || (want == RuleNotJudged) != (th.Why != "" && th.Result == RuleNotJudged) {
			t.Errorf("%+v, want %s", th, want)
		}
	}
	th := lateRun(t, 100, Plan{Thresholds: rulesOf("max < 100ms")}, Ending{}).Thresholds[0]
	if th.Lower != float64(5*ms) || th.Upper != float64(305*ms) {
		t.Errorf("%+v", th)
	}
}

// An abort rule comes true only where no lateness explains it.
func TestAbortRulesGoByTheLeastFavouredBound(t *testing.T) {
	for rule, want := range map[string]bool{"p99 > 100ms": false, "p99 > 3ms": true, "p99 < 100ms": false, "p99 < 1s": true,
		"p99 > 100ms for 1s": false, "p99 > 3ms for 1s": true} {
		if r := lateRun(t, 100, Plan{Aborts: rulesOf(rule)}, Ending{}); r.AbortedByRule() != want {
			t.Errorf("%s: it ended the run: %v", rule, !want)
		}
	}
}

// That the tool was late is no verdict as long as all was sent. Where load was lost, nothing that depends on it is kept,
// and what is broken stays so.
func TestThresholdsOfALimitedClient(t *testing.T) {
	plan := Plan{Thresholds: rulesOf("p99 < 1s", "p50 < 1ms", "rate > 1/s", "error_rate == 0", "sent > 5", "p99 < 1s for 1s")}
	for i, want := range []Result{RuleKept, RuleBroken, RuleKept, RuleKept, RuleKept, RuleKept} {
		if r := lateRun(t, 300, plan, Ending{}); r.Verdict.Status != Kept || r.Thresholds[i].Result != want {
			t.Errorf("all was sent: %+v, %+v", r.Verdict, r.Thresholds[i])
		}
	}
	for i, want := range []Result{RuleNotJudged, RuleBroken, RuleNotJudged, RuleKept, RuleKept, RuleNotJudged} {
		r := lateRun(t, 300, plan, Ending{Planned: 2000, Due: 2000})
		if r.Verdict.Status != ClientLimited || r.Thresholds[i].Result != want || r.OK {
			t.Errorf("half was sent: %+v, %+v", r.Verdict, r.Thresholds[i])
		}
	}
	if r := lateRun(t, 0, plan, Ending{}, NoFile); r.Verdict.Status != ClientLimited {
		t.Errorf("no descriptor was left: %+v", r.Verdict)
	}
}

// A threshold of an older version says only whether it was kept.
func TestResultsOfAnOlderVersion(t *testing.T) {
	r, err := decodeRun([]byte(`{"schema":"shotput/run/1","thresholds":[{"rule":"a","ok":true},{"rule":"b","ok":false}]}`))
	if err != nil || r.Thresholds[0].Result != RuleKept || r.Thresholds[1].Result != RuleBroken || !r.Older() {
		t.Errorf("%+v (%v)", r, err)
	}
}
