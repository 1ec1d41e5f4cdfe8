package loadgen

import (
	"cmp"
	"context"
	"io"
	"math"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"shotput/loadgen/arrivals"
	"shotput/loadgen/request"
	"shotput/loadgen/route"
	"shotput/loadgen/token"
	"shotput/loadgen/transport"

	"shotput/stats"
)

// The reference scenarios in virtual time: the whole portable engine, from plan to verdict, runs in a bubble in
// which computing takes no time at all, over a server that is a formula. So the numbers must come out exactly,
// up to the three digits of the histogram.

// model is a server as a formula: when a request that arrives at the instant now (since the bubble's start)
// is answered, and with what. It is an http.RoundTripper.
type model struct {
	mu     sync.Mutex
	began  time.Time
	n      int
	answer func(n int, now time.Duration) (departure time.Duration, status int)
}

func (m *model) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		io.Copy(io.Discard, r.Body)
		r.Body.Close()
	}
	m.mu.Lock()
	now := time.Since(m.began)
	departure, status := m.answer(m.n, now)
	m.n++
	m.mu.Unlock()
	timer := time.NewTimer(departure - now)
	defer timer.Stop()
	select {
	case <-timer.C:
		return &http.Response{StatusCode: status, Status: http.StatusText(status), Body: http.NoBody}, nil
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
}

// after answers 200 a fixed time later.
func after(d time.Duration) func(int, time.Duration) (time.Duration, int) {
	return func(_ int, now time.Duration) (time.Duration, int) { return now + d, 200 }
}

// one is a single server, first in first out.
func one(d time.Duration) func(int, time.Duration) (time.Duration, int) {
	var free time.Duration
	return func(_ int, now time.Duration) (time.Duration, int) {
		free = max(now, free) + d
		return free, 200
	}
}

// frozen answers after d, but nothing leaves it in the first stop of every period.
func frozen(d, stop, period time.Duration) func(int, time.Duration) (time.Duration, int) {
	return func(_ int, now time.Duration) (time.Duration, int) {
		if at := now % period; at < stop {
			return now - at + stop + d, 200
		}
		return now + d, 200
	}
}

// fireVirtually runs plan against a model in a bubble.
func fireVirtually(t *testing.T, plan Plan, answer func(int, time.Duration) (time.Duration, int)) (run *stats.Run) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		run = fireModel(t, t.Context(), plan, &model{began: time.Now(), answer: answer})
	})
	wantConserved(t, run)
	return run
}

// fireModel runs plan over any RoundTripper, in the bubble of the caller, once what is left to be set was set.
func fireModel(t *testing.T, ctx context.Context, plan Plan, server http.RoundTripper, set ...func(*firing)) *stats.Run {
	t.Helper()
	if plan.Engine.Name = "http"; plan.Request.URLs == "" && len(plan.Mix) == 0 {
		plan.Request.URL = cmp.Or(plan.Request.URL, "http://model/objects/{{seq}}")
	}
	plan = plan.WithDefaults()
	if err := plan.Validate(); err != nil {
		t.Fatal(err)
	}
	f := firingOf(t, &plan)
	f.sample = idleSample
	for _, set := range set {
		set(f)
	}
	sink := new(keep)
	head := stats.Run{Schema: stats.Schema, Plan: plan.Record(), Started: f.start, Clock: "user"}
	if _, err := f.fire(ctx, &head, new(route.Traffic), modelEngine{server}, sink); err != nil {
		t.Fatal(err)
	}
	return sink.run
}

// modelEngine is the portable engine over any RoundTripper.
type modelEngine struct{ server http.RoundTripper }

func (modelEngine) exchange(context.Context, alone) *Exchange {
	panic("the model sends nothing first")
}
func (modelEngine) open(context.Context)          {}
func (modelEngine) refresh(context.Context) int64 { return 0 }
func (e modelEngine) fire(halt context.Context, f *firing) {
	firePool(halt, f, outlets{slices.Repeat([]http.RoundTripper{e.server}, len(f.mixture.all)), e.server})
}
func (modelEngine) clock() string { return "user" }
func (modelEngine) close()        {}

// keep is a Sink that keeps the whole.
type keep struct {
	run     *stats.Run
	windows int
}

func (k *keep) Start(*stats.Run)     {}
func (k *keep) Window(*stats.Window) { k.windows++ }
func (k *keep) End(r *stats.Run)     { k.run = r }

// wantConserved holds the law that nothing is lost.
func wantConserved(t *testing.T, r *stats.Run) {
	t.Helper()
	c := r.Totals
	if sum := c.OK + c.Failed + c.TimedOut + c.Aborted + c.Unsent; sum != c.Planned || c.Unsent < 0 {
		t.Errorf("planned %d, but ok %d + failed %d + timed out %d + aborted %d + unsent %d = %d",
			c.Planned, c.OK, c.Failed, c.TimedOut, c.Aborted, c.Unsent, sum)
	}
	if c.Sent != c.Planned-c.Unsent {
		t.Errorf("sent %d of %d planned with %d unsent", c.Sent, c.Planned, c.Unsent)
	}
	var statuses int64
	for _, s := range r.Status {
		statuses += s.Latency.Count()
	}
	var failures int64
	for _, f := range r.Outcomes {
		failures += f.Count
	}
	if failures != c.Failed+c.TimedOut+c.Aborted {
		t.Errorf("%d failures are listed, %d counted", failures, c.Failed+c.TimedOut+c.Aborted)
	}
	if n := r.Latency.Service.Count() + r.Latency.Failed.Count(); n != c.Sent {
		t.Errorf("%d service times for %d requests sent", n, c.Sent)
	}
	if r.Verdict.InDoubt() {
		t.Errorf("a run that was not cut says that it is in doubt: %+v", r.Verdict)
	}
	wantTemplatesConserved(t, r)
}

// wantQuantile holds a histogram against the truth, in ms.
func wantQuantile(t *testing.T, name string, h *stats.Histogram, q, ms float64) {
	t.Helper()
	got := h.Quantile(q).Seconds() * 1000
	if math.Abs(got-ms) > ms*0.002+0.001 {
		t.Errorf("%s p%g is %.3f ms, want %.3f", name, q*100, got, ms)
	}
}

// wantVerdict holds the verdict.
func wantVerdict(j judge, r *stats.Run, status string) {
	j.Helper()
	if r.Verdict.Status != status {
		j.Errorf("verdict is %s (%s), want %s", r.Verdict.Status, r.Verdict.Reason, status)
	}
}

func TestVirtualConstant(t *testing.T) {
	r := fireVirtually(t, Plan{Load: Load{Rate: arrivals.Rate{PerSecond: 500}, Concurrency: 64, Duration: 10 * time.Second}}, after(20*time.Millisecond))
	for _, q := range []float64{0, .5, .9, .99, .999, 1} {
		wantQuantile(t, "response", &r.Latency.Response, q, 20)
	}
	if r.Latency.PoolLag.Max() != 0 || r.Latency.TimerLag.Max() != 0 {
		t.Errorf("pool lag %v, timer lag %v, want none", r.Latency.PoolLag.Max(), r.Latency.TimerLag.Max())
	}
	if n := r.Totals.ConnectionsNeeded; n != 10 && n != 11 {
		t.Errorf("%d in flight at the most, want 10: 500/s for 20 ms each", n)
	}
	if r.Totals.Planned != 5000 || r.Totals.OK != 5000 {
		t.Errorf("planned %d, ok %d, want 5000", r.Totals.Planned, r.Totals.OK)
	}
	if a := r.Totals.AchievedPerSecond; math.Abs(a-500) > 1 {
		t.Errorf("achieved %.2f/s, want 500", a)
	}
	wantVerdict(t, r, stats.Kept)
}

func TestVirtualBimodal(t *testing.T) {
	r := fireVirtually(t, Plan{Load: Load{Rate: arrivals.Rate{PerSecond: 1000}, Concurrency: 100, Duration: 10 * time.Second}},
		func(n int, now time.Duration) (time.Duration, int) {
			if n%20 == 19 {
				return now + 80*time.Millisecond, 200
			}
			return now + 5*time.Millisecond, 200
		})
	for q, ms := range map[float64]float64{.5: 5, .9: 5, .94: 5, .96: 80, .99: 80, .999: 80} {
		wantQuantile(t, "response", &r.Latency.Response, q, ms)
	}
	if mean := r.Latency.Response.Mean(); mean != 8750*time.Microsecond {
		t.Errorf("mean %v, want 8.75 ms exactly", mean)
	}
}

func TestVirtualFreeze(t *testing.T) {
	plan := Plan{Load: Load{Rate: arrivals.Rate{PerSecond: 1000}, Concurrency: 1100, Duration: 10 * time.Second}}
	r := fireVirtually(t, plan, frozen(5*time.Millisecond, time.Second, 10*time.Second))
	for q, ms := range map[float64]float64{.92: 205, .95: 505, .99: 905, .999: 995, 1: 1005} {
		wantQuantile(t, "response", &r.Latency.Response, q, ms)
	}
	plan.Load.Concurrency = 100
	r = fireVirtually(t, plan, frozen(5*time.Millisecond, time.Second, 10*time.Second))
	wantQuantile(t, "service", &r.Latency.Service, .98, 5)
	if p99 := r.Latency.Response.Quantile(.99); p99 < 900*time.Millisecond || p99 > 912*time.Millisecond {
		t.Errorf("response p99 with 100 slots is %v, want about 908 ms", p99)
	}
}

func TestVirtualOverload(t *testing.T) {
	r := fireVirtually(t, Plan{Load: Load{Rate: arrivals.Rate{PerSecond: 1200}, Concurrency: 64, Requests: 12000}}, one(time.Millisecond))
	for q, ms := range map[float64]float64{.5: 1000.8, .9: 1800.8, .99: 1980.8} {
		wantQuantile(t, "response", &r.Latency.Response, q, ms)
	}
	wantQuantile(t, "service", &r.Latency.Service, .9, 64) // slots ÷ service rate
	wantVerdict(t, r, stats.ServerSaturated)
	if a := r.Totals.AchievedPerSecond; math.Abs(a-1000) > 10 {
		t.Errorf("achieved %.1f/s, want 1000", a)
	}
}

func TestVirtualPoolLimited(t *testing.T) {
	r := fireVirtually(t, Plan{Load: Load{Rate: arrivals.Rate{PerSecond: 1000}, Concurrency: 10, Requests: 10000}}, after(20*time.Millisecond))
	wantQuantile(t, "response", &r.Latency.Response, .5, 5010)
	wantQuantile(t, "response", &r.Latency.Response, .99, 9910)
	wantQuantile(t, "service", &r.Latency.Service, .5, 20)
	wantVerdict(t, r, stats.PoolLimited)
	if r.Verdict.NeededConcurrency != 26 {
		t.Errorf("needed concurrency %d, want 26", r.Verdict.NeededConcurrency)
	}
}

func TestVirtualUniformArrivalsAreNotBursty(t *testing.T) {
	t.Parallel()
	r := fireVirtually(t, Plan{Load: Load{Rate: arrivals.Rate{PerSecond: 180}, Concurrency: 64, Duration: 20 * time.Second}}, one(5*time.Millisecond))
	wantQuantile(t, "response", &r.Latency.Response, .999, 5)
	r = fireVirtually(t, Plan{Load: Load{Rate: arrivals.Rate{PerSecond: 180}, Concurrency: 200, Duration: 200 * time.Second, Poisson: true}}, one(5*time.Millisecond))
	if p99 := r.Latency.Response.Quantile(.99).Seconds() * 1000; p99 < 90 || p99 > 140 {
		t.Errorf("Poisson arrivals at ρ 0.9: p99 is %.1f ms, want about 114", p99)
	}
}

// Kleinrock's M/D/1: waits in units of the service time.
func TestVirtualQueue(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ rate, p50, p90 float64 }{{500, 0, 1.516}, {800, 1.276, 5.012}} {
		r := fireVirtually(t, Plan{Load: Load{Rate: arrivals.Rate{PerSecond: c.rate}, Concurrency: 200, Duration: 150 * time.Second, Poisson: true}}, one(time.Millisecond))
		for q, want := range map[float64]float64{.5: c.p50, .9: c.p90} {
			wait := r.Latency.Response.Quantile(q).Seconds()*1000 - 1
			if math.Abs(wait-want) > 0.05+0.06*want {
				t.Errorf("ρ %.1f: wait p%g is %.3f service times, want %.3f", c.rate/1000, q*100, wait, want)
			}
		}
	}
}

func TestVirtualClosedLoop(t *testing.T) {
	r := fireVirtually(t, Plan{Load: Load{Concurrency: 10, Duration: 5 * time.Second}}, after(20*time.Millisecond))
	if r.Totals.OK != 2500 || r.Totals.Planned != 2500 {
		t.Errorf("ok %d of %d, want 2500: 10 slots for 5 s at 20 ms", r.Totals.OK, r.Totals.Planned)
	}
	if r.Latency.Response.Count() != 0 || r.Latency.PoolLag.Count() != 0 {
		t.Error("a closed loop has no response time and no pool lag")
	}
	wantQuantile(t, "service", &r.Latency.Service, .999, 20)
	wantVerdict(t, r, stats.Kept)
}

// wantDue holds what was due in each window, those of the drain left out: there it must be nothing.
func wantDue(t *testing.T, r *stats.Run, want ...int64) {
	t.Helper()
	var got []int64
	for _, w := range r.Windows {
		if !w.Drain {
			got = append(got, w.Due)
		} else if w.Due != 0 {
			t.Errorf("%d were due while draining", w.Due)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("due in each window: %d, want %d", got, want)
	}
}

// Each window says what was asked for in it, however the rate changes and however slow the server is.
func TestVirtualDue(t *testing.T) {
	slow := after(1500 * time.Millisecond)
	r := fireVirtually(t, Plan{Load: Load{Stages: []arrivals.Segment{{Duration: 2 * time.Second, From: 0, To: 100}, {Duration: 1500 * time.Millisecond, From: 40, To: 40}}, Concurrency: 20}}, slow)
	wantDue(t, r, 25, 75, 40, 20)
	r = fireVirtually(t, Plan{Load: Load{Rate: arrivals.Rate{PerSecond: 100}, Requests: 150, Concurrency: 10}}, after(200*time.Millisecond))
	wantDue(t, r, 100, 50, 0)
	r = fireVirtually(t, Plan{Load: Load{Concurrency: 3, Duration: 2 * time.Second}}, after(20*time.Millisecond))
	wantDue(t, r, 0, 0)
}

func TestVirtualWarmup(t *testing.T) {
	slowStart := func(n int, now time.Duration) (time.Duration, int) {
		if now < 2*time.Second {
			return now + 300*time.Millisecond, 200
		}
		return now + 5*time.Millisecond, 200
	}
	for _, plan := range []Plan{
		{Load: Load{Rate: arrivals.Rate{PerSecond: 100}, Concurrency: 50, Warmup: 2 * time.Second, Duration: 3 * time.Second}},
		{Load: Load{Rate: arrivals.Rate{PerSecond: 100}, Concurrency: 50, Warmup: 2 * time.Second, Requests: 300}},
	} {
		r := fireVirtually(t, plan, slowStart)
		if r.Totals.Planned != 300 || r.Totals.OK != 300 || r.Totals.Warmup != 200 {
			t.Errorf("ok %d of %d after %d of warm-up, want 300 of 300 after 200", r.Totals.OK, r.Totals.Planned, r.Totals.Warmup)
		}
		wantDue(t, r, 100, 100, 100, 100, 100)
		if slowest := r.Latency.Response.Max(); slowest != 5*time.Millisecond {
			t.Errorf("the slowest took %v: the warm-up's requests are counted by completion", slowest)
		}
	}
}

// What a window says was done adds up to what was: a request that begins and ends as the warm-up's last window is cut is
// of the one behind it.
func TestVirtualWarmupEnds(t *testing.T) {
	for range 20 { // who is first in one instant is chance
		r := fireVirtually(t, Plan{Load: Load{Rate: arrivals.Rate{PerSecond: 100}, Concurrency: 50, Warmup: time.Second, Duration: time.Second}}, after(0))
		var warm, done int64
		for _, w := range r.Windows {
			if w.Warmup {
				warm += w.Done
			} else {
				done += w.Done
			}
		}
		if warm != r.Totals.Warmup || done != r.Totals.OK {
			t.Fatalf("windows: %d of the warm-up, %d measured; totals: %d and %d", warm, done, r.Totals.Warmup, r.Totals.OK)
		}
	}
}

// The time limit is the server's: however long it takes to make a request, the whole of it begins when it is sent.
func TestVirtualTimeLimitBeginsWhenSent(t *testing.T) {
	const limit = 100 * time.Millisecond
	slowly := func(f *firing) {
		spec := f.plan.Request
		spec.Auth.OAuth2.TokenURL = "http://token/"
		made, err := spec.Compile(request.Setting{Seed: 1, Start: f.start, Token: func() string {
			time.Sleep(limit / 2)
			return "slowly"
		}})
		if err != nil {
			t.Fatal(err)
		}
		f.mixture.all[0] = made
	}
	synctest.Test(t, func(t *testing.T) {
		plan := Plan{Load: Load{Rate: arrivals.Rate{PerSecond: 10}, Requests: 5}, Transport: transport.Spec{Timeout: limit}}
		r := fireModel(t, t.Context(), plan, &model{began: time.Now(), answer: after(time.Hour)}, slowly)
		wantConserved(t, r)
		if h := r.Latency.Failed; r.Totals.TimedOut != 5 || h.Min() != limit || h.Max() != limit {
			t.Errorf("%d of 5 timed out after %v to %v, want all after %v", r.Totals.TimedOut, h.Min(), h.Max(), limit)
		}
	})
}

// useToken lets the requests of f, which all ask by one grant, have this token.
func (f *firing) useToken(t *testing.T, value string, life time.Duration, renew token.Fetch) {
	t.Helper()
	f.tokens = tokenOf(t, &f.plan.Request.Auth.OAuth2, value, life, renew)
	m, err := newMixture(f.plan, f.start, f.tokens)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	f.mixture = m
}

// firingOf compiles a plan with its defaults applied, and makes it ready to be fired from now on.
func firingOf(t *testing.T, plan *Plan) *firing {
	t.Helper()
	m, err := newMixture(plan, time.Now(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	f, err := newFiring(plan, m, nil)
	if err != nil {
		t.Fatal(err)
	}
	return f
}
