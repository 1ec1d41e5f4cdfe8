package loadgen

import (
	"context"
	"net/http"
	"net/url"
	"runtime"
)

// An engine fires requests. There are two, and what a run means does not depend on which.
type engine interface {
	// open makes ready what a run should not have to wait for, such as connections. It ends when ctx does.
	open(ctx context.Context)
	// fire returns when every request has ended. halt ends those in flight at once.
	fire(halt context.Context, f *firing)
	// clock is whose time an answer is given: "kernel" or "user".
	clock() string
	// close gives everything back.
	close()
}

// engineFor says which engine the plan runs on, and why: the fast one where it can do what the plan asks.
func engineFor(p *Plan) (name, why string) {
	unfit := wireUnfit(p)
	switch {
	case p.Engine == "http":
		return "http", "asked for"
	case p.Engine == "wire":
		return "wire", "asked for"
	case unfit != "":
		return "http", unfit
	}
	return "wire", ""
}

// wireUnfit says why the event loop cannot run the plan; empty where it can.
func wireUnfit(p *Plan) string {
	if runtime.GOOS != "linux" {
		return "the event loop needs Linux"
	}
	if p.severalServers() {
		return "requests go to several servers"
	}
	if u := p.proxyURL(); u != nil && u.Scheme == "https" {
		return "the proxy is reached over TLS"
	}
	if p.Digest {
		return "a Digest challenge is answered"
	}
	return ""
}

// proxyURL is the proxy that the plan's requests go through; nil for none.
func (p *Plan) proxyURL() *url.URL {
	find := proxyOf(p)
	location, err := compileURL(p.Each()[0].URL)
	if find == nil || err != nil {
		return nil
	}
	u, _ := find(&http.Request{URL: &url.URL{Scheme: location.scheme, Host: location.hostPort}}) // told by Validate
	return u
}

// pool is the portable engine.
type pool struct {
	transport *http.Transport
}

func (p *pool) open(context.Context) {}
func (p *pool) clock() string        { return "user" }
func (p *pool) close()               { p.transport.CloseIdleConnections() }

func (p *pool) fire(halt context.Context, f *firing) {
	if f.plan.open() {
		var stop func()
		f.releaser, stop = startReleaser(f.now)
		defer stop()
	}
	firePool(halt, f, authenticated(f.plan, p.transport))
}

func newEngine(p *Plan, t *traffic) (engine, error) {
	if name, _ := engineFor(p); name == "wire" {
		return newLoops(p, t)
	}
	transport, err := newTransport(p, t)
	if err != nil {
		return nil, err
	}
	return &pool{transport}, nil
}
