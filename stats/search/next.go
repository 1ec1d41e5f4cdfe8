package search

import (
	"math"
	"time"
)

// A Step is what a search does next: a trial, or nothing more.
type Step struct {
	Kind        Kind
	Load        float64       // in the unit of the goal's By; 0 of a probe
	Concurrency int           // the bound on requests in flight
	Span        time.Duration // measured
	Warmup      time.Duration // before it
	Round       int           // how many runs the search had before it, but for those cut short: what seeds its draws

	End *Capacity // not nil: the search is over, and the other fields say nothing
}

// A Cause says why a search has no number for an answer.
type Cause string

// The causes. The last three are of a load that could not be judged, however often it was tried.
const (
	MaxReached  Cause = "max_reached" // the greatest load passes
	MinFails    Cause = "min_fails"   // the least one fails
	TrialsSpent Cause = "trials"      // the goal's MostTrials were made
	TimeSpent   Cause = "budget"      // another trial would not end within the goal's Budget
	Unfinished  Cause = "unfinished"  // it was interrupted: there is a next step
	BlindTool   Cause = Cause(NotJudged)
	BlindClient Cause = Cause(ClientLimited)
	BlindPool   Cause = Cause(PoolLimited)
)

// A Capacity is what a search comes to. Without a cause it is found: Lo and Hi are verified, and within the precision.
// With one it is irregular, and has what is known.
type Capacity struct {
	Irregular Cause   `json:"irregular,omitempty"`
	At        float64 `json:"at,omitempty"`   // the load that is the cause; 0: none is
	Lo        float64 `json:"lo"`             // the greatest load that passed, below Hi; 0: there is none
	Hi        float64 `json:"hi"`             // the least load that failed; 0: there is none
	PlanWith  float64 `json:"plan_with"`      // the load to plan with; 0 where it is irregular
	Headroom  float64 `json:"headroom_ratio"` // what PlanWith leaves of Lo, as a part of it

	Conflicts []float64 `json:"conflicts"` // loads above Hi that passed
	Trials    int       `json:"trials"`    // with a vote: see Goal.MostTrials
}

// Found says whether there is an answer.
func (c *Capacity) Found() bool { return c.Irregular == "" }

// Next is what comes after these trials, in the order in which they were made. The goal must have passed its Check. The
// trials may be any: those that nobody asked for
// count as if they had been, if the goal allows their loads.
func Next(g Goal, trials []Trial) Step {
	s := newSearch(g, trials)
	step := s.next()
	if step.End != nil {
		return step
	}
	switch {
	case s.counted >= s.goal.MostTrials:
		return s.irregular(TrialsSpent, 0)
	case s.goal.Budget > 0 && s.goal.length(step.Kind) > s.goal.Budget-s.took:
		return s.irregular(TimeSpent, 0)
	}
	return step
}

// SoFar is what these trials come to, however the search goes on.
func SoFar(g Goal, trials []Trial) Capacity {
	if step := Next(g, trials); step.End != nil {
		return *step.End
	}
	s := newSearch(g, trials)
	return s.capacity(Unfinished, 0)
}

// A search is what is read from a list of trials.
type search struct {
	goal    Goal
	trials  []Trial
	votes   []votes
	probed  bool
	reached float64 // by the last probe
	counted int
	took    time.Duration
	round   int
	bounds
}

func newSearch(g Goal, trials []Trial) *search {
	s := &search{goal: g.WithDefaults(), trials: trials}
	for i := range trials {
		t := &trials[i]
		if t.Result == CutShort {
			continue
		}
		s.round++
		s.took += min(max(0, t.Took), math.MaxInt64-s.took)
		switch {
		case t.Kind == Probe:
			s.probed, s.reached = true, t.Load
		case t.Result == Pass || t.Result == Fail:
			s.counted++
		}
	}
	s.votes = count(&s.goal, trials)
	s.bounds = boundsOf(s.votes)
	return s
}

// next is the way of the search: bracket, narrow, verify.
func (s *search) next() Step {
	g, lo, hi, top := &s.goal, s.lo, s.hi, s.top()
	switch {
	case lo == nil:
		return s.goDown()
	case top == nil && lo.load < g.Max:
		return s.step(Measure, g.up(lo.load))
	case top == nil:
		return s.ask(lo, lo.confirmed, Confirm, func() Step { return s.irregular(MaxReached, lo.load) })
	case hi != nil && g.near(lo.load, hi.load):
		return s.verify()
	case g.near(lo.load, top.load):
		return s.again(top, Measure)
	}
	return s.step(Measure, g.between(lo.load, top.load))
}

// goDown looks for a load that passes. One fail is enough to try half of it: if something else was the cause, the half
// passes, and the search comes back on its way up. Only the least load has to fail for good. Where even an eighth says
// nothing, it is not the load that is too great for this machine.
func (s *search) goDown() Step {
	g, least := &s.goal, s.least
	switch {
	case least == nil && g.Start == 0 && !s.probed:
		return s.step(Probe, 0)
	case least == nil:
		return s.step(Measure, g.first(s.reached))
	case least.isBlind() && s.blindLoads() >= mostBlindLoads:
		return s.again(least, Measure)
	case least.load > g.Min:
		return s.step(Measure, g.down(least.load))
	}
	return s.ask(least, least.isUpper(), Measure, func() Step { return s.irregular(MinFails, least.load) })
}

// verify has both bounds prove themselves, the upper one first: it costs less, and moves the lower one when it falls.
func (s *search) verify() Step {
	return s.ask(s.hi, s.hi.isUpper(), Measure, func() Step {
		return s.ask(s.lo, s.lo.confirmed, Confirm, func() Step { return Step{End: s.end("", 0)} })
	})
}

// ask measures a load again until it is done.
func (s *search) ask(v *votes, done bool, kind Kind, then func() Step) Step {
	if done {
		return then()
	}
	return s.again(v, kind)
}

// again measures a load that there is no way around, unless it cannot be judged.
func (s *search) again(v *votes, kind Kind) Step {
	if v.blind >= hopeless {
		return s.irregular(Cause(v.last), v.load)
	}
	return s.step(kind, v.load)
}

func (s *search) step(kind Kind, load float64) Step {
	g := &s.goal
	return Step{Kind: kind, Load: load, Concurrency: s.slots(load), Span: g.span(kind), Warmup: g.warmup(),
		Round: s.round}
}

// slots is the bound on requests in flight for a load: what trials that had too few of them needed, and for a greater
// load in proportion. Each such trial raises it by half at least, so that they come to an end.
func (s *search) slots(load float64) int {
	g := &s.goal
	if g.By == Concurrency {
		return int(load)
	}
	most := float64(g.MostConcurrency)
	slots := float64(g.Concurrency)
	for i := range s.trials {
		t := &s.trials[i]
		if t.Result != PoolLimited || t.Kind == Probe {
			continue
		}
		needed := max(float64(t.Needed), math.Ceil(1.5*float64(t.Concurrency)))
		if load > t.Load && t.Load > 0 {
			needed = math.Ceil(needed * load / t.Load)
		}
		slots = max(slots, min(needed, most))
	}
	return int(slots)
}

func (s *search) irregular(why Cause, at float64) Step { return Step{End: s.end(why, at)} }

func (s *search) end(why Cause, at float64) *Capacity {
	c := s.capacity(why, at)
	return &c
}

func (s *search) capacity(why Cause, at float64) Capacity {
	c := Capacity{Irregular: why, At: at, Conflicts: []float64{}, Trials: s.counted}
	c.Conflicts = append(c.Conflicts, s.conflicts...)
	if s.lo != nil {
		c.Lo = s.lo.load
	}
	if s.hi != nil {
		c.Hi = s.hi.load
	}
	if why == "" {
		c.PlanWith = s.goal.planWith(c.Lo)
		c.Headroom = 1 - c.PlanWith/c.Lo
	}
	return c
}
