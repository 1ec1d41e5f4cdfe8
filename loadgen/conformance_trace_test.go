//go:build unix

package loadgen

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"sync"
	"testing"

	"shotput/loadgen/header"
	"shotput/loadgen/request"
	"shotput/stats"
)

// traced fires forty requests, and gives what each told of its trace by its path, and the run.
func traced(t *testing.T, engine string, lines ...header.Line) (map[string]string, *stats.Run) {
	t.Helper()
	var mu sync.Mutex
	told := map[string]string{}
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		told[r.URL.Path] = r.Header.Get("Traceparent")
	}))
	defer server.Close()
	plan := Plan{Request: request.Spec{URL: server.URL + "/{{seq}}", Header: lines}, Load: Load{Requests: 40, Concurrency: 4, Seed: 7}, Trace: true}
	return told, fireOn(t, engine, plan).run
}

// A trace's ids follow from seed and number, so that engines send the same, and the run tells those of the slowest.
func TestTrace(t *testing.T) {
	var first map[string]string
	for _, engine := range engines() {
		told, run := traced(t, engine)
		form, seen := regexp.MustCompile(`^00-([0-9a-f]{32})-[0-9a-f]{16}-01$`), map[string]bool{}
		for path, value := range told {
			m := form.FindStringSubmatch(value)
			if m == nil || seen[m[1]] {
				t.Fatalf("%s: %s has the traceparent %q", engine, path, value)
			}
			seen[m[1]] = true
		}
		if first == nil {
			first = told
		}
		for path := range first {
			if told[path] != first[path] || len(told) != 40 {
				t.Errorf("%s: of %d, %s is %q, on another engine %q", engine, len(told), path, told[path], first[path])
			}
		}
		slowest := run.Slowest
		if len(slowest) != 10 || !slices.IsSortedFunc(slowest, func(a, b stats.Slow) int { return int(b.Latency - a.Latency) }) || slowest[0].Latency != run.Latency.Service.Max() {
			t.Errorf("%s: the slowest are %+v", engine, slowest)
		}
		for _, s := range slowest {
			if !seen[s.Trace] || s.Status != http.StatusOK {
				t.Errorf("%s: nobody was told of %+v", engine, s)
			}
		}
	}
}

// What a plan's own header says stands, and goes out once; one that is no trace has no id.
func TestTraceOfOnesOwn(t *testing.T) {
	const own = "00-00000000000000000000000000000001-00f067aa0ba902b7-00"
	for _, c := range []struct {
		line     header.Line
		sent, id string
	}{
		{header.Line{Name: "Traceparent", Value: own}, own, "00000000000000000000000000000001"},
		{header.Line{Name: "TraceParent", Value: "mine"}, "mine", ""},
		{header.Line{Name: "traceparent", Remove: true}, "", ""},
	} {
		for _, engine := range engines() {
			told, run := traced(t, engine, c.line)
			if told["/1"] != c.sent || run.Slowest[0].Trace != c.id {
				t.Errorf("%s, %+v: sent %q, and the slowest is %q", engine, c.line, told["/1"], run.Slowest[0].Trace)
			}
		}
	}
}
