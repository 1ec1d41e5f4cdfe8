package stats

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// edited is a saved document with some fields of it set anew.
func edited(t *testing.T, document []byte, part string, fields map[string]any) []byte {
	t.Helper()
	var whole map[string]any
	d := json.NewDecoder(bytes.NewReader(document))
	d.UseNumber()
	if err := d.Decode(&whole); err != nil {
		t.Fatal(err)
	}
	for name, value := range fields {
		whole[part].(map[string]any)[name] = value
	}
	b, err := json.Marshal(whole)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// A run whose counts do not add up is inconsistent, whatever it says of itself, and none of its thresholds is kept. One
// that this version made is never that.
func TestCountsThatDoNotAddUp(t *testing.T) {
	t.Parallel()
	for seed := range uint64(6) {
		s := generate(t, seed)
		if r := mustDecode(t, s.document); r.Verdict.InDoubt() {
			t.Errorf("seed %d: %+v", seed, r.Verdict)
		}
		c := &s.run.Totals
		for what, fields := range map[string]map[string]any{
			"planned: ":              {"planned": c.Planned + 1},
			"planned: , and ok":      {"ok": c.OK + 2},
			"sent: ":                 {"sent": c.Sent - 1},
			"what did not succeed: ": {"failed": c.Failed + 1, "planned": c.Planned + 1, "sent": c.Sent + 1},
			"ok: ":                   {"ok": c.OK + 1, "planned": c.Planned + 1, "sent": c.Sent + 1},
			"planned: , and sent: ":  {"planned": c.Planned - c.Unsent - 1, "unsent": -1},
		} {
			r := mustDecode(t, edited(t, s.document, "totals", fields))
			first, _, _ := strings.Cut(what, ",")
			if r.Verdict.Status != Inconsistent || !strings.HasPrefix(r.Verdict.Reason, first) || r.OK || r.Passed() {
				t.Errorf("%s: %+v, ok %v", what, r.Verdict, r.OK)
			}
			for _, th := range r.Thresholds {
				if th.Result != RuleNotJudged || th.OK || th.Why == "" {
					t.Errorf("%s: %+v", what, th)
				}
			}
		}
	}
}

// More sent than planned is a fault of the engine's; the run shows it.
func TestMoreSentThanPlannedIsInconsistent(t *testing.T) {
	r, rec := NewRun(Run{Plan: openPlan}), NewRecorder(RecorderConfig{Open: true})
	rec.Shard(0).Record(okAt(0))
	rec.Shard(0).Record(okAt(ms))
	w := rec.Rotate(1e9, 0)
	r.Add(&w)
	if err := r.Finish(Ending{Planned: 1, Due: 1}); err == nil || r.Verdict.Status != Inconsistent || r.Passed() {
		t.Errorf("%v, %+v", err, r.Verdict)
	}
}

// The end of a stream is the sum of its windows: one that lost a line, or has another's end, contradicts itself.
func TestStreamWhoseEndIsNotItsWindows(t *testing.T) {
	t.Parallel()
	s, other := generate(t, 4), generate(t, 7)
	lines := bytes.SplitAfter(s.stream, []byte("\n")) // the second is of the warm-up, of which nothing is measured
	others := bytes.SplitAfter(other.stream, []byte("\n"))
	end := len(lines) - 2
	for what, stream := range map[string][][]byte{
		"a window is missing":   append(append([][]byte{}, lines[:2]...), lines[3:]...),
		"a window stands twice": append(append([][]byte{}, lines[:end]...), lines[2], lines[end]),
		"another run's end":     append(append([][]byte{}, lines[:end]...), others[len(others)-2]),
	} {
		r := mustDecode(t, bytes.Join(stream, nil))
		if r.Verdict.Status != Inconsistent || !strings.Contains(r.Verdict.Reason, "by the windows of its stream") {
			t.Errorf("%s: %+v", what, r.Verdict)
		}
	}
}

// A stream that breaks off is incomplete, and saved again it stays that; of one that had sent nothing there is nothing
// that could be incomplete.
func TestStreamThatBreaksOffIsIncomplete(t *testing.T) {
	s := generate(t, 4)
	lines := bytes.SplitAfter(s.stream, []byte("\n"))
	for n, want := range map[int]string{1: NothingMeasured, len(lines) - 2: Incomplete} {
		r := mustDecode(t, bytes.Join(lines[:n], nil))
		var again bytes.Buffer
		if err := Encode(&again, r); err != nil {
			t.Fatal(err)
		}
		for _, r := range []*Run{r, mustDecode(t, again.Bytes())} {
			if r.Verdict.Status != want || r.OK || r.Verdict.Reason == "" {
				t.Errorf("%d lines: %+v, want %s", n, r.Verdict, want)
			}
		}
	}
	older := `{"schema":"shotput/run/1","interrupted":"stream ended early","verdict":{"status":"kept"},"totals":{},"ok":true}`
	if r := mustDecode(t, []byte(older)); r.Verdict.Status != Incomplete || r.OK {
		t.Errorf("of an older version: %+v", r.Verdict)
	}
}

// Of a run in which nothing was measured no threshold is judged, and of a stream that breaks off none that only its end
// tells.
func TestRulesOfWhatIsNotKnown(t *testing.T) {
	for _, sent := range []int64{0, 3} {
		for rule, whole := range map[string]bool{"p99 < 1s": false, "ok >= 1": false, "sent < 5": false, "connections <= 5": true,
			"rate > 1/s for 1s": false} {
			plan := openPlan
			plan.Thresholds = rulesOf(rule)
			r := NewRun(Run{Plan: plan})
			w := Window{End: 2e9, Tally: new(Tally)}
			w.Tally.OK = sent
			r.Add(&w)
			if err := r.finishEarly(); err != nil {
				t.Fatal(err)
			}
			if got := r.Thresholds[0]; (sent == 0 || whole) && (got.Result != RuleNotJudged || got.Why == "" || got.OK) {
				t.Errorf("%s of %d: %+v", rule, sent, got)
			}
		}
	}
}

// A percentile of fewer values than it takes for one to lie above it is the greatest of them: it is judged, and a
// warning says so.
func TestRulesOfFewSamples(t *testing.T) {
	for rule, needed := range map[string]int64{"p99.99999 < 1s": 10_000_000, "p99.9 < 1s": 1000, "p99 < 1s": 100, "service.p90 < 1s": 10,
		"p80 < 1s": 0, "p50 < 1s": 0, "max < 1s": 0, "mean < 1s": 0, "p100 < 1s": 0, "ok > 1": 0} {
		plan := openPlan
		plan.Thresholds = rulesOf(rule)
		r, rec := NewRun(Run{Plan: plan}), NewRecorder(RecorderConfig{Open: true})
		for range 5 {
			rec.Shard(0).Record(okAt(0))
		}
		w := rec.Rotate(1e9, 0)
		r.Add(&w)
		if err := r.Finish(Ending{Planned: 5, Due: 5, Span: 1e9, Stopped: 1e9}); err != nil {
			t.Fatal(err)
		}
		warned := slices.ContainsFunc(r.Warnings, func(w Warning) bool { return w.Code == "few-samples" })
		if th := r.Thresholds[0]; th.Needed != needed || warned != (needed > 0) || th.Result != RuleKept {
			t.Errorf("%s: %+v, warned: %v, want %d needed", rule, th, warned, needed)
		}
	}
}

// One request has no rate, and no rule about one is judged: it would be the reciprocal of the run's length. What it
// took, and how much of what was due was sent, is known.
func TestRulesOfOneRequest(t *testing.T) {
	for rule, want := range map[string]Result{"rate > 1/s": RuleNotJudged, "rate < 1/s": RuleNotJudged, "goodput > 1/s": RuleNotJudged,
		"sent_rate > 1/s": RuleNotJudged, "upload_rate > 1B/s": RuleNotJudged,
		"rate >= 99% of target": RuleKept, "p50 < 1s": RuleKept, "sent == 1": RuleKept, "error_rate == 0": RuleKept} {
		plan := openPlan
		plan.Thresholds = rulesOf(rule)
		r, rec := NewRun(Run{Plan: plan}), NewRecorder(RecorderConfig{Open: true})
		rec.Shard(0).Record(okAt(0))
		w := rec.Rotate(2e8, 0)
		r.Add(&w)
		if err := r.Finish(Ending{Planned: 1, Due: 1, Span: 2e8, Stopped: 2e8}); err != nil {
			t.Fatal(err)
		}
		if got := r.Thresholds[0]; got.Result != want || got.NoSamples != (want == RuleNotJudged) {
			t.Errorf("%s: %+v, want %s", rule, got, want)
		}
	}
}

// What was under way when a stream broke off may have ended well: it breaks no rule. What the rest breaks is broken.
func TestRulesOfAStreamThatBreaksOff(t *testing.T) {
	for rule, want := range map[string]Result{"error_rate == 0": RuleNotJudged, "aborted == 0": RuleNotJudged, "max < 10s": RuleNotJudged,
		"p99 < 10s": RuleNotJudged, "p99 < 1ms": RuleBroken, "p50 < 10s": RuleNotJudged, "sent > 5": RuleKept, "sent > 100": RuleBroken,
		"status.204 == 0": RuleBroken, "error_rate > 50%": RuleBroken,
		"error_rate > 1%": RuleNotJudged, "sent > 51": RuleKept} {
		var b bytes.Buffer
		plan := openPlan
		plan.Thresholds = rulesOf(rule)
		s, r, rec := NewStream(&b), NewRun(Run{Plan: plan}), NewRecorder(RecorderConfig{Open: true})
		s.Start(r)
		for range 50 {
			rec.Shard(0).Record(okAt(0))
		}
		w := rec.Rotate(1e9, 3)
		s.Window(&w)
		if r := mustDecode(t, b.Bytes()); len(r.Thresholds) != 1 || r.Thresholds[0].Result != want || r.Verdict.Status != Incomplete {
			t.Errorf("%s: %+v, want %s; %+v", rule, r.Thresholds, want, r.Verdict)
		}
	}
}
