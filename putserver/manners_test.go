package putserver

import (
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// A served target and a client of it, for tests that read as a story.
type served struct {
	*Server
	t      *testing.T
	client *http.Client
	base   string
}

// behind serves a target through httptest: whatever serves handlers serves it.
func behind(t *testing.T, c Config) served {
	t.Helper()
	s := build(t, c)
	h := httptest.NewServer(s)
	t.Cleanup(h.Close)
	t.Cleanup(func() { _ = s.Close() }) // first, so that nothing waits
	return served{s, t, h.Client(), h.URL}
}

func build(t *testing.T, c Config) *Server {
	t.Helper()
	s, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// send gives the answer to one request, its body read; header is name and value in turn.
func (s served) send(method, path, body string, header ...string) (*http.Response, string) {
	s.t.Helper()
	r, err := http.NewRequest(method, s.base+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	a, err := s.client.Do(r)
	if err != nil {
		s.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer a.Body.Close()
	got, err := io.ReadAll(a.Body)
	if err != nil {
		s.t.Fatalf("%s %s: read the answer: %v", method, path, err)
	}
	return a, string(got)
}

// want sends and checks the status.
func (s served) want(status int, method, path, body string, header ...string) *http.Response {
	s.t.Helper()
	a, _ := s.send(method, path, body, header...)
	if a.StatusCode != status {
		s.t.Errorf("%s %s %v: %d, want %d", method, path, header, a.StatusCode, status)
	}
	return a
}

// wantLog checks the answers by status, and that they are all there is but for reset, silent and broken ones.
func (s served) wantLog(status map[int]int64) {
	s.t.Helper()
	st := s.Stats()
	sum := st.Reset + st.Silent + st.Broken
	for _, n := range status {
		sum += n
	}
	if !reflect.DeepEqual(st.Status, status) || st.Requests != sum || len(s.Log()) != int(sum) {
		s.t.Errorf("the log has %+v and %d entries, want answers %v", st, len(s.Log()), status)
	}
}

func TestPutReadDelete(t *testing.T) {
	s := behind(t, Config{})
	first := s.want(201, "PUT", "/a/b?x=1", "hello").Header.Get("ETag")
	if again := s.want(204, "PUT", "/a/b", "hello").Header.Get("ETag"); again != first {
		t.Errorf("the same body has ETag %s and %s", first, again)
	}
	if other := s.want(204, "PUT", "/a/b", "hallo").Header.Get("ETag"); other == first {
		t.Errorf("another body of the same length has the same ETag %s", first)
	}
	a, body := s.send("GET", "/a/b", "")
	if a.StatusCode != 200 || body != "hallo" || a.ContentLength != 5 || a.Header.Get("ETag") == "" {
		t.Errorf("GET: %d, %q, length %d, %v", a.StatusCode, body, a.ContentLength, a.Header)
	}
	a, body = s.send("HEAD", "/a/b", "")
	if a.StatusCode != 200 || body != "" || a.Header.Get("Content-Length") != "5" || a.Header.Get("ETag") == "" {
		t.Errorf("HEAD: %d, %q, %v", a.StatusCode, body, a.Header)
	}
	s.want(204, "DELETE", "/a/b", "")
	s.want(404, "DELETE", "/a/b", "")
	s.want(404, "GET", "/a/b", "")
	s.want(201, "PUT", "/a/b", "")
	s.wantLog(map[int]int64{200: 2, 201: 2, 204: 3, 404: 2})
}

func TestConditions(t *testing.T) {
	s := behind(t, Config{})
	s.want(412, "PUT", "/a", "x", "If-Match", "*")
	tag := s.want(201, "PUT", "/a", "x", "If-None-Match", "*").Header.Get("ETag")
	s.want(412, "PUT", "/a", "y", "If-None-Match", "*")
	s.want(304, "GET", "/a", "", "If-None-Match", tag)
	s.want(412, "GET", "/a", "", "If-Match", `"other"`)
	s.want(204, "PUT", "/a", "y", "If-Match", tag)
	s.want(412, "PUT", "/a", "z", "If-Match", tag)
	s.want(412, "DELETE", "/a", "", "If-Match", tag)
	if _, body := s.send("GET", "/a", ""); body != "y" {
		t.Errorf("the object is %q, want what the last PUT whose condition held left", body)
	}
}

func TestOtherMethods(t *testing.T) {
	s := behind(t, Config{})
	for _, method := range []string{"POST", "PATCH", "BREW"} {
		if allow := s.want(405, method, "/a", "x").Header.Get("Allow"); allow != "GET, HEAD, PUT, DELETE, OPTIONS" {
			t.Errorf("%s: Allow %q", method, allow)
		}
	}
	for _, method := range []string{"PUT", "DELETE", "POST"} {
		if allow := s.want(405, method, "/readonly/a", "x").Header.Get("Allow"); allow != "GET, HEAD, OPTIONS" {
			t.Errorf("%s below /readonly/: Allow %q", method, allow)
		}
	}
	s.want(404, "GET", "/readonly/a", "")
}

func TestAuthorization(t *testing.T) {
	s := behind(t, Config{User: "fire:storm"})
	if challenge := s.want(401, "PUT", "/a", "x").Header.Get("WWW-Authenticate"); !strings.HasPrefix(challenge, "Basic ") {
		t.Errorf("WWW-Authenticate: %q", challenge)
	}
	s.want(401, "PUT", "/a", "x", "Authorization", "Basic Zmlyf")
	if s.want(401, "PUT", "/a", strings.Repeat("x", 2<<20)).Close {
		t.Error("a refusal costs the connection, want the body read and the connection kept")
	}
	s.want(201, "PUT", "/a", "x", "Authorization", "Basic ZmlyZTpzdG9ybQ==") // echo -n fire:storm | base64
}

func TestTokensRunOut(t *testing.T) {
	s := behind(t, Config{TokenRate: 0.01, TokenBurst: 3})
	for _, path := range []string{"/a", "/b", "/c"} {
		s.want(201, "PUT", path, "x")
	}
	// The next token comes 100 s after the first request; what passed since is some of them.
	retry, err := strconv.Atoi(s.want(429, "PUT", "/a", "x").Header.Get("Retry-After"))
	if err != nil || retry < 1 || retry > 100 {
		t.Errorf("Retry-After %d, %v, want whole seconds up to 100", retry, err)
	}
	s.wantLog(map[int]int64{201: 3, 429: 1})
}

func TestObjectsAboveTheLimit(t *testing.T) {
	s := behind(t, Config{MaxBody: 10})
	s.want(201, "PUT", "/a", "0123456789")
	s.want(413, "PUT", "/a", "0123456789x")
	r, _ := http.NewRequest("PUT", s.base+"/a", io.MultiReader(strings.NewReader("0123456789x"))) // of no known length
	a, err := s.client.Do(r)
	if err != nil || a.StatusCode != 413 || !a.Close {
		t.Errorf("chunked: %+v, %v, want 413 and the connection closed", a, err)
	}
	a.Body.Close()
	s.wantLog(map[int]int64{201: 1, 413: 2})
}

func TestLargeObjectsAreKnownButNotKept(t *testing.T) {
	s := behind(t, Config{})
	tag := s.want(201, "PUT", "/a", strings.Repeat("x", keptWhole+1)).Header.Get("ETag")
	a := s.want(200, "HEAD", "/a", "")
	if a.ContentLength != keptWhole+1 || a.Header.Get("ETag") != tag {
		t.Errorf("HEAD: length %d, ETag %s, want %s", a.ContentLength, a.Header.Get("ETag"), tag)
	}
	s.want(410, "GET", "/a", "")
	s.want(204, "PUT", "/a", strings.Repeat("y", keptWhole))
	if _, body := s.send("GET", "/a", ""); len(body) != keptWhole {
		t.Errorf("GET of an object of %d bytes gives %d", keptWhole, len(body))
	}
}

func TestCloseFreesWhatIsSilentBehindAnotherServer(t *testing.T) {
	s := behind(t, Config{SilentShare: 1})
	var closing sync.WaitGroup
	closing.Go(func() { _ = s.Close() })
	r, _ := http.NewRequest("PUT", s.base+"/a", strings.NewReader("x"))
	if a, err := s.client.Do(r); err == nil {
		t.Errorf("the answer is %+v, want none", a)
	}
	closing.Wait()
	if st := s.Stats(); st.Silent != 1 || st.Requests != 1 {
		t.Errorf("the log has %+v, want one silent request", st)
	}
}

func TestFailuresBesideRefusals(t *testing.T) {
	s := behind(t, Config{FailShare: .1, FailStatus: 507})
	for range 100 {
		s.want(405, "POST", "/a", "") // refused, so not among what fails
		s.send("PUT", "/a", "x")
	}
	s.wantLog(map[int]int64{201: 1, 204: 89, 405: 100, 507: 10})
}

func TestConfigNamesEveryFault(t *testing.T) {
	_, err := New(Config{FailShare: 2, Servers: -1, TokenRate: -3, TokenBurst: -4, FailStatus: 77, MaxBody: -5, User: "x",
		ReadOnly: "y", Keep: -6, LogLimit: -7, SilentShare: -8})
	for _, says := range []string{"FailShare 2", "Servers -1", "TokenRate -3", "TokenBurst -4", "FailStatus 77", "MaxBody -5",
		"User has no colon", `ReadOnly "y"`, "Keep -6", "LogLimit -7", "SilentShare -8"} {
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("the error does not say %q: %v", says, err)
		}
	}
	if _, err := New(Config{FailShare: .5, ResetShare: .3, SilentShare: .3}); err == nil {
		t.Error("shares of 1.1 in sum are taken")
	}
	if _, err := New(Config{Servers: 1}); err == nil {
		t.Error("servers without a law are taken")
	}
}
