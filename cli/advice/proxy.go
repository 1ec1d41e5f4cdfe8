package advice

import (
	"cmp"
	"errors"
	"net"
	"net/url"
	"strings"
	"syscall"

	"shotput/cli/address"
	"shotput/cli/flags"
	"shotput/cli/line"
	"shotput/loadgen"
)

// proxyHint tells apart what a proxy can have said: that it wants to know who asks, that it may not or cannot reach the
// server, or nothing, since it is not there.
func proxyHint(a *flags.Asked, x *loadgen.Exchange) Hint {
	h, err := Hint{Code: "proxy-refused"}, x.Err
	h.Seen = line.ShowURL(cmp.Or(a.Plan.Route.Proxy, "the proxy of the environment"))
	if said := x.Observation.Answer; said != "" {
		h.Seen += "; it says: " + line.Printable(said)
	}
	var refusal *loadgen.ProxyRefusal
	var name *net.DNSError
	switch said, isSOCKS := socksSaid(err); {
	case errors.As(err, &refusal):
		return tunnelHint(a, h, refusal.Status)
	case isSOCKS && strings.Contains(said, "auth"):
		h.Error = "the proxy asks for a user (" + said + ")"
		return askUser(a, h)
	case isSOCKS:
		h.Error = "the proxy does not connect to " + addressOf(targetOf(a)) + " (" + line.Printable(said) + ")"
		h.Why = "the proxy itself is reached; this is its answer"
	case errors.Is(err, syscall.ECONNREFUSED):
		h.Error, h.Why = "nothing listens where the proxy is said to be", "it is not running, or has another port"
		if address.IsLoopback(address.Host(targetOf(a))) { // which needs none
			h.Try = a.With("proxy", "none").String()
		}
	case errors.As(err, &name):
		h.Error = "the proxy's name " + line.Printable(name.Name) + " has no address"
		h.Why = "a typo, or a name that only another network knows"
	default:
		h.Error, h.Why = "the proxy gives no connection: "+line.Printable(err.Error()), "it may speak another protocol"
	}
	return h
}

// tunnelHint is for what a proxy answered to CONNECT.
func tunnelHint(a *flags.Asked, h Hint, status string) Hint {
	status = line.Printable(status)
	switch code, _, _ := strings.Cut(status, " "); code {
	case "407":
		h.Error = "the proxy asks for a user (" + status + ")"
		return askUser(a, h)
	case "502", "503", "504":
		h.Error = "the proxy cannot reach " + addressOf(targetOf(a)) + " (" + status + ")"
		h.Why = "the proxy itself is well; the server behind it is down, or has another name there"
	default:
		h.Error = "the proxy refuses to connect to " + addressOf(targetOf(a)) + " (" + status + ")"
		h.Why = "its rules do not allow this server, port or user"
	}
	return h
}

// askUser says how a proxy is told who asks; of one that was told so, that it does not accept that.
func askUser(a *flags.Asked, h Hint) Hint {
	switch {
	case strings.Contains(a.Plan.Route.Proxy, "@"):
		h.Why = "the user that it was told, or the password, is not accepted"
	case a.Plan.Route.Proxy == "":
		h.Why = "no user was sent to it; it goes into the variable's URL: http://name:password@HOST:PORT"
	default:
		h.Why, h.Try = "no user was sent to it", a.With("proxy-user", "name:password").String()
	}
	return h
}

// socksSaid is what a SOCKS proxy answered, by the library that speaks with it; it keeps its types to itself.
func socksSaid(err error) (said string, ok bool) {
	if err == nil {
		return "", false
	}
	text := err.Error()
	i := strings.LastIndex(text, "socks connect")
	if i < 0 || errors.Is(err, syscall.ECONNREFUSED) {
		return "", false
	}
	for _, word := range []string{"general SOCKS server failure", "connection not allowed by ruleset",
		"network unreachable", "host unreachable", "connection refused", "TTL expired", "command not supported",
		"address type not supported", "no acceptable authentication methods",
		"username/password authentication failed"} {
		if strings.Contains(text[i:], word) {
			return word, true
		}
	}
	return "", false
}

// proxyUserHint is for a 407. Where no proxy is in use, no user for one helps.
func proxyUserHint(a *flags.Asked, x *loadgen.Exchange) Hint {
	if u, err := url.Parse(x.URL); err == nil && !a.Plan.Route.UsesProxy(u) {
		return Hint{Error: "the server itself asks for a proxy's user (" + line.Printable(x.Status) + ")",
			Seen: saidBy(x), Why: "no proxy is in use: this is the server's own answer, or that of something before it"}
	}
	return askUser(a, Hint{Code: "proxy-refused", Seen: saidBy(x),
		Error: "the proxy asks for a user (" + line.Printable(x.Status) + ")"})
}
