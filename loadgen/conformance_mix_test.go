//go:build unix

package loadgen

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"shotput/loadgen/arrivals"
	"shotput/loadgen/header"
	"shotput/loadgen/request"
	"shotput/loadgen/route"
	"shotput/loadgen/transport"

	"shotput/stats"
)

// A ledger is a server that notes which method came for each path, and answers 409 below /b/.
type ledger struct {
	sync.Mutex
	*httptest.Server
	seen map[string]string // method by path
}

func startLedger(t *testing.T) *ledger {
	l := newLedger(t)
	l.Start()
	return l
}

func startTLSLedger(t *testing.T) *ledger {
	l := newLedger(t)
	l.Config.ErrorLog = log.New(io.Discard, "", 0) // of connections that are closed in their handshake
	l.StartTLS()
	return l
}

func newLedger(t *testing.T) *ledger {
	l := &ledger{seen: map[string]string{}}
	l.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := drain(r)
		l.Lock()
		defer l.Unlock()
		if old, twice := l.seen[r.URL.Path]; twice || n != nil {
			t.Errorf("%s came for %s after %s: %v", r.Method, r.URL.Path, old, n)
		}
		l.seen[r.URL.Path] = r.Method
		if strings.HasPrefix(r.URL.Path, "/b/") {
			w.WriteHeader(http.StatusConflict)
		}
		fmt.Fprint(w, "an answer with a body, but for HEAD")
	}))
	t.Cleanup(l.Close)
	return l
}

// Request k is of the same template on either engine, whatever the concurrency and the loops; a HEAD among them has no
// body to wait for; and rows add up.
func TestEnginesAgreeOnAMix(t *testing.T) {
	t.Parallel()
	for _, load := range []Plan{{Load: Load{Concurrency: 1}}, {Load: Load{Concurrency: 16}, Engine: Firing{Loops: 2}}, {Load: Load{Concurrency: 8, Rate: arrivals.Rate{PerSecond: 4000}}}} {
		t.Run(fmt.Sprint(load.Load.Concurrency), func(t *testing.T) {
			t.Parallel()
			onEngines(t, func(t *testing.T, engine string) {
				server := startLedger(t)
				plan := load
				plan.Load.Requests, plan.Load.Seed, plan.Transport.Timeout = 400, 7, 5*time.Second
				plan.Mix = []Request{{Name: "put", Request: request.Spec{URL: server.URL + "/a/{{seq}}", Body: request.Body{Text: "{{seq}} {{uuid}}"}}, Weight: 3},
					{Name: "refused", Request: request.Spec{Method: "POST", URL: server.URL + "/b/{{seq}}", Body: request.Body{Size: 20 << 10}}},
					{Name: "look", Request: request.Spec{Method: "HEAD", URL: server.URL + "/c/{{seq}}"}}}
				r := fireOn(t, engine, plan).run
				l, count := newLot(&plan), make([]int64, 3)
				for k := int64(1); k <= 400; k++ {
					i := l.pick(k)
					count[i]++
					path, method := fmt.Sprintf("/%s/%d", letter(i), k), []string{"PUT", "POST", "HEAD"}[i]
					if server.seen[path] != method {
						t.Errorf("%s of request %d came as %q", path, k, server.seen[path])
					}
				}
				for i, row := range r.Templates {
					if row.Totals.Done() != count[i] || (row.Totals.Errors() > 0) != (i == 1) || row.Name != plan.Mix[i].Name || row.AchievedPerSecond <= 0 {
						t.Errorf("row %s: %+v, want %d", row.Name, row.Totals, count[i])
					}
				}
				if engine != "http" && r.Totals.ConnectionsOpened > int64(plan.Load.Concurrency) { // net/http may open some to spare
					t.Errorf("opened %d connections for %d slots: an answer was not read to its end", r.Totals.ConnectionsOpened, plan.Load.Concurrency)
				}
			})
		})
	}
}

// Requests that are the same each time share their bytes within a template, not between templates.
func TestEnginesSendTheConstantRequestsOfAMix(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, engine string) {
		var seen [2]atomic.Int64
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body := make([]byte, 10)
			n, _ := r.Body.Read(body)
			switch r.URL.Path + " " + string(body[:n]) + " " + r.Header.Get("X") {
			case "/one first 1":
				seen[0].Add(1)
			case "/two second 2":
				seen[1].Add(1)
			}
		}))
		defer server.Close()
		r := fireOn(t, engine, Plan{
			Load: Load{Requests: 100, Concurrency: 4},
			Mix: []Request{
				{Request: request.Spec{URL: server.URL + "/one", Body: request.Body{Text: "first"}, Header: []header.Line{{Name: "X", Value: "1"}}}},
				{Request: request.Spec{URL: server.URL + "/two", Body: request.Body{Text: "second"}, Header: []header.Line{{Name: "X", Value: "2"}}}}},
		}).run
		if a, b := r.Templates[0].Totals.OK, r.Templates[1].Totals.OK; a != seen[0].Load() || b != seen[1].Load() || a+b != 100 || a == 0 || b == 0 {
			t.Errorf("%d and %d are on the rows, %d and %d came", a, b, seen[0].Load(), seen[1].Load())
		}
	})
}

// Requests to several servers go each to its own.
func TestMixOfSeveralServers(t *testing.T) {
	a, b := startLedger(t), startLedger(t)
	sink := new(keep)
	_, err := Run(context.Background(), Plan{
		Load:  Load{Requests: 60, Concurrency: 3},
		Route: route.Spec{Proxy: route.NoProxy},
		Mix:   []Request{{Request: request.Spec{URL: a.URL + "/a/{{seq}}"}}, {Request: request.Spec{URL: b.URL + "/a/{{seq}}"}}},
	}, sink)
	if err != nil {
		t.Fatal(err)
	}
	wantConserved(t, sink.run)
	for i, server := range []*ledger{a, b} {
		if n := int64(len(server.seen)); n != sink.run.Templates[i].Totals.OK || n == 0 {
			t.Errorf("server %d saw %d, its row has %+v", i, n, sink.run.Templates[i].Totals)
		}
	}
	if p := sink.run.Plan; p.EngineReason != "" && runtime.GOOS == "linux" {
		t.Errorf("engine %s: %s", p.Engine, p.EngineReason)
	}
}

// Each request goes to its own server, over connections that are that server's alone, be they plain or TLS: none is closed so
// that another server may have one.
func TestEnginesAgreeOnAMixOfServers(t *testing.T) {
	t.Parallel()
	for name, load := range map[string]Plan{
		"closed":        {Load: Load{Concurrency: 6}, Engine: Firing{Loops: 2}},
		"paced":         {Load: Load{Concurrency: 6, Rate: arrivals.Rate{PerSecond: 4000}}},
		"no keep-alive": {Load: Load{Concurrency: 3}, Transport: transport.Spec{NoKeepalive: true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEngines(t, func(t *testing.T, engine string) {
				const requests = 300
				servers := []*ledger{startLedger(t), startLedger(t), startTLSLedger(t)}
				plan := load
				plan.Load.Requests, plan.Route.TLS.Insecure, plan.Load.Seed = requests, true, 3
				for i, server := range servers {
					plan.Mix = append(plan.Mix, Request{Weight: float64(1 + i), Request: request.Spec{
						URL: server.URL + "/" + letter(2*i) + "/{{seq}}", Body: request.Body{Text: "{{seq}}"}}})
				}
				r := fireOn(t, engine, plan).run
				l, count := newLot(&plan), make([]int64, len(servers))
				for k := int64(1); k <= requests; k++ {
					i := l.pick(k)
					count[i]++
					if path := fmt.Sprintf("/%s/%d", letter(2*i), k); servers[i].seen[path] != "PUT" {
						t.Errorf("%s did not come to server %d", path, i)
					}
				}
				for i, row := range r.Templates {
					if row.Totals.OK != count[i] || row.Totals.Done() != count[i] || int64(len(servers[i].seen)) != count[i] {
						t.Errorf("server %d saw %d, its row says %+v, want %d", i, len(servers[i].seen), row.Totals, count[i])
					}
				}
				most := int64(plan.Load.Concurrency * len(servers))
				if plan.Transport.NoKeepalive {
					most = requests
				}
				if engine != "http" && r.Totals.ConnectionsOpened > most {
					t.Errorf("opened %d connections, want %d at most", r.Totals.ConnectionsOpened, most)
				}
			})
		})
	}
}

// The first of each of several requests is sent ahead of the load, and the run says which one is hopeless.
func TestPreflightOfAMix(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/no/") {
			w.WriteHeader(http.StatusMethodNotAllowed)
		}
	}))
	defer server.Close()
	plan := Plan{Load: Load{Requests: 20, Seed: 1}, Route: route.Spec{Proxy: route.NoProxy}, Mix: []Request{{Request: request.Spec{URL: server.URL + "/yes/{{seq}}"}}, {Name: "second", Request: request.Spec{URL: server.URL + "/no/{{seq}}"}}}}
	l, second := newLot(&plan), int64(1)
	for l.pick(second) != 1 {
		second++
	}
	sink := new(keep)
	_, err := Run(context.Background(), plan, sink)
	var refused *PreflightError
	if !errors.As(err, &refused) || refused.Request != "second" || !strings.Contains(err.Error(), `preflight of "second", `+fmt.Sprintf("%s/no/%d: the server answered 405", server.URL, second)) {
		t.Errorf("ended: %v", err)
	}
	if sink.run != nil {
		t.Error("it ran all the same")
	}
	plan.Mix[1].Request.URL = server.URL + "/also/{{seq}}"
	s, err := Prepare(context.Background(), plan)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if first := s.First(); len(first) != 2 || first[1].URL != fmt.Sprintf("%s/also/%d", server.URL, second) {
		t.Errorf("sent first: %v", first)
	}
	for k := range int64(8) {
		x, err := Once(context.Background(), plan, k)
		if want := strings.Replace(plan.Mix[l.pick(k)].Request.URL, "{{seq}}", fmt.Sprint(k), 1); err != nil || x.URL != want || x.Observation.Outcome != stats.OK {
			t.Errorf("request %d alone: %s, want %s; %v", k, x.URL, want, err)
		}
	}
}
