package curve

import (
	"fmt"
	"math"
	"slices"
)

// A Knee is the load from which on more load costs more than before: what comes after it is paid for in latency, or
// is not done at all.
type Knee struct {
	Verdict string  `json:"verdict"`          // "found", "none" or "unjudged"
	Load    float64 `json:"load,omitempty"`   // of one of the points
	Metric  string  `json:"metric,omitempty"` // by which it was found, such as "response.p99" or "goodput"
	Reason  string  `json:"reason,omitempty"` // one sentence, unless it was found
}

// What is said of a knee.
const (
	Found    = "found"
	None     = "none"     // not within the loads that were tried
	Unjudged = "unjudged" // too few points
)

// LeastPoints is how many points it takes to speak of a knee, or of a law of three unknowns.
const LeastPoints = 5

// takesOff is how many times as long latency has to be at the highest load as at the lowest: of less, the
// normalized curve is the noise of the figures and nothing else.
const takesOff = 2

// # Where is the knee
//
// Kneedle scales a curve to the unit square and takes its distance from the diagonal: a knee is where the distance
// is greatest, if it falls by a whole step of the loads behind it, which is the paper's sensitivity S = 1. Done
// here on logarithms of both load and latency, as the page draws them. On plain axes a sweep from 10/s to 10 000/s
// has nearly all its points at the left edge, and one point of an overloaded server, whose latency is as long as
// the run, makes all others equal: tried, the knee was then the first overloaded load instead of the last good one.
//
// Note: tried a curve that never falls (pool adjacent violators) in place of the paper's smoothing spline: with 10
// % of noise on 12 points the knee was within two steps in 499 of 500 sweeps, and in 496 without any smoothing.
//
// Where latency has none, as of a server that refuses what is too much for it, goodput is looked at: it follows the
// load, and then no longer. Of concurrencies throughput is all that is looked at.

// kneeOf looks for the knee by latency and by throughput, in this order.
func kneeOf(c *Curve) Knee {
	points := c.used()
	if len(points) < LeastPoints {
		return Knee{Verdict: Unjudged,
			Reason: fmt.Sprintf("%d points count; a knee takes %d", len(points), LeastPoints)}
	}
	load := logs(points, func(p *Point) float64 { return p.Load })
	if c.By != ByConcurrency {
		metric, latency := firmest(points)
		if i, found := kneeOfLatency(load, latency); found {
			return Knee{Verdict: Found, Load: points[i].Load, Metric: metric}
		}
	}
	goodput := logs(points, func(p *Point) float64 { return p.Goodput })
	if i, found := kneedle(load, goodput, +1); found {
		return Knee{Verdict: Found, Load: points[i].Load, Metric: "goodput"}
	}
	reason := "goodput follows the load to its end, and latency does not take off"
	if c.By == ByConcurrency {
		reason = "goodput grows evenly with concurrency to its end"
	}
	return Knee{Verdict: None, Reason: reason}
}

// kneeOfLatency is of logarithms, by ascending load.
func kneeOfLatency(load, latency []float64) (at int, found bool) {
	if latency[len(latency)-1]-latency[0] < math.Log(takesOff) {
		return 0, false
	}
	return kneedle(load, latency, -1)
}

// firmest is the highest percentile of response time that is firm at all points, as a logarithm; the median where
// none is. What an unsteady machine adds to a higher one would lift the low end of the curve and hide its knee.
func firmest(points []Point) (metric string, latency []float64) {
	for _, m := range []struct {
		name string
		of   func(*Percentiles) Figure
	}{
		{"response.p99", func(p *Percentiles) Figure { return p.P99 }},
		{"response.p90", func(p *Percentiles) Figure { return p.P90 }},
		{"response.p50", func(p *Percentiles) Figure { return p.P50 }},
	} {
		metric = m.name
		latency = logs(points, func(p *Point) float64 { return max(1, float64(m.of(p.Headline()).Upper)) })
		if !slices.ContainsFunc(points, func(p Point) bool { f := m.of(p.Headline()); return !f.Firm && !f.Least }) {
			break
		}
	}
	return metric, latency
}

// kneedle finds the knee of a curve over ascending x: of one that rises less and less with sign +1, more and more
// with −1. Of several it takes the one that stands out most.
func kneedle(x, y []float64, sign float64) (at int, found bool) {
	n := len(x)
	least, most := slices.Min(y), slices.Max(y)
	if most == least {
		return 0, false
	}
	distance := make([]float64, n)
	for i := range x {
		distance[i] = sign * ((y[i]-least)/(most-least) - (x[i]-x[0])/(x[n-1]-x[0]))
	}
	step := 1 / float64(n-1) // the mean distance of normalized loads
	for i := 1; i < n-1; i++ {
		if !isPeak(distance, i) || !falls(distance[i:], step) || found && distance[i] <= distance[at] {
			continue
		}
		at, found = i, true
	}
	return at, found
}

func isPeak(d []float64, i int) bool { return d[i] > d[i-1] && d[i] >= d[i+1] }

// falls says whether what begins with a peak falls by more than step before the next peak.
func falls(d []float64, step float64) bool {
	for j := 1; j < len(d); j++ {
		if d[j] < d[0]-step {
			return true
		}
		if j+1 < len(d) && isPeak(d, j) {
			return false
		}
	}
	return false
}
