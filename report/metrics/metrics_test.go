package metrics

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"shotput/stats"
)

const (
	us = time.Microsecond
	ms = time.Millisecond
)

// A watchedRun is a run of the tests, as a sink sees it.
type watchedRun struct {
	run *stats.Run
	ok  []time.Duration // response times of what was OK
}

// watch has two templates of requests end in every way, over three windows, while m is told; end says whether it is
// told of the end too.
func watch(t *testing.T, m *Metrics, end bool) watchedRun {
	t.Helper()
	head := stats.Run{Labels: map[string]string{"env": "ci"}, Tool: stats.Tool{Version: "1.2.3", Go: "go1.26", OS: "linux/amd64", CPUs: 2},
		Started: time.Unix(1700000000, 0),
		Plan: stats.Plan{Method: "PUT", URL: "http://h/{{seq}}", Engine: "wire", Protocol: "HTTP/1.1", Model: "open",
			RatePerSecond: 100, Concurrency: 8,
			Steps: []stats.Step{{Name: "once", Phase: stats.StepBefore}, {Name: "wait", Phase: stats.StepFlow}},
			Mix:   []stats.Request{{Name: "small"}, {Name: "http://h/\"a\\b\"\n{{seq}}"}}}}
	r, w := stats.NewRun(head), watchedRun{}
	rec := stats.NewRecorder(stats.RecorderConfig{Shards: 2, Open: true, Warmup: time.Second, Templates: 2, Steps: 2})
	m.Start(r)
	for second := range 3 {
		for i := range 100 {
			o := ended(second, i)
			rec.Shard(i).Record(o)
			rec.Shard(i).RecordExchange(exchangeOf(o), 1)
			if o.Outcome == stats.OK && second > 0 {
				w.ok = append(w.ok, o.Response())
			}
		}
		window := rec.Rotate(time.Duration(second+1)*time.Second, 3)
		r.Add(&window)
		window.SoFar = stats.SoFar(r)
		m.Window(&window)
	}
	if err := r.Finish(stats.Ending{Planned: 210, Due: 210, Span: 2 * time.Second, Stopped: 3 * time.Second,
		LastDone: 3 * time.Second, ConnectionsOpened: 9}); err != nil {
		t.Fatal(err)
	}
	r.Generator.Alarms = []stats.Warning{{Code: "cpu"}, {Code: "cpu"}}
	r.Thresholds = []stats.Threshold{{Rule: "p99 < 50ms", OK: true}, {Rule: "errors == 0"}}
	if end {
		m.End(r)
	}
	w.run = r
	return w
}

// exchangeOf is an exchange with that life: what was OK made a condition true, and each 503 was a 401 after which the
// slot logged in again.
func exchangeOf(of *stats.Observation) *stats.Observation {
	o := *of
	if o.Outcome == stats.OK {
		o.Completion = time.Millisecond
	}
	if o.Status == 503 {
		o.Outcome, o.Status, o.Reauth = stats.OK, 401, true
	}
	return &o
}

// ended is the i-th request of a second: most are OK, and each other way to end is seen.
func ended(second, i int) *stats.Observation {
	due := time.Duration(second)*time.Second + time.Duration(i)*time.Millisecond
	o := &stats.Observation{Intended: due, Claimed: due, Sent: due + 100*us, Uploaded: due + 150*us,
		FirstByte: due + 200*us,
		Done:      due + time.Duration(300+i*i*10)*us, Template: i % 2, Status: 204, Attempts: 1, BodySent: 64,
		NewConn: second == 1 && i < 4}
	switch {
	case i%10 == 3:
		o.Outcome, o.Status = stats.BadStatus, 503
	case i%10 == 5:
		o.Outcome = stats.CheckFailed
	case i%25 == 7:
		o.Outcome, o.Stage, o.Status = stats.Timeout, stats.InWait, 0
	}
	return o
}

// Whatever OpenTelemetry asks of the shape is here: whole numbers of 64 bits are strings, sums say that they are
// cumulative and monotonic, and histograms hold together.
func TestOTLP(t *testing.T) {
	m := &Metrics{}
	w := watch(t, m, true)
	b, err := m.OTLP()
	if err != nil {
		t.Fatal(err)
	}
	points := otlpPoints(t, b)
	var sum int64
	for _, p := range points["shotput_requests_total"] {
		sum += wholeMetrics(t, p["asInt"])
		if p["startTimeUnixNano"] != "1700000000000000000" || p["timeUnixNano"] != "1700000003000000000" {
			t.Errorf("it counts from %v to %v", p["startTimeUnixNano"], p["timeUnixNano"])
		}
	}
	if sum != w.run.Totals.Sent {
		t.Errorf("%d requests, want %d", sum, w.run.Totals.Sent)
	}
	if unsent := points["shotput_unsent_requests"][0]["asDouble"]; unsent != 10.0 {
		t.Errorf("unsent: %v", unsent)
	}
	var count, inBuckets, off int64
	placed := map[int]int64{}
	for _, p := range points["shotput_response_seconds"] {
		count += wholeMetrics(t, p["count"])
		positive := p["positive"].(map[string]any)
		for i, n := range positive["bucketCounts"].([]any) {
			inBuckets += wholeMetrics(t, n)
			placed[int(positive["offset"].(float64))+i] += wholeMetrics(t, n)
		}
		inBuckets += wholeMetrics(t, p["zeroCount"])
	}
	for _, v := range w.ok { // the i-th begins above 2^(i/32) s
		placed[int(math.Ceil(math.Log2(v.Seconds())*32))-1]--
	}
	for _, n := range placed {
		off += max(n, -n)
	}
	if off > 4 {
		t.Errorf("%d of %d are in the bucket beside theirs", off/2, count)
	}
	if count != w.run.Totals.OK || inBuckets != count {
		t.Errorf("%d response times, %d of them in buckets, want %d", count, inBuckets, w.run.Totals.OK)
	}
}

// otlpPoints finds the data points of each metric, and checks what is common to all of a kind.
func otlpPoints(t *testing.T, b []byte) map[string][]map[string]any {
	t.Helper()
	var body struct {
		ResourceMetrics []struct {
			Resource     struct{ Attributes []any }
			ScopeMetrics []struct {
				Metrics []map[string]any
			}
		}
	}
	if err := json.Unmarshal(b,
		&body); err != nil || len(body.ResourceMetrics) != 1 || len(body.ResourceMetrics[0].ScopeMetrics) != 1 {
		t.Fatalf("%v in %s", err, b)
	}
	all := map[string][]map[string]any{}
	for _, m := range body.ResourceMetrics[0].ScopeMetrics[0].Metrics {
		for key, value := range m {
			data, ok := value.(map[string]any)
			if !ok {
				continue
			}
			for _, p := range data["dataPoints"].([]any) {
				all[m["name"].(string)] = append(all[m["name"].(string)], p.(map[string]any))
			}
			if key != "gauge" && data["aggregationTemporality"] != 2.0 {
				t.Errorf("%v: %s of temporality %v", m["name"], key, data["aggregationTemporality"])
			}
			if (key == "sum") != (data["isMonotonic"] == true) {
				t.Errorf("%v: %s is monotonic: %v", m["name"], key, data["isMonotonic"])
			}
		}
	}
	for _, p := range table {
		if len(all[p.name]) == 0 {
			t.Errorf("%s is not sent", p.name)
		}
	}
	return all
}

// whole reads a number that has to be a string.
func wholeMetrics(t *testing.T, v any) int64 {
	t.Helper()
	s, ok := v.(string)
	n, err := strconv.ParseInt(s, 10, 64)
	if !ok || err != nil {
		t.Fatalf("%T %v is no whole number as a string", v, v)
	}
	return n
}

// A bucket holds what it says: everything recorded lies between its borders, to HDR's thousandth.
func TestSpreadBuckets(t *testing.T) {
	var h stats.Histogram
	var values []float64
	for i := range 4000 {
		d := time.Duration(math.Exp(float64(i) / 4000 * math.Log(7e10)))
		h.Record(d)
		values = append(values, d.Seconds())
	}
	h.Record(0)
	s := spreadOf(&h)
	upTo := func(border float64) (n int64) {
		for _, v := range values {
			if v <= border {
				n++
			}
		}
		return n
	}
	sum := int64(0)
	for i := -2000; i < 500; i++ {
		sum += s.exponential[i]
		if border := math.Exp2(float64(i) / 32); sum < upTo(border) || sum > upTo(border*1.001) {
			t.Errorf("%d are up to %v s, want %d", sum, border, upTo(border))
		}
	}
	if s.zero != 1 || s.count != 4001 {
		t.Errorf("%d of no time, %d in all", s.zero, s.count)
	}
	for i, bound := range classicBounds {
		if diff := s.classic[i] - 1 - upTo(bound); diff < 0 || diff > 1 { // 1: of no time
			t.Errorf("%d are at most %v s, which is off by %d", s.classic[i], bound, diff)
		}
	}
}

// Before a run there is nothing to tell, and during one nothing of its end.
func TestMetricsInTime(t *testing.T) {
	m := &Metrics{}
	if b, err := m.OTLP(); b != nil || err != nil {
		t.Errorf("before the start: %s, %v", b, err)
	}
	run := watch(t, m, false).run
	told := names(m)
	for _, name := range []string{"shotput_verdict_info", "shotput_unsent_requests", "shotput_threshold_ok"} {
		if slices.Contains(told, name) {
			t.Errorf("%s is told before the end", name)
		}
	}
	if !slices.Contains(told, "shotput_requests_total") || !slices.Contains(told, "shotput_response_seconds") {
		t.Errorf("only %v are told during the run", told)
	}
	window := &stats.Window{Start: 0, End: time.Second / 2, Due: 30}
	run.Plan.Stages = []string{"10s@0..100/s"}
	if r := (&reading{run: run, window: window}); !slices.EqualFunc(r.offered(), one(60),
		func(a, b sample) bool { return a.value == b.value }) {
		t.Errorf("30 due in half a second of a rate that changes are offered as %v", r.offered())
	}
	run.Plan.Model = "closed"
	m.keep(gather(&reading{run: run, window: window}))
	for _, name := range names(m) {
		if name == "shotput_response_seconds" || name == "shotput_timer_lag_p99_seconds" ||
			name == "shotput_offered_per_second" {
			t.Errorf("%s is told of a closed loop", name)
		}
	}
}

func names(m *Metrics) (all []string) {
	for _, f := range m.latest().families {
		all = append(all, f.name)
	}
	return all
}

// Labels are bounded, printable, and never the same for two.
func TestLabels(t *testing.T) {
	long := strings.Repeat("é", 300)
	got := labels([]string{"a", "a", long, long + "x", "b\x1b[0m\n", "\xff"})
	for i, label := range got {
		if len([]rune(label)) > longestLabel+4 || strings.ContainsAny(label,
			"\x1b\n") || !utf8.ValidString(label) || slices.Index(got, label) != i {
			t.Errorf("label %d is %q", i, label)
		}
	}
}

// Whoever asks while windows close gets figures of one moment.
func TestMetricsWhileWindowsClose(t *testing.T) {
	m := &Metrics{}
	var asking sync.WaitGroup
	for range 2 {
		asking.Go(func() {
			for range 20 {
				if _, err := m.OTLP(); err != nil {
					t.Error(err)
				}
				var b bytes.Buffer
				if _, err := m.Prometheus(&b, true); err != nil {
					t.Error(err)
				}
			}
		})
	}
	watch(t, m, true)
	asking.Wait()
}

// docs/metrics.md has a row for each metric, the same as ours, and for no other.
func TestMetricsManual(t *testing.T) {
	text, err := os.ReadFile("../../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "| `shotput_") {
			rows = append(rows, strings.TrimSpace(line))
		}
	}
	for i, m := range table {
		row := fmt.Sprintf("| `%s` | %s | %s | %s | %s |", m.name, m.kind, or(m.unit, "-"),
			or(strings.Join(m.labels, ", "), "-"), m.help)
		if i >= len(rows) || rows[i] != row {
			t.Errorf("row %d of the manual must be\n%s", i+1, row)
		}
	}
	if len(rows) != len(table) {
		t.Errorf("the manual has %d rows, and there are %d metrics", len(rows), len(table))
	}
	for _, bound := range classicBounds {
		if !strings.Contains(string(text),
			strings.TrimRight(strings.TrimRight(strconv.FormatFloat(bound, 'f', 6, 64), "0"), ".")) {
			t.Errorf("the manual does not name the bucket up to %v s", bound)
		}
	}
}

func or(s, instead string) string {
	if s == "" {
		return instead
	}
	return s
}

// Each name in the dashboard's queries is a metric, and each metric that changes during a run is on it.
func TestDashboard(t *testing.T) {
	text, err := os.ReadFile("../../docs/grafana/shotput.json")
	if err != nil {
		t.Fatal(err)
	}
	var board struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
		Templating struct{ List []struct{ Query string } }
	}
	if err := json.Unmarshal(text, &board); err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, m := range table {
		known[m.name] = true
		if m.kind == histogram {
			for _, part := range []string{"_bucket", "_sum", "_count"} {
				known[m.name+part] = true
			}
		}
	}
	queries := 0
	for _, p := range board.Panels {
		for _, target := range p.Targets {
			queries++
			found := regexp.MustCompile(`shotput_\w+`).FindAllString(target.Expr, -1)
			if len(found) == 0 {
				t.Errorf("%s asks for none of ours: %s", p.Title, target.Expr)
			}
		}
	}
	for _, name := range regexp.MustCompile(`shotput_\w+`).FindAllString(string(text), -1) {
		if !known[name] {
			t.Errorf("%s is on the dashboard, and is not exported", name)
		}
	}
	if queries < 15 {
		t.Errorf("%d queries were read", queries)
	}
}

// A run's own labels are one metric of Prometheus', and attributes of OpenTelemetry's resource.
func TestLabelsOfRun(t *testing.T) {
	run := &stats.Run{Labels: map[string]string{"env": "ci", "build": "a\x1bb"}}
	m := new(Metrics)
	m.Start(run)
	var b bytes.Buffer
	if _, err := m.Prometheus(&b, false); err != nil {
		t.Fatal(err)
	}
	if want := `shotput_labels_info{build="ab",env="ci"} 1`; !strings.Contains(b.String(), want) {
		t.Errorf("no %s in\n%s", want, b.String())
	}
	body, err := m.OTLP()
	if want := `{"key":"build","value":{"stringValue":"ab"}},{"key":"env","value":{"stringValue":"ci"}}]},"scopeMetrics"`; err != nil ||
		!strings.Contains(string(body), want) {
		t.Errorf("no %s in\n%.400s", want, body)
	}
	run.Labels = nil
	m.Start(run)
	b.Reset()
	if _, err := m.Prometheus(&b, false); err != nil || strings.Contains(b.String(), "labels_info") {
		t.Errorf("%v\n%s", err, b.String())
	}
}
