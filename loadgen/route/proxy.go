package route

import (
	"cmp"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"shotput/loadgen/header"
	"shotput/loadgen/secret"
)

// # Which proxy
//
// As curl has it: the plan's, else the environment's, and neither for hosts that are exempt. net/http's own reading
// of the environment is another: it never uses a proxy for localhost and 127.0.0.0/8, and matches exempt hosts by
// rules of its own.

// NoProxy as Spec.Proxy asks for none, whatever the environment says.
const NoProxy = "none"

// Env are the variables of the environment that name proxies, and the hosts that are reached without one, as they
// are set: whoever may read the environment hands them down.
type Env map[string]string

// EnvFrom takes what names proxies out of an environment; lookup looks a variable up.
func EnvFrom(lookup func(name string) (value string, set bool)) Env {
	var e Env
	for _, name := range slices.Concat(proxyVariables["http"], proxyVariables["https"], exemptVariables) {
		if value, set := lookup(name); set {
			if e == nil {
				e = Env{}
			}
			e[name] = value
		}
	}
	return e
}

// proxyVariables are the variables of the environment that name the proxy for a URL's scheme, first one first. There
// is no HTTP_PROXY: a web server gives its scripts a variable of that name with what a client chose to send.
var proxyVariables = map[string][]string{
	"http":  {"http_proxy", "all_proxy", "ALL_PROXY"},
	"https": {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"},
}

// ExemptVariables name the hosts that are reached without a proxy.
var exemptVariables = []string{"no_proxy", "NO_PROXY"}

// first gives the first of these variables that is set and not empty.
func (e Env) first(names []string) (name, value string) {
	for _, name := range names {
		if value := e[name]; value != "" {
			return name, value
		}
	}
	return "", ""
}

// UsesProxy says whether requests to a server go through a proxy, asked for or of the environment.
func (r *Spec) UsesProxy(u *url.URL) bool {
	proxy, err := r.proxyFor(u)
	return err == nil && proxy != nil
}

// proxyFor is the proxy of requests to u; nil for none. The error names the variable that a bad one came from.
func (r *Spec) proxyFor(u *url.URL) (*url.URL, error) {
	_, exempt := r.Env.first(exemptVariables)
	if r.Proxy == NoProxy || r.UnixSocket != "" || isExempt(u.Hostname(), cmp.Or(r.NoProxy, exempt)) {
		return nil, nil
	}
	if r.Proxy != "" {
		return parseProxy(r.Proxy)
	}
	name, value := r.Env.first(proxyVariables[u.Scheme])
	if value == "" {
		return nil, nil
	}
	proxy, err := parseProxy(value)
	if err != nil {
		return nil, fmt.Errorf("%s of the environment %w", name, err)
	}
	return proxy, nil
}

// NamesTLSProxy says whether some proxy is named that is reached over TLS, whichever requests may take it: to ask for
// the way to each of many servers takes longer.
func (r *Spec) NamesTLSProxy() bool {
	overTLS := func(s string) bool { return strings.HasPrefix(strings.ToLower(s), "https:") }
	for _, names := range proxyVariables {
		for _, name := range names {
			if overTLS(r.Env[name]) {
				return true
			}
		}
	}
	return overTLS(r.Proxy)
}

// parseProxy reads a proxy's URL, with curl's defaults for what it leaves out: http, and port 1080.
func parseProxy(s string) (*url.URL, error) {
	if !strings.Contains(s, "://") {
		s = "http://" + s
	}
	u, err := url.Parse(s)
	if err != nil || u.Hostname() == "" {
		return nil, errors.New("is no proxy URL; write http://host:port or socks5://host:port")
	}
	switch u.Scheme {
	case "http", "https", "socks5", "socks5h":
	default:
		return nil, fmt.Errorf("has the scheme %q; known are http, https, socks5, socks5h", u.Scheme)
	}
	if u.Port() != "" && !isPort(u.Port()) {
		return nil, errors.New("has no port from 1 to 65535 after its colon")
	}
	port := cmp.Or(u.Port(), map[string]string{"https": "443"}[u.Scheme], "1080")
	return &url.URL{Scheme: u.Scheme, User: u.User, Host: net.JoinHostPort(u.Hostname(), port)}, nil
}

// isExempt says whether host, a name or an address, is in a list of hosts to reach without a proxy. The list is split
// by commas and blanks. A name in it stands for itself and for all below it, with or without a dot before it; an
// address for itself, or with /BITS for a network. "*" alone stands for all.
func isExempt(host, list string) bool {
	if list == "*" {
		return true
	}
	host = strings.TrimSuffix(host, ".")
	address, err := netip.ParseAddr(host)
	for _, entry := range strings.FieldsFunc(list, func(r rune) bool { return strings.ContainsRune(", \t", r) }) {
		if err == nil && holds(entry, address.WithZone("")) || err != nil && isBelow(host, entry) {
			return true
		}
	}
	return false
}

// isBelow says whether host is the domain, or within it.
func isBelow(host, domain string) bool {
	domain = strings.TrimSuffix(strings.TrimPrefix(domain, "."), ".")
	if domain == "" || len(host) < len(domain) {
		return false
	}
	rest := len(host) - len(domain)
	return strings.EqualFold(host[rest:], domain) && (rest == 0 || host[rest-1] == '.')
}

// holds says whether an entry, an address or a network, has the address in it.
func holds(entry string, address netip.Addr) bool {
	if network, err := netip.ParsePrefix(entry); err == nil {
		return network.Contains(address)
	}
	one, err := netip.ParseAddr(entry)
	return err == nil && one == address
}

// connectHeader is what a proxy is told in CONNECT. The route's own lines replace those that would go out by
// themselves.
func (r *Spec) connectHeader(proxy *url.URL, userAgent string) http.Header {
	h := http.Header{"User-Agent": {userAgent}}
	if proxy.User != nil {
		h.Set("Proxy-Authorization", header.Basic(proxy.User))
	}
	for _, line := range r.ProxyHeader {
		h.Del(line.Name)
	}
	if len(h["User-Agent"]) == 0 {
		h["User-Agent"] = nil // else net/http adds its own
	}
	for _, line := range r.ProxyHeader {
		if !line.Remove {
			h.Add(line.Name, line.Value)
		}
	}
	return h
}

// A ProxyFailure says that a connection failed on the way to a proxy, or at it.
type ProxyFailure struct{ Err error }

func (e *ProxyFailure) Error() string { return e.Err.Error() }
func (e *ProxyFailure) Unwrap() error { return e.Err }

// A ProxyRefusal says that a proxy would not open a tunnel.
type ProxyRefusal struct {
	Status string // its answer to CONNECT, such as "403 Forbidden"
	Body   []byte // the beginning of what it says beside
}

// hide takes out of a refusal what the proxy was told of who asks: some echo it.
func (e *ProxyRefusal) hide(told http.Header) *ProxyRefusal {
	var secrets []string
	for name, values := range told {
		for _, value := range values {
			if !secret.HidesHeader(name, value) {
				continue
			}
			kind, credentials, _ := strings.Cut(value, " ")
			secrets = append(secrets, value, credentials)
			clear, err := base64.StdEncoding.DecodeString(credentials)
			if err == nil && strings.EqualFold(kind, "Basic") {
				_, password, _ := strings.Cut(string(clear), ":")
				secrets = append(secrets, string(clear), password)
			}
		}
	}
	secrets = secret.Sorted(secrets)
	return &ProxyRefusal{secret.HideIn(e.Status, secrets), secret.Hide(e.Body, secrets)}
}

func (e *ProxyRefusal) Error() string { return "the proxy answered CONNECT with " + e.Status }
