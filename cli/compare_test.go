package cli_test

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"shotput/stats"
)

// rounds saves a group whose service time is about so long, made without firing, so that no machine has a part in
// it: rounds FILE COUNT TIME [CONCURRENCY [START [FLOOR]]]. With a floor, answers were read late, and may have been there after
// that time.
func rounds(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: rounds FILE COUNT TIME [CONCURRENCY [START [FLOOR]]]")
	}
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	service, err := time.ParseDuration(args[2])
	ts.Check(err)
	concurrency, start := "50", "0s"
	if len(args) > 3 {
		concurrency = args[3]
	}
	if len(args) > 4 {
		start = args[4]
	}
	first, err := time.ParseDuration(start)
	ts.Check(err)
	var runs []*stats.Run
	for i := range n {
		r := savedRun(service + time.Duration(i)*time.Microsecond)
		r.Started = r.Started.Add(first + time.Duration(i)*time.Minute)
		r.Plan.Concurrency, err = strconv.Atoi(concurrency)
		ts.Check(err)
		if len(args) > 5 {
			floor, err := time.ParseDuration(args[5])
			ts.Check(err)
			r.Clock, r.Totals.AchievedPerSecond = "user", 50/floor.Seconds()
			r.Latency.Floor.RecordN(floor, r.Latency.Service.Count())
		}
		runs = append(runs, r)
	}
	var b bytes.Buffer
	ts.Check(stats.EncodeGroup(&b, runs))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b.Bytes(), 0o644))
}

func savedRun(service time.Duration) *stats.Run {
	r := &stats.Run{Schema: stats.Schema, Started: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Clock: "kernel",
		Plan: stats.Plan{Method: "PUT", URL: "http://127.0.0.1:8080/{{seq}}", Engine: "wire", Model: "closed", Arrivals: "unpaced",
			Requests: 1000, Keepalive: true, Expect: "2xx"},
		Verdict: stats.Verdict{Status: stats.Kept}, OK: true,
		Totals: stats.Totals{Planned: 1000, Sent: 1000, OK: 1000, AchievedPerSecond: 50 / service.Seconds(), Elapsed: time.Second}}
	for k := range 1000 {
		r.Latency.Service.Record(service + time.Duration(k)*time.Microsecond)
	}
	return r
}

// history saves a run a day, N.json in a folder, whose service times are about so long and differ a little from day to
// day: history DIR FROM-TO:TIME … [CONCURRENCY].
func history(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: history DIR FROM-TO:TIME … [CONCURRENCY]")
	}
	concurrency := 50
	if n, err := strconv.Atoi(args[len(args)-1]); err == nil {
		concurrency, args = n, args[:len(args)-1]
	}
	ts.Check(os.MkdirAll(ts.MkAbs(args[0]), 0o755))
	for _, stretch := range args[1:] {
		days, long, _ := strings.Cut(stretch, ":")
		var from, to int
		_, err := fmt.Sscanf(days, "%d-%d", &from, &to)
		ts.Check(err)
		service, err := time.ParseDuration(long)
		ts.Check(err)
		for day := from; day <= to; day++ {
			r := savedRun(service + time.Duration(day*7%5)*10*time.Microsecond)
			r.Started, r.Plan.Concurrency = r.Started.AddDate(0, 0, day-1), concurrency
			var b bytes.Buffer
			ts.Check(stats.Encode(&b, r))
			ts.Check(os.WriteFile(ts.MkAbs(args[0]+"/"+strconv.Itoa(day)+".json"), b.Bytes(), 0o644))
		}
	}
}

// limited saves a run once more, a day later, as one in which the tool was the limit: limited FILE RUN.
func limited(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: limited FILE RUN")
	}
	r, err := stats.Decode(strings.NewReader(ts.ReadFile(args[1])))
	ts.Check(err)
	r.Started = r.Started.AddDate(0, 0, 1)
	r.Verdict = stats.Verdict{Status: stats.ClientLimited, Reason: "timer lag p99 1.32 ms is above 1.00 ms"}
	var b bytes.Buffer
	ts.Check(stats.Encode(&b, r))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b.Bytes(), 0o644))
}
