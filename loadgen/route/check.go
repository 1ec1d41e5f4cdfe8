package route

import (
	"net/netip"
	"net/url"
	"os"
	"strconv"
	"strings"

	"shotput/loadgen/fault"
	"shotput/loadgen/header"
	"shotput/loadgen/secret"
)

// Check says what is wrong with how connections are to be made to these servers. Faults are named after what means the
// same to curl.
func (r *Spec) Check(f *fault.List, origins []*url.URL) {
	r.TLS.checkFiles(f)
	if r.ConnectTimeout < 0 {
		f.Add(fault.OutOfRange.In("connect_timeout", r.ConnectTimeout.String(), "must be more than 0"))
	}
	_, err := readResolutions(r.Resolve)
	f.Join(err)
	detours, err := readDetours(r.ConnectTo)
	f.Join(err)
	r.checkUnixSocket(f)
	r.checkLocality(f, origins)
	r.TLS.checkVersions(f)
	r.checkProxyHeader(f)
	r.checkLiterals(f)
	r.checkExempt(f)
	r.checkProxy(f, detours, origins)
}

// checkFiles reads the files of certificates.
func (t *TLS) checkFiles(f *fault.List) {
	if t.CACert != "" {
		_, err := t.readCAs()
		f.Join(err)
	}
	switch {
	case t.CertType != "" && t.CertType != formPEM && t.CertType != formP12:
		f.Add(fault.Unknown.In("cert-type", t.CertType, "is none of PEM, P12"))
	case t.Cert != "" && t.CertType == formP12 && t.Key != "":
		f.Add(fault.Conflict.In("key", t.Key, "is a second key: there is one in a file of PKCS#12").With("cert-type"))
	case t.Cert != "":
		_, err := t.readCert()
		f.Join(err)
	case t.Key != "":
		f.Add(fault.Needs.In("key", t.Key, "is a key without a certificate").With("cert"))
	}
}

func (r *Spec) checkUnixSocket(f *fault.List) {
	if r.UnixSocket == "" {
		return
	}
	info, err := os.Stat(r.UnixSocket)
	switch {
	case err != nil:
		f.Add(fault.Unreadable.In("unix-socket", r.UnixSocket, "%v", fault.Plain(err)))
	case info.Mode().Type() != os.ModeSocket:
		f.Add(fault.Unreadable.In("unix-socket", r.UnixSocket, "is no unix socket"))
	}
	if r.Proxy != "" && r.Proxy != NoProxy {
		f.Add(
			fault.Conflict.In("unix-socket", r.UnixSocket, "is reached without a proxy, and one is given").
				With("proxy"),
		)
	}
	if r.Interface != "" {
		f.Add(fault.Conflict.In("unix-socket", r.UnixSocket, "is reached through no interface, and one is given").
			With("interface"))
	}
}

// checkLocality holds the local side, and the IP version, against each other and against the URL.
func (r *Spec) checkLocality(f *fault.List, origins []*url.URL) {
	local, err := r.local()
	f.Join(err)
	switch r.IPVersion {
	case 0, 4, 6:
	default:
		f.Add(fault.Unknown.In("ip_version", strconv.Itoa(r.IPVersion), "is none of 4, 6"))
		return
	}
	version := "ipv" + strconv.Itoa(r.IPVersion)
	if local.Given() && (r.IPVersion == 4 && !local.v4.IsValid() || r.IPVersion == 6 && !local.v6.IsValid()) {
		f.Add(
			fault.Conflict.In("interface", r.Interface, "has no address of the IP version asked for, %d", r.IPVersion).
				With("ip_version"),
		)
	}
	if len(r.ConnectTo) > 0 || r.UnixSocket != "" {
		return
	}
	for _, u := range origins {
		a, err := netip.ParseAddr(u.Hostname())
		switch {
		case err != nil:
		case r.IPVersion != 0 && a.Is4() != (r.IPVersion == 4):
			f.Add(fault.Conflict.In(version, u.Hostname(), "is an address of the other IP version").With("url"))
		case r.IPVersion != 0, r.Proxy != "" && r.Proxy != NoProxy, len(r.Resolve) > 0:
		case local.Given() && !local.From(a).IsValid():
			f.Add(fault.Conflict.In("interface", r.Interface, "has no address of the IP version of %s", a).With("url"))
		}
	}
}

func (t *TLS) checkVersions(f *fault.List) {
	least, known := TLSVersions[t.Min]
	most, alsoKnown := TLSVersions[t.Max]
	switch {
	case !known:
		f.Add(fault.Unknown.In("tls-min", t.Min, "is none of 1.0, 1.1, 1.2, 1.3"))
	case !alsoKnown:
		f.Add(fault.Unknown.In("tls-max", t.Max, "is none of 1.0, 1.1, 1.2, 1.3"))
	case most != 0 && least > most:
		f.Add(fault.Conflict.In("tls-max", t.Max, "is below the lowest version asked for, %s", t.Min).With("tls-min"))
	}
}

// checkLiterals refuses templates: a route is the same for all requests.
func (r *Spec) checkLiterals(f *fault.List) {
	for _, h := range r.ProxyHeader {
		f.RefuseTemplates(fault.Literal{Field: "proxy-header", Value: h.Name + h.Value, Shown: h.Name})
	}
	f.RefuseTemplates(fault.Literal{Field: "proxy", Value: r.Proxy, Shown: secret.URL(r.Proxy)},
		fault.Literal{Field: "noproxy", Value: r.NoProxy, Shown: r.NoProxy})
	for _, s := range r.Resolve {
		f.RefuseTemplates(fault.Literal{Field: "resolve", Value: s, Shown: s})
	}
	for _, s := range r.ConnectTo {
		f.RefuseTemplates(fault.Literal{Field: "connect-to", Value: s, Shown: s})
	}
}

func (r *Spec) checkProxyHeader(f *fault.List) {
	for _, h := range r.ProxyHeader {
		if !header.IsToken(h.Name) {
			f.Add(fault.Malformed.In("proxy-header", h.Name, "is no header name; write 'Name: value'"))
		} else if i := strings.IndexFunc(h.Value, badRune); i >= 0 {
			f.Add(fault.Malformed.In("proxy-header", h.Name, "has a value with a control character at byte %d", i+1))
		}
	}
}

func (r *Spec) checkExempt(f *fault.List) {
	between := func(c rune) bool { return c == ',' || c == ' ' || c == '\t' }
	for entry := range strings.FieldsFuncSeq(r.NoProxy, between) {
		_, bits, isNetwork := strings.Cut(entry, "/")
		if strings.Contains(entry, "://") {
			f.Add(fault.Malformed.In("noproxy", entry, "is a URL; give the host alone"))
		} else if _, err := netip.ParsePrefix(entry); isNetwork && err != nil {
			f.Add(fault.Malformed.In("noproxy", entry,
				"is no network such as 10.0.0.0/8: %q is no number of bits for an address", bits))
		}
	}
}

// checkProxy looks at the route's own proxy, even where all hosts are exempt from it; else at those of the environment
// that the servers are reached through.
func (r *Spec) checkProxy(f *fault.List, detours []detour, origins []*url.URL) {
	if _, err := parseProxy(r.Proxy); r.Proxy != "" && r.Proxy != NoProxy && err != nil {
		f.Add(r.badProxy(err))
		return
	}
	for _, u := range origins {
		_, err := r.wayBy(detours, u)
		f.Join(err)
	}
}

// badRune says whether r is a byte that no header's value may hold.
func badRune(r rune) bool { return r < 0x80 && header.Bad(byte(r)) }
