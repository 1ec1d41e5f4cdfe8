package cli

import (
	"bytes"
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"

	"shotput/cli/line"
	"shotput/loadgen"
	"shotput/stats"
)

// exchangeHint explains one request that failed: the preflight, or --once.
func (r *request) exchangeHint(x *loadgen.Exchange) Hint {
	h := r.answerHint(x)
	if x.Err != nil {
		h = r.errorHint(x)
	}
	if h.Seen == "" {
		h.Seen = "one preflight request"
	}
	return h
}

// errorHint explains a request that got no answer. Types are asked; the order matters where one failure is
// inside another: what a proxy refused is no refusal of the server's.
func (r *request) errorHint(x *loadgen.Exchange) Hint {
	if h, ok := r.tlsHint(x.Err); ok {
		return h
	}
	host := cmp.Or(hostOf(r.plan.Request.URL), "the server")
	switch x.Observation.Outcome {
	case stats.ProxyFailed:
		return Hint{Code: "proxy-refused", Error: "the proxy does not let the request through",
			Seen: line.ShowURL(r.proxy()), Why: "it is not running there, or it refuses this target or user", Try: r.With("proxy", "none").String()}
	case stats.Refused:
		return Hint{Code: "refused", Error: "nothing listens at " + address(r.plan.Request.URL), Seen: "connection refused",
			Why: "the server is not running, or it listens on another port or address", Try: r.listen(r.plan.Request.URL)}
	case stats.DNS:
		return Hint{Code: "dns", Error: "the name " + host + " has no address", Seen: "the resolver says: no such host",
			Why: "a typo, or a name that only another network knows", Try: "getent hosts " + line.Quote(host)}
	case stats.Timeout:
		return Hint{Code: "all-timeouts", Error: fmt.Sprintf("no answer within %s", r.plan.WithDefaults().Transport.Timeout),
			Seen: "one preflight request, ended by the time limit while in " + inWords(x.Observation.Stage),
			Why:  "the server accepts and stays silent, or something on the way drops packets", Try: r.With("once", "true").With("max-time", "120").String()}
	case stats.NoPort:
		return r.portsHint("this machine has no local port left")
	case stats.NoFile:
		return Hint{Code: "fd-limit", Error: "this process may open no more files", Try: "ulimit -n 65536"}
	case stats.Protocol, stats.Closed:
		return r.brokenHint(x)
	}
	return Hint{Error: "the request failed: " + line.Printable(x.Err.Error()), Try: r.With("once", "true").With("verbose", "true").String()}
}

// brokenHint is for an answer that is no HTTP, or none at all: often TLS is spoken on that port.
func (r *request) brokenHint(x *loadgen.Exchange) Hint {
	if strings.HasPrefix(r.plan.Request.URL, "http:") {
		return r.schemeHint("https", "what came back is no HTTP, or the connection was closed without an answer", "that port may speak TLS")
	}
	return Hint{Error: "the connection was closed before a whole answer had come", Try: r.With("once", "true").With("verbose", "true").String()}
}

// tlsHint explains what went wrong in a handshake.
func (r *request) tlsHint(err error) (Hint, bool) {
	var authority x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	var record tls.RecordHeaderError
	switch {
	case errors.As(err, &name):
		return r.tlsNameHint(name), true
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return Hint{Code: "tls-expired", Error: "the server's certificate is not valid at this time",
			Seen: fmt.Sprintf("valid from %s to %s", invalid.Cert.NotBefore.Format("2006-01-02"), invalid.Cert.NotAfter.Format("2006-01-02")),
			Why:  "it has expired, or a clock is wrong; -k goes on without verifying it", Try: r.With("insecure", "true").String()}, true
	case errors.As(err, &authority):
		return Hint{Code: "tls-authority", Error: "the server's certificate is signed by an authority that this machine does not know",
			Seen: "issuer " + issuer(authority.Cert), Why: "a private authority: give its certificate; -k goes on without verifying it",
			Try: r.With("cacert", "ca.pem").String()}, true
	case errors.As(err, &record):
		return r.schemeHint("http", "the answer to a TLS handshake is plain HTTP", "that port speaks HTTP without TLS"), true
	}
	return Hint{}, false
}

func (r *request) tlsNameHint(e x509.HostnameError) Hint {
	h := Hint{Code: "tls-name", Error: "the server's certificate is for another name than " + e.Host,
		Why: "the URL has an address or an alias; -k goes on without verifying it", Try: r.With("insecure", "true").String()}
	if e.Certificate == nil {
		return h
	}
	names := e.Certificate.DNSNames
	for _, ip := range e.Certificate.IPAddresses {
		names = append(names, ip.String())
	}
	if h.Seen = "it is for " + strings.Join(names, ", "); len(names) > 0 {
		h.Try = r.AimAt(strings.Replace(r.plan.Request.URL, e.Host, names[0], 1)).String()
	}
	return h
}

func issuer(c *x509.Certificate) string {
	if c == nil {
		return "unknown"
	}
	return c.Issuer.String()
}

func (r *request) schemeHint(scheme, seen, why string) Hint {
	_, rest, _ := strings.Cut(r.plan.Request.URL, "://")
	return Hint{Code: "scheme-mismatch", Error: "the URL's scheme is not what the server speaks", Seen: seen, Why: why,
		Try: r.AimAt(scheme + "://" + rest).String()}
}

// answerHint explains an answer whose status was not expected.
func (r *request) answerHint(x *loadgen.Exchange) Hint {
	status := x.Observation.Status
	switch {
	case x.Observation.Outcome == stats.CheckFailed:
		return Hint{Error: "a check on the answer does not hold: " + line.Printable(x.Observation.Detail), Seen: "one preflight request, answered with " + x.Status,
			Why: "the status is as expected; what --expect-… asks for is not there", Try: r.Without("expect-header", "expect-body-regex", "expect-json").String()}
	case status == http.StatusBadRequest && speaksTLS(x.Body):
		return r.schemeHint("https", x.Status, "that port speaks TLS")
	case status == http.StatusMethodNotAllowed, status == http.StatusNotImplemented:
		return r.methodHint(x)
	case status == http.StatusRequestEntityTooLarge:
		return Hint{Code: "too-large-413", Error: "the server refuses a body of this size (" + x.Status + ")",
			Seen: fmt.Sprintf("one preflight request with %d bytes of body", x.BodyBytes), Why: "the server has a limit; with nginx it is client_max_body_size, 1 MiB by default",
			Try: r.withoutBody().With("size", "1KiB").String()}
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return Hint{Code: "auth-401", Error: "the server wants to know who asks (" + x.Status + ")", Seen: challenge(x.Header),
			Why: "no user or token was sent, or it has no right to write here", Try: r.With("user", "name:password").String()}
	case status == http.StatusProxyAuthRequired:
		return Hint{Code: "proxy-refused", Error: "the proxy wants to know who asks (" + x.Status + ")",
			Why: "no user was sent to it, or a wrong one", Try: r.With("proxy", "none").String()}
	case status >= 300 && status < 400:
		return r.redirectHint(x)
	}
	return Hint{Error: "the server refuses the request (" + x.Status + ")", Seen: "one preflight request",
		Why: "its answer may say more", Try: r.With("once", "true").String()}
}

// speaksTLS reads what servers say to plain HTTP on a TLS port: Go's, nginx' and Apache's words.
func speaksTLS(body []byte) bool {
	for _, said := range []string{"HTTP request to an HTTPS server", "plain HTTP request was sent to HTTPS port", "speaking plain HTTP to an SSL"} {
		if bytes.Contains(body, []byte(said)) {
			return true
		}
	}
	return false
}

func (r *request) methodHint(x *loadgen.Exchange) Hint {
	asked := method(&r.plan)
	h := Hint{Code: "method-405", Error: fmt.Sprintf("the server refuses %s here (%s)", asked, x.Status), Seen: "one preflight request",
		Why: "the path exists but has no PUT handler; collections often take POST, items take PUT", Try: r.AimAt(eachOwn(r.plan.Request.URL)).String()}
	allow := x.Header.Get("Allow")
	if allow != "" {
		h.Seen += "; Allow: " + allow
	}
	switch upper := strings.ToUpper(asked); {
	case asked != upper:
		h.Why, h.Try = "a method is written in capitals", r.With("request", upper).String()
	case asked != "PUT":
		h.Why, h.Try = "the path exists but has no "+asked+" handler", r.Without("request").String()
	case strings.Contains(r.plan.Request.URL, "{{") && strings.Contains(allow, "POST"):
		h.Try = r.With("request", "POST").String()
	case strings.Contains(r.plan.Request.URL, "{{"):
		h.Try = r.With("once", "true").String()
	}
	return h
}

func challenge(header http.Header) string {
	if c := header.Get("WWW-Authenticate"); c != "" {
		return "one preflight request; WWW-Authenticate: " + c
	}
	return "one preflight request"
}

// redirectHint aims at where the server points. A location that differs only in scheme and host keeps the
// template of the path.
func (r *request) redirectHint(x *loadgen.Exchange) Hint {
	h := Hint{Code: "redirect", Error: "the server answers with a redirect (" + x.Status + "), which is not followed",
		Seen: "one preflight request", Why: "a followed 301, 302 or 303 would turn the PUT into a GET", Try: r.With("once", "true").String()}
	if x.Observation.Status >= http.StatusTemporaryRedirect && !r.plan.Transport.Follow {
		h.Why = "a redirect costs a second request; -L follows this one, for it keeps the method"
	}
	to, err := url.Parse(x.Header.Get("Location"))
	at, atErr := url.Parse(x.URL)
	if err != nil || atErr != nil || to.String() == "" {
		return h
	}
	full := at.ResolveReference(to)
	h.Seen += "; Location: " + line.ShowURL(to.String())
	aim := line.ShowURL(full.String())
	if full.Path == at.Path {
		_, rest, _ := strings.Cut(r.plan.Request.URL, "://")
		_, path, _ := strings.Cut(rest, "/")
		aim = full.Scheme + "://" + full.Host + "/" + path
	}
	h.Try = r.AimAt(aim).String()
	return h
}

func (r *request) portsHint(head string) Hint {
	h := Hint{Code: "ports", Error: head, Why: "each new connection takes a local port, and keeps it for a minute when it is closed",
		Try: "shotput doctor"} // which says how many there are, and how to have more
	if r.plan.Transport.NoKeepalive {
		h.Try = r.Without("no-keepalive").String()
	}
	return h
}

// listen is how to have something to fire at, if the address is this machine's.
func (r *request) listen(target string) string {
	if isLoopback(hostOf(target)) {
		return "shotput target --listen " + address(target)
	}
	return "curl -v -o /dev/null " + r.Veil("url", target)
}

// address is host:port of a URL.
func address(target string) string {
	u, err := authority(target)
	if err != nil {
		return line.ShowURL(target)
	}
	port := cmp.Or(u.Port(), map[string]string{"https": "443"}[u.Scheme], "80")
	return net.JoinHostPort(u.Hostname(), port)
}

func (r *request) proxy() string { return cmp.Or(r.plan.Route.Proxy, "the proxy of the environment") }

func inWords(s stats.Stage) string { return cmp.Or(s.String(), "doing") }

// protocolHint says that another version of HTTP was spoken than the plan asked for; ok is false when it was not.
func (r *request) protocolHint(spoken string) (Hint, bool) {
	if r.plan.Transport.HTTP != "2" || spoken == "" || strings.HasPrefix(spoken, "HTTP/2") {
		return Hint{}, false
	}
	h := Hint{Code: "h2-missing", Error: "--http2 was answered with " + line.Printable(spoken), Seen: "the answer to the first request",
		Why: "the server does not take up HTTP/2 in the TLS handshake", Try: r.Without("http2").With("http1.1", "true").String()}
	if strings.HasPrefix(r.plan.Request.URL, "http:") {
		h.Why = "without TLS there is no handshake to offer HTTP/2 in; one has to know beforehand"
		h.Try = r.Without("http2").With("http2-prior-knowledge", "true").String()
	}
	return h, true
}
