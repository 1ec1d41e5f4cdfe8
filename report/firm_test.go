package report

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"shotput/report/runtest"
	"shotput/stats"
)

// What is not firm has a sign before it, in every report that a person reads, and the head says how far the figures
// are firm.
func TestWhatIsNotFirmIsMarked(t *testing.T) {
	late := func() *stats.Run {
		r := runtest.Kept()
		r.Latency.Floor = stats.Histogram{}
		for range 20_000 {
			r.Latency.Floor.Record(300 * time.Microsecond)
		}
		upTo := 94.0
		r.FirmUpTo = &upTo
		return r
	}
	text := textOf(t, late(), Options{})
	for _, want := range []string{"kept, firm up to p94 ✓", "≤ 1.12 ms", "≤ 2.40 ms", "≤ 5.91 ms"} {
		if !strings.Contains(text, want) {
			t.Errorf("the table lacks %q:\n%s", want, text)
		}
	}
	if line := lineWith(text, " response "); strings.Contains(line, "≤ 214 µs") || strings.Contains(line, "≤ 330 µs") {
		t.Errorf("what is firm is marked: %s", line)
	}
	if line := lineWith(text, " service "); strings.Contains(line, "≤") {
		t.Errorf("service time holds no lateness, and is marked: %s", line)
	}
	for _, format := range []string{"md", "html"} {
		page := runtest.Printed(t, func(b *bytes.Buffer) error { return Write(b, format, late(), Options{}) })
		if !strings.Contains(page, "≤ 1.12 ms") || !strings.Contains(page, "kept, firm up to p94 ✓") {
			t.Errorf("%s: nothing says that p99 is an upper bound", format)
		}
	}
	rounds := runtest.Printed(t, func(b *bytes.Buffer) error {
		return WriteRounds(b, "text", []*stats.Run{late(), late()}, Options{})
	})
	if strings.Count(rounds, "≤ 1.12 ms")+strings.Count(rounds, "≤1.12 ms") < 2 {
		t.Errorf("rounds:\n%s", rounds)
	}
	none := late()
	*none.FirmUpTo = 0
	if text := textOf(t, none, Options{ASCII: true}); !strings.Contains(text, "kept, bounds only ok") || !strings.Contains(text, "<= 1.12 ms") {
		t.Errorf("in ASCII:\n%s", text)
	}
}
