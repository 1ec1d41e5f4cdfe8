package putserver

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// stays gives how long requests with these arrivals stay in a line, sorted.
func stays(l *line, arrivals []time.Duration) []time.Duration {
	d := make([]time.Duration, len(arrivals))
	for i, at := range arrivals {
		d[i] = l.admit(at) - at
	}
	slices.Sort(d)
	return d
}

// every gives n arrivals at a uniform rate per second.
func every(n int, rate float64) []time.Duration {
	at := make([]time.Duration, n)
	for k := range at {
		at[k] = time.Duration(float64(k) * 1e9 / rate)
	}
	return at
}

func TestOverloadedServer(t *testing.T) {
	d := stays(newLine(Constant(ms), 1), every(12_000, 1200))
	// Request k waits for k·(1 ms − 1/1200 s).
	for p, want := range map[float64]float64{.5: 1000.8, .9: 1800.8, .99: 1980.8} {
		wantQuantile(t, d, p, time.Duration(want*1e6), 100*time.Microsecond)
	}
}

func TestLineWithRoom(t *testing.T) {
	d := stays(newLine(Constant(5*ms), 1), every(1800, 180))
	if d[0] != 5*ms || d[1799] != 5*ms {
		t.Errorf("least %v, greatest %v, want 5ms: uniform arrivals at 90 %% of capacity never wait", d[0], d[1799])
	}
}

func TestTenServers(t *testing.T) {
	d := stays(newLine(Constant(20*ms), 10), every(10_000, 1000)) // capacity is 500/s
	wantQuantile(t, d, .5, 5010*ms, 11*ms)
	wantQuantile(t, d, .99, 9910*ms, 11*ms)
}

func TestServersFirstInFirstOut(t *testing.T) {
	times := []time.Duration{50 * ms, 10 * ms, 10 * ms, 10 * ms, 10 * ms}
	l := newLine(func(k int64, start time.Duration) time.Duration { return start + times[k] }, 2)
	var got []time.Duration
	for range times {
		got = append(got, l.admit(0))
	}
	// One server is taken for 50 ms; the other serves all that come after, one by one.
	if want := []time.Duration{50 * ms, 10 * ms, 20 * ms, 30 * ms, 40 * ms}; !slices.Equal(got, want) {
		t.Errorf("departures %v, want %v", got, want)
	}
}

// The heap of servers must choose as a search through all of them would.
func TestOccupyKeepsTheEarliestFirst(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	free, all := make([]time.Duration, 13), make([]time.Duration, 13)
	for range 10_000 {
		until := free[0] + time.Duration(random.IntN(100))
		occupy(free, until)
		all[0] = until
		slices.Sort(all)
		if free[0] != all[0] {
			t.Fatalf("the first free is %v, want %v", free[0], all[0])
		}
	}
}

// Poisson arrivals at one server of constant time s: the waits of M/D/1, in units of s.
func TestMD1(t *testing.T) {
	const s = 1_000_000 * time.Nanosecond
	for _, c := range []struct{ rho, p50, p90 float64 }{{.5, 0, 1.516}, {.8, 1.276, 5.012}} {
		random := rand.New(rand.NewPCG(3, 4))
		arrivals := make([]time.Duration, 300_000)
		var at float64
		for i := range arrivals {
			arrivals[i] = time.Duration(at)
			at += random.ExpFloat64() * float64(s) / c.rho
		}
		d := stays(newLine(Constant(s), 1), arrivals)
		wantQuantile(t, d, .5, s+time.Duration(c.p50*float64(s)), s*3/100)
		wantQuantile(t, d, .9, s+time.Duration(c.p90*float64(s)), time.Duration(c.p90*float64(s))*3/100)
	}
}

func TestBucket(t *testing.T) {
	b := newBucket(10, 3)
	for _, c := range []struct {
		at    time.Duration
		ok    bool
		retry time.Duration
	}{
		{0, true, 0}, {0, true, 0}, {0, true, 0}, // the burst
		{0, false, 100 * ms},
		{50 * ms, false, 50 * ms},
		{100 * ms, true, 0},
		{90 * ms, false, 100 * ms}, // an instant out of order gains nothing
		{200 * ms, true, 0},
		{time.Hour, true, 0}, {time.Hour, true, 0}, {time.Hour, true, 0}, // never more than the burst
		{time.Hour, false, 100 * ms},
	} {
		ok, retry := b.take(c.at)
		if ok != c.ok || (retry-c.retry).Abs() > time.Microsecond {
			t.Errorf("at %v: %v, retry in %v, want %v, %v", c.at, ok, retry, c.ok, c.retry)
		}
	}
}

func TestBucketHoldsItsRate(t *testing.T) {
	for _, rate := range []float64{7.3, 1000, 33_333.3} {
		b := newBucket(rate, 1)
		through := 0
		for _, at := range every(int(20*rate), 2*rate) { // twice the rate, for 10 s
			if ok, _ := b.take(at); ok {
				through++
			}
		}
		if want := 10 * rate; float64(through) < want-1 || float64(through) > want+1 {
			t.Errorf("rate %v: %d let through in 10 s, want %v", rate, through, want)
		}
		full := newBucket(rate, 1)
		for i, at := range every(int(10*rate), rate) {
			if ok, _ := full.take(at); !ok {
				t.Fatalf("rate %v: request %d at exactly the rate is refused", rate, i)
			}
		}
	}
}

func TestDecisionsAllocateNothing(t *testing.T) {
	l, b, f := newLine(Constant(ms), 100), newBucket(1000, 10), newFaults(.01, .01, .01)
	var at time.Duration
	n := testing.AllocsPerRun(1000, func() {
		at += ms
		l.admit(at)
		b.take(at)
		f.next()
	})
	if n != 0 {
		t.Errorf("%v allocations a request, want 0", n)
	}
}
