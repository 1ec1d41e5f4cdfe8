package flow

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"

	"shotput/loadgen/fault"
	"shotput/loadgen/secret"
	"shotput/loadgen/text"
	"shotput/stats"
)

// # Where a URL leads that an answer gave
//
// A server may say anything. What it says leads to the plan's own servers, or where the plan allows; never from https
// to http, which would show to all what was meant for one; and what says who asks stays with the plan's own servers, as
// with curl. A whole URL goes out as it was given: a signature in it is of its very bytes.

// Hosts says where a URL may lead that was taken from an answer.
type Hosts struct {
	Own     []*url.URL // the plan's servers
	Allowed []string   // host patterns: "*.example.com", "example.com:8443"; of one without a port, any port
}

// A policy is Hosts, compiled.
type policy struct {
	own     map[origin]bool
	allowed []pattern
}

// An origin is a server.
type origin struct{ scheme, host, port string }

func originOf(u *url.URL) origin {
	o := origin{strings.ToLower(u.Scheme), strings.ToLower(u.Hostname()), u.Port()}
	if o.port == "" {
		o.port = portOf(o.scheme)
	}
	return o
}

// portOf is a scheme's own port; "" where it is none of http's. It is no map, which each pass would fill anew.
func portOf(scheme string) string {
	switch scheme {
	case "http":
		return "80"
	case "https":
		return "443"
	}
	return ""
}

// A pattern is of hosts.
type pattern struct {
	host string // in lower case
	port string // "": any
	sub  bool   // of all names that have one label or more before host
}

func (p *pattern) matches(o origin) bool {
	if p.port != "" && p.port != o.port {
		return false
	}
	if p.sub {
		before, found := strings.CutSuffix(o.host, "."+p.host)
		return found && before != "" && !strings.HasPrefix(before, ".")
	}
	return o.host == p.host
}

func newPolicy(h Hosts) (*policy, error) {
	p := &policy{own: map[origin]bool{}}
	for _, u := range h.Own {
		p.own[originOf(u)] = true
	}
	var faults fault.List
	for _, s := range h.Allowed {
		one, why := parsePattern(s)
		if why != "" {
			faults.Add(fault.Malformed.In("hosts", s, "%s; write '*.example.com' or example.com:8443", why))
		}
		p.allowed = append(p.allowed, one)
	}
	return p, errors.Join(faults...)
}

// Strays gives what says why nothing is to be sent to a URL to which an answer from another leads: a redirect is
// somebody else's word too. The patterns have been checked.
func (h Hosts) Strays() (func(from, to *url.URL) error, error) {
	p, err := newPolicy(h)
	return p.strays, err
}

// Check finds what is wrong with the patterns. The error joins all faults.
func (h Hosts) Check() error {
	_, err := newPolicy(h)
	return err
}

// parsePattern reads a pattern of hosts, or says what is wrong with it.
func parsePattern(s string) (p pattern, why string) {
	if p.host = strings.ToLower(s); strings.Contains(s, "://") {
		return p, "is a URL, where the name of a host alone belongs"
	}
	if host, port, err := net.SplitHostPort(p.host); err == nil {
		p.host, p.port = host, port
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return p, "has no port from 1 to 65535 behind its colon"
		}
	} else if bare, isBare := strings.CutPrefix(p.host, "["); isBare {
		p.host = strings.TrimSuffix(bare, "]")
	}
	rest, sub := strings.CutPrefix(p.host, "*.")
	if sub {
		p.sub, p.host = true, rest
	}
	switch {
	case p.host == "*":
		return p, "allows every host there is"
	case strings.Contains(p.host, "*"):
		return p, "has a * that does not stand for whole labels at its beginning"
	case p.host == "" || strings.ContainsAny(p.host, "/?#@ ") || strings.HasPrefix(p.host, "."):
		return p, "is no name of a host"
	}
	return p, ""
}

// owns says whether a URL is of one of the plan's servers.
func (p *policy) owns(u *url.URL) bool { return p.own[originOf(u)] }

func (p *policy) allows(u *url.URL) bool {
	o := originOf(u)
	for i := range p.allowed {
		if p.allowed[i].matches(o) {
			return true
		}
	}
	return false
}

// take aims an exchange whose URL begins with what was captured, at base.
func (p *policy) take(e *Exchange, base *url.URL) {
	at, refused, err := p.resolve(e.url, base)
	if err != nil {
		e.Err, e.refused = fmt.Errorf("captured %q %w", e.step.URLFrom, err), refused
		return
	}
	e.parsed = at
	e.aim = text.Aim{Scheme: at.Scheme, Host: hostOf(at), Target: targetOf(at), Foreign: !p.owns(at)}
	e.server = url.URL{Scheme: at.Scheme, Host: at.Host}
	e.Given.Aim, e.Server = &e.aim, &e.server
}

// mostURL bounds a URL, as that of a plan is bounded.
const mostURL = 64 << 10

// resolve finds out where a URL leads that was taken from an answer to a request to base, which may be nil. The error
// says why nothing is to be sent there.
func (p *policy) resolve(written string, base *url.URL) (at *url.URL, refused stats.Outcome, err error) {
	if len(written) > mostURL {
		return nil, stats.BadHead, fmt.Errorf("has %d bytes; a URL has at most %d", len(written), mostURL)
	}
	at, err = url.Parse(written)
	if err != nil {
		// Of what was captured nothing is shown: an excerpt holds half a secret, which is found nowhere to be hidden.
		return nil, stats.BadHead, fmt.Errorf("is no URL, with its %s", stats.Plural(len(written), "byte"))
	}
	if !at.IsAbs() {
		if base == nil {
			return nil, stats.BadHead, errors.New("is no whole URL, and nothing is known that it is relative to")
		}
		at = base.ResolveReference(at)
	}
	at.Scheme, at.Fragment, at.RawFragment = strings.ToLower(at.Scheme), "", ""
	if why := whyNoServer(at); why != "" {
		return nil, stats.BadHead, errors.New(why)
	}
	if err := p.strays(base, at); err != nil {
		return nil, stats.ForeignHost, err
	}
	return at, stats.OK, nil
}

// strays is why nothing is to be sent where an answer to a request to one URL, which may be nil, leads.
func (p *policy) strays(from, to *url.URL) error {
	switch {
	case from != nil && from.Scheme == "https" && to.Scheme == "http":
		return errors.New("leads from https to http, where nothing is sent")
	case !p.owns(to) && !p.allows(to):
		return fmt.Errorf("leads to %s, which is no host of the plan", secret.Clip(to.Host))
	}
	return nil
}

// whyNoServer is why nothing can be sent to a URL; "" where it can.
func whyNoServer(u *url.URL) string {
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return "is a URL of the scheme " + secret.Clip(u.Scheme) + ", and none of http or https"
	case u.Hostname() == "":
		return "is a URL without a host"
	case u.User != nil:
		return "is a URL with a user in it, which is not sent"
	case strings.ContainsFunc(u.Host, func(r rune) bool { return r <= ' ' || r >= 0x7f }):
		return "is a URL with a host that has a sign which is none of a name"
	case !validPort(u):
		return "is a URL with no port from 1 to 65535 behind its colon"
	}
	return ""
}

func validPort(u *url.URL) bool {
	n, err := strconv.ParseUint(u.Port(), 10, 16)
	return n > 0 && err == nil || u.Port() == "" && !strings.HasSuffix(u.Host, ":")
}

// hostOf is what the Host header says: without the scheme's own port.
func hostOf(u *url.URL) string {
	if host, ok := strings.CutSuffix(u.Host, portOf(u.Scheme)); ok && strings.HasSuffix(host, ":") {
		return host[:len(host)-1]
	}
	return u.Host
}

// targetOf is path and query as they go out.
func targetOf(u *url.URL) string {
	target := u.EscapedPath()
	if !strings.HasPrefix(target, "/") {
		target = "/" + target
	}
	if u.ForceQuery || u.RawQuery != "" {
		target += "?" + u.RawQuery
	}
	return escape(target)
}

// escape writes as %XX what would end a target early, and what is beyond ASCII.
func escape(target string) string {
	bad := func(b byte) bool { return b <= ' ' || b >= 0x7f || b == '#' }
	for i := range len(target) {
		if !bad(target[i]) {
			continue
		}
		var b strings.Builder
		for _, c := range []byte(target) {
			if bad(c) {
				fmt.Fprintf(&b, "%%%02X", c)
			} else {
				b.WriteByte(c)
			}
		}
		return b.String()
	}
	return target
}
