// Package curve says how a server behaves as it is asked for more: runs of one plan at several offered rates, or
// with several bounds on what is in flight, become points (Curve), with the load from which on latency takes off
// (Knee) and, of concurrencies, the law that the throughput follows (Law). A Sweep says which loads to try, and in
// which order. It refuses to join runs of unlike plans, to take a run in which the tool was the limit for a word on
// the server, and to give a law of fewer points than it takes. It is a pure function of runs: it starts none, and
// reads no file and no clock.
//
// The knee is found as Kneedle does: V. Satopaa, J. Albrecht, D. Irwin and B. Raghavan, Finding a "Kneedle" in a
// Haystack: Detecting Knee Points in System Behavior, ICDCS Workshops 2011. The law is the Universal Scalability
// Law: N. J. Gunther, Guerrilla Capacity Planning, Springer 2007.
package curve

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"shotput/stats"
	"shotput/stats/compare"
)

// Kind names a curve among the documents of several runs.
const Kind = "curve"

// What a load is.
const (
	ByRate        = "rate"        // offered, requests per second
	ByByteRate    = "byterate"    // offered, bytes per second
	ByConcurrency = "concurrency" // the bound on requests in flight, in a closed loop
)

// A Curve is what runs at several loads say. It is a pure function of them; see Of.
type Curve struct {
	Kind     string          `json:"kind"`   // "curve"
	By       string          `json:"by"`     // what Load is: "rate", "byterate" or "concurrency"
	Method   string          `json:"method"` // of the first run
	URL      string          `json:"url"`
	Arrivals string          `json:"arrivals"` // "uniform", "poisson", "unpaced"
	Points   []Point         `json:"points"`   // by load, ascending
	Knee     Knee            `json:"knee"`
	Law      *Law            `json:"usl,omitempty"` // of concurrencies alone, and of enough of them
	Warnings []stats.Warning `json:"warnings"`
}

// A Point is what was seen at one load: of several runs the medians of those that count, or of all where none does.
type Point struct {
	Load       float64      `json:"load"` // see Curve.By
	Runs       int          `json:"runs"`
	Counted    int          `json:"counted"`                      // of Runs, those that were whole and that the tool was not the limit of
	Offered    float64      `json:"offered_per_second,omitempty"` // open loop only
	Achieved   float64      `json:"achieved_per_second"`
	Goodput    float64      `json:"goodput_per_second"`
	ErrorRatio float64      `json:"error_ratio"`
	Response   *Percentiles `json:"response,omitempty"` // open loop only
	Service    Percentiles  `json:"service"`
	Verdict    string       `json:"verdict"`          // of the runs, the gravest
	Reason     string       `json:"reason,omitempty"` // its own

	failed bool // nothing succeeded in any run
}

// Counts says whether knee and law go by the point.
func (p *Point) Counts() bool { return p.Counted > 0 }

// Failed says whether nothing succeeded there: a word on the server, but none on how it bears the load.
func (p *Point) Failed() bool { return p.failed }

// Headline is the latency that the curve is about: response time in open loop, else service time.
func (p *Point) Headline() *Percentiles {
	if p.Response != nil {
		return p.Response
	}
	return &p.Service
}

// Percentiles are those of one latency.
type Percentiles struct {
	P50 Figure `json:"p50"`
	P90 Figure `json:"p90"`
	P99 Figure `json:"p99"`
}

// A Figure is a duration and how far it is known: one that is not firm is "≤ Upper", one that requests which were
// still open could have moved "≥ Upper". Of no answer it is the zero value.
type Figure struct {
	Lower time.Duration `json:"lower_ns"`
	Upper time.Duration `json:"upper_ns"`
	Firm  bool          `json:"firm"`
	Least bool          `json:"at_least,omitempty"` // aborted requests could have moved it
}

// Of makes the curve of runs of one plan that differ in their load, in whatever order. Runs of equal load make one
// point. The error is a *compare.UnlikeError where they differ in more than their load.
func Of(runs []*stats.Run) (*Curve, error) {
	if len(runs) == 0 {
		return nil, errors.New("make curve: there is no run")
	}
	if err := alike(runs); err != nil {
		return nil, err
	}
	plan := &runs[0].Plan
	c := &Curve{Kind: Kind, By: loadOf(plan).by, Method: plan.Method, URL: plan.URL, Arrivals: plan.Arrivals,
		Warnings: []stats.Warning{}}
	at := map[float64][]*stats.Run{}
	for _, r := range runs {
		load := loadOf(&r.Plan)
		if load.amount <= 0 || load.by != c.By {
			return nil, fmt.Errorf("make curve: a run has no constant %s", c.By)
		}
		at[load.amount] = append(at[load.amount], r)
	}
	for load, same := range at {
		c.Points = append(c.Points, pointOf(load, same))
	}
	slices.SortFunc(c.Points, func(a, b Point) int { return cmp.Compare(a.Load, b.Load) })
	c.Knee = kneeOf(c)
	if c.By == ByConcurrency {
		c.fit()
	}
	c.warn()
	return c, nil
}

// A load is what one run asked for.
type load struct {
	by     string
	amount float64
}

func loadOf(p *stats.Plan) load {
	switch {
	case !p.Open():
		return load{ByConcurrency, float64(p.Concurrency)}
	case len(p.Stages) > 0:
		return load{by: ByRate}
	case p.BytesPerSecond > 0:
		return load{ByByteRate, p.BytesPerSecond}
	}
	return load{ByRate, p.RatePerSecond}
}

// alike holds every run against the first, as rounds are that are to be compared, but for what makes up the load:
// with a rate, the slots too may have been raised to what it needs.
func alike(runs []*stats.Run) error {
	round := func(i int) compare.Round {
		r := *runs[i]
		r.Plan.RatePerSecond, r.Plan.BytesPerSecond, r.Plan.Concurrency = 0, 0, 0
		return compare.Round{Run: &r, File: fmt.Sprintf("run %d", i+1), Number: 1}
	}
	for i := range runs[1:] {
		if unlike := compare.Differences(round(0), round(i+1)); len(unlike) > 0 {
			return &compare.UnlikeError{Differences: unlike}
		}
	}
	return nil
}

// gravest are the verdicts in the order in which they hide one another.
var gravest = []string{stats.NothingMeasured, stats.ClientLimited, stats.Incomplete, stats.Inconsistent,
	stats.PoolLimited, stats.ServerSaturated, stats.Kept}

// pointOf sums up the runs at one load: those that say something of the server, where there are any.
func pointOf(load float64, runs []*stats.Run) Point {
	counted := slices.DeleteFunc(slices.Clone(runs), func(r *stats.Run) bool { return !countsFor(r) })
	p := Point{Load: load, Runs: len(runs), Counted: len(counted), failed: !slices.ContainsFunc(runs, hasNotFailed)}
	if p.Counts() {
		runs = counted
	}
	worst := slices.MinFunc(runs, func(a, b *stats.Run) int {
		return cmp.Compare(slices.Index(gravest, a.Verdict.Status), slices.Index(gravest, b.Verdict.Status))
	})
	p.Verdict, p.Reason = worst.Verdict.Status, worst.Verdict.Reason
	if p.Reason == "" {
		p.Reason = worst.Stop.String()
	}
	p.Offered = medianOf(runs, func(t *stats.Totals) float64 { return t.OfferedPerSecond })
	p.Achieved = medianOf(runs, func(t *stats.Totals) float64 { return t.AchievedPerSecond })
	p.Goodput = medianOf(runs, func(t *stats.Totals) float64 { return t.GoodputPerSecond })
	p.ErrorRatio = medianOf(runs, (*stats.Totals).ErrorRatio)
	headline := percentilesOf(func(q float64) Figure { return headlineAt(runs, q) })
	if p.Service = headline; runs[0].Plan.Open() {
		p.Response = &headline
		p.Service = percentilesOf(func(q float64) Figure { return serviceAt(runs, q) })
	}
	return p
}

// countsFor says whether a run says anything of the server: it was not cut short, and the tool not its limit.
func countsFor(r *stats.Run) bool {
	limited := slices.Index(gravest, r.Verdict.Status) < slices.Index(gravest, stats.PoolLimited)
	return !limited && !r.Stop.CutShort()
}

func hasNotFailed(r *stats.Run) bool {
	return !r.Hopeless() && (r.Totals.OK > 0 || r.Totals.Errors() == 0)
}

func medianOf(runs []*stats.Run, figure func(*stats.Totals) float64) float64 {
	values := make([]float64, len(runs))
	for i, r := range runs {
		values[i] = figure(&r.Totals)
	}
	return stats.Median(values)
}

func percentilesOf(at func(q float64) Figure) Percentiles {
	return Percentiles{P50: at(.5), P90: at(.9), P99: at(.99)}
}

func headlineAt(runs []*stats.Run, q float64) Figure {
	of := func(r *stats.Run) *stats.Histogram { return r.Latency.Headline(r.Plan.Open()) }
	return figureOf(stats.MedianBounds(runs, stats.At(q)), movable(runs, of, q))
}

// serviceAt is of an open loop, where the tool's own lateness is in no service time, but for how late an answer that
// nobody stamped may have been read.
func serviceAt(runs []*stats.Run, q float64) Figure {
	b := stats.MedianOf(runs, func(r *stats.Run) stats.Bounds { return r.ServiceBounds(stats.At(q)) })
	of := func(r *stats.Run) *stats.Histogram { return &r.Latency.Service }
	return figureOf(b, movable(runs, of, q))
}

// movable says whether requests that were still open could have moved the percentile of a run.
func movable(runs []*stats.Run, of func(*stats.Run) *stats.Histogram, q float64) bool {
	return slices.ContainsFunc(runs, func(r *stats.Run) bool {
		_, exact := of(r).QuantileAmong(q, r.Totals.Aborted)
		return !exact
	})
}

func figureOf(b stats.Bounds, least bool) Figure {
	return Figure{Lower: b.Lower, Upper: b.Upper, Firm: b.Upper > 0 && b.Firm() && !least, Least: least}
}

// warn says what a reader of the points should know.
func (c *Curve) warn() {
	add := func(seen []float64, code, try, text string) {
		if len(seen) > 0 {
			c.Warnings = append(c.Warnings, stats.Warning{Code: code, Try: try,
				Text: fmt.Sprintf(text, len(seen), len(c.Points), seen[0])})
		}
	}
	where := func(is func(*Point) bool) (loads []float64) {
		for i := range c.Points {
			if is(&c.Points[i]) {
				loads = append(loads, c.Points[i].Load)
			}
		}
		return loads
	}
	add(where((*Point).Failed), "failed", "",
		"at %d of %d points nothing succeeded, the first at %g: the knee does not go by them")
	add(where(func(p *Point) bool { return !p.Counts() && !p.Failed() }), "left-out",
		"a machine with less else to do, or lower loads",
		"%d of %d points say more of this tool than of the server, the first at %g: the knee does not go by them")
	add(where(func(p *Point) bool { return p.Verdict == stats.PoolLimited }), "not-kept", "more concurrency",
		"%d of %d points are pool_limited, the first at %g: response time there is of too few slots, not of the server")
	add(where(func(p *Point) bool { return !p.Headline().P50.Firm && p.Counts() && p.Goodput > 0 }), "bounds-only",
		"a machine with less else to do",
		"%d of %d points are known only within bounds, the first at %g")
}

// used are the points that knee and law go by.
func (c *Curve) used() []Point {
	return slices.DeleteFunc(slices.Clone(c.Points), func(p Point) bool { return !p.Counts() || p.Goodput <= 0 })
}

func logs(points []Point, of func(*Point) float64) []float64 {
	all := make([]float64, len(points))
	for i := range points {
		all[i] = math.Log(of(&points[i]))
	}
	return all
}
