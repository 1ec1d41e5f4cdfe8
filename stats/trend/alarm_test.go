package trend

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"shotput/stats"
)

func metricsIn(all []*Series) (names []string) {
	for _, s := range all {
		names = append(names, s.Metric)
	}
	return names
}

// An alarm is of what became worse lately, and stayed so.
func TestWorsened(t *testing.T) {
	latencies := []string{"response.p50", "response.p99"}
	for what, c := range map[string]struct {
		step, back, newest int
		want               []string
	}{
		"of late":                     {36, 40, 5, latencies},
		"one run too far back":        {34, 40, 5, nil},
		"looked for further back":     {34, 40, 6, latencies},
		"taken back since":            {20, 32, 40, nil},
		"two runs are not yet enough": {38, 40, 5, nil},
	} {
		runs := nights(40, c.step)
		copy(runs[c.back:], nights(40, 40)[c.back:])
		g := &mustOf(t, runs).Groups[0]
		if got := metricsIn(g.Worsened(c.newest)); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", what, got, c.want)
		}
	}
	if g := &mustOf(t, nights(LeastRuns-1, 99)).Groups[0]; g.Verdict != Unjudged || len(g.Unjudged()) != 4 || g.Worsened(99) != nil {
		t.Errorf("too few: %+v", g)
	}
	if g := &mustOf(t, nights(40, 25)).Groups[0]; g.Verdict != Changed || len(g.Unjudged()) != 0 {
		t.Errorf("changed: %s", g.Verdict)
	}
	if g := &mustOf(t, nights(40, 40)).Groups[0]; g.Verdict != Steady {
		t.Errorf("steady: %s", g.Verdict)
	}
}

// The newest run alone makes no change, but is seen where it is far from usual, and worse.
func TestOdd(t *testing.T) {
	for what, c := range map[string]struct {
		newest night
		want   []string
	}{
		"as usual":         {night{response: 5 * time.Millisecond}, nil},
		"slower":           {night{response: 6 * time.Millisecond}, []string{"response.p50", "response.p99"}},
		"faster":           {night{response: 4 * time.Millisecond}, nil},
		"errors":           {night{response: 5 * time.Millisecond, failed: 20}, []string{"error_rate"}},
		"half a per mille": {night{response: 5 * time.Millisecond, failed: 0}, nil},
	} {
		runs := append(nights(30, 30), c.newest.save(30))
		if got := metricsIn(mustOf(t, runs).Groups[0].Odd()); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", what, got, c.want)
		}
	}
}

// That the newest run is left out is known: what is said of the others is not said of it.
func TestNewestExcluded(t *testing.T) {
	for _, at := range []int{19, 7} {
		runs := nights(20, 20)
		runs[at].Verdict = stats.Verdict{Status: stats.ClientLimited, Reason: "late"}
		if g := &mustOf(t, runs).Groups[0]; g.Behind != (at == 19) || len(g.Excluded) != 1 {
			t.Errorf("of 20, run %d is excluded: %+v, %v", at, g.Excluded, g.Behind)
		}
	}
}

// Runs without the label that all are put in order by are told of.
func TestUnlabelled(t *testing.T) {
	runs := nights(20, 20)
	for i := range runs[3:] {
		runs[3+i].Label = "x"
	}
	trend, err := Of(runs, "commit", 1)
	if err != nil {
		t.Fatal(err)
	}
	warned := slices.ContainsFunc(trend.Groups[0].Warnings, func(w stats.Warning) bool {
		return w.Code == "no-label" && w.Text == "3 runs without the label commit: each is a place of its own, by its time"
	})
	if !warned {
		t.Errorf("%+v", trend.Groups[0].Warnings)
	}
}

// How soon a step shows that is two and a half times as much as runs of one level differ by: docs/trend.md has the figures.
func TestHowSoonAStepShows(t *testing.T) {
	within := map[int]int{}
	for seed := range 60 {
		rnd := rand.New(rand.NewPCG(uint64(seed), 1))
		var values []float64
		for range 40 {
			values = append(values, .02*rnd.NormFloat64())
		}
		for range 8 {
			values = append(values, math.Log(1.05)+.02*rnd.NormFloat64())
			s := shapeOf(values, leastRelative, 1)
			if n := len(s.shifts); n > 0 && s.shifts[n-1].after > s.shifts[n-1].before {
				for newest := len(values) - s.shifts[n-1].to; newest <= 8; newest++ {
					within[newest]++
				}
				break
			}
		}
	}
	t.Logf("of 60: %v", within)
	if within[4] < 25 || within[5] < 40 || within[8] < 55 {
		t.Errorf("of 60 steps, so many were found with so many runs after them: %v", within)
	}
}
