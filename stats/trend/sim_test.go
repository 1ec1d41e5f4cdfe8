package trend

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	_ "shotput/putserver/realtest/tether" // these tests end with go test
)

// A history is the logarithms of a latency over runs: a course, noise, and now and then a run that was spoilt.
type history struct {
	runs          int
	noise, spoilt float64
	course        func(run int) float64 // 1 at first
}

func (h history) values(seed uint64) []float64 {
	rnd := rand.New(rand.NewPCG(seed, 17))
	values := make([]float64, h.runs)
	for i := range values {
		values[i] = math.Log(5e6*h.course(i)) + h.noise*rnd.NormFloat64()
		if rnd.Float64() < h.spoilt {
			values[i] += math.Log(1.2 + .4*rnd.Float64())
		}
	}
	return values
}

func (h history) shape(seed uint64) *shape { return shapeOf(h.values(seed), leastRelative, seed) }

func steady(int) float64 { return 1 }

// stepsAt rises by a part at each of the places; a part below 0 falls.
func stepsAt(part float64, places ...int) func(int) float64 {
	return func(run int) float64 {
		level := 1.0
		for _, at := range places {
			if run >= at {
				level += part
			}
		}
		return level
	}
}

// isStep says whether a shape has one change, a step within two runs of the place.
func (s *shape) isStep(at int) bool {
	return len(s.shifts) == 1 && !s.shifts[0].ramp && s.shifts[0].to >= at-2 && s.shifts[0].to <= at+2
}

// What is promised: a step of 5 % between run 15 and 45 of 60, with 2 % of noise, is found within two runs in at
// least 90 of a hundred of 500 series, and nothing else; and where nothing changes, at most 3 of a hundred are said
// to. The same holds where one run in twenty was spoilt.
func TestStepsAreFound(t *testing.T) {
	for spoilt, seeds := range map[float64]int{0: 500, .05: 100} {
		found, exact, alarms := 0, 0, 0
		for seed := range uint64(seeds) {
			at := 15 + int(seed%31)
			if s := (history{60, .02, spoilt, stepsAt(.05, at)}).shape(seed); s.isStep(at) {
				found++
				if s.shifts[0].to == at {
					exact++
				}
			}
			if len((history{60, .02, spoilt, steady}).shape(seed+1000).shifts) > 0 {
				alarms++
			}
		}
		t.Logf("spoilt %g: found within two runs in %d of %d, in %d exactly; %d false alarms", spoilt, found, seeds, exact, alarms)
		if found < seeds*90/100 || alarms > seeds*3/100 {
			t.Errorf("spoilt %g: found within two runs in %d of %d; %d false alarms", spoilt, found, seeds, alarms)
		}
	}
}

// Each course is said to be what it is in such a part of 50 series.
func TestShapes(t *testing.T) {
	steps := func(places ...int) func(*shape) bool {
		return func(s *shape) bool {
			return slices.EqualFunc(s.shifts, places, func(c shift, at int) bool { return !c.ramp && c.to >= at-2 && c.to <= at+2 })
		}
	}
	ramp := func(from, to int) func(*shape) bool {
		return func(s *shape) bool {
			return len(s.shifts) == 1 && s.shifts[0].ramp && math.Abs(float64(s.shifts[0].from-from)) <= 8 &&
				math.Abs(float64(s.shifts[0].to-to)) <= 8 && math.Abs(s.shifts[0].after-s.shifts[0].before-math.Log(1.2)) < .05
		}
	}
	climbs := func(from, to int) func(int) float64 {
		return func(run int) float64 { return 1 + .2*min(max(0, float64(run-from)/float64(to-from)), 1) }
	}
	bump := func(run int) float64 { return stepsAt(.05, 26)(run) - stepsAt(.05, 34)(run) + 1 }
	for _, c := range []struct {
		name    string
		h       history
		is      func(*shape) bool
		percent int // at least
	}{
		{"two steps up", history{60, .02, 0, stepsAt(.08, 20, 40)}, steps(20, 40), 90},
		{"a step that is taken back after 8 runs", history{60, .02, 0, bump}, steps(26, 34), 75},
		{"one that the last five runs show", history{60, .02, 0, stepsAt(.1, 55)}, steps(55), 90},
		{"a step down", history{40, .03, 0, stepsAt(-.1, 25)}, steps(25), 90},
		{"a ramp over all of it", history{60, .02, 0, climbs(0, 59)}, ramp(0, 59), 75},
		{"a ramp between two levels", history{60, .02, 0, climbs(20, 40)}, ramp(20, 40), 90},
		{"less than counts, and surely there", history{80, .003, 0, stepsAt(.01, 40)}, steps(), 100},
		{"less than single runs differ by", history{160, .10, 0, stepsAt(.05, 80)}, steps(), 90},
		{"nothing, on a bad machine", history{60, .10, .1, steady}, steps(), 96},
	} {
		good := 0
		for seed := range uint64(50) {
			if c.is(c.h.shape(seed)) {
				good++
			}
		}
		t.Logf("%s: %d of 50", c.name, good)
		if good < c.percent/2 {
			t.Errorf("%s: %d of 50, want %d", c.name, good, c.percent/2)
		}
	}
}

// A machine whose state lasts over several runs makes changes of its own; most of such series say so, and few
// others do.
func TestWanderingIsSaid(t *testing.T) {
	changed, said, steps := 0, 0, 0
	for seed := range uint64(100) {
		rnd, state := rand.New(rand.NewPCG(seed, 3)), 0.0
		values := make([]float64, 60)
		for i := range values {
			state = .5*state + math.Sqrt(.75)*.02*rnd.NormFloat64()
			values[i] = 15 + state
		}
		if s := shapeOf(values, leastRelative, seed); len(s.shifts) > 0 {
			changed++
			if s.wanders(values) {
				said++
			}
		}
		values = history{60, .02, .05, stepsAt(.05, 20)}.values(seed)
		if shapeOf(values, leastRelative, seed).wanders(values) {
			steps++
		}
	}
	t.Logf("of 100 series that wander %d change, and %d of them say so; of 100 steps %d", changed, said, steps)
	if said < changed*75/100 || steps > 10 {
		t.Errorf("of 100 series that wander %d change, and %d of them say so; of 100 steps %d", changed, said, steps)
	}
}

// Without noise every place is exact, but for the ends of a ramp that the series ends with, and a series is no
// other for being written in other words.
func TestShapesExactly(t *testing.T) {
	s := history{60, 0, 0, stepsAt(.5, 13, 30)}.shape(1)
	if len(s.shifts) != 2 || s.shifts[0].to != 13 || s.shifts[1].to != 30 || s.noise != 0 {
		t.Errorf("two steps: %+v", s)
	}
	s = history{60, 0, 0, func(run int) float64 { return math.Exp(.01 * float64(run)) }}.shape(1)
	if len(s.shifts) != 1 || !s.shifts[0].ramp || s.shifts[0].from > neighbors || s.shifts[0].to < 59-neighbors || s.noise > 1e-9 {
		t.Errorf("a ramp: %+v", s.shifts)
	}
	for _, n := range []int{0, 1, 3, 7, 8, 12} {
		if s := (history{n, 0, 0, steady}).shape(1); len(s.shifts) > 0 || len(s.line) != n {
			t.Errorf("of %d equal values: %+v", n, s)
		}
	}
	values := history{60, .02, 0, stepsAt(.05, 30)}.values(3)
	if a, b := shapeOf(values, leastRelative, 7), shapeOf(values, leastRelative, 7); !slices.Equal(a.shifts, b.shifts) {
		t.Error("the same seed gives another answer")
	}
}

// The greatest Q is that of the definition, by distances.
func TestFarthestIsTheDefinition(t *testing.T) {
	values := history{25, .02, .1, stepsAt(.03, 11)}.values(4)
	distance := func(a, b []float64) (sum float64) {
		for _, x := range a {
			for _, y := range b {
				sum += (x - y) * (x - y)
			}
		}
		return sum
	}
	want, wantAt := -1.0, 0
	for cut := least; cut <= len(values)-least; cut++ {
		for end := cut + least; end <= len(values); end++ {
			x, y := values[:cut], values[cut:end]
			n, m := float64(len(x)), float64(len(y))
			energy := 2*distance(x, y)/(n*m) - distance(x, x)/(n*(n-1)) - distance(y, y)/(m*(m-1))
			if q := n * m / (n + m) * energy; q > want {
				want, wantAt = q, cut
			}
		}
	}
	if got, at := farthest(centered(values)); math.Abs(got-want) > 1e-9 || at != wantAt {
		t.Errorf("%v at %d, want %v at %d", got, at, want, wantAt)
	}
}

// A long series is divided too: a thousand runs with three steps.
func TestLongSeries(t *testing.T) {
	s := history{longest, .02, 0, stepsAt(.05, 250, 500, 750)}.shape(1)
	if len(s.shifts) != 3 {
		t.Fatalf("%+v", s.shifts)
	}
	for i, c := range s.shifts {
		if d := c.to - 250*(i+1); d < -2 || d > 2 {
			t.Errorf("%+v", c)
		}
	}
}
