package stats

import (
	"bytes"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
	"time"
)

// rulesOf are read as they are, those among them that are none.
func rulesOf(texts ...string) (all []Rule) {
	for _, text := range texts {
		rule, _ := ParseRule(text)
		all = append(all, rule)
	}
	return all
}

func bySignal(text string) StopReason { return StopReason{Kind: BySignal, Text: text} }

// judgeRun is of 10 s at 100/s: every tenth request fails with 503, the others take 10 ms, or 100 ms from 5 s to 8 s.
// The slots are free; the last request is still open at the end when open says so.
func judgeRun(t *testing.T, plan Plan, open bool) *Run {
	t.Helper()
	plan.Model, plan.Duration = "open", 10*time.Second
	if plan.RatePerSecond == 0 {
		plan.RatePerSecond = 100
	}
	plan.Mix = []Request{{Name: "a b"}, {Name: "other"}}
	r := NewRun(Run{Plan: plan})
	rec := NewRecorder(RecorderConfig{Open: true, SpanEnd: 10 * time.Second, Templates: 2})
	for k := range 1000 {
		at := time.Duration(k) * 10 * ms
		if k > 0 && k%100 == 0 {
			w := rec.Rotate(at, 1)
			r.Add(&w)
		}
		o := &Observation{Intended: at, Claimed: at, Sent: at, Uploaded: at + ms, FirstByte: at + 9*ms, Done: at + 10*ms, Status: 204, Attempts: 1, BodySent: 1024}
		if at >= 5*time.Second && at < 8*time.Second {
			o.Done = at + 100*ms
		}
		if k%10 == 0 {
			o.Outcome, o.Status, o.Template = BadStatus, 503, 1
		}
		if open && k == 999 {
			o.Outcome, o.Status = Aborted, 0
		}
		rec.Shard(0).Record(o)
	}
	w := rec.Rotate(10*time.Second, 0)
	r.Add(&w)
	err := r.Finish(Ending{Planned: 1000, Due: 1000, Span: 10 * time.Second, Stopped: 10 * time.Second, LastDone: 10 * time.Second, ConnectionsOpened: 4})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestThresholds(t *testing.T) {
	rules := map[string]Threshold{
		"min < 50ms":                   {Measured: 1e7, Unit: "ns", OK: true},
		"min < 10ms":                   {Measured: 1e7, Unit: "ns"},
		"min <= 10ms":                  {Measured: 1e7, Unit: "ns", OK: true},
		"min == 10ms":                  {Measured: 1e7, Unit: "ns", OK: true},
		"min != 10ms":                  {Measured: 1e7, Unit: "ns"},
		"max > 100ms":                  {Measured: 1e8, Unit: "ns"},
		"min >= 10ms":                  {Measured: 1e7, Unit: "ns", OK: true},
		"mean < 38ms":                  {Measured: 37e6, Unit: "ns", OK: true},
		"service.p100 < 1s":            {Measured: 1e8, Unit: "ns", OK: true},
		"p90 <= 100ms":                 {Measured: 1e8, Unit: "ns", OK: true},
		"upload.p99 <= 1ms":            {Measured: 1e6, Unit: "ns", OK: true},
		"wait.mean == 8ms":             {Measured: 8e6, Unit: "ns", OK: true},
		"pool_lag.max == 0":            {Unit: "ns", OK: true},
		"failed.max < 1s":              {Measured: 1e8, Unit: "ns", OK: true},
		"status.503.max < 1s":          {Measured: 1e8, Unit: "ns", OK: true},
		"status.5xx.max < 1s":          {Measured: 1e8, Unit: "ns", OK: true},
		`template."a b".max < 1s`:      {Measured: 1e8, Unit: "ns", OK: true},
		`template."other".max < 1s`:    {Unit: "ns", NoSamples: true, Why: "there are no samples"},
		"tls.p99 < 1s":                 {Unit: "ns", NoSamples: true, Why: "there are no samples"},
		"tls.p99 > 1s":                 {Unit: "ns", NoSamples: true, Why: "there are no samples"},
		"status.409.p99 < 1s":          {Unit: "ns", NoSamples: true, Why: "there are no samples"},
		"error_rate <= 10%":            {Measured: .1, Unit: "ratio", OK: true},
		"error_rate < 0.1":             {Measured: .1, Unit: "ratio"},
		"rate >= 100% of target":       {Measured: 1, Unit: "ratio", OK: true, Means: "sent_rate >= 100% of target"},
		"sent_rate >= 100/s":           {Measured: 100, Unit: "per_second", OK: true},
		"rate >= 6000/m":               {Measured: 100, Unit: "per_second", OK: true},
		"goodput >= 90/s":              {Measured: 90, Unit: "per_second", OK: true},
		"goodput >= 95% of target":     {Measured: .9, Unit: "ratio"},
		"upload_rate >= 100KiB/s":      {Measured: 102400, Unit: "bytes_per_second", OK: true},
		"status.503 == 100":            {Measured: 100, Unit: "count", OK: true},
		"status.5xx <= 10%":            {Measured: .1, Unit: "ratio", OK: true},
		"status.409 == 0":              {Unit: "count", OK: true},
		"timeouts == 0":                {Unit: "count", OK: true},
		"failed == 0":                  {Measured: 100, Unit: "count"},
		"ok >= 900":                    {Measured: 900, Unit: "count", OK: true},
		"unsent < 1%":                  {Unit: "ratio", OK: true},
		"attempts <= 1000":             {Measured: 1000, Unit: "count", OK: true},
		"connections == 4":             {Measured: 4, Unit: "count", OK: true},
		"body_bytes_sent >= 1000KiB":   {Measured: 1024000, Unit: "bytes", OK: true},
		"p99 < 50ms for 4s":            {Measured: 3e9, Unit: "ns", For: 4 * time.Second, OK: true},
		"p99 < 50ms for 3s":            {Measured: 3e9, Unit: "ns", For: 3 * time.Second, Why: "it did not hold for 3.00 s, from 5.00 s of the run on"},
		"p99 < 50ms for 2500ms":        {Measured: 3e9, Unit: "ns", For: 2500 * ms, Why: "it did not hold for 3.00 s, from 5.00 s of the run on"},
		"p99 > 50ms for 6s":            {Measured: 5e9, Unit: "ns", For: 6 * time.Second, OK: true},
		"rate >= 99% of target for 1s": {Unit: "ns", For: time.Second, OK: true, Means: "sent_rate >= 99% of target for 1s"},
		"p99 < 50ms for 11s": {Measured: 3e9, Unit: "ns", For: 11 * time.Second, NoSamples: true,
			Why: "only 10.0 s of windows were measured, and it speaks of 11.0 s"},
	}
	r := judgeRun(t, Plan{Thresholds: rulesOf(slices.Sorted(maps.Keys(rules))...)}, false)
	for _, got := range r.Thresholds {
		want := rules[got.Rule]
		want.Rule, want.Result = got.Rule, RuleBroken
		if want.OK {
			want.Result = RuleKept
		}
		if want.For == 0 {
			want.Lower, want.Upper = want.Measured, want.Measured
		}
		if got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
	if len(r.Thresholds) != len(rules) || r.OK || !judgeRun(t, Plan{Thresholds: rulesOf("p50 < 1s, ok > 5")}, false).OK {
		t.Errorf("%d are judged of %d; some are broken, and the run is ok: %v", len(r.Thresholds), len(rules), r.OK)
	}
}

// The latency of a class is that of all its statuses, not of the first.
func TestLatencyOfAClass(t *testing.T) {
	plan := openPlan
	plan.Thresholds = rulesOf("status.4xx.max < 1s", "status.4xx.min < 1s", "status.4xx.p50 < 1s", "status.404.max < 1s")
	r := NewRun(Run{Plan: plan})
	rec := NewRecorder(RecorderConfig{Open: true})
	for i, code := range []int{404, 409, 409, 204} {
		o := okAt(0)
		o.Outcome, o.Status, o.Done = BadStatus, code, time.Duration(1+i)*ms
		rec.Shard(0).Record(o)
	}
	w := rec.Rotate(time.Second, 0)
	r.Add(&w)
	if err := r.Finish(Ending{Planned: 4, Due: 4, Span: time.Second, Stopped: time.Second}); err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{3e6, 1e6, 2e6, 1e6} {
		if th := r.Thresholds[i]; math.Abs(th.Measured-want) > want/1000 {
			t.Errorf("%s: measured %v, want %v", th.Rule, th.Measured, want)
		}
	}
}

// The windows of the warm-up and of the drain are in no stretch, though nothing measured ends in them, or late.
func TestStretchesAreOfTheMeasuredSpan(t *testing.T) {
	plan := openPlan
	plan.Warmup, plan.Thresholds = 3*time.Second, rulesOf("p99 < 50ms for 2s", "unsent <= 50%", "unsent < 50%")
	r := NewRun(Run{Plan: plan})
	rec := NewRecorder(RecorderConfig{Open: true, Warmup: plan.Warmup})
	for s := range 8 {
		at := time.Duration(s) * time.Second
		o := okAt(at)
		o.Outcome = OK
		if s >= 5 { // what ends in the drain was due before it
			o.Intended, o.Claimed, o.Sent = 4*time.Second, 4*time.Second, 4*time.Second
		}
		rec.Shard(0).Record(o)
		w := rec.Rotate(at+time.Second, 1)
		w.Drain = s >= 5
		r.Add(&w)
	}
	if err := r.Finish(Ending{Planned: 10, Due: 10, Span: 7 * time.Second, Stopped: 5 * time.Second}); err != nil {
		t.Fatal(err)
	}
	if th := r.Thresholds; !th[0].OK || th[0].Measured != 0 || !th[1].OK || th[1].Measured != .5 || th[2].OK {
		t.Errorf("%+v", th)
	}
}

// The last window ends with the last answer, which may be before the last second of the run is over. That second counts
// in full, unless nothing was sent in it.
func TestStretchesLastUntilClaimingStopped(t *testing.T) {
	plan := openPlan
	plan.Thresholds = rulesOf("p99 < 50ms for 2s", "p99 < 1ms for 2s", "p99 < 50ms for 3s")
	for _, idle := range []bool{false, true} {
		r := NewRun(Run{Plan: plan})
		rec := NewRecorder(RecorderConfig{Open: true})
		for s, end := range []time.Duration{time.Second, 1995 * ms} {
			if s == 0 || !idle {
				rec.Shard(0).Record(okAt(time.Duration(s) * time.Second))
			}
			w := rec.Rotate(end, 0)
			r.Add(&w)
		}
		if err := r.Finish(Ending{Planned: 2, Due: 2, Span: 2 * time.Second, Stopped: 2 * time.Second}); err != nil {
			t.Fatal(err)
		}
		th := r.Thresholds
		if th[0].OK == idle || th[1].OK || th[2].OK || !th[2].NoSamples || !idle && th[1].Measured != 2e9 || idle && th[1].Measured != 1e9 {
			t.Errorf("idle %v: %+v", idle, th)
		}
	}
}

// A saved plan may have a rule of a later version, and several promises in one text.
func TestThresholdsOfSavedPlans(t *testing.T) {
	r := judgeRun(t, Plan{Thresholds: rulesOf("p99 < 1s, sent > 5", "karma > 3")}, false)
	if len(r.Thresholds) != 3 || !r.Thresholds[0].OK || r.Thresholds[1].Rule != "sent > 5" || r.Thresholds[2].OK ||
		!strings.Contains(r.Thresholds[2].Why, `"karma" is no metric`) || r.OK {
		t.Errorf("%+v", r.Thresholds)
	}
}

// A request still open could be slower than all: what it could move is known to be at least so much.
func TestThresholdsOfWhatIsOpen(t *testing.T) {
	rules := map[string][2]bool{ // holds, at least
		"p100 < 1s":          {false, true},
		"p100 >= 100ms":      {true, true},
		"max < 1s":           {false, true},
		"mean < 1s":          {false, true},
		"p50 < 1s":           {true, false},
		"min < 1s":           {true, false},
		"failed.max < 1s":    {false, true},
		"start_lag.max < 1s": {true, false},
		"aborted == 1":       {true, false},
		"max != 1s":          {false, true},
	}
	r := judgeRun(t, Plan{Thresholds: rulesOf(slices.Sorted(maps.Keys(rules))...)}, true)
	for _, th := range r.Thresholds {
		if want := rules[th.Rule]; th.OK != want[0] || th.AtLeast != want[1] || (th.AtLeast && !th.OK) != (th.Why != "") {
			t.Errorf("%+v, want holds and at least %v", th, want)
		}
	}
	if len(r.Thresholds) != len(rules) {
		t.Errorf("%d are judged of %d", len(r.Thresholds), len(rules))
	}
}

// Nothing holds of a run that sent nothing, whatever is compared with what.
func TestThresholdsOfNothing(t *testing.T) {
	for _, rule := range []string{"p99 < 1s", "p99 > 1s", "error_rate < 1%", "error_rate >= 0", "rate < 1/s", "status.409 == 0", "timeouts == 0",
		"sent == 0", "unsent == 0", "upload_rate < 1B/s", "ok < 100%", "rate != 1% of target", "p99 < 1s for 1s"} {
		r := NewRun(Run{Plan: Plan{Model: "open", Thresholds: rulesOf(rule)}})
		if err := r.Finish(Ending{Stopped: time.Second}); err != nil {
			t.Fatal(err)
		}
		if th := r.Thresholds[0]; th.OK || !th.NoSamples || th.Why == "" {
			t.Errorf("%+v", th)
		}
	}
}

// struckAt says after which second of judgeRun the rule comes true; 0 when it does not.
func struckAt(t *testing.T, rule string) (second int) {
	t.Helper()
	plan := Plan{Aborts: rulesOf("sent > 1000000", rule), Warmup: time.Second, Model: "open", RatePerSecond: 100}
	r := NewRun(Run{Plan: plan})
	rec := NewRecorder(RecorderConfig{Open: true, Warmup: time.Second})
	for s := range 10 {
		for k := range 100 {
			at := time.Duration(s)*time.Second + time.Duration(k)*10*ms
			o := &Observation{Intended: at, Claimed: at, Sent: at, Done: at + 10*ms, Status: 204}
			if s == 0 || s >= 4 && s != 6 { // the first second is the warm-up's
				o.Done, o.Outcome, o.Status = at+100*ms, BadStatus, 503
			}
			if s != 8 { // a second in which nothing was due
				rec.Shard(0).Record(o)
			}
		}
		w := rec.Rotate(time.Duration(s+1)*time.Second, 0)
		r.Add(&w)
		if got := r.AbortRule(); got != "" {
			if got != rule {
				t.Errorf("%q struck, want %q", got, rule)
			}
			return s + 1
		}
	}
	return 0
}

func TestAbortRules(t *testing.T) {
	for rule, want := range map[string]int{
		"error_rate > 0":                               5,
		"error_rate > 39%":                             6, // 2 of 5 s
		"status.503 >= 200":                            6,
		"error_rate > 50% for 1s":                      5,
		"error_rate > 50% for 2s":                      6,
		"error_rate > 50% for 3s":                      0, // the 7th second is good
		"error_rate > 50% for 4s":                      0,
		"p99 < 1s":                                     2,
		"tls.p99 < 1s":                                 0, // no samples
		"service.p99 < 1s for 2s":                      3,
		"rate > 99/s for 2s":                           3,
		"rate >= 100% of target":                       2,
		"sent >= 300":                                  4,
		"error_rate > 0 and status.503 >= 200":         6,
		"error_rate > 0 and error_rate < 1%":           0,
		"error_rate > 50% for 1s and sent >= 700":      8,
		"error_rate > 50% for 2s and status.503 > 300": 10, // in the 9th there is nothing, which ends no stretch
	} {
		if got := struckAt(t, rule); got != want {
			t.Errorf("%s: strikes after second %d, want %d", rule, got, want)
		}
	}
}

func TestRunsThatARuleEnded(t *testing.T) {
	r := NewRun(Run{Plan: openPlan})
	w := seal(okAt(0))
	r.Add(&w)
	if err := r.Finish(Ending{Planned: 1, Due: 1, Stop: StopReason{Kind: ByRule, Text: "p99 > 1s"}}); err != nil || r.OK || !r.AbortedByRule() {
		t.Errorf("ok %v, aborted by a rule %v (%v)", r.OK, r.AbortedByRule(), err)
	}
}

func seal(o *Observation) Window {
	rec := NewRecorder(RecorderConfig{Open: true})
	rec.Shard(0).Record(o)
	return rec.Rotate(time.Second, 0)
}

// A stream that broke off is held against the rules all the same, those of windows among them: what is broken is so, and
// what is kept might not be by the whole run.
func TestThresholdsOfBrokenStreams(t *testing.T) {
	plan := openPlan
	plan.Thresholds, plan.RatePerSecond = rulesOf("p99 < 1s", "p99 < 1ms for 1s"), 1
	var b bytes.Buffer
	s := NewStream(&b)
	s.Start(&Run{Plan: plan})
	w := seal(okAt(0))
	s.Window(&w)
	r, err := Decode(&b)
	if err != nil || len(r.Thresholds) != 2 || r.Thresholds[0].Result != RuleNotJudged ||
		r.Thresholds[1].Result != RuleBroken || r.Thresholds[1].Measured != 1e9 || r.OK {
		t.Errorf("%+v (%v)", r, err)
	}
}

func TestFits(t *testing.T) {
	open, closed := Plan{Model: "open", RatePerSecond: 5, Duration: 10 * time.Second}, Plan{Model: "closed"}
	staged, bytes := open, Plan{Model: "open", BytesPerSecond: 100}
	staged.Stages = []string{"10s@1..5/s"}
	named := open
	named.Mix = []Request{{Name: "a"}, {Name: "b"}}
	flows, mixed, once := flowPlan(), flowPlan(), open
	mixed.Mix = []Request{{Name: "a"}, {Name: "b"}}
	for i := range mixed.Steps[:3] {
		mixed.Steps[i].Flow = "b"
	}
	mixed.Steps[2].Until = nil
	once.Steps = flows.Steps[3:]
	for _, c := range []struct {
		rule string
		plan Plan
		live bool
		why  string
	}{
		{"response.p99 < 1s", open, false, ""},
		{"response.p99 < 1s", closed, false, "response.p99 needs a rate"},
		{"p99 < 1s", closed, true, ""},
		{"pool_lag.p99 < 1s", closed, false, "pool_lag.p99 needs a rate"},
		{"unsent == 0", open, false, ""},
		{"unsent == 0", open, true, "unsent is known only when the run is over"},
		{"connections < 9 for 5s", open, false, "connections is known only when"},
		{"failed.p99 < 1s", closed, true, ""},
		{`template."a".p99 < 1s`, named, true, ""},
		{`template."c".p99 < 1s`, named, false, `there is no request "c"`},
		{"flow.p99 < 1s", flows, true, ""},
		{"flow.p99 < 1s", mixed, false, ""},
		{"flow.p99 < 1s", open, false, "flow.p99 needs a flow, and the plan has none"},
		{"flow.p99 < 1s", once, false, "flow.p99 needs a flow, and the plan has none"},
		{"completion.p99 < 1s", flows, true, ""},
		{"completion.p99 < 1s", mixed, true, "completion.p99 needs a flow with a step that asks until a condition holds"},
		{`step."create".p99 < 1s`, flows, true, ""},
		{`step."create".error_rate < 1%`, flows, true, ""},
		{`step."crate".error_rate < 1%`, flows, false, `there is no step "crate" in the plan, which has "login", "create", "wait", "bucket", "sweep"`},
		{`step."create".p99 < 1s`, open, false, `there is no step "create": the plan has no flow`},
		{`step."sweep".error_rate == 0`, flows, false, ""},
		{`step."sweep".error_rate == 0`, flows, true, `step "sweep" is sent once, and no part of the load`},
		{`step."sweep".error_rate == 0 for 5s`, flows, false, `step "sweep" is sent once`},
		{"upload.p99 < 1s", flows, false, "upload.p99 is of a single exchange, and all requests of the plan are flows"},
		{"wait.p99 < 1s", mixed, false, ""},
		{"wait.p99 < 1s", once, false, ""},
		{"p99 < 1s for 10s", open, false, ""},
		{"p99 < 1s for 11s", open, false, "for 11s is longer than the run, 10s"},
		{"rate > 99% of target", open, true, ""},
		{"rate > 99% of target", closed, false, "of target needs a rate"},
		{"rate > 99% of target", staged, false, ""},
		{"rate > 99% of target", staged, true, "of target needs one rate"},
		{"rate > 99% of target for 2s", staged, false, "of target needs one rate"},
		{"rate > 99% of target", bytes, true, "of target needs one rate"},
		{"upload_rate > 99% of target", bytes, true, ""},
		{"upload_rate > 99% of target", open, false, "of target needs a rate of bytes"},
	} {
		all, err := ParseObjectives(c.rule)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if misfit := all[0].Fits(&c.plan, c.live); misfit != nil {
			got = misfit.Why
		}
		if c.why == "" && got != "" || !strings.HasPrefix(got, c.why) {
			t.Errorf("%s, %+v, live %v: %q, want %q", c.rule, c.plan, c.live, got, c.why)
		}
	}
}
