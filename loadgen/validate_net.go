package loadgen

import (
	"errors"
	"net/netip"
	"net/url"
	"os"
	"strconv"
	"strings"
)

// checkNet says what is wrong with how connections are to be made, and what they are to speak. Faults are named
// after the flags that mean the same to curl.
func (p *Plan) checkNet(f *faults) {
	for _, entry := range p.Route.Resolve {
		if _, err := parseResolve(entry); err != nil {
			f.add("resolve", entry, "%v", err)
		}
	}
	for _, entry := range p.Route.ConnectTo {
		if _, err := parseConnectTo(entry); err != nil {
			f.add("connect-to", entry, "%v", err)
		}
	}
	if p.Transport.MaxRedirects < -1 {
		f.add("max-redirs", strconv.Itoa(p.Transport.MaxRedirects), "must be at least -1, which is no bound")
	}
	p.checkUnixSocket(f)
	p.checkLocality(f)
	p.checkTLSVersions(f)
	p.checkProxy(f)
	p.checkProtocol(f)
}

func (p *Plan) checkUnixSocket(f *faults) {
	if p.Route.UnixSocket == "" {
		return
	}
	info, err := os.Stat(p.Route.UnixSocket)
	switch {
	case err != nil:
		f.add("unix-socket", p.Route.UnixSocket, "%v", plainFileError(err))
	case info.Mode().Type() != os.ModeSocket:
		f.add("unix-socket", p.Route.UnixSocket, "is no unix socket")
	}
	if p.Route.Proxy != "" && p.Route.Proxy != noProxy {
		f.add("unix-socket", p.Route.UnixSocket, "is reached without a proxy, and one is given")
	}
	if p.Route.Interface != "" {
		f.add("unix-socket", p.Route.UnixSocket, "is reached through no interface, and one is given")
	}
}

// checkLocality holds the local side, and the IP version, against each other and against the URL.
func (p *Plan) checkLocality(f *faults) {
	local, err := parseInterface(p.Route.Interface)
	if err != nil {
		f.add("interface", p.Route.Interface, "%v", err)
	}
	switch p.Route.IPVersion {
	case 0, 4, 6:
	default:
		f.add("ip_version", strconv.Itoa(p.Route.IPVersion), "is none of 4, 6")
		return
	}
	version := "ipv" + strconv.Itoa(p.Route.IPVersion)
	if p.Route.IPVersion == 4 && local.given() && !local.v4.IsValid() || p.Route.IPVersion == 6 && local.given() && !local.v6.IsValid() {
		f.add("interface", p.Route.Interface, "has no address of the IP version asked for, %d", p.Route.IPVersion)
	}
	if len(p.Route.ConnectTo) > 0 || p.Route.UnixSocket != "" || p.Route.IPVersion == 0 {
		return
	}
	for _, u := range p.origins() {
		if a, err := netip.ParseAddr(u.Hostname()); err == nil && a.Is4() != (p.Route.IPVersion == 4) {
			f.add(version, u.Hostname(), "is an address of the other IP version")
		}
	}
}

func (p *Plan) checkTLSVersions(f *faults) {
	least, known := tlsVersions[p.Route.TLS.Min]
	most, alsoKnown := tlsVersions[p.Route.TLS.Max]
	switch {
	case !known:
		f.add("tls-min", p.Route.TLS.Min, "is none of 1.0, 1.1, 1.2, 1.3")
	case !alsoKnown:
		f.add("tls-max", p.Route.TLS.Max, "is none of 1.0, 1.1, 1.2, 1.3")
	case most != 0 && least > most:
		f.add("tls-max", p.Route.TLS.Max, "is below the lowest version asked for, %s", p.Route.TLS.Min)
	case most != 0 && most < tlsVersions["1.3"] && p.Transport.HTTP == http3Only:
		f.add("tls-max", p.Route.TLS.Max, "is too low: HTTP/3 is spoken over TLS 1.3")
	}
}

func (p *Plan) checkProxy(f *faults) {
	for _, h := range p.Route.ProxyHeader {
		if !isToken(h.Name) {
			f.add("proxy-header", h.Name, "is no header name; write 'Name: value'")
		} else if i := strings.IndexFunc(h.Value, func(r rune) bool { return r < 0x80 && badInHeader(byte(r)) }); i >= 0 {
			f.add("proxy-header", h.Name, "has a value with a control character at byte %d", i+1)
		}
	}
	for entry := range strings.FieldsFuncSeq(p.Route.NoProxy, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' }) {
		_, bits, isNetwork := strings.Cut(entry, "/")
		if strings.Contains(entry, "://") {
			f.add("noproxy", entry, "is a URL; give the host alone")
		} else if _, err := netip.ParsePrefix(entry); isNetwork && err != nil {
			f.add("noproxy", entry, "is no network such as 10.0.0.0/8: %q is no number of bits for an address", bits)
		}
	}
	if _, err := parseProxy(p.Route.Proxy); p.Route.Proxy != "" && p.Route.Proxy != noProxy && err != nil {
		f.add("proxy", redactURL(p.Route.Proxy), "%v", err)
		return // even where a host is exempt from it
	}
	for _, u := range p.origins() {
		var fault *Fault
		if _, err := p.wayTo(u); errors.As(err, &fault) && fault.Field == "proxy" {
			*f = append(*f, fault)
		}
	}
}

// checkProtocol holds Plan.HTTP against the URLs, and against what stands between.
func (p *Plan) checkProtocol(f *faults) {
	field := map[string]string{http2Offered: "http2", http2Only: "http2-prior-knowledge", http3Only: "http3"}[p.Transport.HTTP]
	if field == "" {
		if p.Transport.HTTP != "" && p.Transport.HTTP != "1.1" {
			f.add("http", p.Transport.HTTP, "is none of 1.1, 2, 2-prior-knowledge, 3")
		}
		return
	}
	if p.Transport.HTTP == http3Only && p.Route.UnixSocket != "" {
		f.add(field, "", "is spoken over UDP, and cannot go through a unix socket")
	}
	if p.Transport.HTTP == http3Only && p.Transport.NoKeepalive {
		f.add(field, "", "keeps its connections: it cannot be had with one for each request")
	}
	for _, u := range p.origins() {
		w, _ := p.wayTo(u)
		if why := p.protocolFault(u, w); why != "" {
			f.add(field, "", "%s", why)
		}
	}
}

// protocolFault says why the plan's protocol cannot be spoken to the server of u; empty where it can.
func (p *Plan) protocolFault(u *url.URL, w way) string {
	plain := u.Scheme == "http"
	switch {
	case p.Transport.HTTP == http2Offered && plain:
		return "is offered in the TLS handshake, and the URL is http; where the server is known to speak it, --http2-prior-knowledge does"
	case p.Transport.HTTP == http3Only && plain:
		return "is spoken over TLS alone; the URL must be https"
	case p.Transport.HTTP == http3Only && w.proxy != nil:
		return "h3 cannot go through a proxy; --noproxy '*' goes without"
	case p.Transport.HTTP == http2Only && plain && w.absolute:
		return "h2 without TLS cannot go through an HTTP proxy; --noproxy '*' goes without"
	}
	return ""
}
