//go:build unix

package loadgen

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"shotput/loadgen/header"
	"shotput/loadgen/request"
	"shotput/loadgen/route"
	"shotput/loadgen/transport"

	"github.com/quic-go/quic-go/http3"

	"shotput/putserver/realtest"
	"shotput/stats"
)

// A polyglot is a server that speaks one or several versions of HTTP, and notes which were spoken.
type polyglot struct {
	url    string
	asked  atomic.Int64
	bodies atomic.Int64 // bytes
	manner http.HandlerFunc
	mu     struct {
		sync.Mutex
		spoken []string
	}
}

func (p *polyglot) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n, err := io.Copy(io.Discard, r.Body)
	p.bodies.Add(n)
	p.asked.Add(1)
	p.mu.Lock()
	if !slices.Contains(p.mu.spoken, r.Proto) {
		p.mu.spoken = append(p.mu.spoken, r.Proto)
	}
	p.mu.Unlock()
	switch {
	case err != nil:
		return
	case p.manner != nil:
		p.manner(w, r)
	default:
		w.WriteHeader(http.StatusCreated)
	}
}

// speaks starts a polyglot: "1.1", "h2", "h2c", "h3", "h3 mutual".
func speaks(t *testing.T, protocol string, manner http.HandlerFunc) *polyglot {
	t.Helper()
	p := &polyglot{manner: manner}
	switch protocol {
	case "h3":
		p.url = p.serveQUIC(t, tls.NoClientCert)
		return p
	case "h3 mutual":
		p.url = p.serveQUIC(t, tls.RequireAnyClientCert)
		return p
	}
	s := httptest.NewUnstartedServer(p)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	switch protocol {
	case "h2c":
		s.Config.Protocols = new(http.Protocols)
		s.Config.Protocols.SetUnencryptedHTTP2(true)
		s.Config.HTTP2 = &http.HTTP2Config{MaxConcurrentStreams: 100}
		s.Start()
	default:
		s.EnableHTTP2 = protocol == "h2"
		s.Config.HTTP2 = &http.HTTP2Config{MaxConcurrentStreams: 100}
		s.StartTLS()
	}
	t.Cleanup(s.Close)
	p.url = s.URL
	return p
}

func (p *polyglot) serveQUIC(t *testing.T, cert tls.ClientAuthType) string {
	s := httptest.NewTLSServer(nil) // for its certificate
	s.Close()
	socket, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http3.Server{Handler: p, TLSConfig: http3.ConfigureTLSConfig(&tls.Config{Certificates: s.TLS.Certificates, ClientAuth: cert})}
	served := make(chan struct{})
	go func() {
		defer close(served)
		server.Serve(socket)
	}()
	t.Cleanup(func() {
		server.Close()
		<-served
		socket.Close()
	})
	return "https://" + socket.LocalAddr().String()
}

// TestProtocols: the protocol that the plan asks for is the one spoken and the one reported; HTTP/2 that is offered
// in vain is HTTP/1.1, and no failure.
func TestProtocols(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ server, http, want string }{
		{"h2", "2", "HTTP/2.0"},
		{"h2", "2-prior-knowledge", "HTTP/2.0"},
		{"h2c", "2-prior-knowledge", "HTTP/2.0"},
		{"1.1", "2", "HTTP/1.1"},
		{"1.1", "2-prior-knowledge", "HTTP/1.1"}, // as in curl: over TLS it is offered
		{"h2", "", "HTTP/1.1"},
		{"h2", "1.1", "HTTP/1.1"},
		{"h3", "3", "HTTP/3.0"},
	} {
		t.Run(c.server+" asked for "+c.http, func(t *testing.T) {
			t.Parallel()
			for _, noPreflight := range []bool{false, true} {
				server := speaks(t, c.server, nil)
				plan := Plan{
					Request:     request.Spec{URL: server.url + "/a//{{seq}}?x=%2f", Header: []header.Line{{Name: "X-Key", Value: "{{seq}}"}}, Body: request.Body{Size: 10_000}},
					Transport:   transport.Spec{HTTP: c.http},
					Route:       route.Spec{TLS: route.TLS{CACert: trustedByTests(t)}},
					Load:        Load{Concurrency: 8, Requests: 100},
					NoPreflight: noPreflight,
				}
				sink := new(gather)
				if _, err := Run(t.Context(), plan, sink); err != nil {
					t.Fatal(err)
				}
				r := sink.run
				wantConserved(t, r)
				if endings(r) != "100 × 201 Created" || r.Plan.Protocol != c.want || !slices.Equal(server.mu.spoken, []string{c.want}) {
					t.Errorf("ended: %s; reported %s, spoken %v\n%+v", endings(r), r.Plan.Protocol, server.mu.spoken, r.Outcomes)
				}
				if got := server.bodies.Load(); got != 10_000*server.asked.Load() {
					t.Errorf("%d bytes of bodies came in %d requests", got, server.asked.Load())
				}
				if tt := r.Totals; tt.WireBytesSent < 1_000_000 || tt.BytesReceived == 0 || tt.BodyBytesSent != 1_000_000 || tt.Attempts != 100 || tt.ConnectionsOpened == 0 {
					t.Errorf("the totals are %+v", tt)
				}
				if l := r.Latency; l.Upload.Count() != 100 || l.Wait.Count() != 100 || l.Connect.Count() == 0 {
					t.Errorf("%d uploads, %d waits, %d connects were timed", l.Upload.Count(), l.Wait.Count(), l.Connect.Count())
				}
			}
		})
	}
}

// One request alone is sent in the same way, and says what was spoken.
func TestProtocolsAlone(t *testing.T) {
	for _, c := range []struct{ server, http, want string }{{"h2", "2", "HTTP/2.0"}, {"h2c", "2-prior-knowledge", "HTTP/2.0"}, {"h3", "3", "HTTP/3.0"}} {
		server := speaks(t, c.server, nil)
		x, err := Once(t.Context(), Plan{Request: request.Spec{URL: server.url, Body: request.Body{Text: "x"}}, Transport: transport.Spec{HTTP: c.http}, Route: route.Spec{TLS: route.TLS{Insecure: true}}}, 0)
		if err != nil || x.Err != nil {
			t.Fatal(err, x.Err)
		}
		if at := strings.SplitN(server.url, "//", 2)[1]; x.Proto != c.want || x.Remote != at || x.Observation.Status != 201 {
			t.Errorf("%s: %s from %s, status %d", c.server, x.Proto, x.Remote, x.Observation.Status)
		}
		if (x.TLS == "") != (c.server == "h2c") {
			t.Errorf("%s: TLS is %q", c.server, x.TLS)
		}
		if o := x.Observation; o.Uploaded < o.Sent || o.FirstByte < o.Sent || o.Done < o.FirstByte || !o.NewConn || o.Connect == 0 {
			t.Errorf("%s: %+v", c.server, o)
		}
	}
}

// Connections without keep-alive are one for each request on h2 too.
func TestHTTP2WithoutKeepalive(t *testing.T) {
	server := speaks(t, "h2", nil)
	r := fireOn(t, "http", Plan{Request: request.Spec{URL: server.url}, Transport: transport.Spec{HTTP: "2", NoKeepalive: true}, Route: route.Spec{TLS: route.TLS{Insecure: true}}, Load: Load{Concurrency: 1, Requests: 5}}).run
	if endings(r) != "5 × 201 Created" || r.Totals.ConnectionsOpened != 5 || r.Plan.Protocol != "HTTP/2.0" {
		t.Errorf("ended: %s on %d connections, %s", endings(r), r.Totals.ConnectionsOpened, r.Plan.Protocol)
	}
}

// Requests share connections: one for each hundred at once, however many more a run makes when it begins.
func TestStreams(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ server, http string }{{"h2", "2"}, {"h2c", "2-prior-knowledge"}, {"h3", "3"}} {
		for concurrency, want := range map[int]int64{60: 1, 250: 3} {
			t.Run(fmt.Sprint(c.server, " ", concurrency), func(t *testing.T) {
				t.Parallel()
				together := meet(concurrency)
				server := speaks(t, c.server, func(w http.ResponseWriter, r *http.Request) {
					together(r.Context())
					w.WriteHeader(http.StatusNoContent)
				})
				requests := 3 * int64(concurrency)
				r := fireOn(t, "http", Plan{Request: request.Spec{URL: server.url}, Transport: transport.Spec{HTTP: c.http, Timeout: 10 * time.Second}, Route: route.Spec{TLS: route.TLS{Insecure: true}}, Load: Load{Concurrency: concurrency, Requests: requests}}).run
				if r.Totals.OK != requests || r.Totals.ConnectionsOpened != want || r.Latency.Connect.Count() != want {
					t.Errorf("ended: %s on %d connections, %d timed; want %d\n%+v", endings(r), r.Totals.ConnectionsOpened, r.Latency.Connect.Count(), want, r.Outcomes)
				}
			})
		}
	}
}

// meet gives a function that returns when n have called it, again and again, or ctx ends.
func meet(n int) func(ctx context.Context) {
	var mu sync.Mutex
	all, here := make(chan struct{}), 0
	return func(ctx context.Context) {
		mu.Lock()
		met := all
		if here++; here == n {
			close(all)
			all, here = make(chan struct{}), 0
		}
		mu.Unlock()
		select {
		case <-met:
		case <-ctx.Done():
		}
	}
}

// The request that opens the connection may fail, and the others find out by themselves.
func TestStreamsWithoutAServer(t *testing.T) {
	t.Parallel()
	r := fireOn(t, "http", Plan{Request: request.Spec{URL: "http://" + realtest.Refused(t)}, Transport: transport.Spec{HTTP: "2-prior-knowledge"}, Load: Load{Concurrency: 20, Requests: 200}}).run
	if got := endings(r); got != "200 × refused connect" {
		t.Errorf("ended: %s", got)
	}
}

// HTTP/3 goes where the plan leads connections, from where it says.
func TestHTTP3Dialling(t *testing.T) {
	var remote atomic.Value
	server := speaks(t, "h3", func(w http.ResponseWriter, r *http.Request) {
		host, _, _ := net.SplitHostPort(r.RemoteAddr)
		remote.Store(r.Host + " " + host)
	})
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(server.url, "https://"))
	r := fireOn(t, "http", Plan{
		Request:   request.Spec{URL: "https://example.com/"},
		Transport: transport.Spec{HTTP: "3"},
		Route:     route.Spec{TLS: route.TLS{CACert: trustedByTests(t)}, ConnectTo: []string{"example.com:443:there.up:" + port}, Resolve: []string{"there.up:" + port + ":::1,127.0.0.1"}, IPVersion: 4, Interface: "127.0.0.2"},
		Load:      Load{Concurrency: 2, Requests: 4},
	}).run
	if endings(r) != "4 × 200 OK" || remote.Load() != "example.com 127.0.0.2" {
		t.Errorf("ended: %s, seen as %v\n%+v", endings(r), remote.Load(), r.Outcomes)
	}
}

// An address of which nobody answers costs HTTP/3 its first connection, as it does HTTP/1.1; one that answers is an end,
// whatever it says.
func TestHTTP3AddressesAreRaced(t *testing.T) {
	server := speaks(t, "h3", nil)
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(server.url, "https://"))
	plan := Plan{Request: request.Spec{URL: "https://example.com:" + port + "/"}, Transport: transport.Spec{HTTP: "3", Timeout: 20 * time.Second},
		Route: route.Spec{TLS: route.TLS{CACert: trustedByTests(t)}, Resolve: []string{"example.com:" + port + ":127.0.0.9,127.0.0.1"}},
		Load:  Load{Concurrency: 1, Requests: 3}}
	r := fireOn(t, "http", plan).run
	told := slices.ContainsFunc(r.Warnings, func(w stats.Warning) bool {
		return strings.Contains(w.Text, "127.0.0.9:"+port+" did not answer; 127.0.0.1:"+port+" took")
	})
	if endings(r) != "3 × 201 Created" || !told {
		t.Errorf("ended: %s, told: %q\n%+v", endings(r), r.Warnings, r.Outcomes)
	}
	plan.Request.URL = "https://other.test:" + port + "/"
	plan.Route.Resolve = []string{"other.test:" + port + ":127.0.0.1,127.0.0.9"}
	if r = fireOn(t, "http", plan).run; endings(r) != "3 × tls tls" {
		t.Errorf("a certificate that is another's: ended: %s", endings(r))
	}
}

// How requests fail on the newer protocols has the same names.
func TestProtocolsFail(t *testing.T) {
	t.Parallel()
	abort := func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
	halfway := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "10")
		io.WriteString(w, "abc")
		http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
	hang := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	silent, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { silent.Close() })
	trust := func(p Plan) Plan { p.Route.TLS.Insecure = true; return p }
	for name, c := range map[string]struct {
		plan Plan
		want string
	}{
		"h2 reset":           {trust(Plan{Request: request.Spec{URL: speaks(t, "h2", abort).url}, Transport: transport.Spec{HTTP: "2"}}), "1 × reset wait"},
		"h3 reset":           {trust(Plan{Request: request.Spec{URL: speaks(t, "h3", abort).url}, Transport: transport.Spec{HTTP: "3"}}), "1 × reset wait"},
		"h2 reset halfway":   {trust(Plan{Request: request.Spec{URL: speaks(t, "h2", halfway).url}, Transport: transport.Spec{HTTP: "2"}}), "1 × 200 OK, 1 × reset download 200"},
		"h2 silent":          {trust(Plan{Request: request.Spec{URL: speaks(t, "h2", hang).url}, Transport: transport.Spec{HTTP: "2", Timeout: time.Second}}), "1 × timeout wait"},
		"h3 silent":          {trust(Plan{Request: request.Spec{URL: speaks(t, "h3", hang).url}, Transport: transport.Spec{HTTP: "3", Timeout: time.Second}}), "1 × timeout wait"},
		"h3, nobody there":   {trust(Plan{Request: request.Spec{URL: "https://" + silent.LocalAddr().String()}, Transport: transport.Spec{HTTP: "3", Timeout: time.Second}}), "1 × timeout connect"},
		"h2 not trusted":     {Plan{Request: request.Spec{URL: speaks(t, "h2", nil).url}, Transport: transport.Spec{HTTP: "2"}}, "1 × tls tls"},
		"h3 not trusted":     {Plan{Request: request.Spec{URL: speaks(t, "h3", nil).url}, Transport: transport.Spec{HTTP: "3"}}, "1 × tls tls"},
		"h2c to HTTP/1.1":    {Plan{Request: request.Spec{URL: "http://" + peer(t, answers("HTTP/1.1 204 \r\n\r\n"))}, Transport: transport.Spec{HTTP: "2-prior-knowledge", Timeout: 5 * time.Second}}, "1 × protocol"},
		"h2c closed":         {Plan{Request: request.Spec{URL: "http://" + peer(t, frames("", true))}, Transport: transport.Spec{HTTP: "2-prior-knowledge"}}, "1 × closed wait"},
		"h2c sent away":      {Plan{Request: request.Spec{URL: "http://" + peer(t, frames(settings+goAway, true))}, Transport: transport.Spec{HTTP: "2-prior-knowledge"}}, "1 × closed wait"},
		"h2c bad frame":      {Plan{Request: request.Spec{URL: "http://" + peer(t, frames(settings+strayData, true))}, Transport: transport.Spec{HTTP: "2-prior-knowledge"}}, "1 × protocol"},
		"h2c bad stream":     {Plan{Request: request.Spec{URL: "http://" + peer(t, frames(settings+noUpdate, false))}, Transport: transport.Spec{HTTP: "2-prior-knowledge"}}, "1 × protocol"},
		"h3, no certificate": {trust(Plan{Request: request.Spec{URL: speaks(t, "h3 mutual", nil).url}, Transport: transport.Spec{HTTP: "3"}}), "1 × tls tls"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.plan.Load.Concurrency, c.plan.Load.Requests = 1, 1
			r := fireOn(t, "http", c.plan).run
			if got := endings(r); got != c.want {
				t.Errorf("ended: %s, want %s\n%+v", got, c.want, r.Outcomes)
			}
		})
	}
}

// Frames of HTTP/2 (RFC 9113 §4.1): length, type, flags, stream, payload.
const (
	settings  = "\x00\x00\x00\x04\x00\x00\x00\x00\x00"
	goAway    = "\x00\x00\x08\x07\x00\x00\x00\x00\x00" + "\x00\x00\x00\x01" + "\x00\x00\x00\x0b"
	strayData = "\x00\x00\x01\x00\x00\x00\x00\x00\x00" + "x"                // on stream 0
	noUpdate  = "\x00\x00\x04\x08\x00\x00\x00\x00\x01" + "\x00\x00\x00\x00" // of stream 1's window, by nothing
)

// frames waits for a request's HEADERS, writes these bytes, and closes or waits for the other side to.
func frames(answer string, closes bool) func(net.Conn) {
	return func(c net.Conn) {
		io.CopyN(io.Discard, c, int64(len("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")))
		head := make([]byte, 9)
		for {
			if _, err := io.ReadFull(c, head); err != nil {
				return
			}
			io.CopyN(io.Discard, c, int64(head[0])<<16|int64(head[1])<<8|int64(head[2]))
			if head[3] == 1 {
				break
			}
		}
		io.WriteString(c, answer)
		if closes {
			c.(*net.TCPConn).CloseWrite()
		}
		io.Copy(io.Discard, c) // else unread bytes would make a reset of the end
	}
}

// A certificate that is refused keeps its reason through QUIC, for whoever explains it.
func TestHTTP3CertificateIsExplained(t *testing.T) {
	server := speaks(t, "h3", nil)
	x, err := Once(t.Context(), Plan{Request: request.Spec{URL: server.url}, Transport: transport.Spec{HTTP: "3"}}, 0)
	if err != nil {
		t.Fatal(err)
	}
	var unknown x509.UnknownAuthorityError
	if x.Observation.Outcome != stats.TLSFailed || !errors.As(x.Err, &unknown) {
		t.Errorf("%v: %v", x.Observation.Outcome, x.Err)
	}
}
