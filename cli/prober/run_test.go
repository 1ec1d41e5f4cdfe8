package prober

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"shotput/loadgen"
	"shotput/putserver"
	"shotput/verify"
)

// A watcher is a server that is right, and notes what it is asked for.
type watcher struct {
	http.Handler
	mu      sync.Mutex
	targets []string
}

func (w *watcher) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	w.targets = append(w.targets, r.RequestURI)
	w.mu.Unlock()
	w.Handler.ServeHTTP(rw, r)
}

func (w *watcher) seen() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.targets)
}

// slow are checks that wait, or race for long.
var slow = []string{"truncated", "etag-stable", "races", "durable"}

// watched verifies a server that is right, by one way to it.
func watched(t *testing.T, engine, http string) (*verify.Report, *watcher, *Server) {
	t.Helper()
	target, err := putserver.New(putserver.Config{})
	if err != nil {
		t.Fatal(err)
	}
	w := &watcher{Handler: target}
	server := httptest.NewUnstartedServer(w)
	if server.EnableHTTP2 = http != ""; http != "" {
		server.StartTLS()
	} else {
		server.Start()
	}
	t.Cleanup(server.Close)
	s := probe(t, engine, server.URL+"/objects/{{key}}", func(p *loadgen.Plan) {
		p.Transport.HTTP, p.Route.TLS.Insecure = http, true
	})
	return verify.Run(t.Context(), s, verify.Options{Prefix: "v-", Skip: slow, Largest: 1 << 20, Cleanup: true}), w, s
}

// unsaid are checks of what HTTP/2 has no form for, or of which net/http's server does not tell its handler there:
// that a body waits for a word.
var unsaid = []string{"length-lies", "length-required", "precondition-early", "expect-100"}

// One server is found the same by either engine, and by HTTP/2.
func TestSameFindings(t *testing.T) {
	first, _, _ := watched(t, "http", "")
	for _, way := range []struct{ engine, http string }{{engines()[0], ""}, {"http", "2"}} {
		r, _, _ := watched(t, way.engine, way.http)
		for i := range first.Findings {
			was, is := &first.Findings[i], &r.Findings[i]
			if way.http != "" && slices.Contains(unsaid, is.Check) {
				continue
			}
			if was.Result != is.Result || was.Observed != is.Observed {
				t.Errorf("%s over %s%s: %s %s (%s), and %s %s (%s)", is.Check, way.engine, way.http, is.Result, is.Observed, is.Why,
					was.Result, was.Observed, was.Why)
			}
		}
	}
}

// No name is touched that does not begin with the prefix, and of those that were made none is left.
func TestNothingElseIsTouched(t *testing.T) {
	r, w, s := watched(t, "", "")
	for _, target := range w.seen() {
		name, below := strings.CutPrefix(target, "/objects/")
		if !below || name != "" && !strings.HasPrefix(name, "v-") {
			t.Errorf("%s was asked for", target)
		}
	}
	if len(r.Created) == 0 || len(r.Removed) != len(r.Created) {
		t.Errorf("%d were created, and %d removed", len(r.Created), len(r.Removed))
	}
	for _, name := range r.Created {
		if a := s.Send(t.Context(), verify.Request{Method: http.MethodGet, Name: name}); a.Status != http.StatusNotFound {
			t.Errorf("%s is left: %d", name, a.Status)
		}
	}
}

// Whoever asks for patience is given it.
func TestRetryAfter(t *testing.T) {
	var asked atomic.Int64
	url := newServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1) < 3 {
			w.Header().Set("Retry-After", "0")
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		w.WriteHeader(http.StatusCreated)
	}))
	r := verify.Run(t.Context(), probe(t, "", url, nil), verify.Options{Prefix: "v-", Only: []string{"create"}})
	if f := r.Findings[0]; f.Result != verify.Holds || asked.Load() != 3 {
		t.Errorf("%s (%s) after %d requests", f.Result, f.Why, asked.Load())
	}
}
