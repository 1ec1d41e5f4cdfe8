package loadgen

import (
	"errors"
	"net/netip"
	"net/url"
	"os"
	"strconv"
	"strings"
)

// check says what is wrong with how connections are to be made to these servers. Faults are named after what means the
// same to curl.
func (r *RouteSpec) check(f *faults, origins []*url.URL) {
	r.TLS.checkFiles(f)
	if r.ConnectTimeout < 0 {
		f.add("connect_timeout", r.ConnectTimeout.String(), "must be more than 0")
	}
	for _, entry := range r.Resolve {
		if _, err := parseResolve(entry); err != nil {
			f.add("resolve", entry, "%v", err)
		}
	}
	for _, entry := range r.ConnectTo {
		if _, err := parseConnectTo(entry); err != nil {
			f.add("connect-to", entry, "%v", err)
		}
	}
	r.checkUnixSocket(f)
	r.checkLocality(f, origins)
	r.TLS.checkVersions(f)
	r.checkProxy(f, origins)
}

// checkFiles reads the files of certificates.
func (t *TLS) checkFiles(f *faults) {
	if t.CACert != "" {
		if _, err := readCAs(t.CACert); err != nil {
			f.add("cacert", t.CACert, "%v", err)
		}
	}
	if t.Cert != "" {
		if _, err := readCert(t.Cert, t.Key); err != nil {
			f.add("cert", t.Cert, "%v", err)
		}
	} else if t.Key != "" {
		f.add("key", t.Key, "is a key without a certificate")
	}
}

func (r *RouteSpec) checkUnixSocket(f *faults) {
	if r.UnixSocket == "" {
		return
	}
	info, err := os.Stat(r.UnixSocket)
	switch {
	case err != nil:
		f.add("unix-socket", r.UnixSocket, "%v", plainFileError(err))
	case info.Mode().Type() != os.ModeSocket:
		f.add("unix-socket", r.UnixSocket, "is no unix socket")
	}
	if r.Proxy != "" && r.Proxy != noProxy {
		f.add("unix-socket", r.UnixSocket, "is reached without a proxy, and one is given")
	}
	if r.Interface != "" {
		f.add("unix-socket", r.UnixSocket, "is reached through no interface, and one is given")
	}
}

// checkLocality holds the local side, and the IP version, against each other and against the URL.
func (r *RouteSpec) checkLocality(f *faults, origins []*url.URL) {
	local, err := parseInterface(r.Interface)
	if err != nil {
		f.add("interface", r.Interface, "%v", err)
	}
	switch r.IPVersion {
	case 0, 4, 6:
	default:
		f.add("ip_version", strconv.Itoa(r.IPVersion), "is none of 4, 6")
		return
	}
	version := "ipv" + strconv.Itoa(r.IPVersion)
	if r.IPVersion == 4 && local.given() && !local.v4.IsValid() || r.IPVersion == 6 && local.given() && !local.v6.IsValid() {
		f.add("interface", r.Interface, "has no address of the IP version asked for, %d", r.IPVersion)
	}
	if len(r.ConnectTo) > 0 || r.UnixSocket != "" || r.IPVersion == 0 {
		return
	}
	for _, u := range origins {
		if a, err := netip.ParseAddr(u.Hostname()); err == nil && a.Is4() != (r.IPVersion == 4) {
			f.add(version, u.Hostname(), "is an address of the other IP version")
		}
	}
}

func (t *TLS) checkVersions(f *faults) {
	least, known := tlsVersions[t.Min]
	most, alsoKnown := tlsVersions[t.Max]
	switch {
	case !known:
		f.add("tls-min", t.Min, "is none of 1.0, 1.1, 1.2, 1.3")
	case !alsoKnown:
		f.add("tls-max", t.Max, "is none of 1.0, 1.1, 1.2, 1.3")
	case most != 0 && least > most:
		f.add("tls-max", t.Max, "is below the lowest version asked for, %s", t.Min)
	}
}

func (r *RouteSpec) checkProxy(f *faults, origins []*url.URL) {
	for _, h := range r.ProxyHeader {
		if !isToken(h.Name) {
			f.add("proxy-header", h.Name, "is no header name; write 'Name: value'")
		} else if i := strings.IndexFunc(h.Value, func(r rune) bool { return r < 0x80 && badInHeader(byte(r)) }); i >= 0 {
			f.add("proxy-header", h.Name, "has a value with a control character at byte %d", i+1)
		}
	}
	for entry := range strings.FieldsFuncSeq(r.NoProxy, func(c rune) bool { return c == ',' || c == ' ' || c == '\t' }) {
		_, bits, isNetwork := strings.Cut(entry, "/")
		if strings.Contains(entry, "://") {
			f.add("noproxy", entry, "is a URL; give the host alone")
		} else if _, err := netip.ParsePrefix(entry); isNetwork && err != nil {
			f.add("noproxy", entry, "is no network such as 10.0.0.0/8: %q is no number of bits for an address", bits)
		}
	}
	if _, err := parseProxy(r.Proxy); r.Proxy != "" && r.Proxy != noProxy && err != nil {
		f.add("proxy", redactURL(r.Proxy), "%v", err)
		return // even where a host is exempt from it
	}
	for _, u := range origins {
		var fault *Fault
		if _, err := r.wayTo(u); errors.As(err, &fault) && fault.Field == "proxy" {
			*f = append(*f, fault)
		}
	}
}
