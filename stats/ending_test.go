package stats

import (
	"encoding/json"
	"testing"
)

// The saved form is what it was before reasons were values, and what it tells is read again.
func TestStopReasonsAreSavedAsText(t *testing.T) {
	type run struct {
		Stop StopReason `json:"interrupted,omitzero"`
	}
	for _, c := range []struct {
		reason, read StopReason
		saved        string
	}{
		{StopReason{}, StopReason{}, `{}`},
		{StopReason{Kind: AtCount}, StopReason{}, `{}`},
		{StopReason{Kind: AtRows}, StopReason{}, `{}`},
		{StopReason{ByRule, "p99 > 1s"}, StopReason{ByRule, "p99 > 1s"}, `{"interrupted":"abort: p99 \u003e 1s"}`},
		{StopReason{BySignal, "terminated"}, StopReason{BySignal, "terminated"}, `{"interrupted":"terminated"}`},
		{StopReason{Halted, "interrupted"}, StopReason{BySignal, "interrupted"}, `{"interrupted":"interrupted"}`},
		{StopReason{Kind: BrokenOff}, StopReason{Kind: BrokenOff}, `{"interrupted":"stream ended early"}`},
	} {
		if got := toJSON(t, run{c.reason}); got != c.saved {
			t.Errorf("%+v is saved as %s, want %s", c.reason, got, c.saved)
		}
		var back run
		if err := json.Unmarshal([]byte(c.saved), &back); err != nil || back.Stop != c.read {
			t.Errorf("%s is read as %+v, want %+v (%v)", c.saved, back.Stop, c.read, err)
		}
		if want := c.reason.Kind >= ByRule; c.reason.CutShort() != want || back.Stop.CutShort() != want {
			t.Errorf("%+v: cut short %v, read again %v, want %v", c.reason, c.reason.CutShort(), back.Stop.CutShort(), want)
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
