package flags

import (
	"cmp"
	"errors"
	"strings"

	"shotput/cli/line"
	"shotput/stats"
)

// foreignMetrics are words that others have for a metric, too far from it to be guessed.
var foreignMetrics = map[string]string{
	"errors": "error_rate", "error": "error_rate", "failures": "failed", "timeout": "timeouts", "timed_out": "timeouts",
	"rps": "rate", "qps": "rate", "throughput": "rate", "avg": "mean", "average": "mean", "med": "p50", "median": "p50",
	"latency": "p99", "http_req_duration": "p99", "http_req_failed": "error_rate", "requests": "sent",
	"bandwidth": "upload_rate",
}

// parseRule reads a rule, and says of one that is none what it was perhaps meant to be.
func parseRule(s string) (stats.Rule, error) {
	rule, err := stats.ParseRule(s)
	var e *stats.RuleError
	if !errors.As(err, &e) {
		return rule, err
	}
	meant := cmp.Or(foreignMetrics[e.Word], line.Nearest(e.Word, e.Known))
	wrong := line.Wrong{Why: e.Error() + line.Suggest(meant), Column: e.Column}
	if meant != "" {
		text := []rune(s)
		mended := string(text[:e.Column-1]) + strings.Replace(string(text[e.Column-1:]), e.Word, meant, 1)
		if _, err := stats.ParseObjectives(mended); err == nil {
			wrong.Meant = mended
		}
	}
	return rule, wrong
}
