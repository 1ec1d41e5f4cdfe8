package compare

import (
	"slices"
	"strings"
	"testing"
	"time"

	"shotput/stats"
)

// A side are ten rounds, some of them fired by a late tool: response time is what it saw, and nobody knows more than that
// it was no less than the floor. All are factors.
type side struct {
	late                               int
	response, floor, service, punctual float64
}

var firm = side{0, 0, 0, 1, 1}

func (s side) rounds(file string) []Round {
	all := rounds(file, 10, s.service)
	for i := range all {
		l := &all[i].Latency
		l.Response = stats.Histogram{}
		for k := range 1000 {
			d := 5*ms + time.Duration(k+2*i)*time.Microsecond
			upper, lower := s.punctual, s.punctual
			if i < s.late {
				upper, lower = s.response, s.floor
			}
			l.Response.Record(time.Duration(upper * float64(d)))
			l.Floor.Record(time.Duration(lower * float64(d)))
		}
	}
	return all
}

func changeOf(t *testing.T, c *Comparison, metric string) *Change {
	t.Helper()
	i := slices.IndexFunc(c.Metrics, func(m Change) bool { return m.Metric == metric })
	if i < 0 {
		t.Fatalf("no %s in %+v", metric, c.Metrics)
	}
	return &c.Metrics[i]
}

// A verdict on response time must hold for whatever the lateness of the tool did to it; else service time is judged in
// its place, where the kernel stamps answers, and nothing where it does not.
func TestCompareByBounds(t *testing.T) {
	for what, c := range map[string]struct {
		base, new            side
		clock                string
		whole, response, why string
	}{
		"late, and slower by that alone": {firm, side{10, 1.5, .9, 1, 1}, "kernel", Pass, Unjudged, "service.p50 is judged in its place"},
		"late, with no stamps":           {firm, side{10, 1.5, .9, 1, 1}, "user", Unjudged, Unjudged, "a change from -"},
		"late, and the server is slower": {firm, side{10, 1.5, .9, 1.3, 1}, "kernel", Regression, Unjudged, "in its place"},
		"slower in spite of it":          {firm, side{10, 3, 1.2, 1, 1}, "kernel", Regression, Regression, ""},
		"not slower in spite of it":      {firm, side{10, 1.04, .6, 1, 1}, "user", Pass, Pass, ""},
		"faster in spite of it":          {firm, side{10, .9, .5, 1, 1}, "user", Pass, Improvement, ""},
		"the base was late":              {side{10, 1.5, .9, 1, 1}, firm, "kernel", Pass, Unjudged, "in its place"},
		"the base was late: no faster":   {side{10, 1.5, .9, 1, 1}, side{0, 0, 0, 1, 1.2}, "user", Unjudged, Unjudged, "a change"},
		"the base was late: slower":      {side{10, 1.5, .9, 1, 1}, side{0, 0, 0, 1, 2}, "user", Regression, Regression, ""},
		"both were late alike":           {side{10, 1.5, .9, 1, 1}, side{10, 1.5, .9, 1, 1}, "kernel", Pass, Unjudged, "in its place"},
		"five firm rounds speak alone":   {firm, side{5, 9, .1, 1, 1}, "user", Pass, Pass, "judged by 10 of 10 rounds of base and 5 of 10 of new"},
		"five firm slower ones":          {firm, side{5, 9, .1, 1, 1.3}, "user", Regression, Regression, "judged by 10 of 10 rounds of base and 5 of 10 of new"},
		"four do not":                    {firm, side{6, 9, .1, 1, 1}, "user", Unjudged, Unjudged, "only bounds"},
		"all is firm":                    {firm, side{10, 1, .95, 1, 1}, "user", Pass, Pass, ""},
	} {
		make := func(file string, s side) []Round {
			all := s.rounds(file)
			for i := range all {
				all[i].Clock = c.clock
			}
			return all
		}
		got := mustCompare(t, make("a", c.base), make("b", c.new), false)
		m := changeOf(t, got, "response.p50")
		if got.Verdict != c.whole || m.Verdict != c.response || !strings.Contains(m.Reason, c.why) || c.why == "" && m.Reason != "" {
			t.Errorf("%s: %s, want %s; response p50 %+v, %+v", what, got.Verdict, c.whole, m, m.Evidence)
		}
		if limited := c.whole == Unjudged; got.MachineLimited() != limited || m.Machine != (m.Verdict == Unjudged) {
			t.Errorf("%s: the machine was the limit: %v; %+v", what, got.MachineLimited(), m)
		}
		if m.Machine && m.Evidence.P != 1 {
			t.Errorf("%s: p %v, though no change at all is within the bounds", what, m.Evidence.P)
		}
		if m.Evidence.Low > m.Evidence.High {
			t.Errorf("%s: from %v to %v", what, m.Evidence.Low, m.Evidence.High)
		}
	}
}

// Both medians say whether they are bounds.
func TestMediansOfBounds(t *testing.T) {
	c := mustCompare(t, side{10, 1.5, .5, 1, 1}.rounds("a"), side{0, 1, 1, 1, 1}.rounds("b"), false)
	m := changeOf(t, c, "response.p50")
	if m.BaseLower == 0 || m.BaseLower > m.Base/2 || m.NewLower != 0 || m.BaseAtLeast || m.NewAtLeast {
		t.Errorf("%+v", m)
	}
	if m := changeOf(t, c, "service.p50"); m.BaseLower != 0 || m.NewLower != 0 {
		t.Errorf("service time has no lateness of the tool in it: %+v", m)
	}
}

// Of pairs both are firm, or neither counts.
func TestPairsByBounds(t *testing.T) {
	base, new := side{0, 1, 1, 1, 1}.rounds("a"), later(side{4, 9, .1, 1, 1}.rounds("b"), time.Minute)
	base[9] = side{10, 9, .1, 1, 1}.rounds("a")[9]
	m := changeOf(t, mustCompare(t, base, new, true), "response.p50")
	if m.Verdict == Unjudged || !strings.Contains(m.Reason, "judged by 5 of 10 rounds of base and 5 of 10 of new") {
		t.Errorf("%+v", m)
	}
}

// Requests that were open at the end may have made a percentile greater, by nobody knows how much: no such round passes,
// and none of the base makes a regression.
func TestCompareWithRequestsOpenAtTheEnd(t *testing.T) {
	open := func(all []Round) []Round {
		for i := range all {
			all[i].Totals.Aborted = 600
		}
		return all
	}
	c := mustCompare(t, rounds("a", 10, 1), open(rounds("b", 10, 1)), false)
	if m := changeOf(t, c, "response.p99"); m.Verdict != Inconclusive || !m.NewAtLeast || m.BaseAtLeast || c.MachineLimited() {
		t.Errorf("%+v", m)
	}
	c = mustCompare(t, open(rounds("a", 10, 1)), rounds("b", 10, 2), false)
	if m := changeOf(t, c, "response.p99"); m.Verdict != Inconclusive || !m.BaseAtLeast {
		t.Errorf("the base: %+v", m)
	}
	c = mustCompare(t, rounds("a", 10, 1), open(rounds("b", 10, 2)), false)
	if m := changeOf(t, c, "response.p99"); m.Verdict != Regression {
		t.Errorf("slower, and perhaps by more: %+v", m)
	}
}
