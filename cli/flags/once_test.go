package flags

import (
	"testing"

	"shotput/cli/line"
)

// A line that sends one request saves nothing: that would be refused.
func TestAsOnce(t *testing.T) {
	a := New(NewWorld(nil, nil))
	a.Words = []line.Word{{Flag: "output", Value: "run.json"}, {Flag: "samples", Value: "s.csv"}, {Value: "http://h/a"}}
	if got := a.AsOnce().String(); got != "shotput --once http://h/a" {
		t.Errorf("got %s", got)
	}
}
