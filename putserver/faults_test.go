package putserver

import (
	"math"
	"slices"
	"testing"
)

func TestFaultsKeepTheirSharesExactly(t *testing.T) {
	for _, shares := range [][3]float64{{.01, 0, 0}, {.01, .01, .01}, {.1, .03, .007}, {.25, .25, .5}, {0, 1, 0}} {
		f := newFaults(shares[0], shares[1], shares[2])
		var got [faultKinds]float64
		for n := 1.0; n <= 100_000; n++ {
			got[f.next()]++
			for i, share := range shares {
				if kind := fault(i + 1); math.Abs(got[kind]-n*share) > 1.5 {
					t.Fatalf("shares %v: after %v requests %v of kind %d", shares, n, got[kind], kind)
				}
			}
		}
		for i, share := range shares {
			if kind := fault(i + 1); got[kind] != math.Round(100_000*share) {
				t.Errorf("shares %v: %v of kind %d in 100000", shares, got[kind], kind)
			}
		}
	}
}

func TestEqualFaultsFallApart(t *testing.T) {
	f := newFaults(.01, .01, .01)
	var at []int
	for n := range 200 {
		if f.next() != none {
			at = append(at, n)
		}
	}
	if len(at) != 6 {
		t.Fatalf("faults at %v, want 6 in 200 requests", at)
	}
	for i := range at[1:] {
		if at[i+1]-at[i] < 20 {
			t.Errorf("faults at %v, want them at least 20 apart", at)
		}
	}
}

func TestEveryHundredthFails(t *testing.T) {
	f := newFaults(.01, 0, 0)
	var at []int
	for n := range 400 {
		if f.next() == failed {
			at = append(at, n%100)
		}
	}
	if len(at) != 4 || len(slices.Compact(at)) != 1 {
		t.Errorf("failures at %v of each hundred, want the same one in all four", at)
	}
}
