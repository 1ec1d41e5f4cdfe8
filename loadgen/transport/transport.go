// Package transport is what requests are handed to on the portable engine: net/http with HTTP/1.1 and HTTP/2, quic-go
// with HTTP/3, redirects, Digest, bodies that wait for a 100, and what net/http's hooks tell of each request. It names
// how a request failed. It refuses to judge an answer, and to measure.
package transport

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"

	"shotput/loadgen/header"
	"shotput/loadgen/route"
)

// A Setting is what a run asks of its transport, beside what its plan says of it.
type Setting struct {
	Route        *route.Spec
	Dial         route.Setting // of each connection
	Concurrency  int           // requests in flight
	Plain        bool          // the first server is spoken to without TLS
	OwnProxyAuth bool          // requests say Proxy-Authorization themselves
	Answers      func() route.AnswerReader
	Opened       bool // those of TLS too are told of the answers, in clear

	// why a redirect is not followed from one URL to another; nil: all are
	Strays func(from, to *url.URL) error
}

// A Transport is what requests are handed to: one for all workers of a run, one for a request that is sent alone.
type Transport struct {
	spec    *Spec
	how     Setting
	dialler *route.Dialler
	base    http.RoundTripper
	done    func()
	settle  func() // counts what open connections have carried; nil: it is counted as it goes
	stock   *stock

	closeIdle func() // closes what waits for a request; nil where one connection carries several
}

// Open makes the transport of a plan that has been checked, so that a file which cannot be read now is a failure of the
// machine, not of the plan. No connection is opened before the first request.
func (s *Spec) Open(how Setting) (*Transport, error) {
	swallowLog()
	d, err := route.NewDialler(how.Route, how.Dial)
	if err != nil {
		return nil, err
	}
	t := &Transport{spec: s, how: how, dialler: d, stock: newStock()}
	switch s.HTTP {
	case HTTP3Only:
		h := newHTTP3(t)
		t.base, t.done, t.settle = t.spread(h.lane), h.close, h.count
	case HTTP2Offered, HTTP2Known:
		t.base, t.done = t.spreadHTTP2()
	default:
		h := t.newHTTP()
		t.base, t.done, t.closeIdle = h, h.CloseIdleConnections, h.CloseIdleConnections
	}
	return t, nil
}

// Close gives the connections back. It may be called again.
func (t *Transport) Close() {
	for _, c := range t.stock.takeAll() {
		c.Close()
	}
	t.done()
}

// For gives the transport as requests want it that say Host themselves, or are asked to answer a Digest challenge as
// user, "name:password"; empty: nobody.
//
// Ways of asking that take several exchanges for one request are put around the transport here, innermost first: what
// answers a challenge, then what follows redirects, so that each server that may know who asks may challenge.
func (t *Transport) For(user string, ownHost bool) http.RoundTripper {
	whole := t.base
	if user != "" {
		whole = authenticate(user, whole)
	}
	if t.spec.Follow {
		whole = &follower{whole, t.base, t, ownHost}
	}
	return whole
}

// newHTTP makes a transport of net/http's.
//
// As many idle connections are kept as requests may be in flight (net/http's own default of two would close
// and open one per request). Compression is off: the answer is counted as it came. There is no bound on connections:
// a worker that waits for one would read as a slow server.
//
// net/http is told of a proxy only where requests go to it whole; to all others the way is the dialler's.
func (t *Transport) newHTTP() *http.Transport {
	d := t.dialler
	follows := t.spec.HTTP == "" || t.spec.HTTP == "1.1"
	d.Wrap = func(c net.Conn) net.Conn {
		counted := route.NewCountedConn(c, d.Setting.Traffic)
		if follows {
			counted.Follow(t.how.Answers())
		}
		return counted
	}
	dial := func(ctx context.Context, _, address string) (net.Conn, error) {
		if c := t.stock.take(address); c != nil {
			return c, nil
		}
		return t.dial(ctx, address)
	}
	h := &http.Transport{
		Proxy:               t.wholeTo,
		DialContext:         dial,
		TLSClientConfig:     d.TLS.Clone(), // net/http adds to it
		TLSHandshakeTimeout: d.Spec.ConnectTimeout,
		DisableKeepAlives:   t.spec.NoKeepalive,
		DisableCompression:  true,
		MaxIdleConnsPerHost: t.how.Concurrency,

		MaxResponseHeaderBytes: mostHead,
		ExpectContinueTimeout:  t.spec.ExpectTimeout,
		Protocols:              protocolsOf(t.spec, t.how.Plain),
	}
	if t.how.Opened && follows {
		h.DialTLSContext = func(ctx context.Context, network, address string) (net.Conn, error) {
			c, err := dial(ctx, network, address)
			if err != nil {
				return nil, err
			}
			return openTLS(ctx, c, address, d)
		}
	}
	return h
}

// wholeTo is the proxy that gets this request whole; nil where it goes to the server, if through a tunnel. net/http
// asks before it dials, so that the way of each address that it dials is known.
func (t *Transport) wholeTo(r *http.Request) (*url.URL, error) {
	w, err := t.dialler.Way(r.URL)
	if err != nil || !w.Absolute {
		return nil, err
	}
	if t.how.OwnProxyAuth || header.Named(t.dialler.Spec.ProxyHeader, "Proxy-Authorization") {
		return &url.URL{Scheme: w.Proxy.Scheme, Host: w.Proxy.Host}, nil // else net/http puts its own in its place
	}
	return w.Proxy, nil
}

// mostHead bounds an answer's head, with all interim answers before it, in bytes: as on the event loop.
const mostHead = 64 << 10

var (
	errSwitched = errors.New("malformed answer: 101 Switching Protocols, which was not asked for")
	errNotHTTP1 = errors.New("malformed answer: not HTTP/1.x with a status from 100 on")
)

// Exchange is a RoundTrip that refuses what is no answer: to change protocols, since what followed would not be HTTP,
// and have no end; and what net/http lets pass for HTTP, which is any digit for a version, and 99 for a status.
func Exchange(transport http.RoundTripper, r *http.Request) (*http.Response, error) {
	t, refused := traceOf(r.Context()), error(nil)
	if t != nil {
		t.method = r.Method
	}
	response, err := transport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	switch {
	case response.StatusCode == http.StatusSwitchingProtocols:
		refused = errSwitched
	case response.StatusCode < 100, response.ProtoMajor != 1 && t.isAlone():
		refused = errNotHTTP1
	}
	if refused != nil {
		t.Refuse() // else its body would be read for the sake of the connection
		response.Body.Close()
		return nil, refused
	}
	if t != nil {
		t.headed.Store(true)
	}
	return response, nil
}
