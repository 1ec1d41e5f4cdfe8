package flags

import "testing"

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
