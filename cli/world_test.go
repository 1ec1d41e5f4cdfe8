package cli_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"shotput/putserver/realtest/tether"
)

type worldKey struct{}

// A world is what one script can fire at: servers on loopback, each with one manner, and one record of all that
// any of them was sent.
type world struct {
	servers []*httptest.Server
	stop    chan struct{} // closed by close: whoever never answers gives up
	mu      struct {
		sync.Mutex
		seen []string
	}
}

func newWorld() *world { return &world{stop: make(chan struct{})} }

func worldOf(ts *testscript.TestScript) *world { return ts.Value(worldKey{}).(*world) }

func (w *world) close() {
	close(w.stop)
	for _, s := range w.servers {
		s.CloseClientConnections()
		s.Close()
	}
}

func (w *world) count() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.mu.seen)
}

func (w *world) dump() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return strings.Join(w.mu.seen, "\n\n") + "\n"
}

// record notes a request as text: line, host, headers in order of name, body.
func (w *world) record(r *http.Request) {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s\nHost: %s\n", r.Method, r.RequestURI, r.Host)
	var lines []string
	for name, values := range r.Header {
		for _, v := range values {
			lines = append(lines, name+": "+v)
		}
	}
	sort.Strings(lines)
	body, _ := io.ReadAll(r.Body) // a body cut short is recorded as far as it came
	fmt.Fprintf(&b, "%s\n\n%s", strings.Join(lines, "\n"), body)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.mu.seen = append(w.mu.seen, b.String())
}

// answeredKey finds, of a request's connection, whether an answer has gone over it.
type answeredKey struct{}

// manners answers by the first part of the path.
func (w *world) manners(rw http.ResponseWriter, r *http.Request) {
	w.record(r)
	switch part := strings.SplitN(r.URL.Path, "/", 3)[1]; part {
	case "closing":
		if answered := r.Context().Value(answeredKey{}).(*atomic.Bool); answered.Swap(true) {
			panic(http.ErrAbortHandler)
		}
	case "405":
		rw.Header().Set("Allow", "GET, POST")
		rw.WriteHeader(405)
	case "409":
		rw.WriteHeader(http.StatusConflict)
	case "413":
		rw.WriteHeader(413)
	case "401":
		rw.Header().Set("WWW-Authenticate", `Basic realm="x"`)
		rw.WriteHeader(401)
	case "moved":
		http.Redirect(rw, r, "/new"+strings.TrimPrefix(r.URL.Path, "/moved"), http.StatusTemporaryRedirect)
	case "500":
		rw.WriteHeader(500)
	case "elsewhere":
		rw.Header().Set("Location", "http://files.example/upload?signature=hunter2hunter2")
		rw.WriteHeader(201)
	case "silent":
		select {
		case <-w.stop:
		case <-r.Context().Done():
		}
	case "slow":
		time.Sleep(20 * time.Millisecond)
		rw.WriteHeader(201)
	case "cookie":
		rw.Header().Set("Set-Cookie", "sid=hunter2-from-server")
		fmt.Fprint(rw, "{\n\t\"ok\": true\n}\n")
	default:
		rw.WriteHeader(201)
	}
}

func (w *world) serve(h http.HandlerFunc, secure *tls.Config) string {
	s := httptest.NewUnstartedServer(h)
	s.Config.ConnContext = func(ctx context.Context, _ net.Conn) context.Context {
		return context.WithValue(ctx, answeredKey{}, new(atomic.Bool))
	}
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	w.servers = append(w.servers, s)
	if secure == nil {
		s.Start()
		return s.URL
	}
	s.TLS = secure
	s.StartTLS()
	return s.URL
}

// proxy answers for any host by itself: nothing leaves this machine.
func (w *world) proxy(rw http.ResponseWriter, r *http.Request) {
	w.record(r)
	if r.Method == http.MethodConnect || strings.HasPrefix(r.Host, "forbidden.") {
		rw.WriteHeader(403)
		return
	}
	rw.WriteHeader(201)
}

// export starts every server and gives the script their addresses.
func (w *world) export(e *testscript.Env) error {
	year := 365 * 24 * time.Hour
	good := certificate([]string{"127.0.0.1"}, year)
	ca := filepath.Join(e.WorkDir, "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: good.Certificate[0]}), 0o600); err != nil {
		return err
	}
	other := certificate([]string{"other.example"}, year)
	expired := certificate([]string{"127.0.0.1"}, -time.Hour)
	for name, cert := range map[string]tls.Certificate{"other": other, "expired": expired} {
		block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Certificate[0]})
		if err := os.WriteFile(filepath.Join(e.WorkDir, name+".pem"), block, 0o600); err != nil {
			return err
		}
	}
	e.Setenv("CA", ca)
	e.Setenv("URL", w.serve(w.manners, nil))
	e.Setenv("HTTPS", w.serve(w.manners, &tls.Config{Certificates: []tls.Certificate{good}}))
	e.Setenv("OTHERNAME", w.serve(w.manners, &tls.Config{Certificates: []tls.Certificate{other}}))
	e.Setenv("EXPIRED", w.serve(w.manners, &tls.Config{Certificates: []tls.Certificate{expired}}))
	demanding := &tls.Config{Certificates: []tls.Certificate{good}, ClientAuth: tls.RequireAnyClientCert}
	e.Setenv("MUTUAL", w.serve(w.manners, demanding))
	client := certificate([]string{"client.example"}, year)
	key, err := x509.MarshalPKCS8PrivateKey(client.PrivateKey)
	if err != nil {
		return err
	}
	both := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: client.Certificate[0]}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})...)
	if err := os.WriteFile(filepath.Join(e.WorkDir, "client.pem"), both, 0o600); err != nil {
		return err
	}
	e.Setenv("PROXY", w.serve(w.proxy, nil))
	plain, secure := e.Getenv("URL"), e.Getenv("HTTPS")
	e.Setenv("HOST", strings.TrimPrefix(plain, "http://"))
	e.Setenv("USERINFO", strings.Replace(plain, "http://", "http://alice:hunter2@", 1))
	e.Setenv("URLS", strings.Replace(plain, "http://", "https://", 1))
	e.Setenv("HTTPSPLAIN", strings.Replace(secure, "https://", "http://", 1))
	e.Setenv("CLOSED", "http://127.0.0.1:1") // tcpmux: nobody has it
	e.Setenv(tether.Env, os.Getenv(tether.Env))
	e.Setenv("GORACE", "atexit_sleep_ms=0") // a raced program sleeps a second before it exits, and scripts start hundreds
	return nil
}

// certs keeps what was made: keys cost more than all else here.
var certs struct {
	sync.Mutex
	made map[string]tls.Certificate
}

// certificate signs itself, for names or addresses, valid until so far from now.
func certificate(names []string, until time.Duration) tls.Certificate {
	certs.Lock()
	defer certs.Unlock()
	id := fmt.Sprint(names, until)
	if c, ok := certs.made[id]; ok {
		return c
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err) // the machine gives no random bytes
	}
	t := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "private authority"}, IsCA: true,
		BasicConstraintsValid: true, NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().Add(until),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	for _, n := range names {
		if ip := net.ParseIP(n); ip != nil {
			t.IPAddresses = append(t.IPAddresses, ip)
		} else {
			t.DNSNames = append(t.DNSNames, n)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, t, t, &key.PublicKey, key)
	if err != nil {
		panic(err) // the template above is constant
	}
	if certs.made == nil {
		certs.made = map[string]tls.Certificate{}
	}
	certs.made[id] = tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	return certs.made[id]
}
