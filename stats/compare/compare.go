// Package compare says whether the new state of a server is slower than an old one: rounds of one plan, judged by
// rounds of the same plan. A round is one run of several (stats.Run), and gives one number of each metric; two sides of
// rounds make a Comparison, with a verdict for each metric and one for the whole. It refuses to compare rounds of
// unlike plans, to pool requests of several rounds, and to read silence as a pass. It is a pure function of saved
// runs: it reads no file and no clock.
package compare

import (
	"errors"
	"fmt"
	"slices"

	"shotput/stats"
	"shotput/stats/labels"
)

// # Comparing
//
// Is the new state of a server slower than the old one? What is compared is rounds, never pooled requests: requests
// of one round share whatever that round met (a cold cache, a neighbour on the machine), so a test over a hundred
// thousand of them sees a hundred thousand witnesses where there is one, and calls two equal servers different in
// a quarter of all cases. A round is one number of each metric; what rounds differ by among themselves is the
// measure of what a difference between two sides means.
//
// Two designs. In pairs, the rounds of both sides were made in turn (AB BA AB …), so that what drifts meets both
// alike: the signed-rank test, over ln(new/base) of each pair. Two groups were made one after the other: the
// Mann-Whitney test. Either gives an estimate of the change with bounds, and the same rules then speak:
//
//	regression    it shows (p < 0.05 after Holm's correction over the metrics), and is at least 5 %
//	improvement   the same in the other direction
//	pass          10 % worse or more is ruled out
//	inconclusive  none of these: the rounds differ too much among themselves, or are too few
//
// Where the tool was late, a figure is known within bounds, and a verdict must hold for both of them: see Bounds.
//
// The first two ask for proof of a change, pass for proof that there is none that matters: silence is not a pass.

// Schema names the layout of a saved comparison.
const Schema = "shotput/compare/1"

// What a comparison says of a metric, and of the whole.
const (
	Regression   = "regression"
	Inconclusive = "inconclusive"
	Pass         = "pass"
	Improvement  = "improvement" // of a metric alone; the whole then passes
	Unjudged     = "unjudged"    // too few rounds for any test, or only bounds
)

// The tests.
const (
	MannWhitney = "mann-whitney" // two groups, two-sided
	SignedRank  = "signed-rank"  // pairs, one-sided
)

// Rounds that a judgement takes, and that are worth making.
const (
	LeastRounds = 4  // on each side, of two groups
	LeastPairs  = 5  //
	FirstPairs  = 10 // to begin with; see Comparison.MorePairs
	morePairs   = 5
)

// A Round is one run of several, and where it was saved.
type Round struct {
	*stats.Run
	File   string
	Number int // within the file, from 1
}

// A Comparison is what two sides' rounds say of each other. It is a pure function of them; see Judge.
type Comparison struct {
	Schema   string          `json:"schema"`
	Strict   bool            `json:"strict,omitempty"` // that nothing can be said is a failure too
	Verdict  string          `json:"verdict"`          // "regression", "inconclusive", "pass" or "unjudged"
	Test     string          `json:"test"`             // "mann-whitney" or "signed-rank"
	Base     Side            `json:"base"`
	New      Side            `json:"new"`
	Metrics  []Change        `json:"metrics"`
	Warnings []stats.Warning `json:"warnings"`

	Unfinished bool `json:"unfinished,omitempty"` // more rounds were to be made: something ended it
}

// Undecided says whether the comparison was to be strict, and nothing can be said.
func (c *Comparison) Undecided() bool {
	return c.Strict && (c.Verdict == Inconclusive || c.Verdict == Unjudged)
}

// MachineLimited says whether there are too few rounds to judge by because the tool, or its machine, was the limit in
// the others; or a metric of which, for the same reason, only bounds are known that allow no judgement.
func (c *Comparison) MachineLimited() bool {
	if slices.ContainsFunc(c.Metrics, func(m Change) bool { return m.Machine && m.Instead == "" }) {
		return true
	}
	for _, s := range []*Side{&c.Base, &c.New} {
		held := 0
		for _, e := range s.Excluded {
			if e.Machine {
				held++
			}
		}
		if s.Judged < c.least() && s.Judged+held >= c.least() {
			return true
		}
	}
	return false
}

// A Side is where one side's figures come from.
type Side struct {
	Method   string      `json:"method"`
	URL      string      `json:"url"`              // of its first round
	Labels   labels.Set  `json:"labels,omitempty"` // that all of its rounds have
	Files    []string    `json:"files"`
	Rounds   int         `json:"rounds"`
	Judged   int         `json:"judged"` // rounds less those left out
	Excluded []Exclusion `json:"excluded"`
}

// An Exclusion is a round that is not judged by, and why.
type Exclusion struct {
	File  string `json:"file"`
	Round int    `json:"round"` // within the file, from 1
	Why   string `json:"why"`

	Machine bool `json:"machine,omitempty"` // the tool, or its machine, was the limit
}

// A Change is one metric on both sides.
type Change struct {
	Metric   string  `json:"metric"`   // such as "service.p99", "error_rate", "rate"
	Unit     string  `json:"unit"`     // "ns", "ratio" or "per_second"
	Base     float64 `json:"base"`     // median of the rounds
	New      float64 `json:"new"`      // median of the rounds
	Change   float64 `json:"change"`   // relative (0.1: new is 10 % more); absolute: new − base, in Unit
	Absolute bool    `json:"absolute"` // as for an error rate, which is often 0
	Missing  int     `json:"missing"`  // rounds that have no such value

	// Base and New are upper bounds where there is a lower one beside them, since the tool was late; and lower ones
	// where requests were open at the end.
	BaseLower   float64 `json:"base_lower,omitzero"`
	BaseAtLeast bool    `json:"base_at_least,omitempty"`
	NewLower    float64 `json:"new_lower,omitzero"`
	NewAtLeast  bool    `json:"new_at_least,omitempty"`

	Evidence *Evidence `json:"evidence,omitempty"`
	Verdict  string    `json:"verdict"`
	Reason   string    `json:"reason,omitempty"` // one sentence, unless the verdict says it all

	Machine bool   `json:"machine,omitempty"` // unjudged, since the tool was late: see Bounds
	Instead string `json:"instead,omitempty"` // the metric that is judged in its place
}

// Evidence is what a test says of a change.
type Evidence struct {
	Low  float64 `json:"low"`    // of Change: it is less with a probability of at most 5 %
	High float64 `json:"high"`   // it is more with a probability of at most 5 %
	P    float64 `json:"p"`      // probability of such a sign of change, or a stronger one, in equal servers
	Holm float64 `json:"p_holm"` // P, corrected for the number of metrics; a verdict goes by this
}

// Judge holds the rounds of a new state against those of a base. With paired, rounds were made in turn, two by two.
// Rounds that the tool itself held up (client_limited), in which nothing was measured, that are in doubt themselves, or
// that were cut short are left out and named. Where some were saved by a version with other definitions of rates, rates
// are left out.
//
// The error is an *UnlikeError when the plans are not the same, and another when the rounds are not what paired
// says that they are.
func Judge(base, new []Round, paired bool) (*Comparison, error) {
	if len(base) == 0 || len(new) == 0 {
		return nil, errors.New("compare runs: a side is empty")
	}
	if unlike := differences(base, new); len(unlike) > 0 {
		return nil, &UnlikeError{unlike}
	}
	c := begin(base, new)
	if paired {
		c.Test = SignedRank
		if len(base) != len(new) || len(base) < LeastPairs {
			return nil, fmt.Errorf(
				"pair rounds: there are %d and %d; pairs are as many on both sides, and at least %d",
				len(base), len(new), LeastPairs)
		}
		var err error
		if base, new, err = inPairs(base, new); err != nil {
			return nil, err
		}
	}
	c.judgeRounds(base, new)
	return c, nil
}

// begin is a comparison of groups of which nothing has been judged.
func begin(base, new []Round) *Comparison {
	c := &Comparison{Schema: Schema, Test: MannWhitney, Base: sideOf(base), New: sideOf(new)}
	c.warn(base, new)
	return c
}

// judgeRounds judges by the rounds that say more of the server than of the tool.
func (c *Comparison) judgeRounds(base, new []Round) {
	base, new = c.choose(base, new)
	c.judge(samplesOf(base, new, c.Test == SignedRank))
}

// MorePairs is how many more pairs are worth making: five, once, when ten were inconclusive. Going on until the
// answer pleases would find a regression in anything.
func (c *Comparison) MorePairs() int {
	if c.Test == SignedRank && c.Verdict == Inconclusive && c.Base.Rounds <= FirstPairs {
		return morePairs
	}
	return 0
}

func sideOf(rounds []Round) Side {
	s := Side{Method: rounds[0].Plan.Method, URL: rounds[0].Plan.URL, Rounds: len(rounds), Excluded: []Exclusion{}}
	s.Labels = commonLabels(rounds)
	for _, r := range rounds {
		if !slices.Contains(s.Files, r.File) {
			s.Files = append(s.Files, r.File)
		}
	}
	return s
}

// commonLabels are those that all rounds have.
func commonLabels(rounds []Round) labels.Set {
	all := labels.Set{}
	for name, value := range rounds[0].Labels {
		lacks := func(r Round) bool { had, has := r.Labels[name]; return !has || had != value }
		if !slices.ContainsFunc(rounds, lacks) {
			all[name] = value
		}
	}
	return all
}

func (r *Round) name() string { return fmt.Sprintf("round %d of %s", r.Number, r.File) }

// choose leaves out the rounds that say more of the tool than of the server; in pairs, with their partners.
func (c *Comparison) choose(base, new []Round) (goodBase, goodNew []Round) {
	seen := gallery{}
	for i := range max(len(base), len(new)) {
		okBase := i < len(base) && c.Base.takes(&base[i], seen)
		okNew := i < len(new) && c.New.takes(&new[i], seen)
		if okBase && (okNew || c.Test == MannWhitney) {
			goodBase = append(goodBase, base[i])
		}
		if okNew && (okBase || c.Test == MannWhitney) {
			goodNew = append(goodNew, new[i])
		}
	}
	c.Base.Judged, c.New.Judged = len(goodBase), len(goodNew)
	return goodBase, goodNew
}

// An identity tells one run from every other: no two begin at the same instant and then take the same time in all.
type identity struct {
	started int64
	totals  stats.Totals
	service uint64
}

// A gallery has the runs that were seen, on either side: a file given twice makes no second measurement, and what is
// held against itself shows nothing.
type gallery map[identity]*Round

// before gives where the run was seen before. One that does not say when it began is taken to be another.
func (g gallery) before(r *Round) *Round {
	key := identity{r.Started.UnixNano(), r.Totals, r.Latency.Service.Sum()}
	first := g[key]
	if first == nil || r.Started.IsZero() {
		g[key] = r
		return nil
	}
	return first
}

func (s *Side) takes(r *Round, seen gallery) bool {
	e, out := r.LeftOut()
	if first := seen.before(r); first != nil {
		e, out = Exclusion{r.File, r.Number, "it is the same run as " + first.name(), false}, true
	}
	if out {
		s.Excluded = append(s.Excluded, e)
	}
	return !out
}

// LeftOut says whether a round is left out of all judgements, whatever it is held against, and why: it says more of the
// tool than of the server, or of neither.
func (r *Round) LeftOut() (e Exclusion, out bool) {
	why, machine := "", r.Verdict.Status == stats.ClientLimited
	switch {
	case machine, r.Verdict.Status == stats.NothingMeasured, r.Verdict.InDoubt():
		why = r.Verdict.Status + ": " + r.Verdict.Reason
	case r.Stop.CutShort():
		why = "cut short: " + r.Stop.String()
	default:
		return Exclusion{}, false
	}
	return Exclusion{r.File, r.Number, why, machine}, true
}

// mixed says whether rounds of both definitions of rates are among them.
func mixed(base, new []Round) bool {
	older := func(r Round) bool { return r.Older() }
	return slices.ContainsFunc(append(slices.Clone(base), new...), older) &&
		slices.ContainsFunc(append(slices.Clone(base), new...), func(r Round) bool { return !r.Older() })
}

// warn notes what the plans do not say and a reader should know.
func (c *Comparison) warn(base, new []Round) {
	c.Warnings = []stats.Warning{}
	a, b := base[0].Tool, new[0].Tool
	if a != b {
		c.Warnings = append(c.Warnings, stats.Warning{Code: "other-tool", Text: fmt.Sprintf(
			"base was measured by %s %s on %s with %d CPUs, new by %s %s on %s with %d", a.Version, a.Go, a.OS, a.CPUs,
			b.Version, b.Go, b.OS, b.CPUs), Try: "both sides again, from one machine"})
	}
	if mixed(base, new) {
		c.Warnings = append(c.Warnings, stats.Warning{Code: "older-rates", Try: "both sides again, by one version",
			Text: "some rounds were saved by a version that computed rates otherwise: only percentiles and " +
				"errors are compared"})
	}
	for _, status := range []string{stats.PoolLimited, stats.ServerSaturated} {
		count := func(rounds []Round) (n int) {
			for _, r := range rounds {
				if r.Verdict.Status == status {
					n++
				}
			}
			return n
		}
		if n, m := count(base), count(new); n+m > 0 {
			c.Warnings = append(c.Warnings, stats.Warning{Code: "not-kept", Text: fmt.Sprintf(
				"%d rounds of base and %d of new are %s: response time there grows with the length of a round; "+
					"service time is what to read", n, m, status),
				Try: "a lower rate"})
		}
	}
}
