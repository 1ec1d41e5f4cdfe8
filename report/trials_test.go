package report

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"

	"shotput/report/runtest"
	"shotput/stats"
	"shotput/stats/curve"
	"shotput/stats/search"
)

// searchOf is a search for what a server holds, as far as so many trials, with runs of that shape.
func searchOf(by search.By, holds float64, most int, shape func() *stats.Run) *search.Search {
	rule, err := stats.ParseRule("p99 < 50ms")
	if err != nil {
		panic(err) // it is written above
	}
	s := &search.Search{Goal: search.Goal{By: by, Thresholds: []stats.Rule{rule}}.WithDefaults(), Command: "shotput capacity URL"}
	for step := search.Next(s.Goal, s.Trials); step.End == nil && len(s.Trials) < most; step = search.Next(s.Goal, s.Trials) {
		run := shape()
		run.Totals.GoodputPerSecond = 1.3 * holds
		one := step.Trial(s.Goal, run, step.Warmup+step.Span)
		one.Judgement = search.Judgement{Result: search.Pass}
		if step.Load > holds {
			one.Judgement = search.Judgement{Result: search.Fail,
				Reason: "p99 < 50ms is broken: it is between 81.2 ms and 90.4 ms"}
		}
		s.Trials = append(s.Trials, one)
	}
	s.Result = search.SoFar(s.Goal, s.Trials)
	return s
}

func searches() map[string]*search.Search {
	return map[string]*search.Search{
		"found":       searchOf(search.Rate, 983, 99, runtest.Kept),
		"concurrency": searchOf(search.Concurrency, 20, 99, runtest.Closed),
		"byterate":    searchOf(search.ByteRate, 48<<20, 99, runtest.ByteRate),
		"unfinished":  searchOf(search.Rate, 983, 3, runtest.Failing),
		"irregular":   searchOf(search.Rate, 2e6, 99, runtest.Kept),
		"nothing":     searchOf(search.Rate, 983, 0, runtest.Kept),
		"hostile":     searchOf(search.Rate, 983, 5, runtest.HostileRun),
	}
}

func TestSearchText(t *testing.T) {
	for name, s := range searches() {
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

func TestSearchJSONIsTheSavedSearch(t *testing.T) {
	s := searches()["found"]
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

// curveOf are runs at loads, in the order in which a sweep may try them.
func curveOf(open bool) (runs []*stats.Run) {
	for _, load := range []float64{800, 100, 1600, 200, 400, 3200} {
		r := runtest.Closed()
		if open {
			r = runtest.Kept()
			r.Plan.RatePerSecond = load
		} else {
			r.Plan.Concurrency = int(load / 100)
		}
		good := min(load, 1000)
		r.Totals.GoodputPerSecond, r.Totals.AchievedPerSecond, r.Totals.OfferedPerSecond = good, load, load
		runs = append(runs, r)
	}
	return runs
}

func TestCurveText(t *testing.T) {
	for name, open := range map[string]bool{"open": true, "closed": false} {
		runs := curveOf(open)
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
	runs := curveOf(true)
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
	s := searchOf(search.Rate, 983, 2, func() *stats.Run {
		r := runtest.Kept()
		r.Totals = stats.Totals{Warmup: 100}
		return r
	})
	if got := TrialSentence(s, 1, Options{}); !strings.Contains(got, "errors -") {
		t.Error(got)
	}
}
