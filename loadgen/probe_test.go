package loadgen

import (
	"runtime"
	"testing"
	"testing/synctest"
	"time"
)

// What a sleep took beyond what was asked for is found, and nothing else.
func TestOvershoots(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const late = 300 * time.Microsecond
		h := overshoots(func(d time.Duration) { time.Sleep(d + late) })
		if h.Min() != late || h.Max() != late || h.Count() != int64(probedFor/(ProbedSleep+late)) {
			t.Errorf("%d overshoots from %s to %s", h.Count(), h.Min(), h.Max())
		}
		h = overshoots(func(d time.Duration) { time.Sleep(d / 2) })
		if h.Max() != 0 || h.Clamped() != 0 {
			t.Errorf("a sleep that is cut short overshoots by %s", h.Max())
		}
	})
}

// A probe finds what there is to find, whatever the figures are.
func TestProbeMachine(t *testing.T) {
	p := ProbeMachine()
	linux := runtime.GOOS == "linux"
	if p.Ordinary.Count() == 0 || (p.Precise.Count() > 0) != linux || (p.Engine == "wire") != linux {
		t.Errorf("%d and %d sleeps, engine %s (%s)", p.Ordinary.Count(), p.Precise.Count(), p.Engine, p.Reason)
	}
}
