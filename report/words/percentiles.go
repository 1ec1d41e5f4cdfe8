package words

import (
	"strconv"

	"shotput/stats"
)

// A Percentile is one column of latencies, in per cent: 99.9.
type Percentile float64

// String is its name: p99.9.
func (p Percentile) String() string { return "p" + strconv.FormatFloat(float64(p), 'f', -1, 64) }

// Quantile is the same as a part of all, the nearest that there is to what was written.
func (p Percentile) Quantile() float64 { return float64(p) / 100 }

// Known says whether so many samples tell anything of it.
func (p Percentile) Known(samples int64) bool { return stats.EnoughFor(p.Quantile(), samples) }

// PercentilesOr are those that were asked for; else what the table has by itself.
func (o Options) PercentilesOr(usual ...Percentile) []Percentile {
	if len(o.Percentiles) > 0 {
		return o.Percentiles
	}
	return usual
}
