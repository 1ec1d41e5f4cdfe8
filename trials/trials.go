// Package trials drives runs one after another: the trials of a search, the points of a curve, the rounds of two sides
// in turn. What comes next a Stepper decides, which is a pure function of the results so far; what is shown and saved
// is whoever's asks. It refuses to decide anything itself: to judge a run, to repeat one, or to know what the runs are
// for.
//
// A side is one of several runners, by its number from 0; where there is one runner, all trials are of side 0.
package trials

import (
	"context"
	"fmt"
	"slices"
	"time"

	"shotput/loadgen"
	"shotput/stats"
)

// A Runner is made ready once and run as often as wanted, each time with another load: a loadgen.Session is one. Its
// runs follow each other. The error of Run is of a run that did not begin, or that cannot be believed.
type Runner interface {
	Run(ctx context.Context, load loadgen.Load, sink stats.Sink) (*stats.Run, error)
	Close() error
}

// A Trial is one run that is wanted.
type Trial struct {
	Side int // which runner
	Load loadgen.Load
}

// A Result is what came of a trial.
type Result struct {
	Trial
	Run  *stats.Run
	Took time.Duration // with its warm-up, and the wait for what was in flight
}

// A Stepper says which trial comes next, given the results so far in their order; more is false at the end. It is asked
// once before each trial, and must say the same when it is asked again.
type Stepper func(done []Result) (next Trial, more bool)

// From is the stepper that goes on behind results that there were before, such as those of a saved file.
func From(before []Result, next Stepper) Stepper {
	return func(done []Result) (Trial, bool) { return next(slices.Concat(before, done)) }
}

// An Audience is told of trials as they go.
type Audience interface {
	// Begin is told before a trial, and gives who is told of its run while it goes; nil is nobody.
	Begin(t Trial) stats.Sink
	// End is told of each run when it is over. cut says that it was ended before its time, so that its result counts
	// for nothing. An error, such as that nothing can be saved any more, ends the trials.
	End(r Result, cut bool) error
}

// Drive runs trials until the stepper has no more, and gives the results in their order. The error is of a runner or of
// tell, else the cause for which ctx ended; ctx may be of loadgen.WithDrain, so that the last trial ends gently. A
// trial that was cut short is in no result, unless it was its own abort rule that ended it, or that nothing but one
// failure came of it: that is an answer.
func Drive(ctx context.Context, runners []Runner, next Stepper, tell Audience) (done []Result, err error) {
	for context.Cause(ctx) == nil {
		t, more := next(done)
		if !more {
			return done, nil
		}
		sink := tell.Begin(t)
		began := time.Now()
		run, err := runners[t.Side].Run(ctx, t.Load, sink)
		if err != nil {
			return done, fmt.Errorf("run trial %d: %w", len(done)+1, err)
		}
		r := Result{Trial: t, Run: run, Took: time.Since(began)}
		cut := run.Stop.CutShort() && !run.AbortedByRule() && !run.Hopeless()
		if !cut {
			done = append(done, r)
		}
		if err := tell.End(r, cut); err != nil {
			return done, err
		}
		if cut && context.Cause(ctx) == nil { // it would be so again
			return done, fmt.Errorf("run trial %d: it was cut short: %s", len(done)+1, run.Stop)
		}
	}
	return done, context.Cause(ctx)
}
