//go:build unix

package loadgen

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"shotput/loadgen/arrivals"
	"shotput/loadgen/request"
	"shotput/loadgen/route"
	"shotput/loadgen/transport"

	"shotput/stats"
)

// TLS, as both engines speak it.

// writeCert writes a self-signed client certificate with its key, and gives its file and a pool that trusts it.
func writeCert(t *testing.T) (file string, trusts *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IsCA: true,
		BasicConstraintsValid: true, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	pem.Encode(&b, &pem.Block{Type: "CERTIFICATE", Bytes: cert})
	pem.Encode(&b, &pem.Block{Type: "PRIVATE KEY", Bytes: private})
	trusts = x509.NewCertPool()
	trusts.AppendCertsFromPEM(b.Bytes())
	return writePEM(t, b.Bytes()), trusts
}

func writePEM(t *testing.T, b []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "cert.pem")
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// secureServer is an HTTPS server, and the file of its certificate. It counts what was resumed.
func secureServer(t *testing.T, config *tls.Config) (url, ca string, resumed *atomic.Int64) {
	t.Helper()
	resumed = new(atomic.Int64)
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if drain(r) == nil && r.TLS.DidResume {
			resumed.Add(1)
		}
		w.WriteHeader(http.StatusNoContent)
	}))
	s.TLS, s.Config.ErrorLog = config, log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	return s.URL, writePEM(t, pemOf(s.Certificate())), resumed
}

func pemOf(c *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
}

func TestEnginesAgreeOverTLS(t *testing.T) {
	t.Parallel()
	mine, trusts := writeCert(t)
	other, _ := writeCert(t)
	required := func(version uint16) *tls.Config {
		return &tls.Config{ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: trusts, MinVersion: version, MaxVersion: version}
	}
	for _, c := range []struct {
		name    string
		config  *tls.Config
		trust   string // "server", "other" or "anything"
		cert    string // of the client
		want    string
		resumed int64
	}{
		{"1.2", &tls.Config{MaxVersion: tls.VersionTLS12}, "server", "", "8 × 204 No Content", 7},
		{"1.3", &tls.Config{MinVersion: tls.VersionTLS13}, "server", "", "8 × 204 No Content", 7},
		{"1.3 without tickets", &tls.Config{MinVersion: tls.VersionTLS13, SessionTicketsDisabled: true}, "server", "", "8 × 204 No Content", 0},
		{"1.1 only", &tls.Config{MaxVersion: tls.VersionTLS11}, "server", "", "8 × tls tls", 0},
		{"wrong authority", &tls.Config{}, "other", "", "8 × tls tls", 0},
		{"not verified", &tls.Config{}, "anything", "", "8 × 204 No Content", 7},
		{"mutual 1.2", required(tls.VersionTLS12), "server", mine, "8 × 204 No Content", 7},
		{"mutual 1.3", required(tls.VersionTLS13), "server", mine, "8 × 204 No Content", 7},
		{"mutual 1.2, none given", required(tls.VersionTLS12), "server", "", "8 × tls tls", 0},
		{"mutual 1.3, none given", required(tls.VersionTLS13), "server", "", "8 × tls tls", 0},
		{"mutual 1.3, wrong one", required(tls.VersionTLS13), "server", other, "8 × tls tls", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			onEngines(t, func(t *testing.T, engine string) {
				url, ca, resumed := secureServer(t, c.config.Clone())
				plan := Plan{Request: request.Spec{URL: url, Body: request.Body{Text: "body"}}, Route: route.Spec{TLS: route.TLS{Cert: c.cert}}, Transport: transport.Spec{NoKeepalive: true, Timeout: 5 * time.Second}, Load: Load{Concurrency: 1, Requests: 8}}
				switch c.trust {
				case "server":
					plan.Route.TLS.CACert = ca
				case "other":
					plan.Route.TLS.CACert = other
				default:
					plan.Route.TLS.Insecure = true
				}
				r := fireOn(t, engine, plan).run
				if got := endings(r); got != c.want {
					t.Errorf("ended: %s, want %s\n%+v", got, c.want, r.Outcomes)
				}
				if got := resumed.Load(); got != c.resumed {
					t.Errorf("%d sessions resumed, want %d", got, c.resumed)
				}
				if r.Totals.OK > 0 && r.Latency.TLS.Count() != r.Totals.OK {
					t.Errorf("%d handshakes timed, want %d", r.Latency.TLS.Count(), r.Totals.OK)
				}
			})
		})
	}
}

// The TLS versions that the plan allows are those spoken, the old ones too.
func TestEnginesAgreeOnTLSVersions(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, least, most string
		server            *tls.Config
		want              string
	}{
		{"at most 1.2", "", "1.2", &tls.Config{MinVersion: tls.VersionTLS10}, "TLS 1.2"},
		{"at most 1.1", "", "1.1", &tls.Config{MinVersion: tls.VersionTLS10}, "TLS 1.1"},
		{"from 1.0", "1.0", "", &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS10}, "TLS 1.0"},
		{"from 1.3", "1.3", "", &tls.Config{}, "TLS 1.3"},
		{"from 1.3, in vain", "1.3", "", &tls.Config{MaxVersion: tls.VersionTLS12}, ""},
		{"at most 1.2, in vain", "", "1.2", &tls.Config{MinVersion: tls.VersionTLS13}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			onEngines(t, func(t *testing.T, engine string) {
				var spoken atomic.Value
				config := c.server.Clone()
				config.VerifyConnection = func(s tls.ConnectionState) error {
					spoken.Store(tls.VersionName(s.Version))
					return nil
				}
				url, ca, _ := secureServer(t, config)
				r := fireOn(t, engine, Plan{Request: request.Spec{URL: url}, Route: route.Spec{TLS: route.TLS{CACert: ca, Min: c.least, Max: c.most}}, Load: Load{Concurrency: 1, Requests: 1}}).run
				if c.want == "" {
					if endings(r) != "1 × tls tls" {
						t.Errorf("ended: %s", endings(r))
					}
				} else if endings(r) != "1 × 204 No Content" || spoken.Load() != c.want {
					t.Errorf("ended: %s; spoken was %v, want %s", endings(r), spoken.Load(), c.want)
				}
			})
		})
	}
}

// A server that ends its connection between two requests, with close-notify or without, costs none of them.
func TestEnginesAgreeOnIdleEnds(t *testing.T) {
	t.Parallel()
	const ok = "HTTP/1.1 204 \r\n\r\n"
	for name, c := range map[string]struct {
		scheme string
		serve  func(net.Conn)
	}{
		"close":             {"http", answersAtMost(2, ok)},
		"reset":             {"http", thenResets(answersAtMost(2, ok))},
		"close-notify":      {"https", over(serverTLS(), answersAtMost(2, ok))},
		"TLS close":         {"https", over(serverTLS(), abruptly(answersAtMost(2, ok)))},
		"unasked bytes":     {"http", answersAtMost(2, ok+"HTTP/1.1 408 Request Timeout\r\n\r\n")},
		"unasked TLS bytes": {"https", over(serverTLS(), answersAtMost(2, ok+"HTTP/1.1 408 Request Timeout\r\n\r\n"))},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEngines(t, func(t *testing.T, engine string) {
				plan := Plan{Request: request.Spec{URL: c.scheme + "://" + peer(t, c.serve)}, Route: route.Spec{TLS: route.TLS{Insecure: true}}, Load: Load{Rate: arrivals.Rate{PerSecond: 10}, Concurrency: 1, Requests: 6}}
				var r *stats.Run
				for range 20 { // a busy machine may let the end and the next request cross
					if r = fireOn(t, engine, plan).run; r.Totals.OK == 6 {
						break
					}
				}
				if got := endings(r); got != "6 × 204 No Content" {
					t.Errorf("twenty times, at last: %s, want 6 × 204 No Content\n%+v", got, r.Outcomes)
				}
				if got := r.Totals; got.Attempts != 6 || got.ConnectionsOpened < 3 {
					t.Errorf("%d attempts over %d connections, want 6 over 3 or more", got.Attempts, got.ConnectionsOpened)
				}
			})
		})
	}
}

func thenResets(serve func(net.Conn)) func(net.Conn) {
	return func(c net.Conn) {
		serve(c)
		c.(*net.TCPConn).SetLinger(0)
	}
}

// abruptly leaves the close-notify out.
func abruptly(serve func(net.Conn)) func(net.Conn) {
	return func(c net.Conn) {
		serve(c)
		c.(*tls.Conn).NetConn().Close()
	}
}

// breaksTLS reads a request, and then sends what is no record of the connection's, or one that cannot be decrypted.
func breaksTLS(record string) func(net.Conn) {
	return func(c net.Conn) {
		request, err := http.ReadRequest(bufio.NewReader(c))
		if err != nil || drain(request) != nil {
			return
		}
		under := c.(*tls.Conn).NetConn()
		io.WriteString(under, record)
		io.Copy(io.Discard, under)
	}
}

// TLS that fails after the handshake is a failure of TLS too.
func TestEnginesAgreeOnBrokenRecords(t *testing.T) {
	t.Parallel()
	for name, record := range map[string]string{
		"bad MAC":      "\x17\x03\x03\x00\x20" + strings.Repeat("x", 32),
		"no record":    "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n",
		"a large one":  "\x17\x03\x03\xff\xff" + strings.Repeat("x", 1<<16),
		"another type": "\x63\x03\x03\x00\x20" + strings.Repeat("x", 32),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEngines(t, func(t *testing.T, engine string) {
				r := fireOn(t, engine, Plan{Request: request.Spec{URL: "https://" + peer(t, over(serverTLS(), breaksTLS(record)))},
					Route: route.Spec{TLS: route.TLS{Insecure: true}}, Load: Load{Concurrency: 1, Requests: 2}}).run
				if got := endings(r); got != "2 × tls tls" {
					t.Errorf("ended: %s, %+v", got, r.Outcomes)
				}
			})
		})
	}
}
