package cli

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"shotput/loadgen/fault"

	"shotput/loadgen"
	"shotput/stats"
)

// objectiveRows are the flags that say what a run must keep.
func (r *request) objectiveRows() []row {
	p := &r.plan
	return grouped(groupJudging, []row{
		{long: "threshold", arg: "RULE", help: "what must hold, else exit 1: 'p99 < 50ms',\n'error_rate < 0.1%', 'rate >= 99% of target'; repeat", eg: "p99 < 50ms", set: each(&p.Rules.Thresholds, parseRule)},
		{long: "abort", arg: "RULE", help: "end the run, exit 1, as soon as it holds:\n'error_rate > 5%', 'p99 > 1s for 10s'; repeat", eg: "error_rate > 5%", set: each(&p.Rules.Aborts, parseRule)},
	})
}

// foreignMetrics are words that others have for a metric, too far from it to be guessed.
var foreignMetrics = map[string]string{"errors": "error_rate", "error": "error_rate", "failures": "failed", "timeout": "timeouts",
	"timed_out": "timeouts", "rps": "rate", "qps": "rate", "throughput": "rate", "avg": "mean", "average": "mean", "med": "p50", "median": "p50",
	"latency": "p99", "http_req_duration": "p99", "http_req_failed": "error_rate", "requests": "sent", "bandwidth": "upload_rate"}

// A ruleFault is what is wrong with a rule, and the rule as it was perhaps meant.
type ruleFault struct {
	*stats.RuleError
	meant      string // the metric
	text, rule string // as it is, and as it should be; "" when that is not known
}

func (f ruleFault) Error() string {
	if f.meant == "" {
		return f.RuleError.Error()
	}
	return f.RuleError.Error() + "; did you mean " + f.meant + "?"
}

// mend puts the rule in its place, or an example when it is not known.
func (f ruleFault) mend(r *row) func(commandLine) commandLine {
	return func(l commandLine) commandLine { return l.instead(r.long, f.text, cmp.Or(f.rule, r.eg)) }
}

// parseRule reads a rule, and says of one that is none what it was perhaps meant to be.
func parseRule(s string) (stats.Rule, error) {
	rule, err := stats.ParseRule(s)
	var e *stats.RuleError
	if !errors.As(err, &e) {
		return rule, err
	}
	f := ruleFault{RuleError: e, text: s, meant: foreignMetrics[e.Word]}
	if f.meant == "" {
		f.meant = fault.Nearest(e.Word, e.Known)
	}
	if f.meant != "" {
		text := []rune(s)
		mended := string(text[:e.Column-1]) + strings.Replace(string(text[e.Column-1:]), e.Word, f.meant, 1)
		if _, err := stats.ParseObjectives(mended); err == nil {
			f.rule = mended
		}
	}
	return rule, f
}

// instead gives the line with another value in the place of that one: a flag that is repeated has several.
func (l commandLine) instead(flag, value, with string) commandLine {
	i := slices.Index(l.words, word{flag, value})
	if i < 0 {
		return l.with(flag, with)
	}
	l.words = slices.Clone(l.words)
	l.words[i].value = with
	return l
}

// mendRule makes a rule right that the plan has nothing to hold against: with the rate that it asks for, or else with
// another rule in its place.
func mendRule(f *loadgen.Fault, row *row) func(commandLine) commandLine {
	return func(l commandLine) commandLine {
		switch {
		case strings.HasSuffix(f.Why, "needs a rate of bytes"):
			return l.with("rate", "20MiB/s")
		case strings.Contains(f.Why, "needs a rate"):
			return l.with("rate", "2000/s")
		}
		return l.instead(row.long, f.Value, row.eg)
	}
}
