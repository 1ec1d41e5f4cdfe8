package loadgen

import (
	"cmp"
	"context"
	"fmt"
	"os/exec"
	"runtime"
	"runtime/debug"
	"slices"
	"testing"
	"time"

	"shotput/loadgen/arrivals"
	"shotput/putserver"
	"shotput/putserver/realtest"
	"shotput/stats"
)

// nearness is how far a percentile that is printed as firm may be off on the portable engine.
var nearness = []struct {
	q   float64
	off time.Duration
}{{.5, 60 * time.Microsecond}, {.99, 3 * time.Millisecond}}

// What the portable engine prints as firm is the server's own, by its log: it reads times late, and must know of which
// figures that can be said. What it marks lies within its bounds.
func TestPortableEngineIsRightWhereItIsFirm(t *testing.T) {
	realtest.Long(t, "it takes half a minute of real time")
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	for _, rate := range []float64{1000, 5000} {
		for name, law := range map[string]putserver.Law{"constant": putserver.Constant(700 * time.Microsecond),
			"lognormal": putserver.LogNormal(2*time.Millisecond, .5)} {
			t.Run(fmt.Sprintf("%v per second, %s", rate, name), func(t *testing.T) {
				var found findings
				for range 3 {
					server, r := fireBounded(t, "http", putserver.Config{Law: law}, Load{Rate: arrivals.Rate{PerSecond: rate}, Concurrency: 128, Duration: 4 * time.Second})
					if found = server.unfirm(t, r); len(found) == 0 {
						return
					}
				}
				t.Errorf("three times: %q", found)
			})
		}
	}
}

// fireBounded fires at a target of the test's own.
func fireBounded(t *testing.T, engine string, c putserver.Config, load Load) (real, *stats.Run) {
	t.Helper()
	runtime.GC()
	server := startTarget(t, c)
	plan := Plan{Load: load, NoPreflight: true}
	plan.on(engine)
	plan.Request.URL = server.url
	sink := new(keep)
	if _, err := Run(context.Background(), plan, sink); err != nil {
		t.Fatal(err)
	}
	wantConserved(t, sink.run)
	return server, sink.run
}

// unfirm are the percentiles that are off by more than a firm figure may be, or outside of their bounds.
func (s real) unfirm(t *testing.T, r *stats.Run) (found findings) {
	t.Helper()
	_, response := s.truths(t, r)
	for _, n := range nearness {
		truth, b := quantileOf(response, n.q), r.Latency.BoundsOf(true, stats.At(n.q))
		t.Logf("%s: p%v is %v by the log, and within [%v, %v], firm: %v", r.Verdict.Status, n.q*100, truth, b.Lower, b.Upper, b.Firm())
		if fault := boundFault(truth, b, n.off); fault != "" {
			found.Errorf("p%v %s", n.q*100, fault)
		}
	}
	return found
}

func boundFault(truth time.Duration, b stats.Bounds, allowed time.Duration) string {
	switch off := b.Upper - truth; {
	case b.Firm() && max(off, -off) > allowed:
		return fmt.Sprintf("is off by %v, and printed as firm: %v", off, b.Upper)
	case b.Upper < truth-allowed || b.Lower > truth+allowed:
		return fmt.Sprintf("is %v by the log, and not within [%v, %v]", truth, b.Lower, b.Upper)
	}
	return ""
}

// The comparison can fail.
func TestBoundFault(t *testing.T) {
	us := time.Microsecond
	for _, c := range []struct {
		lower, upper time.Duration
		right        bool
	}{{1000 * us, 1050 * us, true}, {1060 * us, 1061 * us, false}, {1000 * us, 1100 * us, false}, {930 * us, 935 * us, false},
		{0, 9000 * us, true}, {1100 * us, 9000 * us, false}, {0, 900 * us, false}} {
		if fault := boundFault(1000*us, stats.Bounds{Lower: c.lower, Upper: c.upper}, 60*us); (fault == "") != c.right {
			t.Errorf("[%v, %v] for 1 ms: %q", c.lower, c.upper, fault)
		}
	}
}

// quantileOf takes the rank that histograms take, ⌊q·n+0.5⌋: of 240 arrivals the next one may be waited for by 3 ms more.
func quantileOf(sorted []time.Duration, q float64) time.Duration {
	return sorted[min(len(sorted), max(1, int(q*float64(len(sorted))+.5)))-1]
}

// replayed is what would have been waited, had the tool been on time: so many servers of a constant time, in order of
// arrival, as the target is, over the instants at which requests were due (Lindley's recursion); and beside it what the
// target itself was late by, which is a server's doing to whoever waits.
func replayed(all []logged, servers int, takes time.Duration) (response []time.Duration) {
	serve := func(at func(logged) time.Duration) []time.Duration {
		free, done := make([]time.Duration, servers), make([]time.Duration, len(all))
		for i, l := range all {
			first := slices.Index(free, slices.Min(free))
			free[first] = max(free[first], at(l)) + takes
			done[i] = free[first]
		}
		return done
	}
	came := serve(func(l logged) time.Duration { return l.arrival })
	slow := map[time.Duration]time.Duration{}
	for i, l := range all {
		slow[l.intended] = max(0, l.departure-came[i])
	}
	slices.SortFunc(all, func(a, b logged) int { return cmp.Compare(a.intended, b.intended) })
	for i, done := range serve(func(l logged) time.Duration { return l.intended }) {
		response = append(response, done-all[i].intended+slow[all[i].intended])
	}
	slices.Sort(response)
	return response
}

// The replay is right where nothing is late: then it is the log.
func TestReplayOfAPunctualRun(t *testing.T) {
	ms := time.Millisecond
	due := []logged{{0, 0, 10 * ms}, {2 * ms, 2 * ms, 12 * ms}, {3 * ms, 3 * ms, 20 * ms}, {50 * ms, 50 * ms, 61 * ms}}
	want := []time.Duration{10 * ms, 10 * ms, 11 * ms, 17 * ms} // the last of the log was written 1 ms late
	if got := replayed(due, 2, 10*ms); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	late := []logged{{0, 5 * ms, 15 * ms}, {ms, 5 * ms, 25 * ms}} // came together, on one server
	if got, want := replayed(late, 1, 10*ms), []time.Duration{10 * ms, 19 * ms}; !slices.Equal(got, want) {
		t.Errorf("late: %v, want %v", got, want)
	}
}

// keepBusy makes so many other processes use the processors until the test is over.
func keepBusy(t *testing.T, n int) {
	t.Helper()
	for range n {
		other := exec.CommandContext(t.Context(), "sh", "-c", "while :; do :; done")
		if err := other.Start(); err != nil {
			t.Skipf("nothing keeps the processors busy here: %v", err)
		}
		t.Cleanup(func() { other.Process.Kill(); other.Wait() })
	}
}

var boundedAt = []float64{.5, .75, .9, .95, .99}

// outsideOf says where the truth is not between the bounds. As in nearFault, one request more or less below it is none's
// fault: a server's microsecond decides which of two comes first, and at 240 of them the next is 2 ms away.
func outsideOf(l *stats.Latency, truth []time.Duration, allowed time.Duration) (wrong string) {
	for _, q := range boundedAt {
		b, rank := l.BoundsOf(true, stats.At(q)), 1/float64(len(truth))
		least, most := quantileOf(truth, q-rank), quantileOf(truth, q+rank)
		if float64(b.Lower) > 1.05*float64(most+allowed) || float64(least) > 1.05*float64(b.Upper+allowed) {
			wrong += fmt.Sprintf("p%v is within [%v, %v], and not within [%v, %v]; ", q*100, least, most, b.Lower, b.Upper)
		}
	}
	return wrong
}

// With all processors busy, the truth lies between the bounds at every percentile in every run; what has room is kept, and
// what nothing explains is broken, in nearly every one.
func TestTruthLiesBetweenTheBoundsOnABusyMachine(t *testing.T) {
	realtest.Long(t, "it takes a minute and a half of real time")
	const runs, servers, takes = 20, 4, 20 * time.Millisecond
	keepBusy(t, runtime.NumCPU())
	for _, engine := range engines() {
		if engine == "io_uring" {
			continue // which keeps no schedule unless it is asked to
		}
		t.Run(engine, func(t *testing.T) {
			var kept, broken, firm int
			for seed := range uint64(runs) {
				var truth []time.Duration
				var bounds *stats.Latency
				var wrong string
				for range 3 { // what the target itself was held up by is in the replay where it was, and might have been elsewhere
					server, r := fireBounded(t, engine, putserver.Config{Law: putserver.Constant(takes), Servers: servers},
						Load{Rate: arrivals.Rate{PerSecond: 120}, Poisson: true, Seed: seed + 1, Concurrency: 64, Duration: 2 * time.Second})
					truth, bounds = replayed(server.logged(t, r), servers, takes), &r.Latency
					if wrong = outsideOf(bounds, truth, allowed(r)); wrong == "" {
						break
					}
					t.Logf("again: seed %d, %s: %s", seed, r.Verdict.Status, wrong)
				}
				if wrong != "" {
					t.Errorf("seed %d, three times: %s", seed, wrong)
				}
				for _, q := range boundedAt {
					if bounds.BoundsOf(true, stats.At(q)).Firm() {
						firm++
					}
				}
				median, real := bounds.BoundsOf(true, stats.At(.5)), quantileOf(truth, .5)
				if median.Upper < 2*real {
					kept++
				}
				if median.Lower > real/5 {
					broken++
				}
			}
			t.Logf("p50 in %d runs: twice the truth is kept in %d, a fifth of it broken in %d; %d of %d figures are firm", runs, kept, broken, firm, 5*runs)
			if min(kept, broken) < runs*9/10 {
				t.Skip("this machine is busier than one whose processors are all in use by others; the bounds held all the same")
			}
		})
	}
}
