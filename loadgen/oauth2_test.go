package loadgen

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"shotput/loadgen/arrivals"
	"shotput/loadgen/request"
	"shotput/loadgen/token"

	"shotput/stats"
)

// tokenOf has a token of so long a life (0: for ever) of a grant, and what it is renewed by.
func tokenOf(t testing.TB, grant *request.OAuth2, value string, life time.Duration, renew token.Fetch) *token.Set {
	t.Helper()
	all, fetched := new(token.Set), false
	all.Add(grant, func(ctx context.Context) (string, time.Time, error) {
		if fetched {
			return renew(ctx)
		}
		fetched = true
		if life == 0 {
			return value, time.Time{}, nil
		}
		return value, time.Now().Add(life), nil
	})
	if err := all.Fetch(context.Background(), time.Minute, nil); err != nil {
		t.Fatal(err)
	}
	return all
}

// A tokenServer is a token endpoint, and beside it what the tokens are for: PUTs are answered 204 with a token that it
// gave, else 401.
type tokenServer struct {
	*httptest.Server
	life int // of tokens, in seconds
	mu   struct {
		sync.Mutex
		given int
		asked []string // by grants
		used  []string // by PUTs
	}
}

func newTokenServer(t *testing.T, life int, secure bool) *tokenServer {
	s := &tokenServer{life: life}
	s.Server = httptest.NewUnstartedServer(s)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	if secure {
		s.StartTLS()
	} else {
		s.Start()
	}
	t.Cleanup(s.Close)
	return s
}

func (s *tokenServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.Method == "PUT" {
		s.mu.used = append(s.mu.used, r.Header.Get("Authorization"))
		if s.mu.given == 0 || !strings.HasPrefix(r.Header.Get("Authorization"), "Bearer given-") {
			w.WriteHeader(http.StatusUnauthorized)
		}
		return
	}
	name, secret, _ := r.BasicAuth()
	s.mu.asked = append(s.mu.asked, fmt.Sprintf("%s %s:%s %s %s", r.Method, name, secret, r.FormValue("grant_type"), r.FormValue("scope")))
	w.Header().Set("Content-Type", "application/json")
	if name != "me" || secret != "hush-hush" {
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprintf(w, `{"error":"invalid_client","error_description":"no such client with %s"}`, secret+r.FormValue("client_secret"))
		return
	}
	s.mu.given++
	json.NewEncoder(w).Encode(map[string]any{"access_token": fmt.Sprintf("given-%d", s.mu.given), "token_type": "bearer", "expires_in": s.life})
}

func (s *tokenServer) plan() Plan {
	return Plan{
		Request: request.Spec{URL: s.URL + "/{{seq}}", Auth: request.Auth{OAuth2: request.OAuth2{TokenURL: s.URL + "/token", ClientID: "me",
			ClientSecret: "hush-hush", Scopes: []string{"write", "more"}}}},
		Load: Load{Requests: 4, Concurrency: 2},
	}
}

// TestTokenIsFetchedOnce, before the first request, and goes out with every request.
func TestTokenIsFetchedOnce(t *testing.T) {
	for _, engine := range engines() {
		server, sink := newTokenServer(t, 3600, false), new(keep)
		plan := server.plan()
		plan.on(engine)
		if _, err := Run(t.Context(), plan, sink); err != nil {
			t.Fatal(err)
		}
		if want := []string{"POST me:hush-hush client_credentials write more"}; !slices.Equal(server.mu.asked, want) {
			t.Errorf("%s: asked %q, want %q", engine, server.mu.asked, want)
		}
		if used := slices.Compact(server.mu.used); sink.run.Totals.OK != 4 || len(server.mu.used) != 4 || len(used) != 1 || used[0] != "Bearer given-1" {
			t.Errorf("%s: %d requests were OK; the server saw %q", engine, sink.run.Totals.OK, server.mu.used)
		}
		if record, _ := json.Marshal(sink.run.Plan); strings.Contains(string(record), "given-1") || strings.Contains(string(record), "hush") {
			t.Errorf("the record holds a secret: %s", record)
		}
	}
}

func TestTokenThatIsNotGiven(t *testing.T) {
	server := newTokenServer(t, 3600, false)
	wrong := server.plan()
	wrong.Request.Auth.OAuth2.ClientSecret = "wrong-secret"
	nobody := server.plan()
	nobody.Request.Auth.OAuth2.TokenURL = "http://u:hush@127.0.0.1:1/token?key=hush"
	redirected := server.plan()
	elsewhere := httptest.NewServer(http.RedirectHandler(server.URL+"/token", http.StatusTemporaryRedirect))
	defer elsewhere.Close()
	redirected.Request.Auth.OAuth2.TokenURL = elsewhere.URL
	for _, c := range []struct {
		plan Plan
		says string
	}{
		{wrong, "401 Unauthorized invalid_client: no such client with REDACTED"},
		{nobody, "http://REDACTED@127.0.0.1:1/token?key=REDACTED: dial tcp 127.0.0.1:1: connect: connection refused"},
		{redirected, "307 Temporary Redirect"},
	} {
		_, err := Run(t.Context(), c.plan, new(keep))
		var fault *TokenError
		if !errors.As(err, &fault) || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "hush") {
			t.Errorf("%v; want an error with %q", err, c.says)
		}
		if _, once := Once(t.Context(), c.plan, 1); once == nil || once.Error() != err.Error() {
			t.Errorf("Once says %v, Run %v", once, err)
		}
	}
	if len(server.mu.used) != 0 {
		t.Errorf("the server was sent requests all the same: %q", server.mu.used)
	}
}

// TestTokenIsAskedForByThePlansTLS: refused without, accepted by -k and --cacert.
func TestTokenIsAskedForByThePlansTLS(t *testing.T) {
	server := newTokenServer(t, 0, true)
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		change func(*Plan)
		ok     bool
	}{{func(*Plan) {}, false}, {func(p *Plan) { p.Route.TLS.Insecure = true }, true}, {func(p *Plan) { p.Route.TLS.CACert = file }, true}} {
		plan := server.plan()
		c.change(&plan)
		x, err := Once(t.Context(), plan, 1)
		if ok := err == nil && x.Observation.Status == 200; ok != c.ok {
			t.Errorf("insecure %v, cacert %q: %+v, %v", plan.Route.TLS.Insecure, plan.Route.TLS.CACert, x, err)
		}
	}
}

// TestRunUsesWhatIsCurrent: a run whose token is renewed in its middle, and cannot be renewed later.
func TestRunUsesWhatIsCurrent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var seen []string
		server := transportFunc(func(r *http.Request) (*http.Response, error) {
			mu.Lock()
			defer mu.Unlock()
			seen = append(seen, r.Header.Get("Authorization"))
			return &http.Response{StatusCode: 200, Body: http.NoBody}, nil
		})
		renewals := 0
		renew := func(context.Context) (string, time.Time, error) {
			if renewals++; renewals == 1 {
				return "Bearer new", time.Now().Add(5 * time.Second), nil
			}
			return "", time.Time{}, errors.New("the token server is down")
		}
		run := fireModel(t, t.Context(), Plan{
			Load:    Load{Rate: arrivals.Rate{PerSecond: 1}, Duration: 10 * time.Second, Concurrency: 1},
			Request: request.Spec{Auth: request.Auth{OAuth2: request.OAuth2{TokenURL: "http://t/", ClientID: "c"}}},
		}, server, func(f *firing) { f.useToken(t, "Bearer old", 5*time.Second, renew) })
		if got := slices.Compact(slices.Clone(seen)); len(seen) != 10 || !slices.Equal(got, []string{"Bearer old", "Bearer new"}) {
			t.Errorf("the requests had %q", seen)
		}
		if !slices.ContainsFunc(run.Warnings, func(w stats.Warning) bool { return w.Code == "token" }) {
			t.Errorf("the run's warnings are %+v", run.Warnings)
		}
	})
}

type transportFunc func(*http.Request) (*http.Response, error)

func (f transportFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
