package cli_test

import (
	"bytes"
	"math"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"shotput/putserver"
	"shotput/putserver/realtest"
	"shotput/stats"
	"shotput/stats/curve"
)

// The curve of one server of constant service under Poisson arrivals is what the server's own log has, at each load.
func TestCurveOfOneServerIsThatOfItsLog(t *testing.T) {
	realtest.Long(t, "a sweep in real time")
	server, err := putserver.New(putserver.Config{Law: putserver.Constant(2 * time.Millisecond), Servers: 1})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		server.Serve(l)
	}()
	defer func() { server.Close(); <-served }()
	file := filepath.Join(t.TempDir(), "curve.json")
	// 0.3 to 0.8 of 500/s, in steps of 0.1.
	c := exec.Command("shotput", "curve", "-s", "--rates", "150..400/s", "--steps", "6", "--scale", "lin", "--arrivals", "poisson",
		"--trial", "3s", "-c", "200", "-d", "x", "-o", file, "http://"+l.Addr().String()+"/{{seq}}")
	said, err := c.CombinedOutput()
	t.Logf("%v\n%s", err, said)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	runs, _, err := curve.Decode(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	judged := 0
	for _, r := range runs {
		if r.Verdict.Status == stats.ClientLimited {
			t.Logf("%v/s: %s", r.Plan.RatePerSecond, r.Verdict.Reason)
			continue
		}
		judged++
		holdAgainstLog(t, r, server)
	}
	if judged == 0 {
		t.Skip("this machine cannot measure now, and the tool said so of every load")
	}
}

// holdAgainstLog compares a run with what the server's log has of its measured span: service time, and response time where
// it is firm. Where it is not, what the server took lies between its bounds.
func holdAgainstLog(t *testing.T, r *stats.Run, server *putserver.Server) {
	t.Helper()
	from := r.Started.Sub(server.Zero()) + r.Plan.Warmup
	var held []time.Duration
	for _, e := range server.Log() {
		if e.Arrival >= from && e.Arrival < from+r.Plan.Duration {
			held = append(held, e.Held())
		}
	}
	slices.Sort(held)
	near := func(a, b time.Duration) bool {
		return math.Abs(float64(a-b)) <= .1*float64(b)+float64(200*time.Microsecond)
	}
	for _, q := range []float64{.5, .9, .99} {
		truth, service := held[int(q*float64(len(held)-1))], r.Latency.Service.Quantile(q)
		response := r.Latency.BoundsOf(true, stats.At(q))
		t.Logf("%v/s: p%v of %d: %v by the log, service %v, response %v to %v", r.Plan.RatePerSecond, 100*q, len(held), truth, service,
			response.Lower, response.Upper)
		switch {
		case !near(service, truth):
			t.Errorf("%v/s: p%v of service is %v, and %v by the log", r.Plan.RatePerSecond, 100*q, service, truth)
		case response.Firm() && !near(response.Upper, truth):
			t.Errorf("%v/s: p%v of response is %v, and %v by the log", r.Plan.RatePerSecond, 100*q, response.Upper, truth)
		case response.Upper < truth*9/10:
			t.Errorf("%v/s: p%v of response is at most %v, and %v by the log", r.Plan.RatePerSecond, 100*q, response.Upper, truth)
		}
	}
}
