package compare

import (
	"math"
	"math/rand/v2"
	"testing"

	_ "shotput/putserver/realtest/tether" // these tests end with go test
)

// A climate is what a machine does to the rounds made on it, all in logarithms: every figure of a round moves
// together, some by itself, now and then a round is spoilt, and all drifts while the rounds are made.
type climate struct {
	round, p50, p99 float64 // standard deviations
	spoilt          float64 // share of rounds that something else ran beside, from a tenth to all slower
	drift           float64 // over the time of a session
}

var climates = map[string]climate{
	"calm":     {round: .015, p50: .01, p99: .03},
	"unsteady": {round: .03, p50: .02, p99: .05},
	"spoilt":   {round: .02, p50: .01, p99: .03, spoilt: .03},
}

// A server is one side: how much slower than another it is, in truth.
type server struct {
	slower float64 // logarithm
	*rand.Rand
}

// measure makes the metrics of one open round, at a time from 0 to 1 in the session.
func (s *server) measure(c climate, at float64) map[string]float64 {
	d := s.slower + c.drift*at + c.round*s.NormFloat64()
	if s.Float64() < c.spoilt {
		d += math.Log(1.1 + .9*s.Float64())
	}
	service50, service99 := d+c.p50*s.NormFloat64(), d+c.p99*s.NormFloat64()
	return map[string]float64{
		"service.p50": 5e6 * math.Exp(service50), "service.p99": 20e6 * math.Exp(service99),
		"response.p50": 5.1e6 * math.Exp(service50+.2*c.p50*s.NormFloat64()),
		"response.p99": 22e6 * math.Exp(service99+.2*c.p99*s.NormFloat64()),
		"error_rate":   0,
	}
}

// A session is the samples of two servers, to which rounds are added.
type session struct {
	climate
	base, new server
	samples   []sample
}

func newSession(c climate, slower float64, seed uint64) *session {
	rnd := rand.New(rand.NewPCG(seed, 9))
	s := &session{climate: c, base: server{0, rnd}, new: server{slower, rnd}}
	for _, m := range metricsOf(true) {
		s.samples = append(s.samples, sample{measure: m})
	}
	return s
}

// add makes n rounds of each side in turn; the session is one of all rounds.
func (s *session) add(n, all int) {
	for range n {
		at := float64(len(s.samples[0].base)) / float64(all)
		base, new := s.base.measure(s.climate, at), s.new.measure(s.climate, at)
		for i := range s.samples {
			name := s.samples[i].name
			s.samples[i].base, s.samples[i].new = append(s.samples[i].base, base[name]), append(s.samples[i].new, new[name])
		}
	}
}

func (s *session) judge(test string) *Comparison {
	n := len(s.samples[0].base)
	c := &Comparison{Test: test, Base: Side{Rounds: n, Judged: n}, New: Side{Rounds: n, Judged: n}}
	c.judge(s.samples)
	return c
}

// inTurn is the whole procedure in pairs: ten of them, and five more where ten say nothing.
func inTurn(c climate, slower float64, seed uint64) string {
	s := newSession(c, slower, seed)
	s.add(FirstPairs, FirstPairs+morePairs)
	judged := s.judge(SignedRank)
	if more := judged.MorePairs(); more > 0 {
		s.add(more, FirstPairs+morePairs)
		judged = s.judge(SignedRank)
	}
	return judged.Verdict
}

// inGroups is two saved groups of ten rounds.
func inGroups(c climate, slower float64, seed uint64) string {
	s := newSession(c, slower, seed)
	s.add(10, 10)
	return s.judge(MannWhitney).Verdict
}

// Two thousand experiments a cell: two equal servers, and one that is 10 % slower. A regression is claimed of equal
// ones in at most 5 %, found in at least 90 %, and 10 % slower passes in at most 5 %. Drift is for pairs alone:
// whoever makes two groups one after the other has nothing to tell it from a change by.
func TestComparisonErrsSeldom(t *testing.T) {
	const experiments = 2000
	drifting := climates["calm"]
	drifting.drift = .3
	for _, design := range []struct {
		name     string
		compare  func(climate, float64, uint64) string
		climates map[string]climate
	}{{"pairs", inTurn, climates}, {"pairs that drift", inTurn, map[string]climate{"drifting": drifting}}, {"groups", inGroups, climates}} {
		for name, c := range design.climates {
			t.Run(design.name+", "+name, func(t *testing.T) {
				t.Parallel()
				equal, slower := map[string]int{}, map[string]int{}
				for seed := range uint64(experiments) {
					equal[design.compare(c, 0, seed)]++
					slower[design.compare(c, math.Log(1.10), seed+experiments)]++
				}
				t.Logf("equal: %v; 10 %% slower: %v", equal, slower)
				if equal[Regression] > experiments*5/100 {
					t.Errorf("equal servers: %d of %d are called a regression", equal[Regression], experiments)
				}
				if slower[Regression] < experiments*90/100 {
					t.Errorf("10 %% slower: found in %d of %d only", slower[Regression], experiments)
				}
				if slower[Pass] > experiments*5/100 {
					t.Errorf("10 %% slower: %d of %d pass", slower[Pass], experiments)
				}
			})
		}
	}
}

// What is promised: of twenty comparisons of equal servers at most one is an alarm, and one that is 10 % slower is
// found by ten rounds.
func TestTwentyEqualPairs(t *testing.T) {
	for name, c := range climates {
		alarms := 0
		for seed := range uint64(20) {
			if inGroups(c, 0, seed) == Regression {
				alarms++
			}
		}
		if alarms > 1 {
			t.Errorf("%s: %d alarms of twenty", name, alarms)
		}
		if got := inGroups(c, math.Log(1.10), 1); got != Regression {
			t.Errorf("%s: ten rounds of a server that is 10 %% slower: %s", name, got)
		}
	}
}

// The simulator can tell: a rule that goes on until it finds something is caught by it.
func TestSimulatorSeesBadRules(t *testing.T) {
	const experiments = 400
	alarms := 0
	for seed := range uint64(experiments) {
		s := newSession(climates["unsteady"], 0, seed)
		for n := LeastPairs; n <= 30; n++ {
			s.add(n-len(s.samples[0].base), 30)
			if s.samples[3].signedRank(signedRankBelow(n)).pWorse < alpha {
				alarms++
				break
			}
		}
	}
	if alarms < experiments*10/100 {
		t.Errorf("going on until it shows gave %d alarms of %d; the simulator is blind", alarms, experiments)
	}
}

// Two equal servers, the new side measured by a tool that was late in most rounds, by much, and knows so: its lateness is
// not called a change of the server, and of those that are firm as much is found as ever.
func TestLatenessIsNoChange(t *testing.T) {
	const experiments = 1000
	for _, slower := range []float64{0, math.Log(1.10)} {
		for name, lateShare := range map[string]float64{"five in ten": .4, "nearly all": .9} {
			said := map[string]int{}
			for seed := range uint64(experiments) {
				rnd := rand.New(rand.NewPCG(seed, 4))
				base, new := server{0, rnd}, server{slower, rnd}
				c := &Comparison{Test: MannWhitney, Base: Side{Judged: 10}, New: Side{Judged: 10}}
				figures := map[string][2][]figure{}
				for range 10 {
					late := rnd.Float64() < lateShare
					a, b := base.measure(climates["calm"], 0), new.measure(climates["calm"], 0)
					for metric, truth := range b {
						f := exactly(truth)
						if late && metric != "error_rate" {
							f = figure{truth * (.2 + .8*rnd.Float64()), truth * (1.2 + rnd.Float64()), 0}
							f.high = f.seen
						}
						of := figures[metric]
						of[0], of[1] = append(of[0], exactly(a[metric])), append(of[1], f)
						figures[metric] = of
					}
				}
				var samples []sample
				for _, m := range metricsOf(true) {
					s := sample{measure: m}
					s.instead = "" // nothing takes its place: all of it is late
					s.take(figures[m.name][0], figures[m.name][1], false)
					samples = append(samples, s)
				}
				c.judge(samples)
				said[c.Verdict]++
			}
			t.Logf("%s late, %.0f %% slower: %v", name, 100*math.Expm1(slower), said)
			if slower == 0 && said[Regression] > experiments*5/100 {
				t.Errorf("%s late: %d of %d equal servers are called a regression", name, said[Regression], experiments)
			}
			if slower > 0 && said[Pass] > experiments*5/100 {
				t.Errorf("%s late: %d of %d servers that are slower pass", name, said[Pass], experiments)
			}
		}
	}
}
