package stats

import (
	"encoding/json"
	"strings"
	"testing"
)

// What ended a run is saved by kind, and read again, also as the older schema had it: as one text.
func TestStopReasonsAreSaved(t *testing.T) {
	for _, c := range []struct {
		reason       StopReason
		saved, older string
		read         StopReason // of the older form
	}{
		{StopReason{}, `{}`, `{}`, StopReason{}},
		{StopReason{Kind: AtDuration}, `{"ended":{"kind":"duration"}}`, `{}`, StopReason{}},
		{StopReason{Kind: AtCount}, `{"ended":{"kind":"count"}}`, `{}`, StopReason{}},
		{StopReason{AtRows, "u.csv has no more rows (3)"}, `{"ended":{"kind":"rows","text":"u.csv has no more rows (3)"}}`,
			`{}`, StopReason{}},
		{StopReason{Kind: AtSchedule}, `{"ended":{"kind":"schedule"}}`, `{}`, StopReason{}},
		{StopReason{ByRule, "p99 > 1s"}, `{"ended":{"kind":"abort_rule","text":"p99 \u003e 1s"}}`,
			`{"interrupted":"abort: p99 \u003e 1s"}`, StopReason{ByRule, "p99 > 1s"}},
		{StopReason{BySignal, "terminated"}, `{"ended":{"kind":"signal","text":"terminated"}}`,
			`{"interrupted":"terminated"}`, StopReason{BySignal, "terminated"}},
		{StopReason{Halted, "interrupted"}, `{"ended":{"kind":"halted","text":"interrupted"}}`,
			`{"interrupted":"interrupted"}`, StopReason{BySignal, "interrupted"}},
		{StopReason{Kind: BrokenOff}, `{"ended":{"kind":"broken_off"}}`,
			`{"interrupted":"stream ended early"}`, StopReason{Kind: BrokenOff}},
	} {
		if got := toJSON(t, struct {
			Stop StopReason `json:"ended,omitzero"`
		}{c.reason}); got != c.saved {
			t.Errorf("%+v is saved as %s, want %s", c.reason, got, c.saved)
		}
		for saved, want := range map[string]StopReason{
			`{"schema":"shotput/run/2",` + c.saved[1:]: c.reason, `{"schema":"shotput/run/1",` + c.older[1:]: c.read} {
			back, err := decodeRun([]byte(strings.Replace(saved, ",}", "}", 1)))
			if err != nil || back.Stop != want {
				t.Errorf("%s is read as %+v, want %+v (%v)", saved, back, want, err)
			}
		}
		if want := c.reason.Kind >= ByRule; c.reason.CutShort() != want || c.read.CutShort() != want {
			t.Errorf("%+v: cut short %v, read again %v, want %v", c.reason, c.reason.CutShort(), c.read.CutShort(), want)
		}
	}
}

// A rule keeps its text, whether or not it can be read.
func TestRulesAreSavedAsText(t *testing.T) {
	const saved = `{"method":"","url":"","thresholds":["p99\u003c50 ms, sent \u003e 5","karma \u003e 3"]}`
	var plan struct {
		Method     string `json:"method"`
		URL        string `json:"url"`
		Thresholds []Rule `json:"thresholds"`
	}
	if err := json.Unmarshal([]byte(saved), &plan); err != nil {
		t.Fatal(err)
	}
	if got := toJSON(t, plan); got != saved {
		t.Errorf("saved again as %s, want %s", got, saved)
	}
	both, err := plan.Thresholds[0].Objectives()
	if len(both) != 2 || err != nil {
		t.Errorf("%v, %v", both, err)
	}
	if _, err := plan.Thresholds[1].Objectives(); err == nil {
		t.Error("karma is a metric")
	}
	if _, err := (Rule{}).Objectives(); err == nil {
		t.Error("no text is a rule")
	}
}
