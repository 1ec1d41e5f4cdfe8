package stats

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// saved is one run in both encodings.
type saved struct {
	run              *Run
	document, stream []byte
}

// generate makes a run of any shape out of a seed, drives it through recorder and assembly, and saves it both
// ways as it goes.
func generate(t *testing.T, seed uint64) saved {
	t.Helper()
	return generateMixed(t, seed, 1)
}

// generateMixed is generate, of a plan of so many requests.
func generateMixed(t *testing.T, seed uint64, requests int) saved {
	t.Helper()
	rnd := rand.New(rand.NewPCG(seed, 3))
	head := Run{Schema: Schema, Tool: Tool{Version: "1.2.3", Go: "go1.26", OS: "linux/amd64", CPUs: 2},
		Started: time.Date(2026, 1, 2, 3, 4, 5, 678, time.UTC), Plan: openPlan}
	head.Plan.URL, head.Plan.Warmup = "http://127.0.0.1/a?b=1&c=<2>", time.Second
	if seed%3 == 0 {
		head.Plan.Model = "closed"
	}
	if requests > 1 {
		head.Plan.Mix = mixOf(requests)
	}
	var document, stream bytes.Buffer
	s, r := NewStream(&stream), NewRun(head)
	rec := NewRecorder(RecorderConfig{Shards: 2, Open: head.Plan.Open(), Warmup: time.Second, SpanEnd: 11 * time.Second, Templates: requests})
	s.Start(r)
	var done int64
	for i := range 3 + rnd.IntN(2) {
		for range rnd.IntN(40) {
			rec.Shard(i).Record(ofTemplate(rnd.IntN(requests), randomly(rnd)))
		}
		w := rec.Rotate(time.Duration(i+1)*time.Second, rnd.Int64N(5))
		w.Drain, w.Due = i == 3, rnd.Int64N(50)
		done += w.Tally.Done()
		s.Window(&w)
		r.Add(&w)
	}
	if rnd.IntN(2) == 0 {
		r.Thresholds = []Threshold{{Rule: "p99 < 50ms", Measured: 4.93e6, Unit: "ns", OK: true}}
		r.Warnings = []Warning{{Code: "same-url", Text: "every request had the same URL", Try: "{{seq}}"}}
	}
	e := Ending{Planned: done + rnd.Int64N(9), Due: done, Span: 10 * time.Second, Stopped: 4 * time.Second,
		LastDone: 5 * time.Second, ConnectionsOpened: 64, ConnectionsNeeded: 3, Clock: "kernel",
		Generator: Generator{CPURatio: .38, CPUs: 2, HiccupMax: ms}}
	if rnd.IntN(2) == 0 {
		e.Stop = bySignal("SIGINT")
	}
	if err := errors.Join(r.Finish(e), Encode(&document, r)); err != nil {
		t.Fatal(err)
	}
	s.End(r)
	if s.Err() != nil {
		t.Fatal(s.Err())
	}
	return saved{r, document.Bytes(), stream.Bytes()}
}

func mustDecode(t *testing.T, b []byte) *Run {
	t.Helper()
	r, err := Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// wantSaved compares what r is saved as with the document, byte by byte.
func wantSaved(t *testing.T, what string, r *Run, s saved) {
	t.Helper()
	var b bytes.Buffer
	if err := Encode(&b, r); err != nil {
		t.Fatal(err)
	}
	wantSameText(t, what, b.String(), string(s.document))
}

func TestBothEncodingsDecodeToTheSameRun(t *testing.T) {
	t.Parallel()
	for seed := range uint64(3) {
		s := generate(t, seed)
		wantSaved(t, "document", mustDecode(t, s.document), s)
		wantSaved(t, "stream", mustDecode(t, s.stream), s)
		if !bytes.HasSuffix(s.document, []byte("}\n")) || bytes.HasSuffix(s.document, []byte("\n\n")) {
			t.Error("a document ends in one newline")
		}
		if bytes.Contains(s.document, []byte("null")) || bytes.Contains(s.stream, []byte("null")) {
			t.Error("a saved run holds a null")
		}
		if lines := bytes.Count(s.stream, []byte("\n")); lines != len(s.run.Windows)+2 {
			t.Errorf("%d lines for %d windows", lines, len(s.run.Windows))
		}
	}
}

func TestDecodedHistogramsAreExactAndMerge(t *testing.T) {
	t.Parallel()
	s := generate(t, 1)
	for _, saved := range [][]byte{s.document, s.stream} {
		l := mustDecode(t, saved).Latency
		for i, h := range l.all() {
			want := *s.run.Latency.all()[i]
			if h.Count() != want.Count() || h.Sum() != want.Sum() || h.Min() != want.Min() || h.Max() != want.Max() {
				t.Errorf("histogram %d: %d durations came back as %d", i, want.Count(), h.Count())
			}
			for _, q := range []float64{.001, .1, .37, .5, .9, .999} {
				if h.Quantile(q) != want.Quantile(q) {
					t.Errorf("histogram %d: quantile %v is %v, was %v", i, q, h.Quantile(q), want.Quantile(q))
				}
			}
		}
	}
}

func TestStreamsLastLineIsADocument(t *testing.T) {
	s := generate(t, 2)
	lines := bytes.Split(bytes.TrimSpace(s.stream), []byte("\n"))
	r := mustDecode(t, lines[len(lines)-1])
	if len(r.Windows) != 0 {
		t.Error("the last line repeats the windows")
	}
	r.Windows = s.run.Windows
	wantSaved(t, "last line and the windows", r, s)
}

// Whatever byte the tool was killed at, the windows whose lines are whole are there, and they add up.
func TestStreamThatEndsEarly(t *testing.T) {
	t.Parallel()
	s := generate(t, 4)
	lines := bytes.SplitAfter(s.stream, []byte("\n"))
	head, windows := lines[0], lines[1:len(lines)-2]
	last := lines[len(lines)-2]
	for kept := 0; kept <= len(windows); kept++ {
		whole := append(bytes.Clone(head), bytes.Join(windows[:kept], nil)...)
		next := last
		if kept < len(windows) {
			next = windows[kept]
		}
		for _, part := range []int{0, len(next) - 2} {
			r := mustDecode(t, append(bytes.Clone(whole), next[:part]...))
			if r.Stop.String() != "stream ended early" || len(r.Windows) != kept || r.Schema != Schema {
				t.Fatalf("%d windows and %d bytes: %q, %d windows", kept, part, r.Stop, len(r.Windows))
			}
			wantEndedEarly(t, r, s.run)
		}
	}
	if r := mustDecode(t, append(bytes.Clone(head), bytes.Join(windows, nil)...)); r.Totals.OK != s.run.Totals.OK {
		t.Errorf("all windows hold %d OK, the run had %d", r.Totals.OK, s.run.Totals.OK)
	} else {
		wantSame(t, "latency of all windows", r.Latency, s.run.Latency)
		wantSame(t, "status of all windows", r.Status, s.run.Status)
	}
}

func wantEndedEarly(t *testing.T, r, full *Run) {
	t.Helper()
	c := &r.Totals
	if c.Planned != c.OK+c.Failed+c.TimedOut+c.Aborted+c.Unsent || c.OK > full.Totals.OK {
		t.Errorf("not conserved: %+v", c)
	}
	if r.Latency.Service.Count() != c.OK {
		t.Errorf("%d service times for %d OK", r.Latency.Service.Count(), c.OK)
	}
	if n := len(r.Windows); n > 0 && !r.Windows[n-1].Warmup && c.Aborted < r.Windows[n-1].InFlight {
		t.Errorf("%d were in flight when it broke off, %d aborted", r.Windows[n-1].InFlight, c.Aborted)
	}
}

// A constant rate says what was due when the stream broke off, so a tool that fell behind does not look kept.
func TestStreamThatEndsEarlyIsJudgedOnWhatWasDue(t *testing.T) {
	var b bytes.Buffer
	s, r := NewStream(&b), NewRun(Run{Plan: openPlan})
	rec := NewRecorder(RecorderConfig{Open: true})
	s.Start(r)
	for i := range 500 {
		rec.Shard(0).Record(okAt(time.Duration(i) * ms))
	}
	w := rec.Rotate(time.Second, 10)
	s.Window(&w)
	got := mustDecode(t, b.Bytes())
	if got.Totals.Due != 1000 || got.Totals.Aborted != 10 || got.Totals.Unsent != 490 || got.Verdict.Status == Kept {
		t.Errorf("%+v %+v", got.Totals, got.Verdict)
	}
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	s := generate(t, 5)
	other := func(b []byte) []byte { return bytes.Replace(b, []byte(Schema), []byte("shotput/run/9"), 1) }
	lines := bytes.SplitAfter(s.stream, []byte("\n"))
	broken := append(bytes.Clone(lines[0]), "{]}\n"...)
	for name, c := range map[string]struct {
		in   []byte
		says string
	}{
		"unknown document": {other(s.document), "shotput/run/9"},
		"unknown stream":   {other(s.stream), "shotput/run/9"},
		"no schema":        {[]byte(`{"a":1}`), `schema is ""`},
		"nothing":          {nil, "read run: it is empty"},
		"half a document":  {s.document[:len(s.document)/2], "read run: it ends in the middle of a run"},
		"half a head":      {lines[0][:20], "read run: it ends in the middle of a run"},
		"not JSON":         {[]byte("hello"), "read run: it is no JSON: invalid character"},
		"another shape":    {[]byte(`{"schema":1}`), "read run: it has a value of another kind than a saved run: number at schema"},
		"a list":           {[]byte(`[]`), "array at its beginning"},
		"another list":     {[]byte(`{"schema":"shotput/run/1","totals":{},"windows":[{"start_ns":"x"}]}`), "string at windows.start_ns"},
		"two documents":    {append(bytes.Clone(s.document), s.document...), "there are 2"},
		"after the end":    {append(bytes.Clone(s.stream), lines[1]...), `its schema is ""`},
		"broken within":    {append(broken, lines[1]...), "invalid character"},
		"a line of no run": {append(bytes.Clone(lines[0]), "{}\n"...), `schema is ""`},
	} {
		if _, err := Decode(bytes.NewReader(c.in)); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: error %v, want one with %q", name, err, c.says)
		}
	}
}

// example is the saved run of the manual, in its keys; an object's key stands for all under it.
const example = `{"schema":1,"tool":{"version":1,"go":1,"os":1,"cpus":1},"started":1,
 "plan":{"method":1,"url":1,"engine":1,"model":1,"rate_per_second":1,"arrivals":1,"concurrency":1,"duration_ns":1,
         "warmup_ns":1,"timeout_ns":1,"seed":1},
 "verdict":{"status":1,"reason":1,"needed_concurrency":1},"clock":1,
 "totals":{"planned":1,"sent":1,"ok":1,"failed":1,"timed_out":1,"aborted":1,"unsent":1,"attempts":1,"elapsed_ns":1,
           "offered_per_second":1,"achieved_per_second":1,"goodput_per_second":1,"body_bytes_sent":1,
           "wire_bytes_sent":1,"bytes_received":1,"connections_opened":1},
 "latency":{"response":{"count":1,"min_ns":1,"mean_ns":1,"p50_ns":1,"p75_ns":1,"p90_ns":1,"p95_ns":1,"p99_ns":1,
                        "p99_9_ns":1,"p99_99_ns":1,"max_ns":1,"hdr":1},
            "service":{},"upload":{},"wait":{},"pool_lag":{},"timer_lag":{},"read_lag":{},"connect":{},"tls":{},"failed":{}},
 "status":[{"code":1,"reason":1,"count":1,"p50_ns":1,"p99_ns":1}],
 "outcomes":[{"outcome":1,"stage":1,"count":1,"first_ns":1,"example":1,"hint":1}],
 "windows":[{"start_ns":1,"end_ns":1,"warmup":1,"due":1,"sent":1,"ok":1,"in_flight":1,"p50_ns":1,"p99_ns":1,"max_ns":1}],
 "thresholds":[{"rule":1,"measured":1,"unit":1,"ok":1}],
 "generator":{"cpu_ratio":1,"gc_pause_max_ns":1,"sched_p99_ns":1,"hiccup_max_ns":1,"alarms":[]},
 "warnings":[{"code":1,"text":1}],"ok":1}`

func TestSavedRunHasTheManualsKeys(t *testing.T) {
	r := NewRun(Run{Plan: openPlan, Thresholds: []Threshold{{}}, Warnings: []Warning{{}}})
	rec := NewRecorder(RecorderConfig{Open: true})
	o := okAt(0)
	o.NewConn, o.Connect, o.TLS = true, ms, ms
	rec.Shard(0).Record(o)
	rec.Shard(0).Record(failedAt(0, Timeout, InWait))
	w := rec.Rotate(time.Second, 0)
	w.Tally.Failures[0].Hint = "all-timeouts"
	r.Add(&w)
	var b bytes.Buffer
	if err := errors.Join(r.Finish(Ending{Planned: 2, Due: 2}), Encode(&b, r)); err != nil {
		t.Fatal(err)
	}
	var want, got any
	if err := errors.Join(json.Unmarshal([]byte(example), &want), json.Unmarshal(b.Bytes(), &got)); err != nil {
		t.Fatal(err)
	}
	wantKeys(t, "run", want, got)
}

func wantKeys(t *testing.T, path string, want, got any) {
	t.Helper()
	switch want := want.(type) {
	case map[string]any:
		object, _ := got.(map[string]any)
		for key, v := range want {
			if _, ok := object[key]; !ok {
				t.Errorf("%s has no %q", path, key)
				continue
			}
			wantKeys(t, path+"."+key, v, object[key])
		}
	case []any:
		list, ok := got.([]any)
		if !ok || len(list) < len(want) {
			t.Errorf("%s is %v, want a list", path, got)
			return
		}
		for i := range want {
			wantKeys(t, path+"[]", want[i], list[i])
		}
	}
}

func TestClosedLoopHasNoResponseKey(t *testing.T) {
	s := generate(t, 3)
	if bytes.Contains(s.document, []byte(`"response"`)) || !bytes.Contains(s.document, []byte(`"service"`)) {
		t.Error("a closed loop's saved run has a response time, or no service time")
	}
}

// full takes so many bytes and then fails for ever.
type full int

func (f *full) Write(b []byte) (int, error) {
	if *f -= full(len(b)); *f < 0 {
		return 0, errors.New("no space left on device")
	}
	return len(b), nil
}

func TestWritingFails(t *testing.T) {
	r := generate(t, 1).run
	f := full(100)
	if err := Encode(&f, r); err == nil || !strings.Contains(err.Error(), "no space left") {
		t.Errorf("Encode to a full disk: %v", err)
	}
	f = full(1000)
	s := NewStream(&f)
	s.Start(r)
	if s.Err() != nil {
		t.Error(s.Err())
	}
	s.End(r)
	left := f
	s.Start(r)
	if s.Err() == nil || f != left {
		t.Errorf("stream to a full disk: error %v, and it wrote on: %v", s.Err(), f != left)
	}
}

// What Decode takes, it can write, and reads again as the same.
func FuzzDecode(f *testing.F) {
	f.Fuzz(func(t *testing.T, in []byte) {
		r, err := Decode(bytes.NewReader(in))
		if err != nil {
			return
		}
		var b bytes.Buffer
		if err := Encode(&b, r); err != nil {
			t.Fatalf("decoded, and cannot be written: %v", err)
		}
		wantSame(t, "decoded again", mustDecode(t, b.Bytes()), r)
	})
}

func BenchmarkStreamWindow(b *testing.B) {
	rec, rnd := openRecorder(1), rand.New(rand.NewPCG(1, 1))
	for range 20_000 {
		rec.Shard(0).Record(randomly(rnd))
	}
	w, s := rec.Rotate(time.Second, 0), NewStream(io.Discard)
	for b.Loop() {
		s.Window(&w)
	}
}
