package trials

import (
	"shotput/loadgen"
	"shotput/stats/curve"
)

// A Sweep is runs at several loads, one at each, in the order in which they stand.
type Sweep struct {
	By    string // as of a curve
	Loads []float64
	Load  loadgen.Load // whatever all runs share; of rates the concurrency, too
}

// Next is a Stepper.
func (s *Sweep) Next(done []Result) (Trial, bool) {
	if len(done) == len(s.Loads) {
		return Trial{}, false
	}
	load, amount := s.Load, s.Loads[len(done)]
	load.Rate, load.Round = RateOf(s.By, amount), len(done)
	if s.By == curve.ByConcurrency {
		load.Concurrency, load.Poisson = int(amount), false
	}
	return Trial{Load: load}, true
}
