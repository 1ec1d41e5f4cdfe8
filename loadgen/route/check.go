package route

import (
	"errors"
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
		f.Add("connect_timeout", r.ConnectTimeout.String(), "must be more than 0")
	}
	for _, entry := range r.Resolve {
		if _, err := parseResolve(entry); err != nil {
			f.Add("resolve", entry, "%v", err)
		}
	}
	for _, entry := range r.ConnectTo {
		if _, err := parseConnectTo(entry); err != nil {
			f.Add("connect-to", entry, "%v", err)
		}
	}
	r.checkUnixSocket(f)
	r.checkLocality(f, origins)
	r.TLS.checkVersions(f)
	r.checkProxy(f, origins)
}

// checkFiles reads the files of certificates.
func (t *TLS) checkFiles(f *fault.List) {
	if t.CACert != "" {
		if _, err := readCAs(t.CACert); err != nil {
			f.Add("cacert", t.CACert, "%v", err)
		}
	}
	if t.Cert != "" {
		if _, err := readCert(t.Cert, t.Key); err != nil {
			f.Add("cert", t.Cert, "%v", err)
		}
	} else if t.Key != "" {
		f.Add("key", t.Key, "is a key without a certificate")
	}
}

func (r *Spec) checkUnixSocket(f *fault.List) {
	if r.UnixSocket == "" {
		return
	}
	info, err := os.Stat(r.UnixSocket)
	switch {
	case err != nil:
		f.Add("unix-socket", r.UnixSocket, "%v", fault.Plain(err))
	case info.Mode().Type() != os.ModeSocket:
		f.Add("unix-socket", r.UnixSocket, "is no unix socket")
	}
	if r.Proxy != "" && r.Proxy != NoProxy {
		f.Add("unix-socket", r.UnixSocket, "is reached without a proxy, and one is given")
	}
	if r.Interface != "" {
		f.Add("unix-socket", r.UnixSocket, "is reached through no interface, and one is given")
	}
}

// checkLocality holds the local side, and the IP version, against each other and against the URL.
func (r *Spec) checkLocality(f *fault.List, origins []*url.URL) {
	local, err := parseInterface(r.Interface)
	if err != nil {
		f.Add("interface", r.Interface, "%v", err)
	}
	switch r.IPVersion {
	case 0, 4, 6:
	default:
		f.Add("ip_version", strconv.Itoa(r.IPVersion), "is none of 4, 6")
		return
	}
	version := "ipv" + strconv.Itoa(r.IPVersion)
	if r.IPVersion == 4 && local.Given() && !local.v4.IsValid() ||
		r.IPVersion == 6 && local.Given() && !local.v6.IsValid() {
		f.Add("interface", r.Interface, "has no address of the IP version asked for, %d", r.IPVersion)
	}
	if len(r.ConnectTo) > 0 || r.UnixSocket != "" || r.IPVersion == 0 {
		return
	}
	for _, u := range origins {
		if a, err := netip.ParseAddr(u.Hostname()); err == nil && a.Is4() != (r.IPVersion == 4) {
			f.Add(version, u.Hostname(), "is an address of the other IP version")
		}
	}
}

func (t *TLS) checkVersions(f *fault.List) {
	least, known := TLSVersions[t.Min]
	most, alsoKnown := TLSVersions[t.Max]
	switch {
	case !known:
		f.Add("tls-min", t.Min, "is none of 1.0, 1.1, 1.2, 1.3")
	case !alsoKnown:
		f.Add("tls-max", t.Max, "is none of 1.0, 1.1, 1.2, 1.3")
	case most != 0 && least > most:
		f.Add("tls-max", t.Max, "is below the lowest version asked for, %s", t.Min)
	}
}

func (r *Spec) checkProxy(f *fault.List, origins []*url.URL) {
	for _, h := range r.ProxyHeader {
		if !header.IsToken(h.Name) {
			f.Add("proxy-header", h.Name, "is no header name; write 'Name: value'")
		} else if i := strings.IndexFunc(h.Value, badRune); i >= 0 {
			f.Add("proxy-header", h.Name, "has a value with a control character at byte %d", i+1)
		}
	}
	between := func(c rune) bool { return c == ',' || c == ' ' || c == '\t' }
	for entry := range strings.FieldsFuncSeq(r.NoProxy, between) {
		_, bits, isNetwork := strings.Cut(entry, "/")
		if strings.Contains(entry, "://") {
			f.Add("noproxy", entry, "is a URL; give the host alone")
		} else if _, err := netip.ParsePrefix(entry); isNetwork && err != nil {
			f.Add("noproxy", entry, "is no network such as 10.0.0.0/8: %q is no number of bits for an address", bits)
		}
	}
	if _, err := parseProxy(r.Proxy); r.Proxy != "" && r.Proxy != NoProxy && err != nil {
		f.Add("proxy", secret.URL(r.Proxy), "%v", err)
		return // even where a host is exempt from it
	}
	for _, u := range origins {
		var fault *fault.Fault
		if _, err := r.WayTo(u); errors.As(err, &fault) && fault.Field == "proxy" {
			*f = append(*f, fault)
		}
	}
}

// badRune says whether r is a byte that no header's value may hold.
func badRune(r rune) bool { return r < 0x80 && header.Bad(byte(r)) }
