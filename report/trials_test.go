package report

import (
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"strings"
	"testing"

	"shotput/report/runtest"
	"shotput/stats"
	"shotput/stats/curve"
	"shotput/stats/search"
)

func TestSearchText(t *testing.T) {
	for name, s := range runtest.Searches() {
		for look, opt := range looks {
			got := runtest.Printed(t, func(b *bytes.Buffer) error { return WriteSearch(b, "text", s, opt) })
			if look == "" && name != "hostile" {
				runtest.Golden(t, "search_"+name, got)
			}
			for _, fault := range runtest.LineFaults(got, opt) {
				t.Error(name, look, fault)
			}
		}
		md := runtest.Printed(t, func(b *bytes.Buffer) error { return WriteSearch(b, "md", s, Options{}) })
		for _, fault := range tableFaults(md) {
			t.Error(name, fault)
		}
		page := runtest.Printed(t, func(b *bytes.Buffer) error { return WriteSearch(b, "html", s, Options{}) })
		if !strings.Contains(page, "What was found") || strings.Contains(page, "<script") {
			t.Errorf("%s: the page has no heading, or a script", name)
		}
	}
}

// The XML is read by a reader that knows nothing of ours: what has no answer is no pass.
func TestSearchJUnit(t *testing.T) {
	for name, s := range runtest.Searches() {
		doc := runtest.Printed(t, func(b *bytes.Buffer) error { return WriteSearch(b, "junit", s, Options{}) })
		if name == "found" || name == "irregular" {
			runtest.Golden(t, "search_"+name+".xml", doc)
		}
		var read struct {
			Tests    int `xml:"tests,attr"`
			Failures int `xml:"failures,attr"`
			Errors   int `xml:"errors,attr"`
			Skipped  int `xml:"skipped,attr"`
		}
		if err := xml.Unmarshal([]byte(doc), &read); err != nil {
			t.Fatal(name, err)
		}
		errors, open := 0, s.Result.Irregular == search.Unfinished
		if !s.Result.Found() && !open {
			errors = 1
		}
		if read.Failures > 0 || read.Errors != errors || open != (read.Skipped > 0) || name == "found" && read.Tests < 2 {
			t.Errorf("%s: %+v", name, read)
		}
	}
}

func TestSearchJSONIsTheSavedSearch(t *testing.T) {
	s := runtest.Searches()["found"]
	text := runtest.Printed(t, func(b *bytes.Buffer) error { return WriteSearch(b, "json", s, Options{}) })
	back, err := search.Decode(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	again := runtest.Printed(t, func(b *bytes.Buffer) error { return WriteSearch(b, "json", back, Options{}) })
	if back.Command != s.Command || again != text {
		t.Errorf("read and written again it differs")
	}
}

func TestCurveText(t *testing.T) {
	for name, open := range map[string]bool{"open": true, "closed": false} {
		runs := runtest.CurveRuns(open)
		for look, opt := range looks {
			got := runtest.Printed(t, func(b *bytes.Buffer) error { return WriteCurve(b, "text", runs, "shotput curve URL", opt) })
			if look == "" {
				runtest.Golden(t, "curve_"+name, got)
			}
			for _, fault := range runtest.LineFaults(got, opt) {
				t.Error(name, look, fault)
			}
		}
		md := runtest.Printed(t, func(b *bytes.Buffer) error { return WriteCurve(b, "md", runs, "", Options{}) })
		for _, fault := range tableFaults(md) {
			t.Error(name, fault)
		}
		page := runtest.Printed(t, func(b *bytes.Buffer) error { return WriteCurve(b, "html", runs, "", Options{}) })
		for _, want := range []string{`<svg class="curve"`, `class="line l1"`, `class="knee"`, `class="grid"`} {
			if strings.Count(page, want) == 0 {
				t.Errorf("%s: the chart has no %s", name, want)
			}
		}
		if strings.Contains(page, "NaN") || strings.Contains(page, "Inf") || strings.Contains(page, "<script") {
			t.Errorf("%s: the chart has what is no number, or the page a script", name)
		}
		one := runtest.Printed(t, func(b *bytes.Buffer) error { return WriteCurve(b, "html", runs[:1], "", Options{}) })
		if strings.Contains(one, "<svg") {
			t.Errorf("%s: a line of one point is drawn", name)
		}
	}
}

func TestCurveFiles(t *testing.T) {
	runs := runtest.CurveRuns(true)
	text := runtest.Printed(t, func(b *bytes.Buffer) error { return WriteCurve(b, "json", runs, "shotput curve URL", Options{}) })
	back, command, err := curve.Decode(strings.NewReader(text))
	if err != nil || command != "shotput curve URL" || len(back) != len(runs) {
		t.Fatalf("%d runs by %q: %v", len(back), command, err)
	}
	again := runtest.Printed(t, func(b *bytes.Buffer) error { return WriteCurve(b, "json", back, command, Options{}) })
	if again != text {
		t.Error("read and written again it differs")
	}
	table, err := csv.NewReader(strings.NewReader(runtest.Printed(t, func(b *bytes.Buffer) error {
		return WriteCurve(b, "csv", runs, "", Options{})
	}))).ReadAll()
	if err != nil || len(table) != 7 || table[1][0] != "100" || table[6][0] != "3200" {
		t.Errorf("%v, %v", table, err)
	}
	for _, broken := range []string{"", "{}", `{"schema":"shotput/trials/1","kind":"capacity"}`,
		`{"schema":"shotput/trials/1","kind":"curve","runs":[{}]}`, `{"schema":"shotput/trials/1","kind":"curve","runs":[]}`} {
		if _, _, err := curve.Decode(strings.NewReader(broken)); err == nil {
			t.Errorf("%s is read", broken)
		}
	}
}

// A trial that was over within its warm-up has no error rate: not that of 0.
func TestNothingMeasuredHasNoErrorRate(t *testing.T) {
	s := runtest.SearchOf(search.Rate, 983, 2, func() *stats.Run {
		r := runtest.Kept()
		r.Totals = stats.Totals{Warmup: 100}
		return r
	})
	if got := TrialSentence(s, 1, Options{}); !strings.Contains(got, "errors -") {
		t.Error(got)
	}
}
