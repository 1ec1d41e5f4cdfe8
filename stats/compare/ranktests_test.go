package compare

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// Both null distributions are held against counting every case out.
func TestSignedRankDistribution(t *testing.T) {
	for n := range 11 {
		counted := make([]float64, n*(n+1)/2+1)
		for signs := range 1 << n {
			sum := 0
			for rank := 1; rank <= n; rank++ {
				sum += rank * (signs >> (rank - 1) & 1)
			}
			counted[sum] += math.Pow(2, -float64(n))
		}
		wantClose(t, "signed rank", signedRankBelow(n), accumulate(counted))
	}
	if p := signedRankBelow(10)[10]; math.Abs(p-0.0420) > 0.00005 { // as any table has it
		t.Errorf("of ten, 10 or less: %.4f, want 0.0420", p)
	}
}

func TestMannWhitneyDistribution(t *testing.T) {
	for n := 1; n <= 5; n++ {
		for m := 1; m <= 5; m++ {
			counted, orders := make([]float64, n*m+1), 0.0
			for order := range 1 << (n + m) { // a bit set is a value of the first side
				if u, ones := inversions(order, n+m); ones == n {
					counted[u]++
					orders++
				}
			}
			for i := range counted {
				counted[i] /= orders
			}
			wantClose(t, "mann-whitney", mannWhitneyBelow(n, m), accumulate(counted))
		}
	}
	exact, normal := mannWhitneyBelow(50, 50), normalBelow(50, 50)
	for u := range exact {
		if math.Abs(exact[u]-normal[u]) > 0.001 {
			t.Fatalf("50 a side, %d: exactly %.4f, nearly %.4f", u, exact[u], normal[u])
		}
	}
}

// inversions counts the pairs in which a set bit stands below one that is not, and the set bits.
func inversions(order, bits int) (u, ones int) {
	for i := range bits {
		if order>>i&1 == 1 {
			ones++
		} else {
			u += ones
		}
	}
	return u, ones
}

func wantClose(t *testing.T, what string, got, want []float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", what, len(got), len(want))
	}
	for i := range got {
		if math.Abs(got[i]-want[i]) > 1e-12 {
			t.Fatalf("%s at %d: %v, want %v", what, i, got[i], want[i])
		}
	}
}

// latency is a sample of a metric that is compared by ratio.
func latencyMeasure(base, new []float64) sample {
	return sample{measure: metricsOf(true)[0], base: base, new: new}
}

// For whatever is measured, ties and zeros among it: a bound beyond zero is a test that shows it, and the other side
// of the mirror says the same of the other direction.
func TestSignedRankLaws(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		n := LeastPairs + rnd.IntN(12)
		base, new := make([]float64, n), make([]float64, n)
		for i := range base {
			base[i], new[i] = float64(10+rnd.IntN(4)), float64(10+rnd.IntN(5))
		}
		s, mirrored := latencyMeasure(base, new), latencyMeasure(new, base)
		f, g := s.signedRank(signedRankBelow(n)), mirrored.signedRank(signedRankBelow(n))
		if (f.low > 0) != (f.pWorse <= alpha) || (f.high < 0) != (f.pBetter <= alpha) {
			t.Fatalf("%v against %v: bounds and tests say different things: %+v", new, base, f)
		}
		if f.estimate < f.low || f.estimate > f.high {
			t.Fatalf("%v against %v: the estimate is out of its bounds: %+v", new, base, f)
		}
		if math.Abs(f.estimate+g.estimate) > 1e-12 || math.Abs(f.low+g.high) > 1e-12 || f.pWorse != g.pBetter {
			t.Fatalf("mirrored: %+v and %+v", f, g)
		}
	}
}

// Without ties the library's probability and our own distribution are the same thing.
func TestMannWhitneyAgrees(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	unsorted := false
	for range 200 {
		base, new := make([]float64, 4+rnd.IntN(8)), make([]float64, 4+rnd.IntN(8))
		greater := 0
		for i := range base {
			base[i] = 1 + rnd.Float64()
		}
		for i := range new {
			new[i] = 1.2 + rnd.Float64()
			for _, b := range base {
				if new[i] > b {
					greater++
				}
			}
		}
		s := latencyMeasure(base, new)
		below := mannWhitneyBelow(len(base), len(new))
		want := min(1, 2*below[min(greater, len(base)*len(new)-greater)])
		if f := s.mannWhitney(below); math.Abs(f.pWorse-want) > 1e-9 {
			t.Fatalf("p is %v, want %v", f.pWorse, want)
		}
		unsorted = unsorted || !slices.IsSorted(base)
	}
	if !unsorted {
		t.Error("the test put the values of a sample in order")
	}
}

// By hand: differences of errors, since those need no logarithm.
func TestEstimates(t *testing.T) {
	errors := metricsOf(true)[4]
	pairs := sample{measure: errors, base: []float64{10, 10, 10, 10, 10}, new: []float64{12, 11, 14, 18, 26}}
	// The differences are 1 2 4 8 16; their means 1 1.5 2 2.5 3 4 4.5 5 6 8 8.5 9 10 12 16.
	if f := pairs.signedRank(signedRankBelow(5)); f.estimate != 5 || f.low != 1 || f.high != 16 || f.pWorse != 1./32 || f.pBetter != 1 {
		t.Errorf("pairs: %+v", f)
	}
	groups := sample{measure: errors, base: []float64{0, 2, 9, 4}, new: []float64{8, 1, 5, 3}}
	// The differences are -8 -6 -4 -3 -1 -1 -1 1 1 1 3 3 4 5 6 8.
	// Of the 70 orders of four and four, 2 have one pair or none the wrong way round, and 4 have two: the second counts.
	if f := groups.mannWhitney(mannWhitneyBelow(4, 4)); f.estimate != 1 || f.low != -6 || f.high != 6 {
		t.Errorf("groups: %+v", f)
	}
}

// Without ties the count of means is the sum of ranks, as every book has it.
func TestSignedRankIsTheTest(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	for range 200 {
		s := sample{measure: metricsOf(true)[4]}
		for range 5 + rnd.IntN(8) {
			s.base, s.new = append(s.base, rnd.Float64()), append(s.new, .3+rnd.Float64())
		}
		d := s.differences()
		slices.SortFunc(d, func(a, b float64) int { return cmp.Compare(math.Abs(a), math.Abs(b)) })
		negative := 0
		for i := range d {
			if d[i] < 0 {
				negative += i + 1
			}
		}
		below := signedRankBelow(len(d))
		if f := s.signedRank(below); f.pWorse != below[negative] {
			t.Fatalf("%v: p is %v", d, f.pWorse)
		}
	}
}
