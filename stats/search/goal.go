// Package search finds the highest load at which a server keeps its promises: the pure part of it. A search is a Goal
// and the trials made so far; from these two follow what a trial's run says (Judge), which trial comes next, and in
// the end what is known (Next). It runs no trial, reads no clock and remembers nothing, so that going on from a saved
// file is the same as never having stopped. It refuses to give a number that was not verified: what could not be
// brought to its end is irregular, with the reason and the bounds that there are.
package search

import (
	"fmt"
	"math"
	"slices"
	"time"

	"shotput/stats"
)

// # Verified bisection
//
// A trial at one load passes or fails, and near the capacity it does either by chance; besides, a machine that does
// something else for a second fails a trial far below it. Plain bisection believes each of them, and one such second
// moves its answer to a tenth. (Simulated, capacity scattered by 2 %, one trial in twenty spoilt: it is within 5 % of
// the truth in 75 of 100 searches, this one in 99.8; see the tests.) So a load is judged by the votes of its trials,
// as RFC 9971 (MLRsearch) has it, with an exceed ratio of a half:
//
//	upper      two fails at least, and more fails than passes
//	lower      one pass at least, and no more fails than passes
//	undecided  else: it is measured again
//
// Hi is the smallest upper load, and Lo the largest lower one below it. Loads that passed above Hi are conflicts: they
// are listed, and move nothing.
//
//	bracket  from the start, twice the load while it is lower, half while none is and it failed
//	narrow   √(Lo·Hi), until Hi/Lo is within the precision; of whole numbers until Hi is Lo + 1, if that comes first
//	verify   Hi fails a third time, or has failed twice over three times the length; Lo passes over three times the
//	         length. A bound that does not has other votes than before, and the search goes on from what they leave
//
// A trial that says nothing of the server (not judged, client limited) has no vote, and is repeated. After three in a
// row the load is blind, and the search stays below it: the capacity may still show there, as it does where twice
// the load is more than this machine can send. In the end, when nothing else is left to try, a blind load has three
// trials more; then the search is irregular. A trial with too few slots is made again with as many as it needed.
//
// Of trials with a vote there are 40 at most (MostTrials). Those without are not among them: they are bounded by the
// rule above, and by the time for all (Budget). (Simulated, three trials in ten not judged: 99 of 100 searches are
// found, after 22 trials; where those counted too it was 95, and 71 where three in a row ended the search.)
//
// The start, where none is given, is a power of two below what a closed loop reached for a few seconds. So all
// searches go through the same loads, whatever that was, and their answers can be held against each other.

// What a load is.
type By string

// The loads.
const (
	Rate        By = "rate"        // requests a second, in open loop
	ByteRate    By = "byterate"    // body bytes a second, in open loop
	Concurrency By = "concurrency" // requests in flight, in closed loop: a whole number
)

// A Goal is what is searched for. Zero fields have defaults; see WithDefaults.
type Goal struct {
	By              By            `json:"by"`
	Min             float64       `json:"min"`              // the least load to try
	Max             float64       `json:"max"`              // the greatest
	Start           float64       `json:"start"`            // the first; 0: by a probe
	Precision       float64       `json:"precision"`        // how far apart the bounds may be: 0.03 is 3 % of the lower
	Trial           time.Duration `json:"trial_ns"`         // measured span of a trial; a confirming one takes three
	MostTrials      int           `json:"most_trials"`      // with a vote; others are bounded by their number at a load, and by Budget
	Budget          time.Duration `json:"budget_ns"`        // time for all trials; 0: no bound
	Concurrency     int           `json:"concurrency"`      // bound on requests in flight, to begin with; not By it
	MostConcurrency int           `json:"most_concurrency"` // up to which it is raised where it is too small
	Arrivals        string        `json:"arrivals"`         // "uniform" or "poisson": an answer holds for one of them
	Thresholds      []stats.Rule  `json:"thresholds"`       // the promises, for the reader: each run has them judged
}

// Defaults.
const (
	usualPrecision       = 0.03
	usualTrial           = 10 * time.Second
	usualTrials          = 40
	usualConcurrency     = 50
	usualMostConcurrency = 4096
	usualInFlight        = 8 // the start By concurrency, of which no probe knows more
)

// limits are the least and the greatest load where no other is said: more than any machine sends.
var limits = map[By][2]float64{Rate: {1, 1e6}, ByteRate: {1024, 1e11}, Concurrency: {1, usualMostConcurrency}}

// WithDefaults is the goal with every field filled in. Start stays 0 where a probe is to find it.
func (g Goal) WithDefaults() Goal {
	g.By, g.Trial = or(g.By, Rate), or(g.Trial, usualTrial)
	if g.Min == 0 && g.By == Rate && g.Trial > 0 {
		g.Min = math.Ceil(1 / g.Trial.Seconds()) // one request is due in a trial
	}
	g.Min, g.Max = or(g.Min, limits[g.By][0]), or(g.Max, limits[g.By][1])
	if g.By == Concurrency {
		g.Start = or(g.Start, min(max(usualInFlight, g.Min), g.Max))
	} else {
		g.Arrivals = or(g.Arrivals, "uniform")
		g.MostConcurrency = or(g.MostConcurrency, max(usualMostConcurrency, g.Concurrency))
		g.Concurrency = or(g.Concurrency, min(usualConcurrency, g.MostConcurrency))
	}
	g.Precision = or(g.Precision, usualPrecision)
	g.MostTrials = or(g.MostTrials, usualTrials)
	if g.Thresholds == nil {
		g.Thresholds = []stats.Rule{}
	}
	return g
}

func or[T comparable](value, other T) T {
	var zero T
	if value == zero {
		return other
	}
	return value
}

// A Fault is one thing wrong with a goal.
type Fault struct {
	Field string // as it is saved, such as "most_trials"
	Value string
	Why   string // "must be at least 1"
}

func (f Fault) Error() string { return fmt.Sprintf("%s %q: %s", f.Field, f.Value, f.Why) }

// Bounds of what makes sense. A precision below the least is less than what two trials of one server differ by.
const (
	leastPrecision, mostPrecision = 0.001, 1
	leastTrial                    = 100 * time.Millisecond
	mostInFlight                  = 1_000_000
)

// Check gives everything that is wrong with a goal; nothing where it can be searched for. Defaults count as given.
func (g Goal) Check() (faults []Fault) {
	g = g.WithDefaults()
	add := func(wrong bool, field string, value any, why string, args ...any) {
		if wrong {
			faults = append(faults, Fault{field, fmt.Sprint(value), fmt.Sprintf(why, args...)})
		}
	}
	if _, known := limits[g.By]; !known {
		add(true, "by", g.By, "is none of %s, %s, %s", Rate, ByteRate, Concurrency)
		return faults // of the loads nothing can be said
	}
	if g.Trial >= leastTrial { // the least load follows from it
		g.checkLoads(add)
	}
	add(!(g.Precision >= leastPrecision && g.Precision <= mostPrecision), "precision", g.Precision,
		"must be from %v to %v", leastPrecision, mostPrecision)
	add(g.Trial < leastTrial, "trial", g.Trial, "must be at least %v", leastTrial)
	add(g.MostTrials < 1, "most_trials", g.MostTrials, "must be at least 1")
	add(g.Budget < 0 || g.Budget > 0 && g.Budget < g.length(Measure), "budget", g.Budget,
		"must be enough for one trial of %v", g.length(Measure))
	if g.By == Concurrency {
		add(g.Concurrency != 0, "concurrency", g.Concurrency, "is what is searched for")
		add(g.MostConcurrency != 0, "most_concurrency", g.MostConcurrency, "is for a rate: it is max here")
		add(g.Arrivals != "", "arrivals", g.Arrivals, "are for a rate: in a closed loop nothing is due by a schedule")
		return faults
	}
	add(g.Concurrency < 1, "concurrency", g.Concurrency, "must be at least 1")
	add(g.MostConcurrency < max(1, g.Concurrency), "most_concurrency", g.MostConcurrency,
		"must be at least the concurrency, %d", max(1, g.Concurrency))
	add(!slices.Contains([]string{"uniform", "poisson"}, g.Arrivals), "arrivals", g.Arrivals,
		"must be uniform or poisson")
	return faults
}

func (g *Goal) checkLoads(add func(wrong bool, field string, value any, why string, args ...any)) {
	for _, load := range []struct {
		field string
		value float64
	}{{"min", g.Min}, {"max", g.Max}, {"start", g.Start}} {
		add(!(load.value > 0) && load.field != "start" || math.IsNaN(load.value), load.field, load.value,
			"must be above 0")
		add(math.IsInf(load.value, 0), load.field, load.value, "must be finite")
		add(g.By == Concurrency && load.value != math.Trunc(load.value), load.field, load.value,
			"must be a whole number")
	}
	add(g.By == Concurrency && g.Max > mostInFlight, "max", g.Max, "must be at most %d", mostInFlight)
	add(g.Max < g.Min, "max", g.Max, "must be at least min, %v", g.Min)
	add(g.Start != 0 && (g.Start < g.Min || g.Start > g.Max), "start", g.Start, "must be from min to max, %v to %v",
		g.Min, g.Max)
	add(g.By == Rate && g.Min > 0 && g.Min*g.Trial.Seconds() < 1, "min", g.Min,
		"no request would be due in a trial of %v", g.Trial)
}

// span is how long a trial of this kind measures; warmup is what comes before it.
func (g *Goal) span(k Kind) time.Duration {
	switch k {
	case Probe:
		return min(5*time.Second, g.Trial/2)
	case Confirm:
		return 3 * g.Trial
	}
	return g.Trial
}

// Note: a warm-up in proportion to the confirming span would be three times as long for nothing: what warms up does so
// in seconds, and the trial before it was at nearly the same load.
func (g *Goal) warmup() time.Duration { return max(200*time.Millisecond, g.Trial/5) }

func (g *Goal) length(k Kind) time.Duration { return g.warmup() + g.span(k) }
