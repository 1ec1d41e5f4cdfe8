package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"shotput/report"
	"shotput/stats"
)

// workflow is the world of a step of GitHub Actions.
func workflow(summary string) (*Stdio, *bytes.Buffer) {
	var told bytes.Buffer
	vars := map[string]string{"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": summary}
	return &Stdio{Err: &told, Env: func(name string) (string, bool) { v, ok := vars[name]; return v, ok }}, &told
}

// GitHub drops what is beyond its cap without a word; the last that it shows says so.
func TestAnnotationsAreCapped(t *testing.T) {
	s, told := workflow("")
	for range 30 {
		s.annotate(report.Annotation{Level: report.LevelError, Text: "an error"})
	}
	s.annotate(report.Annotation{Level: report.LevelWarning, Text: "a warning"})
	if n := strings.Count(told.String(), "::error"); n != report.MostAnnotations {
		t.Errorf("%d errors", n)
	}
	if !strings.Contains(told.String(), "::error title=there are more::") || strings.Count(told.String(), "::warning") != 1 {
		t.Error(told.String())
	}
}

// A summary never grows beyond what GitHub shows of it.
func TestSummaryIsCut(t *testing.T) {
	path := filepath.Join(t.TempDir(), "summary.md")
	for _, already := range []int{0, report.MostSummary - 300, report.MostSummary, report.MostSummary + 10} {
		if err := os.WriteFile(path, bytes.Repeat([]byte("x"), already), 0o600); err != nil {
			t.Fatal(err)
		}
		s, told := workflow(path)
		s.publish(&stats.Run{Verdict: stats.Verdict{Status: stats.Kept}})
		if told.Len() > 0 {
			t.Error(told.String())
		}
		text, err := os.ReadFile(path)
		if err != nil || len(text) > max(already, report.MostSummary) {
			t.Errorf("%d bytes after %d, %v", len(text), already, err)
		}
		if cut := strings.Contains(string(text), "cut here"); cut != (already == report.MostSummary-300) {
			t.Errorf("after %d bytes: cut: %v", already, cut)
		}
	}
}

// A broken threshold is an error for the workflow, as it is an exit code.
func TestBrokenThresholdIsAnnotated(t *testing.T) {
	s, told := workflow("")
	s.publish(&stats.Run{Verdict: stats.Verdict{Status: stats.Kept}, Thresholds: []stats.Threshold{{Rule: "p99 < 50ms", Measured: 60e6, Unit: "ns"}, {Rule: "p50 < 1s", OK: true}}})
	if got := told.String(); !strings.HasPrefix(got, "::error title=threshold broken%3A p99 < 50ms::measured 60.0 ms") || strings.Count(got, "\n") != 1 {
		t.Error(got)
	}
	if code := s.tell(quiet(exitThreshold)); code != exitThreshold || strings.Count(told.String(), "\n") != 1 {
		t.Errorf("exit %d: %s", code, told)
	}
}
