package stats

import (
	"errors"
	"os"
	"strings"
	"testing"
)

func TestParseObjectives(t *testing.T) {
	for text, want := range map[string]string{ // as it is written back
		"p99 < 50ms":                           "p99 < 50ms",
		" p99.9<50 ms ":                        "p99.9 < 50ms",
		"service.p99.9 < 1s":                   "service.p99.9 < 1s",
		"upload.p95<=2m30s":                    "upload.p95 <= 2m30s",
		"pool_lag.p99 == 0":                    "pool_lag.p99 == 0",
		"mean < 1s, max < 2s and min >= 0":     "mean < 1s|max < 2s|min >= 0",
		"p0 > 1ns":                             "p0 > 1ns",
		"p100 != 1h":                           "p100 != 1h",
		"error_rate < 0.1%":                    "error_rate < 0.1%",
		"error_rate<=.001":                     "error_rate <= .001",
		"rate >= 99 % of   target":             "rate >= 99% of target",
		"rate >= 500/s":                        "rate >= 500/s",
		"goodput > 120/m,goodput < 9 /s":       "goodput > 120/m|goodput < 9/s",
		"status.409 == 0":                      "status.409 == 0",
		"status.4xx < 1%":                      "status.4xx < 1%",
		"status.503.p99 < 1s":                  "status.503.p99 < 1s",
		"upload_rate > 20MiB/s":                "upload_rate > 20MiB/s",
		"upload_rate > 99% of target":          "upload_rate > 99% of target",
		"body_bytes_sent > 1.5 GB":             "body_bytes_sent > 1.5GB",
		`template."a \"b\\, c".p99 < 1s`:       `template."a \"b\\, c".p99 < 1s`,
		"failed == 0 and failed.p50 < 1s":      "failed == 0|failed.p50 < 1s",
		"p99 < 50ms for 10s":                   "p99 < 50ms for 10s",
		"error_rate < 1% for 1m and\nsent > 9": "error_rate < 1% for 1m|sent > 9",
	} {
		all, err := ParseObjectives(text)
		if got := strings.ReplaceAll(JoinObjectives(all), " and ", "|"); err != nil || got != want {
			t.Errorf("%q is %q, want %q (%v)", text, got, want, err)
		}
	}
}

func TestParseObjectivesFaults(t *testing.T) {
	for text, want := range map[string]string{
		"":                              "column 1: a metric is missing before the end",
		"  < 5ms":                       `column 3: a metric is missing before "<"`,
		"p99":                           "column 4: a comparison is missing before the end",
		"p99 = 5ms":                     `column 5: "=" is no comparison`,
		"p99 ≤ 5ms":                     `column 5: "≤" is no comparison`,
		"p99 <":                         "column 6: a number is missing before the end",
		"p99 < fast":                    `column 7: a number is missing before "fast"`,
		"p99 < 50":                      `column 7: "50" is no bound of p99: a time has a unit`,
		"p99 < -5ms":                    `column 7: "-5ms" is no bound of p99`,
		"p99 < 5 0ms":                   `column 7: "5" is no bound of p99`,
		"p99 < 5MB":                     `column 7: "5MB" is no bound of p99`,
		"p99 < 5ms max < 1s":            `column 11: "max" stands where the rule ends`,
		"p99 < 5ms,":                    "column 11: a metric is missing before the end",
		"p99 < 5ms and":                 "column 14: a metric is missing before the end",
		"p99 < 5ms or max < 1s":         `column 11: "or" stands where the rule ends`,
		"p99 < 5ms, p98x < 1s":          `column 12: "p98x" is no metric`,
		"p999 < 1s":                     "column 1: p999 is no percentile from p0 to p100; write p99.9",
		"p1.2.3 < 1s":                   "column 1: p1.2.3 is no percentile",
		"servce.p99 < 1s":               `column 1: "servce.p99" is no metric`,
		"service < 1s":                  "column 1: service is a latency, of which there are many; write service.p99",
		"service.p < 1s":                `column 1: "service.p" is no figure of service`,
		"rate.p99 < 1s":                 `column 1: "rate.p99" is no metric`,
		"status < 1":                    `column 1: "status" is no status`,
		"status.4 < 1":                  `column 1: "status.4" is no status`,
		"status.999 < 1":                `column 1: "status.999" is no status`,
		"template.a.p99 < 1s":           "column 1: the name of a request stands in quotes",
		`template."a.p99 < 1s`:          "column 1: a quote is missing behind the name",
		`template."a" < 1s`:             `column 1: "template.\"a\"" is no metric`,
		"error_rate < 5":                `column 14: "5" is no bound of error_rate`,
		"error_rate < 101%":             `column 14: "101%" is no bound of error_rate`,
		"rate > 500":                    `column 8: "500" is no bound of rate`,
		"rate > 99%":                    `column 8: "99%" is no bound of rate`,
		"rate > 500/d":                  `column 8: "500/d" is no bound of rate`,
		"rate > 99% of goal":            `column 15: "goal" stands where target is meant`,
		"rate > 99 of target":           "column 8: a part of the target is in %",
		"sent > 99% of target":          "column 8: sent has no target",
		"upload_rate > 20MiB":           `column 15: "20MiB" is no bound of upload_rate`,
		"upload_rate > 20XiB/s":         `column 15: "20XiB/s" is no bound of upload_rate`,
		"timeouts == 0.5":               `column 13: "0.5" is no bound of timeouts`,
		"timeouts == 1,000":             `column 15: "000" is no metric`,
		"p99 < 5ms for":                 "column 14: for needs a time of at least a second",
		"p99 < 5ms for 10":              "column 15: for needs a time of at least a second",
		"p99 < 5ms for 500ms":           "column 15: for needs a time of at least a second",
		"é < 1":                         `column 1: "é" is no metric`,
		`template."é".p99 < 1s, x < 1`:  `column 24: "x" is no metric`,
		"p99 < 5ms for 99999999999999h": "column 15: for needs a time",
	} {
		_, err := ParseObjectives(text)
		var e *RuleError
		if !errors.As(err, &e) || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

// What was printed is read as the same, and to print it again changes nothing.
func FuzzParseObjectives(f *testing.F) {
	for _, text := range []string{"p99 < 50ms", "service.p99.9 <= 1.5s for 10s", "error_rate < 0.1% and rate >= 99% of target",
		"status.4xx < 1%, status.409 == 0", `template."a \" b".max != 1h`, "upload_rate > 20 MiB/s", "timeouts == 0,", "p99 = 1", "x < 1 for for"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		all, err := ParseObjectives(text)
		var e *RuleError
		if err != nil {
			if !errors.As(err, &e) || e.Column < 1 || e.Column > len([]rune(text))+1 || e.Why == "" {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		printed := JoinObjectives(all)
		again, err := ParseObjectives(printed)
		if err != nil || len(again) != len(all) {
			t.Fatalf("%q is %q, which is %v (%v)", text, printed, again, err)
		}
		for i := range all {
			if all[i] != again[i] {
				t.Errorf("%q is\n%#v, printed\n%#v", text, all[i], again[i])
			}
		}
	})
}

// The manual's table of metrics has them all, and nothing else.
func TestManualOfMetrics(t *testing.T) {
	page, err := os.ReadFile("../docs/thresholds.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(page), "## Metrics")
	table, _, _ = strings.Cut(table, "## ")
	told := map[string]bool{}
	for row := range strings.Lines(table) {
		cells := strings.Split(row, "|")
		if len(cells) < 4 || !strings.Contains(row, "`") {
			continue
		}
		for i, text := range strings.Split(cells[1], "`") {
			if i%2 == 0 {
				continue
			}
			m, err := parseMetric(text)
			if told[m.family] = true; err != nil {
				t.Errorf("%s: %v", text, err)
			}
		}
	}
	for name := range quantities {
		if !told[name] {
			t.Errorf("the manual does not tell of %s", name)
		}
	}
	for name := range latencies {
		if !told[name] {
			t.Errorf("the manual does not tell of %s", name)
		}
	}
}
