package trials

import (
	"shotput/loadgen"
	"shotput/stats/search"
)

// A Search is a search for the highest load, as trials. Its trials may be those of a saved file, from which it goes on.
type Search struct {
	Goal   search.Goal
	Load   loadgen.Load // the seed, and whatever else all trials share
	Trials []search.Trial
}

// After are the trials with those results added.
func (s *Search) After(done []Result) []search.Trial {
	all := s.Trials[:len(s.Trials):len(s.Trials)]
	for _, r := range done {
		all = append(all, search.Next(s.Goal, all).Trial(s.Goal, r.Run, r.Took))
	}
	return all
}

// Next is a Stepper.
func (s *Search) Next(done []Result) (Trial, bool) {
	step := search.Next(s.Goal, s.After(done))
	if step.End != nil {
		return Trial{}, false
	}
	return Trial{Load: s.loadOf(step)}, true
}

// loadOf is what a step asks for. Each trial draws values of its own, and the same ones again when the search is.
func (s *Search) loadOf(step search.Step) loadgen.Load {
	load := s.Load
	load.Concurrency, load.Duration, load.Warmup = step.Concurrency, step.Span, step.Warmup
	load.Requests, load.Stages, load.Rate, load.Round = 0, nil, loadgen.Rate{}, step.Round
	load.Poisson = false
	if step.Kind == search.Probe || s.Goal.By == search.Concurrency {
		return load
	}
	load.Rate = RateOf(string(s.Goal.By), step.Load)
	load.Poisson = s.Goal.Arrivals == "poisson"
	return load
}

// RateOf is a load by rate or byterate as a rate; by anything else it is none, of a closed loop.
func RateOf(by string, load float64) loadgen.Rate {
	switch search.By(by) {
	case search.Rate:
		return loadgen.Rate{PerSecond: load}
	case search.ByteRate:
		return loadgen.Rate{BytesPerSecond: load}
	}
	return loadgen.Rate{}
}
