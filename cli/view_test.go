package cli

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"shotput/report/live"
	"shotput/stats"
)

// An alarm reaches the live view through all that stands between.
func TestAlarmReachesTheView(t *testing.T) {
	var out bytes.Buffer
	view := live.New(&out, live.Config{Mode: live.Lines})
	sinks := audience{new(reader), view}
	sinks.Start(&stats.Run{})
	sinks.Alarm(stats.Warning{Text: "the tool stood still"})
	sinks.Window(&stats.Window{End: lineSpan})
	if !strings.Contains(out.String(), "the tool stood still") {
		t.Errorf("said only:\n%s", out.String())
	}
}

// lineSpan is long enough for a line of figures.
const lineSpan = 10 * time.Second
