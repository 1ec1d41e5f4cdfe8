//go:build unix

package loadgen

import (
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"shotput/loadgen/flow"
	"shotput/loadgen/header"
	"shotput/loadgen/request"
	"shotput/loadgen/route"

	"shotput/stats"
)

// A journey is a plan with flows at a small server, and what both engines say of it.
type journey struct {
	name  string
	serve func(s *office, w http.ResponseWriter, r *http.Request)
	plan  func(url string) Plan
	want  string // endings of arrivals
	steps string // of each step, how its exchanges ended
	seen  string // what the server notes, where a case says what
	timed bool   // it hangs on a time limit: a machine that is busy has five tries
}

// An office is a server that keeps count, and what it is told.
type office struct {
	sync.Mutex
	*httptest.Server
	n    map[string]int // by whatever a case counts
	seen []string
}

func (s *office) count(what string) int {
	s.n[what]++
	return s.n[what]
}

func (s *office) note(format string, args ...any) {
	s.seen = append(s.seen, fmt.Sprintf(format, args...))
}

func openOffice(t *testing.T, serve func(*office, http.ResponseWriter, *http.Request)) *office {
	s := &office{n: map[string]int{}}
	s.Lock() // what serves may ask for the URL
	defer s.Unlock()
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.Lock()
		defer s.Unlock()
		serve(s, w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

func TestEnginesAgreeOnFlows(t *testing.T) {
	t.Parallel()
	for _, c := range journeys() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			onEngines(t, func(t *testing.T, engine string) {
				faults := c.faults(t, engine)
				for try := 1; c.timed && len(faults) > 0 && try < 5; try++ { // others may have kept this machine from it
					faults = c.faults(t, engine)
				}
				for _, fault := range faults {
					t.Error(fault)
				}
			})
		})
	}
}

// faults are what an engine does otherwise.
func (c *journey) faults(t *testing.T, engine string) (faults []string) {
	s := openOffice(t, c.serve)
	plan := c.plan(s.URL)
	if plan.Transport.Timeout == 0 {
		plan.Transport.Timeout = 5 * time.Second
	}
	r := fireOn(t, engine, plan).run
	wantStepsConserved(t, r)
	want := func(what, got, want string) {
		if got != want {
			faults = append(faults, fmt.Sprintf("%s %q, want %q", what, got, want))
		}
	}
	want("ends as", endings(r), c.want)
	want("steps end as", rowsOf(r), c.steps)
	s.Lock()
	defer s.Unlock()
	if c.seen != "" {
		want("the server saw", strings.Join(s.seen, "; "), c.seen)
	}
	for _, f := range r.Outcomes {
		if f.Step == "" {
			t.Errorf("a failure names no step: %+v", f)
		}
	}
	return faults
}

func journeys() []journey {
	return append(append(plainJourneys(), journeysElsewhere()...), failingJourneys()...)
}

func created(s *office, w http.ResponseWriter, r *http.Request) {
	switch r.Method {
	case "POST":
		id := s.count("created")
		w.Header().Set("Location", fmt.Sprintf("/items/%d?sig=a%%2Fb", id))
		w.Header().Set("ETag", fmt.Sprintf(`"v%d"`, id))
		w.WriteHeader(http.StatusCreated)
		fmt.Fprintf(w, `{"id": "n%d", "list": [{"key": %d}]}`, id, id)
	default:
		body, _ := io.ReadAll(r.Body)
		s.note("%s %s %s %s", r.Method, r.URL.RequestURI(), r.Header.Get("If-Match"), body)
		w.WriteHeader(http.StatusNoContent)
	}
}

func plainJourneys() []journey {
	put := func(url, body string, header ...header.Line) Step {
		return Step{Name: "put", Request: request.Spec{URL: url, Header: header, Body: request.Body{Text: body}}}
	}
	return []journey{
		{name: "what is captured stands in URL, header and body", serve: created,
			plan: func(url string) Plan {
				return oneFlow(2, step("create", "POST", url+"/new", flow.Step{Captures: taking("id: json .id", "tag: header ETag", `key: regex "key": (\d+)`)}),
					put(url+`/put/{{captured "id"}}`, `{{captured "id"}} of {{seq}}, {{captured "key"}}`, header.Line{Name: "If-Match", Value: `{{captured "tag"}}`}))
			},
			want: "2 × 204 No Content", steps: "create 2 ok; put 2 ok",
			seen: `PUT /put/n1 "v1" n1 of 1, 1; PUT /put/n2 "v2" n2 of 2, 2`},
		{name: "a relative URL", serve: created,
			plan: func(url string) Plan {
				return oneFlow(2, step("create", "POST", url+"/new", flow.Step{Captures: taking("to: header Location")}), put(`{{captured "to"}}&x=1`, "b"))
			},
			want: "2 × 204 No Content", steps: "create 2 ok; put 2 ok",
			seen: "PUT /items/1?sig=a%2Fb&x=1  b; PUT /items/2?sig=a%2Fb&x=1  b"},
		{name: "the URL of a step whose own was captured", serve: func(s *office, w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			w.Header().Set("Location", "/items/1?sig=a%2Fb")
			s.note("%s %s", r.URL.RequestURI(), strings.ReplaceAll(string(body), s.URL, "HERE"))
		},
			plan: func(url string) Plan {
				return oneFlow(1, step("create", "POST", url+"/new", flow.Step{Captures: taking("to: header Location")}),
					step("write", "PUT", `{{captured "to"}}`, flow.Step{Captures: taking("at: url")}), put(url+"/end", `{{captured "at"}}`))
			},
			want: "1 × 200 OK", steps: "create 1 ok; write 1 ok; put 1 ok", seen: "/new ; /items/1?sig=a%2Fb ; /end HERE/items/1?sig=a%2Fb"},
		{name: "parts", plan: func(url string) Plan {
			return oneFlow(3, step("create", "POST", url+"/new", flow.Step{Captures: taking("id: json .id")}),
				step("part", "PUT", url+`/{{captured "id"}}/{{part}}`, flow.Step{Parts: 5, Captures: taking("tag: header ETag")}),
				Step{Name: "complete", Request: request.Spec{Method: "POST", URL: url + `/done`, Body: request.Body{Text: `{{joined "tag" "%n=%v" ","}}`}}})
		}, serve: servesParts, want: "3 × 200 OK", steps: "create 3 ok; part 15 ok; complete 3 ok",
			seen: `1="n1-1",2="n1-2",3="n1-3",4="n1-4",5="n1-5"; 1="n2-1",2="n2-2",3="n2-3",4="n2-4",5="n2-5"; 1="n3-1",2="n3-2",3="n3-3",4="n3-4",5="n3-5"`},
		{name: "parts at a time", plan: func(url string) Plan {
			return oneFlow(3, step("create", "POST", url+"/new", flow.Step{Captures: taking("id: json .id")}),
				step("part", "PUT", url+`/{{captured "id"}}/{{part}}`, flow.Step{Parts: 5, Parallel: 3, Captures: taking("tag: header ETag")}),
				Step{Name: "complete", Request: request.Spec{Method: "POST", URL: url + `/done`, Body: request.Body{Text: `{{joined "tag" "%n=%v" ","}}`}}})
		}, serve: servesParts, want: "3 × 200 OK", steps: "create 3 ok; part 15 ok; complete 3 ok",
			seen: `1="n1-1",2="n1-2",3="n1-3",4="n1-4",5="n1-5"; 1="n2-1",2="n2-2",3="n2-3",4="n2-4",5="n2-5"; 1="n3-1",2="n3-2",3="n3-3",4="n3-4",5="n3-5"`},
		{name: "it asks until a condition holds", plan: func(url string) Plan {
			return oneFlow(2, step("start", "PUT", url+"/{{seq}}", flow.Step{}),
				step("poll", "GET", url+"/state/{{seq}}", flow.Step{Until: statusIs(200), Every: 2 * time.Millisecond, Within: 5 * time.Second}))
		}, serve: func(s *office, w http.ResponseWriter, r *http.Request) {
			if r.Method == "PUT" || s.count(r.URL.Path) < 3 {
				w.WriteHeader(http.StatusAccepted)
			}
		}, want: "2 × 200 OK", steps: "start 2 ok; poll 6 ok"},
		{name: "a slot logs in once, and again", plan: func(url string) Plan {
			login := step("login", "POST", url+"/login", flow.Step{PerSlot: true, Captures: taking("token: json .token")})
			use := put(url+"/{{seq}}", "x", header.Line{Name: "Authorization", Value: `Bearer {{captured "token"}}`})
			return oneFlow(7, login, use)
		}, serve: func(s *office, w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/login" {
				fmt.Fprintf(w, `{"token": "t%d"}`, s.count("tokens"))
				return
			}
			token := r.Header.Get("Authorization")
			if s.count(token) > 3 || token != fmt.Sprintf("Bearer t%d", s.n["tokens"]) {
				w.WriteHeader(http.StatusUnauthorized)
			}
		}, want: "7 × 200 OK", steps: "login 3 ok; put 9 ok, 2 reauth"},
		{name: "cookies", plan: func(url string) Plan {
			p := oneFlow(3, step("open", "POST", url+"/open", flow.Step{PerSlot: true}), put(url+"/{{seq}}", "x"))
			p.Flows.Cookies = true
			return p
		}, serve: func(s *office, w http.ResponseWriter, r *http.Request) {
			if r.Method == "POST" {
				http.SetCookie(w, &http.Cookie{Name: "session", Value: "abc", Path: "/"})
				return
			}
			s.note("%s", r.Header.Get("Cookie"))
		}, want: "3 × 200 OK", steps: "open 1 ok; put 3 ok", seen: "session=abc; session=abc; session=abc"},
		{name: "what is sent once", plan: func(url string) Plan {
			p := oneFlow(2, put(url+`/{{captured "bucket"}}/{{seq}}`, "x"))
			p.Flows.Before = []Step{step("bucket", "POST", url+"/new", flow.Step{Captures: taking("bucket: json .id")})}
			p.Flows.After = []Step{step("remove", "DELETE", url+`/{{captured "bucket"}}`, flow.Step{})}
			return p
		}, serve: created, want: "2 × 204 No Content", steps: "put 2 ok; bucket 1 ok; remove 1 ok",
			seen: "PUT /n1/1  x; PUT /n1/2  x; DELETE /n1  "},
	}
}

func servesParts(s *office, w http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Path == "/done":
		body, _ := io.ReadAll(r.Body)
		s.note("%s", body)
	case r.Method == "POST":
		fmt.Fprintf(w, `{"id": "n%d"}`, s.count("uploads"))
	default:
		w.Header().Set("ETag", `"`+strings.ReplaceAll(r.URL.Path[1:], "/", "-")+`"`)
	}
}

// sends answers a POST with a URL to go on with, on another name of the same server, and notes what comes there.
func sends(s *office, w http.ResponseWriter, r *http.Request) {
	if r.Method == "POST" {
		to := strings.Replace(s.URL, "127.0.0.1", "localhost", 1)
		w.Header().Set("Location", fmt.Sprintf("%s/there/%d", to, s.count("sent on")))
		return
	}
	s.note("%s%s %s", strings.Split(r.Host, ":")[0], r.URL.RequestURI(), r.Header.Get("Authorization"))
}

// journeysElsewhere: a URL from an answer leads where the plan does not.
func journeysElsewhere() []journey {
	there := func(hosts ...string) func(url string) Plan {
		return func(url string) Plan {
			p := oneFlow(3, step("ask", "POST", url+"/ask", flow.Step{Captures: taking("to: header Location")}),
				Step{Name: "put", Request: request.Spec{URL: `{{captured "to"}}`, Body: request.Body{Text: "b"}}})
			p.Request.URL, p.Request.Auth.User = url, "me:secret"
			p.Flows.Hosts = hosts
			return p
		}
	}
	return []journey{
		{name: "a host that is allowed", serve: sends, plan: there("localhost"),
			want: "3 × 200 OK", steps: "ask 3 ok; put 3 ok",
			seen: "localhost/there/1 ; localhost/there/2 ; localhost/there/3 "},
		{name: "a host that is not", serve: sends, plan: there("*.example.com"),
			want: "3 × foreign_host", steps: "ask 3 ok; put 3 failed"},
		{name: "the plan's own server", serve: func(s *office, w http.ResponseWriter, r *http.Request) {
			if r.Method == "POST" {
				w.Header().Set("Location", fmt.Sprintf("%s/here/%d", s.URL, s.count("sent on")))
				return
			}
			s.note("%s %s", r.URL.RequestURI(), r.Header.Get("Authorization")[:6])
		}, plan: there(), want: "3 × 200 OK", steps: "ask 3 ok; put 3 ok", seen: "/here/1 Basic ; /here/2 Basic ; /here/3 Basic "},
		{name: "more hosts than are dialled", plan: func(url string) Plan {
			p := there("*.localhost")(url)
			p.Route.ConnectTo = []string{"::" + strings.TrimPrefix(url, "http://")}
			p.Load.Requests, p.Load.Concurrency = mostStrangers+4, 1
			return p
		}, serve: func(s *office, w http.ResponseWriter, r *http.Request) {
			if r.Method == "POST" {
				w.Header().Set("Location", fmt.Sprintf("http://n%d.localhost:80/", s.count("sent on")))
			}
		}, want: "256 × 200 OK, 4 × foreign_host", steps: "ask 260 ok; put 256 ok, 4 failed"},
	}
}

// failingJourneys: what fails ends the flow at its step.
func failingJourneys() []journey {
	puts := func(n int64, how flow.Step, more ...Step) func(url string) Plan {
		return func(url string) Plan {
			all := []Step{step("create", "POST", url+"/new/{{seq}}", flow.Step{Captures: taking("id: json .id")}),
				step("put", "PUT", url+`/put/{{captured "id"}}`, how)}
			for _, s := range more {
				s.Request.URL = url + s.Request.URL
				all = append(all, s)
			}
			return oneFlow(n, all...)
		}
	}
	abort := step("abort", "DELETE", `/put/{{captured "id"}}`, flow.Step{OnFailure: true})
	return []journey{
		{name: "a status in the middle", plan: puts(4, flow.Step{}, step("last", "GET", "/last", flow.Step{})),
			serve: func(s *office, w http.ResponseWriter, r *http.Request) {
				if fmt.Fprint(w, `{"id": 1}`); r.Method == "PUT" && s.count("puts") == 2 {
					w.WriteHeader(http.StatusConflict) // too late
				}
			}, want: "4 × 200 OK", steps: "create 4 ok; put 4 ok; last 4 ok"},
		{name: "a conflict, and what is for a failure", plan: puts(4, flow.Step{}, step("last", "GET", "/last", flow.Step{}), abort),
			serve: func(s *office, w http.ResponseWriter, r *http.Request) {
				if r.Method == "PUT" && s.count("puts") == 2 {
					w.WriteHeader(http.StatusConflict)
				}
				if r.Method == "DELETE" {
					s.note("%s", r.URL.Path)
				}
				fmt.Fprintf(w, `{"id": "%s"}`, r.URL.Path[1:])
			}, want: "3 × 200 OK, 1 × 409 Conflict, 1 × status 409", steps: "create 4 ok; put 3 ok, 1 failed; last 3 ok; abort 1 ok",
			seen: "/put/new/2"},
		{name: "what is to be captured is not there", plan: puts(10, flow.Step{}, abort),
			serve: func(s *office, w http.ResponseWriter, r *http.Request) {
				if r.Method == "POST" && strings.HasSuffix(r.URL.Path, "5") {
					fmt.Fprint(w, `{}`)
					return
				}
				fmt.Fprint(w, `{"id": "a"}`)
			}, want: "10 × 200 OK, 1 × capture 200", steps: "create 9 ok, 1 failed; put 9 ok; abort "},
		{name: "the server ends the connection", plan: puts(4, flow.Step{}, abort),
			serve: func(s *office, w http.ResponseWriter, r *http.Request) {
				if r.Method == "PUT" && s.count("puts") == 3 {
					c, _, _ := w.(http.Hijacker).Hijack()
					c.Close()
					return
				}
				fmt.Fprint(w, `{"id": "a"}`)
			}, want: "3 × 200 OK, 1 × closed wait", steps: "create 4 ok; put 3 ok, 1 failed; abort 1 ok"},
		{name: "it logs in once more, and no oftener", plan: func(url string) Plan {
			return oneFlow(2, step("login", "POST", url+"/login", flow.Step{PerSlot: true}), step("put", "PUT", url+"/{{seq}}", flow.Step{}))
		}, serve: func(s *office, w http.ResponseWriter, r *http.Request) {
			if r.Method == "PUT" {
				w.WriteHeader(http.StatusUnauthorized)
			}
		}, want: "2 × 401 Unauthorized, 2 × status 401", steps: "login 3 ok; put 2 ok, 2 reauth, 2 failed"},
		{name: "a condition that does not come true", timed: true, plan: func(url string) Plan {
			return oneFlow(1, step("poll", "GET", url, flow.Step{Until: statusIs(200), Every: time.Hour, Within: 250 * time.Millisecond}))
		}, serve: func(s *office, w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusAccepted) },
			want: "1 × 202 Accepted, 1 × timeout 202", steps: "poll 2 ok"},
		{name: "the limit of a flow, while an answer is waited for", timed: true, plan: func(url string) Plan {
			p := puts(1, flow.Step{}, abort)(url)
			p.Flows.Timeout = 150 * time.Millisecond
			return p
		}, serve: func(s *office, w http.ResponseWriter, r *http.Request) {
			if r.Method == "PUT" {
				time.Sleep(200 * time.Millisecond)
			}
			fmt.Fprint(w, `{"id": "a"}`)
		}, want: "1 × timeout wait", steps: "create 1 ok; put 1 timed out; abort 1 ok"},
		{name: "the limit of a flow, in a pause", timed: true, plan: func(url string) Plan {
			p := oneFlow(1, step("one", "PUT", url+"/1", flow.Step{Think: flow.Think{From: time.Hour}}), step("two", "PUT", url+"/2", flow.Step{}),
				step("abort", "DELETE", url+"/1", flow.Step{OnFailure: true}))
			p.Flows.Timeout = 150 * time.Millisecond
			return p
		}, serve: func(s *office, w http.ResponseWriter, r *http.Request) {},
			want: "1 × timeout", steps: "one 1 ok; two ; abort 1 ok"},
	}
}

// A server that an answer names is shown no client certificate, whichever engine connects to it, in a run and alone.
func TestStrangersGetNoCertificate(t *testing.T) {
	t.Parallel()
	mine, _ := writeCert(t)
	onEngines(t, func(t *testing.T, engine string) {
		var shown [2]atomic.Int64
		var came [2]atomic.Int64
		var servers [2]*httptest.Server
		for i := range servers {
			servers[i] = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				came[i].Add(1)
				if len(r.TLS.PeerCertificates) > 0 {
					shown[i].Add(1)
				}
				w.Header().Set("Location", servers[1].URL+"/there")
			}))
			servers[i].TLS = &tls.Config{ClientAuth: tls.RequestClientCert}
			servers[i].StartTLS()
			defer servers[i].Close()
		}
		plan := oneFlow(4, step("ask", "POST", servers[0].URL, flow.Step{Captures: taking("to: header Location")}),
			step("put", "PUT", `{{captured "to"}}`, flow.Step{}))
		plan.Route.TLS = route.TLS{Insecure: true, Cert: mine}
		plan.Flows.Hosts = []string{"127.0.0.1"}
		r := fireOn(t, engine, plan).run
		wantStepsConserved(t, r)
		plan.on(engine)
		if p, err := OncePass(t.Context(), plan, 1); err != nil || p.Arrival.Outcome != stats.OK {
			t.Errorf("alone: %+v, %v", p, err)
		}
		if r.Totals.OK != 4 || came[0].Load() != 5 || shown[0].Load() != 5 || came[1].Load() != 5 || shown[1].Load() != 0 {
			t.Errorf("%d of %d requests to the plan's server showed it, %d of %d to the other; %+v", shown[0].Load(), came[0].Load(), shown[1].Load(), came[1].Load(), r.Outcomes)
		}
	})
}

// Where redirects are followed, what is captured as url is where they led.
func TestFlowsCaptureWhereRedirectsLead(t *testing.T) {
	s := openOffice(t, func(s *office, w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method == "PUT" && r.URL.Path == "/old":
			http.Redirect(w, r, "/new/1", http.StatusTemporaryRedirect)
		case r.Method == "GET":
			s.note("%s", r.URL.Path)
		}
	})
	plan := oneFlow(1, step("put", "PUT", s.URL+"/old", flow.Step{Captures: taking("to: url")}), step("look", "GET", `{{captured "to"}}/state`, flow.Step{}))
	plan.Transport.Follow = true
	r := fireOn(t, "http", plan).run
	s.wantSeen(t, "/new/1/state")
	if got := rowsOf(r); got != "put 1 ok; look 1 ok" {
		t.Error(got)
	}
}

// A redirect is an answer's word too: a flow follows it where the plan's hosts say, and nowhere else.
func TestFlowsFollowRedirectsToTheirHosts(t *testing.T) {
	elsewhere := openOffice(t, func(s *office, w http.ResponseWriter, r *http.Request) { s.note("%s", r.URL.Path) })
	s := openOffice(t, func(s *office, w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, elsewhere.URL+"/there", http.StatusTemporaryRedirect)
	})
	for hosts, want := range map[string]struct{ steps, seen string }{
		"":          {"put 1 failed", ""},
		"127.0.0.1": {"put 1 ok", "/there"},
	} {
		plan := oneFlow(1, step("put", "PUT", s.URL+"/old", flow.Step{}))
		plan.Transport.Follow = true
		if hosts != "" {
			plan.Flows.Hosts = []string{hosts}
		}
		r := fireOn(t, "http", plan).run
		if got := rowsOf(r); got != want.steps {
			t.Errorf("with hosts %q: %s", hosts, got)
		}
		if hosts == "" && (r.Outcomes[0].Outcome != stats.BadRedirect || !strings.Contains(r.Outcomes[0].Example, "is no host of the plan")) {
			t.Errorf("%+v", r.Outcomes)
		}
		elsewhere.wantSeen(t, want.seen)
		elsewhere.seen = nil
	}
}

// Plain requests beside a flow are counted as what they are in the mix, and are no steps.
func TestEnginesAgreeOnAMixWithFlows(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, engine string) {
		s := openOffice(t, func(s *office, w http.ResponseWriter, r *http.Request) {
			if s.count(r.URL.Path); r.URL.Path == "/refused" {
				w.WriteHeader(http.StatusConflict)
			}
		})
		plan := oneFlow(300, step("one", "POST", s.URL+"/one", flow.Step{}), step("two", "PUT", s.URL+"/two", flow.Step{}))
		plan.Mix = append(plan.Mix, Request{Name: "put", Request: request.Spec{URL: s.URL + "/put"}}, Request{Name: "refused", Request: request.Spec{URL: s.URL + "/refused"}})
		plan.Load.Concurrency, plan.Load.Seed, plan.Capture, plan.Trace = 8, 7, 3, true
		r := fireOn(t, engine, plan).run
		wantStepsConserved(t, r)
		l, count := newLot(&plan), make([]int, 3)
		for k := int64(1); k <= 300; k++ {
			count[l.pick(k)]++
		}
		for i, path := range []string{"/one", "/put", "/refused"} {
			if row := &r.Templates[i]; row.Name != plan.Mix[i].Name || int(row.Totals.Done()) != count[i] || s.n[path] != count[i] || (row.Totals.Errors() > 0) != (i == 2) {
				t.Errorf("%s: %+v, want %d; %d came", row.Name, row.Totals, count[i], s.n[path])
			}
		}
		if got, want := rowsOf(r), fmt.Sprintf("one %d ok; two %d ok", count[0], count[0]); got != want || s.n["/two"] != count[0] {
			t.Errorf("%s, want %s", got, want)
		}
		for _, c := range r.Captured {
			if c.Template != 2 || c.Status != http.StatusConflict {
				t.Errorf("kept %+v", c)
			}
		}
		if len(r.Captured) != 3 || len(r.Slowest) == 0 || r.Totals.Flows != int64(count[0]) {
			t.Errorf("%d kept, %d slowest, %d flows", len(r.Captured), len(r.Slowest), r.Totals.Flows)
		}
	})
}

// The same seed sends the same first steps, whatever the engine and the answers; captures alone differ.
func TestEnginesSendTheSameFirstSteps(t *testing.T) {
	t.Parallel()
	firsts := map[string]string{}
	for _, engine := range engines() {
		s := openOffice(t, func(s *office, w http.ResponseWriter, r *http.Request) {
			if r.Method == "POST" {
				body, _ := io.ReadAll(r.Body)
				s.note("%s %s", r.URL.Path, body)
			}
			fmt.Fprintf(w, `{"id": "%s-%d"}`, engine, s.count("all"))
		})
		first := step("create", "POST", s.URL+"/{{seq}}/{{randHex 8}}", flow.Step{Captures: taking("id: json .id")})
		first.Request.Body.Text = "{{uuid}}"
		plan := oneFlow(40, first, step("put", "PUT", s.URL+`/{{captured "id"}}`, flow.Step{}))
		plan.Load.Concurrency, plan.Load.Seed = 8, 5
		fireOn(t, engine, plan)
		slices.Sort(s.seen)
		firsts[strings.Join(s.seen, " ")] = engine
	}
	if len(firsts) != 1 {
		t.Errorf("the engines sent %d different lists of first steps", len(firsts))
	}
}
