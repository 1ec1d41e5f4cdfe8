package stats

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"
)

// draw gives n durations over nine orders of magnitude, reproducibly.
func draw(seed uint64, n int) []time.Duration {
	rnd := rand.New(rand.NewPCG(seed, 1))
	out := make([]time.Duration, n)
	for i := range out {
		out[i] = time.Duration(math.Exp(rnd.Float64() * math.Log(1e9)))
	}
	return out
}

func histogramOf(values ...time.Duration) *Histogram {
	h := &Histogram{}
	for _, d := range values {
		h.Record(d)
	}
	return h
}

// wantSame compares all that a saved run would hold of two values, exact counts among it, and shows where they
// part.
func wantSame(t *testing.T, what string, a, b any) {
	t.Helper()
	wantSameText(t, what, toJSON(t, a), toJSON(t, b))
}

func wantSameText(t *testing.T, what, a, b string) {
	t.Helper()
	if a == b {
		return
	}
	at := 0
	for at < min(len(a), len(b)) && a[at] == b[at] {
		at++
	}
	from := max(0, at-100)
	t.Errorf("%s: they differ at byte %d:\n…%.200s\n…%.200s", what, at, a[from:], b[from:])
}

func toJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestMergeIsAssociativeAndCommutative(t *testing.T) {
	parts := [][]time.Duration{draw(1, 500), {-1, 2 * time.Hour}, draw(3, 77), nil, draw(7, fewCounts-1), draw(8, fewCounts)}
	var all []time.Duration
	for _, p := range parts {
		all = append(all, p...)
	}
	want := histogramOf(all...)

	left := &Histogram{} // ((a+b)+c)+d
	for _, p := range parts {
		left.Merge(histogramOf(p...))
	}
	wantSame(t, "left to right", left, want)

	right := &Histogram{} // a+(b+(c+d)), each sum from its right end
	for _, p := range slices.Backward(parts) {
		sum := histogramOf(p...)
		sum.Merge(right)
		right = sum
	}
	wantSame(t, "right to left", right, want)

	backward := &Histogram{}
	for _, p := range slices.Backward(parts) {
		backward.Merge(histogramOf(p...))
	}
	wantSame(t, "the other order", backward, want)
}

func TestHistogramIsExactWhereHDRIsNot(t *testing.T) {
	h := histogramOf(1_000_003, 2_000_003, 7_777_777)
	if h.Min() != 1_000_003 || h.Max() != 7_777_777 || h.Sum() != 10_777_783 || h.Count() != 3 || h.Mean() != 3_592_594 {
		t.Errorf("min %d max %d sum %d count %d mean %d", h.Min(), h.Max(), h.Sum(), h.Count(), h.Mean())
	}
	if h.Quantile(1) != h.Max() || h.Quantile(0) < h.Min() {
		t.Errorf("quantiles %d to %d leave %d to %d", h.Quantile(0), h.Quantile(1), h.Min(), h.Max())
	}
}

func TestHistogramClampsAndCounts(t *testing.T) {
	h := histogramOf(-5, time.Second, 2*time.Hour)
	if h.Count() != 3 || h.Clamped() != 2 || h.Min() != 0 || h.Max() != time.Hour {
		t.Errorf("count %d clamped %d min %v max %v, want 3, 2, 0, 1h", h.Count(), h.Clamped(), h.Min(), h.Max())
	}
}

func TestEmptyHistogram(t *testing.T) {
	h := &Histogram{}
	h.Merge(&Histogram{})
	if d, exact := h.QuantileAmong(.5, 3); h.counts != nil || !h.IsZero() || h.Quantile(.5) != 0 || h.Mean() != 0 || d != 0 || !exact {
		t.Error("an empty histogram is not all zero, or took memory")
	}
	h.Record(5)
	h.Reset()
	if !h.IsZero() || h.Max() != 0 || h.Sum() != 0 || h.counts == nil {
		t.Error("Reset left something, or gave up its memory")
	}
}

// The oracle is a sorted slice and the rank ⌊q·n+0.5⌋; HDR promises three digits.
func TestQuantileAgreesWithSortedSlice(t *testing.T) {
	for _, n := range []int{1, 2, 3, 5, 10, 99, 100, 101, 1000, 4321} {
		values := draw(uint64(n), n)
		h := histogramOf(values...)
		slices.Sort(values)
		for _, q := range []float64{0, .01, .1, .25, .5, .75, .9, .95, .99, .999, .9999, 1} {
			rank := max(1, int(math.Floor(q*float64(n)+0.5)))
			want, got := values[rank-1], h.Quantile(q)
			if math.Abs(float64(got-want)) > float64(want)/1000 {
				t.Errorf("n %d: quantile %v is %d, want %d within 0.1 %%", n, q, got, want)
			}
		}
	}
}

// With missing values that are longer than all others the quantile is that of the slice with those at its end;
// exact must be said only where they cannot move it.
func TestQuantileAmong(t *testing.T) {
	const n = 1000
	values := draw(9, n)
	h := histogramOf(values...)
	slices.Sort(values)
	for _, missing := range []int64{0, 1, 5, 10, 100, 5000} {
		for _, q := range []float64{.1, .5, .9, .99, .999, 1} {
			rank := int(math.Floor(q*float64(n+missing) + 0.5))
			d, exact := h.QuantileAmong(q, missing)
			moved := rank > n || h.Quantile((float64(rank)-0.4)/n) != d
			if exact == moved || d != h.Quantile(q) {
				t.Errorf("%d missing: quantile %v is %v, exact %v; they move it: %v", missing, q, d, exact, moved)
			}
		}
	}
	constant := histogramOf(slices.Repeat([]time.Duration{20 * time.Millisecond}, n)...)
	if d, exact := constant.QuantileAmong(.99, 1); d != 20*time.Millisecond || !exact {
		t.Errorf("p99 of 1000 × 20 ms and one missing is %v, exact %v", d, exact)
	}
	if _, exact := constant.QuantileAmong(.99, 11); exact {
		t.Error("p99 of 1000 and 11 missing is the first missing one, and was called exact")
	}
}

// At every rank, whatever n and missing: a float's rounding must not turn rank k into k-1.
func TestQuantileAmongHitsEachRank(t *testing.T) {
	for n := int64(1); n < 300; n++ {
		h := &Histogram{}
		for i := range n {
			h.Record(time.Duration(i + 1)) // below 2048 HDR is exact
		}
		for rank := int64(1); rank <= n; rank++ {
			q := (float64(rank) - 0.25) / float64(n)
			if got := h.Quantile(q); got != time.Duration(rank) {
				t.Fatalf("n %d: rank %d gave value %d", n, rank, got)
			}
		}
	}
}

func TestHistogramJSONRoundTrip(t *testing.T) {
	for name, h := range map[string]*Histogram{
		"empty": {}, "one": histogramOf(1), "zero": histogramOf(0), "spread": histogramOf(draw(4, 5000)...),
		"clamped": histogramOf(-1, 3*time.Hour),
	} {
		var back Histogram
		if err := json.Unmarshal([]byte(toJSON(t, h)), &back); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		wantSame(t, name, &back, h)
		if back.Count() != h.Count() || back.Clamped() != h.Clamped() || back.Quantile(.9) != h.Quantile(.9) {
			t.Errorf("%s: %d durations came back as %d", name, h.Count(), back.Count())
		}
		back.Merge(histogramOf(7)) // what was read merges on
		if back.Count() != h.Count()+1 {
			t.Errorf("%s: after the round trip it does not merge", name)
		}
	}
}

func TestHistogramJSONRefusesWhatDoesNotAddUp(t *testing.T) {
	good := toJSON(t, histogramOf(1, 2, 3))
	for name, bad := range map[string]string{
		"no counts":    `{"count":3}`,
		"other count":  `{"count":4` + good[len(`{"count":3`):],
		"no base64":    `{"count":3,"hdr":"%%"}`,
		"no histogram": `{"count":3,"hdr":"AAAA"}`,
	} {
		if err := new(Histogram).UnmarshalJSON([]byte(bad)); err == nil {
			t.Errorf("%s: %s was read without an error", name, bad)
		}
	}
}

func TestLatencyAllIsComplete(t *testing.T) {
	var l Latency
	all := l.all()
	v := reflect.ValueOf(&l).Elem()
	if v.NumField() != len(all) {
		t.Fatalf("Latency has %d histograms, all gives %d", v.NumField(), len(all))
	}
	for i, h := range all {
		if h != v.Field(i).Addr().Interface() {
			t.Errorf("all()[%d] is not %s", i, v.Type().Field(i).Name)
		}
	}
}

// The points are quantiles in order, from the least value to the greatest, with the tail spread out; with missing
// requests they end where one of those could be the value.
func TestSpectrum(t *testing.T) {
	const n = 1000
	h := histogramOf(draw(7, n)...)
	points := h.Spectrum(0)
	if first, last := points[0], points[len(points)-1]; first != (Percentile{0, h.Min()}) || last != (Percentile{1, h.Max()}) || len(points) != 3*pointsPerDecade+2 {
		t.Errorf("%d points from %v to %v", len(points), first, last)
	}
	for i, p := range points[1 : len(points)-1] {
		before := points[i]
		if p.Quantile <= before.Quantile || p.Value < before.Value || p.Value != h.Quantile(p.Quantile) {
			t.Errorf("%v follows %v", p, before)
		}
	}
	some := h.Spectrum(10)
	if last := some[len(some)-1].Quantile; last > .99 || last < .98 {
		t.Errorf("with 10 of 1010 missing the last point known is %v", last)
	}
	for _, empty := range [][]Percentile{(&Histogram{}).Spectrum(0), (&Histogram{}).Spectrum(5)} {
		if len(empty) != 0 {
			t.Errorf("an empty histogram has %v", empty)
		}
	}
	if one := histogramOf(ms).Spectrum(0); len(one) != 2 || one[1] != (Percentile{1, ms}) {
		t.Errorf("one value has %v", one)
	}
}
