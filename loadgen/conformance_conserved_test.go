//go:build unix

package loadgen

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"shotput/loadgen/arrivals"
	"shotput/loadgen/request"
	"shotput/loadgen/route"
	"shotput/loadgen/transport"

	"shotput/putserver"
	"shotput/stats"
)

// Nothing is lost on real sockets either, whatever happens to the run or to the server.

// A server that ends each connection at once after its answer, without saying so, is still open in the client's eyes
// when the next request goes out. Such a request fails; it is not lost, and not sent again behind the user's back: the
// portable engine puts one on a second connection where not a byte of it went out on the first, and counts that.
func TestEnginesNeverRepeat(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, engine string) {
		var mu sync.Mutex
		seen := map[string]int{}
		url := "http://" + peer(t, func(c net.Conn) {
			request, err := http.ReadRequest(bufio.NewReader(c))
			if err != nil || drain(request) != nil {
				return
			}
			mu.Lock()
			seen[request.URL.Path]++
			mu.Unlock()
			io.WriteString(c, "HTTP/1.1 204 \r\n\r\n")
		})
		r := fireOn(t, engine, Plan{Request: request.Spec{URL: url + "/{{seq}}", Body: request.Body{Text: "once"}}, Load: Load{Concurrency: 4, Requests: 400}}).run
		mu.Lock()
		defer mu.Unlock()
		for path, n := range seen {
			if n != 1 {
				t.Errorf("%s was sent %d times", path, n)
			}
		}
		if n := int64(len(seen)); n < r.Totals.OK || n > 400 || r.Totals.Attempts < 400 || r.Totals.Attempts > 400 && engine != "http" {
			t.Errorf("seen %d, ok %d, attempts %d of 400", n, r.Totals.OK, r.Totals.Attempts)
		}
		for _, f := range r.Outcomes {
			if f.Outcome != stats.Reset && f.Outcome != stats.Closed {
				t.Errorf("%d × %v: %s", f.Count, f.Outcome, f.Example)
			}
		}
	})
}

// stopped runs the plan, asks it to drain after soft, and to end at once after hard; 0: never.
func stopped(t *testing.T, plan Plan, soft, hard time.Duration) *stats.Run {
	t.Helper()
	ctx, done := endingAfter(soft, hard)
	defer done()
	plan.NoPreflight, plan.Route.Proxy = true, route.NoProxy
	sink := new(keep)
	if _, err := Run(ctx, plan, sink); err != nil {
		t.Fatal(err)
	}
	wantConserved(t, sink.run)
	return sink.run
}

func TestEnginesConserveInterrupted(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	between := func(a, b time.Duration) time.Duration { return a + time.Duration(r.Int64N(int64(b-a))) }
	for range 20 {
		law := putserver.Constant(between(0, 30*time.Millisecond))
		plan := Plan{Load: Load{Concurrency: 1 + r.IntN(40), Duration: between(50*time.Millisecond, time.Second)}, Transport: transport.Spec{NoKeepalive: r.IntN(4) == 0}}
		if r.IntN(3) > 0 {
			plan.Load.Rate, plan.Load.Poisson = arrivals.Rate{PerSecond: 10 + 2000*r.Float64()}, r.IntN(2) == 0
		}
		soft, hard := between(0, 300*time.Millisecond), time.Duration(0)
		if r.IntN(2) == 0 {
			hard = soft + between(0, 40*time.Millisecond)
		}
		t.Run("", func(t *testing.T) {
			t.Parallel()
			onEngines(t, func(t *testing.T, engine string) {
				server := startTarget(t, putserver.Config{Law: law})
				plan := plan
				plan.on(engine)
				plan.Request.URL = server.url
				run := stopped(t, plan, soft, hard)
				seen := server.Stats().Requests
				if seen > run.Totals.Sent || hard == 0 && (seen != run.Totals.Sent || run.Totals.Aborted > 0) {
					t.Errorf("the target saw %d: %+v", seen, run.Totals)
				}
				if t.Failed() {
					t.Logf("plan %+v, soft %v, hard %v", plan, soft, hard)
				}
			})
		})
	}
}

// A mortal is a target that can be ended, and begin again at the same address.
type mortal struct {
	*putserver.Server
	address string
	served  chan error
}

func raise(t *testing.T, address string) *mortal {
	t.Helper()
	server, err := putserver.New(putserver.Config{Law: putserver.Constant(2 * time.Millisecond)})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	m := &mortal{server, l.Addr().String(), make(chan error, 1)}
	go func() { m.served <- server.Serve(l) }()
	return m
}

func (m *mortal) end() {
	m.Close()
	<-m.served
}

// endAfter ends it when it has seen n requests, and then does what comes next.
func (m *mortal) endAfter(n int64, next func()) (ended <-chan struct{}) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		for m.Stats().Requests < n {
			time.Sleep(time.Millisecond)
		}
		m.end()
		next()
	}()
	return done
}

func TestEnginesConserveWhenTheServerDies(t *testing.T) {
	t.Parallel()
	for name, plan := range map[string]Plan{
		"kept":   {},
		"closed": {Transport: transport.Spec{NoKeepalive: true}},
		"bodies": {Request: request.Spec{Body: request.Body{Size: 200_000}}},
	} {
		for _, again := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/again=%v", name, again), func(t *testing.T) {
				t.Parallel()
				onEngines(t, func(t *testing.T, engine string) {
					first := raise(t, "127.0.0.1:0")
					plan := plan
					plan.on(engine)
					plan.Request.URL, plan.Load.Rate = "http://"+first.address+"/objects/{{seq}}", arrivals.Rate{PerSecond: 300}
					plan.Load.Concurrency, plan.Load.Requests = 20, 120
					var second *mortal
					ended := first.endAfter(30, func() {
						if again {
							second = raise(t, first.address)
						}
					})
					run := stopped(t, plan, 0, 0)
					<-ended
					seen := first.Stats().Requests
					if again {
						second.end()
						seen += second.Stats().Requests
					}
					wantDeath(t, run, seen)
					if again && seen == first.Stats().Requests && run.Generator.HiccupMax < 50*time.Millisecond {
						t.Errorf("nothing came to the second server: %+v", run.Totals)
					}
				})
			})
		}
	}
}

// wantDeath holds a run in whose course the server ended, having seen so many requests.
func wantDeath(t *testing.T, r *stats.Run, seen int64) {
	t.Helper()
	if r.Totals.Unsent != 0 || seen < r.Totals.OK || seen > r.Totals.Sent {
		t.Errorf("the servers saw %d: %+v", seen, r.Totals)
	}
	for _, f := range r.Outcomes {
		switch f.Outcome {
		case stats.Refused, stats.Reset, stats.Closed:
		default:
			t.Errorf("%d × %v: %s", f.Count, f.Outcome, f.Example)
		}
	}
}

func TestEnginesConserveWhenEverythingTimesOut(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, engine string) {
		server := startTarget(t, putserver.Config{Law: putserver.Constant(0), SilentShare: 1})
		plan := Plan{Request: request.Spec{URL: server.url}, Load: Load{Rate: arrivals.Rate{PerSecond: 200}, Concurrency: 10, Duration: 300 * time.Millisecond}, Transport: transport.Spec{Timeout: 100 * time.Millisecond}}
		plan.on(engine)
		run := stopped(t, plan, 0, 0)
		if run.Totals.OK != 0 || run.Totals.TimedOut != run.Totals.Sent || run.Totals.Sent == 0 || run.Totals.Aborted != 0 {
			t.Errorf("%+v, want nothing but timeouts", run.Totals)
		}
		if shortest := run.Latency.Failed.Min(); shortest < plan.Transport.Timeout {
			t.Errorf("the shortest timeout took %v, less than the limit", shortest)
		}
		// A busy machine's target may get to a connection only when its request has run out of time.
		if seen := server.Stats().Requests; seen > run.Totals.Sent {
			t.Errorf("the target saw %d of %d", seen, run.Totals.Sent)
		}
	})
}
