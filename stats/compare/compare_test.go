package compare

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"shotput/stats"
)

const ms = time.Millisecond

var openPlan = stats.Plan{Method: "PUT", Engine: "wire", Model: "open", RatePerSecond: 1000, Arrivals: "uniform",
	Concurrency: 64, Duration: 10 * time.Second, Timeout: time.Second}

func TestHolm(t *testing.T) {
	got := holm([]float64{.04, .01, .03, .9})
	for i, want := range []float64{.09, .04, .09, .9} { // .01·4, .03·3, then .04·2 is not less than that
		if math.Abs(got[i]-want) > 1e-12 {
			t.Errorf("holm gave %v", got)
		}
	}
}

// The rule, by its edges.
func TestRule(t *testing.T) {
	s := latencyMeasure(nil, nil)
	ln := math.Log
	for _, c := range []struct {
		f    corrected
		want string
	}{
		{corrected{finding{estimate: ln(1.051), low: .01, high: .2}, .04, 1}, Regression},
		{corrected{finding{estimate: ln(1.049), low: .01, high: .2}, .04, 1}, Inconclusive},
		{corrected{finding{estimate: ln(1.051), low: .01, high: .2}, .06, 1}, Inconclusive},
		{corrected{finding{estimate: ln(1.049), low: .01, high: ln(1.099)}, .04, 1}, Pass},
		{corrected{finding{estimate: 0, low: -.01, high: ln(1.101)}, 1, 1}, Inconclusive},
		{corrected{finding{estimate: -ln(1.051), low: -.1, high: -.01}, 1, .04}, Improvement},
		{corrected{finding{estimate: -ln(1.051), low: -.1, high: .01}, 1, .06}, Pass},
		{corrected{finding{estimate: -ln(1.2), low: -.9, high: ln(1.5)}, 1, .06}, Inconclusive},
	} {
		var got Change
		if s.rule(&got, c.f, c.f); got.Verdict != c.want {
			t.Errorf("%+v is %s, want %s", c.f, got.Verdict, c.want)
		}
	}
}

// rounds makes so many rounds of a plan, a minute apart, that differ by a hair, by a factor slower.
func rounds(file string, n int, slower float64) (all []Round) {
	for i := range n {
		r := &stats.Run{Tool: stats.Tool{Version: "1"}, Plan: openPlan, Verdict: stats.Verdict{Status: stats.Kept}, Clock: "kernel",
			Started: time.Date(2026, 1, 2, 3, 2*i, 0, 0, time.UTC)}
		if file != "a" { // another run
			r.Started = r.Started.Add(time.Millisecond)
		}
		for k := range 1000 {
			d := time.Duration(slower * float64(5*ms+time.Duration(k+i)*time.Microsecond))
			r.Latency.Service.Record(d)
			r.Latency.Response.Record(d + time.Duration(i)*time.Microsecond)
		}
		r.Totals = stats.Totals{Planned: 1000, Sent: 1000, OK: 1000, AchievedPerSecond: 1000 / slower}
		all = append(all, Round{r, file, i + 1})
	}
	return all
}

// later moves rounds half a minute, so that they stand between the others.
func later(rounds []Round, by time.Duration) []Round {
	for i := range rounds {
		rounds[i].Started = rounds[i].Started.Add(by)
	}
	return rounds
}

func mustCompare(t *testing.T, base, new []Round, paired bool) *Comparison {
	t.Helper()
	c, err := Judge(base, new, paired)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCompareVerdicts(t *testing.T) {
	for _, c := range []struct {
		what   string
		slower float64
		rounds int
		want   string
	}{
		{"slower", 1.12, 10, Regression}, {"equal", 1, 10, Pass}, {"faster", .8, 10, Pass}, {"one round", 1.5, 1, Unjudged},
		{"three rounds", 1.5, 3, Unjudged}, {"four rounds cannot show it of four metrics", 1.5, 4, Inconclusive},
	} {
		got := mustCompare(t, rounds("a", c.rounds, 1), rounds("b", c.rounds, c.slower), false)
		if got.Verdict != c.want {
			t.Errorf("%s: %s, want %s: %+v", c.what, got.Verdict, c.want, got.Metrics)
		}
		if want := c.want == Unjudged || c.want == Inconclusive; want != (len(got.Warnings) > 0) {
			t.Errorf("%s: the warnings are %v", c.what, got.Warnings)
		}
	}
}

// A slower server has its change in every metric, by name, with bounds around it.
func TestCompareSays(t *testing.T) {
	c := mustCompare(t, rounds("a", 10, 1), rounds("b", 10, 1.12), false)
	var names []string
	for _, m := range c.Metrics {
		names = append(names, m.Metric)
		if m.Metric == "error_rate" {
			if m.Verdict != Pass || m.Evidence != nil || !m.Absolute {
				t.Errorf("no errors anywhere: %+v", m)
			}
			continue
		}
		if m.Verdict != Regression || math.Abs(m.Change-.12) > .005 || m.Evidence.Low > m.Change || m.Evidence.High < m.Change {
			t.Errorf("%s: %+v, %+v", m.Metric, m, m.Evidence)
		}
		if m.Evidence.Holm < m.Evidence.P || m.Evidence.Holm > 4*m.Evidence.P*1.0001 {
			t.Errorf("%s: p %v, corrected %v", m.Metric, m.Evidence.P, m.Evidence.Holm)
		}
	}
	if want := []string{"response.p50", "response.p99", "service.p50", "service.p99", "error_rate"}; !slices.Equal(names, want) {
		t.Errorf("the metrics are %v, want %v", names, want)
	}
}

// In a closed loop a rate that falls is worse, and there is no response time.
func TestCompareClosedLoop(t *testing.T) {
	closed := func(all []Round) []Round {
		for i := range all {
			all[i].Plan.Model = "closed"
			all[i].Totals.AchievedPerSecond += float64(i) / 100
		}
		return all
	}
	c := mustCompare(t, closed(rounds("a", 10, 1)), closed(rounds("b", 10, 1.25)), false)
	i := slices.IndexFunc(c.Metrics, func(m Change) bool { return m.Metric == "rate" })
	if i < 0 || len(c.Metrics) != 4 || c.Metrics[i].Verdict != Regression || math.Abs(c.Metrics[i].Change+.2) > .001 {
		t.Fatalf("%+v", c.Metrics)
	}
	if e := c.Metrics[i].Evidence; e.Low > -.2 || e.High < -.2 {
		t.Errorf("bounds of %+v", e)
	}
}

// An error rate is compared by difference: of none to some there is no ratio.
func TestCompareErrors(t *testing.T) {
	failing := rounds("b", 10, 1)
	for i := range failing {
		failing[i].Totals.Failed = int64(2 + i%3)
	}
	c := mustCompare(t, rounds("a", 10, 1), failing, false)
	if m := c.Metrics[len(c.Metrics)-1]; m.Verdict != Regression || c.Verdict != Regression || math.Abs(m.Change-.003) > 1e-9 {
		t.Errorf("%+v", m)
	}
}

// Rounds of the tool's own making, and those cut short, are left out and named; in pairs with their partners.
func TestCompareLeavesOut(t *testing.T) {
	spoil := func(all []Round) []Round {
		all[2].Verdict = stats.Verdict{Status: stats.ClientLimited, Reason: "timer lag"}
		all[4].Stop = stats.StopReason{Kind: stats.BySignal, Text: "interrupted"}
		return all
	}
	c := mustCompare(t, spoil(rounds("a", 10, 1)), rounds("b", 10, 1), false)
	if c.Base.Judged != 8 || c.New.Judged != 10 || len(c.Base.Excluded) != 2 || c.Base.Excluded[0].Round != 3 ||
		!strings.Contains(c.Base.Excluded[0].Why, "timer lag") || len(c.Warnings) != 2 {
		t.Errorf("%+v, %+v, %v", c.Base, c.New, c.Warnings)
	}
	c = mustCompare(t, spoil(rounds("a", 10, 1)), later(rounds("b", 10, 1), time.Minute), true)
	if c.Base.Judged != 8 || c.New.Judged != 8 || c.Test != SignedRank {
		t.Errorf("in pairs: %+v, %+v", c.Base, c.New)
	}
	c = mustCompare(t, rounds("a", 10, 1), later(spoil(rounds("b", 10, 1)), time.Minute), true)
	if c.Base.Judged != 8 || c.New.Judged != 8 || len(c.Base.Excluded) != 0 || len(c.New.Excluded) != 2 {
		t.Errorf("in pairs, the other side: %+v, %+v", c.Base, c.New)
	}
	all := rounds("a", 10, 1)
	for i := range all {
		all[i].Verdict.Status = stats.ClientLimited
	}
	if c := mustCompare(t, all, rounds("b", 10, 1), false); c.Verdict != Unjudged || c.MorePairs() != 0 {
		t.Errorf("nothing is left: %s", c.Verdict)
	}
}

// A round in which nothing succeeded has no latency, and its errors count.
func TestCompareMissing(t *testing.T) {
	dead := rounds("b", 10, 1)
	for i := range dead {
		dead[i].Latency = stats.Latency{}
		dead[i].Totals.OK, dead[i].Totals.Failed = 0, 1000
	}
	c := mustCompare(t, rounds("a", 10, 1), dead, false)
	if c.Verdict != Regression || c.Metrics[0].Verdict != Inconclusive || c.Metrics[0].Missing != 10 {
		t.Errorf("%s: %+v", c.Verdict, c.Metrics)
	}
}

func TestPairsAreMadeInTurn(t *testing.T) {
	apart := func(n int, by time.Duration) error {
		_, err := Judge(rounds("a", n, 1), later(rounds("b", n, 1), by), true)
		return err
	}
	if err := apart(10, time.Minute); err != nil {
		t.Error(err)
	}
	if err := apart(4, time.Minute); err == nil || !strings.Contains(err.Error(), "at least 5") {
		t.Errorf("four pairs: %v", err)
	}
	if err := apart(10, time.Hour); err == nil || !strings.Contains(err.Error(), "not made in turn") {
		t.Errorf("two groups: %v", err)
	}
	// AB BA AB …: who is first changes, and so does the order in a file.
	base, new := rounds("a", 10, 1), later(rounds("b", 10, 1.12), time.Minute)
	new[1].Started = base[1].Started.Add(-time.Second)
	slices.Reverse(base)
	if c := mustCompare(t, base, new, true); c.Verdict != Regression {
		t.Errorf("in pairs, 12 %% slower is %s", c.Verdict)
	}
}

// More pairs are made once, and only where ten were inconclusive.
func TestMorePairs(t *testing.T) {
	for _, c := range []struct {
		Comparison
		want int
	}{
		{Comparison{Test: SignedRank, Verdict: Inconclusive, Base: Side{Rounds: 10}}, 5},
		{Comparison{Test: SignedRank, Verdict: Inconclusive, Base: Side{Rounds: 15}}, 0},
		{Comparison{Test: SignedRank, Verdict: Pass, Base: Side{Rounds: 10}}, 0},
		{Comparison{Test: MannWhitney, Verdict: Inconclusive, Base: Side{Rounds: 10}}, 0},
	} {
		if got := c.MorePairs(); got != c.want {
			t.Errorf("%+v: %d more, want %d", c.Comparison, got, c.want)
		}
	}
}

func TestCompareWarns(t *testing.T) {
	other := rounds("b", 10, 1)
	for i := range other {
		other[i].Tool.Version = "2"
		other[i].Verdict.Status = stats.ServerSaturated
	}
	c := mustCompare(t, rounds("a", 10, 1), other, false)
	var codes []string
	for _, w := range c.Warnings {
		codes = append(codes, w.Code)
	}
	if !slices.Equal(codes, []string{"other-tool", "not-kept"}) {
		t.Errorf("%v", c.Warnings)
	}
	if _, err := Judge(nil, other, false); err == nil {
		t.Error("nothing was compared with something")
	}
}

// Where the machine was the limit in all rounds that is what is said, and not that more of the same would do.
func TestCompareOnAMachineThatWasTheLimit(t *testing.T) {
	limited := func(file string, n, held int) []Round {
		all := rounds(file, n, 1)
		for i := range held {
			all[i].Verdict = stats.Verdict{Status: stats.ClientLimited, Reason: "no descriptors"}
		}
		return all
	}
	for _, c := range []struct {
		n, held int
		want    bool
	}{{4, 4, true}, {4, 1, true}, {10, 6, false}, {3, 3, false}} {
		got := mustCompare(t, limited("a", c.n, c.held), limited("b", c.n, c.held), false)
		if got.MachineLimited() != c.want {
			t.Errorf("%d of %d rounds: the machine was the limit: %v", c.held, c.n, !c.want)
		}
		if last := got.Warnings[len(got.Warnings)-1]; c.want && (last.Code != "machine" || !strings.Contains(last.Text, "this machine was the limit")) {
			t.Errorf("%d of %d rounds: %+v", c.held, c.n, last)
		}
	}
}

// The rates of an older version are others: beside them only percentiles and errors are compared, and that is said.
func TestCompareWithAnOlderVersion(t *testing.T) {
	closed := func(file, schema string) []Round {
		all := rounds(file, 10, 1)
		for i := range all {
			all[i].Plan.Model, all[i].Schema = "closed", schema
		}
		return all
	}
	for newer, want := range map[string]int{"shotput/run/1": 4, stats.Schema: 3} {
		c := mustCompare(t, closed("a", "shotput/run/1"), closed("b", newer), false)
		if len(c.Metrics) != want || (want == 3) != (len(c.Warnings) == 1 && c.Warnings[0].Code == "older-rates") {
			t.Errorf("run/1 against %s: %+v, %+v", newer, c.Metrics, c.Warnings)
		}
	}
}

// A run counts once, however often its file is given, and is not held against itself.
func TestTheSameRunCountsOnce(t *testing.T) {
	at := func(file string, hour time.Duration) []Round {
		all := rounds(file, 5, 1)
		for i := range all {
			all[i].Started = time.Unix(1e9, 0).Add(hour*time.Hour + time.Duration(i)*time.Minute)
		}
		return all
	}
	base, new := at("base.json", 1), at("new.json", 2)
	twice := append(append([]Round{}, base...), base...)
	if c := mustCompare(t, twice, new, false); c.Base.Judged != 5 || c.New.Judged != 5 || len(c.Base.Excluded) != 5 ||
		c.Base.Excluded[0].Why != "it is the same run as round 1 of base.json" {
		t.Errorf("%d and %d judged, %+v", c.Base.Judged, c.New.Judged, c.Base.Excluded)
	}
	if c := mustCompare(t, base, base, false); c.Verdict != Unjudged || c.New.Judged != 0 || len(c.Warnings) < 4 {
		t.Errorf("%s, %d judged, %+v", c.Verdict, c.New.Judged, c.Warnings)
	}
	if c := mustCompare(t, base, base, true); c.Verdict != Unjudged {
		t.Error(c.Verdict)
	}
}
