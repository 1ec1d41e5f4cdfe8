package curve

import (
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	_ "shotput/putserver/realtest/tether" // these tests end with go test
	"shotput/stats"
	"shotput/stats/compare"
)

// openRun is a run at a rate whose requests took so long.
func openRun(rate float64, responses []time.Duration) *stats.Run {
	r := &stats.Run{Plan: stats.Plan{Method: "PUT", URL: "http://127.0.0.1:8080/{{seq}}", Model: "open", Arrivals: "poisson",
		RatePerSecond: rate, Concurrency: 50}, Verdict: stats.Verdict{Status: stats.Kept}}
	for _, d := range responses {
		r.Latency.Response.Record(d)
		r.Latency.Service.Record(min(d, time.Millisecond))
	}
	n := int64(len(responses))
	r.Totals = stats.Totals{Planned: n, Sent: n, OK: n, OfferedPerSecond: rate, AchievedPerSecond: rate, GoodputPerSecond: rate}
	return r
}

// someService is what closed runs share: their latency is not what is asked, and a histogram takes its time to make.
var someService = flat(1, time.Millisecond).Latency.Service

// closedRun is a run with so many in flight.
func closedRun(concurrency int, perSecond float64) *stats.Run {
	r := &stats.Run{Plan: stats.Plan{Method: "PUT", URL: "http://127.0.0.1:8080/{{seq}}", Model: "closed", Concurrency: concurrency},
		Verdict: stats.Verdict{Status: stats.Kept}}
	r.Latency.Service = someService
	r.Totals = stats.Totals{Planned: 1, Sent: 1, OK: 1, AchievedPerSecond: perSecond, GoodputPerSecond: perSecond}
	return r
}

// flat is a run whose latency is d throughout.
func flat(rate float64, d time.Duration) *stats.Run {
	return openRun(rate, slices.Repeat([]time.Duration{d}, 100))
}

func mustOf(t *testing.T, runs []*stats.Run) *Curve {
	t.Helper()
	c, err := Of(runs)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestPointsAreSortedAndSummedUp(t *testing.T) {
	limited := flat(200, time.Second)
	limited.Verdict = stats.Verdict{Status: stats.ClientLimited, Reason: "the CPU was at its end"}
	cut := flat(400, time.Second)
	cut.Stop = stats.StopReason{Kind: stats.BySignal, Text: "SIGINT"}
	saturated := flat(300, 90*time.Millisecond)
	saturated.Verdict = stats.Verdict{Status: stats.ServerSaturated, Reason: "90 of 100 requests due were sent in time"}
	c := mustOf(t, []*stats.Run{saturated, flat(200, 3*time.Millisecond), limited, flat(100, 2*time.Millisecond),
		flat(200, 5*time.Millisecond), cut})
	var got []string
	for _, p := range c.Points {
		got = append(got, strings.Join([]string{p.Response.P99.Upper.Round(time.Millisecond).String(), p.Verdict, p.Reason}, ","))
	}
	want := []string{"2ms,kept,", "4ms,kept,", "90ms,server_saturated,90 of 100 requests due were sent in time", "1s,kept,SIGINT"}
	if !slices.Equal(got, want) {
		t.Errorf("points %q, want %q", got, want)
	}
	if p := c.Points[1]; p.Runs != 3 || p.Counted != 2 || p.Achieved != 200 || p.Offered != 200 || !p.Response.P50.Firm {
		t.Errorf("of three runs, one of which the tool was the limit of: %+v", p)
	}
	if p := c.Points[3]; p.Counts() {
		t.Errorf("a run that was cut short counts: %+v", p)
	}
	if c.Knee.Verdict != Unjudged || c.Law != nil || len(c.Warnings) != 1 || c.Warnings[0].Code != "left-out" {
		t.Errorf("knee %+v, law %v, warnings %v", c.Knee, c.Law, c.Warnings)
	}
}

// A figure that the tool's lateness is in stands with its bounds, and one that open requests could have moved says so.
func TestFiguresSayHowFarTheyAreKnown(t *testing.T) {
	late := flat(100, 20*time.Millisecond)
	for range 100 {
		late.Latency.Floor.Record(5 * time.Millisecond)
	}
	open := flat(200, 20*time.Millisecond)
	open.Totals.Aborted = 10
	c := mustOf(t, []*stats.Run{late, open})
	if f := c.Points[0].Response.P50; f.Firm || f.Least || f.Lower.Round(time.Millisecond) != 5*time.Millisecond ||
		f.Upper.Round(time.Millisecond) != 20*time.Millisecond {
		t.Errorf("a late run: %+v", f)
	}
	if p := c.Points[1].Response; !p.P50.Firm || p.P99.Firm || !p.P99.Least || !c.Points[1].Service.P99.Least {
		t.Errorf("a run of which 10 were open at the end: %+v", p)
	}
	if len(c.Warnings) != 1 || c.Warnings[0].Code != "bounds-only" {
		t.Errorf("%v", c.Warnings)
	}
}

// Where nobody stamped the answers, service time is known as far as they may have been read late.
func TestServiceIsReadLate(t *testing.T) {
	for clock, firm := range map[string]bool{"kernel": true, "user": false} {
		r := flat(100, time.Millisecond)
		r.Clock = clock
		r.Latency.ReadLag.RecordN(400*time.Microsecond, 100)
		if f := mustOf(t, []*stats.Run{r}).Points[0].Service.P50; f.Firm != firm || f.Upper.Round(50*time.Microsecond) != time.Millisecond {
			t.Errorf("by the clock of the %s: %+v", clock, f)
		}
	}
}

func TestRunsOfUnlikePlansMakeNoCurve(t *testing.T) {
	other := flat(200, time.Millisecond)
	other.Plan.BodyBytes = 4096
	var unlike *compare.UnlikeError
	if _, err := Of([]*stats.Run{flat(100, time.Millisecond), other}); !errors.As(err, &unlike) || len(unlike.Differences) != 1 ||
		unlike.Differences[0].Field != "body_bytes" {
		t.Errorf("of unlike bodies: %v", err)
	}
	if _, err := Of([]*stats.Run{flat(100, time.Millisecond), closedRun(5, 100)}); !errors.As(err, &unlike) {
		t.Errorf("of an open and a closed loop: %v", err)
	}
	staged := flat(0, time.Millisecond)
	staged.Plan.Stages = []string{"10s@100/s"}
	if _, err := Of([]*stats.Run{staged}); err == nil {
		t.Error("a rate that changes is a point")
	}
	if _, err := Of(nil); err == nil {
		t.Error("no run makes a curve")
	}
	moreSlots := flat(200, time.Millisecond)
	moreSlots.Plan.Concurrency = 400
	if c := mustOf(t, []*stats.Run{flat(100, time.Millisecond), moreSlots}); len(c.Points) != 2 {
		t.Errorf("with more slots for a higher rate: %+v", c.Points)
	}
}

// md1 is a server that takes exactly a millisecond for each, one after the other: what each took in all, by the times at
// which the server is done with them.
func md1(gaps []float64) []time.Duration {
	const service = .001
	all := make([]time.Duration, len(gaps))
	now, free := 0.0, 0.0
	for i, gap := range gaps {
		now += gap
		free = max(now, free) + service
		all[i] = time.Duration((free - now) * 1e9)
	}
	return all
}

func exponential(rate float64, n int, seed uint64) []float64 {
	rnd := rand.New(rand.NewPCG(seed, 1))
	gaps := make([]float64, n)
	for i := range gaps {
		gaps[i] = rnd.ExpFloat64() / rate
	}
	return gaps
}

// lindley is what each waits by Lindley's recursion over the gaps, in seconds: W' = max(0, W + s − gap).
func lindley(gaps []float64) []float64 {
	const service = .001
	waits := make([]float64, len(gaps))
	for i := 1; i < len(gaps); i++ {
		waits[i] = max(0, waits[i-1]+service-gaps[i])
	}
	return waits
}

// The curve of an M/D/1 server is Lindley's recursion over the same arrivals, and its knee is where that of the formula
// is, within a step.
func TestMD1(t *testing.T) {
	loads, err := Sweep{Lo: 100, Hi: 950, Steps: 12, Seed: 3}.Points()
	if err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(5) {
		var runs []*stats.Run
		truth := map[float64][]float64{}
		for _, rate := range loads {
			gaps := exponential(rate, int(30*rate), seed) // of half a minute
			runs = append(runs, openRun(rate, md1(gaps)))
			truth[rate] = lindley(gaps)
			slices.Sort(truth[rate])
		}
		c := mustOf(t, runs)
		for _, p := range c.Points {
			waits := truth[p.Load]
			for q, got := range map[float64]Figure{.5: p.Response.P50, .9: p.Response.P90, .99: p.Response.P99} {
				rank := int(math.Floor(q*float64(len(waits))+.5)) - 1
				want := .001 + waits[rank]
				if math.Abs(got.Upper.Seconds()/want-1) > .002 || !got.Firm {
					t.Errorf("seed %d, %g/s: p%g is %+v, by the recursion %v s", seed, p.Load, 100*q, got, want)
				}
			}
		}
		known := kneeOfFormula(100, 950)
		at := slices.IndexFunc(c.Points, func(p Point) bool { return p.Load == c.Knee.Load })
		if c.Knee.Verdict != Found || c.Points[max(0, at-1)].Load > known || c.Points[min(len(c.Points)-1, at+1)].Load < known {
			t.Errorf("seed %d: knee %+v, by the formula %.0f", seed, c.Knee, known)
		}
		t.Logf("knee at %g/s by %s; of the formula at %.0f/s", c.Knee.Load, c.Knee.Metric, known)
	}
}

// lnP99 is the logarithm of the response p99 of an M/D/1 server with a service time of 1 ms, in ms. The tail of the wait
// falls as exp(−θt), λ(exp(θs)−1) = θ, from (1−ρ)/(ρ exp(θs)−1) at 0 (the asymptotics of Cramér and Lundberg).
func lnP99(rate float64) float64 {
	rho := rate / 1000
	low, high := 1e-9, 50.0 // θ, in units of 1/s
	for range 60 {
		if mid := (low + high) / 2; rho*math.Expm1(mid) < mid {
			low = mid
		} else {
			high = mid
		}
	}
	tail := (1 - rho) / (rho*math.Exp(low) - 1)
	return math.Log(1 + max(0, math.Log(tail/.01)/low))
}

// kneeOfFormula is where the curve of that is farthest from the diagonal, on logarithmic axes.
func kneeOfFormula(lo, hi float64) (load float64) {
	x := func(rate float64) float64 { return (math.Log(rate) - math.Log(lo)) / math.Log(hi/lo) }
	y := func(rate float64) float64 { return (lnP99(rate) - lnP99(lo)) / (lnP99(hi) - lnP99(lo)) }
	most := 0.0
	for rate := lo; rate <= hi; rate++ {
		if d := x(rate) - y(rate); d > most {
			most, load = d, rate
		}
	}
	return load
}

func TestKnee(t *testing.T) {
	rates := []float64{500, 743, 1100, 1640, 2440, 3620, 5380, 8000}
	latencies := func(ms ...float64) (runs []*stats.Run) {
		for i, l := range ms {
			runs = append(runs, flat(rates[i], time.Duration(l*1e6)))
		}
		return runs
	}
	shedding := latencies(1, 1, 1, 1, 1, 1, 1, 1)
	for i, rate := range rates {
		shedding[i].Totals.GoodputPerSecond = min(rate, 2500)
	}
	limited := latencies(1, 1, 1.1, 1.2, 1.4, 1500, 6000, 9000)
	for _, r := range limited[5:] {
		r.Verdict.Status = stats.ClientLimited
	}
	lateAtFirst := latencies(1, 1, 1.1, 1.3, 1.6, 2000, 7900, 16000)
	for range 2 { // of 102 the p99 is late at the lowest load, and not firm
		lateAtFirst[0].Latency.Response.Record(300 * time.Millisecond)
	}
	for range 102 {
		lateAtFirst[0].Latency.Floor.Record(time.Millisecond)
	}
	for name, c := range map[string]struct {
		runs    []*stats.Run
		verdict string
		load    float64
		metric  string
	}{
		"capacity within the range":          {latencies(1, 1, 1.1, 1.3, 1.6, 2000, 7900, 16000), Found, 2440, "response.p99"},
		"noise before it":                    {latencies(1.2, 1, 1.15, 1.05, 1.6, 2000, 7900, 16000), Found, 2440, "response.p99"},
		"one percentile that is only bounds": {lateAtFirst, Found, 2440, "response.p90"},
		"a server that refuses the rest":     {shedding, Found, 2440, "goodput"},
		"flat":                               {latencies(1, 1, 1, 1, 1, 1, 1, 1), None, 0, ""},
		"noise and nothing else":             {latencies(1, 1.1, .95, 1.05, 1, 1.1, .97, 1.2), None, 0, ""},
		"as much slower as there is more":    {latencies(1, 1.5, 2.2, 3.3, 4.9, 7.2, 10.7, 16), None, 0, ""},
		"the tool was the limit":             {limited, None, 0, ""},
		"four points":                        {latencies(1, 1, 100, 1000), Unjudged, 0, ""},
	} {
		got := mustOf(t, c.runs).Knee
		if got.Verdict != c.verdict || got.Load != c.load || got.Metric != c.metric || (got.Reason == "") != (c.verdict == Found) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// A sweep on an unsteady machine: the knee is found within two steps, and none where latency is flat.
func TestKneeInNoise(t *testing.T) {
	const points, seeds = 12, 500
	load, step := make([]float64, points), math.Log(9.5)/(points-1)
	for i := range load {
		load[i] = math.Log(100) + float64(i)*step
	}
	known, near, alarms := math.Log(kneeOfFormula(100, 950)), 0, 0
	for seed := range uint64(seeds) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		queue, level := make([]float64, points), make([]float64, points)
		for i, l := range load {
			queue[i], level[i] = lnP99(math.Exp(l))+.1*rnd.NormFloat64(), .2*rnd.NormFloat64()
		}
		if i, found := kneeOfLatency(load, queue); found && math.Abs(load[i]-known) <= 2*step {
			near++
		}
		if _, found := kneeOfLatency(load, level); found {
			alarms++
		}
	}
	t.Logf("with 10 %% of noise within two steps in %d of %d; with 20 %% on a flat line %d knees", near, seeds, alarms)
	if near < seeds*95/100 || alarms > seeds*2/100 {
		t.Errorf("with 10 %% of noise within two steps in %d of %d; with 20 %% on a flat line %d knees", near, seeds, alarms)
	}
}

func TestKneeOfConcurrency(t *testing.T) {
	sweep := func(of func(n float64) float64) []*stats.Run {
		var runs []*stats.Run
		for _, n := range []int{1, 2, 4, 8, 16, 32, 64} {
			runs = append(runs, closedRun(n, of(float64(n))))
		}
		return runs
	}
	if k := mustOf(t, sweep(func(n float64) float64 { return min(n, 8) * 100 })).Knee; k.Verdict != Found || k.Load != 8 {
		t.Errorf("of eight servers: %+v", k)
	}
	if k := mustOf(t, sweep(func(n float64) float64 { return n * 100 })).Knee; k.Verdict != None {
		t.Errorf("of servers without end: %+v", k)
	}
}

func TestCurveSurvivesJSON(t *testing.T) {
	var runs []*stats.Run
	for _, n := range []int{1, 2, 4, 8, 16, 32} {
		runs = append(runs, closedRun(n, usl(float64(n), 1000, .05, .002)))
	}
	runs = append(runs, closedRun(64, 0))
	runs[6].Totals.OK, runs[6].Latency.Service = 0, stats.Histogram{}
	c := mustOf(t, runs)
	b, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	var back Curve
	if err := json.Unmarshal(b, &back); err != nil || !reflect.DeepEqual(*c, back) {
		t.Errorf("%v: %+v\nbecame %+v", err, *c, back)
	}
}

// A load at which nothing succeeded is none that the tool was the limit of, and the knee does not go by it.
func TestPointsWhereNothingSucceeded(t *testing.T) {
	failed, ended, idle := flat(100, time.Millisecond), closedRun(4, 0), flat(400, time.Millisecond)
	failed.Totals.OK, failed.Totals.Failed, failed.Totals.GoodputPerSecond = 0, 100, 0
	c := mustOf(t, []*stats.Run{failed, flat(200, time.Millisecond)})
	if !c.Points[0].Failed() || c.Points[1].Failed() || len(c.Warnings) != 1 || c.Warnings[0].Code != "failed" {
		t.Errorf("%+v, %v", c.Points, c.Warnings)
	}
	ended.Totals, ended.Verdict.Status = stats.Totals{}, stats.NothingMeasured
	ended.Stop = stats.StopReason{Kind: stats.ByFailure, Text: "the first 100 answers were all the same failure"}
	if c := mustOf(t, []*stats.Run{ended}); !c.Points[0].Failed() {
		t.Errorf("%+v, %v", c.Points, c.Warnings)
	}
	idle.Totals, idle.Verdict.Status = stats.Totals{}, stats.ClientLimited
	if c := mustOf(t, []*stats.Run{idle}); c.Points[0].Failed() || c.Warnings[0].Code != "left-out" {
		t.Errorf("%+v, %v", c.Points, c.Warnings)
	}
}
