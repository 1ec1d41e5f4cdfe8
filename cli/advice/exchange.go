package advice

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"shotput/cli/address"
	"shotput/cli/flags"
	"shotput/cli/line"
	"shotput/loadgen"
	"shotput/stats"
)

// preflight is what was seen of one request that went ahead of the load.
const preflight = "one preflight request"

// An Exchange is what was seen of one request.
type Exchange struct {
	*loadgen.Exchange
	SpeaksTLS bool // a ClientHello to the same port was answered with TLS; see AskTLS
	AskedCert bool // and there a client's certificate was asked for
}

// OfExchange explains one request that failed: the first of a run, or one that was sent alone.
func OfExchange(a *flags.Asked, seen Exchange) Hint {
	x, whole := seen.Exchange, a.Plan.Flows.Timeout
	a = ofMix(a, x.Template)
	h := answerHint(a, x)
	switch o := x.Observation.Outcome; {
	case o == stats.Timeout && whole > 0 && x.Step != "" && x.Observation.Done-x.Observation.Sent < timeLimit(a):
		h = flowLimitHint(a, x, whole)
	case o == stats.Uncaptured, o == stats.ForeignHost:
		h = flowHint(a, o, a.Called, x.Observation.Detail)
	case x.Err != nil:
		h = errorHint(a, seen)
	}
	h.Seen = cmp.Or(h.Seen, preflight)
	return h.unlessTyped(a)
}

// AskTLS says at which address a ClientHello would tell why a request failed: one without TLS that got no answer, or
// one with TLS whose handshake the server ended. It is "" where nothing is to be asked: what has come tells by itself
// whether it is TLS.
func AskTLS(a *flags.Asked, x *loadgen.Exchange) string {
	a = ofMix(a, x.Template)
	route, o := &a.Plan.Route, x.Observation.Outcome
	direct := route.Proxy == "" && route.UnixSocket == "" && len(route.Resolve) == 0 && len(route.ConnectTo) == 0
	refused := o == stats.TLSFailed && x.Err != nil && strings.Contains(x.Err.Error(), "remote error: tls: ")
	if direct && refused && strings.HasPrefix(targetOf(a), "https:") {
		at, _ := address.HostPort(targetOf(a))
		return at
	}
	if x.Err == nil || !direct || x.Observation.FirstByte != 0 ||
		o != stats.Protocol && o != stats.Closed && o != stats.Reset ||
		!strings.HasPrefix(targetOf(a), "http:") {
		return ""
	}
	at, _ := address.HostPort(targetOf(a))
	return at
}

// OfOne is OfExchange of a request beside which no load was to be sent.
func OfOne(a *flags.Asked, x Exchange) Hint {
	h := OfExchange(a, x)
	if after, found := strings.CutPrefix(h.Seen, preflight); found {
		h.Seen = "one request" + after
	}
	return h
}

// errorHint explains a request that got no answer. Types are asked; the order matters where one failure is
// inside another: what a proxy refused is no refusal of the server's.
func errorHint(a *flags.Asked, seen Exchange) Hint {
	x := seen.Exchange
	if h, ok := tlsHint(a, x.Err); ok {
		return h
	}
	if seen.AskedCert {
		return certificateHint(a, "it asks for one in the handshake, and then ends it")
	}
	switch x.Observation.Outcome {
	case stats.ProxyFailed:
		return proxyHint(a, x)
	case stats.Refused, stats.DNS:
		return absentHint(a, x)
	case stats.Timeout:
		return silenceHint(a, x)
	case stats.NoPort:
		return portsHint(a, "this machine has no local port left")
	case stats.NoFile:
		return Hint{Code: "fd-limit", Error: "this process may open no more files", Try: "ulimit -n 65536"}
	case stats.BadRedirect:
		return Hint{Code: "redirect", Error: "the server redirects to where the request cannot follow",
			Why: line.Printable(x.Err.Error())}
	case stats.Protocol, stats.Closed, stats.Reset:
		return brokenHint(a, seen)
	}
	h := Hint{Error: "the request failed: " + line.Printable(x.Err.Error()), Try: tryVerbosely(a)}
	if x.Observation.Outcome.Unmade() {
		h.Try = "" // nothing was sent, and nothing more can be seen of it
	}
	return h
}

// silenceHint is for a first request that the time limit ended.
func silenceHint(a *flags.Asked, x *loadgen.Exchange) Hint {
	stage := x.Observation.Stage
	if a.Plan.Transport.HTTP == "3" && (stage == stats.InConnect || stage == stats.InTLS) {
		return Hint{Code: "h3-missing", Error: "nothing speaks HTTP/3 at UDP " + addressOf(x.URL),
			Seen: preflight + ", and QUIC got no answer in its handshake",
			Why:  "HTTP/3 is UDP: the server speaks it on no such port, or something on the way drops it",
			Try:  a.Without("http3").With("http2", "true").String()}
	}
	return Hint{Code: "all-timeouts", Error: fmt.Sprintf("no answer within %s", timeLimit(a)),
		Seen: preflight + ", ended by the time limit while in " + inWords(stage),
		Why:  "the server accepts and stays silent, or something on the way drops packets",
		Try:  sendAlone(a, "max-time", "120")}
}

// timeLimit is how long a request may take.
func timeLimit(a *flags.Asked) time.Duration { return a.Plan.WithDefaults().Transport.Timeout }

// absentHint is for a server that is not there, or not by that name: the one of the hop at which the request failed.
func absentHint(a *flags.Asked, x *loadgen.Exchange) Hint {
	target := targetOf(a)
	if len(a.Plan.Mix) > 0 || a.OneOf || isListed(a) { // of several, the one that was asked
		target = x.URL
	}
	var name *net.DNSError
	if x.Observation.Outcome == stats.DNS {
		host := cmp.Or(address.Host(target), "the server")
		if errors.As(x.Err, &name) && name.Name != "" {
			host = strings.TrimSuffix(name.Name, ".")
		}
		return Hint{Code: "dns", Error: "the name " + line.Printable(host) + " has no address",
			Seen: "the resolver says: no such host", Why: "a typo, or a name that only another network knows",
			Try: "getent hosts " + line.Quote(host)}
	}
	at := addressOf(target)
	var dial *net.OpError
	if a.Plan.Transport.Follow && errors.As(x.Err, &dial) && dial.Addr != nil {
		at = dial.Addr.String()
	}
	h := Hint{Code: "refused", Error: "nothing listens at " + at, Seen: "connection refused",
		Why: "the server is not running, or it listens on another port or address"}
	if at == addressOf(target) {
		h.Try = listen(a, target)
	}
	return h
}

// tryVerbosely shows the exchange; "" where one request alone would be another of several.
func tryVerbosely(a *flags.Asked) string {
	if len(a.Plan.Mix) > 0 || isListed(a) {
		return ""
	}
	return sendAlone(a, "verbose", "true")
}

// brokenHint is for an answer that is no HTTP, or none at all. That TLS is spoken there is said only where it was seen:
// a server may close for many reasons.
func brokenHint(a *flags.Asked, seen Exchange) Hint {
	err := seen.Err.Error()
	const alert, hello = `"\x15\x03`, `"\x16\x03` // the first bytes of a TLS record, as net/http quotes them
	if strings.HasPrefix(targetOf(a), "http:") &&
		(seen.SpeaksTLS || strings.Contains(err, alert) || strings.Contains(err, hello)) {
		return schemeHint(a, "https", "TLS is what that port answers", "it was asked without")
	}
	switch o := seen.Observation.Outcome; {
	case o == stats.Protocol && a.Plan.Transport.HTTP == "2-prior-knowledge" && strings.Contains(err, "frame"):
		return Hint{Code: "h2-missing", Error: "the server does not speak HTTP/2 without being asked first",
			Seen: "its first bytes are no HTTP/2 frame",
			Why:  "it speaks HTTP/1.1, most likely, and was sent HTTP/2 at once (--http2-prior-knowledge)",
			Try:  a.Without("http2-prior-knowledge").String()}
	case o == stats.Protocol && isHTTP2Frame(err):
		return Hint{Code: "h2-missing", Error: "the server answers HTTP/1.1 with a frame of HTTP/2",
			Seen: "its first bytes are the settings of HTTP/2", Why: "that port speaks HTTP/2 alone",
			Try: a.Without("http1.1", "http2").With("http2-prior-knowledge", "true").String()}
	case o == stats.Protocol:
		return Hint{Error: "what came back is no HTTP", Seen: line.Brief(err), Try: tryVerbosely(a)}
	case isKeptClosed(seen.Exchange):
		return keptClosed(a, preflight+", which "+unanswered)
	case o == stats.Reset:
		return Hint{Error: "the server reset the connection before a whole answer had come", Try: tryVerbosely(a)}
	}
	return Hint{Error: "the server closed the connection before a whole answer had come",
		Why: "it, or something on the way, refuses the request without a word", Try: tryVerbosely(a)}
}

// isKeptClosed says whether a step of a flow went out on a connection used before, and got no byte.
func isKeptClosed(x *loadgen.Exchange) bool {
	o := &x.Observation
	return x.Step != "" && !o.NewConn && (o.Stage == stats.InUpload || o.Stage == stats.InWait)
}

// isHTTP2Frame says whether an answer began with a frame of settings, as net/http and the event loop quote it: its
// length, then type 4.
func isHTTP2Frame(err string) bool {
	return strings.Contains(err, `"\x00\x00`) && strings.Contains(err, `\x04\x00\x00\x00\x00`)
}

func schemeHint(a *flags.Asked, scheme, seen, why string) Hint {
	_, rest, _ := strings.Cut(targetOf(a), "://")
	return Hint{Code: "scheme-mismatch", Error: "the URL's scheme is not what the server speaks", Seen: seen, Why: why,
		Try: aim(a, scheme+"://"+rest)}
}

// answerHint explains an answer whose status was not expected.
func answerHint(a *flags.Asked, x *loadgen.Exchange) Hint {
	status := x.Observation.Status
	switch {
	case x.Observation.Outcome == stats.CheckFailed:
		try := sendAlone(a)
		if a.Once { // which has shown the answer
			try = a.Without("expect-header", "expect-body-regex", "expect-json").String()
		}
		return Hint{Error: "a check on the answer does not hold: " + line.Printable(x.Observation.Detail),
			Seen: preflight + ", answered with " + x.Status,
			Why:  "the status is as expected; what --expect-… asks for is not there",
			Try:  try}
	case status == http.StatusBadRequest && speaksTLS(x.Body):
		return schemeHint(a, "https", x.Status, "that port speaks TLS")
	case status == http.StatusBadRequest && wantsCertificate(x.Body):
		return certificateHint(a, x.Status)
	case status == http.StatusMethodNotAllowed, status == http.StatusNotImplemented:
		return methodHint(a, x)
	case status == http.StatusRequestEntityTooLarge:
		return tooLargeHint(a, x)
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return authHint(a, x)
	case status == http.StatusProxyAuthRequired:
		return proxyUserHint(a, x)
	case status >= 300 && status < 400:
		return redirectHint(a, x)
	}
	if status >= 200 && status < 300 {
		return Hint{Error: "the answer's status is none that is expected (" + line.Printable(x.Status) + ")",
			Seen: saidBy(x), Try: a.Without("expect").String()}
	}
	return Hint{Error: "the server refuses the request (" + line.Printable(x.Status) + ")", Seen: saidBy(x),
		Try: sendAlone(a)}
}

// tooLargeHint tries less only where the body was made up here and is more than that: any other is the person's own.
func tooLargeHint(a *flags.Asked, x *loadgen.Exchange) Hint {
	h := Hint{Code: "too-large-413", Error: "the server refuses a body of this size (" + x.Status + ")",
		Seen: fmt.Sprintf("%s with %s of body", preflight, stats.Plural(x.BodyBytes, "byte")),
		Why:  "the server has a limit; with nginx it is client_max_body_size, 1 MiB by default"}
	if b := &a.Plan.Request.Body; !a.OneOf && x.BodyBytes > 1<<10 && (b.Size > 0 || b.Sizes != "") {
		h.Try = a.With("size", "1KiB").String()
	}
	return h
}

// saidBy is that one request was sent, and what the answer said.
func saidBy(x *loadgen.Exchange) string {
	if x.Observation.Answer == "" {
		return preflight
	}
	return preflight + "; it says: " + line.Printable(x.Observation.Answer)
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
	asked, target := method(&a.Plan), targetOf(a)
	h := Hint{Code: "method-405",
		Error: fmt.Sprintf("the server refuses %s here (%s)", asked, x.Status), Seen: preflight,
		Why: "the path exists but has no PUT handler; collections often take POST, items take PUT",
		Try: aim(a, address.AddNumber(target))}
	allow := x.Header.Get("Allow")
	if allow != "" {
		h.Seen += "; Allow: " + line.Printable(allow)
	} else {
		h.Seen = saidBy(x)
	}
	switch upper := strings.ToUpper(asked); {
	case asked != upper:
		h.Why, h.Try = "a method is written in capitals", sendBy(a, upper)
	case asked != "PUT":
		h.Why, h.Try = "the path exists but has no "+asked+" handler", ""
	case strings.Contains(target, "{{") && strings.Contains(allow, "POST"):
		h.Try = sendBy(a, "POST")
	case strings.Contains(target, "{{"):
		h.Try = sendAlone(a)
	}
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
	if strings.HasPrefix(targetOf(a), "http:") {
		h.Why = "without TLS there is no handshake to offer HTTP/2 in; one has to know beforehand"
		h.Try = a.Without("http2").With("http2-prior-knowledge", "true").String()
	}
	return h, true
}
