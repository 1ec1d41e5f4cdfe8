package curve

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
)

// A Scale is how the loads of a sweep are spaced.
type Scale string

// The scales.
const (
	Log Scale = "log" // each as many times the one before it
	Lin Scale = "lin" // each as much more than the one before it
)

// A Sweep is which loads are to be tried, and in which order. Lo and Hi are among them.
type Sweep struct {
	Lo, Hi float64
	Steps  int   // how many loads
	Scale  Scale // "": Log
	Whole  bool  // of concurrencies: whole numbers, each once, so that there may be fewer than Steps
	Seed   uint64
}

// Bounds of a sweep: a line needs two ends, and nobody reads a table of more.
const (
	LeastSteps = 2
	MostSteps  = 1000
)

// A SweepError says which field of a sweep cannot be, and why.
type SweepError struct {
	Field string // "lo", "hi", "steps" or "scale"
	Value string
	Why   string
}

// Error names the field and the value.
func (e *SweepError) Error() string {
	return fmt.Sprintf("sweep loads: %s is %s: %s", e.Field, e.Value, e.Why)
}

// Check finds the first fault of the sweep; the error is a *SweepError.
func (s Sweep) Check() error {
	number := func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
	switch {
	case !(s.Lo > 0):
		return &SweepError{"lo", number(s.Lo), "the lowest load is above 0"}
	case !(s.Hi > s.Lo) || math.IsInf(s.Hi, 0):
		return &SweepError{"hi", number(s.Hi), "the highest load is above the lowest, " + number(s.Lo)}
	case s.Whole && math.Trunc(s.Lo) != s.Lo:
		return &SweepError{"lo", number(s.Lo), "a concurrency is a whole number"}
	case s.Whole && math.Trunc(s.Hi) != s.Hi:
		return &SweepError{"hi", number(s.Hi), "a concurrency is a whole number"}
	case s.Steps < LeastSteps || s.Steps > MostSteps:
		return &SweepError{"steps", strconv.Itoa(s.Steps), fmt.Sprintf("a curve has from %d to %d points",
			LeastSteps, MostSteps)}
	case s.Scale != "" && s.Scale != Log && s.Scale != Lin:
		return &SweepError{"scale", string(s.Scale), "loads are spaced by log or lin"}
	}
	return nil
}

// Points are the loads in the order in which they are to be tried, shuffled by the seed: in ascending order
// whatever drifts while the sweep goes on, a cache that fills or a neighbour that wakes, would look like the doing
// of the load. Between its ends a load is rounded to three digits, as a person would type it again, where that
// keeps it apart from the next.
func (s Sweep) Points() ([]float64, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	all := s.ascending(threeDigits)
	switch {
	case s.Whole:
		all = slices.Compact(s.ascending(math.Round))
	case len(slices.Compact(slices.Clone(all))) < s.Steps || !slices.IsSorted(all):
		all = s.ascending(func(v float64) float64 { return v })
	}
	rnd := rand.New(rand.NewPCG(s.Seed, 0xc0a7e))
	rnd.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all, nil
}

func (s Sweep) ascending(round func(float64) float64) []float64 {
	all := make([]float64, s.Steps)
	for i := range all {
		part := float64(i) / float64(s.Steps-1)
		all[i] = round(s.Lo * math.Pow(s.Hi/s.Lo, part))
		if s.Scale == Lin {
			all[i] = round(s.Lo + (s.Hi-s.Lo)*part)
		}
	}
	all[0], all[s.Steps-1] = s.Lo, s.Hi
	return all
}

func threeDigits(v float64) float64 {
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(v, 'e', 2, 64), 64)
	if err != nil {
		return v // never: it is what FormatFloat wrote
	}
	return rounded
}
