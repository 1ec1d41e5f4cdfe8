package trials

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"shotput/loadgen"
	"shotput/stats"
)

// A server is a runner in virtual time. Its runs take their warm-up and span, and end with ctx.
type server struct {
	loads []loadgen.Load
	fails error
	ends  stats.StopReason // as each run ends; zero: at its duration
}

func (s *server) Run(ctx context.Context, load loadgen.Load, _ stats.Sink) (*stats.Run, error) {
	s.loads = append(s.loads, load)
	if s.fails != nil {
		return nil, s.fails
	}
	run := &stats.Run{Stop: stats.StopReason{Kind: stats.AtDuration}}
	select {
	case <-ctx.Done():
		run.Stop = stats.StopReason{Kind: stats.BySignal, Text: context.Cause(ctx).Error()}
	case <-time.After(load.Warmup + load.Duration):
	}
	if !s.ends.IsZero() {
		run.Stop = s.ends
	}
	return run, nil
}

func (s *server) Close() error { return nil }

// A listener notes what it is told.
type listener struct {
	begun, ended, cut int
	fails             error
}

func (l *listener) Begin(Trial) stats.Sink { l.begun++; return nil }

func (l *listener) End(_ Result, cut bool) error {
	l.ended++
	if cut {
		l.cut++
	}
	return l.fails
}

// inTurn are so many trials of two sides.
func inTurn(n int) Stepper {
	return func(done []Result) (Trial, bool) {
		load := loadgen.Load{Duration: time.Second, Round: len(done)}
		return Trial{Side: len(done) % 2, Load: load}, len(done) < n
	}
}

func TestTrialsGoToTheirSidesInTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b, told := &server{}, &server{}, &listener{}
		done, err := Drive(t.Context(), []Runner{a, b}, inTurn(5), told)
		if err != nil || len(done) != 5 || len(a.loads) != 3 || len(b.loads) != 2 {
			t.Fatalf("%d trials, %d and %d of the sides: %v", len(done), len(a.loads), len(b.loads), err)
		}
		if *told != (listener{begun: 5, ended: 5}) {
			t.Errorf("told of %+v", *told)
		}
		if done[4].Side != 0 || done[4].Load.Round != 4 || done[4].Took != time.Second {
			t.Errorf("the last is %+v", done[4])
		}
	})
}

var errSignal = errors.New("interrupted")

func TestSignalEndsTrials(t *testing.T) {
	for _, c := range []struct {
		after    time.Duration
		done     int
		cut      int
		whatever string
	}{
		{1500 * time.Millisecond, 1, 1, "within the second trial"},
		{0, 0, 0, "before the first"},
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, stop := loadgen.WithDrain(t.Context())
			if c.after == 0 {
				stop(errSignal)
			}
			timer := time.AfterFunc(c.after, func() { stop(errSignal) })
			defer timer.Stop()
			told := &listener{}
			done, err := Drive(ctx, []Runner{&server{}, &server{}}, inTurn(5), told)
			if !errors.Is(err, errSignal) || len(done) != c.done || told.cut != c.cut {
				t.Errorf("%s: %d trials, %d cut short: %v", c.whatever, len(done), told.cut, err)
			}
		})
	}
}

func TestErrorsEndTrials(t *testing.T) {
	broken := errors.New("broken")
	for name, c := range map[string]struct {
		server server
		told   listener
		done   int
	}{
		"a runner": {server: server{fails: broken}},
		"a disk":   {told: listener{fails: broken}, done: 1},
	} {
		synctest.Test(t, func(t *testing.T) {
			done, err := Drive(t.Context(), []Runner{&c.server, &c.server}, inTurn(5), &c.told)
			if !errors.Is(err, broken) || len(done) != c.done {
				t.Errorf("%s: %d trials: %v", name, len(done), err)
			}
		})
	}
}

// A trial that its own rule ended is an answer, and so is nothing but one failure; one that ended by itself for whatever reason would do so for ever.
func TestCutTrialsAreNotRepeatedForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, ends := range []stats.StopReason{{Kind: stats.ByRule, Text: "error_rate > 5%"}, {Kind: stats.ByFailure}} {
			s := &server{ends: ends}
			done, err := Drive(t.Context(), []Runner{s, s}, inTurn(3), &listener{})
			if err != nil || len(done) != 3 {
				t.Errorf("%v: %d trials: %v", ends, len(done), err)
			}
		}
		s := &server{ends: stats.StopReason{Kind: stats.Halted}}
		done, err := Drive(t.Context(), []Runner{s, s}, inTurn(3), &listener{})
		if err == nil || len(done) != 0 {
			t.Errorf("halted: %d trials: %v", len(done), err)
		}
	})
}

func TestStepperSeesResultsInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen []int
		next := func(done []Result) (Trial, bool) {
			seen = append(seen, len(done))
			return Trial{Load: loadgen.Load{Duration: time.Second}}, len(done) < 3
		}
		if _, err := Drive(t.Context(), []Runner{&server{}}, next, &listener{}); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(seen, []int{0, 1, 2, 3}) {
			t.Errorf("asked with %v results", seen)
		}
	})
}
