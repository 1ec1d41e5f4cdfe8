package curve

import (
	"errors"
	"math"
	"slices"
	"testing"
)

func TestSweep(t *testing.T) {
	for name, c := range map[string]struct {
		sweep Sweep
		want  []float64 // ascending
	}{
		"log":                 {Sweep{Lo: 500, Hi: 8000, Steps: 8}, []float64{500, 743, 1100, 1640, 2440, 3620, 5380, 8000}},
		"lin":                 {Sweep{Lo: 500, Hi: 8000, Steps: 4, Scale: Lin}, []float64{500, 3000, 5500, 8000}},
		"ends as they are":    {Sweep{Lo: 1234.5, Hi: 6789.1, Steps: 2}, []float64{1234.5, 6789.1}},
		"too near to round":   {Sweep{Lo: 1000, Hi: 1002, Steps: 3, Scale: Lin}, []float64{1000, 1001, 1002}},
		"concurrencies":       {Sweep{Lo: 1, Hi: 128, Steps: 8, Whole: true}, []float64{1, 2, 4, 8, 16, 32, 64, 128}},
		"fewer concurrencies": {Sweep{Lo: 1, Hi: 4, Steps: 10, Whole: true}, []float64{1, 2, 3, 4}},
	} {
		got, err := c.sweep.Points()
		if slices.Sort(got); err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, %v; want %v", name, got, err, c.want)
		}
	}
}

func TestSweepIsShuffledBySeed(t *testing.T) {
	points := func(seed uint64) []float64 {
		all, err := Sweep{Lo: 100, Hi: 1000, Steps: 10, Seed: seed}.Points()
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	if !slices.Equal(points(7), points(7)) || slices.Equal(points(7), points(8)) {
		t.Error("the order does not follow from the seed")
	}
	ascending := 0
	for seed := range uint64(100) {
		if slices.IsSorted(points(seed)) {
			ascending++
		}
	}
	if ascending > 0 {
		t.Errorf("%d of 100 orders are ascending", ascending)
	}
}

func TestSweepFaults(t *testing.T) {
	for _, c := range []struct {
		field string
		sweep Sweep
	}{
		{"lo", Sweep{Lo: 0, Hi: 10, Steps: 5}}, {"lo", Sweep{Lo: math.NaN(), Hi: 10, Steps: 5}}, {"lo", Sweep{Lo: 1.5, Hi: 10, Steps: 5, Whole: true}},
		{"hi", Sweep{Lo: 10, Hi: 10, Steps: 5}}, {"hi", Sweep{Lo: 10, Hi: math.Inf(1), Steps: 5}}, {"hi", Sweep{Lo: 1, Hi: 10.5, Steps: 5, Whole: true}},
		{"steps", Sweep{Lo: 1, Hi: 10, Steps: 1}}, {"steps", Sweep{Lo: 1, Hi: 10, Steps: 1001}}, {"scale", Sweep{Lo: 1, Hi: 10, Steps: 5, Scale: "cubic"}},
	} {
		_, err := c.sweep.Points()
		var fault *SweepError
		if !errors.As(err, &fault) || fault.Field != c.field || fault.Value == "" || fault.Why == "" {
			t.Errorf("%+v: %v", c.sweep, err)
		}
	}
}
