package transport

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"shotput/loadgen/header"
	"shotput/loadgen/route"
	"shotput/loadgen/secret"
)

// A follower is a RoundTripper that follows the redirects that keep the method and the body, 307 and 308. Those that
// would turn a PUT into a GET (301, 302, 303) end in a *BadRedirect, and so does a chain that is too long.
//
// As in curl, a server other than the first, which may be another port or scheme of the same host, is told no
// Authorization and no Cookie, and gets no answer to a challenge, unless every server on the way is trusted.
type follower struct {
	next      http.RoundTripper // to the first server, and to those that are trusted
	stranger  http.RoundTripper // to any other
	transport *Transport
	ownHost   bool // the requests say Host themselves
}

// A BadRedirect is a redirect that was not followed.
type BadRedirect struct {
	Status int
	why    string
}

func (e *BadRedirect) Error() string { return fmt.Sprintf("redirect %d %s", e.Status, e.why) }

// RoundTrip sends first, and sends it again to wherever it is redirected.
func (f *follower) RoundTrip(first *http.Request) (*http.Response, error) {
	r, next := first, f.next
	for hops := 0; ; hops++ {
		response, err := next.RoundTrip(r)
		if err != nil || response.Header.Get("Location") == "" {
			return response, err
		}
		switch response.StatusCode {
		case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther:
			if r.Method == http.MethodGet || r.Method == http.MethodHead {
				break
			}
			return nil, f.refuse(
				response,
				"would turn the "+r.Method+" into a GET; Location: "+secret.URL(
					secret.Clip(response.Header.Get("Location")),
				),
			)
		case http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		default:
			return response, nil
		}
		if most := f.transport.spec.MaxRedirects; most >= 0 && hops == most {
			return nil, f.refuse(response, fmt.Sprintf("is one more than the %d that are followed", most))
		}
		if r, err = f.again(first, urlOf(r), response); err != nil {
			return nil, f.refuse(response, err.Error())
		}
		if next = f.next; f.distrusts(first.URL, r.URL) {
			next = f.stranger
		}
		drop(response)
		traceOf(first.Context()).countHop()
	}
}

func (f *follower) refuse(response *http.Response, why string) error {
	drop(response)
	return &BadRedirect{response.StatusCode, why}
}

// mostDropped bounds what is read of a redirect's body for the sake of its connection.
const mostDropped = 64 << 10

func drop(response *http.Response) {
	io.CopyN(io.Discard, response.Body, mostDropped)
	response.Body.Close()
}

// again is the first request as it goes to where the answer from a URL points. The first may be shared, and is not
// changed.
func (f *follower) again(first *http.Request, from *url.URL, response *http.Response) (*http.Request, error) {
	to, err := from.Parse(response.Header.Get("Location"))
	if err != nil || to.Host == "" {
		return nil, errors.New("leads to no URL")
	}
	if to.Scheme != "http" && to.Scheme != "https" {
		return nil, fmt.Errorf("leads to the scheme %q", secret.Clip(to.Scheme))
	}
	if strays := f.transport.how.Strays; strays != nil {
		if err := strays(from, to); err != nil {
			return nil, err
		}
	}
	r := first.Clone(first.Context())
	to.User, to.Fragment, r.URL = nil, "", to
	if r.Body, err = first.GetBody(); err != nil {
		return nil, fmt.Errorf("needs the body again: %w", err)
	}
	if f.distrusts(first.URL, to) {
		dropFields(r.Header, []header.Line{{Name: "Authorization"}, {Name: "Cookie"}})
	}
	if !f.ownHost || !strings.EqualFold(to.Hostname(), first.URL.Hostname()) {
		r.Host = header.WithoutZone(to.Host)
	}
	w, err := f.transport.dialler.Way(to)
	if err == nil && !w.Absolute {
		dropFields(r.Header, f.transport.dialler.Spec.ProxyHeader)
	}
	return r, err
}

// distrusts says whether a server on the way from the first is not to know who asks.
func (f *follower) distrusts(first, to *url.URL) bool {
	return !f.transport.spec.FollowTrusted && Foreign(first, to)
}

// Foreign says whether the server of a URL, scheme, host and port, is another than the one first asked.
func Foreign(first, to *url.URL) bool {
	return to.Scheme != first.Scheme || !strings.EqualFold(route.HostPort(to), route.HostPort(first))
}

// dropFields takes out the fields with the names of these lines, however they are spelt.
func dropFields(h http.Header, lines []header.Line) {
	for name := range h {
		if header.Named(lines, name) {
			delete(h, name)
		}
	}
}

// urlOf is the URL of a request that a Maker made, whose target may be in Opaque.
func urlOf(r *http.Request) *url.URL {
	if r.URL.Opaque == "" {
		return r.URL
	}
	whole := r.URL.Opaque // "//host/target", as for a proxy
	if !strings.HasPrefix(whole, "//") {
		whole = "//" + r.URL.Host + whole
	}
	u, err := url.Parse(r.URL.Scheme + ":" + whole)
	if err != nil {
		return &url.URL{Scheme: r.URL.Scheme, Host: r.URL.Host, Path: "/"} // a target that only a server can read
	}
	return u
}
