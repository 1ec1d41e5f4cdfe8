package compare

import (
	"fmt"
	"math"
	"slices"

	"shotput/stats"
)

// A measure is one number of a round, and what it means that it grows.
type measure struct {
	name, unit string
	absolute   bool // compared by difference, not by ratio
	highGood   bool // as of a rate
	of         func(*stats.Run) (f figure, ok bool)
	instead    string // what is judged in its place where the tool was late, and the kernel stamps answers
}

// alpha is how often a test may call equal servers different.
const alpha = 0.05

// Limits of a change in the direction that is worse: what counts as one, and what a pass rules out. Of a ratio
// they are logarithms, so that twice as fast and half as fast are as far from no change.
var (
	relativeLimits = limits{math.Log(1.05), math.Log(1.10)}
	absoluteLimits = limits{0.001, 0.002} // of an error rate: a tenth and a fifth of a percentage point
)

type limits struct{ matters, pass float64 }

// metricsOf are the metrics of an open or a closed loop. Of an open loop the achieved rate is the plan's own, and
// says nothing.
func metricsOf(open bool) []measure {
	var all []measure
	if open {
		all = latencyMetrics("response", "service", responseAt)
	}
	all = append(all, latencyMetrics("service", "", serviceAt)...)
	if !open {
		achieved := func(r *stats.Run) (figure, bool) {
			return exactly(r.Totals.AchievedPerSecond), r.Totals.AchievedPerSecond > 0 && r.Totals.HasRate()
		}
		all = append(all, measure{name: "rate", unit: "per_second", highGood: true, of: achieved})
	}
	errors := func(r *stats.Run) (figure, bool) { return exactly(r.Totals.ErrorRatio()), r.Totals.Sent > 0 }
	return append(all, measure{name: "error_rate", unit: "ratio", absolute: true, of: errors})
}

// latencyMetrics are two percentiles of a latency, and by which other they are replaced; see measure.instead.
func latencyMetrics(name, instead string, at func(r *stats.Run, q float64) figure) (all []measure) {
	for _, percent := range []float64{50, 99} {
		m := measure{name: fmt.Sprintf("%s.p%v", name, percent), unit: "ns"}
		m.of = func(r *stats.Run) (figure, bool) {
			f := at(r, percent/100)
			return f, f.seen > 0
		}
		if instead != "" {
			m.instead = fmt.Sprintf("%s.p%v", instead, percent)
		}
		all = append(all, m)
	}
	return all
}

func responseAt(r *stats.Run, q float64) figure {
	_, exact := r.Latency.Response.QuantileAmong(q, r.Totals.Aborted)
	return figureOf(r.Latency.BoundsOf(true, stats.At(q)), exact)
}

func serviceAt(r *stats.Run, q float64) figure {
	_, exact := r.Latency.Service.QuantileAmong(q, r.Totals.Aborted)
	return figureOf(r.ServiceBounds(stats.At(q)), exact)
}

// stamped says whether answers have the kernel's times: this tool's own are how late it read them, too.
func stamped(r *stats.Run) bool { return r.Clock == "kernel" }

// worse is how much worse new is than base: a logarithm of a ratio, or a difference. A rate that falls from 1.05
// to 1 is as much worse as a latency that grows from 1 to 1.05.
func (m *measure) worse(base, new float64) float64 {
	d := new - base
	if !m.absolute {
		d = math.Log(new) - math.Log(base) // not the logarithm of the ratio: there and back again must be 0 exactly
	}
	if m.highGood {
		return -d
	}
	return d
}

// change is what worse gave, as a reader expects it: 0.1 where new is 10 % more.
func (m *measure) change(worse float64) float64 {
	if m.highGood {
		worse = -worse
	}
	if m.absolute {
		return worse
	}
	return math.Expm1(worse)
}

func (m *measure) limits() limits {
	if m.absolute {
		return absoluteLimits
	}
	return relativeLimits
}

// A sample is one metric of the rounds that have it. In pairs base[i] and new[i] are one.
type sample struct {
	measure
	base, new []float64
	missing   int // rounds without it; then there is no judging

	best, worst *sample // for the new side, where not all figures are firm; else nil. See Bounds
}

// constant says whether every value is the same: then there is nothing to test.
func (s *sample) constant() bool {
	all := slices.Concat(s.base, s.new)
	return !s.bounded() && slices.Min(all) == slices.Max(all)
}

// A finding is what a test says, on the scale of measure.worse.
type finding struct {
	estimate, low, high float64
	pWorse, pBetter     float64
}

// show writes a change for a sentence.
func (m *measure) show(worse float64) string {
	if m.absolute {
		return fmt.Sprintf("%+.2f percentage points", 100*m.change(worse))
	}
	return fmt.Sprintf("%+.1f %%", 100*m.change(worse))
}
