package cli

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"shotput/cli/line"
	"shotput/report"
	"shotput/report/live"
	"shotput/stats"
)

// mostRounds bounds the memory of --repeat: a round's histograms take some megabytes.
const mostRounds = 100

// A repetition is a plan that is fired in rounds.
type repetition struct {
	*request
	stdio  *Stdio
	notes  []Hint       // on the plan, for each round's run
	others []stats.Sink // that are told of every round
	shown  *screen
}

// fire fires the plan once for each round, with a live view and a preflight of its own. What ends a round early
// ends them all. The error is of a round that did not begin; a format that cannot hold them ends them before the first.
func (r repetition) fire(ctx context.Context) (all []*collector, err error) {
	if format, _ := r.out.onStdout(); r.repeat > 1 && !report.HoldsRounds(format) {
		return nil, usage(Hint{Error: "--format " + line.Show(format) + ": it holds one run, and --repeat makes several",
			Try: r.With("format", "json").String()})
	}
	for i := range max(1, r.repeat) {
		r.plan.Load.Round = int(i) // what is drawn is another
		one := &collector{request: r.request, notes: r.notes, stderr: r.stdio.Err}
		view := r.shown.show(live.New(r.stdio.Err, r.view(r.stdio, r.labelOf(i))))
		sinks := append(fan{one}, r.others...)
		sinks = append(sinks, view)
		err = r.refusedRun(r.export(ctx, r.stdio, view, sinks))
		if one.run != nil {
			all = append(all, one)
		}
		if err != nil || context.Cause(ctx) != nil || one.run != nil && one.run.Stop.CutShort() {
			return all, refusedLater(err, i)
		}
	}
	return all, nil
}

// labelOf names a round, where there are several, and the scenario that it is of.
func (r repetition) labelOf(round int64) string {
	switch {
	case r.repeat < 2:
		return r.label
	case r.label == "":
		return fmt.Sprintf("round %d of %d", round+1, r.repeat)
	}
	return fmt.Sprintf("%s, round %d of %d", r.label, round+1, r.repeat)
}

// A screen holds the live view of the round that is under way.
type screen struct {
	mu   sync.Mutex
	view *live.View // nil: none yet
}

func (s *screen) show(l *live.View) *live.View {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.view = l
	return l
}

// note says something beside the run; a panel has a place of its own for it.
func (s *screen) note(line string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.view != nil {
		s.view.Note(line)
	}
}

// refusedLater corrects what is said of a preflight that failed when there were rounds before it.
func refusedLater(err error, round int64) error {
	var r *refusal
	if round > 0 && errors.As(err, &r) && r.last != "" {
		r.last = fmt.Sprintf("exit 3 before round %d; the rounds before it are reported", round+1)
	}
	return err
}

func runsOf(rounds []*collector) (runs []*stats.Run) {
	for _, one := range rounds {
		runs = append(runs, one.run)
	}
	return runs
}

// hintsOf has the hints of all rounds, each code once.
func hintsOf(rounds []*collector) (hints []Hint) {
	said := map[string]bool{}
	for _, one := range rounds {
		for _, h := range one.hints {
			if !said[h.Code] {
				said[h.Code] = true
				hints = append(hints, h)
			}
		}
	}
	return hints
}
