package stats

import (
	"cmp"
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// Both null distributions are held against counting every case out.
func TestSignedRankDistribution(t *testing.T) {
	for n := range 11 {
		counted := make([]float64, n*(n+1)/2+1)
		for signs := range 1 << n {
			sum := 0
			for rank := 1; rank <= n; rank++ {
				sum += rank * (signs >> (rank - 1) & 1)
			}
			counted[sum] += math.Pow(2, -float64(n))
		}
		wantClose(t, "signed rank", signedRankBelow(n), accumulated(counted))
	}
	if p := signedRankBelow(10)[10]; math.Abs(p-0.0420) > 0.00005 { // as any table has it
		t.Errorf("of ten, 10 or less: %.4f, want 0.0420", p)
	}
}

func TestMannWhitneyDistribution(t *testing.T) {
	for n := 1; n <= 5; n++ {
		for m := 1; m <= 5; m++ {
			counted, orders := make([]float64, n*m+1), 0.0
			for order := range 1 << (n + m) { // a bit set is a value of the first side
				if u, ones := inversions(order, n+m); ones == n {
					counted[u]++
					orders++
				}
			}
			for i := range counted {
				counted[i] /= orders
			}
			wantClose(t, "mann-whitney", mannWhitneyBelow(n, m), accumulated(counted))
		}
	}
	exact, normal := mannWhitneyBelow(50, 50), normalBelow(50, 50)
	for u := range exact {
		if math.Abs(exact[u]-normal[u]) > 0.001 {
			t.Fatalf("50 a side, %d: exactly %.4f, nearly %.4f", u, exact[u], normal[u])
		}
	}
}

// inversions counts the pairs in which a set bit stands below one that is not, and the set bits.
func inversions(order, bits int) (u, ones int) {
	for i := range bits {
		if order>>i&1 == 1 {
			ones++
		} else {
			u += ones
		}
	}
	return u, ones
}

func wantClose(t *testing.T, what string, got, want []float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", what, len(got), len(want))
	}
	for i := range got {
		if math.Abs(got[i]-want[i]) > 1e-12 {
			t.Fatalf("%s at %d: %v, want %v", what, i, got[i], want[i])
		}
	}
}

// latency is a sample of a metric that is compared by ratio.
func latency(base, new []float64) sample {
	return sample{metric: metricsOf(true)[0], base: base, new: new}
}

// For whatever is measured, ties and zeros among it: a bound beyond zero is a test that shows it, and the other side
// of the mirror says the same of the other direction.
func TestSignedRankLaws(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		n := LeastPairs + rnd.IntN(12)
		base, new := make([]float64, n), make([]float64, n)
		for i := range base {
			base[i], new[i] = float64(10+rnd.IntN(4)), float64(10+rnd.IntN(5))
		}
		s, mirrored := latency(base, new), latency(new, base)
		f, g := s.signedRank(), mirrored.signedRank()
		if (f.low > 0) != (f.pWorse <= alpha) || (f.high < 0) != (f.pBetter <= alpha) {
			t.Fatalf("%v against %v: bounds and tests say different things: %+v", new, base, f)
		}
		if f.estimate < f.low || f.estimate > f.high {
			t.Fatalf("%v against %v: the estimate is out of its bounds: %+v", new, base, f)
		}
		if math.Abs(f.estimate+g.estimate) > 1e-12 || math.Abs(f.low+g.high) > 1e-12 || f.pWorse != g.pBetter {
			t.Fatalf("mirrored: %+v and %+v", f, g)
		}
	}
}

// Without ties the library's probability and our own distribution are the same thing.
func TestMannWhitneyAgrees(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	unsorted := false
	for range 200 {
		base, new := make([]float64, 4+rnd.IntN(8)), make([]float64, 4+rnd.IntN(8))
		greater := 0
		for i := range base {
			base[i] = 1 + rnd.Float64()
		}
		for i := range new {
			new[i] = 1.2 + rnd.Float64()
			for _, b := range base {
				if new[i] > b {
					greater++
				}
			}
		}
		s := latency(base, new)
		below := mannWhitneyBelow(len(base), len(new))
		want := min(1, 2*below[min(greater, len(base)*len(new)-greater)])
		if f := s.mannWhitney(); math.Abs(f.pWorse-want) > 1e-9 {
			t.Fatalf("p is %v, want %v", f.pWorse, want)
		}
		unsorted = unsorted || !slices.IsSorted(base)
	}
	if !unsorted {
		t.Error("the test put the values of a sample in order")
	}
}

// By hand: differences of errors, since those need no logarithm.
func TestEstimates(t *testing.T) {
	errors := metricsOf(true)[4]
	pairs := sample{metric: errors, base: []float64{10, 10, 10, 10, 10}, new: []float64{12, 11, 14, 18, 26}}
	// The differences are 1 2 4 8 16; their means 1 1.5 2 2.5 3 4 4.5 5 6 8 8.5 9 10 12 16.
	if f := pairs.signedRank(); f.estimate != 5 || f.low != 1 || f.high != 16 || f.pWorse != 1./32 || f.pBetter != 1 {
		t.Errorf("pairs: %+v", f)
	}
	groups := sample{metric: errors, base: []float64{0, 2, 9, 4}, new: []float64{8, 1, 5, 3}}
	// The differences are -8 -6 -4 -3 -1 -1 -1 1 1 1 3 3 4 5 6 8.
	// Of the 70 orders of four and four, 2 have one pair or none the wrong way round, and 4 have two: the second counts.
	if f := groups.mannWhitney(); f.estimate != 1 || f.low != -6 || f.high != 6 {
		t.Errorf("groups: %+v", f)
	}
}

// Without ties the count of means is the sum of ranks, as every book has it.
func TestSignedRankIsTheTest(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	for range 200 {
		s := sample{metric: metricsOf(true)[4]}
		for range 5 + rnd.IntN(8) {
			s.base, s.new = append(s.base, rnd.Float64()), append(s.new, .3+rnd.Float64())
		}
		d := s.differences()
		slices.SortFunc(d, func(a, b float64) int { return cmp.Compare(math.Abs(a), math.Abs(b)) })
		negative := 0
		for i := range d {
			if d[i] < 0 {
				negative += i + 1
			}
		}
		if f := s.signedRank(); f.pWorse != signedRankBelow(len(d))[negative] {
			t.Fatalf("%v: p is %v", d, f.pWorse)
		}
	}
}

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
	s := latency(nil, nil)
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
		if s.ruled(&got, c.f); got.Verdict != c.want {
			t.Errorf("%+v is %s, want %s", c.f, got.Verdict, c.want)
		}
	}
}

// rounds makes so many rounds of a plan, a minute apart, that differ by a hair, by a factor slower.
func rounds(file string, n int, slower float64) (all []Round) {
	for i := range n {
		r := &Run{Tool: Tool{Version: "1"}, Plan: openPlan, Verdict: Verdict{Status: Kept}, Clock: "kernel",
			Started: time.Date(2026, 1, 2, 3, 2*i, 0, 0, time.UTC)}
		for k := range 1000 {
			d := time.Duration(slower * float64(5*ms+time.Duration(k+i)*time.Microsecond))
			r.Latency.Service.Record(d)
			r.Latency.Response.Record(d + time.Duration(i)*time.Microsecond)
		}
		r.Totals = Totals{Planned: 1000, Sent: 1000, OK: 1000, AchievedPerSecond: 1000 / slower}
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
	c, err := Compare(base, new, paired)
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
		all[2].Verdict = Verdict{Status: ClientLimited, Reason: "timer lag"}
		all[4].Interrupted = "interrupted"
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
		all[i].Verdict.Status = ClientLimited
	}
	if c := mustCompare(t, all, rounds("b", 10, 1), false); c.Verdict != Unjudged || c.MorePairs() != 0 {
		t.Errorf("nothing is left: %s", c.Verdict)
	}
}

// A round in which nothing succeeded has no latency, and its errors count.
func TestCompareMissing(t *testing.T) {
	dead := rounds("b", 10, 1)
	for i := range dead {
		dead[i].Latency = Latency{}
		dead[i].Totals.OK, dead[i].Totals.Failed = 0, 1000
	}
	c := mustCompare(t, rounds("a", 10, 1), dead, false)
	if c.Verdict != Regression || c.Metrics[0].Verdict != Inconclusive || c.Metrics[0].Missing != 10 {
		t.Errorf("%s: %+v", c.Verdict, c.Metrics)
	}
}

func TestPairsAreMadeInTurn(t *testing.T) {
	apart := func(n int, by time.Duration) error {
		_, err := Compare(rounds("a", n, 1), later(rounds("b", n, 1), by), true)
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

// Every field of the plan counts but for those that are named; where the server is does not.
func TestPlansMustBeAlike(t *testing.T) {
	base := rounds("a", 2, 1)
	for i := range reflect.TypeFor[Plan]().NumField() {
		new := rounds("b", 2, 1)
		field := reflect.ValueOf(&new[1].Plan).Elem().Field(i)
		name, _, _ := strings.Cut(reflect.TypeFor[Plan]().Field(i).Tag.Get("json"), ",")
		switch field.Kind() {
		case reflect.String:
			field.SetString(field.String() + "x")
		case reflect.Bool:
			field.SetBool(!field.Bool())
		case reflect.Int, reflect.Int64:
			field.SetInt(field.Int() + 1)
		case reflect.Uint64:
			field.SetUint(field.Uint() + 1)
		case reflect.Float64:
			field.SetFloat(field.Float() + 1)
		default:
			field.Set(reflect.ValueOf([]string{"x"}))
		}
		_, err := Compare(base, new, false)
		var unlike *UnlikeError
		free := slices.Contains([]string{"engine_reason", "insecure", "seed", "body", "protocol", "tls"}, name)
		if errors.As(err, &unlike) == free || !free && (len(unlike.Differences) != 1 || unlike.Differences[0].Field != name) {
			t.Errorf("another %s: %v", name, err)
		}
	}
}

func TestPlansMayDiffer(t *testing.T) {
	at := func(url, protocol string) []Round {
		all := rounds("a", 2, 1)
		for i := range all {
			all[i].Plan.URL, all[i].Plan.Protocol = url, protocol
		}
		return all
	}
	for _, c := range []struct {
		a, b []Round
		want string // of the error; "" for none
	}{
		{at("http://one:1/a/{{seq}}", ""), at("http://two:2/a/{{seq}}", ""), ""},
		{at("http://one", ""), at("http://two/", ""), ""},
		{at("http://one/a", ""), at("http://one/b", ""), "url is http://HOST/a in a and http://HOST/b in a"},
		{at("http://one/a", ""), at("https://one/a", ""), "url"},
		{at("http://one/a", ""), at("http://one/a", "HTTP/2.0"), ""},
		{at("http://one/a", "HTTP/1.1"), at("http://one/a", "HTTP/2.0"), "protocol is HTTP/1.1"},
		{at("http://one/a", ""), append(at("http://one/a", ""), at("http://one/b", "")...), "url"},
	} {
		_, err := Compare(c.a, c.b, false)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s, %s: %v, want %q", c.a[0].Plan.URL, c.b[0].Plan.URL, err, c.want)
		}
	}
	base := append(at("http://one/a", ""), at("http://one/b", "")...)
	if _, err := Compare(base, at("http://one/a", ""), false); err == nil {
		t.Error("the base is not alike within itself, and that was no difference")
	}
	clocks := at("http://one/a", "")
	clocks[1].Clock = "user"
	if _, err := Compare(clocks[:1], clocks[1:], false); err == nil || !strings.Contains(err.Error(), "clock is kernel") {
		t.Errorf("another clock: %v", err)
	}
	bodies := at("http://one/a", "")
	bodies[1].Plan.Body = "file other.json"
	if _, err := Compare(bodies[:1], bodies[1:], false); err != nil {
		t.Errorf("a body of the same length: %v", err)
	}
	bodies[0].Plan.BodyBytes, bodies[1].Plan.BodyBytes = -1, -1
	if _, err := Compare(bodies[:1], bodies[1:], false); err == nil {
		t.Error("bodies whose lengths vary came from different places, and that was no difference")
	}
}

func TestCompareWarns(t *testing.T) {
	other := rounds("b", 10, 1)
	for i := range other {
		other[i].Tool.Version = "2"
		other[i].Verdict.Status = ServerSaturated
	}
	c := mustCompare(t, rounds("a", 10, 1), other, false)
	var codes []string
	for _, w := range c.Warnings {
		codes = append(codes, w.Code)
	}
	if !slices.Equal(codes, []string{"other-tool", "not-kept"}) {
		t.Errorf("%v", c.Warnings)
	}
	if _, err := Compare(nil, other, false); err == nil {
		t.Error("nothing was compared with something")
	}
}
