package loadgen

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"testing"
	"time"

	"shotput/loadgen/answer"
	"shotput/loadgen/arrivals"
	"shotput/loadgen/header"
	"shotput/loadgen/request"
	"shotput/loadgen/route"
	"shotput/loadgen/transport"

	"shotput/loadgen/wire"
	"shotput/putserver"
	"shotput/putserver/realtest"
	"shotput/stats"
)

// The event loop alone: what it costs, and what it says when the machine takes the tool's time away.

// TestLoopsAllocateNothing: from claim to record, for requests whose answers come from a responder that allocates
// nothing either. What a run allocates at its begin and end is left out by comparing two. What it allocates in a second,
// however many requests the second holds, is taken off (150 to 250 were seen: a window, a look at the machine), since a
// busy machine, and the race detector, make the longer run longer by seconds.
func TestLoopsAllocateNothing(t *testing.T) {
	const few, more, aSecond = 5_000, 25_000, 400
	for name, plan := range map[string]Plan{
		"static":   {Request: request.Spec{Body: request.Body{Text: "body"}}},
		"template": {Request: request.Spec{Header: []header.Line{{Name: "X-Number", Value: "{{seq}}-{{randHex 8}}"}}, Body: request.Body{Text: "{{seq}} {{uuid}}"}}},
		"paced":    {Load: Load{Rate: arrivals.Rate{PerSecond: 100_000}}},
	} {
		t.Run(name, func(t *testing.T) {
			plan.Request.URL = "http://" + peer(t, realtest.Answering("HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n"))
			plan.Load.Concurrency, plan.Answer.Status = 8, mustSet(t, "503")
			mallocs := func(n int64) float64 {
				plan.Load.Requests = n
				var before, after runtime.MemStats
				began := time.Now()
				runtime.ReadMemStats(&before)
				r := fireOn(t, "wire", plan).run
				runtime.ReadMemStats(&after)
				if r.Totals.OK != n {
					t.Fatalf("ended: %s", endings(r))
				}
				return float64(after.Mallocs-before.Mallocs) - aSecond*time.Since(began).Seconds()
			}
			each := math.Inf(1)
			for i := 0; i < 5 && each > 0.01; i++ {
				each = (mallocs(more) - mallocs(few)) / (more - few)
			}
			if each > 0.01 {
				t.Errorf("%.4f allocations a request, five times", each)
			}
		})
	}
}

func mustSet(t *testing.T, s string) answer.StatusSet {
	t.Helper()
	set, err := answer.ParseStatusSet(s)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// started is a Sink that says on standard output when the run begins, and writes it down when it has ended.
type started struct{ keep }

func (s *started) Start(*stats.Run) { os.Stdout.WriteString("\n") }

// stoppedTool names the URL that the test binary fires at instead of testing.
const stoppedTool = "SHOTPUT_TEST_STOPPED"

// TestToolStopped: the tool stands still for half a second of a run against a server of 50 ms. What was due
// meanwhile is late by the tool's fault, and it says so. What was under way was answered meanwhile, and the kernel's
// stamps know when. The server is slow enough for something to be under way even where the tool was kept off the processor
// for a while before.
func TestToolStopped(t *testing.T) {
	if url := os.Getenv(stoppedTool); url != "" {
		sink := new(started)
		if _, err := Run(context.Background(), Plan{
			Request:     request.Spec{URL: url},
			Load:        Load{Rate: arrivals.Rate{PerSecond: 500}, Concurrency: 64, Duration: 2 * time.Second},
			NoPreflight: true,
			Route:       route.Spec{Proxy: route.NoProxy},
			Engine:      Firing{Name: "wire"},
			Rules:       Rules{Thresholds: rules("p99 < 200ms", "p99 < 20s")},
		}, sink); err != nil {
			t.Fatal(err)
		}
		stats.Encode(os.Stdout, sink.run)
		os.Exit(0)
	}
	t.Parallel()
	server := startTarget(t, putserver.Config{Law: putserver.Constant(50 * time.Millisecond)})
	tool := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	tool.Env = append(os.Environ(), stoppedTool+"="+server.url)
	out, err := tool.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	// Whoever is stopped sees nobody end: the kernel ends it with this process.
	tool.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := tool.Start(); err != nil {
		t.Fatal(err)
	}
	out.Read(make([]byte, 1))
	for _, step := range []struct {
		after  time.Duration
		signal syscall.Signal
	}{{400 * time.Millisecond, syscall.SIGSTOP}, {500 * time.Millisecond, syscall.SIGCONT}} {
		time.Sleep(step.after)
		tool.Process.Signal(step.signal)
	}
	var b bytes.Buffer
	b.ReadFrom(out)
	if err := tool.Wait(); err != nil {
		t.Fatal(err)
	}
	r, err := stats.Decode(&b)
	if err != nil {
		t.Fatal(err)
	}
	wantConserved(t, r)
	wantLogged(t, server, r)
	// Where all was sent in time, the lateness is in the bounds; a machine that is busy too may miss the end of the span.
	if v := r.Verdict; v.Status != stats.Kept && v.Status != stats.ClientLimited {
		t.Errorf("verdict is %s (%s): the tool's standstill is not the server's", v.Status, v.Reason)
	}
	if r.FirmTo() >= 99 {
		t.Errorf("p%v is said to be firm though the tool stood still", r.FirmTo())
	}
	truths, _ := server.truths(t, r)
	slow := quantileOf(truths, .99) > 100*time.Millisecond // the server itself was kept off the processor
	for i, want := range []stats.Result{stats.RuleNotJudged, stats.RuleKept} {
		lost := slow || r.Verdict.Status == stats.ClientLimited && r.Thresholds[i].Result == stats.RuleNotJudged
		if th := r.Thresholds[i]; th.Result != want && !lost {
			t.Errorf("%+v is %s, want %s", th, th.Result, want)
		}
	}
	if p99 := r.Latency.Response.Quantile(.99); p99 < 300*time.Millisecond {
		t.Errorf("response p99 is %v: what was due in the half second does not show", p99)
	}
	if longest, truly := r.Latency.Service.Max(), truths[len(truths)-1]; longest > truly+250*time.Millisecond {
		t.Errorf("the longest service time is %v, where the server took %v: the tool's standstill shows as the server's", longest, truly)
	}
	if longest := r.Latency.ReadLag.Max(); longest < 300*time.Millisecond {
		t.Errorf("the longest read lag is %v, so nothing was under way: %s", longest, endings(r))
	}
}

// The loop gets system calls' errors as they are, and Go's net in the wrappings of its dialler.
func TestFailuresOnTheLoop(t *testing.T) {
	for _, c := range []struct {
		err     error
		at      stats.Stage
		outcome stats.Outcome
		stage   stats.Stage
	}{
		{wire.ErrTimeLimit, stats.InTLS, stats.Timeout, stats.InTLS},
		{wire.ErrHalted, stats.InConnect, stats.Aborted, stats.InConnect},
		{errors.Join(wire.ErrBody, io.EOF), stats.InUpload, stats.BadBody, stats.NoStage},
		{syscall.ECONNRESET, stats.InDownload, stats.Reset, stats.InDownload},
		{syscall.EPIPE, stats.InUpload, stats.Reset, stats.InUpload},
		{syscall.ETIMEDOUT, stats.InWait, stats.Timeout, stats.InWait},
		{syscall.EHOSTUNREACH, stats.InWait, stats.Unreachable, stats.InConnect},
		{io.EOF, stats.InWait, stats.Closed, stats.InWait},
		{io.ErrUnexpectedEOF, stats.InDownload, stats.Closed, stats.InDownload},
		{fmt.Errorf("adopt: %w", os.NewSyscallError("fcntl", syscall.EMFILE)), stats.InConnect, stats.NoFile, stats.InConnect},
		{&net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.EADDRNOTAVAIL)}, stats.InConnect, stats.NoPort, stats.InConnect},
		{&net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ENETUNREACH)}, stats.InConnect, stats.Unreachable, stats.InConnect},
		{syscall.ENOMEM, stats.InUpload, stats.Other, stats.NoStage},
	} {
		if o, s, detail := nameFailure(c.err, c.at); o != c.outcome || s != c.stage || detail == "" {
			t.Errorf("%v is %v %v (%q), want %v %v", c.err, o, s, detail, c.outcome, c.stage)
		}
	}
}

// Runs give their descriptors back, however they end. The first run is not counted: the runtime opens some of its own.
func TestLoopsLeaveNothingOpen(t *testing.T) {
	shortRuns(t, 1)
	before := descriptors(t)
	shortRuns(t, 20)
	after := descriptors(t)
	for range 100 { // a server's side of a connection ends a moment later
		if after <= before {
			return
		}
		time.Sleep(10 * time.Millisecond)
		after = descriptors(t)
	}
	t.Errorf("%d descriptors were open before, %d after", before, after)
}

// shortRuns fires n runs that are halted earlier or later, at servers that fail some of their requests.
func shortRuns(t *testing.T, n int) {
	for i := range n {
		t.Run("", func(t *testing.T) {
			server := startTarget(t, putserver.Config{Law: putserver.Constant(2 * time.Millisecond), SilentShare: 0.02, ResetShare: 0.02})
			stopped(t, Plan{
				Engine:    Firing{Name: "wire"},
				Request:   request.Spec{URL: server.url},
				Load:      Load{Rate: arrivals.Rate{PerSecond: 2000}, Concurrency: 20, Duration: 20 * time.Millisecond},
				Transport: transport.Spec{Timeout: 10 * time.Millisecond, NoKeepalive: i%2 == 0},
			}, 0, time.Duration(i)*time.Millisecond)
		})
	}
}

func descriptors(t *testing.T) int {
	t.Helper()
	all, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(all)
}

// A request that cannot be rendered is the request's own fault, told in the words of whoever could not render it.
func TestUnmadeOnTheLoop(t *testing.T) {
	var got []stats.Observation
	address, left, began := peer(t, answers("HTTP/1.1 204 \r\n\r\n")), 2, time.Now()
	l, err := wire.New(wire.Config{Slots: 1, Keepalive: true, Timeout: 5 * time.Second,
		Now: func() time.Duration { return time.Since(began) },
		Claim: func(now time.Duration) (wire.Arrival, bool) {
			left--
			return wire.Arrival{Method: "PUT", Intended: now, Claimed: now}, left >= 0
		},
		Began: func(*stats.Observation) {}, Record: func(o *stats.Observation) { got = append(got, *o) }, Failed: nameFailure,
		Render: func([]byte, wire.Arrival) ([]byte, bool, wire.Body, error) {
			return nil, false, wire.Body{}, fmt.Errorf("row 7 has no column %q", "size")
		},
		Servers: []wire.Server{{Dial: func(context.Context, func(stats.Stage)) (*wire.Conn, error) {
			c, err := net.Dial("tcp", address)
			if err != nil {
				return nil, err
			}
			return wire.Adopt(c, 0)
		}}}})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	l.Run(nil, nil)
	if len(got) != 2 {
		t.Fatalf("%d recorded, want 2", len(got))
	}
	for _, o := range got {
		if o.Outcome != stats.BadBody || o.Stage != stats.NoStage || o.Detail != `row 7 has no column "size"` || o.Attempts != 0 {
			t.Errorf("%+v", o)
		}
	}
}

// No more connections are opened ahead than there are requests to need one.
func TestNoConnectionIsOpenedForNothing(t *testing.T) {
	for requests, want := range map[int64]int64{1: 1, 3: 3, 20: 10} {
		server := peer(t, realtest.Answering("HTTP/1.1 204 No Content\r\n\r\n"))
		r := fireOn(t, "epoll", Plan{Request: request.Spec{URL: "http://" + server}, Engine: Firing{Loops: 1}, Load: Load{Concurrency: 10, Requests: requests}}).run
		if got := r.Totals.ConnectionsOpened; got != want || r.Totals.OK != requests {
			t.Errorf("%d requests: %s, %d connections opened, want %d", requests, endings(r), got, want)
		}
	}
}
