package html

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"shotput/report/runtest"
	"shotput/report/words"
	"shotput/stats/compare"
)

// The page of a comparison has its tables in it and no script; whatever a name says, it stays text.
func TestComparisonHTML(t *testing.T) {
	for name, c := range runtest.Comparisons {
		page := comparisonOf(t, c)
		if strings.Contains(page, "<script") || strings.Contains(page, "<b>") {
			t.Errorf("%s: the page has a script, or markup that came from outside", name)
		}
		for _, m := range c.Metrics {
			if metric := strings.ReplaceAll(m.Metric, ".", " "); !strings.Contains(page, strings.ReplaceAll(metric, "_", " ")) {
				t.Errorf("%s: %s is not in the page", name, metric)
			}
		}
	}
	if page := comparisonOf(t, runtest.Regressed()); !strings.Contains(page, "REGRESSION ✗") || !strings.Contains(page,
		"26.2 %") {
		t.Error("the judgement and its reasons are not in the page")
	}
}

func TestComparisonInChromium(t *testing.T) {
	browser := openChromium(t)
	path := filepath.Join(t.TempDir(), "compare.html")
	if err := os.WriteFile(path, []byte(comparisonOf(t, runtest.Regressed())), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, look := range []struct {
		scheme string
		width  int
	}{{"light", 1240}, {"dark", 420}} {
		browser.look(look.scheme, look.width)
		browser.open("file://" + path)
		var seen struct {
			TooWide float64
			Rows    int
			Heads   []string
		}
		browser.evaluate(`({tooWide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
			rows: document.querySelectorAll('tbody tr').length, heads: [...document.querySelectorAll('h1')].map(h => h.innerText)})`, &seen)
		if seen.TooWide > 0 || seen.Rows != 5 || !slices.Equal(seen.Heads, []string{"new.json against base.json"}) {
			t.Errorf("%s, %d: %+v", look.scheme, look.width, seen)
		}
		if *pictures != "" {
			browser.picture(*pictures, "compare-"+look.scheme)
		}
		browser.wantQuiet("file://" + path)
	}
}

func comparisonOf(t *testing.T, c *compare.Comparison) string {
	t.Helper()
	return runtest.Printed(t, func(b *bytes.Buffer) error { return WriteComparison(b, c, words.Options{}) })
}
