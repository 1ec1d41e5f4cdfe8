package curve

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"shotput/stats"
)

// # The Universal Scalability Law
//
//	X(N) = λN / (1 + σ(N−1) + κN(N−1))
//
// X is the goodput with N requests in flight: λ what one at a time gets done, σ the part that has to wait for
// others (contention), κ what each costs each other (coherency). With κ above 0 the goodput has a peak at N* =
// √((1−σ)/κ), and falls beyond it.
//
// Turned over it is linear in its unknowns:
//
//	N/X = a + b(N−1) + cN(N−1)        λ = 1/a   σ = b/a   κ = c/a
//
// so that linear least squares find them, without a start value and always to the same end. What one run measures
// is off by a share of X, whatever X is; so is N/X. Therefore each equation is divided by N/X: residuals are then
// shares, and a point counts the same wherever it stands. Without it the last points, whose N/X is by far the
// greatest, would be the whole fit. Points of several runs count as many times.
//
// No coefficient is below 0 in any server. Where the best of all solutions has one that is, the best without it is
// the answer (active sets; there are but four).

// A Law is the Universal Scalability Law that fits a curve best.
type Law struct {
	Lambda   float64    `json:"lambda_per_second"` // goodput with one in flight
	Sigma    float64    `json:"sigma"`             // contention
	Kappa    float64    `json:"kappa"`             // coherency; 0: no peak
	Residual float64    `json:"residual_ratio"`    // root of the mean square, relative, by the degrees of freedom
	Worst    float64    `json:"worst_ratio"`       // of one point: the greatest distance, relative
	From     float64    `json:"from"`              // measured concurrencies, beyond which all is extrapolated
	To       float64    `json:"to"`                //
	Peak     *Peak      `json:"peak,omitempty"`    // none with Kappa 0
	Line     []Expected `json:"line"`              // for drawing: by concurrency, ascending
}

// A Peak is the greatest goodput by the law.
type Peak struct {
	Concurrency  float64 `json:"concurrency"`
	PerSecond    float64 `json:"per_second"`
	Extrapolated bool    `json:"extrapolated"` // no run was made so far out: take it for a guess
}

// Expected is what the law says of one concurrency.
type Expected struct {
	Concurrency  float64 `json:"concurrency"`
	PerSecond    float64 `json:"per_second"`
	Extrapolated bool    `json:"extrapolated"`
}

// worthALaw is the residual up to which the law is said to describe a server.
const worthALaw = 0.10

// At is the goodput that the law expects with n in flight.
func (l *Law) At(n float64) float64 { return l.Lambda * n / (1 + l.Sigma*(n-1) + l.Kappa*n*(n-1)) }

// Extrapolated says whether n lies outside what was measured.
func (l *Law) Extrapolated(n float64) bool { return n < l.From || n > l.To }

// fit gives the curve its law, or says why it has none.
func (c *Curve) fit() {
	points := c.used()
	if len(points) < LeastPoints {
		c.Warnings = append(c.Warnings, stats.Warning{Code: "few-points", Try: "more concurrencies",
			Text: fmt.Sprintf("%d points count; the scalability law takes %d", len(points), LeastPoints)})
		return
	}
	if c.Law = lawOf(points); c.Law == nil {
		c.Warnings = append(c.Warnings, stats.Warning{Code: "no-law", Try: "lower concurrencies among them",
			Text: "no scalability law fits these points"})
		return
	}
	if c.Law.Residual > worthALaw {
		c.Warnings = append(c.Warnings, stats.Warning{Code: "poor-fit", Text: fmt.Sprintf(
			"the scalability law is off by %.0f %%: it does not describe this server", 100*c.Law.Residual)})
	}
	if p := c.Law.Peak; p != nil && p.Extrapolated {
		c.Warnings = append(c.Warnings, stats.Warning{Code: "extrapolated", Try: "concurrencies beyond it",
			Text: fmt.Sprintf("the peak at %.0f is extrapolated: concurrencies from %g to %g were measured",
				p.Concurrency, c.Law.From, c.Law.To)})
	}
}

// lawOf is the best law without a negative coefficient; nil where none is.
func lawOf(points []Point) *Law {
	var best *Law
	for _, terms := range [][]int{{0, 1, 2}, {0, 1}, {0, 2}, {0}} {
		law, ok := solve(points, terms)
		if !ok {
			continue
		}
		law.measure(points, len(terms))
		if best == nil || law.Residual < best.Residual {
			best = law
		}
		if len(terms) == 3 { // the least of all, and possible
			break
		}
	}
	if best != nil {
		best.draw()
	}
	return best
}

// solve makes the weighted least squares of some of the three terms; ok is false where one comes out below 0.
func solve(points []Point, terms []int) (_ *Law, ok bool) {
	rows := mat.NewDense(len(points), len(terms), nil)
	ones := mat.NewVecDense(len(points), nil)
	for i, p := range points {
		weight := math.Sqrt(float64(p.Counted))
		each := p.Goodput / p.Load * weight
		all := [3]float64{each, (p.Load - 1) * each, p.Load * (p.Load - 1) * each}
		for column, term := range terms {
			rows.Set(i, column, all[term])
		}
		ones.SetVec(i, weight)
	}
	var found mat.VecDense
	if err := found.SolveVec(rows, ones); err != nil {
		return nil, false // all points at one concurrency, or nearly so
	}
	var abc [3]float64
	for column, term := range terms {
		abc[term] = found.AtVec(column)
	}
	if !(abc[0] > 0 && abc[1] >= 0 && abc[2] >= 0) {
		return nil, false
	}
	return &Law{Lambda: 1 / abc[0], Sigma: abc[1] / abc[0], Kappa: abc[2] / abc[0],
		From: points[0].Load, To: points[len(points)-1].Load}, true
}

// measure says how far the points are from the law.
func (l *Law) measure(points []Point, unknowns int) {
	sum := 0.0
	for _, p := range points {
		off := math.Abs(p.Goodput/l.At(p.Load) - 1)
		sum, l.Worst = sum+off*off, max(l.Worst, off)
	}
	l.Residual = math.Sqrt(sum / float64(len(points)-unknowns))
}

// A line is drawn beyond what was measured as far as to its peak and a little more, but no further than this many
// times.
const farthest = 4

// draw adds what follows from the law: the peak, and a line.
func (l *Law) draw() {
	end := l.To
	if l.Kappa > 0 {
		at := max(1, math.Sqrt(max(0, 1-l.Sigma)/l.Kappa)) // with σ above 1 a second one is one too many
		l.Peak = &Peak{Concurrency: at, PerSecond: l.At(at), Extrapolated: l.Extrapolated(at)}
		end = min(max(end, 1.25*at), farthest*l.To)
	}
	const points = 40
	for i := range points + 1 {
		l.add(math.Pow(end, float64(i)/points))
	}
	l.add(l.From) // where it turns from seen to extrapolated
	l.add(l.To)
	slices.SortFunc(l.Line, func(a, b Expected) int {
		return cmp.Compare(a.Concurrency, b.Concurrency)
	})
	l.Line = slices.CompactFunc(l.Line, func(a, b Expected) bool { return a.Concurrency == b.Concurrency })
}

func (l *Law) add(n float64) {
	l.Line = append(l.Line, Expected{Concurrency: n, PerSecond: l.At(n), Extrapolated: l.Extrapolated(n)})
}
