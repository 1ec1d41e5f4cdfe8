package arrivals

import (
	"fmt"
	"math"
	"runtime/debug"
	"slices"
	"testing"
	"time"

	_ "shotput/putserver/realtest/tether" // these tests end with go test
)

// arrivalLaws are one law of each kind, for the tests that must hold for all of them.
var arrivalLaws = map[string]Law{
	"uniform":      {PerSecond: 33333.3},
	"slow":         {PerSecond: 0.01},
	"poisson":      {PerSecond: 2000, Poisson: true, Seed: 7},
	"ramp":         {Stages: []Segment{{30 * time.Second, 0, 2000}, {time.Second, 2000, 0}}},
	"steps, pause": {Stages: []Segment{{time.Second, 1000, 1000}, {time.Second, 0, 0}, {10 * time.Second, 500, 500}}},
	"poisson ramp": {Stages: []Segment{{30 * time.Second, 0, 2000}}, Poisson: true, Seed: 7},
	"bytes":        {BytesPerSecond: 20 << 20, Size: mixedSize},
	"poisson bytes": {BytesPerSecond: 20 << 20, Size: func(k int64) int64 { return 1024 * (1 + k%3) }, Poisson: true,
		Seed: 7},
}

// mixedSize is 1 KiB to 64 KiB, a body of 300 MB at k = 500 (above three bursts of the limiter), and an empty one.
func mixedSize(k int64) int64 {
	switch k {
	case 500:
		return 300_000_000
	case 700:
		return 0
	}
	return 1024 << (k * 3 % 7)
}

func mustArrivals(t testing.TB, law Law, limit Limit) *Arrivals {
	t.Helper()
	a, err := NewArrivals(law, limit)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// walkArrivals gives all instants of a schedule, and fails unless they are numbered from 0, never go back, lie
// within the limit, and are followed by nothing.
func walkArrivals(t testing.TB, law Law, limit Limit) (instants []time.Duration) {
	t.Helper()
	a := mustArrivals(t, law, limit)
	for last := time.Duration(0); ; {
		k, at, ok := a.Next()
		if !ok {
			break
		}
		if k != int64(len(instants)) || at < last || limit.Until > 0 && at >= limit.Until {
			t.Fatalf("arrival %d came as %d at %v after %v, limit %+v", len(instants), k, at, last, limit)
		}
		instants, last = append(instants, at), at
	}
	if limit.Count > 0 && int64(len(instants)) > limit.Count {
		t.Fatalf("%d arrivals, limit %d", len(instants), limit.Count)
	}
	if k, at, ok := a.Next(); ok {
		t.Fatalf("arrival %d at %v after the end", k, at)
	}
	return instants
}

func TestArrivalsUniformKeepTheClosedForm(t *testing.T) {
	n := int64(10_000_000)
	if testing.Short() || underRace() {
		n /= 10
	}
	for _, perSecond := range []float64{7.3, 1000, 33333.3, 200_000} {
		t.Run(fmt.Sprint(perSecond), func(t *testing.T) {
			t.Parallel()
			a, worst := mustArrivals(t, Law{PerSecond: perSecond}, Limit{Count: n}), 0.0
			for k := range n {
				_, at, ok := a.Next()
				if !ok {
					t.Fatalf("ended after %d", k)
				}
				worst = max(worst, math.Abs(float64(at)-float64(k)/perSecond*1e9))
			}
			t.Logf("%d arrivals, at most %.3f ns off", n, worst)
			if worst > 2 {
				t.Errorf("%.3f ns off the closed form, want at most 2", worst)
			}
		})
	}
}

// underRace says whether the race detector, some ten times slower here, is compiled in.
func underRace() bool {
	info, _ := debug.ReadBuildInfo()
	return info != nil && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}

func TestArrivalsCountIsRateTimesTime(t *testing.T) {
	for _, c := range []struct {
		law   Law
		until time.Duration
		want  int
	}{
		{Law{PerSecond: 7.3}, 10 * time.Second, 73},
		{Law{PerSecond: 0.1}, 30 * time.Second, 3},
		{Law{PerSecond: 1.1}, 100_000 * time.Second, 110_000},
		{Law{PerSecond: 333.3}, 100 * time.Second, 33_330},
		{Law{PerSecond: 33333.3}, 3 * time.Second, 100_000}, // 99 999.9
		{Law{PerSecond: 2_000_000}, 100 * time.Millisecond, 200_000},
		{Law{PerSecond: 1e9 / 7}, 700 * time.Microsecond, 100_000},
		{Law{PerSecond: 0.01}, 100 * time.Hour, 3600},
		{Law{PerSecond: 1e-300}, horizon, 1},
		{Law{BytesPerSecond: 1000, Size: func(int64) int64 { return 100 }}, 7 * time.Second, 70},
		{Law{Stages: []Segment{{10 * time.Second, 7.3, 7.3}}}, 0, 73},
		{Law{Stages: []Segment{{10 * time.Second, 7.3, 7.3}}}, time.Minute, 73},
		{Law{Stages: []Segment{{30 * time.Second, 0, 2000}}}, 0, 30_000},
		{Law{Stages: []Segment{{30 * time.Second, 2000, 0}}}, 0, 30_000},
		{Law{Stages: []Segment{{30 * time.Second, 0, 2000}, {time.Minute, 2000, 2000}}}, 0, 150_000},
		{Law{Stages: []Segment{{3 * time.Second, 0, 0.7}, {time.Hour, 0, 0}, {3 * time.Second, 1.3, 0}}}, 0, 3},
	} {
		if got := len(walkArrivals(t, c.law, Limit{Until: c.until})); got != c.want {
			t.Errorf("%+v until %v: %d arrivals, want %d", c.law, c.until, got, c.want)
		}
		if got, _ := mustArrivals(t, c.law, Limit{Until: c.until}).Rest(0); got != int64(c.want) {
			t.Errorf("%+v until %v: Rest(0) is %d, want %d", c.law, c.until, got, c.want)
		}
	}
}

func TestArrivalsLimits(t *testing.T) {
	for _, c := range []struct {
		limit Limit
		want  int
	}{
		{Limit{Count: 500}, 500},
		{Limit{Until: time.Second}, 1000},
		{Limit{Count: 500, Until: time.Second}, 500},
		{Limit{Count: 5000, Until: time.Second}, 1000},
		{Limit{Count: 1, Until: 1}, 1},
	} {
		if got := len(walkArrivals(t, Law{PerSecond: 1000}, c.limit)); got != c.want {
			t.Errorf("1000/s, %+v: %d arrivals, want %d", c.limit, got, c.want)
		}
	}
	if got := walkArrivals(t, Law{Unpaced: true}, Limit{Count: 7}); len(got) != 7 || slices.Max(got) != 0 {
		t.Errorf("unpaced, 7: %v, want seven times 0", got)
	}
	a := mustArrivals(t, Law{Unpaced: true}, Limit{Until: time.Second})
	for k := range int64(100_000) {
		if got, at, ok := a.Next(); got != k || at != 0 || !ok {
			t.Fatalf("unpaced: %d, %v, %v, want %d, 0s, true: the clock is the caller's", got, at, ok, k)
		}
	}
	if n, _ := a.Rest(10); n != math.MaxInt64 {
		t.Errorf("unpaced without a count: Rest is %d, want no end", n)
	}
}

func TestArrivalsStepsAndPauses(t *testing.T) {
	law := Law{Stages: []Segment{{2 * time.Second, 0, 0}, {time.Second, 1000, 1000}, {10 * time.Second, 0, 0},
		{time.Second, 100, 100}, {time.Second, 7.3, 7.3}, {time.Hour, 0, 0}}}
	at := walkArrivals(t, law, Limit{})
	a := mustArrivals(t, law, Limit{})
	law.Stages[1].From = 1 // the caller's slice stays the caller's
	if n, _ := a.Rest(10_000); n != int64(len(at)) {
		t.Errorf("%d arrivals after the caller changed a stage, want %d", n, len(at))
	}
	for k, want := range map[int]time.Duration{0: 2 * time.Second, 1: 2001 * time.Millisecond,
		999:  2999 * time.Millisecond,
		1000: 13 * time.Second, 1001: 13010 * time.Millisecond, 1100: 14 * time.Second} {
		if at[k] != want {
			t.Errorf("arrival %d at %v, want %v", k, at[k], want)
		}
	}
	if len(at) != 1108 {
		t.Errorf("%d arrivals, want 1108: 1000 + 100 + ⌈7.3⌉", len(at))
	}
}

func TestArrivalsByteRate(t *testing.T) {
	const perSecond = 20 << 20
	instants, sum := walkArrivals(t, Law{BytesPerSecond: perSecond, Size: mixedSize}, Limit{Count: 2000}), 0.0
	if len(instants) != 2000 {
		t.Fatalf("%d arrivals, want 2000: a body above the burst must not end it", len(instants))
	}
	for k, at := range instants {
		if off := float64(at) - sum/perSecond*1e9; math.Abs(off) > 2 {
			t.Fatalf("arrival %d at %v, %.1f ns off what the bytes before it take", k, at, off)
		}
		sum += max(1, float64(mixedSize(int64(k))))
	}
}

// The gaps of Poisson arrivals, measured in the integral of the rate, are Exp(1) under every law: of 20 seeds,
// Kolmogorov-Smirnov at 5 % refuses 1 in the mean and more than 4 in 1 of 400 cases; counts lie within 4 sigma.
func TestArrivalsPoisson(t *testing.T) {
	for name, law := range map[string]Law{
		"1000/s":   {PerSecond: 1000},
		"0.01/s":   {PerSecond: 0.01},
		"100000/s": {PerSecond: 100_000},
		"ramps":    {Stages: []Segment{{10 * time.Second, 0, 3000}, {time.Minute, 3000, 100}}},
		"bytes":    {BytesPerSecond: 1 << 20, Size: func(int64) int64 { return 1000 }},
	} {
		mean := law
		if law.BytesPerSecond > 0 { // all of one size: the same as requests, and the integral is quick
			mean = Law{PerSecond: law.BytesPerSecond / float64(law.Size(0))}
		}
		refused, until := 0, mean.Span(10_000)
		for seed := range uint64(20) {
			law.Poisson, law.Seed = true, seed
			at := walkArrivals(t, law, Limit{Until: until})
			if n := float64(len(at)); math.Abs(n-10_000) > 4*math.Sqrt(10_000) {
				t.Errorf("%s, seed %d: %v arrivals, want 10000 ± 4 sigma", name, seed, n)
			}
			gaps, before := make([]float64, len(at)), 0.0
			for k := range at {
				here := mean.Expected(at[k])
				gaps[k], before = here-before, here
			}
			if distanceFromExp1(gaps) > 1.36/math.Sqrt(float64(len(gaps))) {
				refused++
			}
		}
		if refused > 4 {
			t.Errorf("%s: the gaps of %d seeds of 20 are not exponential, want at most 4", name, refused)
		}
	}
}

// distanceFromExp1 is the Kolmogorov-Smirnov statistic of the gaps, which it sorts.
func distanceFromExp1(gaps []float64) (d float64) {
	slices.Sort(gaps)
	n := float64(len(gaps))
	for i, gap := range gaps {
		f := 1 - math.Exp(-gap)
		d = max(d, f-float64(i)/n, float64(i+1)/n-f)
	}
	return d
}

func TestArrivalsSeed(t *testing.T) {
	draw := func(seed uint64) []time.Duration {
		return walkArrivals(t, Law{PerSecond: 1000, Poisson: true, Seed: seed}, Limit{Count: 1000})
	}
	if !slices.Equal(draw(1), draw(1)) {
		t.Error("same seed, two schedules")
	}
	if slices.Equal(draw(1), draw(2)) {
		t.Error("two seeds, same schedule")
	}
}

// A caller who stands still for 100 ms owes what came due meanwhile, and finds the same instants as one who did not.
func TestArrivalsOutliveAStalledCaller(t *testing.T) {
	law, limit := Law{PerSecond: 10_000}, Limit{Until: time.Second}
	a, want := mustArrivals(t, law, limit), walkArrivals(t, law, limit)
	var got []time.Duration
	var clock, late time.Duration
	for {
		_, at, ok := a.Next()
		if !ok {
			break
		}
		if clock = max(clock, at); len(got) == 3000 {
			clock += 100 * time.Millisecond
		}
		got, late = append(got, at), max(late, clock-at)
	}
	if !slices.Equal(got, want) || len(got) != 10_000 {
		t.Errorf("%d arrivals after a stall, want the same 10000 as without", len(got))
	}
	if late != 100*time.Millisecond {
		t.Errorf("the latest is %v late, want 100ms", late)
	}
}

func TestArrivalsStripesAreTheWhole(t *testing.T) {
	for name, law := range arrivalLaws {
		limit := Limit{Count: 5003, Until: law.Span(5000)}
		want := walkArrivals(t, law, limit)
		for _, n := range []int{1, 2, 3, 7} {
			whole := mustArrivals(t, law, limit)
			whole.Next() // a stripe is of the whole schedule, wherever the generator is
			seen := make([]bool, len(want))
			for i := range n {
				s := whole.Stripe(i, n)
				for k, at, ok := s.Next(); ok; k, at, ok = s.Next() {
					if k%int64(n) != int64(i) || at != want[k] || seen[k] {
						t.Fatalf("%s: stripe %d of %d gives %d at %v (seen: %v), want %v", name, i, n, k, at, seen[k],
							want[k])
					}
					seen[k] = true
				}
			}
			if slices.Contains(seen, false) {
				t.Errorf("%s: %d stripes leave out arrival %d", name, n, slices.Index(seen, false))
			}
		}
	}
}

// Rest must agree with walking: exactly when it may walk that far, and by the integral within what the law lets
// one know (4 sigma of Poisson arrivals, and sizes add to it; nothing of uniform ones). It must not disturb the
// generator.
func TestArrivalsRest(t *testing.T) {
	for name, law := range arrivalLaws {
		limit := Limit{Until: law.Span(5000)}
		want := walkArrivals(t, law, limit)
		for _, taken := range []int{0, 1, 1000, len(want) - 1, len(want)} {
			a := mustArrivals(t, law, limit)
			for range taken {
				a.Next()
			}
			left, end := int64(len(want)-taken), time.Duration(0)
			if left > 0 {
				end = want[len(want)-1]
			}
			if n, last := a.Rest(100_000); n != left || last != end {
				t.Errorf("%s after %d: Rest is %d, %v, want %d, %v", name, taken, n, last, left, end)
			}
			slack := 0.0
			if law.Poisson {
				slack = 1 + 5*math.Sqrt(float64(left))
			}
			n, last := a.Rest(10)
			if math.Abs(float64(n-left)) > slack || !law.Poisson && (last-end).Abs() > 90*time.Microsecond {
				t.Errorf("%s after %d: Rest by integral is %d, %v, want %d ± %.0f, %v", name, taken, n, last, left,
					slack, end)
			}
			if last > limit.Until {
				t.Errorf("%s after %d: Rest ends at %v, after %v", name, taken, last, limit.Until)
			}
			for k := taken; k < len(want); k++ {
				if _, at, _ := a.Next(); at != want[k] {
					t.Fatalf("%s: Rest moved arrival %d to %v, was %v", name, k, at, want[k])
				}
			}
		}
	}
}

// What is left of Poisson arrivals bounded by a count takes its mean time from the last arrival on.
func TestArrivalsRestOfACount(t *testing.T) {
	a, here := mustArrivals(t, Law{PerSecond: 1000, Poisson: true}, Limit{Count: 10_000}), time.Duration(0)
	for range 1000 {
		_, here, _ = a.Next()
	}
	n, last := a.Rest(0)
	if want := here + 9*time.Second; n != 9000 || (last-want).Abs() > time.Microsecond {
		t.Errorf("Rest is %d, %v, want 9000, %v", n, last, want)
	}
}

func TestArrivalsRestOfStripes(t *testing.T) {
	whole := mustArrivals(t, Law{PerSecond: 1000}, Limit{Count: 100_003})
	sum := int64(0)
	for i := range 7 {
		n, last := whole.Stripe(i, 7).Rest(0)
		if exact, end := whole.Stripe(i, 7).Rest(100_003); n != exact || last != end {
			t.Errorf("stripe %d: %d until %v by integral, %d until %v by walking", i, n, last, exact, end)
		}
		sum += n
	}
	if sum != 100_003 {
		t.Errorf("stripes have %d arrivals, want 100003", sum)
	}
}

func TestArrivalsNextDoesNotAllocate(t *testing.T) {
	for name, law := range arrivalLaws {
		a := mustArrivals(t, law, Limit{}).Stripe(1, 2)
		if n := testing.AllocsPerRun(1000, func() { a.Next() }); n != 0 {
			t.Errorf("%s: %v allocations per Next, want 0", name, n)
		}
	}
}

func BenchmarkArrivals(b *testing.B) {
	for _, name := range []string{"uniform", "poisson", "bytes"} {
		b.Run(name, func(b *testing.B) {
			a := mustArrivals(b, arrivalLaws[name], Limit{})
			b.ReportAllocs()
			for b.Loop() {
				a.Next()
			}
		})
	}
}
