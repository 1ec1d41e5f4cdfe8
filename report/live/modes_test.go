package live

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"shotput/report/runtest"
	"shotput/report/words"
	"shotput/stats"
)

// play gives a run of 25 s with a warm-up of 2 s to a view in the mode.
func play(mode string) string {
	var out bytes.Buffer
	live, r := New(&out, Config{Mode: mode, Label: "scenario a (1 of 2)"}), runtest.Kept()
	r.Plan.Warmup, r.Plan.Duration = 2*time.Second, 23*time.Second
	live.Start(r)
	going := begin(r)
	for i := range 25 {
		start := time.Duration(i) * time.Second
		live.Window(going.window(stats.Window{Start: start, End: start + time.Second, Warmup: i < 2, Sent: 2000, Done: 2000,
			OK: 1999, Failed: 1, InFlight: 3,
			P50: 214 * us, P99: 1120 * us,
			Tally: &stats.Tally{Failures: []stats.Failure{{Outcome: stats.Reset, Stage: stats.InUpload, Count: 1}}}}))
	}
	live.Note("interrupted")
	live.End(r)
	return out.String()
}

func TestLiveLines(t *testing.T) {
	got := play(Lines)
	runtest.Golden(t, "live_lines", got)
	for _, fault := range runtest.LineFaults(got, words.Options{}) {
		t.Error(fault)
	}
}

// A window's line has the names of the saved run, without its histograms; the last line is the end.
func TestLiveJSON(t *testing.T) {
	lines := strings.Split(strings.TrimSuffix(play(JSON), "\n"), "\n")
	if len(lines) != 26 {
		t.Fatalf("%d lines", len(lines))
	}
	var w struct {
		Label string
		stats.Window
	}
	if err := json.Unmarshal([]byte(lines[24]),
		&w); err != nil || w.Done != 2000 || w.Start != 24*time.Second || strings.Contains(lines[24],
		"ally") || w.Label != "scenario a (1 of 2)" {
		t.Errorf("%v: %s", err, lines[24])
	}
	var end stats.Run
	if err := json.Unmarshal([]byte(lines[25]),
		&end); err != nil || end.Totals.OK != 20000 || end.Verdict.Status != stats.Kept || !end.OK {
		t.Errorf("%v: %s", err, lines[25])
	}
	runtest.Golden(t, "live_json_end", lines[25]+"\n")
}

func TestLiveSaysNothing(t *testing.T) {
	if got := play(None); got != "" {
		t.Error(got)
	}
}
