package flags

import (
	"errors"
	"testing"

	"shotput/cli/line"
)

// A rule that is none is mended as the rule that it is, with the unit or the metric that was meant.
func TestRulesMeant(t *testing.T) {
	for rule, want := range map[string]string{
		"p95<500": "p95 < 500ms", "p99<=5": "p99 <= 5ms", "rate<0.01": "rate < 0.01/s", "p95<500, p99<600": "p95 < 500ms, p99 < 600ms",
		"p99 > 5 for 10s": "p99 > 5ms for 10s", "upload_rate<5": "", "wait.p50<3": "wait.p50 < 3ms",
		"p(99) < 1s": "p99 < 1s", "p(99.9)<1s": "p99.9 < 1s", "p(95)<500ms": "p95 < 500ms", "avg < 200ms": "mean < 200ms",
		"errors < 1": "error_rate == 0", "errors<=0": "error_rate == 0", "errors < 10": "failed < 10", "errors < 1%": "error_rate < 1%",
		"errors < 0.01": "error_rate < 0.01", "error_rate < 1": "error_rate < 1%", "error_rate>1 for 5s": "error_rate>1% for 5s",
		"p99 < 1s, error_rate <= 1.0": "p99 < 1s, error_rate <= 1.0%",
	} {
		_, err := parseRule(rule)
		var w line.Wrong
		if !errors.As(err, &w) || w.Meant != want {
			t.Errorf("%q: %v, meant %q, want %q", rule, err, w.Meant, want)
		}
		if _, err := parseRule(want); want != "" && err != nil {
			t.Errorf("%q: %v", want, err)
		}
	}
	for _, rule := range []string{"error_rate < 1%", "error_rate < 10%", "error_rate == 1", "error_rate < 0.1", "max < 1s"} {
		if _, err := parseRule(rule); err != nil {
			t.Errorf("%q: %v", rule, err)
		}
	}
}

// A rule that was written for k6 is told as it is written here; any other stays what it is.
func TestRulesOfK6(t *testing.T) {
	for rule, want := range map[string]string{
		"p(95)<500": "p95 < 500ms", "http_req_duration: p(99.9) <= 1500": "p99.9 <= 1500ms", "avg<200": "mean < 200ms",
		"med < 5.5": "p50 < 5.5ms", "http_req_failed: rate<0.01": "error_rate < 1%", "max<1000": "max < 1000ms",
		"p95 < 500ms": "", "max < 1s": "", "rate > 100/s": "", "mean < 1ms": "",
	} {
		if got := fromK6(rule); got != want {
			t.Errorf("%q is %q, want %q", rule, got, want)
		}
		if want != "" {
			if _, err := parseRule(want); err != nil {
				t.Errorf("%q: %v", want, err)
			}
		}
	}
}
