package metrics

import (
	"math"
	"sort"
	"time"

	"shotput/stats"
)

// A spread is a histogram in the buckets of those who watch. There are two sets of them, since not everybody knows
// the better one. The exponential buckets are those of Prometheus' native and of OpenTelemetry's exponential
// histograms: 2^spreadSchema to each power of two. The classic ones are few and fixed.
//
// Ours are finer than either, by a factor of 20 than the exponential ones, so what moves from one bucket to its
// neighbour is what lies within a thousandth of their border.
type spread struct {
	count         int64
	sum, min, max float64 // seconds, exact
	zero          int64   // of no time at all
	exponential   map[int]int64
	classic       []int64 // beside classicBounds: all up to and with each
}

// spreadSchema is the resolution of the exponential buckets: 32 to each power of two, each 2.2 % wider than the last.
const spreadSchema = 5

// classicBounds are upper bounds in seconds: from less than a PUT on loopback takes to the time limits that are usual.
var classicBounds = []float64{50e-6, 100e-6, 250e-6, 500e-6, 1e-3, 2.5e-3, 5e-3, 10e-3, 25e-3, 50e-3, 100e-3, 250e-3,
	500e-3, 1, 2.5, 5, 10, 30, 60}

func spreadOf(h *stats.Histogram) *spread {
	s := &spread{count: h.Count(), sum: float64(h.Sum()) / 1e9, min: h.Min().Seconds(), max: h.Max().Seconds(),
		exponential: map[int]int64{}, classic: make([]int64, len(classicBounds))}
	for least, n := range h.Buckets {
		s.add(least, n)
	}
	for i := 1; i < len(s.classic); i++ {
		s.classic[i] += s.classic[i-1]
	}
	return s
}

func (s *spread) add(d time.Duration, n int64) {
	if d == 0 {
		s.zero += n
	} else {
		s.exponential[exponentialIndex(d.Seconds())] += n
	}
	if i := sort.SearchFloat64s(classicBounds, d.Seconds()); i < len(s.classic) {
		s.classic[i] += n
	}
}

// exponentialIndex is the bucket of x > 0 as Prometheus counts them: the i-th ends at 2^(i/2^spreadSchema), and with
// it.
func exponentialIndex(x float64) int {
	return int(math.Ceil(math.Log2(x) * (1 << spreadSchema)))
}
