package cli

import (
	"cmp"
	"errors"
	"math"
	"net/url"
	"strconv"
	"strings"

	"shotput/loadgen"
)

func (r *request) connectionRows() []row {
	p := &r.plan
	return grouped(groupConnection, []row{
		{long: "proxy", short: "x", arg: "URL", help: "http://, https://, socks5:// or socks5h://; none", eg: "http://127.0.0.1:3128", set: r.proxyURL},
		{long: "proxy-user", short: "U", arg: "NAME:PASSWORD", help: "who asks the proxy", eg: "name:password", set: credentials(&r.proxyUser)},
		{long: "proxy-header", arg: "LINE", help: "header for the proxy alone, as -H; repeat", eg: "Name: value", set: lineInto(&r.proxyHeaders)},
		{long: "noproxy", arg: "HOSTS", help: "reach these without the proxy: a.example,.b.example, *", eg: "127.0.0.1", set: r.noProxy},
		{long: "resolve", arg: "ENTRY", help: "HOST:PORT:ADDRESS[,ADDRESS] instead of asking DNS;\nrepeat", eg: "name.example:80:127.0.0.1", set: each(&p.Route.Resolve, notEmpty)},
		{long: "connect-to", arg: "ENTRY", help: "HOST1:PORT1:HOST2:PORT2: connect to the second; repeat", eg: "name.example:80:127.0.0.1:8080", set: each(&p.Route.ConnectTo, notEmpty)},
		{long: "unix-socket", arg: "PATH", help: "connect to a unix socket", eg: "/run/server.sock", set: filled(&p.Route.UnixSocket)},
		{long: "interface", arg: "NAME", help: "leave from this interface or local address", eg: "127.0.0.1", set: filled(&p.Route.Interface)},
		{long: "ipv4", short: "4", help: "IPv4 only", field: "ip-version", set: chosen(&p.Route.IPVersion, 4)},
		{long: "ipv6", short: "6", help: "IPv6 only", set: chosen(&p.Route.IPVersion, 6)},
		{long: "http1.1", help: "HTTP/1.1", field: "http", set: chosen(&p.Transport.HTTP, "1.1")},
		{long: "http2", help: "HTTP/2, offered in the TLS handshake", set: chosen(&p.Transport.HTTP, "2")},
		{long: "http2-prior-knowledge", help: "HTTP/2 without asking, with TLS or without", set: chosen(&p.Transport.HTTP, "2-prior-knowledge")},
		{long: "http3", help: "HTTP/3", set: chosen(&p.Transport.HTTP, "3")},
		{long: "http3-only", set: chosen(&p.Transport.HTTP, "3")},
		{long: "no-keepalive", help: "a connection for each request", set: onoff(&p.Transport.NoKeepalive)},
		{long: "connect-timeout", arg: "TIME", help: "limit of opening a connection", eg: "5s", set: r.span(&p.Route.ConnectTimeout)},
	}).hiding("http3-only")
}

func (r *request) tlsRows() []row {
	p := &r.plan
	return grouped(groupConnection, []row{
		{long: "insecure", short: "k", help: "do not verify the server's certificate", set: onoff(&p.Route.TLS.Insecure)},
		{long: "cacert", arg: "FILE", help: "trust the PEM certificates in FILE", eg: "ca.pem", set: filled(&p.Route.TLS.CACert)},
		{long: "cert", short: "E", arg: "FILE", help: "client certificate, PEM", eg: "client.pem", set: filled(&p.Route.TLS.Cert)},
		{long: "key", arg: "FILE", help: "its key", eg: "client.key", set: filled(&p.Route.TLS.Key)},
		{long: "tlsv1.2", help: "TLS 1.2 or later; -1, --tlsv1.0, --tlsv1.1 likewise", field: "tls-min", set: chosen(&p.Route.TLS.Min, "1.2")},
		{long: "tlsv1.3", help: "TLS 1.3 or later", set: chosen(&p.Route.TLS.Min, "1.3")},
		{long: "tlsv1", short: "1", set: chosen(&p.Route.TLS.Min, "1.0")},
		{long: "tlsv1.0", set: chosen(&p.Route.TLS.Min, "1.0")},
		{long: "tlsv1.1", set: chosen(&p.Route.TLS.Min, "1.1")},
		{long: "tls-max", arg: "VERSION", help: "1.0, 1.1, 1.2, 1.3 or default at the most", eg: "1.2", set: r.tlsMax},
	}).hiding("tlsv1", "tlsv1.0", "tlsv1.1")
}

func (r *request) exchangeRows() []row {
	p := &r.plan
	return grouped(groupExchange, []row{
		{long: "max-time", short: "m", arg: "TIME", help: "limit of a request (30s): 2.5 (seconds), 250ms", field: "timeout", eg: "30s", set: r.span(&p.Transport.Timeout)},
		{long: "read-timeout", arg: "TIME", help: "limit between two bytes of the answer", eg: "5s", set: r.span(&p.Transport.ReadTimeout)},
		{long: "expect-continue", help: "send the body when the server agrees to it (100)", set: onoff(&p.Transport.ExpectContinue)},
		{long: "expect100-timeout", arg: "TIME", help: "or after so long all the same (1s)", field: "expect-timeout", eg: "1s", set: r.span(&p.Transport.ExpectTimeout)},
		{long: "location", short: "L", help: "follow redirects that keep the method: 307, 308", field: "follow", set: onoff(&p.Transport.Follow)},
		{long: "max-redirs", arg: "N", help: "so many of them (50); -1: without limit", eg: "50", set: one(&r.redirects, parseRedirects)},
		{long: "compressed", help: "ask for a compressed answer", set: onoff(&p.Request.Compressed)},
		{long: "read-body", arg: "HOW", help: "all, or none: an answer is done with its head", field: "skip-body", eg: "all", set: r.readBody},
	})
}

// hiding keeps rows out of the help: those that another row's text speaks of.
func (rows rowList) hiding(long ...string) rowList {
	for i := range rows {
		for _, l := range long {
			if rows[i].long == l {
				rows[i].group = ""
			}
		}
	}
	return rows
}

// chosen is a switch that sets a value.
func chosen[T any](into *T, value T) func(string) error {
	return func(s string) error {
		var on bool
		err := onoff(&on)(s)
		if on {
			*into = value
		}
		return err
	}
}

// proxyURL is -x; none at all, as curl has it, is an empty one.
func (r *request) proxyURL(s string) error {
	if s == "" {
		s = "none"
	}
	r.plan.Route.Proxy = s
	return nil
}

func (r *request) tlsMax(s string) error {
	if s == "default" {
		r.plan.Route.TLS.Max = ""
		return nil
	}
	return oneOf(&r.plan.Route.TLS.Max, "1.0", "1.1", "1.2", "1.3")(s)
}

func (r *request) readBody(s string) error {
	var how string
	err := oneOf(&how, "all", "none")(s)
	r.plan.Transport.SkipBody = how == "none"
	return err
}

func parseRedirects(s string) (int64, error) {
	n, err := strconv.ParseInt(s, 10, 32)
	if err != nil || n < -1 {
		return 0, errors.New("that is no whole number from 0 up, nor -1")
	}
	return n, nil
}

// settleExchange gives --max-redirs its meaning: none at all is not to follow.
func (r *request) settleExchange() {
	switch r.redirects {
	case unset:
	case 0:
		r.plan.Transport.Follow = false
	case -1:
		r.plan.Transport.MaxRedirects = math.MaxInt32
	default:
		r.plan.Transport.MaxRedirects = int(r.redirects)
	}
}

// noProxy is --noproxy. An empty list is one all the same, and stands before the environment's, as in curl.
func (r *request) noProxy(s string) error {
	r.plan.Route.NoProxy = cmp.Or(s, ",")
	return nil
}

// settleProxy joins -U to the proxy's URL, and reads the headers for it.
func (r *request) settleProxy(in *source) (err error) {
	if r.plan.Route.ProxyHeader, err = r.readHeaders("proxy-header", r.proxyHeaders, in); err != nil {
		return err
	}
	p := r.plan.Route.Proxy
	if r.proxyUser == "" {
		return nil
	}
	if p == "" || p == "none" {
		r.fault(Hint{Error: "-U " + shown("proxy-user", r.proxyUser) + ": is for a proxy, and none is given; give it with -x"},
			func(l commandLine) commandLine { return l.with("proxy", "http://127.0.0.1:3128") })
		return nil
	}
	scheme, rest, found := strings.Cut(p, "://")
	if !found {
		scheme, rest = "http", p
	}
	if strings.Contains(rest, "@") {
		return nil // who stands in the URL comes first, as in curl
	}
	name, password, _ := strings.Cut(r.proxyUser, ":")
	r.plan.Route.Proxy = scheme + "://" + url.UserPassword(name, password).String() + "@" + rest
	return nil
}

// addHeader keeps one header of -H. Two of them say how the body is sent, which is the plan's own to do.
func (r *request) addHeader(h loadgen.Header) {
	switch {
	case strings.EqualFold(h.Name, "Transfer-Encoding") && strings.EqualFold(h.Value, "chunked"):
		r.plan.Request.Body.Chunked = true
	case strings.EqualFold(h.Name, "Expect") && strings.EqualFold(h.Value, "100-continue"):
		r.plan.Transport.ExpectContinue = true
	default:
		r.plan.Request.Header = append(r.plan.Request.Header, h)
	}
}
