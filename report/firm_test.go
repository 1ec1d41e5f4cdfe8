package report

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"shotput/report/runtest"
	"shotput/report/words"
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
	if strings.Count(rounds, "≤ 1.12 ms")+strings.Count(rounds, "≤1.12 ms") < 3 || !strings.Contains(rounds, "kept to p94 ✓") {
		t.Errorf("rounds, and their median:\n%s", rounds)
	}
	if !strings.Contains(text, "all was sent, but some of it late") || !strings.Contains(text, "but for") {
		t.Errorf("what is said of lateness:\n%s", text)
	}
	short := late()
	short.Totals.Unsent = 3
	if text := textOf(t, short, Options{}); strings.Contains(text, "all was sent") {
		t.Errorf("all was sent, and 3 unsent:\n%s", text)
	}
	none := late()
	*none.FirmUpTo = 0
	if text := textOf(t, none, Options{ASCII: true}); !strings.Contains(text, "kept, bounds only ok") || !strings.Contains(text, "<= 1.12 ms") {
		t.Errorf("in ASCII:\n%s", text)
	}
}

// Marks agree wherever a figure is printed: above the percentile up to which a run is firm all have one, also those
// whose own bounds happen to be near, in the rows of rounds and their median too; a status that all requests had has the
// row's own, and one that nearly all had is as well known where its part of the floors says so.
func TestMarksAgree(t *testing.T) {
	r := runtest.Kept()
	r.Latency = stats.Latency{}
	r.Plan.Thresholds = nil
	var same, most, few stats.Histogram
	for i := range 10_000 {
		response, floor := time.Millisecond, time.Millisecond
		switch {
		case i >= 9_980: // firm again
			response, floor = 100*time.Millisecond, 99*time.Millisecond
		case i >= 9_850:
			response = 5 * time.Millisecond
		}
		r.Latency.Response.Record(response)
		r.Latency.Floor.Record(floor)
		same.Record(response)
		if i%100 == 0 {
			few.Record(response)
		} else {
			most.Record(response)
		}
	}
	upTo := stats.FirmTo(&r.Latency.Response, &r.Latency.Floor)
	r.FirmUpTo = &upTo
	marks := func(line string) (signs string) {
		for _, f := range strings.Fields(strings.ReplaceAll(line, "≤ ", "≤")) {
			if c := strings.TrimLeft(f, "≤"); c != "" && strings.Contains("0123456789", c[:1]) && strings.Contains(f, "≤") {
				signs += "≤"
			} else if c != "" && strings.Contains("0123456789", c[:1]) {
				signs += "."
			}
		}
		return signs
	}
	r.Status = []stats.Status{{Code: 201, Latency: same}}
	text := textOf(t, r, Options{})
	if upTo != 98 || marks(lineWith(text, " response ")) != "...≤≤≤." || marks(lineWith(text, " 201 ")) != "....≤" {
		t.Errorf("firm up to %v:\n%s", upTo, text)
	}
	r.Status = []stats.Status{{Code: 201, Latency: most}, {Code: 204, Latency: few}}
	if text = textOf(t, r, Options{}); marks(lineWith(text, " 201 ")) != "....≤" || marks(lineWith(text, " 204 ")) != "....." {
		t.Errorf("a part of all:\n%s", text)
	}
	rounds := runtest.Printed(t, func(b *bytes.Buffer) error {
		return WriteRounds(b, "text", []*stats.Run{r, r}, Options{Percentiles: []words.Percentile{50, 99.9}})
	})
	if !strings.Contains(lineWith(rounds, " median   "), "≤ 100 ms  ≤ 100 ms") {
		t.Errorf("rounds:\n%s", rounds)
	}
	r.Thresholds = []stats.Threshold{{Rule: "p99.9 < 1s", Measured: 1e8, Lower: 9.9e7, Upper: 1e8, Unit: "ns", Result: stats.RuleKept, OK: true, AtMost: true}}
	if text = textOf(t, r, Options{}); !strings.Contains(lineWith(text, "p99.9 < 1s"), "≤ 100 ms") {
		t.Errorf("a threshold:\n%s", text)
	}
}

// What could not be judged neither passed nor failed: skipped, a warning, and no tick and no cross.
func TestWhatIsNotJudgedIsSaid(t *testing.T) {
	r := runtest.Kept()
	r.Thresholds = []stats.Threshold{{Rule: "p99 < 1ms", Measured: 1.12e6, Lower: 3e5, Upper: 1.12e6, Unit: "ns",
		Result: stats.RuleNotJudged, Why: "it is between 300 µs and 1.12 ms: this tool was late"}}
	text := textOf(t, r, Options{})
	if line := lineWith(text, "p99 < 1ms  "); !strings.Contains(line, "≤ 1.12 ms") || !strings.HasSuffix(line, "not judged") {
		t.Errorf("%q in\n%s", line, text)
	}
	if !strings.Contains(text, "it is between 300 µs and 1.12 ms") {
		t.Errorf("the reason is not said:\n%s", text)
	}
	junit := runtest.Printed(t, func(b *bytes.Buffer) error { return Write(b, "junit", r, Options{}) })
	if !strings.Contains(junit, `failures="0"`) || !strings.Contains(junit, `skipped="1"`) || !strings.Contains(junit, "not judged: measured") {
		t.Errorf("JUnit: %s", junit)
	}
	if all := Annotations(r, Options{}); len(all) != 1 || all[0].Level != LevelWarning || all[0].Title != "threshold not judged: p99 < 1ms" {
		t.Errorf("%+v", all)
	}
	for _, format := range []string{"md", "html"} {
		if page := runtest.Printed(t, func(b *bytes.Buffer) error { return Write(b, format, r, Options{}) }); !strings.Contains(page, "not judged") {
			t.Errorf("%s does not say it", format)
		}
	}
	rounds := runtest.Printed(t, func(b *bytes.Buffer) error {
		return WriteRounds(b, "text", []*stats.Run{r, r}, Options{})
	})
	if line := lineWith(rounds, "p99 < 1ms"); !strings.Contains(line, "0 of 2 rounds") || !strings.Contains(line, "not judged") {
		t.Errorf("rounds: %q", line)
	}
}

// What ended a run that the plan does not say is in every report that a person reads.
func TestWhatEndedTheRunIsSaid(t *testing.T) {
	r := runtest.Kept()
	r.Stop = stats.StopReason{Kind: stats.AtRows, Text: "users.csv has no more rows (200)"}
	r.Windows = []stats.Window{{End: 1e9}, {Start: 1e9, End: 2e9}}
	for format, want := range map[string]string{"csv": ",rows: users.csv has no more rows (200)\n", "junit": `<property name="ended" value="rows: users.csv has no more rows (200)">`} {
		if page := runtest.Printed(t, func(b *bytes.Buffer) error { return Write(b, format, r, Options{}) }); strings.Count(page, want) != 1 {
			t.Errorf("%s does not say once what ended the run:\n%s", format, page)
		}
	}
	for _, format := range []string{"text", "md", "html", "junit"} {
		page := runtest.Printed(t, func(b *bytes.Buffer) error { return Write(b, format, r, Options{}) })
		if !strings.Contains(strings.NewReplacer(`\`, "", "&#43;", "+").Replace(page), "users.csv has no more rows (200)") {
			t.Errorf("%s does not say it", format)
		}
	}
}

// Completions and, where they have a row of their own, flows are marked as response time is.
func TestFlowsAreMarkedWhereTheToolWasLate(t *testing.T) {
	r := runtest.Flow()
	row := func(label string) string {
		for line := range strings.Lines(textOf(t, r, Options{})) {
			if strings.HasPrefix(line, " "+label+" ") && strings.Contains(line, "19,800") {
				return line
			}
		}
		return ""
	}
	if line := row("completion"); line == "" || strings.Contains(line, "≤") {
		t.Errorf("on time: %q", line)
	}
	r.Latency.CompletionFloor.RecordN(100*time.Millisecond, 19800)
	if line := row("completion"); !strings.Contains(line, "≤ 150 ms") {
		t.Errorf("late: %q", line)
	}
	r.Latency.Flow = r.Latency.CompletionFloor
	r.Latency.Flow.Record(time.Second)
	r.Latency.FlowFloor.RecordN(time.Millisecond, 19801)
	for line := range strings.Lines(textOf(t, r, Options{})) {
		if strings.HasPrefix(line, " flow ") && !strings.Contains(line, "≤ 100 ms") {
			t.Errorf("late: %q", line)
		}
	}
}
