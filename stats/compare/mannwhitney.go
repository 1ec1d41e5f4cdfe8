package compare

import (
	"math"
	"slices"

	"golang.org/x/perf/benchmath"

	"shotput/stats"
)

// mannWhitney is the two-sided test that benchstat makes, of two groups, and beside it the estimate that belongs to
// the test: the middle of all n·m differences between a round of new and one of base, with bounds by the k-th from
// either end (Hodges and Lehmann 1963). It may differ a little from the difference of the two medians. below is
// mannWhitneyBelow of as many rounds.
func (s *sample) mannWhitney(below []float64) finding {
	between := make([]float64, 0, len(s.base)*len(s.new))
	for _, b := range s.base {
		for _, n := range s.new {
			between = append(between, s.worse(b, n))
		}
	}
	slices.Sort(between)
	low, high := bounds(between, below)
	thresholds := benchmath.DefaultThresholds
	test := benchmath.AssumeNothing.Compare(benchmath.NewSample(slices.Clone(s.base), &thresholds),
		benchmath.NewSample(slices.Clone(s.new), &thresholds))
	return finding{estimate: stats.Median(between), low: low, high: high, pWorse: test.P, pBetter: test.P}
}

// mostExact is how many rounds a side the distribution is counted out for; beyond, it is as good as normal.
const mostExact = 50

// mannWhitneyBelow gives, for each u from 0 to n·m, the probability that u or fewer of the n·m pairs are in the
// wrong order, when all orders are as likely. The orders are counted by which side has the greatest value: if the
// first, it stands above all of the other.
func mannWhitneyBelow(n, m int) []float64 {
	if n > mostExact || m > mostExact {
		return normalBelow(n, m)
	}
	row := make([][]float64, m+1) // row[k][u]: orders of i values against k
	for k := range row {
		row[k] = make([]float64, n*m+1)
		row[k][0] = 1
	}
	for i := 1; i <= n; i++ {
		for k := 1; k <= m; k++ {
			for u := i * k; u >= 0; u-- {
				above := 0.0
				if u >= k {
					above = row[k][u-k]
				}
				row[k][u] = row[k-1][u] + above
			}
		}
	}
	at := row[m]
	all := 0.0
	for _, orders := range at {
		all += orders
	}
	for u := range at {
		at[u] /= all
	}
	return accumulate(at)
}

func normalBelow(n, m int) []float64 {
	mean, deviation := float64(n*m)/2, math.Sqrt(float64(n*m)*float64(n+m+1)/12)
	below := make([]float64, n*m+1)
	for u := range below {
		below[u] = math.Erfc((mean-float64(u)-.5)/deviation/math.Sqrt2) / 2
	}
	return below
}
