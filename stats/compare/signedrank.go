package compare

import (
	"slices"

	"shotput/stats"
)

// signedRank is Wilcoxon's signed-rank test of the pairs, exact, with the estimate and the bounds that belong to it
// (Hodges and Lehmann 1963).
//
// All of it is read from one sorted list: the means of any two differences and of each with itself (Walsh
// averages), n(n+1)/2 of them. How many are positive is the test's own statistic, their middle is the estimate, and
// the k-th from either end are the bounds, with k from the statistic's distribution. So "the lower bound is above
// zero" and "the test shows growth" are one and the same, always.
//
// The obvious way with ties and zeros, mean ranks and leaving out, makes a distribution for each case. Here a mean
// of exactly zero counts against whatever is to be shown, on either side: such a test errs less often than it says,
// never more. below is signedRankBelow of as many pairs.
func (s *sample) signedRank(below []float64) finding {
	means := walsh(s.differences())
	notMore, notLess := 0, 0
	for _, m := range means {
		if m <= 0 {
			notMore++
		}
		if m >= 0 {
			notLess++
		}
	}
	low, high := bounds(means, below)
	return finding{estimate: stats.Median(means), low: low, high: high, pWorse: below[notMore], pBetter: below[notLess]}
}

func (s *sample) differences() []float64 {
	d := make([]float64, len(s.base))
	for i := range d {
		d[i] = s.worse(s.base[i], s.new[i])
	}
	return d
}

// walsh gives the means of any two of d, and of each with itself, ascending.
func walsh(d []float64) []float64 {
	var means []float64
	for i := range d {
		for k := range i + 1 {
			means = append(means, (d[i]+d[k])/2)
		}
	}
	slices.Sort(means)
	return means
}

// signedRankBelow gives, for each t from 0 to n(n+1)/2, the probability that of the ranks 1 … n those with a
// positive sign add up to t or less, when each sign is a fair coin's. One rank after the other is tossed for.
func signedRankBelow(n int) []float64 {
	at := make([]float64, n*(n+1)/2+1)
	at[0] = 1
	for rank := 1; rank <= n; rank++ {
		for t := rank * (rank + 1) / 2; t >= 0; t-- {
			with := 0.0
			if t >= rank {
				with = at[t-rank]
			}
			at[t] = (at[t] + with) / 2
		}
	}
	return accumulate(at)
}

func accumulate(p []float64) []float64 {
	sum := 0.0
	for i := range p {
		sum += p[i]
		p[i] = sum
	}
	return p
}

// bounds are the k-th from either end, k so that each is passed with a probability of at most alpha. below has the
// distribution of how many of the values are on the wrong side of the truth.
func bounds(ascending, below []float64) (low, high float64) {
	k := 0
	for below[k] <= alpha {
		k++
	}
	k = max(1, k) // no bound is that sure with so few values; the outermost is the best there is
	return ascending[k-1], ascending[len(ascending)-k]
}
