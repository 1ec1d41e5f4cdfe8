package arrivals

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// someRamps are rates that change, by name.
var someRamps = map[string][]Segment{
	"0..2000 in 30 s":   {{30 * time.Second, 0, 2000}},
	"2000..0 in 30 s":   {{30 * time.Second, 2000, 0}},
	"0..2000 in 1 s":    {{time.Second, 0, 2000}},
	"0..200000 in 1 s":  {{time.Second, 0, 200_000}},
	"200000..0 in 1 s":  {{time.Second, 200_000, 0}},
	"0..1 in 1 h":       {{time.Hour, 0, 1}},
	"100..101 in 100 s": {{100 * time.Second, 100, 101}},
	"up, hold, down":    {{time.Second, 0, 5000}, {time.Second, 5000, 5000}, {3 * time.Second, 5000, 10}},
	"sawtooth":          {{time.Second, 0, 50}, {time.Second, 0, 50}, {time.Second, 50, 0}, {time.Second, 0, 50}},
	"7 ms":              {{7 * time.Millisecond, 0, 100_000}, {3 * time.Millisecond, 100_000, 0}},
}

// Ramps: no arrival may be more than 90 µs off the exact one, near rate 0 either.
func TestArrivalsRampsKeepTheClosedForm(t *testing.T) {
	ramps := maps.Clone(someRamps)
	draw := rand.New(rand.NewPCG(1, 2))
	for i := range 100 { // and any three, each with a chance of ends at 0
		var s []Segment
		for range 3 {
			low, high := max(0, math.Exp(draw.Float64()*9)-3), math.Exp(draw.Float64()*9)
			s = append(s, Segment{1 + time.Duration(draw.Int64N(int64(time.Second))), low, high})
			if draw.Int64N(2) == 0 {
				s[len(s)-1].From, s[len(s)-1].To = high, low
			}
		}
		ramps[fmt.Sprint("drawn ", i)] = s
	}
	worst := 0.0
	for name, stages := range ramps {
		law := Law{Stages: stages}
		instants := walkArrivals(t, law, Limit{})
		if want := law.Due(horizon); int64(len(instants)) != want {
			t.Errorf("%s %v: %d arrivals, want %d", name, stages, len(instants), want)
		}
		for k, at := range instants {
			off := math.Abs(float64(at - law.Span(int64(k))))
			if worst = max(worst, off); off > 90e3 {
				t.Errorf("%s %v: arrival %d at %v, want %v ± 90µs", name, stages, k, at, law.Span(int64(k)))
				break
			}
		}
	}
	t.Logf("%d ramps, at most %.1f µs off", len(ramps), worst/1e3)
}

func TestLawSpanIsTheInverseOfExpected(t *testing.T) {
	for name, law := range arrivalLaws {
		for _, count := range []int64{1, 2, 3, 499, 501, 1001, 5000, 100_000} {
			span := law.Span(count)
			if span == law.Span(math.MaxInt64) {
				continue // it never calls for so many
			}
			if e := law.Expected(span); math.Abs(e-float64(count)) > 1e-4 {
				t.Errorf("%s: Expected(Span(%d) = %v) is %v", name, count, span, e)
			}
		}
	}
	if e := (Law{PerSecond: 7.3}).Expected(10 * time.Second); e != 73 {
		t.Errorf("7.3/s: %v expected in 10 s, want 73", e)
	}
	ramp := Law{Stages: []Segment{{30 * time.Second, 0, 2000}}} // 33⅓·t² arrivals by t
	if one, all := ramp.Span(1), ramp.Span(30_000); one != 173_205_081 || all != 30*time.Second {
		t.Errorf("0..2000/s in 30 s: the first takes %v, all %v, want √(3/100) s = 173.205081ms and 30s", one, all)
	}
	if s := (Law{Stages: []Segment{{time.Second, 10, 10}}}).Span(11); s != time.Second {
		t.Errorf("the span of more than there are is %v, want the whole, 1s", s)
	}
}

func TestNewArrivalsNamesTheFault(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	stage := func(d time.Duration, from, to float64) Law { return Law{Stages: []Segment{{1, 1, 1}, {d, from, to}}} }
	for _, c := range []struct {
		law   Law
		limit Limit
		want  string
	}{
		{Law{}, Limit{}, "PerSecond (is 0)"},
		{Law{PerSecond: -5}, Limit{}, "PerSecond is -5"},
		{Law{PerSecond: nan}, Limit{}, "PerSecond is NaN"},
		{Law{PerSecond: inf}, Limit{}, "PerSecond is +Inf"},
		{Law{PerSecond: 1, BytesPerSecond: 2}, Limit{}, "BytesPerSecond (is 2)"},
		{Law{PerSecond: 1, Unpaced: true}, Limit{}, "Unpaced (is true)"},
		{Law{BytesPerSecond: -1, Size: mixedSize}, Limit{}, "BytesPerSecond is -1"},
		{Law{BytesPerSecond: nan, Size: mixedSize}, Limit{}, "BytesPerSecond is NaN"},
		{Law{BytesPerSecond: 1}, Limit{}, "Size is nil"},
		{Law{Unpaced: true, Poisson: true}, Limit{}, "Poisson is true"},
		{stage(0, 1, 1), Limit{}, "stage 2 lasts 0s"},
		{stage(-1, 1, 1), Limit{}, "stage 2 lasts -1ns"},
		{stage(horizon, 1, 1), Limit{}, "stage 2 lasts 2400h"},
		{stage(1, -3, 1), Limit{}, "stage 2 goes from -3"},
		{stage(1, 1, nan), Limit{}, "to NaN a second"},
		{stage(1, 1, inf), Limit{}, "to +Inf a second"},
		{Law{Stages: []Segment{{1, 0, 0}}}, Limit{}, "all stages have the rate 0"},
		{Law{PerSecond: 1}, Limit{Count: -1}, "Count is -1"},
		{Law{PerSecond: 1}, Limit{Until: -1}, "Until is -1ns"},
		{Law{PerSecond: 1}, Limit{Until: 101 * 24 * time.Hour}, "Until is 2424h"},
	} {
		if _, err := NewArrivals(c.law, c.limit); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: want an error with %q", fmt.Sprint(err), c.want)
		}
	}
}
