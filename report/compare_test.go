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

	"shotput/report/runtest"
	"shotput/stats"
	"shotput/stats/compare"
)

func ComparisonAs(t *testing.T, format string, c *compare.Comparison, opt Options) string {
	t.Helper()
	return runtest.Printed(t, func(b *bytes.Buffer) error { return WriteComparison(b, format, c, opt) })
}

func TestComparisonText(t *testing.T) {
	for name, c := range runtest.Comparisons {
		for look, opt := range looks {
			got := ComparisonAs(t, "text", c, opt)
			if look == "" || name+look == "regression_us_ascii" {
				runtest.Golden(t, "compare_"+name+look, got)
			}
			for _, fault := range runtest.LineFaults(got, opt) {
				t.Error(name, look, fault)
			}
		}
		md := ComparisonAs(t, "md", c, Options{})
		runtest.Golden(t, "compare_"+name+".md", md)
		for _, fault := range tableFaults(md) {
			t.Error(name, fault)
		}
	}
}

func TestComparisonJSON(t *testing.T) {
	for name, c := range runtest.Comparisons {
		if name == "hostile" {
			continue // what is no UTF-8 is replaced by encoding/json
		}
		var back compare.Comparison
		if err := json.Unmarshal([]byte(ComparisonAs(t, "json", c, Options{})),
			&back); err != nil || !reflect.DeepEqual(&back, c) {
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
	doc := ComparisonAs(t, "junit", runtest.Comparisons["regression"], Options{})
	runtest.Golden(t, "compare_regression.xml", doc)
	doc = strings.NewReplacer("<failure", "<Failure", "</failure", "</Failure", "<skipped", "<Skipped", "</skipped",
		"</Skipped").Replace(doc)
	if err := xml.Unmarshal([]byte(doc), &read); err != nil {
		t.Fatal(err)
	}
	if read.Tests != 5 || read.Failures != 2 || read.Skipped != 1 || len(read.Cases) != 5 {
		t.Errorf("%+v", read)
	}
	if f := read.Cases[0].Failure; f == nil || !strings.Contains(f.Text,
		"response.p50: 5.21 ms in base, 5.72 ms in new, +9.8 %") {
		t.Errorf("%+v", f)
	}
	if read.Cases[1].Skipped == nil || read.Cases[2].Failure != nil || read.Cases[2].Skipped != nil {
		t.Errorf("%+v", read.Cases)
	}
	d := xml.NewDecoder(strings.NewReader(ComparisonAs(t, "junit", runtest.Comparisons["hostile"], Options{})))
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
		c := *runtest.Comparisons[name]
		before := ComparisonAs(t, "junit", &c, Options{})
		c.Strict = true
		strict := ComparisonAs(t, "junit", &c, Options{})
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
		if err := WriteComparison(brokenPipe{}, format, runtest.Comparisons["single"], Options{}); !errors.Is(err,
			errBroken) {
			t.Errorf("%s: %v", format, err)
		}
	}
	if err := WriteComparison(io.Discard, "yaml", runtest.Comparisons["single"],
		Options{}); err == nil || !strings.Contains(err.Error(), "text, json, md, junit") {
		t.Error(err)
	}
	if err := WriteComparison(io.Discard, "text", runtest.Comparisons["single"], Options{Unit: "min"}); err == nil {
		t.Error("a minute is a unit")
	}
}

// someRounds are three of one plan: one kept, one cut short, one that the tool held up.
func someRounds() []*stats.Run {
	cut, held := *runtest.Runs["open"](), *runtest.Runs["open"]()
	cut.Stop = runtest.BySignal("interrupted")
	cut.Totals.Aborted, cut.Totals.OK, cut.Totals.Failed = 300, 19600, 100
	held.Verdict = stats.Verdict{Status: stats.ClientLimited, Reason: "timer lag p99 1.32 ms is above 1.00 ms"}
	held.Warnings = []stats.Warning{{Code: "timer-lag", Text: "late", Try: "a lower rate"}}
	cut.Warnings = held.Warnings
	all := []*stats.Run{runtest.Runs["open"](), &cut, &held}
	for i, r := range all {
		whole := *r
		whole.Thresholds = []stats.Threshold{{Rule: "p99 < 50ms", OK: true}, {Rule: "error_rate == 0", OK: i != 1}}
		all[i] = &whole
	}
	return all
}

func TestRounds(t *testing.T) {
	hostileRounds := []*stats.Run{runtest.Runs["hostile"](), runtest.Runs["hostile"]()}
	for name, rounds := range map[string][]*stats.Run{"rounds": someRounds(), "rounds_hostile": hostileRounds,
		"rounds_closed": {runtest.Runs["closed"](), runtest.Runs["closed"]()},
		"rounds_empty":  {runtest.Runs["empty"](), runtest.Runs["empty"]()}} {
		for look, opt := range looks {
			got := runtest.Printed(t, func(b *bytes.Buffer) error { return WriteRounds(b, "text", rounds, opt) })
			if look == "" {
				runtest.Golden(t, name, got)
			}
			for _, fault := range runtest.LineFaults(got, opt) {
				t.Error(name, look, fault)
			}
		}
		md := runtest.Printed(t, func(b *bytes.Buffer) error { return WriteRounds(b, "md", rounds, Options{}) })
		for _, fault := range tableFaults(md) {
			t.Error(name, fault)
		}
	}
}

// A single round is a run, and rounds that are saved are read again as what they were.
func TestRoundsAreSaved(t *testing.T) {
	one := runtest.Printed(t, func(b *bytes.Buffer) error { return WriteRounds(b, "text", someRounds()[:1], Options{}) })
	if one != textOf(t, someRounds()[0], Options{}) {
		t.Errorf("a single round is printed as\n%s", one)
	}
	text := func(rounds []*stats.Run) string {
		return runtest.Printed(t, func(b *bytes.Buffer) error { return WriteRounds(b, "text", rounds, Options{}) })
	}
	for _, format := range []string{"json", "ndjson"} {
		rounds := someRounds()
		for i, r := range rounds {
			rounds[i] = runtest.AddUp(*r)
		}
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
		if err := WriteRounds(brokenPipe{}, format, someRounds(), Options{}); errors.Is(err,
			errBroken) != HoldsRounds(format) || err == nil {
			t.Errorf("%s: %v", format, err)
		}
	}
}
