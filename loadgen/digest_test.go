//go:build unix

package loadgen

import (
	"bufio"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"shotput/loadgen/request"
)

// A digestServer asks for a Digest of ann:s3cret, and computes it on its own (RFC 7616 §3.4).
type digestServer struct {
	*httptest.Server
	algorithm string
	uses      int // of a nonce, after which it is stale
	mu        struct {
		sync.Mutex
		nonce   int
		count   int // uses of it
		refused int
		stale   int
		bodies  map[string]string // by request target, of those let through
		probes  []int64           // Content-Length of those refused for want of an answer
		wrong   []string
	}
}

func newDigestServer(t *testing.T, algorithm string, uses int) *digestServer {
	s := &digestServer{algorithm: algorithm, uses: uses}
	s.mu.bodies = map[string]string{}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *digestServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	defer s.mu.Unlock()
	said := r.Header.Get("Authorization")
	switch {
	case said == "":
		s.mu.refused++
		s.mu.probes = append(s.mu.probes, r.ContentLength)
	case s.response(r, said) != field(said, "response"):
		s.mu.wrong = append(s.mu.wrong, said)[:1] // one tells enough
	case field(said, "nonce") != fmt.Sprintf("n%d", s.mu.nonce), s.mu.count == s.uses:
		s.mu.stale++
		s.mu.nonce++
		s.mu.count = 0
	default:
		s.mu.count++
		s.mu.bodies[r.RequestURI] = string(body)
		return
	}
	w.Header().Set("WWW-Authenticate", fmt.Sprintf(`Digest realm="a, b", qop="auth", algorithm=%s, nonce="n%d", opaque="o", stale=%v`, s.algorithm, s.mu.nonce, said != ""))
	w.WriteHeader(http.StatusUnauthorized)
	io.WriteString(w, "who asks?")
}

// response is what the digest of a request should be.
func (s *digestServer) response(r *http.Request, said string) string {
	h := func(text string) string {
		if s.algorithm == "SHA-256" {
			sum := sha256.Sum256([]byte(text))
			return hex.EncodeToString(sum[:])
		}
		sum := md5.Sum([]byte(text))
		return hex.EncodeToString(sum[:])
	}
	if field(said, "uri") != r.RequestURI {
		return "another target"
	}
	return h(h("ann:a, b:s3cret") + ":" + field(said, "nonce") + ":" + field(said, "nc") + ":" + field(said, "cnonce") + ":auth:" + h(r.Method+":"+r.RequestURI))
}

// field is a parameter of a Digest line.
func field(line, name string) string {
	m := regexp.MustCompile(`[ ,]` + name + `=(?:"([^"]*)"|([^",]*))`).FindStringSubmatch(line)
	if m == nil {
		return ""
	}
	return m[1] + m[2]
}

func digestPlan(server string) Plan {
	return Plan{Request: request.Spec{URL: server + "/{{seq}}?a=b,c", Auth: request.Auth{User: "ann:s3cret", Digest: true}, Body: request.Body{Text: "n={{seq}}"}}, Load: Load{Requests: 20, Concurrency: 1}, NoPreflight: true}
}

// TestDigestCostsOneMore exchange, without the body, and then none.
func TestDigestCostsOneMore(t *testing.T) {
	for _, algorithm := range []string{"MD5", "SHA-256"} {
		server := newDigestServer(t, algorithm, 1000)
		run := fireOn(t, "auto", digestPlan(server.URL)).run
		if run.Totals.OK != 20 || run.Totals.Attempts != 21 || run.Totals.Rounds != 1 || run.Totals.Retries() != 0 || len(server.mu.bodies) != 20 || server.mu.bodies["/7?a=b,c"] != "n=7" {
			t.Errorf("%s: ended: %s, %d attempts, %v; wrong: %q", algorithm, endings(run), run.Totals.Attempts, server.mu.bodies, server.mu.wrong)
		}
		if run.Plan.Engine != "http" || run.Plan.EngineReason != "digest authentication takes two exchanges" || run.Totals.ConnectionsOpened != 1 {
			t.Errorf("%s: %s (%s), %d connections", algorithm, run.Plan.Engine, run.Plan.EngineReason, run.Totals.ConnectionsOpened)
		}
		if len(server.mu.probes) != 1 || server.mu.probes[0] != 0 {
			t.Errorf("%s: asked with bodies of %d bytes, want one of none", algorithm, server.mu.probes)
		}
		if len(run.Warnings) != 1 || !strings.HasPrefix(run.Warnings[0].Text, "Digest challenges answered: 1 for 20 requests; one more exchange each") {
			t.Errorf("%s: the warnings are %+v", algorithm, run.Warnings)
		}
		if got := run.Latency.Connect.Count(); got != 1 {
			t.Errorf("%s: %d times to connect, want 1: the connection was opened for the attempt that was refused", algorithm, got)
		}
	}
}

// TestStaleNonceIsReplaced, and the body is sent again.
func TestStaleNonceIsReplaced(t *testing.T) {
	server := newDigestServer(t, "MD5", 8)
	run := fireOn(t, "http", digestPlan(server.URL)).run
	if run.Totals.OK != 20 || len(server.mu.bodies) != 20 || server.mu.stale != 2 || run.Totals.Attempts != 23 || run.Totals.Rounds != 3 {
		t.Errorf("ended: %s, %d attempts, %d stale; wrong: %q", endings(run), run.Totals.Attempts, server.mu.stale, server.mu.wrong)
	}
}

// TestManySlotsAnswerChallenges at the same time.
func TestManySlotsAnswerChallenges(t *testing.T) {
	server := newDigestServer(t, "MD5", 1000)
	plan := digestPlan(server.URL)
	plan.Load.Concurrency, plan.Load.Requests = 8, 200
	run := fireOn(t, "http", plan).run
	if run.Totals.OK != 200 || len(server.mu.bodies) != 200 || server.mu.refused > 8 || run.Totals.Attempts != 200+int64(server.mu.refused) || run.Totals.Retries() != 0 {
		t.Errorf("ended: %s, %d attempts, %d refused; wrong: %q", endings(run), run.Totals.Attempts, server.mu.refused, server.mu.wrong)
	}
}

// TestDigestThatIsRefused is a 401 like any other: read whole, and reported.
func TestDigestThatIsRefused(t *testing.T) {
	wrong := digestPlan(newDigestServer(t, "MD5", 1000).URL)
	wrong.Request.Auth.User = "ann:guessed"
	offers := func(challenge string) Plan {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("WWW-Authenticate", challenge)
			w.WriteHeader(http.StatusUnauthorized)
			io.WriteString(w, "who asks?")
		}))
		t.Cleanup(s.Close)
		return digestPlan(s.URL)
	}
	for name, plan := range map[string]Plan{"wrong password": wrong, "basic only": offers(`Basic realm="x"`),
		"unknown algorithm": offers(`Digest realm="x", nonce="n", algorithm=ROT13, qop="auth"`), "malformed": offers(`Digest realm="x`)} {
		x, err := Once(t.Context(), plan, 1)
		if err != nil || x.Err != nil || x.Observation.Status != 401 || string(x.Body) != "who asks?" || strings.Contains(fmt.Sprintf("%+v", x), "guessed") {
			t.Errorf("%s: %+v, %v", name, x, err)
		}
		run := fireOn(t, "http", plan).run
		if got := endings(run); got != "20 × 401 Unauthorized, 20 × status 401" {
			t.Errorf("%s: ended: %s; %+v", name, got, run.Outcomes)
		}
	}
}

// TestServerThatDoesNotAsk is not asked before each request; and answered when it begins to ask.
func TestServerThatDoesNotAsk(t *testing.T) {
	server := newDigestServer(t, "MD5", 1000)
	var seen atomic.Int64
	open := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if seen.Add(1) > 10 {
			server.ServeHTTP(w, r)
		}
	}))
	defer open.Close()
	run := fireOn(t, "http", digestPlan(open.URL)).run
	// the first is asked for, and sent; 9 go out as they are; the tenth, 11th to arrive, is refused, asked for, and sent again
	if run.Totals.OK != 20 || run.Totals.Attempts != 23 || len(server.mu.bodies) != 11 {
		t.Errorf("ended: %s, %d attempts, %d with a digest", endings(run), run.Totals.Attempts, len(server.mu.bodies))
	}
}

// TestStageAfterAChallenge is that of the exchange under way, not of the one before it, which came to its end.
func TestStageAfterAChallenge(t *testing.T) {
	t.Parallel()
	address := peer(t, func(c net.Conn) {
		r := bufio.NewReader(c)
		http.ReadRequest(r)
		io.WriteString(c, "HTTP/1.1 401 \r\nWWW-Authenticate: Digest realm=\"x\", nonce=\"n\", qop=\"auth\"\r\nContent-Length: 0\r\n\r\n")
		io.Copy(io.Discard, r)
	})
	plan := digestPlan("http://" + address)
	plan.Load.Requests, plan.Transport.Timeout = 1, 2*time.Second // of which a busy machine may need some for the challenge
	if got := endings(fireOn(t, "http", plan).run); got != "1 × timeout wait" {
		t.Errorf("ended: %s", got)
	}
}

// TestDigestThroughAProxy is of the path, which is what the server sees.
func TestDigestThroughAProxy(t *testing.T) {
	server := newDigestServer(t, "MD5", 1000)
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.RequestURI = r.URL.RequestURI()
		server.ServeHTTP(w, r)
	}))
	defer proxy.Close()
	plan := digestPlan("http://server.example")
	plan.Route.Proxy = proxy.URL
	if run := fireOn(t, "http", plan).run; run.Totals.OK != 20 {
		t.Errorf("ended: %s; wrong: %q", endings(run), server.mu.wrong)
	}
}
