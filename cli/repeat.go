package cli

import (
	"context"
	"errors"
	"fmt"

	"shotput/stats"
)

// mostRounds bounds the memory of --repeat: a round's histograms take some megabytes.
const mostRounds = 100

// rounds fires the plan once for each round, with a live view and a preflight of its own. What ends a round early
// ends them all. The error is of a round that did not begin.
func (r *request) rounds(ctx context.Context, s *Stdio, notes []Hint, others []stats.Sink) (all []*collector, err error) {
	for i := range max(1, r.repeat) {
		one := &collector{request: r, notes: notes, stderr: s.Err}
		sinks := append([]stats.Sink{one}, others...)
		if r.repeat > 1 && !r.silent {
			fmt.Fprintf(s.Err, "round %d of %d\n", i+1, r.repeat)
		}
		err = r.refusedRun(r.exported(ctx, s, sinks))
		if one.run != nil {
			all = append(all, one)
		}
		if err != nil || context.Cause(ctx) != nil || one.run != nil && one.run.Interrupted != "" {
			return all, refusedLater(err, i)
		}
	}
	return all, nil
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
