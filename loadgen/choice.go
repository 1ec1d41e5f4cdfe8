package loadgen

import (
	"context"
	"runtime"
	"slices"

	"shotput/loadgen/route"
	"shotput/loadgen/transport"
)

// An engine fires requests. There are two, and what a run means does not depend on which.
type engine interface {
	// exchange sends one request alone, and keeps what can be seen of it and of its answer.
	exchange(ctx context.Context, a alone) *Exchange
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
	case p.Route.NamesTLSProxy() && (slices.ContainsFunc(p.ways(), overTLS) || leadsAway(p)):
		return "the proxy is reached over TLS"
	}
	for _, one := range p.Each() {
		if why := one.Request.Body.Streams(); why != "" {
			return why
		}
	}
	return ""
}

// leadsAway says whether a flow may go where no way is known beforehand.
func leadsAway(p *Plan) bool {
	return slices.ContainsFunc(p.Each(), func(one Plan) bool { return one.Request.URLFrom() != "" })
}

// overTLS says whether a way leads through a proxy that is reached over TLS.
func overTLS(w route.Way) bool { return w.Proxy != nil && w.Proxy.Scheme == "https" }

// poll is how an event loop waits: "io_uring" or "epoll"; "" where the plan runs on none.
//
// A ring saves 7 to 9 % of the CPU of a PUT in closed loop at full speed, where answers gather. In open loop it saves
// nothing, so that a schedule is kept by epoll, which every Linux has; and without the kernel's stamps, waiting for
// several answers would be in their times.
func pollOf(p *Plan) string {
	engine, _ := engineFor(p)
	switch {
	case engine != "wire":
		return ""
	case p.Engine.Poll == "io_uring",
		p.Engine.Poll == "auto" && !p.open() && wireClock(p) == "kernel" && ringRefused() == "":
		return "io_uring"
	}
	return "epoll"
}

// wireClock is whose time the event loop gives an answer: the kernel stamps what comes from a network, and nothing that
// comes through a unix socket.
func wireClock(p *Plan) string {
	if p.Route.UnixSocket != "" {
		return "user"
	}
	return p.Engine.Clock
}
