package search

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	_ "shotput/putserver/realtest/tether" // these tests end with go test
)

// A sight is what comes of a trial.
type sight func(Step) Judgement

// yes and no are the votes.
var yes, no = Judgement{Result: Pass}, Judgement{Result: Fail, Reason: "p99 < 50ms is broken: it is 61.2 ms"}

// holds is a server of this capacity, which a trial sees with a scatter, a logarithm; a part of the trials is spoilt by
// something else.
func holds(capacity, scatter, spoilt float64, seed uint64) sight {
	rnd := rand.New(rand.NewPCG(seed, 11))
	return func(s Step) Judgement {
		if x := math.Exp(scatter * rnd.NormFloat64()); rnd.Float64() < spoilt || s.Load > capacity*x {
			return no
		}
		return yes
	}
}

// until goes on with a search until it ends.
func (see sight) until(t *testing.T, g Goal, trials []Trial) (Capacity, []Trial) {
	t.Helper()
	for range 200 {
		s := Next(g, trials)
		if s.End != nil {
			return *s.End, trials
		}
		trials = append(trials, see.made(s))
	}
	t.Fatalf("the search does not end: %+v, %v", g, tell(trials))
	return Capacity{}, nil
}

// made is the trial of a step. The probe reaches what the server can do, whatever its promises.
func (see sight) made(s Step) Trial {
	return Trial{Kind: s.Kind, Load: s.Load, Concurrency: s.Concurrency, Took: s.Warmup + s.Span, Judgement: see(s)}
}

func tell(trials []Trial) (all []string) {
	for _, t := range trials {
		all = append(all, fmt.Sprintf("%s %g %s", t.Kind, t.Load, t.Result))
	}
	return all
}

// figures are what many searches came to.
type figures struct{ near, found, mean, p95, most float64 }

// many makes searches with a start between these parts of the capacity.
func many(t *testing.T, seeds uint64, scatter, spoilt, from, to float64) figures {
	t.Helper()
	var made []float64
	var f figures
	for seed := range seeds {
		rnd := rand.New(rand.NewPCG(seed, 12))
		capacity := math.Exp(math.Log(50) + rnd.Float64()*math.Log(1000)) // 50/s to 50 000/s
		start := capacity * math.Exp(math.Log(from)+rnd.Float64()*math.Log(to/from))
		c, trials := holds(capacity, scatter, spoilt, seed).until(t, Goal{Start: start}, nil)
		if c.Found() {
			f.found++
		}
		if math.Abs(math.Log(c.Lo/capacity)) <= math.Log(1.05) {
			f.near++
		}
		made, f.mean = append(made, float64(len(trials))), f.mean+float64(len(trials))
	}
	slices.Sort(made)
	n := float64(seeds)
	return figures{100 * f.near / n, 100 * f.found / n, f.mean / n, made[len(made)*95/100], made[len(made)-1]}
}

// What is promised: 2 % of scatter and one trial in twenty spoilt, from a start as a probe gives it or from one that is
// off by more than ten.
func TestSearchErrsSeldom(t *testing.T) {
	for _, c := range []struct {
		name            string
		scatter, spoilt float64
		from, to        float64
		near            float64
	}{
		{"quiet, good start", .002, 0, .4, 1.2, 99},
		{"noisy, good start", .02, .05, .4, 1.2, 95},
		{"quiet, any start", .002, 0, 1. / 16, 16, 99},
		{"noisy, any start", .02, .05, 1. / 16, 16, 95},
		{"very noisy, any start", .02, .10, 1. / 16, 16, 95},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := many(t, 2000, c.scatter, c.spoilt, c.from, c.to)
			t.Logf("within 5 %% %.1f %%, found %.1f %%, trials: mean %.1f, p95 %.0f, most %.0f", f.near, f.found, f.mean, f.p95, f.most)
			if f.near < c.near || f.mean > 20 || f.p95 > 26 || f.most > 40 {
				t.Errorf("%+v", f)
			}
		})
	}
}

// dims has a part of the trials say nothing.
func (see sight) dims(part float64, seed uint64) sight {
	rnd := rand.New(rand.NewPCG(seed, 16))
	return func(s Step) Judgement {
		if rnd.Float64() < part {
			return Judgement{Result: NotJudged, Reason: "p99 < 50ms: it is between 8.00 ms and 98.0 ms"}
		}
		return see(s)
	}
}

// On a machine on which three trials in ten cannot be judged a search takes longer, and still ends with a number: those
// that say nothing are not among the 40 that it may have.
func TestSearchOnABusyMachine(t *testing.T) {
	const searches = 1000
	for part, want := range map[float64]int{.1: 995, .3: 975} {
		found, near, made, most := 0, 0, 0, 0
		for seed := range uint64(searches) {
			c, trials := holds(1000, .02, .05, seed).dims(part, seed).until(t, Goal{Start: 512}, nil)
			most = max(most, len(trials))
			if made += len(trials); c.Found() {
				found++
				if math.Abs(math.Log(c.Lo/1000)) <= math.Log(1.05) {
					near++
				}
			}
		}
		t.Logf("%.0f %% not judged: found %d of %d, of which %d within 5 %%, after %.1f trials, %d at most", 100*part, found, searches, near, float64(made)/searches, most)
		if found < want || near < found*99/100 {
			t.Errorf("found %d of %d, of which %d within 5 %%", found, searches, near)
		}
	}
}

// Without noise the capacity is between the bounds, always, and they are as near as was asked for.
func TestQuietSearchIsExact(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 13))
	for range 3000 {
		capacity, width := math.Exp(rnd.Float64()*math.Log(9e5)), []float64{.01, .03, .1}[rnd.IntN(3)]
		g := Goal{Start: max(1, min(1e6, capacity*math.Exp(6*rnd.Float64()-3))), Precision: width}
		c, trials := holds(capacity, 0, 0, 1).until(t, g, nil)
		if !c.Found() || !(c.Lo <= capacity && capacity < c.Hi) || c.Hi/c.Lo > 1+width || len(c.Conflicts) > 0 {
			t.Fatalf("capacity %v, %+v: %+v after %v", capacity, g, c, tell(trials))
		}
		if c.PlanWith > .8*c.Lo+1e-9 || c.PlanWith < .8*c.Lo*(1-width/5) || math.Abs(c.Headroom-1+c.PlanWith/c.Lo) > 1e-9 {
			t.Fatalf("plan with %v of %v, %v left", c.PlanWith, c.Lo, c.Headroom)
		}
	}
}

// Of whole numbers too, and to the last one where that is within the precision, or it is fine enough.
func TestQuietSearchOfConcurrency(t *testing.T) {
	for capacity := 1.0; capacity <= 900; capacity++ {
		for _, g := range []Goal{{By: Concurrency, Start: 1 + float64(int(capacity*7)%50)}, {By: Concurrency, Precision: .001}} {
			c, trials := holds(capacity, 0, 0, 1).until(t, g, nil)
			exact := c.Lo == capacity && c.Hi == capacity+1
			within := g.Precision == 0 && capacity > 33 && c.Lo <= capacity && capacity < c.Hi && c.Hi/c.Lo <= 1.03
			if !c.Found() || !exact && !within || c.Lo != math.Trunc(c.Lo) || c.PlanWith != math.Trunc(c.PlanWith) || c.PlanWith < 1 {
				t.Fatalf("capacity %v: %+v after %v", capacity, c, tell(trials))
			}
		}
	}
}

// A server that always passes, and one that always fails: no number, and soon.
func TestSearchWithoutAnEdge(t *testing.T) {
	passes, trials := holds(math.Inf(1), 0, 0, 1).until(t, Goal{Start: 100, Max: 100e3}, nil)
	if passes.Irregular != MaxReached || passes.At != 100e3 || passes.Lo != 100e3 || passes.Hi != 0 || passes.PlanWith != 0 || len(trials) > 14 {
		t.Errorf("%+v after %d trials", passes, len(trials))
	}
	t.Logf("always passing: %d trials", len(trials))
	fails, trials := holds(0, 0, 0, 1).until(t, Goal{Start: 640, Min: 10}, nil)
	if fails.Irregular != MinFails || fails.At != 10 || fails.Hi != 10 || fails.Lo != 0 || len(trials) > 16 {
		t.Errorf("%+v after %d trials", fails, len(trials))
	}
	t.Logf("always failing: %d trials", len(trials))
}

// Whatever a probe reaches, the loads are the same, and so is the answer.
func TestAnswerDoesNotHangOnTheProbe(t *testing.T) {
	answers := map[string]bool{}
	for _, reached := range []float64{0, 90, 700, 1000, 1310, 5000, 40_000} {
		probe := Trial{Kind: Probe, Load: reached, Judgement: yes}
		c, trials := holds(983, 0, 0, 1).until(t, Goal{}, []Trial{probe})
		answers[fmt.Sprint(c.Lo, c.Hi, c.PlanWith)] = true
		t.Logf("%v: %+v after %d trials", reached, c, len(trials))
	}
	if len(answers) != 1 {
		t.Errorf("%v", answers)
	}
	if s := Next(Goal{}, nil); s.Kind != Probe || s.Concurrency != 50 || s.Load != 0 {
		t.Errorf("%+v", s)
	}
}

// Stopped after any number of trials, one of them cut short, and gone on with from the file, the answer is the same.
func TestResumedSearchIsTheSame(t *testing.T) {
	for seed := range uint64(20) {
		g := Goal{Start: 300}
		want, whole := holds(1000, .02, .05, seed).until(t, g, nil)
		for n := range len(whole) + 1 {
			trials := slices.Clone(whole[:n])
			trials = append(trials, Trial{Kind: Measure, Load: 250, Judgement: Judgement{Result: CutShort}})
			var file bytes.Buffer
			if err := Encode(&file, g, trials, ""); err != nil {
				t.Fatal(err)
			}
			saved, err := Decode(&file)
			if err != nil {
				t.Fatal(err)
			}
			if over := n == len(whole); saved.Result.Found() != (over && want.Found()) || !over && saved.Result.Irregular != Unfinished {
				t.Fatalf("after %d trials of %d it is saved as %+v", n, len(whole), saved.Result)
			}
			replay := func(s Step) Judgement { return whole[s.Round].Judgement }
			got, again := sight(replay).until(t, saved.Goal, saved.Trials)
			if fmt.Sprint(got) != fmt.Sprint(want) || len(again) != len(whole)+1 {
				t.Fatalf("stopped after %d trials: %+v, want %+v", n, got, want)
			}
		}
	}
}

// The simulator can tell: a search that believes each trial is caught by it.
func TestSimulatorSeesBadSearches(t *testing.T) {
	const searches = 500
	near := 0
	for seed := range uint64(searches) {
		see, lo, hi := holds(1000, .02, .05, seed), 0.0, math.Inf(1)
		for load := 300.0; hi/lo > 1.03; {
			if see(Step{Load: load}).Result == Pass {
				lo, load = load, min(2*load, math.Sqrt(load*hi))
			} else {
				hi, load = load, max(load/2, math.Sqrt(lo*load))
			}
		}
		if math.Abs(math.Log(lo/1000)) <= math.Log(1.05) {
			near++
		}
	}
	t.Logf("plain bisection: within 5 %% in %.0f %%", 100*float64(near)/searches)
	if near > searches*90/100 {
		t.Errorf("plain bisection is near in %d of %d; the simulator is blind", near, searches)
	}
}
