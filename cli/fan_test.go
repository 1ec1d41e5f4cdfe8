package cli

import (
	"slices"
	"testing"

	"shotput/stats"
)

// An adviser has something to say of a run, and notes what it was told of it at the end.
type adviser struct {
	code string
	seen []string
}

func (a *adviser) Start(*stats.Run)     {}
func (a *adviser) Window(*stats.Window) {}

func (a *adviser) Advise(*stats.Run) []stats.Warning { return []stats.Warning{{Code: a.code}} }

func (a *adviser) End(r *stats.Run) {
	for _, w := range r.Warnings {
		a.seen = append(a.seen, w.Code)
	}
}

// Every sink is told of the whole run, whichever stands first.
func TestSinksAreToldOfTheSameRun(t *testing.T) {
	a, b := &adviser{code: "a"}, &adviser{code: "b"}
	fan{a, b, &adviser{code: "a"}}.End(&stats.Run{})
	for _, one := range []*adviser{a, b} {
		if !slices.Equal(one.seen, []string{"a", "b"}) {
			t.Errorf("%s was told of %v", one.code, one.seen)
		}
	}
}
