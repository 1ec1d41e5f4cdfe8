package loadgen

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
)

// traffic counts what all connections of a run carried. It is shared by them; each field is atomic.
type traffic struct {
	opened   atomic.Int64 // connections
	sent     atomic.Int64 // bytes on the wire, TLS and headers among them
	received atomic.Int64
}

// transportFor makes what requests are handed to: one for all workers of a run, one for a request that is sent alone.
// The plan is validated, so that a file which cannot be read now is a failure of the machine, not of the plan. done
// gives the connections back, and may be called again.
//
// Ways of asking that take several exchanges for one request are put around the transport here, innermost first: what
// answers a challenge, then what follows redirects, so that each server on the way may challenge.
func transportFor(p *Plan, t *traffic) (transport http.RoundTripper, done func(), err error) {
	d, err := newDialler(p, t)
	if err != nil {
		return nil, nil, err
	}
	switch p.Transport.HTTP {
	case http3Only:
		h := newHTTP3(d)
		transport, done = spread(p, h.lane), h.close
	case http2Offered, http2Only:
		transport, done = spreadHTTP2(d)
	default:
		h := newTransport(d)
		transport, done = h, h.CloseIdleConnections
	}
	transport = authenticated(p, transport) // under what follows: each place that a redirect leads to has its own challenge
	if p.Transport.Follow {
		transport = &follower{transport, d}
	}
	return transport, done, nil
}

// newTransport makes a transport of net/http's.
//
// As many idle connections are kept as requests may be in flight (net/http's own default of two would close
// and open one per request). Compression is off: the answer is counted as it came. There is no bound on connections:
// a worker that waits for one would read as a slow server.
//
// net/http is told of a proxy only where requests go to it whole; to all others the way is the dialler's.
func newTransport(d *dialler) *http.Transport {
	p := d.plan
	d.wrap = func(c net.Conn) net.Conn { return newCountedConn(c, d.traffic) }
	return &http.Transport{
		Proxy: d.wholeTo,
		DialContext: func(ctx context.Context, _, address string) (net.Conn, error) {
			w, err := d.wayAt(address)
			if err != nil {
				return nil, err
			}
			return d.reach(ctx, w)
		},
		TLSClientConfig:       d.tls.Clone(), // net/http adds to it
		TLSHandshakeTimeout:   p.Route.ConnectTimeout,
		DisableKeepAlives:     p.Transport.NoKeepalive,
		DisableCompression:    true,
		MaxIdleConnsPerHost:   p.Load.Concurrency,
		ExpectContinueTimeout: p.Transport.ExpectTimeout,
		Protocols:             protocolsOf(p, d.origin),
	}
}

// wholeTo is the proxy that gets this request whole; nil where it goes to the server, if through a tunnel. net/http
// asks before it dials, so that the way of each address that it dials is known.
func (d *dialler) wholeTo(r *http.Request) (*url.URL, error) {
	w, err := d.way(r.URL)
	if err != nil || !w.absolute {
		return nil, err
	}
	if named(d.plan.Request.Header, "Proxy-Authorization") || named(d.plan.Route.ProxyHeader, "Proxy-Authorization") {
		return &url.URL{Scheme: w.proxy.Scheme, Host: w.proxy.Host}, nil // else net/http puts its own in its place
	}
	return w.proxy, nil
}

// named says whether one of the lines has this name.
func named(lines []Header, name string) bool {
	return slices.ContainsFunc(lines, func(h Header) bool { return strings.EqualFold(h.Name, name) })
}

var errSwitched = errors.New("malformed answer: 101 Switching Protocols, which was not asked for")

// exchange is a RoundTrip that refuses to change protocols: what followed would not be HTTP, and have no end.
func exchange(transport http.RoundTripper, r *http.Request) (*http.Response, error) {
	response, err := transport.RoundTrip(r)
	if err == nil && response.StatusCode == http.StatusSwitchingProtocols {
		response.Body.Close()
		return nil, errSwitched
	}
	return response, err
}
