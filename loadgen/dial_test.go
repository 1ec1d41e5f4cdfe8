//go:build unix

package loadgen

import (
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"shotput/loadgen/request"
	"shotput/loadgen/route"
)

// A witness is a server that says 201, and notes who asked it for what.
type witness struct {
	mu struct {
		sync.Mutex
		hosts, remotes []string // Host headers, and the addresses that connections came from, each once
	}
}

func (w *witness) ServeHTTP(answer http.ResponseWriter, r *http.Request) {
	if drain(r) != nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	note := func(all *[]string, s string) {
		if !slices.Contains(*all, s) {
			*all = append(*all, s)
		}
	}
	note(&w.mu.hosts, r.Host)
	remote, _, _ := net.SplitHostPort(r.RemoteAddr)
	note(&w.mu.remotes, remote)
	answer.WriteHeader(http.StatusCreated)
}

func (w *witness) want(t *testing.T, host, remote string) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if got := strings.Join(w.mu.hosts, " "); got != host {
		t.Errorf("the server was asked as %q, want %q", got, host)
	}
	if got := strings.Join(w.mu.remotes, " "); got != remote {
		t.Errorf("connections came from %q, want %q", got, remote)
	}
}

// attend starts a witness at an address; with the scheme https over TLS.
func attend(t *testing.T, scheme, network, address string) (w *witness, at net.Addr) {
	t.Helper()
	l, err := net.Listen(network, address)
	if err != nil {
		t.Skip(err)
	}
	w = new(witness)
	s := httptest.NewUnstartedServer(w)
	s.Listener.Close()
	s.Listener = l
	if scheme == "https" {
		s.StartTLS()
	} else {
		s.Start()
	}
	t.Cleanup(s.Close)
	return w, l.Addr()
}

// TestEnginesAgreeOnWhereToDial: what the URL says is what the server is told, wherever the connection goes.
func TestEnginesAgreeOnWhereToDial(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, listen, url string
		plan              func(port string) Plan
		host, remote      string // as the server sees them
	}{
		{"resolve", "127.0.0.1:0", "http://made.UP:PORT/", func(port string) Plan {
			return Plan{Route: route.Spec{Resolve: []string{"Made.up:" + port + ":127.0.0.1"}}}
		}, "made.UP:PORT", "127.0.0.1"},
		{"resolve any host, first address refuses", "127.0.0.1:0", "http://made.up:PORT/", func(port string) Plan {
			return Plan{Route: route.Spec{Resolve: []string{"+*:" + port + ":127.0.0.3,[127.0.0.1]"}}}
		}, "made.up:PORT", "127.0.0.1"},
		{"resolve, forgotten and given anew", "127.0.0.1:0", "http://made.up:PORT/", func(port string) Plan {
			return Plan{Route: route.Spec{Resolve: []string{"made.up:" + port + ":127.0.0.3", "-made.up:" + port, "made.up:" + port + ":127.0.0.1"}}}
		}, "made.up:PORT", "127.0.0.1"},
		{"connect to", "127.0.0.1:0", "http://made.up/", func(port string) Plan {
			return Plan{Route: route.Spec{ConnectTo: []string{"other.up:80:127.0.0.3:1", "made.up:80:127.0.0.1:" + port}}}
		}, "made.up", "127.0.0.1"},
		{"connect to another port", "127.0.0.1:0", "http://127.0.0.1:1/", func(port string) Plan { return Plan{Route: route.Spec{ConnectTo: []string{":1::" + port}}} },
			"127.0.0.1:1", "127.0.0.1"},
		{"connect to what is resolved", "127.0.0.1:0", "http://made.up/", func(port string) Plan {
			return Plan{Route: route.Spec{ConnectTo: []string{"::there.up:" + port}, Resolve: []string{"there.up:" + port + ":127.0.0.1"}}}
		}, "made.up", "127.0.0.1"},
		{"local address", "127.0.0.1:0", "http://127.0.0.1:PORT/", func(string) Plan { return Plan{Route: route.Spec{Interface: "127.0.0.2"}} }, "127.0.0.1:PORT", "127.0.0.2"},
		{"local address, by the long form", "127.0.0.1:0", "http://localhost:PORT/", func(string) Plan { return Plan{Route: route.Spec{Interface: "host!127.0.0.2"}} },
			"localhost:PORT", "127.0.0.2"},
		{"interface", "127.0.0.1:0", "http://127.0.0.1:PORT/", func(string) Plan { return Plan{Route: route.Spec{Interface: "if!lo"}} }, "127.0.0.1:PORT", "127.0.0.1"},
		{"IPv6", "[::1]:0", "http://localhost:PORT/", func(port string) Plan {
			return Plan{Route: route.Spec{IPVersion: 6, Resolve: []string{"localhost:" + port + ":127.0.0.1,::1"}}}
		}, "localhost:PORT", "::1"},
		{"IPv4", "127.0.0.1:0", "http://localhost:PORT/", func(port string) Plan {
			return Plan{Route: route.Spec{IPVersion: 4, Resolve: []string{"localhost:" + port + ":[::1],127.0.0.1"}}}
		}, "localhost:PORT", "127.0.0.1"},
		{"IPv4, by the resolver", "127.0.0.1:0", "http://localhost:PORT/", func(string) Plan { return Plan{Route: route.Spec{IPVersion: 4}} }, "localhost:PORT", "127.0.0.1"},
		{"IPv6 literal", "[::1]:0", "http://[::1]:PORT/", func(string) Plan { return Plan{Route: route.Spec{IPVersion: 6, Interface: "::1"}} }, "[::1]:PORT", "::1"},
		{"resolve, over TLS", "127.0.0.1:0", "https://example.com:PORT/", func(port string) Plan { // the name in the server's certificate
			return Plan{Route: route.Spec{Resolve: []string{"example.com:" + port + ":127.0.0.1"}}}
		}, "example.com:PORT", "127.0.0.1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			onEngines(t, func(t *testing.T, engine string) {
				scheme, _, _ := strings.Cut(c.url, ":")
				server, at := attend(t, scheme, "tcp", c.listen)
				_, port, _ := net.SplitHostPort(at.String())
				plan := c.plan(port)
				plan.Request.URL, plan.Load.Concurrency, plan.Load.Requests = strings.Replace(c.url, "PORT", port, 1), 2, 6
				if scheme == "https" {
					plan.Route.TLS.CACert = trustedByTests(t)
				}
				if r := fireOn(t, engine, plan).run; endings(r) != "6 × 201 Created" {
					t.Errorf("ended: %s\n%+v", endings(r), r.Outcomes)
				}
				server.want(t, strings.Replace(c.host, "PORT", port, 1), c.remote)
			})
		})
	}
}

// A unix socket takes the place of whatever the URL's host is, and of the environment's proxy.
func TestEnginesAgreeOnUnixSockets(t *testing.T) {
	t.Parallel()
	for _, scheme := range []string{"http", "https"} {
		t.Run(scheme, func(t *testing.T) {
			t.Parallel()
			onEngines(t, func(t *testing.T, engine string) {
				path := filepath.Join(t.TempDir(), "s")
				server, _ := attend(t, scheme, "unix", path)
				plan := Plan{Request: request.Spec{URL: scheme + "://example.com/", Body: request.Body{Size: 100_000}}, Route: route.Spec{UnixSocket: path}, Load: Load{Concurrency: 2, Requests: 20}}
				if scheme == "https" {
					plan.Route.TLS.CACert = trustedByTests(t)
				}
				r := fireOn(t, engine, plan).run
				if endings(r) != "20 × 201 Created" || r.Clock != "user" || r.Totals.Unstamped != 0 {
					t.Errorf("ended: %s; clock %s, %d without its stamp\n%+v", endings(r), r.Clock, r.Totals.Unstamped, r.Outcomes)
				}
				if r.Totals.ConnectionsOpened < 2 || r.Totals.WireBytesSent < 20*100_000 {
					t.Errorf("%d connections, %d bytes", r.Totals.ConnectionsOpened, r.Totals.WireBytesSent)
				}
				server.want(t, "example.com", "")
				if x, err := Once(t.Context(), plan, 0); err != nil || x.Status != "201 Created" {
					t.Errorf("alone: %+v, %v", x, err)
				}
			})
		})
	}
}

// trustedByTests is a file with the certificate of httptest's servers; it is for example.com and for loopback.
func trustedByTests(t *testing.T) string {
	t.Helper()
	s := httptest.NewTLSServer(http.NotFoundHandler())
	defer s.Close()
	return writePEM(t, pemOf(s.Certificate()))
}
