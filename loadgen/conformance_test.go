//go:build unix

package loadgen

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"shotput/loadgen/route"

	"shotput/stats"
)

// What a plan means does not depend on which engine fires it. So every case here runs on both, through Run, and
// must end the same: outcomes, stages, statuses, what the server saw. Where the engines differ on purpose, the case
// says so beside the reason.

// TestMain lets more tests run at the same time than there are processors: nearly all of them wait for sockets. What
// the environment says of proxies is for those alone that set it.
func TestMain(m *testing.M) {
	flag.Parse()
	route.EnvFrom(func(name string) (string, bool) { return "", os.Unsetenv(name) != nil })
	if flag.Lookup("test.parallel").Value.String() == strconv.Itoa(runtime.GOMAXPROCS(0)) {
		flag.Set("test.parallel", "10")
	}
	os.Exit(m.Run())
}

// onEngines runs a check once for each engine, at the same time.
func onEngines(t *testing.T, check func(t *testing.T, engine string)) {
	t.Helper()
	for _, engine := range engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			check(t, engine)
		})
	}
}

// gather is a Sink that keeps the whole, and adds up what only windows tell.
type gather struct {
	keep
	bodyRead int64 // bytes of answers' bodies
}

func (g *gather) Window(w *stats.Window) { g.bodyRead += w.Tally.BodyRead }

// fireOn runs the plan on an engine. Nothing may be lost.
func fireOn(t *testing.T, engine string, plan Plan) *gather {
	t.Helper()
	plan.on(engine)
	plan.NoPreflight = true
	sink := new(gather)
	if _, err := Run(context.Background(), plan, sink); err != nil {
		t.Fatal(err)
	}
	wantConserved(t, sink.run)
	return sink
}

// endings is a run in words: "2 × 204 No Content, 1 × closed wait".
func endings(r *stats.Run) string {
	var all []string
	for _, s := range r.Status {
		all = append(all, strings.TrimSpace(fmt.Sprintf("%d × %d %s", s.Latency.Count(), s.Code, s.Reason)))
	}
	for _, f := range r.Outcomes {
		words := fmt.Sprintf("%d × %v %v", f.Count, f.Outcome, f.Stage)
		if f.Status != 0 {
			words += fmt.Sprintf(" %d", f.Status)
		}
		all = append(all, strings.Join(strings.Fields(words), " "))
	}
	return strings.Join(all, ", ")
}

// answers reads each request of a connection whole, and answers each with these bytes.
func answers(answer string) func(net.Conn) { return answersAtMost(1<<30, answer) }

// answersOnce closes after its answer, whatever that says.
func answersOnce(answer string) func(net.Conn) { return answersAtMost(1, answer) }

func answersAtMost(n int, answer string) func(net.Conn) {
	return func(c net.Conn) {
		r := bufio.NewReader(c)
		for range n {
			if request, err := http.ReadRequest(r); err != nil || drain(request) != nil {
				return
			}
			io.WriteString(c, answer)
		}
	}
}

func drain(r *http.Request) error {
	_, err := io.Copy(io.Discard, r.Body)
	return err
}

// TestEnginesAgree: one connection, five requests, and what became of them.
func TestEnginesAgree(t *testing.T) {
	t.Parallel()
	for _, c := range agreed() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			onEngines(t, func(t *testing.T, engine string) {
				plan := c.plan
				plan.Request.URL, plan.Load.Concurrency, plan.Load.Requests = "http://"+peer(t, c.serve)+"/{{seq}}", 1, 5
				sink := fireOn(t, engine, plan)
				// net/http may hand a connection that is just being closed to the next request, and send that again.
				for range 4 {
					if engine == "wire" || sink.run.Totals.Attempts == 5 {
						break
					}
					sink = fireOn(t, engine, plan)
				}
				if got := endings(sink.run); got != c.want {
					t.Errorf("ended: %s\nwant:  %s\n%+v", got, c.want, sink.run.Outcomes)
				}
				if got := sink.run.Totals.ConnectionsOpened; got != c.opened && c.opened != 0 {
					t.Errorf("opened %d connections, want %d", got, c.opened)
				}
				if sink.bodyRead != c.read {
					t.Errorf("read %d bytes of bodies, want %d", sink.bodyRead, c.read)
				}
				if len(sink.run.Outcomes) > 0 && c.note != "" && sink.run.Outcomes[0].Example != c.note {
					t.Errorf("the note is %q, want %q", sink.run.Outcomes[0].Example, c.note)
				}
				if got := sink.run.Totals.Attempts; got != 5 {
					t.Errorf("%d attempts for 5 requests", got)
				}
			})
		})
	}
}

// TestEnginesAgreeOnOutcomes: what Once sees of each provocation, a run of either engine sees of each request.
func TestEnginesAgreeOnOutcomes(t *testing.T) {
	t.Parallel()
	for name, c := range provocations(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEngines(t, func(t *testing.T, engine string) {
				plan := c.plan
				plan.Load.Concurrency, plan.Load.Requests = 1, 1
				r := fireOn(t, engine, plan).run
				if c.outcome == stats.OK {
					if r.Totals.OK != 1 {
						t.Errorf("ended: %s; want it ok", endings(r))
					}
					return
				}
				if len(r.Outcomes) != 1 || r.Outcomes[0].Count != 1 {
					t.Fatalf("ended: %s; want one failure", endings(r))
				}
				f := r.Outcomes[0]
				if f.Outcome != c.outcome || f.Stage != c.stage || f.Status != c.status {
					t.Errorf("%v %v %d (%s), want %v %v %d", f.Outcome, f.Stage, f.Status, f.Example, c.outcome, c.stage, c.status)
				}
				if (f.Example == "") != (f.Outcome == stats.BadStatus) || strings.Contains(f.Example, "127.0.0.1") {
					t.Errorf("the detail is %q", f.Example)
				}
			})
		})
	}
}
