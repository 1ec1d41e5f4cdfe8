//go:build unix

package loadgen

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"shotput/loadgen/header"
	"shotput/loadgen/request"
	"shotput/loadgen/route"
	"shotput/loadgen/transport"

	"shotput/stats"
)

// A crossroads redirects /STATUS/rest to /rest, /away/rest to rest on another server, and takes whatever comes
// otherwise. It notes what it was asked.
type crossroads struct {
	other *crossroads
	url   string
	mu    struct {
		sync.Mutex
		log []string
	}
}

func (c *crossroads) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	c.mu.Lock()
	defer c.mu.Unlock()
	line := r.Method + " " + r.RequestURI + " " + string(body)
	for _, name := range []string{"Authorization", "Cookie", "X-Kept"} {
		if r.Header.Get(name) != "" {
			line += " " + name
		}
	}
	if "http://"+r.Host != c.url {
		line += " as " + r.Host
	}
	c.mu.log = append(c.mu.log, line)
	first, rest, _ := strings.Cut(strings.TrimPrefix(r.RequestURI, "/"), "/")
	switch first {
	case "301", "302", "303", "307", "308":
		w.Header().Set("Location", "/"+rest)
		w.WriteHeader(map[string]int{"301": 301, "302": 302, "303": 303, "307": 307, "308": 308}[first])
	case "away":
		w.Header().Set("Location", c.other.url+"/"+rest)
		w.WriteHeader(307)
	case "loop":
		w.Header().Set("Location", r.RequestURI)
		w.WriteHeader(308)
	case "odd":
		w.Header().Set("Location", "ftp://127.0.0.1/x")
		w.WriteHeader(307)
	case "nowhere":
		w.WriteHeader(307)
	default:
		w.WriteHeader(http.StatusCreated)
	}
}

func startCrossroads(t *testing.T) *crossroads {
	t.Helper()
	here, there := new(crossroads), new(crossroads)
	here.other, there.other = there, here
	for _, c := range []*crossroads{here, there} {
		s := httptest.NewServer(c)
		t.Cleanup(s.Close)
		c.url = s.URL
	}
	return here
}

// TestRedirects: 307 and 308 are followed with method and body, and nothing else is; strangers are told no secrets.
func TestRedirects(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, path  string
		host        string // the Host header, where it is given
		most        int
		trusted     bool
		want        string
		attempts    int64
		here, there string // what was asked, ";" between; "as" a host that is not the server's own
		detail      string
	}{
		{name: "307", path: "/307/x%2fy?q=1", want: "1 × 201 Created", attempts: 2,
			here: "PUT /307/x%2fy?q=1 body 1 Authorization Cookie X-Kept;PUT /x%2fy?q=1 body 1 Authorization Cookie X-Kept"},
		{name: "308, then 307", path: "/308/307/x", want: "1 × 201 Created", attempts: 3,
			here: "PUT /308/307/x body 1 Authorization Cookie X-Kept;PUT /307/x body 1 Authorization Cookie X-Kept;PUT /x body 1 Authorization Cookie X-Kept"},
		{name: "to a stranger", path: "/away/x", want: "1 × 201 Created", attempts: 2,
			here: "PUT /away/x body 1 Authorization Cookie X-Kept", there: "PUT /x body 1 X-Kept"},
		{name: "to a stranger and back", path: "/away/away/x", want: "1 × 201 Created", attempts: 3,
			here: "PUT /away/away/x body 1 Authorization Cookie X-Kept;PUT /x body 1 Authorization Cookie X-Kept", there: "PUT /away/x body 1 X-Kept"},
		{name: "to one who is trusted", path: "/away/x", want: "1 × 201 Created", attempts: 2, trusted: true,
			here: "PUT /away/x body 1 Authorization Cookie X-Kept", there: "PUT /x body 1 Authorization Cookie X-Kept"},
		{name: "under another name", path: "/307/away/x", host: "a.test", want: "1 × 201 Created", attempts: 3,
			here: "PUT /307/away/x body 1 Authorization Cookie X-Kept as a.test;PUT /away/x body 1 Authorization Cookie X-Kept as a.test", there: "PUT /x body 1 X-Kept as a.test"},
		{name: "301", path: "/301/x", want: "1 × 301 Moved Permanently, 1 × redirect 301", attempts: 1,
			here: "PUT /301/x body 1 Authorization Cookie X-Kept", detail: "redirect 301 would turn the PUT into a GET; Location: /x"},
		{name: "302", path: "/302/x", want: "1 × 302 Found, 1 × redirect 302", attempts: 1, here: "PUT /302/x body 1 Authorization Cookie X-Kept",
			detail: "redirect 302 would turn the PUT into a GET; Location: /x"},
		{name: "303 after 307", path: "/307/303/x", want: "1 × 303 See Other, 1 × redirect 303", attempts: 2,
			here:   "PUT /307/303/x body 1 Authorization Cookie X-Kept;PUT /303/x body 1 Authorization Cookie X-Kept",
			detail: "redirect 303 would turn the PUT into a GET; Location: /x"},
		{name: "round and round", path: "/loop", want: "1 × 308 Permanent Redirect, 1 × redirect 308", attempts: 51,
			here: strings.Repeat(";PUT /loop body 1 Authorization Cookie X-Kept", 51)[1:], detail: "redirect 308 is one more than the 50 that are followed"},
		{name: "one too many", path: "/307/307/x", most: 1, want: "1 × 307 Temporary Redirect, 1 × redirect 307", attempts: 2,
			here:   "PUT /307/307/x body 1 Authorization Cookie X-Kept;PUT /307/x body 1 Authorization Cookie X-Kept",
			detail: "redirect 307 is one more than the 1 that are followed"},
		{name: "another scheme", path: "/odd", want: "1 × 307 Temporary Redirect, 1 × redirect 307", attempts: 1, here: "PUT /odd body 1 Authorization Cookie X-Kept",
			detail: `redirect 307 leads to the scheme "ftp"`},
		{name: "without a location", path: "/nowhere", want: "1 × 307 Temporary Redirect, 1 × status 307", attempts: 1, here: "PUT /nowhere body 1 Authorization Cookie X-Kept"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			server := startCrossroads(t)
			lines := []header.Line{{Name: "cookie", Value: "s=1"}, {Name: "x-kept", Value: "1"}}
			if c.host != "" {
				lines = append(lines, header.Line{Name: "Host", Value: c.host})
			}
			r := fireOn(t, "auto", Plan{
				Request:   request.Spec{URL: server.url + c.path, Auth: request.Auth{User: "a:b"}, Header: lines, Body: request.Body{Text: "body {{seq}}"}},
				Transport: transport.Spec{Follow: true, FollowTrusted: c.trusted, MaxRedirects: c.most},
				Load:      Load{Concurrency: 1, Requests: 1},
			}).run
			if got := endings(r); got != c.want {
				t.Errorf("ended: %s, want %s", got, c.want)
			}
			if r.Plan.Engine != "http" || r.Plan.EngineReason != "redirects are followed" {
				t.Errorf("the engine is %s, %q", r.Plan.Engine, r.Plan.EngineReason)
			}
			if got := strings.Join(server.mu.log, ";"); got != c.here {
				t.Errorf("the first server was asked %q, want %q", got, c.here)
			}
			if got := strings.Join(server.other.mu.log, ";"); got != c.there {
				t.Errorf("the other was asked %q, want %q", got, c.there)
			}
			if r.Totals.Attempts != c.attempts || r.Totals.Hops != c.attempts-1 || r.Totals.Retries() != 0 {
				t.Errorf("%d attempts, %d hops, want %d and one less", r.Totals.Attempts, r.Totals.Hops, c.attempts)
			}
			if c.detail != "" && r.Outcomes[0].Example != c.detail {
				t.Errorf("the note is %q", r.Outcomes[0].Example)
			}
		})
	}
}

// Who asks is nobody's business but the first server's: another that challenges is not answered, unless it is trusted.
func TestRedirectToAChallenge(t *testing.T) {
	for trusted, want := range map[bool]string{false: "1 × 401 Unauthorized, 1 × status 401", true: "1 × 200 OK"} {
		far := newDigestServer(t, "MD5", 1000)
		near := httptest.NewServer(http.RedirectHandler(far.URL+"/x", http.StatusTemporaryRedirect))
		defer near.Close()
		plan := digestPlan(near.URL)
		plan.Load.Requests, plan.Transport = 1, transport.Spec{Follow: true, FollowTrusted: trusted}
		run := fireOn(t, "auto", plan).run
		if got := endings(run); got != want || len(far.mu.wrong) > 0 {
			t.Errorf("trusted %v: ended: %s, want %s; wrong: %q", trusted, got, want, far.mu.wrong)
		}
	}
}

// What a proxy alone is told does not go on to a server that is reached without it.
func TestRedirectPastTheProxy(t *testing.T) {
	server := new(ear)
	far := httptest.NewServer(server)
	defer far.Close()
	proxy := &pointer{to: far.URL + "/x"}
	near := httptest.NewServer(proxy)
	defer near.Close()
	r := fireOn(t, "auto", Plan{
		Request:   request.Spec{URL: "http://a.test/", Header: []header.Line{{Name: "S", Value: "s"}}, UserAgent: "ua"},
		Route:     route.Spec{Proxy: near.URL, NoProxy: "127.0.0.1", ProxyHeader: []header.Line{{Name: "P", Value: "1"}}},
		Transport: transport.Spec{Follow: true},
		Load:      Load{Concurrency: 1, Requests: 1},
	}).run
	if endings(r) != "1 × 200 OK" || proxy.told != "1" || strings.Join(server.heard, " ") != "PUT S=s User-Agent=ua" {
		t.Errorf("ended: %s; the proxy was told %q, the server %q\n%+v", endings(r), proxy.told, server.heard, r.Outcomes)
	}
}

// A pointer redirects everything.
type pointer struct{ to, told string }

func (p *pointer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.told = r.Header.Get("P")
	w.Header().Set("Location", p.to)
	w.WriteHeader(http.StatusTemporaryRedirect)
}

// A run that follows shows itself in the request that goes first, too.
func TestRedirectAlone(t *testing.T) {
	server := startCrossroads(t)
	x, err := Once(t.Context(), Plan{Request: request.Spec{URL: server.url + "/307/x", Body: request.Body{Text: "b"}}, Transport: transport.Spec{Follow: true}}, 0)
	if err != nil || x.Status != "201 Created" || x.Observation.Attempts != 2 {
		t.Errorf("%+v, %v", x, err)
	}
	x, err = Once(t.Context(), Plan{Request: request.Spec{URL: server.url + "/302/x"}, Transport: transport.Spec{Follow: true}}, 0)
	if err != nil || x.Observation.Outcome != stats.BadRedirect || x.Err == nil {
		t.Errorf("%+v, %v", x, err)
	}
	if _, err := Run(context.Background(), Plan{Request: request.Spec{URL: server.url + "/302/x"}, Transport: transport.Spec{Follow: true}, Load: Load{Requests: 1}}, new(keep)); err == nil {
		t.Error("a run whose every request is turned into a GET was begun")
	}
}
