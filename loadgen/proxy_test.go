//go:build unix

package loadgen

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"shotput/loadgen/header"
	"shotput/loadgen/request"
	"shotput/loadgen/route"
)

// The environment's proxy is curl's idea of it: for loopback too, by the URL's scheme, and not by HTTP_PROXY.
func TestEnvironmentProxies(t *testing.T) {
	server := httptest.NewServer(new(witness))
	t.Cleanup(server.Close)
	for _, c := range []struct {
		name string
		env  map[string]string // PROXY stands for the proxy's host:port
		plan Plan
		used bool
	}{
		{"http_proxy", map[string]string{"http_proxy": "http://PROXY"}, Plan{}, true},
		{"without a scheme", map[string]string{"http_proxy": "PROXY"}, Plan{}, true},
		{"HTTP_PROXY", map[string]string{"HTTP_PROXY": "http://PROXY"}, Plan{}, false},
		{"https_proxy", map[string]string{"https_proxy": "http://PROXY"}, Plan{}, false},
		{"all_proxy", map[string]string{"all_proxy": "http://PROXY"}, Plan{}, true},
		{"ALL_PROXY", map[string]string{"ALL_PROXY": "http://PROXY"}, Plan{}, true},
		{"http_proxy before all_proxy", map[string]string{"http_proxy": "http://PROXY", "all_proxy": "http://127.0.0.1:1"}, Plan{}, true},
		{"exempt", map[string]string{"http_proxy": "http://PROXY", "no_proxy": "127.0.0.0/8"}, Plan{}, false},
		{"exempt, in capitals", map[string]string{"http_proxy": "http://PROXY", "NO_PROXY": "127.0.0.1"}, Plan{}, false},
		{"exempt from one given", map[string]string{"no_proxy": "127.0.0.1"}, Plan{Route: route.Spec{Proxy: "http://PROXY"}}, false},
		{"exemptions replaced", map[string]string{"http_proxy": "http://PROXY", "no_proxy": "127.0.0.1"}, Plan{Route: route.Spec{NoProxy: "a.test"}}, true},
		{"given", nil, Plan{Route: route.Spec{Proxy: "PROXY"}}, true},
		{"given, and none for this host", nil, Plan{Route: route.Spec{Proxy: "PROXY", NoProxy: "b.test,127.0.0.1"}}, false},
		{"none", map[string]string{"http_proxy": "http://PROXY"}, Plan{Route: route.Spec{Proxy: route.NoProxy}}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, engine := range engines() {
				p := new(relay)
				proxy := httptest.NewServer(p)
				at := strings.TrimPrefix(proxy.URL, "http://")
				plan := c.plan
				plan.Route.Env = route.EnvFrom(func(name string) (string, bool) {
					value, set := c.env[name]
					return strings.ReplaceAll(value, "PROXY", at), set
				})
				plan.Route.Proxy = strings.ReplaceAll(plan.Route.Proxy, "PROXY", at)
				plan.Request.URL, plan.Load.Concurrency, plan.Load.Requests = server.URL+"/{{seq}}", 1, 3
				r := fireOn(t, engine, plan).run
				proxy.Close()
				if used := p.asked.Load() == 3; used != c.used || r.Totals.OK != 3 {
					t.Errorf("%s: used %v (%d times), want %v; ended: %s", engine, used, p.asked.Load(), c.used, endings(r))
				}
			}
		})
	}
}

func TestBadEnvironmentProxy(t *testing.T) {
	env := route.Env{"http_proxy": "gopher://u:hunter2@127.0.0.1/"}
	err := Plan{Request: request.Spec{URL: "http://127.0.0.1/"}, Route: route.Spec{Env: env}}.Validate()
	if err == nil || !strings.Contains(err.Error(), "http_proxy") || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("the fault is %v", err)
	}
	if err := (Plan{Request: request.Spec{URL: "http://127.0.0.1/"}, Route: route.Spec{NoProxy: "127.0.0.1", Env: env}}).Validate(); err != nil {
		t.Error(err)
	}
}

// What the proxy is told, and what the server, is told apart: in CONNECT, and in requests that go to the proxy whole.
func TestEnginesAgreeOnProxyHeaders(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, scheme string
		plan         Plan
		proxy        []string // what it sees of the names asked after below
		server       []string
	}{
		{"whole", "http", Plan{}, []string{"PUT", "P=1,2", "S=s", "User-Agent=ua"}, nil},
		{"tunnel", "https", Plan{}, []string{"CONNECT", "P=1,2", "User-Agent=ua"}, []string{"S=s", "User-Agent=ua"}},
		{"tunnel, since connections are led elsewhere", "http", Plan{Route: route.Spec{ConnectTo: []string{"a.test:80:ADDRESS"}}},
			[]string{"CONNECT", "P=1,2", "User-Agent=ua"}, []string{"S=s", "User-Agent=ua"}},
		{"password", "https", Plan{Route: route.Spec{Proxy: "u:p@"}}, []string{"CONNECT", "P=1,2", "Proxy-Authorization=Basic dTpw", "User-Agent=ua"}, []string{"S=s", "User-Agent=ua"}},
		{"password replaced", "https", Plan{Route: route.Spec{Proxy: "u:p@", ProxyHeader: []header.Line{{Name: "proxy-authorization", Value: "Bearer t"}}}},
			[]string{"CONNECT", "P=1,2", "Proxy-Authorization=Bearer t", "User-Agent=ua"}, []string{"S=s", "User-Agent=ua"}},
		{"password replaced, whole", "http", Plan{Route: route.Spec{Proxy: "u:p@", ProxyHeader: []header.Line{{Name: "proxy-authorization", Value: "Bearer t"}}}},
			[]string{"PUT", "P=1,2", "Proxy-Authorization=Bearer t", "S=s", "User-Agent=ua"}, nil},
		{"password replaced by the request's own", "http", Plan{Route: route.Spec{Proxy: "u:p@"}, Request: request.Spec{Header: []header.Line{{Name: "proxy-authorization", Value: "Bearer t"}}}},
			[]string{"PUT", "P=1,2", "Proxy-Authorization=Bearer t", "S=s", "User-Agent=ua"}, nil},
		{"who asks, whole", "http", Plan{Route: route.Spec{ProxyHeader: []header.Line{{Name: "User-Agent", Value: "for the proxy"}}}}, []string{"PUT", "P=1,2", "S=s", "User-Agent=for the proxy"}, nil},
		{"removed", "https", Plan{Route: route.Spec{Proxy: "u:p@", ProxyHeader: []header.Line{{Name: "User-Agent", Remove: true}, {Name: "Proxy-Authorization", Remove: true}}}},
			[]string{"CONNECT", "P=1,2"}, []string{"S=s", "User-Agent=ua"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			onEngines(t, func(t *testing.T, engine string) {
				proxy, server := new(ear), new(ear)
				proxy.next = new(relay)
				far := httptest.NewServer(server)
				if c.scheme == "https" {
					far = httptest.NewTLSServer(server)
				}
				near := httptest.NewServer(proxy)
				defer near.Close()
				defer far.Close()
				plan := c.plan
				plan.Request.URL, plan.Route.TLS.Insecure, plan.Load.Concurrency, plan.Load.Requests, plan.Request.UserAgent = far.URL+"/x", true, 1, 1, "ua"
				if plan.Route.ConnectTo != nil {
					plan.Request.URL = "http://a.test/x"
					plan.Route.ConnectTo = []string{strings.Replace(plan.Route.ConnectTo[0], "ADDRESS", far.Listener.Addr().String(), 1)}
				}
				plan.Route.Proxy = "http://" + plan.Route.Proxy + near.Listener.Addr().String()
				plan.Request.Header = append(plan.Request.Header, header.Line{Name: "S", Value: "s"})
				plan.Route.ProxyHeader = append([]header.Line{{Name: "P", Value: "1"}, {Name: "P", Value: "2"}}, plan.Route.ProxyHeader...)
				if r := fireOn(t, engine, plan).run; r.Totals.OK != 1 {
					t.Fatalf("ended: %s\n%+v", endings(r), r.Outcomes)
				}
				if !slices.Equal(proxy.heard, c.proxy) {
					t.Errorf("the proxy heard %q, want %q", proxy.heard, c.proxy)
				}
				if c.server != nil && !slices.Equal(server.heard, append([]string{"PUT"}, c.server...)) {
					t.Errorf("the server heard %q, want %q", server.heard, c.server)
				}
			})
		})
	}
}

// An ear notes what the first request says of itself: the method, and the headers that tests ask after.
type ear struct {
	next  http.Handler
	once  sync.Once
	heard []string
}

func (e *ear) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e.once.Do(func() {
		e.heard = []string{r.Method}
		for _, name := range []string{"P", "Proxy-Authorization", "S", "User-Agent"} {
			if values := r.Header.Values(name); len(values) > 0 {
				e.heard = append(e.heard, name+"="+strings.Join(values, ","))
			}
		}
	})
	if e.next != nil {
		e.next.ServeHTTP(w, r)
		return
	}
	drain(r)
}

// A proxy that is itself reached over TLS, for both kinds of URL. Only the portable engine does this.
func TestSecureProxy(t *testing.T) {
	for _, c := range []struct {
		scheme string
		asked  int64
	}{{"http", 4}, {"https", 1}} {
		server, at := attend(t, c.scheme, "tcp", "127.0.0.1:0")
		p := new(relay)
		proxy := httptest.NewUnstartedServer(p)
		proxy.TLS = &tls.Config{}
		proxy.StartTLS()
		r := fireOn(t, "auto", Plan{Request: request.Spec{URL: c.scheme + "://" + at.String() + "/"}, Route: route.Spec{Proxy: proxy.URL, TLS: route.TLS{CACert: trustedByTests(t)}}, Load: Load{Concurrency: 1, Requests: 4}}).run
		proxy.Close()
		if endings(r) != "4 × 201 Created" || r.Plan.EngineReason != "the proxy is reached over TLS" || p.asked.Load() != c.asked {
			t.Errorf("%s: ended: %s; %q; the proxy was asked %d times, want %d\n%+v", c.scheme, endings(r), r.Plan.EngineReason, p.asked.Load(), c.asked, r.Outcomes)
		}
		server.want(t, at.String(), "127.0.0.1")
	}
}
