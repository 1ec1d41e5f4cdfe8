//go:build unix

package loadgen

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"shotput/loadgen/arrivals"
	"shotput/loadgen/header"
	"shotput/loadgen/request"
	"shotput/loadgen/route"
	"shotput/loadgen/rows"
	"shotput/loadgen/text"

	"shotput/stats"
)

// TestRowsThatMakeNoRequest: each is counted as body, with an example that names its row, and nothing is sent for it; the
// run goes on, on the same connection.
func TestRowsThatMakeNoRequest(t *testing.T) {
	t.Parallel()
	var written strings.Builder
	written.WriteString("id,name\n")
	for i := range 1000 {
		switch i + 1 {
		case 500:
			written.WriteString("500\n")
		case 700:
			written.WriteString("700,a b\n")
		case 900, 901:
			fmt.Fprintf(&written, "%d,\"x\"y\n", i+1)
		default:
			fmt.Fprintf(&written, "%d,n%d\n", i+1, i+1)
		}
	}
	table, lines := textFile(t, written.String()), textFile(t, "{\"a\":1}\n{\"b\":1}\n{\"a\":1\n{\"a\":\"x\\r\\ny\"}\n")
	for name, c := range map[string]struct {
		plan    Plan
		ok, bad int64
		example string
		head    bool // it is the URL or a header that cannot be made
	}{
		"column":  {Plan{Request: request.Spec{URL: `/{{csv "name"}}`}, Values: text.Values{Rows: text.Rows{CSV: table}}, Load: Load{Requests: 600}}, 599, 1, `row 500 of rows.txt: has 1 columns, and column 2 is asked for, for {{csv "name"}}`, true},
		"space":   {Plan{Request: request.Spec{URL: `/x{{csv "name" | raw}}`}, Values: text.Values{Rows: text.Rows{CSV: table}}, Load: Load{Requests: 1000}}, 996, 4, "row 500 of rows.txt", true},
		"in body": {Plan{Request: request.Spec{URL: "/", Body: request.Body{Text: `{{csv "name"}}`}}, Values: text.Values{Rows: text.Rows{CSV: table}}, Load: Load{Requests: 1000}}, 997, 3, "row 500 of rows.txt", false},
		"random": {Plan{
			Request: request.Spec{URL: "/", Header: []header.Line{{Name: "X", Value: "{{json .a}}"}}},
			Values:  text.Values{Rows: text.Rows{JSONL: lines, Order: "random"}},
			Load:    Load{Requests: 400},
		}, 85, 315, "row ", true},
		"in turn": {Plan{Request: request.Spec{URL: "/", Header: []header.Line{{Name: "X", Value: "{{json .a}}"}}}, Values: text.Values{Rows: text.Rows{JSONL: lines}}, Load: Load{Requests: 5}}, 2, 3, "row 2 of rows.txt: .a is not in it", true},
		"bad":     {Plan{Request: request.Spec{URL: "/", Body: request.Body{Text: "{{json .}}"}}, Values: text.Values{Rows: text.Rows{JSONL: textFile(t, "{\n1")}}, Load: Load{Requests: 7}}, 3, 4, "row 1 of rows.txt: is no JSON", false},
		"all":     {Plan{Request: request.Spec{URL: "/", Body: request.Body{Text: "{{json .}}"}}, Values: text.Values{Rows: text.Rows{JSONL: textFile(t, "{\n")}}, Load: Load{Requests: 5000}}, 0, 5000, "row 1 of rows.txt: is no JSON", false},
		"key":     {Plan{Request: request.Spec{URL: "/{{key | raw}}"}, Values: text.Values{Keys: text.Keys{File: textFile(t, "a\nb c\n")}}, Load: Load{Requests: 10}}, 5, 5, "row 2 of rows.txt: it gives a character that no URL can hold; write %XX instead", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEngines(t, func(t *testing.T, engine string) {
				plan := c.plan
				plan.Request.URL, plan.Load.Concurrency = "http://"+peer(t, answers("HTTP/1.1 204 \r\n\r\n"))+plan.Request.URL, 1
				r := fireOn(t, engine, plan).run
				bad := stats.Failure{}
				if len(r.Outcomes) == 1 {
					bad = r.Outcomes[0]
				}
				want := stats.BadBody
				if c.head {
					want = stats.BadHead
				}
				if r.Totals.OK != c.ok || bad.Count != c.bad || bad.Outcome != want || !strings.HasPrefix(bad.Example, c.example) {
					t.Errorf("ended: %s (%+v); want %d ok and %d × %s, such as %q", endings(r), r.Outcomes, c.ok, c.bad, want, c.example)
				}
				again := engine != "http" && r.Totals.ConnectionsOpened > 1 // net/http may dial before it finds the last one free
				if r.Totals.Attempts != c.ok || again {
					t.Errorf("%d attempts on %d connections, want %d on one", r.Totals.Attempts, r.Totals.ConnectionsOpened, c.ok)
				}
			})
		})
	}
}

// TestOnceEndsWithTheFile, whatever else the plan says of when to end: each row is sent once.
func TestOnceEndsWithTheFile(t *testing.T) {
	t.Parallel()
	const n = 150
	table := textFile(t, "id\n"+numbers(n))
	for name, p := range map[string]Plan{
		"alone":      {},
		"more asked": {Load: Load{Requests: 1000}},
		"rate":       {Load: Load{Rate: arrivals.Rate{PerSecond: 5000}}},
		"more time":  {Load: Load{Rate: arrivals.Rate{PerSecond: 5000}, Duration: time.Hour}},
		"warm-up":    {Load: Load{Rate: arrivals.Rate{PerSecond: 5000}, Warmup: 10 * time.Millisecond, Requests: 1000}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEngines(t, func(t *testing.T, engine string) {
				seen := &paths{}
				plan := p
				plan.Request.URL, plan.Load.Concurrency = server(t, seen)+`/{{csv "id"}}`, 4
				plan.Values.Rows = text.Rows{CSV: table, Order: "once"}
				r := fireOn(t, engine, plan).run
				if len(seen.all) != n || seen.twice != 0 {
					t.Errorf("%d rows were sent, %d of them again; want %d once", len(seen.all), seen.twice, n)
				}
				want := int64(n)
				if p.Load.Warmup > 0 {
					want -= 50
				}
				if r.Totals.Planned != want || r.Totals.OK != want || r.Totals.Unsent != 0 {
					t.Errorf("the totals are %+v, want %d planned and ok", r.Totals, want)
				}
			})
		})
	}
}

// TestOnceEndsTheSchedule: what the run should take is what the rows take.
func TestOnceEndsTheSchedule(t *testing.T) {
	table := textFile(t, "id\n"+numbers(150))
	for _, requests := range []int64{0, 100, 1000} {
		plan := Plan{Request: request.Spec{URL: "http://h/"}, Load: Load{Rate: arrivals.Rate{PerSecond: 1000}, Requests: requests}, Values: text.Values{Rows: text.Rows{CSV: table, Order: "once"}}}.WithDefaults()
		f := firingOf(t, &plan)
		want := 150 * time.Millisecond
		if requests == 100 {
			want = 100 * time.Millisecond
		}
		if f.span != want {
			t.Errorf("%d requests asked for: the span is %v, want %v", requests, f.span, want)
		}
	}
}

// TestChunkedBodiesAreCounted without what frames them.
func TestChunkedBodiesAreCounted(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, engine string) {
		for body, want := range map[string]int64{"": 0, "abc": 15, "n={{seq}}": 15} {
			plan := Plan{Request: request.Spec{URL: "http://" + peer(t, answers("HTTP/1.1 204 \r\n\r\n")), Body: request.Body{Text: body, Chunked: true}}, Load: Load{Requests: 5, Concurrency: 1}}
			if r := fireOn(t, engine, plan).run; r.Totals.BodyBytesSent != want || r.Totals.OK != 5 {
				t.Errorf("of %q, %d bytes of bodies were sent, want %d; ended: %s", body, r.Totals.BodyBytesSent, want, endings(r))
			}
		}
	})
}

func numbers(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintln(&b, i+1)
	}
	return b.String()
}

// paths notes what was asked for.
type paths struct {
	sync.Mutex
	all   map[string]bool
	twice int
}

func (p *paths) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.Lock()
	defer p.Unlock()
	if p.all == nil {
		p.all = map[string]bool{}
	}
	if p.all[r.URL.Path] {
		p.twice++
	}
	p.all[r.URL.Path] = true
	w.WriteHeader(http.StatusNoContent)
}

// TestDataArrives: what both engines send of lines, folders, sizes and forms is what a server of the standard library
// receives.
func TestDataArrives(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for i, size := range []int{0, 1, 5000, rows.SmallFile, rows.SmallFile + 1} {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprint(i)), contents(size), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	long := textFile(t, strings.Repeat(strings.Repeat("y", 90_000)+"\n\nshort\n", 20))
	for name, body := range map[string]request.Body{
		"lines":      {Lines: long},
		"held lines": {Lines: textFile(t, strings.Repeat("z", 9000)+"\n\nshort\n")},
		"folder":     {Dir: dir},
		"sizes":      {Sizes: "1*1,5KiB*2,200KiB*1"},
		"form":       {Form: []request.Part{{Name: "n", Text: "{{seq}}"}, {Name: "f", File: filepath.Join(dir, "2")}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEngines(t, func(t *testing.T, engine string) {
				const n = 40
				seen := &receiver{bodies: map[string]string{}}
				plan := Plan{Request: request.Spec{URL: server(t, seen) + "/{{seq}}", Body: body}, Load: Load{Requests: n, Concurrency: 4}}
				r := fireOn(t, engine, plan).run
				want := bodiesOf(t, plan, n)
				if len(seen.bodies) != n || r.Totals.OK != n {
					t.Errorf("%d of %d requests came, ended: %s", len(seen.bodies), n, endings(r))
				}
				var sent int64
				template := newTemplate(t, plan)
				for k := int64(1); k <= n; k++ {
					path := fmt.Sprintf("/%d", k)
					if sent += template.Size(k); seen.bodies[path] != want[path] {
						t.Errorf("request %d is %s, want %s", k, seen.bodies[path], want[path])
					}
				}
				if r.Totals.BodyBytesSent != sent {
					t.Errorf("%d bytes of bodies were sent, want %d", r.Totals.BodyBytesSent, sent)
				}
			})
		})
	}
}

// TestPreflightTellsOfTheFirstRow, before anything is sent.
func TestPreflightTellsOfTheFirstRow(t *testing.T) {
	plan := Plan{Request: request.Spec{URL: "http://" + peer(t, answers("HTTP/1.1 204 \r\n\r\n")) + "/{{json .a}}"}, Values: text.Values{Rows: text.Rows{JSONL: textFile(t, "{}\n")}}, Route: route.Spec{Proxy: route.NoProxy}}
	_, onceErr := Once(t.Context(), plan, 1)
	_, runErr := Run(t.Context(), plan, new(keep))
	for name, err := range map[string]error{"Check": Check(plan), "Once": onceErr, "Run": runErr} {
		var refused *Fault
		if !errors.As(err, &refused) || refused.Field != "jsonl" || refused.Why != "row 1: .a is not in it" {
			t.Errorf("%s gives %v", name, err)
		}
	}
	plan.NoPreflight = true // then it is a request that fails
	x, err := Once(t.Context(), plan, 1)
	if err != nil || x.Err == nil || x.Observation.Outcome != stats.BadHead || Check(plan) != nil {
		t.Errorf("Once gives %+v, %v", x, err)
	}
}

// server serves h until the test ends, and gives its URL.
func server(t *testing.T, h http.Handler) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}
