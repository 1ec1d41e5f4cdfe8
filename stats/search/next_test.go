package search

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"
)

// long is the load of a confirming trial.
type long float64

// trialsOf makes trials of loads and their results, in order.
func trialsOf(votes ...any) (all []Trial) {
	for i := 0; i < len(votes); i += 2 {
		t := Trial{Kind: Measure, Concurrency: 50, Judgement: Judgement{Result: votes[i+1].(Result)}}
		switch load := votes[i].(type) {
		case float64:
			t.Load = load
		case long:
			t.Kind, t.Load = Confirm, float64(load)
		}
		all = append(all, t)
	}
	return all
}

func TestBoundsOfVotes(t *testing.T) {
	for _, c := range []struct {
		votes     []any
		lo, hi    float64
		conflicts []float64
	}{
		{[]any{250.0, Pass, 350.0, Fail, 350.0, Fail, 500.0, Pass}, 250, 350, []float64{500}},
		{[]any{500.0, Pass, 350.0, Fail, 350.0, Fail, 250.0, Pass}, 250, 350, []float64{500}},
		{[]any{250.0, Fail, 250.0, Pass, 350.0, Fail}, 250, 0, nil},                       // one against one is lower
		{[]any{250.0, Fail, 250.0, Fail, 250.0, Pass}, 0, 250, nil},                       // two against one is upper
		{[]any{250.0, Fail, 250.0, Fail, 250.0, Pass, 250.0, Pass}, 250, 0, nil},          // overturned
		{[]any{250.0, Fail, 350.0, ClientLimited, 350.0, NotJudged}, 0, 0, nil},           // none is decided
		{[]any{250.0, Pass, 350.0, PoolLimited, 350.0, Fail, 350.0, Fail}, 250, 350, nil}, // no vote against it
		{[]any{250.0, CutShort, -1.0, Pass, math.NaN(), Fail, math.Inf(1), Pass}, 0, 0, nil},
	} {
		got := SoFar(Goal{Start: 100}, trialsOf(c.votes...))
		if got.Lo != c.lo || got.Hi != c.hi || !slices.Equal(got.Conflicts, c.conflicts) || got.Irregular != Unfinished || got.PlanWith != 0 {
			t.Errorf("%v: %+v", c.votes, got)
		}
	}
}

// The way of a search, step by step.
func TestNextLoads(t *testing.T) {
	g := Goal{Start: 100, Min: 10, Max: 1000}
	for _, c := range []struct {
		votes []any
		kind  Kind
		load  float64
	}{
		{nil, Measure, 100},
		{[]any{100.0, Pass}, Measure, 200},
		{[]any{100.0, Pass, 200.0, Pass, 400.0, Pass, 800.0, Pass}, Measure, 1000},
		{[]any{100.0, Fail}, Measure, 50},
		{[]any{100.0, Fail, 50.0, Pass}, Measure, 100}, // on the way up it has another chance
		{[]any{100.0, Fail, 50.0, Fail, 25.0, Fail, 12.5, Fail}, Measure, 10},
		{[]any{100.0, Pass, 200.0, Fail}, Measure, 200},
		{[]any{100.0, Pass, 200.0, Fail, 200.0, Fail}, Measure, 141.4},
		{[]any{100.0, Pass, 102.0, Fail, 102.0, Fail}, Measure, 102},                                                     // verify hi
		{[]any{100.0, Pass, 102.0, Fail, 102.0, Fail, 102.0, Fail}, Confirm, 100},                                        // and lo
		{[]any{100.0, Pass, 102.0, Fail, 102.0, Fail, 102.0, Pass, 102.0, Pass}, Measure, 204},                           // hi is overturned
		{[]any{50.0, Pass, 100.0, Pass, 102.0, Fail, 102.0, Fail, 102.0, Fail, 100.0, Fail, 100.0, Fail}, Measure, 70.7}, // lo is
		{[]any{100.0, Pass, 200.0, ClientLimited, 200.0, ClientLimited}, Measure, 200},
		{[]any{100.0, Pass, 200.0, ClientLimited, 200.0, ClientLimited, 200.0, NotJudged}, Measure, 141.4}, // below the wall
		{[]any{100.0, NotJudged, 100.0, NotJudged, 100.0, NotJudged}, Measure, 50},
		{[]any{100.0, NotJudged, 100.0, NotJudged, 100.0, NotJudged, 150.0, Pass}, Measure, 300},
		{[]any{1000.0, Pass}, Confirm, 1000},
		{[]any{100.0, Pass, 102.0, Fail, 102.0, Pass, long(102), Fail}, Measure, 102},                           // one long fail is one
		{[]any{100.0, Pass, 102.0, Pass, long(102), Fail, long(102), Fail}, Confirm, 100},                       // two are enough
		{[]any{100.0, Pass, 102.0, Pass, 104.0, Fail, 104.0, Fail, 104.0, Fail}, Confirm, 102},                  //
		{[]any{100.0, Pass, 102.0, Pass, 104.0, Fail, 104.0, Fail, 104.0, Fail, long(102), Fail}, Confirm, 102}, // one against one
	} {
		s := Next(g, trialsOf(c.votes...))
		span := map[Kind]time.Duration{Measure: 10 * time.Second, Confirm: 30 * time.Second}[c.kind]
		if s.End != nil || s.Kind != c.kind || s.Load != c.load || s.Span != span || s.Warmup != 2*time.Second || s.Concurrency != 50 || s.Round != len(c.votes)/2 {
			t.Errorf("%v: %+v %+v, want %s %v", c.votes, s, s.End, c.kind, c.load)
		}
	}
}

// sendsUpTo is a machine that sends no more than this.
func (see sight) sendsUpTo(most float64, how Result) sight {
	return func(s Step) Judgement {
		if s.Kind != Probe && s.Load > most {
			return Judgement{Result: how, Reason: "the CPU is at its end"}
		}
		return see(s)
	}
}

// A capacity that is less than what the tool can send is found, though twice the load is more; one that is greater is
// not, and there is no number.
func TestSearchBelowTheToolsOwnLimit(t *testing.T) {
	g := Goal{Start: 10_000}
	c, trials := holds(50_000, 0, 0, 1).sendsUpTo(55_000, ClientLimited).until(t, g, nil)
	if !c.Found() || c.Lo > 50_000 || c.Hi <= 50_000 || c.Hi/c.Lo > 1.03 {
		t.Errorf("%+v after %v", c, tell(trials))
	}
	for _, how := range []Result{ClientLimited, NotJudged} {
		c, trials = holds(90_000, 0, 0, 1).sendsUpTo(55_000, how).until(t, g, nil)
		if c.Irregular != Cause(how) || c.Lo > 55_000 || c.Lo*1.03 < c.At || c.At <= 55_000 || c.Hi != 0 || c.PlanWith != 0 || len(trials) > 24 {
			t.Errorf("%+v after %d: %v", c, len(trials), tell(trials))
		}
		c, trials = holds(90_000, 0, 0, 1).sendsUpTo(0, how).until(t, g, nil)
		if c.Irregular != Cause(how) || c.Lo != 0 || c.Hi != 0 || c.At != 1250 || len(trials) != 15 {
			t.Errorf("%+v after %d: %v", c, len(trials), tell(trials))
		}
	}
	// the least load, and a bound that cannot be verified
	c, _ = holds(0, 0, 0, 1).sendsUpTo(0, NotJudged).until(t, Goal{Start: 10, Min: 8}, nil)
	if c.Irregular != BlindTool || c.At != 8 {
		t.Errorf("%+v", c)
	}
	lo := trialsOf(100.0, Pass, 102.0, Fail, 102.0, Fail, 102.0, Fail)
	for range 6 {
		if s := Next(g, lo); s.Kind != Confirm || s.Load != 100 {
			t.Errorf("%+v %+v", s, s.End)
		}
		lo = append(lo, trialsOf(long(100), NotJudged)...)
	}
	if s := Next(g, lo); s.End == nil || s.End.Irregular != BlindTool || s.End.At != 100 || s.End.Lo != 100 || s.End.Hi != 102 {
		t.Errorf("%+v %+v", s, s.End)
	}
}

// needs is a server whose answers take so many slots a request a second; with fewer a trial is pool limited.
func (see sight) needs(slots float64) sight {
	return func(s Step) Judgement {
		if needed := int(math.Ceil(slots * s.Load)); s.Kind != Probe && s.Concurrency < needed {
			return Judgement{Result: PoolLimited, Needed: needed}
		}
		return see(s)
	}
}

func TestSlotsAreRaised(t *testing.T) {
	c, trials := holds(1000, 0, 0, 1).needs(.2).until(t, Goal{Start: 300}, nil)
	if !c.Found() || c.Lo > 1000 || c.Hi <= 1000 {
		t.Errorf("%+v after %v", c, tell(trials))
	}
	limited := slices.DeleteFunc(slices.Clone(trials), func(t Trial) bool { return t.Result != PoolLimited })
	if len(limited) != 1 || c.Trials != len(trials)-1 { // a greater load has more at once, in proportion
		t.Errorf("%d were pool limited, %+v", len(limited), c)
	}
	before := map[float64]int{}
	for _, one := range trials {
		if one.Concurrency < before[one.Load] || one.Concurrency > 4096 {
			t.Errorf("%v: %d slots after %d", one.Load, one.Concurrency, before[one.Load])
		}
		before[one.Load] = one.Concurrency
	}
	c, trials = holds(1000, 0, 0, 1).needs(.2).until(t, Goal{Start: 300, MostConcurrency: 100}, nil)
	if c.Irregular != BlindPool || c.Lo > 500 || c.At <= 500 || c.At/c.Lo > 1.03 {
		t.Errorf("%+v after %v", c, tell(trials))
	}
	if s := Next(Goal{By: Concurrency}, nil); s.Kind != Measure || s.Load != 8 || s.Concurrency != 8 {
		t.Errorf("%+v", s)
	}
}

// A search that may not go on says so, with what it knows; one that is over when its trials are is found all the same.
func TestSearchIsBounded(t *testing.T) {
	see := holds(1000, 0, 0, 1)
	whole, trials := see.until(t, Goal{Start: 300}, nil)
	for most := 1; most <= len(trials); most++ {
		c, made := see.until(t, Goal{Start: 300, MostTrials: most}, nil)
		if len(made) != most || c.Found() != (most == len(trials)) || !c.Found() && (c.Irregular != TrialsSpent || c.Lo > whole.Lo) {
			t.Errorf("at most %d: %+v after %d", most, c, len(made))
		}
	}
	for budget, want := range map[time.Duration]int{12 * time.Second: 1, 23 * time.Second: 1, 24 * time.Second: 2, time.Hour: len(trials)} {
		c, made := see.until(t, Goal{Start: 300, Budget: budget}, nil)
		if len(made) != want || c.Found() != (budget == time.Hour) || !c.Found() && c.Irregular != TimeSpent {
			t.Errorf("within %v: %+v after %d", budget, c, len(made))
		}
	}
}

func TestRoundLoads(t *testing.T) {
	for load, want := range map[float64]float64{1014.889: 1015, 986.23: 986, 101.49: 101.5, 1.23456: 1.235, 0.123456: .1235, 10148.9: 10150, 1234567.8: 1235000} {
		g := Goal{Precision: .03}
		if got := g.round(load, math.Round); got != want {
			t.Errorf("%v: %v, want %v", load, got, want)
		}
		if got := fmt.Sprint(g.round(load, math.Floor)); len(got) > 9 {
			t.Errorf("%v down: %v", load, got)
		}
	}
}

func TestGoalFaults(t *testing.T) {
	for _, c := range []struct {
		goal   Goal
		fields []string
	}{
		{Goal{}, nil},
		{Goal{By: ByteRate}, nil},
		{Goal{By: Concurrency}, nil},
		{Goal{By: Concurrency, Min: 20}, nil},
		{Goal{Concurrency: 5000}, nil},
		{Goal{MostConcurrency: 20}, nil},
		{Goal{By: "rates"}, []string{"by"}},
		{Goal{Min: -1}, []string{"min"}},
		{Goal{Min: math.NaN()}, []string{"min"}},
		{Goal{Max: math.Inf(1)}, []string{"max"}},
		{Goal{Min: 20, Max: 10}, []string{"max"}},
		{Goal{Min: .01}, []string{"min"}}, // nothing would be due in 10 s
		{Goal{Start: 5, Min: 10}, []string{"start"}},
		{Goal{Start: math.NaN()}, []string{"start"}},
		{Goal{Min: 1, Precision: .0001, Trial: time.Millisecond, MostTrials: -1}, []string{"precision", "trial", "most_trials"}},
		{Goal{Trial: time.Nanosecond}, []string{"trial"}},
		{Goal{Min: 1, Trial: 500 * time.Millisecond}, []string{"min"}},
		{Goal{Precision: math.NaN()}, []string{"precision"}},
		{Goal{Precision: 3}, []string{"precision"}},
		{Goal{Budget: 11 * time.Second}, []string{"budget"}},
		{Goal{Budget: -1}, []string{"budget"}},
		{Goal{Concurrency: -1}, []string{"concurrency"}},
		{Goal{Concurrency: 50, MostConcurrency: 20}, []string{"most_concurrency"}},
		{Goal{Arrivals: "bursts"}, []string{"arrivals"}},
		{Goal{By: Concurrency, Start: 2.5, Arrivals: "poisson", Concurrency: 5, MostConcurrency: 9}, []string{"start", "concurrency", "most_concurrency", "arrivals"}},
		{Goal{By: Concurrency, Max: 1e9}, []string{"max"}},
	} {
		var fields []string
		for _, f := range c.goal.Check() {
			fields = append(fields, f.Field)
			if f.Why == "" || f.Value == "" {
				t.Errorf("%+v", f)
			}
		}
		slices.Sort(fields)
		slices.Sort(c.fields)
		if !slices.Equal(fields, c.fields) {
			t.Errorf("%+v: %v, want %v: %v", c.goal, fields, c.fields, c.goal.Check())
		}
	}
}
