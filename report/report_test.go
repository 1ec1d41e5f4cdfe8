package report

import (
	"bytes"
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"

	"shotput/report/runtest"
	"shotput/stats"
)

var looks = map[string]Options{
	"": {}, "_ascii": {ASCII: true}, "_color": {Color: true}, "_ms": {Unit: "ms"}, "_ns": {Unit: "ns"},
	"_us_ascii": {Unit: "us", ASCII: true}, "_s": {Unit: "s"},
}

func textOf(t *testing.T, r *stats.Run, opt Options) string {
	t.Helper()
	opt.Mend = runtest.Flag
	return runtest.Printed(t, func(b *bytes.Buffer) error { return Text(b, r, opt) })
}

func markdownOf(t *testing.T, r *stats.Run, opt Options) string {
	t.Helper()
	opt.Mend = runtest.Flag
	return runtest.Printed(t, func(b *bytes.Buffer) error { return Markdown(b, r, opt) })
}

// Every run, in every look: as the golden file, within 80 columns, and safe.
func TestText(t *testing.T) {
	for run, made := range runtest.Runs {
		for look, opt := range looks {
			t.Run(run+look, func(t *testing.T) {
				got := textOf(t, made(), opt)
				if made().Latency.StartLag.Count() > 0 && !strings.Contains(got, "\n start lag ") {
					t.Error("a label is cut")
				}
				if look == "" || run == "open" || run == "pool_limited" || run == "mixed" && opt.ASCII ||
					run+look == "failing_color" {
					runtest.Golden(t, run+look, got)
				}
				for _, fault := range runtest.LineFaults(got, opt) {
					t.Error(fault)
				}
			})
		}
	}
}

func TestMarkdown(t *testing.T) {
	for run, made := range runtest.Runs {
		t.Run(run, func(t *testing.T) {
			got := markdownOf(t, made(), Options{})
			runtest.Golden(t, run+".md", got)
			for _, fault := range tableFaults(got) {
				t.Error(fault)
			}
			for _, r := range markdownOf(t, made(), Options{ASCII: true}) {
				if r > unicode.MaxASCII {
					t.Fatalf("%q is not ASCII", r)
				}
			}
		})
	}
}

// The sample of the documentation, to the letter but for what 80 columns cannot hold.
func TestTextIsTheSample(t *testing.T) {
	got := textOf(t, runtest.Runs["open"](), Options{})
	for _, line := range []string{
		" 20,000 requests in 10.0 s · 2000/s of 2000/s (100 %) · 19.5 MiB sent · 0 errors\n",
		" latency            mean      p50      p90      p99    p99.9      max    count\n",
		" response         241 µs   214 µs   330 µs  1.12 ms  2.40 ms  5.91 ms   20,000\n",
		"   upload          18 µs    15 µs    27 µs    88 µs   310 µs  1.10 ms   20,000\n",
		" connect          118 µs   109 µs   171 µs   240 µs        -   240 µs       64\n",
		" connections   64 opened, 64 needed\n",
	} {
		if !strings.Contains(got, line) {
			t.Errorf("no line %q in\n%s", line, got)
		}
	}
}

// Colour doubles what is said: without its escapes, the page is the plain one.
func TestColorSaysNothing(t *testing.T) {
	escapes := regexp.MustCompile("\x1b\\[[0-9;]*m")
	for name, made := range runtest.Runs {
		plain, colored := textOf(t, made(), Options{}), textOf(t, made(), Options{Color: true})
		if plain == colored && name != "empty" {
			t.Errorf("%s: no colour", name)
		}
		if got := escapes.ReplaceAllString(colored, ""); got != plain {
			t.Errorf("%s: colour changes the text\n%s\n%s", name, got, plain)
		}
	}
}

// tableFaults says which rows of a Markdown table have not as many cells as its header.
func tableFaults(markdown string) (faults []string) {
	cells, unescaped := 0, regexp.MustCompile(`(?:^|[^\\])\|`)
	for line := range strings.Lines(markdown) {
		n := len(unescaped.FindAllString(line, -1))
		if !strings.HasPrefix(line, "|") {
			n = 0
		} else if cells > 0 && n != cells {
			faults = append(faults, "cells: "+line)
		}
		cells = n
	}
	return faults
}

// The helpers that compare are able to.
func TestFaultsAreSeen(t *testing.T) {
	for _, bad := range []string{strings.Repeat("x", 81), "x ", "\x1b[2J", "\x07", "\xff", "a\tb",
		strings.Repeat("对", 41)} {
		if runtest.LineFaults(bad+"\n", Options{}) == nil {
			t.Errorf("%q passes", bad)
		}
	}
	if runtest.LineFaults("µ\n",
		Options{ASCII: true}) == nil || tableFaults("| a | b |\n| --- | --- |\n| a | b | c |\n") == nil {
		t.Error("a fault passes")
	}
}

// A reason phrase, a URL, an example: whatever they hold, a line stays a line.
func FuzzText(f *testing.F) {
	f.Add(runtest.Hostile, false)
	f.Add("\U0001F1E9\U0001F1EA \U0001F469\u200d\U0001F4BB \u1100\u1161 \u0e33", true)
	f.Add(strings.Repeat("对", 90), true)
	f.Fuzz(func(t *testing.T, s string, ascii bool) {
		r := *runtest.Runs["empty"]()
		r.Status, r.Outcomes = []stats.Status{{Code: 299, Reason: s}},
			[]stats.Failure{{Outcome: stats.Other, Count: 1, Example: s}}
		r.Plan.URL, r.Verdict = s, stats.Verdict{Status: s, Reason: s}
		r.Generator.Alarms = []stats.Warning{{Code: s, Text: s, Try: s}}
		for _, fault := range runtest.LineFaults(textOf(t, &r, Options{ASCII: ascii}), Options{ASCII: ascii}) {
			t.Error(fault)
		}
		for _, fault := range tableFaults(markdownOf(t, &r, Options{ASCII: ascii})) {
			t.Error(fault)
		}
	})
}

type brokenPipe struct{}

var errBroken = errors.New("broken pipe")

func (brokenPipe) Write([]byte) (int, error) { return 0, errBroken }

func TestWriteErrors(t *testing.T) {
	for _, format := range Formats {
		if err := Write(brokenPipe{}, format, runtest.Runs["open"](), Options{}); !errors.Is(err, errBroken) {
			t.Errorf("%s: %v", format, err)
		}
		if err := Write(&bytes.Buffer{}, format, runtest.Runs["open"](), Options{}); err != nil {
			t.Errorf("%s: %v", format, err)
		}
	}
	err := Write(&bytes.Buffer{}, "yaml", runtest.Runs["open"](), Options{})
	if err == nil || !strings.Contains(err.Error(), `"yaml"`) || !strings.Contains(err.Error(),
		"text, json, md, ndjson, html") {
		t.Errorf("an unknown format: %v", err)
	}
	for _, format := range []string{"text", "md", "html"} {
		if err := Write(&bytes.Buffer{}, format, runtest.Runs["open"](),
			Options{Unit: "min"}); err == nil || !strings.Contains(err.Error(), `"min"`) {
			t.Errorf("an unknown unit as %s: %v", format, err)
		}
	}
}

func TestFormatByExtension(t *testing.T) {
	for path, want := range map[string]string{"run.json": "json", "a/b.ndjson": "ndjson", "R.MD": "md", "run.txt": "text",
		"run.html": "html", "R.HTM": "html", "run": "", "run.exe": ""} {
		if got, known := FormatByExtension(path); got != want || known != (want != "") {
			t.Errorf("%s: %q, %v", path, got, known)
		}
	}
}

// What is saved is read again as the same run, so that its table is the same.
func TestSavedRunHasTheSameTable(t *testing.T) {
	for _, format := range []string{"json", "ndjson"} {
		r := *runtest.AddUp(*runtest.Runs["failing"]())
		r.Windows = []stats.Window{{End: time.Second, Sent: 2000, Done: r.Totals.Sent - r.Totals.Aborted,
			OK: r.Totals.OK, Failed: r.Totals.Failed, TimedOut: r.Totals.TimedOut},
			{Start: time.Second, End: 2 * time.Second}}
		var b bytes.Buffer
		if err := Write(&b, format, &r, Options{}); err != nil {
			t.Fatal(err)
		}
		back, err := stats.Decode(&b)
		if err != nil {
			t.Fatalf("%s: %v", format, err)
		}
		if got, want := textOf(t, back, Options{}),
			textOf(t, &r, Options{}); got != want || len(back.Windows) != 2 || back.Windows[0].Sent != 2000 {
			t.Errorf("%s: %d windows\n%s\nwant\n%s", format, len(back.Windows), got, want)
		}
	}
}

// The rate of body bytes is told where there were any: in closed loop beside the rate of requests, and in no line twice.
func TestUploadSpeedIsTold(t *testing.T) {
	closed, none := runtest.Closed(), runtest.Kept()
	closed.Totals.BodyBytesSent, closed.Totals.UploadPerSecond = 20<<20, 2<<20
	none.Totals.BodyBytesSent = 0
	for name, c := range map[string]struct {
		run  *stats.Run
		want string
	}{"closed": {closed, ", 2.00 MiB/s, closed loop · 20.0 MiB sent"}, "open": {runtest.Kept(), "\n bodies        1.95 MiB/s\n"},
		"none": {none, ""}, "bytes": {runtest.ByteRate(), "1.95 MiB/s of 2.00 MiB/s"}} {
		var text strings.Builder
		if err := Text(&text, c.run, Options{}); err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(text.String(), "iB/s"); !strings.Contains(text.String(), c.want) || n > 2 || n == 2 && name != "bytes" ||
			n == 0 && name != "none" {
			t.Errorf("%s: %d times, want %q in\n%s", name, n, c.want, text.String())
		}
	}
}
