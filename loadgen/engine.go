package loadgen

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"runtime"
	"slices"

	"shotput/loadgen/fault"
	"shotput/loadgen/header"
	"shotput/loadgen/request"
	"shotput/loadgen/route"
	"shotput/loadgen/transport"
)

// An engine fires requests. There are two, and what a run means does not depend on which.
type engine interface {
	// exchange sends request k alone, and keeps what can be seen of it and of its answer.
	exchange(ctx context.Context, m *mixture, k int64) *Exchange
	// open opens the connections that a closed loop will use, ahead of it. It ends when ctx does.
	open(ctx context.Context)
	// refresh opens as many connections as the other side has closed since the last exchange or run.
	refresh(ctx context.Context) (reopened int64)
	// fire returns when every request has ended; connections stay open. halt ends those in flight at once. It may be
	// called again, with another load.
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
	case p.Engine.Name == "http":
		return "http", "asked for"
	case p.Engine.Name == "wire":
		return "wire", "asked for"
	case unfit != "":
		return "http", unfit
	}
	return "wire", ""
}

// wireUnfit says why the event loop cannot run the plan; empty where it can.
func wireUnfit(p *Plan) string {
	switch {
	case runtime.GOOS != "linux":
		return "the event loop needs Linux"
	case p.Transport.HTTP == transport.HTTP2Offered, p.Transport.HTTP == transport.HTTP2Known:
		return "it is to speak HTTP/2"
	case p.Transport.HTTP == transport.HTTP3Only:
		return "it is to speak HTTP/3"
	case p.Transport.Follow:
		return "redirects are followed"
	case slices.ContainsFunc(p.Each(), func(one Plan) bool { return one.Request.Auth.Digest }):
		return "digest authentication takes two exchanges"
	case slices.ContainsFunc(p.ways(), func(w route.Way) bool { return w.Proxy != nil && w.Proxy.Scheme == "https" }):
		return "the proxy is reached over TLS"
	}
	if slices.ContainsFunc(p.Each(), func(one Plan) bool { return one.Request.Body.Streams() }) {
		return "the form has a file of more than 1 MiB"
	}
	return ""
}

// poll is how an event loop waits: "io_uring" or "epoll"; "" where the plan runs on none.
//
// A ring saves 7 to 9 % of the CPU of a PUT in closed loop at full speed, where answers gather. In open loop it saves
// nothing, so that a schedule is kept by epoll, which every Linux has; and without the kernel's stamps, waiting for
// several answers would be in their times.
func (p *Plan) poll() string {
	engine, _ := engineFor(p)
	switch {
	case engine != "wire":
		return ""
	case p.Engine.Poll == "io_uring", p.Engine.Poll == "auto" && !p.open() && p.wireClock() == "kernel" && ringRefused() == "":
		return "io_uring"
	}
	return "epoll"
}

// wireClock is whose time the event loop gives an answer: the kernel stamps what comes from a network, and nothing that
// comes through a unix socket.
func (p *Plan) wireClock() string {
	if p.Route.UnixSocket != "" {
		return "user"
	}
	return p.Engine.Clock
}

// checkPoll refuses a ring that is asked for and cannot be had.
func (p *Plan) checkPoll(f *fault.List) {
	switch {
	case !slices.Contains([]string{"auto", "io_uring", "epoll"}, p.Engine.Poll):
		f.Add(fault.Unknown.In("poll", p.Engine.Poll, "is none of auto, io_uring, epoll"))
	case p.Engine.Poll == "io_uring" && ringRefused() != "":
		f.Add(fault.Unfit.In("poll", p.Engine.Poll, "cannot be used here: %s", ringRefused()))
	}
}

// origins are the servers that requests go to, as far as the plan's URLs can be read: scheme and host, each once.
func (p *Plan) origins() []*url.URL {
	var all []*url.URL
	add := func(s string) {
		u, err := request.OriginOf(p.Values.Env, s)
		if err != nil {
			return // told by Validate
		}
		if !slices.ContainsFunc(all, func(o *url.URL) bool { return !transport.Foreign(o, u) }) {
			all = append(all, u)
		}
	}
	for _, r := range p.Mix {
		add(cmp.Or(r.Request.URL, p.Request.URL))
	}
	if len(p.Mix) == 0 {
		add(p.Request.URL)
	}
	return all
}

// origin is the first of origins; the error is the URL's.
func (p *Plan) origin() (*url.URL, error) {
	if all := p.origins(); len(all) > 0 {
		return all[0], nil
	}
	_, err := request.OriginOf(p.Values.Env, p.Request.URL)
	return nil, cmp.Or(err, error(fault.Missing.In("url", "", "is missing")))
}

// ways are the ways to the servers; no proxy where one cannot be found, which Validate tells of.
func (p *Plan) ways() (all []route.Way) {
	for _, u := range p.origins() {
		w, _ := p.Route.WayTo(u)
		all = append(all, w)
	}
	return all
}

// pool is the portable engine.
type pool struct {
	plan      *Plan
	transport *transport.Transport
	each      []http.RoundTripper // as each of the plan's requests wants it
}

func (p *pool) open(context.Context) {}

func (p *pool) refresh(ctx context.Context) int64 { return p.transport.Refresh(ctx) }

func (p *pool) clock() string { return "user" }
func (p *pool) close()        { p.transport.Close() }

func (p *pool) fire(halt context.Context, f *firing) {
	defer p.transport.Settle()
	if f.plan.open() {
		var stop func()
		f.releaser, stop = startReleaser(f.now)
		defer stop()
	}
	firePool(halt, f, p.each)
}

func newEngine(p *Plan, t *route.Traffic) (engine, error) {
	if name, _ := engineFor(p); name == "wire" {
		return newLoops(p, t)
	}
	transport, err := p.transport(t)
	if err != nil {
		return nil, err
	}
	e := &pool{plan: p, transport: transport}
	for _, one := range p.Each() {
		e.each = append(e.each, one.through(transport))
	}
	return e, nil
}

// transport opens what the portable engine sends over.
func (p *Plan) transport(t *route.Traffic) (*transport.Transport, error) {
	origin, err := p.origin()
	if err != nil {
		return nil, err
	}
	return p.Transport.Open(transport.Setting{Route: &p.Route, Dial: p.use(t), Concurrency: p.Load.Concurrency,
		Plain: origin.Scheme == "http", OwnProxyAuth: header.Named(p.Request.Header, "Proxy-Authorization")})
}

// use is what the run asks of its route.
func (p *Plan) use(t *route.Traffic) route.Setting {
	return route.Setting{Limit: p.Transport.Timeout, Sessions: p.Load.Concurrency, UserAgent: p.Request.UserAgent, Traffic: t}
}

// through is the transport as the request of a plan of one wants it.
func (p *Plan) through(t *transport.Transport) http.RoundTripper {
	return t.For(p.Request.DigestUser(p.Values.Env), header.Named(p.Request.Header, "Host"))
}
