package cli

import (
	"slices"
	"testing"

	"shotput/cli/advice"
	"shotput/stats"
)

// A reader notes what it was told of a run at its end.
type reader struct{ seen []string }

func (a *reader) Start(*stats.Run)     {}
func (a *reader) Window(*stats.Window) {}

func (a *reader) End(r *stats.Run) {
	for _, w := range r.Warnings {
		a.seen = append(a.seen, w.Code)
	}
}

// Every sink is told of a run with its advice, whichever stands first: the end that the engine tells of is held back.
func TestSinksAreToldOfTheSameRun(t *testing.T) {
	a, b := new(reader), new(reader)
	told, run := audience{a, b}, &stats.Run{}
	told.End(run)
	run.Warnings = advice.Warnings(nil, advice.Hint{Code: "a"}, advice.Hint{Code: "b"}, advice.Hint{Code: "a"})
	told.close(run)
	for i, one := range []*reader{a, b} {
		if !slices.Equal(one.seen, []string{"a", "b"}) {
			t.Errorf("sink %d was told of %v", i, one.seen)
		}
	}
}
