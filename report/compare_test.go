package report

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
	"time"

	"shotput/stats"
	"shotput/stats/compare"
)

// Comparisons of every shape.
var comparisons = map[string]*compare.Comparison{"regression": regressed(), "single": single(), "hostile": hostileComparison(), "closed": closedComparison()}

func sides(rounds, judged int) (base, new compare.Side) {
	base = compare.Side{Method: "PUT", URL: "http://127.0.0.1:8080/objects/{{seq}}", Files: []string{"results/base.json"}, Rounds: rounds, Judged: judged}
	new = base
	new.Files = []string{"results/new.json"}
	return base, new
}

func regressed() *compare.Comparison {
	c := &compare.Comparison{Schema: compare.Schema, Verdict: compare.Regression, Test: compare.MannWhitney}
	c.Base, c.New = sides(10, 10)
	c.New.Judged, c.New.Excluded = 9, []compare.Exclusion{{File: "results/new.json", Round: 3, Why: "client_limited: timer lag p99 1.32 ms is above 1.00 ms"}}
	evidence := func(low, high, p float64) *compare.Evidence {
		return &compare.Evidence{Low: low, High: high, P: p, Holm: 4 * p}
	}
	c.Metrics = []compare.Change{
		{Metric: "response.p50", Unit: "ns", Base: 5.21e6, New: 5.72e6, Change: .098, Evidence: evidence(.091, .104, .000011), Verdict: compare.Regression},
		{Metric: "response.p99", Unit: "ns", Base: 7.9e6, New: 8.8e6, Change: .113, Evidence: evidence(-.021, .262, .091), Verdict: compare.Inconclusive, Reason: "a change as far as +26.2 % is not ruled out"},
		{Metric: "service.p50", Unit: "ns", Base: 5.2e6, New: 4.5e6, Change: -.134, Evidence: evidence(-.15, -.12, .000011), Verdict: compare.Improvement},
		{Metric: "service.p99", Unit: "ns", Base: 7.8e6, New: 7.81e6, Change: .0003, Evidence: evidence(-.01, .012, .25), Verdict: compare.Pass},
		{Metric: "error_rate", Unit: "ratio", Base: 0, New: .0012, Change: .0012, Absolute: true, Evidence: evidence(.0005, .0018, .002), Verdict: compare.Regression},
	}
	c.Warnings = []stats.Warning{{Code: "left-out", Text: "round 3 of results/new.json is not judged by: client_limited: timer lag p99 1.32 ms is above 1.00 ms"}}
	return c
}

func single() *compare.Comparison {
	c := &compare.Comparison{Schema: compare.Schema, Verdict: compare.Unjudged, Test: compare.MannWhitney}
	c.Base, c.New = sides(1, 1)
	c.Metrics = []compare.Change{
		{Metric: "response.p50", Unit: "ns", Base: 214e3, New: 241e3, Change: .126, Verdict: compare.Unjudged, Reason: "1 and 1 rounds"},
		{Metric: "response.p99", Unit: "ns", Missing: 1, Verdict: compare.Unjudged, Reason: "1 and 1 rounds"},
		{Metric: "error_rate", Unit: "ratio", Absolute: true, Verdict: compare.Unjudged, Reason: "1 and 1 rounds"},
	}
	c.Warnings = []stats.Warning{{Code: "single-round", Text: "one round a side: nobody can tell", Try: "--repeat 10, on both sides"}}
	return c
}

func closedComparison() *compare.Comparison {
	c := &compare.Comparison{Schema: compare.Schema, Verdict: compare.Pass, Test: compare.SignedRank}
	c.Base, c.New = sides(15, 15)
	c.Metrics = []compare.Change{
		{Metric: "service.p50", Unit: "ns", Base: 3.5e12, New: 3.6e12, Change: 12.5, Evidence: &compare.Evidence{Low: -.99, High: 123.4, P: 1, Holm: 1}, Verdict: compare.Pass},
		{Metric: "rate", Unit: "per_second", Base: 123456, New: 122456, Change: -.0081, Evidence: &compare.Evidence{Low: -.02, High: .001, P: .03, Holm: .06}, Verdict: compare.Pass},
	}
	return c
}

func hostileComparison() *compare.Comparison {
	c := regressed()
	c.New.Files = []string{hostile + strings.Repeat("x", 300), hostile}
	c.Base.Files, c.Base.URL = []string{hostile + strings.Repeat("x", 300)}, hostile
	c.Metrics[1].Reason = hostile
	c.Warnings = append(c.Warnings, stats.Warning{Code: hostile, Text: hostile, Try: hostile})
	return c
}

func comparisonAs(t *testing.T, format string, c *compare.Comparison, opt Options) string {
	t.Helper()
	return printed(t, func(b *bytes.Buffer) error { return WriteComparison(b, format, c, opt) })
}

func TestComparisonText(t *testing.T) {
	for name, c := range comparisons {
		for look, opt := range looks {
			got := comparisonAs(t, "text", c, opt)
			if look == "" || name+look == "regression_us_ascii" {
				golden(t, "compare_"+name+look, got)
			}
			for _, fault := range lineFaults(got, opt) {
				t.Error(name, look, fault)
			}
		}
		md := comparisonAs(t, "md", c, Options{})
		golden(t, "compare_"+name+".md", md)
		for _, fault := range tableFaults(md) {
			t.Error(name, fault)
		}
	}
}

func TestComparisonJSON(t *testing.T) {
	for name, c := range comparisons {
		if name == "hostile" {
			continue // what is no UTF-8 is replaced by encoding/json
		}
		var back compare.Comparison
		if err := json.Unmarshal([]byte(comparisonAs(t, "json", c, Options{})), &back); err != nil || !reflect.DeepEqual(&back, c) {
			t.Errorf("%s: %v, %+v", name, err, back)
		}
	}
}

// The XML is read by a reader that knows nothing of ours, and says the same as the table.
func TestComparisonJUnit(t *testing.T) {
	type note struct {
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
	var read struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Skipped  int `xml:"skipped,attr"`
		Cases    []struct {
			Name             string `xml:"name,attr"`
			Failure, Skipped *note
		} `xml:"testcase"`
	}
	doc := comparisonAs(t, "junit", comparisons["regression"], Options{})
	golden(t, "compare_regression.xml", doc)
	doc = strings.NewReplacer("<failure", "<Failure", "</failure", "</Failure", "<skipped", "<Skipped", "</skipped", "</Skipped").Replace(doc)
	if err := xml.Unmarshal([]byte(doc), &read); err != nil {
		t.Fatal(err)
	}
	if read.Tests != 5 || read.Failures != 2 || read.Skipped != 1 || len(read.Cases) != 5 {
		t.Errorf("%+v", read)
	}
	if f := read.Cases[0].Failure; f == nil || !strings.Contains(f.Text, "response.p50: 5.21 ms in base, 5.72 ms in new, +9.8 %") {
		t.Errorf("%+v", f)
	}
	if read.Cases[1].Skipped == nil || read.Cases[2].Failure != nil || read.Cases[2].Skipped != nil {
		t.Errorf("%+v", read.Cases)
	}
	d := xml.NewDecoder(strings.NewReader(comparisonAs(t, "junit", comparisons["hostile"], Options{})))
	for {
		if _, err := d.Token(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

// A comparison that says nothing fails where it was to be strict, in a case of its own.
func TestStrictComparisonAsJUnit(t *testing.T) {
	for name, failed := range map[string]bool{"single": true, "regression": false} {
		c := *comparisons[name]
		before := comparisonAs(t, "junit", &c, Options{})
		c.Strict = true
		strict := comparisonAs(t, "junit", &c, Options{})
		if strings.Contains(before, `name="verdict"`) || !strings.Contains(strict, `name="verdict"`) {
			t.Errorf("%s: a case for the verdict:\n%s\n%s", name, before, strict)
		}
		if got := strings.Count(strict, "</failure>") - strings.Count(before, "</failure>"); (got == 1) != failed {
			t.Errorf("%s: strict, it has %d failures more", name, got)
		}
	}
}

func TestComparisonErrors(t *testing.T) {
	for _, format := range CompareFormats {
		if err := WriteComparison(brokenPipe{}, format, comparisons["single"], Options{}); !errors.Is(err, errBroken) {
			t.Errorf("%s: %v", format, err)
		}
	}
	if err := WriteComparison(io.Discard, "yaml", comparisons["single"], Options{}); err == nil || !strings.Contains(err.Error(), "text, json, md, junit") {
		t.Error(err)
	}
	if err := WriteComparison(io.Discard, "text", comparisons["single"], Options{Unit: "min"}); err == nil {
		t.Error("a minute is a unit")
	}
	for path, want := range map[string]string{"a.xml": "junit", "a.json": "json", "a.MD": "md", "a.txt": "text", "a": ""} {
		if got, known := CompareFormatByExtension(path); got != want || known != (want != "") {
			t.Errorf("%s: %q", path, got)
		}
	}
}

// someRounds are three of one plan: one kept, one cut short, one that the tool held up.
func someRounds() []*stats.Run {
	cut, held := *runs["open"](), *runs["open"]()
	cut.Stop = bySignal("interrupted")
	cut.Totals.Aborted, cut.Totals.OK, cut.Totals.Failed = 300, 19600, 100
	held.Verdict = stats.Verdict{Status: stats.ClientLimited, Reason: "timer lag p99 1.32 ms is above 1.00 ms"}
	held.Warnings = []stats.Warning{{Code: "timer-lag", Text: "late", Try: "a lower rate"}}
	cut.Warnings = held.Warnings
	all := []*stats.Run{runs["open"](), &cut, &held}
	for i, r := range all {
		whole := *r
		whole.Thresholds = []stats.Threshold{{Rule: "p99 < 50ms", OK: true}, {Rule: "error_rate == 0", OK: i != 1}}
		all[i] = &whole
	}
	return all
}

func TestRounds(t *testing.T) {
	hostileRounds := []*stats.Run{runs["hostile"](), runs["hostile"]()}
	for name, rounds := range map[string][]*stats.Run{"rounds": someRounds(), "rounds_hostile": hostileRounds,
		"rounds_closed": {runs["closed"](), runs["closed"]()}, "rounds_empty": {runs["empty"](), runs["empty"]()}} {
		for look, opt := range looks {
			got := printed(t, func(b *bytes.Buffer) error { return WriteRounds(b, "text", rounds, opt) })
			if look == "" {
				golden(t, name, got)
			}
			for _, fault := range lineFaults(got, opt) {
				t.Error(name, look, fault)
			}
		}
		md := printed(t, func(b *bytes.Buffer) error { return WriteRounds(b, "md", rounds, Options{}) })
		for _, fault := range tableFaults(md) {
			t.Error(name, fault)
		}
	}
}

// A single round is a run, and rounds that are saved are read again as what they were.
func TestRoundsAreSaved(t *testing.T) {
	one := printed(t, func(b *bytes.Buffer) error { return WriteRounds(b, "text", someRounds()[:1], Options{}) })
	if one != textOf(t, someRounds()[0], Options{}) {
		t.Errorf("a single round is printed as\n%s", one)
	}
	text := func(rounds []*stats.Run) string {
		return printed(t, func(b *bytes.Buffer) error { return WriteRounds(b, "text", rounds, Options{}) })
	}
	for _, format := range []string{"json", "ndjson"} {
		rounds := someRounds()
		rounds[0].Windows = []stats.Window{{End: time.Second}}
		var b bytes.Buffer
		if err := WriteRounds(&b, format, rounds, Options{}); err != nil {
			t.Fatal(err)
		}
		back, err := stats.DecodeAll(&b)
		if err != nil || len(back) != 3 || text(back) != text(rounds) {
			t.Errorf("%s: %d rounds, %v", format, len(back), err)
		}
	}
	for _, format := range Formats {
		if err := WriteRounds(brokenPipe{}, format, someRounds(), Options{}); errors.Is(err, errBroken) != HoldsRounds(format) || err == nil {
			t.Errorf("%s: %v", format, err)
		}
	}
}
