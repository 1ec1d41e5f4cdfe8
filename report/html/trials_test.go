package html

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"shotput/report/page"
	"shotput/report/runtest"
	"shotput/report/words"
	"shotput/stats/curve"
)

// In a real browser a curve is seen whole, to the figures of its lower axis, and what a trial failed by is in sight, also
// where there is no room for a column.
func TestTrialsInChromium(t *testing.T) {
	pages := map[string]func(*bytes.Buffer) error{}
	for name, s := range runtest.Searches() {
		pages["capacity-"+name] = func(b *bytes.Buffer) error { return WritePage(b, page.OfSearch(s, words.Options{})) }
	}
	for name, open := range map[string]bool{"curve-open": true, "curve-closed": false} {
		c, err := curve.Of(runtest.CurveRuns(open))
		if err != nil {
			t.Fatal(err)
		}
		pages[name] = func(b *bytes.Buffer) error { return WriteCurve(b, c, "shotput curve URL", words.Options{}) }
	}
	browser := openChromium(t)
	for name, write := range pages {
		path := filepath.Join(t.TempDir(), "page.html")
		if err := os.WriteFile(path, []byte(runtest.Printed(t, write)), 0o644); err != nil {
			t.Fatal(err)
		}
		for scheme, width := range map[string]int{"light": 1240, "dark": 420} {
			x := browser.examine(name+"-"+scheme, "file://"+path, scheme, width)
			if x.TooWide > 0 || len(x.Overlaps)+len(x.Cut) > 0 {
				t.Errorf("%s, %d: %v too wide; %q overlap, %q are cut", name, width, x.TooWide, x.Overlaps, x.Cut)
			}
			var hidden []string
			browser.evaluate(`[...document.querySelectorAll('svg, .prose')].map(e => e.parentElement).filter(e =>
				e.scrollHeight > e.clientHeight + 1 || e.querySelector('.prose') && e.scrollWidth > e.clientWidth + 1).map(e => e.outerHTML.slice(0, 90))`, &hidden)
			if len(hidden) > 0 {
				t.Errorf("%s, %d: a part is out of sight: %q", name, width, hidden)
			}
		}
	}
}
