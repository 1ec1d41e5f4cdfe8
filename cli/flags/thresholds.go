package flags

import (
	"cmp"
	"errors"
	"regexp"
	"strconv"
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
	if meant := fromK6(s); meant != "" {
		return stats.Rule{}, line.Otherwise("it is written as k6 has it", meant)
	}
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

// k6 has percentiles as functions and times in bare milliseconds, beside or without the name of its metric.
var (
	ofK6 = regexp.MustCompile(`^\s*(?:http_req_duration\s*:\s*)?` +
		`(p\((\d+(?:\.\d+)?)\)|avg|med|min|max)\s*(<=?|>=?)\s*(\d+(?:\.\d+)?)\s*$`)
	failedK6 = regexp.MustCompile(`^\s*http_req_failed\s*:\s*rate\s*(<=?|>=?)\s*(0?\.\d+|0|1)\s*$`)
)

// fromK6 is a rule of k6's as it would be written here; "" of any other.
func fromK6(s string) string {
	if m := failedK6.FindStringSubmatch(s); m != nil {
		ratio, _ := strconv.ParseFloat(m[2], 64) // the pattern is a number's
		return "error_rate " + m[1] + " " + strconv.FormatFloat(100*ratio, 'g', 6, 64) + "%"
	}
	m := ofK6.FindStringSubmatch(s)
	if m == nil {
		return ""
	}
	metric := cmp.Or(map[string]string{"avg": "mean", "med": "p50"}[m[1]], m[1])
	if m[2] != "" {
		metric = "p" + m[2]
	}
	return metric + " " + m[3] + " " + m[4] + "ms"
}
