package trend

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"shotput/stats"
	"shotput/stats/compare"
)

var firstNight = time.Date(2026, 9, 1, 3, 0, 0, 0, time.UTC)

// A night is one saved run to be made: the response time of all of its requests, and how many of a thousand failed.
type night struct {
	response time.Duration
	failed   int64
}

// save makes the run of a night.
func (n night) save(number int) Run {
	r := &stats.Run{Started: firstNight.AddDate(0, 0, number), Clock: "kernel", Plan: stats.Plan{Method: "PUT",
		URL: "http://127.0.0.1:8080/{{seq}}", Model: "open", RatePerSecond: 100, Expect: "2xx"}, Verdict: stats.Verdict{Status: stats.Kept}}
	for range 20 {
		r.Latency.Response.Record(n.response)
		r.Latency.Service.Record(n.response / 2)
	}
	r.Totals = stats.Totals{Planned: 1000, Sent: 1000, OK: 1000 - n.failed, Failed: n.failed, AchievedPerSecond: 100}
	return Run{Round: compare.Round{Run: r, File: fmt.Sprintf("night-%02d.json", number), Number: 1}}
}

// nights makes n runs, of which those from step on are a tenth slower.
func nights(n, step int) (all []Run) {
	rnd := rand.New(rand.NewPCG(9, 9))
	for i := range n {
		response := 5e6 * math.Exp(.01*rnd.NormFloat64())
		if i >= step {
			response *= 1.1
		}
		all = append(all, night{response: time.Duration(response)}.save(i))
	}
	return all
}

func mustOf(t *testing.T, runs []Run) *Trend {
	t.Helper()
	trend, err := Of(runs, "", 1)
	if err != nil {
		t.Fatal(err)
	}
	return trend
}

func (g *Group) named(t *testing.T, metric string) *Series {
	t.Helper()
	for i := range g.Series {
		if g.Series[i].Metric == metric {
			return &g.Series[i]
		}
	}
	t.Fatalf("no series %s", metric)
	return nil
}

// Runs come in any order; the line is by time, with a band, and the change where it is.
func TestTrendOfNights(t *testing.T) {
	runs := nights(40, 25)
	rand.New(rand.NewPCG(1, 1)).Shuffle(len(runs), func(i, j int) { runs[i], runs[j] = runs[j], runs[i] })
	trend := mustOf(t, runs)
	g := &trend.Groups[0]
	if len(trend.Groups) != 1 || len(g.Places) != 40 || g.Places[25].Runs[0].File != "night-25.json" || len(g.Series) != 4 {
		t.Fatalf("%d groups, %d places, %d series", len(trend.Groups), len(g.Places), len(g.Series))
	}
	for _, metric := range []string{"response.p50", "response.p99"} {
		s := g.named(t, metric)
		if s.Verdict != Changed || len(s.Changes) != 1 {
			t.Fatalf("%s: %s, %+v", metric, s.Verdict, s.Changes)
		}
		c := s.Changes[0]
		if c.Kind != Step || c.From != 24 || c.To != 25 || !c.Worse || math.Abs(c.Change-.1) > .01 || c.P > .01 ||
			math.Abs(c.Before/5e6-1) > .01 || math.Abs(c.After/5.5e6-1) > .01 {
			t.Errorf("%s: %+v", metric, c)
		}
		if math.Abs(s.Noise-.01) > .004 {
			t.Errorf("%s: noise %v", metric, s.Noise)
		}
		within := 0
		for i, p := range s.Points {
			if p.Place != i || !p.Firm || p.Low >= p.Line || p.Line >= p.High || math.Abs(p.Line/p.Value-1) > .04 {
				t.Errorf("%s: %+v", metric, p)
			}
			if p.Low <= p.Value && p.Value <= p.High {
				within++
			}
		}
		if within < 36 {
			t.Errorf("%s: %d of 40 within the band", metric, within)
		}
	}
	for _, metric := range []string{"rate", "error_rate"} {
		if s := g.named(t, metric); s.Verdict != Steady || len(s.Changes) > 0 || s.Noise != 0 {
			t.Errorf("%s: %+v", metric, s)
		}
	}
}

// An error rate, mostly 0, is judged by differences, and a rate that falls is worse.
func TestErrorsAndRates(t *testing.T) {
	runs := nights(40, 40)
	for i, r := range runs {
		if i >= 18 {
			r.Totals.Failed, r.Totals.OK = 10+int64(i%3), 990-int64(i%3)
			r.Totals.AchievedPerSecond = 90 + float64(i%4)/10
		}
	}
	runs[7].Totals.Failed = 300 // once
	g := &mustOf(t, runs).Groups[0]
	if s := g.named(t, "error_rate"); len(s.Changes) != 1 || s.Changes[0].To != 18 || !s.Changes[0].Worse || math.Abs(s.Changes[0].Change-.011) > .001 {
		t.Errorf("error rate: %+v", s.Changes)
	}
	if s := g.named(t, "rate"); len(s.Changes) != 1 || s.Changes[0].To != 18 || !s.Changes[0].Worse || math.Abs(s.Changes[0].Change+.098) > .005 {
		t.Errorf("rate: %+v", s.Changes)
	}
	for _, p := range g.named(t, "error_rate").Points {
		if p.Low < 0 {
			t.Errorf("a band of less than no errors: %+v", p)
		}
	}
}

func TestFewRunsAreNotJudged(t *testing.T) {
	for _, n := range []int{1, LeastRuns - 1} {
		for _, s := range mustOf(t, nights(n, n/2)).Groups[0].Series {
			if s.Verdict != Unjudged || !strings.Contains(s.Reason, "takes 12") || len(s.Points) != n || len(s.Changes) > 0 || s.Points[0].Line != 0 {
				t.Errorf("of %d runs: %+v", n, s)
			}
		}
	}
	if s := mustOf(t, nights(LeastRuns, LeastRuns/2)).Groups[0].Series[0]; s.Verdict != Changed || s.Changes[0].To != LeastRuns/2 {
		t.Errorf("of %d runs: %+v", LeastRuns, s)
	}
	if _, err := Of(nil, "", 1); err == nil {
		t.Error("no run makes a trend")
	}
}

// Runs of unlike plans are on lines of their own, and what they differ in is said; the newest plan comes first. Of a
// server elsewhere the plan is the same.
func TestUnlikePlansAreApart(t *testing.T) {
	runs := nights(20, 20)
	for i := range 8 {
		runs[i].Plan.RatePerSecond, runs[i].Plan.Headers = 200, []string{"X: 1"}
	}
	runs[12].Plan.URL, runs[12].Plan.Seed = "http://10.0.0.1/{{seq}}", 7
	trend := mustOf(t, runs)
	if len(trend.Groups) != 2 || len(trend.Groups[0].Places) != 12 || len(trend.Groups[1].Places) != 8 || len(trend.Groups[0].Unlike) != 0 {
		t.Fatalf("%+v", trend.Groups)
	}
	want := []Difference{{"headers", "none", "X: 1"}, {"rate_per_second", "100", "200"}}
	if got := trend.Groups[1].Unlike; !slices.Equal(got, want) {
		t.Errorf("they differ in %v, want %v", got, want)
	}
}

// Runs in which the tool was the limit, or that were cut short, are in no place, and named.
func TestRunsAreLeftOut(t *testing.T) {
	runs := nights(30, 30)
	runs[3].Verdict = stats.Verdict{Status: stats.ClientLimited, Reason: "the CPU was at its end"}
	runs[9].Stop = stats.StopReason{Kind: stats.BySignal, Text: "SIGINT"}
	runs[11].Verdict.Status = stats.ServerSaturated
	runs[12].Tool.CPUs = 8
	g := &mustOf(t, runs).Groups[0]
	if len(g.Places) != 28 || len(g.Excluded) != 2 || g.Excluded[0].File != "night-03.json" || !g.Excluded[0].Machine ||
		!strings.Contains(g.Excluded[1].Why, "SIGINT") {
		t.Errorf("%d places, left out %+v", len(g.Places), g.Excluded)
	}
	if len(g.Warnings) != 2 || g.Warnings[0].Code != "other-tool" || g.Warnings[1].Code != "not-kept" {
		t.Errorf("%+v", g.Warnings)
	}
}

// Runs of one label are one place, whose value is their median, where the first of them was made.
func TestLabelsArePlaces(t *testing.T) {
	runs := nights(36, 18)
	for i := range runs {
		runs[i].Label = fmt.Sprintf("commit-%02d", i/3)
	}
	again := night{response: 20 * time.Millisecond}.save(50) // of the first commit, once more, on a bad day
	again.Label = "commit-00"
	trend, err := Of(append(runs, again), "commit", 1)
	if err != nil {
		t.Fatal(err)
	}
	g := &trend.Groups[0]
	if trend.By != "commit" || len(g.Places) != 12 || g.Places[0].Label != "commit-00" || len(g.Places[0].Runs) != 4 {
		t.Fatalf("%+v", g.Places)
	}
	s := g.named(t, "response.p50")
	if math.Abs(s.Points[0].Value/5e6-1) > .02 || len(s.Changes) != 1 || s.Changes[0].To != 6 {
		t.Errorf("%+v", s)
	}
}

// What is known within bounds alone stands on no line; where too little is firm, service time is judged, if the
// kernel stamped it.
func TestBoundsAreNotJudged(t *testing.T) {
	late := func(runs []Run) {
		for _, r := range runs {
			for range 20 {
				r.Latency.Floor.Record(time.Millisecond)
			}
		}
	}
	runs := nights(40, 25)
	late(runs[:5])
	g := &mustOf(t, runs).Groups[0]
	s := g.named(t, "response.p99")
	if p := s.Points[2]; p.Firm || p.Lower >= p.Value || p.Line != 0 || len(s.Changes) != 1 || s.Changes[0].To != 25 || s.Changes[0].From != 24 {
		t.Errorf("%+v, %+v", p, s.Changes)
	}
	late(runs[5:30])
	g = &mustOf(t, runs).Groups[0]
	if s := g.named(t, "service.p99"); s.Verdict != Changed || !strings.Contains(s.Reason, "in place of response.p99, of which 10 values are firm") {
		t.Errorf("%+v", s)
	}
	for _, r := range runs {
		r.Clock = "user"
	}
	g = &mustOf(t, runs).Groups[0]
	if s := g.named(t, "response.p99"); s.Verdict != Unjudged || s.Reason != "10 of 40 values are firm; a judgement takes 12" {
		t.Errorf("%+v", s)
	}
	runs = nights(14, 14)
	for _, r := range runs[:4] {
		r.Totals.Aborted = 10
	}
	if s := mustOf(t, runs).Groups[0].named(t, "response.p99"); s.Verdict != Unjudged || !s.Points[0].Least || s.Points[0].Firm || s.Points[5].Least {
		t.Errorf("%+v", s)
	}
}

func TestClosedLoops(t *testing.T) {
	runs := nights(20, 10)
	for _, r := range runs {
		r.Plan.Model, r.Plan.RatePerSecond, r.Latency.Response = "closed", 0, stats.Histogram{}
	}
	g := &mustOf(t, runs).Groups[0]
	if s := g.named(t, "service.p50"); len(s.Changes) != 1 || s.Changes[0].To != 10 {
		t.Errorf("%+v", s)
	}
}

func TestOldestAreLeftOut(t *testing.T) {
	one := nights(1, 1)[0]
	var runs []Run
	for i := range longest + 5 {
		r := *one.Run
		r.Started = firstNight.Add(time.Duration(i) * time.Hour)
		runs = append(runs, Run{Round: compare.Round{Run: &r, File: fmt.Sprint(i), Number: 1}})
	}
	g := &mustOf(t, runs).Groups[0]
	if len(g.Places) != longest || g.Places[0].Runs[0].File != "5" || g.Warnings[0].Code != "oldest-left-out" {
		t.Errorf("%d places from %s, %v", len(g.Places), g.Places[0].Runs[0].File, g.Warnings)
	}
}

func TestTrendSurvivesJSON(t *testing.T) {
	trend := mustOf(t, nights(20, 10))
	b, err := json.Marshal(trend)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(b), "null") {
		t.Errorf("a list is null: %s", b)
	}
	var back Trend
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	for i := range trend.Groups[0].Places {
		trend.Groups[0].Places[i].runs = nil // not saved
	}
	if !reflect.DeepEqual(*trend, back) {
		t.Errorf("%+v\nbecame %+v", *trend, back)
	}
}
