package loadgen

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"shotput/loadgen/request"
	"shotput/loadgen/route"
	"shotput/loadgen/transport"

	"shotput/putserver/realtest"
	"shotput/stats"
)

// A doorman is a server that counts connections and requests, and notes what was asked for.
type doorman struct {
	*httptest.Server
	opened atomic.Int64
	mu     sync.Mutex
	paths  []string
}

// startDoorman starts one that closes connections which are idle for so long; 0: never.
func startDoorman(t *testing.T, idle time.Duration) *doorman {
	d := new(doorman)
	d.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d.mu.Lock()
		d.paths = append(d.paths, r.URL.Path)
		d.mu.Unlock()
		w.WriteHeader(http.StatusNoContent)
	}))
	d.Config.IdleTimeout = idle
	d.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			d.opened.Add(1)
		}
	}
	d.Start()
	t.Cleanup(d.Close)
	return d
}

// taken gives what was asked for since it was last called.
func (d *doorman) taken() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	all := d.paths
	d.paths = nil
	return all
}

func (d *doorman) plan(engine string) Plan {
	p := Plan{Request: request.Spec{URL: d.URL + "/{{seq}}"}, Route: route.Spec{Proxy: route.NoProxy},
		Transport: transport.Spec{Timeout: 10 * time.Second}, Load: Load{Concurrency: 4, Requests: 40}}
	p.on(engine)
	return p
}

// mostOpened is how many connections an engine may open for so many slots: net/http goes on dialling for a request that has
// got a connection which became free meanwhile.
func mostOpened(engine string, slots int64) int64 {
	if engine == "http" {
		return 2 * slots
	}
	return slots
}

func prepare(t *testing.T, p Plan) *Session {
	t.Helper()
	s, err := Prepare(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func (s *Session) mustRun(t *testing.T, load Load) *stats.Run {
	t.Helper()
	r, err := s.Run(t.Context(), load, new(keep))
	if err != nil {
		t.Fatal(err)
	}
	wantConserved(t, r)
	return r
}

// A session that is run twenty times opens its connections once, sends each run's own requests, and gives each run figures
// of its own.
func TestSessionRunsTwentyTimes(t *testing.T) {
	t.Parallel()
	for _, engine := range engines() {
		t.Run(engine, func(t *testing.T) {
			d := startDoorman(t, 0)
			s := prepare(t, d.plan(engine))
			for i := range 20 {
				n := int64(40 + i)
				load := Load{Concurrency: 4, Requests: n}
				if i%2 == 1 {
					load.Rate = Rate{PerSecond: 2000}
				}
				r := s.mustRun(t, load)
				if r.Totals.OK != n || len(d.taken()) != int(n) || r.Totals.Reopened != 0 {
					t.Errorf("run %d: %+v", i, r.Totals)
				}
				if opened := r.Totals.ConnectionsOpened; i > 0 && opened > 0 && engine != "http" || i == 0 && (opened < 1 || opened > mostOpened(engine, 4)) {
					t.Errorf("run %d opened %d connections", i, opened)
				}
				if sent := r.Totals.WireBytesSent; sent < 40*n || sent > 400*n {
					t.Errorf("run %d of %d requests sent %d bytes", i, n, sent)
				}
			}
			most := int64(4)
			if engine == "http" { // on a busy machine it dials where a connection is about to become free
				most = 20 * 4 / 2
			}
			if n := d.opened.Load(); n > most {
				t.Errorf("%d connections were opened for 4 slots, of 80 if each run opened its own", n)
			}
		})
	}
}

// Two sessions in one process run in turn, and neither has anything of the other.
func TestSessionsInterleave(t *testing.T) {
	for _, engine := range engines() {
		t.Run(engine, func(t *testing.T) {
			a, b := startDoorman(t, 0), startDoorman(t, 0)
			one, other := prepare(t, a.plan(engine)), prepare(t, b.plan(engine))
			for range 3 {
				if r := one.mustRun(t, Load{Concurrency: 4, Requests: 30}); r.Totals.OK != 30 || len(a.taken()) != 30 {
					t.Errorf("%+v", r.Totals)
				}
				if r := other.mustRun(t, Load{Concurrency: 2, Requests: 50}); r.Totals.OK != 50 || len(b.taken()) != 50 {
					t.Errorf("%+v", r.Totals)
				}
			}
			if most := mostOpened(engine, 4); a.opened.Load() > most || b.opened.Load() > most {
				t.Errorf("%d and %d connections were opened for 4 slots each", a.opened.Load(), b.opened.Load())
			}
		})
	}
}

// Connections that the server closes between two runs are opened anew before the next: none of its requests fails, and
// they are counted apart.
func TestSessionReopensWhatTheServerClosed(t *testing.T) {
	t.Parallel()
	for _, engine := range engines() {
		t.Run(engine, func(t *testing.T) {
			d := startDoorman(t, 0)
			wantReopened(t, engine, d, d.CloseClientConnections) // the next run begins before net/http has noticed
		})
	}
}

// A server that closes what is idle for a second does so between runs that are two seconds apart.
func TestSessionOutlivesAnIdleLimit(t *testing.T) {
	t.Parallel()
	realtest.Long(t, "it lives through a server's idle limit")
	for _, engine := range engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			wantReopened(t, engine, startDoorman(t, time.Second), func() { time.Sleep(2 * time.Second) })
		})
	}
}

// wantReopened runs a session thrice, against a server that closes its connections in the pauses.
func wantReopened(t *testing.T, engine string, d *doorman, pause func()) {
	t.Helper()
	s := prepare(t, d.plan(engine))
	for i := range 3 {
		r := s.mustRun(t, Load{Concurrency: 4, Requests: 40})
		if r.Totals.OK != 40 || r.Totals.Attempts != 40 || i > 0 && r.Totals.Reopened == 0 {
			t.Errorf("run %d: %+v", i, r.Totals)
		}
		if i > 0 && r.Totals.ConnectionsOpened > mostOpened(engine, 4)-4 {
			t.Errorf("run %d: %d connections were opened by requests", i, r.Totals.ConnectionsOpened)
		}
		pause()
	}
}

// The first request is request 1: sent alone, counted by the first run, and sent no second time.
func TestFirstRequestIsTheRuns(t *testing.T) {
	for _, engine := range engines() {
		for name, load := range map[string]Load{
			"closed":    {Concurrency: 3, Requests: 20},
			"scheduled": {Concurrency: 3, Requests: 20, Rate: Rate{PerSecond: 1000}},
			"one":       {Requests: 1},
		} {
			t.Run(engine+" "+name, func(t *testing.T) {
				d := startDoorman(t, 0)
				p := d.plan(engine)
				p.Load = load
				s := prepare(t, p)
				if got := d.taken(); !slices.Equal(got, []string{"/1"}) || len(s.First()) != 1 || s.First()[0].Observation.Status != 204 {
					t.Fatalf("%q was sent first", got)
				}
				if name == "scheduled" && d.opened.Load() != 1 {
					t.Errorf("%d connections were opened ahead of a schedule", d.opened.Load())
				}
				r := s.mustRun(t, load)
				if r.Totals.Planned != load.Requests || r.Totals.OK != load.Requests || len(r.Status) != 1 {
					t.Errorf("%+v, %+v", r.Totals, r.Status)
				}
				got := append(d.taken(), "/1")
				slices.Sort(got)
				if want := int(load.Requests); len(slices.Compact(got)) != want {
					t.Errorf("%d different requests came, want %d: %q", len(slices.Compact(got)), want, got)
				}
				if r := s.mustRun(t, load); r.Totals.OK != load.Requests || len(d.taken()) != int(load.Requests) {
					t.Errorf("a later run has %+v", r.Totals)
				}
			})
		}
	}
}

// A warm-up takes the first request in; what is measured is as many as were asked for.
func TestFirstRequestOfAWarmup(t *testing.T) {
	for _, engine := range engines() {
		d := startDoorman(t, 0)
		p := d.plan(engine)
		p.Load = Load{Concurrency: 2, Requests: 30, Rate: Rate{PerSecond: 1000}, Warmup: 20 * time.Millisecond}
		r, err := Run(t.Context(), p, new(keep))
		if err != nil {
			t.Fatal(err)
		}
		wantConserved(t, r)
		if n := len(d.taken()); r.Totals.OK != 30 || r.Totals.Warmup != 20 || n != 50 {
			t.Errorf("%s: %d came, %+v", engine, n, r.Totals)
		}
	}
}

// Another seed draws other values in the same session, and a load that does not fit the plan is a fault.
func TestSessionTakesAnotherLoad(t *testing.T) {
	d := startDoorman(t, 0)
	p := d.plan("auto")
	p.Request.URL = d.URL + "/{{uuid}}"
	s := prepare(t, p)
	s.mustRun(t, Load{Requests: 5, Concurrency: 1})
	one := append(d.taken(), "")
	s.mustRun(t, Load{Requests: 5, Concurrency: 1, Seed: 2})
	for _, path := range d.taken() {
		if slices.Contains(one, path) {
			t.Errorf("seed 2 draws %s too", path)
		}
	}
	_, err := s.Run(t.Context(), Load{Concurrency: -1}, new(keep))
	var f *Fault
	if !errors.As(err, &f) || f.Field != "concurrency" {
		t.Errorf("ended: %v", err)
	}
}

// Rules may be others from one run to the next, and must fit the load of each.
func TestSessionTakesOtherRules(t *testing.T) {
	d := startDoorman(t, 0)
	s := prepare(t, d.plan("auto"))
	of := func(text string) Rules {
		rule, err := stats.ParseRule(text)
		if err != nil {
			t.Fatal(err)
		}
		return Rules{Thresholds: []stats.Rule{rule}}
	}
	s.SetRules(of("failed == 0"))
	if run := s.mustRun(t, Load{Requests: 2, Concurrency: 1}); len(run.Thresholds) != 1 || !run.Thresholds[0].OK {
		t.Errorf("judged by %+v", run.Thresholds)
	}
	s.SetRules(of("response.p99 < 1h"))
	_, err := s.Run(t.Context(), Load{Requests: 2, Concurrency: 1}, nil)
	var f *Fault
	if !errors.As(err, &f) || f.Field != "threshold" {
		t.Errorf("a closed loop has a response time: %v", err)
	}
	s.SetRules(Rules{})
	if run := s.mustRun(t, Load{Requests: 2, Concurrency: 1}); len(run.Thresholds) != 0 {
		t.Errorf("judged by %+v", run.Thresholds)
	}
}

// A load may start at an instant: nothing goes out before it.
func TestLoadStartsAtAnInstant(t *testing.T) {
	t.Parallel()
	for _, engine := range engines() {
		d := startDoorman(t, 0)
		s := prepare(t, d.plan(engine))
		start := time.Now().Add(50 * time.Millisecond)
		for _, rate := range []float64{0, 1000} {
			r := s.mustRun(t, Load{Concurrency: 2, Requests: 10, Rate: Rate{PerSecond: rate}, Start: start})
			var lead time.Duration // a closed loop's time begins with its first request
			if rate == 0 {
				lead = r.First.Service
			}
			if !r.Started.Add(lead).Equal(start) || r.Totals.OK != 10 {
				t.Errorf("%s: started at %v, want %v; %+v", engine, r.Started, start, r.Totals)
			}
			start = time.Now().Add(50 * time.Millisecond)
		}
	}
}

func ExampleSession() {
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer server.Close()
	ctx := context.Background()
	session, err := Prepare(ctx, Plan{Request: RequestSpec{URL: server.URL + "/items/{{seq}}"}, Route: RouteSpec{Proxy: "none"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer session.Close()
	for _, rate := range []float64{500, 1000} {
		run, err := session.Run(ctx, Load{Requests: 100, Rate: Rate{PerSecond: rate}}, nil)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%v/s: %d of %d OK\n", rate, run.Totals.OK, run.Totals.Planned)
	}
	// Output:
	// 500/s: 100 of 100 OK
	// 1000/s: 100 of 100 OK
}
