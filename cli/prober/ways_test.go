package prober

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"shotput/loadgen"
	"shotput/verify"
)

// certificate writes a certificate and its key for whoever connects.
func certificate(t *testing.T) (path string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	of := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "ann"},
		NotAfter: time.Now().Add(time.Hour), ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}
	made, err := x509.CreateCertificate(rand.Reader, of, of, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), "ann.pem")
	text := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: made}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})...)
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// A upload is what a server saw of a request.
type upload struct {
	proto, method, target, body, who string
	length                           int64
	header                           http.Header
	err                              error
}

// taker answers 201 to all, and notes what it saw.
type taker struct{ seen chan upload }

func (s *taker) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	u := upload{proto: r.Proto, method: r.Method, target: r.RequestURI, body: string(body), err: err, length: r.ContentLength,
		header: r.Header}
	if r.TLS != nil && len(r.TLS.PeerCertificates) > 0 {
		u.who = r.TLS.PeerCertificates[0].Subject.CommonName
	}
	s.seen <- u
	if err == nil {
		w.Header().Set("ETag", `"1"`)
		w.WriteHeader(http.StatusCreated)
	}
}

// secure is a server over TLS that wants to know who connects.
func secure(t *testing.T, h2 bool) (url string, s *taker) {
	s = &taker{make(chan upload, 64)}
	server := httptest.NewUnstartedServer(s)
	server.EnableHTTP2 = h2
	server.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert}
	server.StartTLS()
	t.Cleanup(server.Close)
	return server.URL + "/objects/", s
}

// A client's certificate goes out with what the engines send, and with what they do not.
func TestClientCertificate(t *testing.T) {
	cert := certificate(t)
	for _, engine := range engines() {
		url, server := secure(t, false)
		s := probe(t, engine, url, func(p *loadgen.Plan) {
			p.Route.TLS = loadgen.TLS{Insecure: true, Cert: cert}
		})
		for _, r := range []verify.Request{
			{Name: "v-1", Body: []byte("body")}, {Name: "v-1", Body: []byte("body"), Cut: &verify.Cut{After: 2}},
			{Name: "v-1", Body: []byte("body"), Cut: &verify.Cut{After: 2, Reset: true}},
		} {
			a := s.Send(t.Context(), r)
			u := <-server.seen
			if u.who != "ann" || (r.Cut == nil) != (u.err == nil) || r.Cut == nil && a.Status != 201 || r.Cut != nil && u.body != "bo" {
				t.Errorf("%s: %+v; %d %v", engine, u, a.Status, a.Err)
			}
		}
		for _, a := range s.Together(t.Context(), make([]verify.Request, 4)) {
			if a.Status != 201 {
				t.Errorf("%s: %d %v", engine, a.Status, a.Err)
			}
		}
	}
}

// Over HTTP/2 the same is asked, as far as it can be said there.
func TestHTTP2(t *testing.T) {
	cert := certificate(t)
	url, server := secure(t, true)
	s := probe(t, "", url, func(p *loadgen.Plan) {
		p.Route.TLS, p.Transport.HTTP = loadgen.TLS{Insecure: true, Cert: cert}, "2"
	})
	a := s.Send(t.Context(), verify.Request{Name: "v-1", Body: []byte("body"), Header: []verify.Header{{Name: "If-Match", Value: `"1"`}}})
	u := <-server.seen
	if a.Proto != "HTTP/2.0" || a.Status != 201 || a.ETag() != `"1"` || u.proto != "HTTP/2.0" || u.body != "body" ||
		u.header.Get("If-Match") != `"1"` || u.length != 4 {
		t.Errorf("%+v; %+v", a, u)
	}
	s.Send(t.Context(), verify.Request{Name: "v-1", Body: []byte("body"), Framing: verify.Chunked})
	if u = <-server.seen; u.body != "body" || u.length != -1 {
		t.Errorf("without a length: %+v", u)
	}
	long := bytes.Repeat([]byte("body"), 64<<10)
	a = s.Send(t.Context(), verify.Request{Name: "v-1", Body: long, Cut: &verify.Cut{After: 100_000, Reset: true}})
	if u = <-server.seen; u.err == nil || len(u.body) > 100_000 || a.Err == nil || a.Sent != 100_000 {
		t.Errorf("a stream was reset: %d bytes, %v; %+v", len(u.body), u.err, a)
	}
	for _, r := range []verify.Request{{Name: "v-1", Body: []byte("body"), Cut: &verify.Cut{After: 2}},
		{Name: "v-1", Body: []byte("body"), Length: of(9)}, {Name: "v-1", Body: []byte("body"), Framing: verify.Unframed}} {
		if a := s.Send(t.Context(), r); !errors.Is(a.Err, verify.ErrCannotSend) {
			t.Errorf("%+v: %+v", r, a)
		}
	}
	for _, a := range s.Together(t.Context(), make([]verify.Request, 4)) {
		if a.Status != 201 {
			t.Errorf("together: %d %v", a.Status, a.Err)
		}
	}
}

// Who has to answer a challenge first can break a body off in order, and no more.
func TestDigestBroken(t *testing.T) {
	var mu sync.Mutex
	var bodies []string
	server := newServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.Header.Get("Authorization"), "Digest ") {
			w.Header().Set("WWW-Authenticate", `Digest realm="r", nonce="n", qop="auth", algorithm=SHA-256`)
			w.WriteHeader(401)
			return
		}
		body, err := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		bodies = append(bodies, fmt.Sprint(len(body), err != nil))
		w.WriteHeader(201)
	}))
	s := probe(t, "", server, func(p *loadgen.Plan) { p.Request.Auth = loadgen.Auth{User: "ann:s3cret", Digest: true} })
	if a := s.Send(t.Context(), verify.Request{Name: "v-1", Body: []byte("body")}); a.Status != 201 {
		t.Errorf("%+v", a)
	}
	long := make([]byte, 1<<20)
	if a := s.Send(t.Context(), verify.Request{Name: "v-1", Body: long, Cut: &verify.Cut{After: 500_000}}); a.Err == nil {
		t.Errorf("%+v", a)
	}
	if a := s.Send(t.Context(), verify.Request{Name: "v-1", Body: long, Cut: &verify.Cut{After: 5, Reset: true}}); !errors.Is(a.Err, verify.ErrCannotSend) {
		t.Errorf("%+v", a)
	}
	s.Close()
	for range 100 {
		mu.Lock()
		n := len(bodies)
		mu.Unlock()
		if n == 2 {
			break
		}
		time.Sleep(time.Millisecond)
	}
	mu.Lock()
	defer mu.Unlock()
	if len(bodies) != 2 || bodies[0] != "4 false" || !strings.HasSuffix(bodies[1], " true") {
		t.Errorf("the server saw %q", bodies)
	}
}

// A proxy gets what is broken as it gets all else: whole, with who asks.
func TestProxy(t *testing.T) {
	for _, engine := range engines() {
		for _, r := range []verify.Request{{Name: "v-1", Body: []byte("body")}, {Name: "v-1", Body: []byte("body"), Cut: &verify.Cut{After: 2}}} {
			proxy := record(t, fine)
			s := probe(t, engine, "http://host.example/objects/", func(p *loadgen.Plan) {
				p.Route.Proxy = strings.Replace(strings.TrimSuffix(proxy.url, "/objects/"), "://", "://me:pass@", 1)
			})
			s.Send(t.Context(), r)
			s.Close()
			if u := <-proxy.seen; !strings.HasPrefix(u.text, "PUT http://host.example/objects/v-1 HTTP/1.1\r\n") ||
				!strings.Contains(u.text, "Proxy-Authorization: Basic bWU6cGFzcw==\r\n") {
				t.Errorf("%s: %q", engine, u.text)
			}
		}
	}
}

// A signature is made of each request anew, of those that are broken too.
func TestSigned(t *testing.T) {
	server := record(t, fine)
	s := probe(t, "", server.url, func(p *loadgen.Plan) {
		p.Request.Auth.AWS = loadgen.AWS{Region: "us-east-1", Service: "s3", AccessKey: "AKID", SecretKey: "example-secret"}
	})
	for _, r := range []verify.Request{{Name: "v-1", Body: []byte("body")}, {Method: "GET", Name: "v-1"},
		{Name: "v-1", Body: []byte("body"), Cut: &verify.Cut{After: 2}}} {
		s.Send(t.Context(), r)
		s.Close()
		if u := <-server.seen; !strings.Contains(u.text, "Authorization: AWS4-HMAC-SHA256 Credential=AKID/") ||
			!strings.Contains(u.text, "X-Amz-Content-Sha256: ") {
			t.Errorf("%+v: %q", r, u.text)
		}
	}
}

// A command line sends what was sent.
func TestCurlLines(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("curl is not here")
	}
	server := &taker{make(chan upload, 64)}
	s := probe(t, "", newServer(t, server)+"objects/", func(p *loadgen.Plan) { p.Request.Auth.User = "ann:s3cret-word" })
	json := `{"a":"` + strings.Repeat("x", 5000) + `","z":1}`
	for _, r := range []verify.Request{
		{Name: "v-1", Body: []byte("it's a body\nof two lines\t")}, {Name: "v-1", Body: []byte{}},
		{Name: "v-1", Body: bytes.Repeat([]byte("shotput verify 1 "), 300_000)[:3<<20]}, {Name: "v-1", Body: make([]byte, 100)}, {Name: "v-1", Body: []byte("\xff\n\xfe")},
		{Name: "v-1", Body: []byte("-BEGIN\r\nUID:it's 100%\\n\n\tEND\n")},
		{Name: "v-1", Body: []byte("-BEGIN\r\nUID:it's 100%\\n:" + strings.Repeat("x", 5000) + "\n\tEND\n")},
		{Name: "v-1", Body: bytes.Repeat([]byte("x"), 2<<20)}, {Name: "v-1", Body: []byte(json)},
		{Name: "v-1", Body: []byte("body"), Framing: verify.Chunked}, {Name: "v-1", Body: []byte("body"), Expect: true},
		{Method: "GET", Name: "v-1", Query: "a=b&c=%20"}, {Method: "HEAD", Name: "v-1"}, {Method: "DELETE", Name: "v-1"},
		{Method: "OPTIONS", Name: ""}, {Name: "v-a%2Fb/../c%20+ü", Body: []byte("x")},
		{Name: "v-1", Body: []byte("x"), Header: []verify.Header{{Name: "If-None-Match", Value: "*"}, {Name: "If-Match", Value: `W/"it's"`},
			{Name: "Content-Type", Remove: true}, {Name: "X-Own", Value: ""}}},
	} {
		a := s.Send(t.Context(), r)
		sent := <-server.seen
		if a.Curl == "" {
			t.Errorf("%+v has no line", r)
			continue
		}
		if len(a.Curl) > 3<<10 || strings.Contains(a.Curl, "\n") {
			t.Errorf("a line of %d bytes: %.300s", len(a.Curl), a.Curl)
		}
		command := exec.Command("sh", "-c", a.Curl)
		command.Env = append(os.Environ(), "SHOTPUT_USER=ann:s3cret-word")
		out, err := command.Output()
		if err != nil {
			t.Errorf("%s: %v", a.Curl, err)
			continue
		}
		again := <-server.seen
		for _, u := range []*upload{&sent, &again} {
			u.header.Del("Accept-Encoding")
			u.header.Del("User-Agent") // which nobody looks at
		}
		if !strings.HasPrefix(strings.TrimPrefix(string(out), "HTTP/1.1 100 Continue\r\n\r\n"), "HTTP/1.1 201 Created\r\n") || sent.method != again.method ||
			sent.target != again.target || sent.body != again.body || sent.length != again.length || !same(sent.header, again.header) {
			t.Errorf("%s\nsent %s %s %d %v\ncurl %s %s %d %v\n%s", a.Curl, sent.method, sent.target, sent.length, sent.header,
				again.method, again.target, again.length, again.header, out)
		}
	}
}

func same(a, b http.Header) bool {
	if len(a) != len(b) {
		return false
	}
	for name := range a {
		if !slices.Equal(a[name], b[name]) {
			return false
		}
	}
	return true
}
