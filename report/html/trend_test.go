package html

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"shotput/report/runtest"
	"shotput/report/words"
	"shotput/stats/trend"
)

func trendPage(t *testing.T, of *trend.Trend) string {
	t.Helper()
	return runtest.Printed(t, func(b *bytes.Buffer) error { return WriteTrend(b, of, words.Options{}) })
}

// Nothing is loaded, nothing runs but what is ours, and there is a chart for each metric that has a value.
func TestTrendHTML(t *testing.T) {
	for name, made := range runtest.Trends {
		sheet := parsed(t, trendPage(t, made()))
		for _, fault := range sheet.faults() {
			t.Errorf("%s: %s", name, fault)
		}
		charts := 4 * len(made().Groups)
		if n := len(sheet.all("figure")); n != charts {
			t.Errorf("%s: %d charts, want %d", name, n, charts)
		}
	}
	for _, want := range []string{"WORSE ✗", "step of &#43;16.8 % at night-56.json"} {
		if !strings.Contains(trendPage(t, runtest.Trends["worse"]()), want) {
			t.Errorf("the page has no %q", want)
		}
	}
}

// In a real browser: everything is drawn, nothing overlaps, no message, no request; and the script says what was found.
func TestTrendInChromium(t *testing.T) {
	browser := openChromium(t)
	for _, c := range []struct {
		trend, scheme string
		width         int
	}{{"worse", "light", 1240}, {"worse", "dark", 420}, {"plans", "dark", 1240}, {"labelled", "light", 420}, {"short", "light", 820},
		{"hostile", "light", 420}, {"loose", "dark", 1240}} {
		path := filepath.Join(t.TempDir(), "trend.html")
		if err := os.WriteFile(path, []byte(trendPage(t, runtest.Trends[c.trend]())), 0o644); err != nil {
			t.Fatal(err)
		}
		what := "trend-" + c.trend + "-" + c.scheme
		x := browser.examine(what, "file://"+path, c.scheme, c.width)
		if x.Ready == 0 || x.Canvases < 4 || x.Blank > 0 || x.TooWide > 0 {
			t.Errorf("%s: %+v", what, x)
		}
		for _, fault := range append(x.Overlaps, x.Cut...) {
			t.Errorf("%s: overlaps or is cut: %s", what, fault)
		}
		if c.trend == "worse" {
			want := "response p50: 60 values from 5.23 ms to 6.31 ms; changes: +10.5 % at night-26.json, 2026-09-26 03:00, -13.6 % at " +
				"night-41.json, 2026-10-11 03:00, +16.8 % at night-56.json, 2026-10-26 03:00. The figures are in the table below."
			if x.Labels[0] != want || x.Rows[0] != 60 || x.Columns[0] != 5 {
				t.Errorf("%s, %d rows, %d columns", x.Labels[0], x.Rows[0], x.Columns[0])
			}
		}
	}
}
