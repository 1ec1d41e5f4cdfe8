package loadgen

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"net"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"shotput/loadgen/arrivals"
	"shotput/loadgen/transport"

	"shotput/putserver"
	"shotput/putserver/realtest"
	"shotput/stats"
)

// The reference scenarios on real sockets, held against the target's own log: what the machine does to both
// sides is in both. Runs are shorter than those in virtual time; the formulas are the same.
//
// A run whose verdict says that the tool was the limit is not held to be accurate: it says so itself. It is
// tried again, and three such runs in a row skip the test: then the machine cannot measure.

// scenario is a run against a target with set manners.
type scenario struct {
	name   string
	manner putserver.Config
	plan   Plan
	check  func(j judge, r *stats.Run)
	at     []float64 // the quantiles to compare; nil: the usual ones
}

// A judge is told what is not as it should be: a test, or findings, which may be gone when it is tried again.
type judge interface {
	Helper()
	Errorf(format string, args ...any)
}

type findings []string

func (*findings) Helper() {}

func (f *findings) Errorf(format string, args ...any) { *f = append(*f, fmt.Sprintf(format, args...)) }

// afterFreeze leaves p90 out: it is the very foot of the ramp, where all that was held up is answered at once and
// each answer waits for the ones before it to be read.
var afterFreeze = []float64{.5, .92, .95, .99, .999}

// real is a target on loopback, in this process.
type real struct {
	*putserver.Server
	url string
}

func startTarget(t *testing.T, c putserver.Config) real {
	t.Helper()
	server, err := putserver.New(c)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	t.Cleanup(func() {
		server.Close()
		if err := <-served; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	return real{server, fmt.Sprintf("http://%s/objects/{{seq}}", l.Addr())}
}

// truths are, from the target's log, the service and response times of the run's answered requests, sorted.
func (s real) truths(t *testing.T, r *stats.Run) (service, response []time.Duration) {
	t.Helper()
	for _, l := range s.logged(t, r) {
		service = append(service, l.departure-l.arrival)
		response = append(response, l.departure-l.intended)
	}
	slices.Sort(service)
	slices.Sort(response)
	return service, response
}

// A logged request is when it was due, and when it came and left by the target's log, as time since the run's start.
type logged struct{ intended, arrival, departure time.Duration }

// logged are the run's answered requests, in the order in which they arrived.
func (s real) logged(t *testing.T, r *stats.Run) (all []logged) {
	t.Helper()
	plan := Plan{Load: Load{Rate: arrivals.Rate{PerSecond: r.Plan.RatePerSecond}, Poisson: r.Plan.Arrivals == "poisson", Seed: r.Plan.Seed}}
	arrivals, err := arrivals.NewArrivals(plan.Load.law(nil), arrivals.Limit{Count: r.Totals.Sent + 1})
	if err != nil {
		t.Fatal(err)
	}
	intended := make([]time.Duration, 0, r.Totals.Sent+1)
	for _, at, ok := arrivals.Next(); ok; _, at, ok = arrivals.Next() {
		intended = append(intended, at)
	}
	began := r.Started.Sub(s.Zero())
	for _, e := range s.Log() {
		seq, err := strconv.Atoi(e.Path[strings.LastIndexByte(e.Path, '/')+1:])
		if err == nil && seq > 0 && e.End == putserver.Answered {
			all = append(all, logged{intended[seq-1], e.Arrival - began, e.Departure - began})
		}
	}
	slices.SortFunc(all, func(a, b logged) int { return cmp.Compare(a.arrival, b.arrival) })
	return all
}

// fireScenario runs it until it is accurate, at most three times. The portable engine reads the time when a goroutine
// has been woken, and the target writes when one has, so that a machine with something else to do now and then
// makes an answer late unseen; what is wrong with an engine itself is wrong three times.
func fireScenario(t *testing.T, c scenario) {
	var found findings
	for range 3 {
		runtime.GC()
		server := startTarget(t, c.manner)
		plan := c.plan
		plan.Request.URL, plan.NoPreflight = server.url, true
		sink := new(keep)
		if _, err := Run(context.Background(), plan, sink); err != nil {
			t.Fatal(err)
		}
		wantConserved(t, sink.run)
		wantLogged(t, server, sink.run)
		if sink.run.Verdict.Status == stats.ClientLimited {
			t.Logf("again: %s", sink.run.Verdict.Reason)
			continue
		}
		found = server.inaccuracies(t, sink.run, c.at)
		if c.check(&found, sink.run); len(found) == 0 {
			return
		}
		t.Logf("again: %q", found)
	}
	if len(found) == 0 {
		t.Skip("this machine cannot measure now, and the tool said so three times")
	}
	t.Errorf("three times: %q", found)
}

// wantLogged: what the tool says that it sent has arrived.
func wantLogged(t *testing.T, s real, r *stats.Run) {
	t.Helper()
	if logged := s.Stats().Requests; logged != r.Totals.Sent {
		t.Errorf("the target saw %d requests, the tool says it sent %d", logged, r.Totals.Sent)
	}
}

// allowed is how far an engine may be off, beside 2 % (5 % at p99.9). Where the kernel stamps answers, what is left is
// the way from the target's write to the stamp; elsewhere goroutines are woken late.
func allowed(r *stats.Run) time.Duration {
	if r.Clock == "kernel" {
		return 100 * time.Microsecond
	}
	return 2 * time.Millisecond
}

// inaccuracies are the quantiles that the run reports otherwise than the target's log has them. They are compared
// in a way that is right at jumps of the distribution too: not value against value, but value against the shares
// of the truth below and above it.
func (s real) inaccuracies(t *testing.T, r *stats.Run, at []float64) (found findings) {
	t.Helper()
	if at == nil {
		at = []float64{.5, .9, .99, .999}
	}
	service, response := s.truths(t, r)
	for _, q := range at {
		if fault := nearFault(r.Latency.Service.Quantile(q), service, q, allowed(r)); fault != "" {
			found.Errorf("service p%g %s", q*100, fault)
		}
		if fault := nearFault(r.Latency.Response.Quantile(q), response, q, allowed(r)); fault != "" && r.Plan.Open() {
			found.Errorf("response p%g %s", q*100, fault)
		}
	}
	return found
}

func nearFault(got time.Duration, truth []time.Duration, q float64, allowed time.Duration) string {
	slack := 0.02
	if q >= .999 {
		slack = 0.05
	}
	eta := 1 / float64(len(truth))
	below := share(truth, time.Duration((1-slack)*float64(got))-allowed)
	above := share(truth, time.Duration((1+slack)*float64(got))+allowed)
	if below <= q+eta && above >= q-eta {
		return ""
	}
	return fmt.Sprintf("is reported as %v; in the target's log it is %v", got, quantileOf(truth, q))
}

// share is the part of the sorted truth that is at most d.
func share(truth []time.Duration, d time.Duration) float64 {
	n, _ := slices.BinarySearchFunc(truth, d, func(a, b time.Duration) int {
		if a <= b {
			return -1
		}
		return 1
	})
	return float64(n) / float64(len(truth))
}

// The comparison above must be able to fail, and must be right at a jump.
func TestNearFault(t *testing.T) {
	var truth []time.Duration
	for range 950 {
		truth = append(truth, 5*time.Millisecond)
	}
	for range 50 {
		truth = append(truth, 80*time.Millisecond)
	}
	for _, c := range []struct {
		got  time.Duration
		q    float64
		near bool
	}{
		{5 * time.Millisecond, .5, true}, {7 * time.Millisecond, .5, true}, {8 * time.Millisecond, .5, false},
		{2 * time.Millisecond, .5, false}, {5 * time.Millisecond, .95, true}, {80 * time.Millisecond, .95, true},
		{80 * time.Millisecond, .99, true}, {5 * time.Millisecond, .99, false}, {90 * time.Millisecond, .99, false},
	} {
		if fault := nearFault(c.got, truth, c.q, 2*time.Millisecond); (fault == "") != c.near {
			t.Errorf("p%g reported as %v: %q, want near: %v", c.q*100, c.got, fault, c.near)
		}
	}
}

func TestReferenceScenarios(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes a minute of real time")
	}
	realtest.Long(t, "it takes a minute of real time; the same scenarios run in virtual time")
	// The target's garbage is in this process too, and stopping it for a millisecond would stop the tool.
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	for _, engine := range engines() {
		for _, c := range scenarios() {
			if engine == "io_uring" && c.name != "lognormal" {
				continue // schedules are kept by epoll, unless a ring is asked for: one is enough to see that it can
			}
			c.plan.on(engine)
			t.Run(engine+"/"+c.name, func(t *testing.T) { fireScenario(t, c) })
		}
	}
}

// engines are those that this system has; the event loop once for each way in which it waits.
func engines() []string {
	switch {
	case runtime.GOOS != "linux":
		return []string{"http"}
	case ringRefused() != "":
		return []string{"http", "epoll"}
	}
	return []string{"http", "epoll", "io_uring"}
}

// on puts the plan on one of engines, or on what "wire" and "auto" take by themselves.
func (p *Plan) on(engine string) {
	p.Engine.Name = engine
	if engine == "epoll" || engine == "io_uring" {
		p.Engine.Name, p.Engine.Poll = "wire", engine
	}
}

func scenarios() []scenario {
	ms := time.Millisecond
	per := func(rate float64) arrivals.Rate { return arrivals.Rate{PerSecond: rate} }
	return []scenario{
		{"constant", putserver.Config{Law: putserver.Constant(20 * ms)},
			Plan{Load: Load{Rate: per(500), Concurrency: 64, Duration: 2 * time.Second}}, wantConstant, nil},
		{"bimodal", putserver.Config{Law: putserver.Bimodal(5*ms, 80*ms, 20)},
			Plan{Load: Load{Rate: per(1000), Concurrency: 100, Duration: 2 * time.Second}}, wantKept, nil},
		{"lognormal", putserver.Config{Law: putserver.LogNormal(10*ms, 0.5)},
			Plan{Load: Load{Rate: per(1000), Concurrency: 100, Duration: 2 * time.Second}}, wantKept, nil},
		{"frozen, slots enough", putserver.Config{Law: putserver.Freeze(5*ms, 100*ms, time.Second)},
			Plan{Load: Load{Rate: per(1000), Concurrency: 150, Duration: 2 * time.Second}}, wantKept, afterFreeze},
		{"frozen, 30 slots", putserver.Config{Law: putserver.Freeze(5*ms, 100*ms, time.Second)},
			Plan{Load: Load{Rate: per(1000), Concurrency: 30, Duration: 2 * time.Second}}, wantFreezeSeen, afterFreeze},
		{"overload", putserver.Config{Law: putserver.Constant(ms), Servers: 1},
			Plan{Load: Load{Rate: per(1200), Concurrency: 64, Requests: 2400}}, wantSaturated, nil},
		{"pool too small", putserver.Config{Law: putserver.Constant(20 * ms)},
			Plan{Load: Load{Rate: per(1000), Concurrency: 10, Requests: 2000}}, wantPoolLimited, nil},
		{"uniform at ρ 0.9", putserver.Config{Law: putserver.Constant(5 * ms), Servers: 1},
			Plan{Load: Load{Rate: per(180), Concurrency: 64, Duration: 2 * time.Second}}, wantKept, nil},
		{"Poisson at ρ 0.8", putserver.Config{Law: putserver.Constant(5 * ms), Servers: 1},
			Plan{Load: Load{Rate: per(160), Concurrency: 64, Duration: 2 * time.Second, Poisson: true}}, wantKept, nil},
		{"faults", putserver.Config{Law: putserver.Constant(ms), SilentShare: 0.01, ResetShare: 0.01},
			Plan{Load: Load{Rate: per(1000), Concurrency: 200, Duration: 2 * time.Second}, Transport: transport.Spec{Timeout: time.Second}}, wantFaults, nil},
	}
}

func wantKept(j judge, r *stats.Run) {
	wantVerdict(j, r, stats.Kept)
	if r.Totals.OK != r.Totals.Planned {
		j.Errorf("%d of %d ok: %+v", r.Totals.OK, r.Totals.Planned, r.Outcomes)
	}
}

func wantConstant(j judge, r *stats.Run) {
	wantKept(j, r)
	if r.Latency.PoolLag.Quantile(.999) > allowed(r) {
		j.Errorf("pool lag p99.9 %v with slots to spare", r.Latency.PoolLag.Quantile(.999))
	}
	if n := r.Totals.ConnectionsOpened; n > 64 {
		j.Errorf("%d connections opened for 64 slots", n)
	}
}

func wantFreezeSeen(j judge, r *stats.Run) {
	if p98 := r.Latency.Response.Quantile(.98); p98 < 70*time.Millisecond {
		j.Errorf("response p98 %v hides the freeze", p98)
	}
	if p90 := r.Latency.Service.Quantile(.9); p90 > 20*time.Millisecond {
		j.Errorf("service p90 %v: only 30 requests stood in the freeze", p90)
	}
}

func wantSaturated(j judge, r *stats.Run) {
	wantVerdict(j, r, stats.ServerSaturated)
	if a := r.Totals.AchievedPerSecond; math.Abs(a-1000) > 30 {
		j.Errorf("achieved %.0f/s, the server can do 1000", a)
	}
}

func wantPoolLimited(j judge, r *stats.Run) {
	wantVerdict(j, r, stats.PoolLimited)
	if n := r.Verdict.NeededConcurrency; n < 26 || n > 30 {
		j.Errorf("needed concurrency %d, want 26 and what the machine adds", n)
	}
}

func wantFaults(j judge, r *stats.Run) {
	c := r.Totals
	if share := float64(c.TimedOut+c.Failed) / float64(c.Sent); math.Abs(share-0.02) > 0.0002 {
		j.Errorf("error rate %.3f %%, want 2.00: %+v", share*100, r.Outcomes)
	}
	for _, f := range r.Outcomes {
		if f.Outcome == stats.Timeout && f.Stage != stats.InWait {
			j.Errorf("%d timeouts in stage %v: the server was silent", f.Count, f.Stage)
		}
	}
}
