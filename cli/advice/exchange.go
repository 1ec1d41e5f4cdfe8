package advice

import (
	"bytes"
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"shotput/cli/address"
	"shotput/cli/flags"
	"shotput/cli/line"
	"shotput/loadgen"
	"shotput/stats"
)

// preflight is what was seen of one request that went ahead of the load.
const preflight = "one preflight request"

// OfExchange explains one request that failed: the first of a run, or one that was sent alone.
func OfExchange(a *flags.Asked, x *loadgen.Exchange) Hint {
	h := answerHint(a, x)
	if x.Err != nil {
		h = errorHint(a, x)
	}
	h.Seen = cmp.Or(h.Seen, preflight)
	return h
}

// OfOne is OfExchange of a request beside which no load was to be sent.
func OfOne(a *flags.Asked, x *loadgen.Exchange) Hint {
	h := OfExchange(a, x)
	if after, found := strings.CutPrefix(h.Seen, preflight); found {
		h.Seen = "one request" + after
	}
	return h
}

// errorHint explains a request that got no answer. Types are asked; the order matters where one failure is
// inside another: what a proxy refused is no refusal of the server's.
func errorHint(a *flags.Asked, x *loadgen.Exchange) Hint {
	if h, ok := tlsHint(a, x.Err); ok {
		return h
	}
	target := a.Plan.Request.URL
	switch x.Observation.Outcome {
	case stats.ProxyFailed:
		return Hint{Code: "proxy-refused", Error: "the proxy does not let the request through",
			Seen: line.ShowURL(cmp.Or(a.Plan.Route.Proxy, "the proxy of the environment")),
			Why:  "it is not running there, or it refuses this target or user",
			Try:  a.With("proxy", "none").String()}
	case stats.Refused:
		return Hint{Code: "refused", Error: "nothing listens at " + addressOf(target), Seen: "connection refused",
			Why: "the server is not running, or it listens on another port or address", Try: listen(a, target)}
	case stats.DNS:
		host := cmp.Or(address.Host(target), "the server")
		return Hint{Code: "dns", Error: "the name " + host + " has no address",
			Seen: "the resolver says: no such host", Why: "a typo, or a name that only another network knows",
			Try: "getent hosts " + line.Quote(host)}
	case stats.Timeout:
		limit := a.Plan.WithDefaults().Transport.Timeout
		return Hint{Code: "all-timeouts", Error: fmt.Sprintf("no answer within %s", limit),
			Seen: preflight + ", ended by the time limit while in " + inWords(x.Observation.Stage),
			Why:  "the server accepts and stays silent, or something on the way drops packets",
			Try:  a.With("once", "true").With("max-time", "120").String()}
	case stats.NoPort:
		return portsHint(a, "this machine has no local port left")
	case stats.NoFile:
		return Hint{Code: "fd-limit", Error: "this process may open no more files", Try: "ulimit -n 65536"}
	case stats.Protocol, stats.Closed:
		return brokenHint(a)
	}
	return Hint{Error: "the request failed: " + line.Printable(x.Err.Error()), Try: tryVerbosely(a)}
}

func tryVerbosely(a *flags.Asked) string {
	return a.With("once", "true").With("verbose", "true").String()
}

// brokenHint is for an answer that is no HTTP, or none at all: often TLS is spoken on that port.
func brokenHint(a *flags.Asked) Hint {
	if strings.HasPrefix(a.Plan.Request.URL, "http:") {
		return schemeHint(a, "https", "what came back is no HTTP, or the connection was closed without an answer",
			"that port may speak TLS")
	}
	return Hint{Error: "the connection was closed before a whole answer had come", Try: tryVerbosely(a)}
}

func schemeHint(a *flags.Asked, scheme, seen, why string) Hint {
	_, rest, _ := strings.Cut(a.Plan.Request.URL, "://")
	return Hint{Code: "scheme-mismatch", Error: "the URL's scheme is not what the server speaks", Seen: seen, Why: why,
		Try: a.AimAt(scheme + "://" + rest).String()}
}

// answerHint explains an answer whose status was not expected.
func answerHint(a *flags.Asked, x *loadgen.Exchange) Hint {
	status := x.Observation.Status
	switch {
	case x.Observation.Outcome == stats.CheckFailed:
		return Hint{Error: "a check on the answer does not hold: " + line.Printable(x.Observation.Detail),
			Seen: preflight + ", answered with " + x.Status,
			Why:  "the status is as expected; what --expect-… asks for is not there",
			Try:  a.Without("expect-header", "expect-body-regex", "expect-json").String()}
	case status == http.StatusBadRequest && speaksTLS(x.Body):
		return schemeHint(a, "https", x.Status, "that port speaks TLS")
	case status == http.StatusMethodNotAllowed, status == http.StatusNotImplemented:
		return methodHint(a, x)
	case status == http.StatusRequestEntityTooLarge:
		return Hint{Code: "too-large-413", Error: "the server refuses a body of this size (" + x.Status + ")",
			Seen: fmt.Sprintf("%s with %d bytes of body", preflight, x.BodyBytes),
			Why:  "the server has a limit; with nginx it is client_max_body_size, 1 MiB by default",
			Try:  a.WithoutBody().With("size", "1KiB").String()}
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return Hint{Code: "auth-401", Error: "the server wants to know who asks (" + x.Status + ")",
			Seen: challenge(x.Header), Why: "no user or token was sent, or it has no right to write here",
			Try: a.With("user", "name:password").String()}
	case status == http.StatusProxyAuthRequired:
		return Hint{Code: "proxy-refused", Error: "the proxy wants to know who asks (" + x.Status + ")",
			Why: "no user was sent to it, or a wrong one", Try: a.With("proxy", "none").String()}
	case status >= 300 && status < 400:
		return redirectHint(a, x)
	}
	return Hint{Error: "the server refuses the request (" + x.Status + ")", Seen: preflight,
		Why: "its answer may say more", Try: a.With("once", "true").String()}
}

// speaksTLS reads what servers say to plain HTTP on a TLS port: Go's, nginx' and Apache's words.
func speaksTLS(body []byte) bool {
	for _, said := range []string{"HTTP request to an HTTPS server", "plain HTTP request was sent to HTTPS port",
		"speaking plain HTTP to an SSL"} {
		if bytes.Contains(body, []byte(said)) {
			return true
		}
	}
	return false
}

func methodHint(a *flags.Asked, x *loadgen.Exchange) Hint {
	asked, target := method(&a.Plan), a.Plan.Request.URL
	h := Hint{Code: "method-405",
		Error: fmt.Sprintf("the server refuses %s here (%s)", asked, x.Status), Seen: preflight,
		Why: "the path exists but has no PUT handler; collections often take POST, items take PUT",
		Try: a.AimAt(address.AddNumber(target)).String()}
	allow := x.Header.Get("Allow")
	if allow != "" {
		h.Seen += "; Allow: " + allow
	}
	switch upper := strings.ToUpper(asked); {
	case asked != upper:
		h.Why, h.Try = "a method is written in capitals", a.With("request", upper).String()
	case asked != "PUT":
		h.Why, h.Try = "the path exists but has no "+asked+" handler", a.Without("request").String()
	case strings.Contains(target, "{{") && strings.Contains(allow, "POST"):
		h.Try = a.With("request", "POST").String()
	case strings.Contains(target, "{{"):
		h.Try = a.With("once", "true").String()
	}
	return h
}

func challenge(header http.Header) string {
	if c := header.Get("WWW-Authenticate"); c != "" {
		return preflight + "; WWW-Authenticate: " + c
	}
	return preflight
}

// redirectHint aims at where the server points. A location that differs only in scheme and host keeps the
// template of the path.
func redirectHint(a *flags.Asked, x *loadgen.Exchange) Hint {
	h := Hint{Code: "redirect", Error: "the server answers with a redirect (" + x.Status + "), which is not followed",
		Seen: preflight, Why: "a followed 301, 302 or 303 would turn the PUT into a GET",
		Try: a.With("once", "true").String()}
	if x.Observation.Status >= http.StatusTemporaryRedirect && !a.Plan.Transport.Follow {
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
		_, rest, _ := strings.Cut(a.Plan.Request.URL, "://")
		_, path, _ := strings.Cut(rest, "/")
		aim = full.Scheme + "://" + full.Host + "/" + path
	}
	h.Try = a.AimAt(aim).String()
	return h
}

func portsHint(a *flags.Asked, head string) Hint {
	h := Hint{Code: "ports", Error: head,
		Why: "each new connection takes a local port, and keeps it for a minute when it is closed",
		Try: "shotput doctor"} // which says how many there are, and how to have more
	if a.Plan.Transport.NoKeepalive {
		h.Try = a.Without("no-keepalive").String()
	}
	return h
}

// listen is how to have something to fire at, if the address is this machine's.
func listen(a *flags.Asked, target string) string {
	if address.IsLoopback(address.Host(target)) {
		return "shotput target --listen " + addressOf(target)
	}
	return "curl -v -o /dev/null " + a.Veil("url", target)
}

// addressOf is host:port of a URL.
func addressOf(target string) string {
	at, ok := address.HostPort(target)
	if !ok {
		return line.ShowURL(target)
	}
	return at
}

func inWords(s stats.Stage) string { return cmp.Or(s.String(), "doing") }

// OfProtocol says that another version of HTTP was spoken than the plan asked for; ok is false when it was not.
func OfProtocol(a *flags.Asked, spoken string) (h Hint, ok bool) {
	if a.Plan.Transport.HTTP != "2" || spoken == "" || strings.HasPrefix(spoken, "HTTP/2") {
		return Hint{}, false
	}
	h = Hint{Code: "h2-missing", Error: "--http2 was answered with " + line.Printable(spoken),
		Seen: "the answer to the first request", Why: "the server does not take up HTTP/2 in the TLS handshake",
		Try: a.Without("http2").With("http1.1", "true").String()}
	if strings.HasPrefix(a.Plan.Request.URL, "http:") {
		h.Why = "without TLS there is no handshake to offer HTTP/2 in; one has to know beforehand"
		h.Try = a.Without("http2").With("http2-prior-knowledge", "true").String()
	}
	return h, true
}
