package text

import (
	"math"
	"testing"
	"time"
)

// keysOf are count keys drawn by the law.
func keysOf(t testing.TB, dist string, count int64) *keySet {
	t.Helper()
	k, err := openKeys(&Keys{Count: count, Dist: dist})
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// drawn is how often each key comes up among the first n requests of a run.
func drawnKeys(t testing.TB, k *keySet, n int64) []int64 {
	t.Helper()
	counts := make([]int64, k.count)
	for number := int64(1); number <= n; number++ {
		i, err := k.index(NewScope(1, number, time.Time{}))
		if err != nil {
			t.Fatal(err)
		}
		counts[i]++
	}
	return counts
}

// chiSquared compares counts with what is expected; p are probabilities.
func chiSquared(counts []int64, p []float64, n float64) (sum float64) {
	for i, got := range counts {
		want := p[i] * n
		sum += (float64(got) - want) * (float64(got) - want) / want
	}
	return sum
}

// zipfLaw is the probability of each of n numbers.
func zipfLaw(n int, s float64) []float64 {
	p, sum := make([]float64, n), 0.0
	for i := range p {
		p[i] = math.Pow(float64(i+1), -s)
		sum += p[i]
	}
	for i := range p {
		p[i] /= sum
	}
	return p
}

// TestZipfIsZipf, for exponents on both sides of 1 and 1 itself. The limit is the chi-squared value of 49 degrees of
// freedom that one sample in a thousand exceeds; the draws are a pure function, so this passes always or never.
func TestZipfIsZipf(t *testing.T) {
	const n, draws, limit = 50, 200_000, 85.35
	for _, dist := range []string{"zipf:0", "zipf:0.5", "zipf:0.99", "zipf:1", "zipf:1.00000001", "zipf:1.1",
		"zipf:2"} {
		k := keysOf(t, dist, n)
		if sum := chiSquared(drawnKeys(t, k, draws), zipfLaw(n, k.law.exponent), draws); sum > limit {
			t.Errorf("%s: chi-squared is %.1f, want at most %.1f", dist, sum, limit)
		}
	}
}

// TestZipfTakesAnySize: of a billion keys as of one, and as steep as may be.
func TestZipfTakesAnySize(t *testing.T) {
	for _, n := range []int64{1, 2, 1_000_000_000, mostZipf} {
		for _, s := range []float64{0, 0.3, 1, 1.1, 5, steepest} {
			z := newZipf(n, s)
			for seed := range uint64(2000) {
				if k := z.draw(&Draws{state: Scramble(seed)}); k < 1 || k > n {
					t.Fatalf("of %d keys with exponent %v, %d is drawn", n, s, k)
				}
			}
		}
	}
	const n = 1_000_000
	first, p := 0, 1/(math.Log(n)+0.5772) // 1/H(n)
	for seed := range uint64(100_000) {
		if newZipf(n, 1).draw(&Draws{state: Scramble(seed)}) == 1 {
			first++
		}
	}
	if got := float64(first) / 100_000; math.Abs(got-p) > 0.003 {
		t.Errorf("key 1 of a million has %.4f of the draws, want %.4f", got, p)
	}
}

func TestKeyLaws(t *testing.T) {
	const n, requests = 1000, 100_000
	for i, got := range drawnKeys(t, keysOf(t, "sequential", n), requests) {
		if got != requests/n {
			t.Fatalf("in order, key %d is taken %d times", i+1, got)
		}
	}
	flat := make([]float64, n)
	for i := range flat {
		flat[i] = 1.0 / n
	}
	// 999 degrees, p = 0.001
	if sum := chiSquared(drawnKeys(t, keysOf(t, "uniform", n), requests), flat, requests); sum > 1142.8 {
		t.Errorf("uniform: chi-squared is %.1f", sum)
	}
	hot := int64(0)
	for i, got := range drawnKeys(t, keysOf(t, "hot:0.01,0.9", n), requests) {
		if i < 10 {
			hot += got
		}
	}
	if hot < 89_700 || hot > 90_300 {
		t.Errorf("10 hot keys of 1000 get %d of 100000 requests, want 90 %%", hot)
	}
	drawnKeys(t, keysOf(t, "hot:0.0001,0.5", 10), 100)
	drawnKeys(t, keysOf(t, "hot:1,0", 10), 100)
}

// FuzzKeyLaw: whatever the text, it is a law or an error; a law draws keys that there are, the same each time.
func FuzzKeyLaw(f *testing.F) {
	f.Fuzz(func(t *testing.T, written string, seed uint64, number, count int64) {
		law, err := parseKeyLaw(written)
		if err != nil || count < 1 || count > mostZipf || number < 0 {
			return
		}
		r := NewScope(seed, number, time.Time{})
		a, err := (&keySet{law: law, count: count}).index(r)
		b, _ := (&keySet{law: law, count: count}).index(r)
		if err != nil || a != b || a < 0 || a >= count {
			t.Errorf("%q draws %d, then %d of %d keys, %v", written, a, b, count, err)
		}
	})
}
