package advice

import (
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"

	"shotput/cli/flags"
	"shotput/cli/line"
	"shotput/loadgen"
	"shotput/stats"
)

// askedFor is what a line asks for.
func askedFor(t *testing.T, args ...string) *flags.Asked {
	t.Helper()
	a := flags.New(flags.NewWorld(nil, nil))
	typed, err := a.Parse(args)
	if err != nil {
		t.Fatal(err)
	}
	var operands []string
	for _, w := range typed.Words {
		if w.Flag == "" {
			operands = append(operands, w.Value)
		} else {
			a.Take(a.Row(w.Flag), w.Value)
		}
	}
	a.Operands(operands)
	a.Plan.Request.URL = ""
	a.Aim(operands)
	if err := a.Settle(); err != nil {
		t.Fatal(err)
	}
	return a
}

func answered(status int, body string, header ...string) Exchange {
	x := &loadgen.Exchange{URL: "http://h.example/a/7", Status: http.StatusText(status), Header: http.Header{}, Body: []byte(body)}
	x.Observation.Outcome, x.Observation.Status = stats.BadStatus, status
	for i := 0; i < len(header); i += 2 {
		x.Header.Set(header[i], header[i+1])
	}
	return Exchange{Exchange: x}
}

func failed(o stats.Outcome, err error) Exchange {
	x := &loadgen.Exchange{URL: "http://h.example/a/7", Err: err}
	x.Observation.Outcome = o
	return Exchange{Exchange: x}
}

// Each cause that can be told apart has its own words, and only what helps is to be tried.
func TestCausesAreToldApart(t *testing.T) {
	const at = "http://h.example/a/{{seq}}"
	const signed = "http://h.example/a?X-Amz-Date=20260101T000000Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=0"
	proxied := []string{"-x", "http://p:1", at}
	signedHead := answered(403, "<Error><Code>SignatureDoesNotMatch</Code></Error>")
	signedHead.RequestHead = []byte("PUT / HTTP/1.1\r\nAuthorization: REDACTED\r\n\r\n")
	proven := failed(stats.Closed, errors.New("EOF"))
	proven.SpeaksTLS = true
	asked := failed(stats.TLSFailed, errors.New("remote error: tls: handshake failure"))
	asked.AskedCert = true
	for _, c := range []struct {
		line      []string
		seen      Exchange
		code, say string
		try       string // a part of it; "-" is none at all
	}{
		{proxied, failed(stats.ProxyFailed, syscall.ECONNREFUSED), "proxy-refused", "nothing listens", "-"},
		{proxied, failed(stats.ProxyFailed, &loadgen.ProxyRefusal{Status: "407 Proxy Authentication Required"}), "proxy-refused", "asks for a user", "-U "},
		{[]string{"-x", "http://p:1", "-U", "a:b", at}, failed(stats.ProxyFailed, &loadgen.ProxyRefusal{Status: "407 No"}), "proxy-refused", "not accepted", "-"},
		{proxied, failed(stats.ProxyFailed, &loadgen.ProxyRefusal{Status: "503 Service Unavailable"}), "proxy-refused", "cannot reach h.example:80 (503", "-"},
		{proxied, failed(stats.ProxyFailed, errors.New("socks connect tcp p:1->h:80: unknown error host unreachable")), "proxy-refused", "(host unreachable)", "-"},
		{proxied, answered(407, ""), "proxy-refused", "asks for a user", "-U "},
		{[]string{at}, answered(407, ""), "", "no proxy is in use", "-"},
		{[]string{"-u", "a:b", at}, answered(401, "", "WWW-Authenticate", `Bearer realm="x"`), "auth-401", "a user was sent", "--oauth2-bearer"},
		{[]string{signed}, answered(403, "<Code>SignatureDoesNotMatch</Code>"), "auth-401", "valid until 2026-01-01 00:01:00 UTC", "-"},
		{[]string{"http://h.example/a?sv=1&se=2026-01-01T00%3A01Z&sig=0"}, answered(403, "<Code>AuthenticationFailed</Code>", "Date", "Thu, 01 Jan 2026 00:02:00 GMT"), "auth-401", "valid until 2026-01-01 00:01:00, and the server", "-"},
		{[]string{"--http2-prior-knowledge", at}, failed(stats.Protocol, errors.New("http2: frame too large")), "h2-missing", "does not speak HTTP/2", "shotput http"},
		{[]string{at}, failed(stats.Protocol, errors.New(`read response: malformed status line "\x00\x00\x00\x04\x00\x00\x00\x00\x00"`)), "h2-missing", "a frame of HTTP/2", "--http2-prior-knowledge"},
		{[]string{"https://h.example/"}, asked, "tls-client", "demands", "-E "},
		{[]string{"https://h.example/"}, failed(stats.TLSFailed, x509.UnknownAuthorityError{Cert: &x509.Certificate{}}), "tls-authority", "without an issuer's name", "--cacert"},

		{[]string{at}, answered(401, "", "WWW-Authenticate", "Basic realm=x"), "auth-401", "no user", "-u "},
		{[]string{"-u", "a:b", at}, answered(401, "", "WWW-Authenticate", `Digest realm="x"`), "auth-401", "as Basic", "--digest"},
		{[]string{"-u", "a:b", "--digest", at}, answered(401, "", "WWW-Authenticate", `Digest realm="x"`), "auth-401", "not known", "-"},
		{[]string{at}, answered(401, "", "WWW-Authenticate", `Bearer`), "auth-401", "a token", "--oauth2-bearer"},
		{[]string{at}, answered(403, "", "Server", "AmazonS3"), "auth-401", "not signed", "--aws-sigv4"},
		{[]string{"-u", "k:s", "--aws-sigv4", "aws:amz:us-east-1:s3", at}, signedHead, "auth-401", "secret key is wrong", "-"},
		{[]string{signed}, answered(403, "", "Date", "Thu, 01 Jan 2026 00:02:00 GMT"), "auth-401", "valid until 2026-01-01 00:01:00", "-"},
		{[]string{signed}, answered(403, "", "Date", "Thu, 01 Jan 2026 00:00:20 GMT"), "auth-401", "these headers: host", "-"},

		{[]string{at}, failed(stats.Closed, errors.New("EOF")), "", "closed the connection", "--once"},
		{[]string{at}, proven, "scheme-mismatch", "TLS is what", "https://h.example/a/{{seq}}"},
		{[]string{at}, failed(stats.Protocol, errors.New(`malformed HTTP response "\x15\x03\x01\x00"`)), "scheme-mismatch", "TLS", "https://"},
		{[]string{at}, failed(stats.Protocol, errors.New("malformed status line")), "", "no HTTP", "--once"},
		{[]string{"https://h.example/"}, failed(stats.TLSFailed, errors.New("remote error: tls: certificate required")), "tls-client", "demands", "-E "},
		{[]string{at}, answered(400, "No required SSL certificate was sent"), "tls-client", "demands", "-E "},

		{[]string{"-L", at}, failed(stats.DNS, &net.DNSError{Name: "other.example", IsNotFound: true}), "dns", "other.example", "other.example"},
		{[]string{at}, answered(308, ""), "", "no redirect", "-"},
		{[]string{at}, answered(307, "", "Location", "/b/7"), "redirect", "/b/7", "http://h.example/b/{{seq}}"},
		{[]string{at}, answered(301, "", "Location", "https://h.example/a/7"), "redirect", "", "https://h.example/a/{{seq}}"},
		{[]string{at}, answered(307, "", "Location", "/login"), "redirect", "/login", "-"},
		{[]string{at}, answered(422, ""), "", "refuses the request", "--once"},
		{[]string{"--once", at}, answered(422, ""), "", "refuses the request", "-"},
	} {
		h := OfExchange(askedFor(t, c.line...), c.seen)
		said := h.Text()
		if h.Code != c.code || !strings.Contains(said, c.say) || c.try == "-" && h.Try != "" || c.try != "-" && !strings.Contains(h.Try, c.try) {
			t.Errorf("%q: [%s] %s; try %s", c.line, h.Code, said, h.Try)
		}
	}
}

// A port is asked whether it speaks TLS only where nothing has come that tells.
func TestAskTLS(t *testing.T) {
	a := flags.New(flags.NewWorld(nil, nil))
	a.Words = []line.Word{{Value: "http://h.example/a"}}
	a.Plan.Request.URL = "http://h.example/a"
	silent := failed(stats.Closed, errors.New("EOF"))
	spoke := failed(stats.Protocol, errors.New("malformed"))
	spoke.Observation.FirstByte = 1
	for _, c := range []struct {
		seen Exchange
		want string
	}{{silent, "h.example:80"}, {spoke, ""}} {
		if got := AskTLS(a, c.seen.Exchange); got != c.want {
			t.Errorf("after %v: %q, want %q", c.seen.Err, got, c.want)
		}
	}
}
