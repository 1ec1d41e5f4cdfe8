package compare

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"shotput/stats"
)

// samplesOf are the metrics of both sides' rounds; paired, base[i] and new[i] are one.
func samplesOf(base, new []Round, paired bool) []sample {
	var samples []sample
	if len(base) == 0 || len(new) == 0 {
		return nil
	}
	for _, m := range metricsOf(base[0].Plan.Open()) {
		if m.unit == "per_second" && mixed(base, new) {
			continue
		}
		if !stamped(base[0].Run) {
			m.instead = ""
		}
		s := sample{measure: m}
		figuresBase, figuresNew := s.figures(base), s.figures(new)
		s.take(figuresBase, figuresNew, paired && s.missing == 0)
		samples = append(samples, s)
	}
	return samples
}

func (s *sample) figures(rounds []Round) (all []figure) {
	for _, r := range rounds {
		if f, ok := s.of(r.Run); ok {
			all = append(all, f)
		} else {
			s.missing++
		}
	}
	return all
}

// judge fills in what follows from the samples: the metrics and the verdict.
func (c *Comparison) judge(samples []sample) {
	enough := min(c.Base.Judged, c.New.Judged) >= c.least()
	c.Metrics = []Change{}
	var tested []sample
	for _, s := range samples {
		if enough && s.missing == 0 && !s.constant() {
			tested = append(tested, s)
		}
	}
	atBest, atWorst := extremes(tested)
	best := findings(atBest, c.Test)
	worst := best
	if slices.ContainsFunc(tested, func(s sample) bool { return s.bounded() }) {
		worst = findings(atWorst, c.Test)
	}
	for _, s := range samples {
		change := s.describe()
		switch f, ok := best[s.name]; {
		case !enough:
			change.Verdict, change.Reason = Unjudged, c.tooFew()
		case ok:
			s.rule(&change, f, worst[s.name])
			s.sayRounds(&change, c.Base.Judged, c.New.Judged)
		case s.missing > 0:
			change.Verdict, change.Reason = Inconclusive, fmt.Sprintf("%d rounds have no such value", s.missing)
		default:
			change.Verdict = Pass
		}
		c.Metrics = append(c.Metrics, change)
	}
	c.Verdict = Pass
	for _, verdict := range []string{Unjudged, Inconclusive, Regression} { // the last that is there counts
		found := slices.ContainsFunc(c.Metrics, func(m Change) bool { return m.Verdict == verdict && m.Instead == "" })
		if found || !enough && verdict == Unjudged {
			c.Verdict = verdict
		}
	}
	c.warnOfRounds(len(tested), enough)
}

func (c *Comparison) least() int {
	if c.Test == SignedRank {
		return LeastPairs
	}
	return LeastRounds
}

func (c *Comparison) tooFew() string {
	return fmt.Sprintf("%d and %d rounds; a judgement takes %d on each side", c.Base.Judged, c.New.Judged, c.least())
}

// corrected is a finding and what Holm's correction makes of its probabilities.
type corrected struct {
	finding
	holmWorse, holmBetter float64
}

// findings makes the test of every metric. Nearly all are of the same rounds, so that a distribution serves many.
func findings(tested []sample, test string) map[string]corrected {
	compare, below := (*sample).mannWhitney, mannWhitneyBelow
	if test == SignedRank {
		compare, below = (*sample).signedRank, func(pairs, _ int) []float64 { return signedRankBelow(pairs) }
	}
	distributions := map[[2]int][]float64{}
	var found []finding
	var worse, better []float64
	for _, s := range tested {
		rounds := [2]int{len(s.base), len(s.new)}
		if distributions[rounds] == nil {
			distributions[rounds] = below(rounds[0], rounds[1])
		}
		f := compare(&s, distributions[rounds])
		found, worse, better = append(found, f), append(worse, f.pWorse), append(better, f.pBetter)
	}
	worse, better = holm(worse), holm(better)
	all := map[string]corrected{}
	for i, s := range tested {
		all[s.name] = corrected{found[i], worse[i], better[i]}
	}
	return all
}

// holm corrects probabilities for there being several, step by step (Holm 1979): the least counts as many times as
// there are, the next as many times as are left, and none less than the one before it. The chance that any of them
// errs is then what the chance of each was said to be, whether or not they depend on each other.
func holm(p []float64) []float64 {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(p[a], p[b]) })
	adjusted, least := make([]float64, len(p)), 0.0
	for rank, i := range order {
		least = max(least, min(1, p[i]*float64(len(p)-rank)))
		adjusted[i] = least
	}
	return adjusted
}

// describe gives the change without a judgement.
func (s *sample) describe() Change {
	c := Change{Metric: s.name, Unit: s.unit, Absolute: s.absolute, Missing: s.missing}
	if len(s.base) > 0 && len(s.new) > 0 {
		c.Base, c.New = stats.Median(s.base), stats.Median(s.new)
		c.Change = s.change(s.worse(c.Base, c.New))
		s.describeBounds(&c)
	}
	return c
}

// rule says what the findings mean, at best and at worst for the new side: the same ones where all figures are firm.
func (s *sample) rule(c *Change, best, worst corrected) {
	limits := s.limits()
	p, corrected := 1.0, 1.0 // no change at all is within the bounds
	switch {
	case worst.estimate < 0:
		p, corrected = worst.pBetter, worst.holmBetter
	case best.estimate >= 0:
		p, corrected = best.pWorse, best.holmWorse
	}
	low, high := s.change(best.low), s.change(worst.high)
	if !s.bounded() {
		c.Change = s.change(best.estimate)
	}
	c.Evidence = &Evidence{Low: min(low, high), High: max(low, high), P: p, Holm: corrected}
	switch {
	case best.holmWorse < alpha && best.estimate >= limits.matters:
		c.Verdict = Regression
	case worst.holmBetter < alpha && worst.estimate <= -limits.matters:
		c.Verdict = Improvement
	case worst.high < limits.pass:
		c.Verdict = Pass
	case s.bounded():
		s.unjudge(c, best.finding, worst.finding)
	default:
		c.Verdict, c.Reason = Inconclusive, "a change as far as "+s.show(worst.high)+" is not ruled out"
	}
}

const lessLate = "a machine with less else to do, or a lower rate"

// warnOfRounds tells that there are too few rounds for anything to show, and what was left out.
func (c *Comparison) warnOfRounds(tested int, enough bool) {
	for _, s := range []Side{c.Base, c.New} {
		for _, e := range s.Excluded {
			c.Warnings = append(c.Warnings, stats.Warning{Code: "left-out",
				Text: fmt.Sprintf("round %d of %s is not judged by: %s", e.Round, e.File, e.Why)})
		}
	}
	const try = "ten rounds, on both sides"
	n, m := c.Base.Judged, c.New.Judged
	switch {
	case !enough && c.MachineLimited():
		c.Warnings = append(c.Warnings, stats.Warning{Code: "machine",
			Text: "this machine was the limit: " + c.tooFew(), Try: lessLate})
	case enough && c.MachineLimited():
		c.Warnings = append(c.Warnings, stats.Warning{Code: "machine",
			Text: "this machine was the limit: this tool was late, and what it knows are bounds", Try: lessLate})
	case n == 1 && m == 1:
		c.Warnings = append(c.Warnings, stats.Warning{Code: "single-round", Try: try,
			Text: "one round a side: nobody can tell a change of the server from what two rounds of " +
				"the same server differ by; the differences are shown, and not judged"})
	case !enough:
		c.Warnings = append(c.Warnings, stats.Warning{Code: "few-rounds", Try: try, Text: c.tooFew()})
	case tested > 0 && c.Verdict != Regression && float64(tested)*c.strongest() >= alpha:
		c.Warnings = append(c.Warnings, stats.Warning{Code: "few-rounds", Try: try, Text: fmt.Sprintf(
			"with %d and %d rounds no change of %d metrics can show, however great: "+
				"such order comes about by chance too often", n, m, tested)})
	}
}

// strongest is the least probability that the test can give: every round of new beyond every one of base.
func (c *Comparison) strongest() float64 {
	if c.Test == SignedRank {
		return math.Pow(2, -float64(c.Base.Judged))
	}
	n, m := float64(c.Base.Judged), float64(c.New.Judged)
	all, _ := math.Lgamma(n + m + 1)
	left, _ := math.Lgamma(n + 1)
	right, _ := math.Lgamma(m + 1)
	return 2 * math.Exp(left+right-all)
}
