package report

import (
	"strings"
	"testing"

	"shotput/report/runtest"
	"shotput/stats"
)

// The last line of every report that a person reads says what came of it.
func TestLastLine(t *testing.T) {
	rule := func(rule string, ns float64, ok bool) stats.Threshold {
		return stats.Threshold{Rule: rule, Measured: ns, Unit: "ns", OK: ok}
	}
	kept, broken := rule("p50 < 1s", 1e6, true), rule("p99 < 5ms", 99.7e6, false)
	unjudged := stats.Threshold{Rule: "p99 < 3ms", Measured: 32.5e6, Unit: "ns", Result: stats.RuleNotJudged, Lower: 2.1e6, Upper: 32.5e6}
	for want, change := range map[string]func(*stats.Run){
		"KEPT: the load was sent as planned, the figures are the server's": func(*stats.Run) {},
		"KEPT, with 1 error (0.005 %): the load was sent as planned": func(r *stats.Run) {
			r.Totals.OK, r.Totals.Failed = r.Totals.OK-1, r.Totals.Failed+1
		},
		"PASSED": func(r *stats.Run) { r.Thresholds = []stats.Threshold{kept} },
		"FAILED: 1 of 2 thresholds (p99 < 5ms: 99.7 ms) · exit 1": func(r *stats.Run) {
			r.Thresholds = []stats.Threshold{kept, broken}
		},
		"FAILED: 3 of 3 thresholds (p99 < 5ms: 99.7 ms, p99 < 5ms: 99.7 ms, 1 more) ·": func(r *stats.Run) {
			r.Thresholds = []stats.Threshold{broken, broken, broken}
		},
		"NOT JUDGED: 1 of 2 thresholds (p99 < 3ms: 2.10 ms to 32.5 ms) · exit 3": func(r *stats.Run) {
			r.Thresholds = []stats.Threshold{kept, unjudged}
		},
		"FAILED: 1 of 2 thresholds (p99 < 5ms: 99.7 ms) · exit 1 ": func(r *stats.Run) {
			r.Thresholds = []stats.Threshold{unjudged, broken}
		},
		"NOT JUDGED: this machine was the limit (timer lag p99 8.4 ms is above 1 ms) ·": func(r *stats.Run) {
			r.Plan.Strict, r.Thresholds = true, []stats.Threshold{broken}
			r.Verdict = stats.Verdict{Status: stats.ClientLimited, Reason: "timer lag p99 8.4 ms is above 1 ms"}
		},
		"SERVER SATURATED: the server could not keep up with the load (late); 3 errors": func(r *stats.Run) {
			r.Totals.Failed = 3
			r.Verdict = stats.Verdict{Status: stats.ServerSaturated, Reason: "late"}
		},
		"FAILED: ended by a rule (errors > 3) · exit 1": func(r *stats.Run) {
			r.Stop = stats.StopReason{Kind: stats.ByRule, Text: "errors > 3"}
		},
		"INTERRUPTED (terminated): this is what was measured until then": func(r *stats.Run) {
			r.Stop, r.Thresholds = stats.StopReason{Kind: stats.BySignal, Text: "terminated"}, []stats.Threshold{kept}
		},
		"FAILED: 0 of 20,000 requests succeeded · exit 3": func(r *stats.Run) { r.Totals.OK = 0 },
		"NOT JUDGED: 1 of 3 thresholds (p99 < 5ms: ≤ 99.7 ms) · exit 3": func(r *stats.Run) {
			open := broken
			open.Result, open.Upper = stats.RuleNotJudged, open.Measured
			r.Thresholds = []stats.Threshold{kept, open, kept}
		},
		"NOT JUDGED: 1 of 1 threshold (p99 < 5ms: ≥ 99.7 ms) · exit 3": func(r *stats.Run) {
			open := broken
			open.Result, open.Upper, open.AtLeast = stats.RuleNotJudged, open.Measured, true
			r.Thresholds = []stats.Threshold{open}
		},
		"NOT JUDGED: a part of the run is missing (cut) · exit 3": func(r *stats.Run) {
			r.Verdict, r.Stop = stats.Verdict{Status: stats.Incomplete, Reason: "cut"}, stats.StopReason{Kind: stats.BrokenOff}
			r.Thresholds = []stats.Threshold{kept}
		},
		"FAILED: 1 of 1 threshold (p99 < 5ms: 99.7 ms) · exit 1": func(r *stats.Run) {
			r.Verdict, r.Stop = stats.Verdict{Status: stats.Incomplete, Reason: "cut"}, stats.StopReason{Kind: stats.BrokenOff}
			r.Thresholds = []stats.Threshold{broken}
		},
		"NOT JUDGED: the figures of this run contradict each other (sent) · exit 3": func(r *stats.Run) {
			r.Verdict = stats.Verdict{Status: stats.Inconsistent, Reason: "sent"}
		},
		"NOT JUDGED: nothing was sent in the measured span: x.csv has no more rows (5)": func(r *stats.Run) {
			r.Totals = stats.Totals{Warmup: 5}
			r.Stop = stats.StopReason{Kind: stats.AtRows, Text: "x.csv has no more rows (5)"}
			r.Verdict = stats.Verdict{Status: stats.NothingMeasured, Reason: "nothing was sent in the measured span"}
		},
		"FAILED: the first 100 answers were all the same failure: status 503 · exit 3": func(r *stats.Run) {
			r.Stop = stats.StopReason{Kind: stats.ByFailure, Text: "the first 100 answers were all the same failure: status 503"}
		},
		"NEWER WORD: newer word (because)": func(r *stats.Run) {
			r.Verdict = stats.Verdict{Status: "newer_word", Reason: "because"}
		},
	} {
		one := *runtest.Runs["open"]()
		r := &one
		r.Thresholds = nil
		change(r)
		text := textOf(t, r, Options{})
		at := strings.LastIndex(text, "\n\n ")
		if got, _, _ := strings.Cut(text[at+3:], "\n"); got != strings.TrimSpace(want) {
			t.Errorf("the last line is %q, want %q", got, want)
		}
		if got := strings.TrimSpace(markdownOf(t, r, Options{})); !strings.HasSuffix(got, "**") {
			t.Errorf("%q does not end the Markdown", want)
		}
	}
}
