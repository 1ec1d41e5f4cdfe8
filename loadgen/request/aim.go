package request

import (
	"errors"
	"net/url"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"shotput/loadgen/header"
	"shotput/loadgen/text"
)

// # URLs from answers
//
// A URL that begins with a captured value leads to a server that is known when its request is made, and no sooner. Its
// template has no server of its own; whoever resolved the URL says by an Aim where the request goes. The first request
// to a server lays out a template for it, as each server of a list has one, so that it has the Host header and the form
// of the request line that are right there: one that it reaches through a plain HTTP proxy gets the whole URL. To a
// server that the plan does not name goes nothing that says who asks, as in curl when it is redirected.

// aims are the templates of a template without a server, by the server that they are for.
type aims struct {
	via func(origin *url.URL) Via // nil: straight
	own []header.Line             // of the request, as given
	mu  struct {
		sync.RWMutex
		of map[aimedAt]*Template
	}
}

// An aimedAt is a server, and whether the plan names it.
type aimedAt struct {
	scheme, host string
	foreign      bool
}

// errNoAim is of a request whose server nobody said, errBadAim of one that it cannot go to.
var (
	errNoAim  = errors.New("the request's URL begins with a captured value, and nothing says where that leads")
	errBadAim = errors.New("the request's URL, of which a part was captured, cannot be sent as it is")
)

// at is the template of the server of request r; none itself where nobody said which that is, and none needs to: for a
// reader.
func (s *aims) at(none *Template, r text.Scope) *Template {
	if r.With == nil || r.With.Given == nil || r.With.Given.Aim == nil {
		if r.With != nil && (r.With.Given == nil || !r.With.Given.Unfilled) {
			r.Fail(nil, text.CaptureFault(errNoAim))
		}
		return none
	}
	a := r.With.Given.Aim
	server := aimedAt{a.Scheme, a.Host, a.Foreign}
	s.mu.RLock()
	t := s.mu.of[server]
	s.mu.RUnlock()
	if t == nil {
		t = s.lay(none, server)
		s.keep(server, t)
	}
	return t
}

// keep keeps a template for the next request. Answers may lead to ever new servers: then those before are laid anew.
func (s *aims) keep(server aimedAt, t *Template) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.mu.of) >= mostServers {
		clear(s.mu.of)
	}
	if s.mu.of == nil {
		s.mu.of = map[aimedAt]*Template{}
	}
	s.mu.of[server] = t
}

// lay makes the template of a server from the one that has none.
func (s *aims) lay(none *Template, to aimedAt) *Template {
	l := &location{scheme: to.scheme, hostPort: to.host}
	l.target = text.Made(l.appendAimed)
	var via Via
	if s.via != nil {
		via = s.via(l.origin())
	}
	t := &Template{label: none.label, Method: none.Method, location: l, absolute: via.Absolute, host: none.host,
		Source: none.Source, From: none.From, seed: none.seed, start: none.start, sendZero: none.sendZero}
	if to.foreign || !header.Named(s.own, "Host") {
		t.host = text.Literal(l.host())
	}
	for _, line := range none.lines {
		dropped := line.ours && via.Absolute && header.Named(via.Header, line.name) ||
			to.foreign && saysWho(line.name, via.Absolute)
		if !dropped {
			t.lines = append(t.lines, line)
		}
	}
	if t.proxyLine = via.authorization(s.own); via.Absolute {
		t.lines = append(t.lines, via.lines()...)
	}
	t.layHead()
	t.layRequest()
	return t
}

// saysWho says whether a header says who asks. A proxy that gets the requests themselves is ours, whatever the server.
func saysWho(name string, toProxy bool) bool {
	return slices.ContainsFunc([]string{"Authorization", "Cookie", "Proxy-Authorization"}, func(telling string) bool {
		return strings.EqualFold(name, telling) && !(toProxy && telling == "Proxy-Authorization")
	})
}

// appendAimed appends the target of a request that goes to l. What would not be sent as it stands, or would end the
// request line early, fails the request: a URL that was taken from an answer must not bring in a request of its own.
func (l *location) appendAimed(dst []byte, r text.Scope) []byte {
	a := r.With.Given.Aim
	sound := (l.scheme == "http" || l.scheme == "https") && l.hostPort != "" && validHost(l.host()) &&
		strings.HasPrefix(a.Target, "/") && !strings.ContainsFunc(a.Target, badInTarget)
	if sound && strings.HasPrefix(a.Target, "//") {
		u := l.asURL(a.Target, false)
		sound = u.RequestURI() == a.Target
	}
	if !sound {
		return r.Fail(dst, text.CaptureFault(errBadAim))
	}
	return append(dst, a.Target...)
}

func badInTarget(c rune) bool { return c >= utf8.RuneSelf || badInURL(byte(c)) }

// cookieOf is what goes out as the Cookie header of request r beside its own lines; "" for none.
func cookieOf(r text.Scope) string {
	if r.With == nil || r.With.Given == nil || r.With.Given.Cookie == "" {
		return ""
	}
	g := r.With.Given
	if g.Aim != nil && g.Aim.Foreign {
		return ""
	}
	if slices.ContainsFunc([]byte(g.Cookie), header.Bad) {
		r.Fail(nil, text.CaptureFault(errBadCookie))
		return ""
	}
	return g.Cookie
}

var errBadCookie = errors.New("a cookie that was set has a character that cannot stand in a header")
