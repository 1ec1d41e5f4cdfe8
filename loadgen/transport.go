package loadgen

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/url"
	"sync/atomic"
)

// traffic counts what all connections of a run carried. It is shared by them; each field is atomic.
type traffic struct {
	opened   atomic.Int64 // connections
	sent     atomic.Int64 // bytes on the wire, TLS and headers among them
	received atomic.Int64
}

// newTransport makes the one transport that all workers of a run share. The plan is validated, so that a file
// which cannot be read now is a failure of the machine, not of the plan.
//
// As many idle connections are kept as requests may be in flight (net/http's own default of two would close
// and open one per request). Compression is off: the answer is counted as it came. HTTP/2 is not offered.
// There is no bound on connections: a worker that waits for one would read as a slow server.
func newTransport(p *Plan, t *traffic) (*http.Transport, error) {
	tlsConfig, err := tlsConfig(p)
	if err != nil {
		return nil, err
	}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	dialer := &net.Dialer{Timeout: p.ConnectTimeout}
	return &http.Transport{
		Proxy: proxyOf(p),
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			c, err := dialer.DialContext(ctx, network, address)
			if err != nil {
				return nil, err
			}
			t.opened.Add(1)
			return newCountedConn(c, t), nil
		},
		OnProxyConnectResponse: func(_ context.Context, _ *url.URL, _ *http.Request, answer *http.Response) error {
			if answer.StatusCode != http.StatusOK {
				return &ProxyRefusal{Status: answer.Status}
			}
			return nil
		},
		TLSClientConfig:       tlsConfig,
		TLSHandshakeTimeout:   p.ConnectTimeout,
		DisableKeepAlives:     p.NoKeepalive,
		DisableCompression:    true,
		MaxIdleConnsPerHost:   p.Concurrency,
		ExpectContinueTimeout: p.ExpectTimeout,
		Protocols:             protocols,
	}, nil
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

func tlsConfig(p *Plan) (*tls.Config, error) {
	c := &tls.Config{InsecureSkipVerify: p.Insecure, ClientSessionCache: tls.NewLRUClientSessionCache(p.Concurrency)}
	if p.CACert != "" {
		pool, err := readCAs(p.CACert)
		if err != nil {
			return nil, &Fault{Field: "cacert", Value: p.CACert, Why: err.Error()}
		}
		c.RootCAs = pool
	}
	if p.Cert != "" {
		cert, err := readCert(p.Cert, p.Key)
		if err != nil {
			return nil, &Fault{Field: "cert", Value: p.Cert, Why: err.Error()}
		}
		c.Certificates = []tls.Certificate{cert}
	}
	return c, nil
}

// proxyOf gives the proxy of each request: the plan's, none, or the environment's.
func proxyOf(p *Plan) func(*http.Request) (*url.URL, error) {
	switch p.Proxy {
	case "":
		return http.ProxyFromEnvironment
	case noProxy:
		return nil
	}
	u, err := parseProxy(p.Proxy)
	return func(*http.Request) (*url.URL, error) { return u, err }
}

// proxied says whether requests to u go to a plain HTTP proxy in absolute form: then the request line differs.
func (p *Plan) proxied(u *url.URL) bool {
	find := proxyOf(p)
	if find == nil || u.Scheme != "http" {
		return false
	}
	proxy, err := find(&http.Request{URL: u})
	return err == nil && proxy != nil && (proxy.Scheme == "http" || proxy.Scheme == "https")
}

// A ProxyRefusal says that a proxy would not open a tunnel.
type ProxyRefusal struct {
	Status string // its answer to CONNECT, such as "403 Forbidden"
}

func (e *ProxyRefusal) Error() string { return "the proxy answered CONNECT with " + e.Status }
