package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"

	"shotput/cli"
	"shotput/putserver/realtest"
	"shotput/stats"
)

// A received is one delivery, as a server of metrics got it.
type received struct {
	method, path, mediaType string
	body                    []byte
}

// receiver records what it is sent.
func receiver(t *testing.T) (url string, all func() []received) {
	t.Helper()
	var mu sync.Mutex
	var got []received
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		got = append(got, received{r.Method, r.URL.Path, r.Header.Get("Content-Type"), b})
	}))
	t.Cleanup(s.Close)
	return s.URL, func() []received {
		mu.Lock()
		defer mu.Unlock()
		return got
	}
}

// families reads metrics with Prometheus' own reader.
func families(t *testing.T, b []byte, format expfmt.Format) map[string]*dto.MetricFamily {
	t.Helper()
	all, d := map[string]*dto.MetricFamily{}, expfmt.NewDecoder(bytes.NewReader(b), format)
	for {
		f := &dto.MetricFamily{}
		if err := d.Decode(f); err == io.EOF {
			return all
		} else if err != nil {
			t.Fatalf("%v in\n%s", err, b)
		}
		all[f.GetName()] = f
	}
}

// requestsIn adds up requests by the value of a label.
func requestsIn(all map[string]*dto.MetricFamily, label string) map[string]int64 {
	sums := map[string]int64{}
	for _, m := range all["shotput_requests_total"].GetMetric() {
		for _, pair := range m.Label {
			if pair.GetName() == label {
				sums[pair.GetValue()] += int64(m.GetCounter().GetValue())
			}
		}
	}
	return sums
}

// fired is a run with the flags, against a server that fails each fourth request; scrape, if any, is called from
// within the first request, with what was said on standard error so far.
func fired(t *testing.T, scrape func(stderr string), flags ...string) *stats.Run {
	t.Helper()
	var stderr, stdout lockedBuffer
	var mu sync.Mutex
	n := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		mu.Lock()
		defer mu.Unlock()
		if n++; n == 1 && scrape != nil {
			scrape(stderr.String())
		}
		if n%4 == 0 {
			w.WriteHeader(503)
		}
	}))
	defer server.Close()
	saved := filepath.Join(t.TempDir(), "run.json")
	args := append(flags, "-n", "100", "-c", "3", "-r", "2000/s", "-d", "x", "--no-preflight", "-o", saved, server.URL+"/{{seq}}")
	if code := cli.Main(context.Background(), args, cli.Stdio{In: strings.NewReader(""), Out: &stdout, Err: &stderr}); code != 0 {
		t.Fatalf("exit %d\n%s", code, stderr.String())
	}
	f, err := os.Open(saved)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	run, err := stats.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	return run
}

// lockedBuffer is a writer that may be read while it is written.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// What is delivered at the end, to a file, a Pushgateway and an OTLP receiver, counts what the saved run counts.
func TestMetricsDelivered(t *testing.T) {
	push, pushed := receiver(t)
	otlp, sent := receiver(t)
	file := filepath.Join(t.TempDir(), "run.prom")
	run := fired(t, nil, "--prom-file", file, "--prom-push", push, "--otlp", otlp)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	last := pushed()[len(pushed())-1]
	if last.method != "PUT" || last.path != "/metrics/job/shotput" {
		t.Errorf("%s %s was pushed", last.method, last.path)
	}
	inFile := families(t, text, expfmt.NewFormat(expfmt.TypeTextPlain))
	inPush := families(t, last.body, expfmt.Format(last.mediaType))
	for _, all := range []map[string]*dto.MetricFamily{inFile, inPush} {
		by := requestsIn(all, "outcome")
		if by["ok"] != run.Totals.OK || by["status"] != run.Totals.Failed || by["ok"]+by["status"] != run.Totals.Sent || by["status"] != 25 {
			t.Errorf("%v, and the run has %+v", by, run.Totals)
		}
		codes := requestsIn(all, "status")
		for _, s := range run.Status {
			if codes[strconv.Itoa(s.Code)] != s.Latency.Count() {
				t.Errorf("%v, and the run has %d × %d", codes, s.Latency.Count(), s.Code)
			}
		}
		h := all["shotput_response_seconds"].GetMetric()[0].GetHistogram()
		if h.GetSampleCount() != uint64(run.Latency.Response.Count()) {
			t.Errorf("%d response times, want %d", h.GetSampleCount(), run.Latency.Response.Count())
		}
	}
	wantOTLP(t, sent(), run)
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(file), ".*")); len(left) > 0 {
		t.Errorf("%v are left beside the file", left)
	}
}

func wantOTLP(t *testing.T, all []received, run *stats.Run) {
	t.Helper()
	last := all[len(all)-1]
	var body struct {
		ResourceMetrics []struct {
			ScopeMetrics []struct {
				Metrics []struct {
					Name string
					Sum  struct{ DataPoints []struct{ AsInt string } }
				}
			}
		}
	}
	if err := json.Unmarshal(last.body, &body); err != nil || last.method != "POST" || last.path != "/v1/metrics" || last.mediaType != "application/json" {
		t.Fatalf("%s %s of %s, %v", last.method, last.path, last.mediaType, err)
	}
	var sum int64
	for _, m := range body.ResourceMetrics[0].ScopeMetrics[0].Metrics {
		for _, p := range m.Sum.DataPoints {
			if n, err := strconv.ParseInt(p.AsInt, 10, 64); m.Name == "shotput_requests_total" && err == nil {
				sum += n
			}
		}
	}
	if sum != run.Totals.Sent {
		t.Errorf("OTLP counts %d requests, the run %d", sum, run.Totals.Sent)
	}
}

// Prometheus finds the run under way, on this machine alone, and nobody there when it is over.
func TestMetricsScraped(t *testing.T) {
	var address string
	fired(t, func(stderr string) {
		m := regexp.MustCompile(`metrics: (http://127\.0\.0\.1:\d+/metrics)\n`).FindStringSubmatch(stderr)
		if m == nil {
			t.Errorf("no address is told: %s", stderr)
			return
		}
		address = m[1]
		answer, err := http.Get(address)
		if err != nil {
			t.Error(err)
			return
		}
		defer answer.Body.Close()
		b, _ := io.ReadAll(answer.Body)
		all := families(t, b, expfmt.ResponseFormat(answer.Header))
		if all["shotput_build_info"] == nil || all["shotput_run_ended"].GetMetric()[0].GetGauge().GetValue() != 0 {
			t.Errorf("within the run it says\n%s", b)
		}
	}, "--prom-listen", "0")
	if answer, err := http.Get(address); err == nil {
		answer.Body.Close()
		t.Error("after the run somebody answers")
	}
}

// promtool has nothing to say against the file.
func TestMetricsPassPromtool(t *testing.T) {
	promtool := realtest.Need(t, "promtool")
	file := filepath.Join(t.TempDir(), "run.prom")
	fired(t, nil, "--prom-file", file)
	text, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer text.Close()
	check := exec.Command(promtool, "check", "metrics")
	check.Stdin = text
	if out, err := check.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("%v: %s", err, out)
	}
}
