package html

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"shotput/report/page"
	"shotput/report/runtest"
	"shotput/verify"
)

func verificationPage(t *testing.T, of *verify.Report) string {
	t.Helper()
	return runtest.Printed(t, func(b *bytes.Buffer) error { return WritePage(b, page.OfVerification(of, true)) })
}

// The page of a verification has every exchange of what is broken, hidden until it is asked for, and no script.
func TestVerificationHTML(t *testing.T) {
	for name, made := range runtest.Verifications {
		r := made()
		sheet := parsed(t, verificationPage(t, r))
		for _, fault := range sheet.faults() {
			t.Errorf("%s: %s", name, fault)
		}
		told, folds := 0, 0
		for i := range r.Findings {
			if f := &r.Findings[i]; f.Result == verify.Broken || f.Result == verify.Differs {
				if told += len(f.Exchanges); len(f.Exchanges) > 0 {
					folds++
				}
			}
		}
		shown := 0
		for _, n := range sheet.all("details") {
			shown += strings.Count(textIn(n), "→")
		}
		if n := len(sheet.all("details")); n != folds || len(sheet.all("script")) > 0 || name == "broken" && shown != told {
			t.Errorf("%s: %d folds, want %d; %d answers, want %d", name, n, folds, shown, told)
		}
	}
}

// In a real browser nothing overlaps and nothing is cut, with all exchanges opened too.
func TestVerificationInChromium(t *testing.T) {
	browser := openChromium(t)
	for _, c := range []struct {
		report, scheme string
		width          int
	}{{"broken", "light", 1240}, {"broken", "dark", 1240}, {"broken", "dark", 420}, {"broken", "light", 420}, {"gone", "light", 420},
		{"right", "dark", 1240}, {"hostile", "light", 420}} {
		path := filepath.Join(t.TempDir(), "verify.html")
		if err := os.WriteFile(path, []byte(verificationPage(t, runtest.Verifications[c.report]())), 0o644); err != nil {
			t.Fatal(err)
		}
		what := "verify-" + c.report + "-" + c.scheme
		if c.width == 420 {
			what += "-420"
		}
		x := browser.examine(what, "file://"+path, c.scheme, c.width)
		if x.TooWide > 0 {
			t.Errorf("%s: %v pixels too wide", what, x.TooWide)
		}
		for _, fault := range append(x.Overlaps, x.Cut...) {
			t.Errorf("%s: overlaps or is cut: %s", what, fault)
		}
		if *pictures != "" {
			browser.picture(*pictures, what+"-open")
		}
	}
}
