package cli_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"shotput/cli"
	"shotput/cli/flags"
	"shotput/loadgen"
	"shotput/putserver/realtest"
	"shotput/stats"
	"shotput/stats/search"
)

// searched saves a search for what a server holds, as far as so many trials: searched FILE URL HOLDS [TRIALS].
func searched(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: searched FILE URL HOLDS [TRIALS]")
	}
	holds, err := strconv.ParseFloat(args[2], 64)
	ts.Check(err)
	most := 1000
	if len(args) > 3 {
		most, err = strconv.Atoi(args[3])
		ts.Check(err)
	}
	rule, err := stats.ParseRule("p99 < 50ms")
	ts.Check(err)
	goal := search.Goal{Start: 512, Budget: 10 * time.Minute, Thresholds: []stats.Rule{rule}}.WithDefaults()
	asked := flags.New(flags.NewWorld(nil, os.LookupEnv))
	asked.Take(asked.Row("data"), "x")
	asked.Aim(args[1:2])
	ts.Check(asked.Settle())
	var trials []search.Trial
	for step := search.Next(goal, trials); step.End == nil && len(trials) < most; step = search.Next(goal, trials) {
		run := savedRun(5 * time.Millisecond)
		asked.Plan.Load.Rate = loadgen.Rate{PerSecond: step.Load}
		run.Plan = asked.Plan.Record()
		run.Latency.Response = run.Latency.Service
		run.Thresholds = []stats.Threshold{{Rule: "p99 < 50ms", Measured: 6e6, Unit: "ns", OK: true, Result: stats.RuleKept}}
		if step.Load > holds {
			run.Thresholds[0] = stats.Threshold{Rule: "p99 < 50ms", Measured: 9e7, Unit: "ns", Result: stats.RuleBroken}
		}
		trials = append(trials, step.Trial(goal, run, step.Warmup+step.Span))
	}
	var b bytes.Buffer
	ts.Check(search.Encode(&b, goal, trials, "shotput capacity --threshold 'p99 < 50ms' "+args[1]))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b.Bytes(), 0o644))
}

// A search of twenty trials opens its connections once.
func TestCapacityOpensConnectionsOnce(t *testing.T) {
	realtest.Long(t, "some twenty trials of a tenth of a second")
	var opened atomic.Int64
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.Copy(io.Discard, r.Body) }))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	server.Start()
	defer server.Close()
	file := filepath.Join(t.TempDir(), "cap.json")
	var stdout, stderr bytes.Buffer
	code := cli.Main(context.Background(), []string{"capacity", "-c", "5", "--max-concurrency", "5", "--max", "400/s", "-d", "x",
		"--trial", "100ms", "--threshold", "rate < 100/s", "-o", file, server.URL + "/{{seq}}"}, cli.Stdio{Out: &stdout, Err: &stderr})
	text, err := os.ReadFile(file)
	if err != nil || code != 0 && code != 3 {
		t.Fatalf("exit %d, %v: %s", code, err, stderr.String())
	}
	s, err := search.Decode(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Trials) < 8 || opened.Load() > 6 { // one more for the first request
		t.Errorf("%d trials opened %d connections\n%s", len(s.Trials), opened.Load(), stdout.String())
	}
}
