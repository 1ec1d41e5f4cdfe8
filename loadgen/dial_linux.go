package loadgen

import (
	"context"
	"crypto/tls"
	"math"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"shotput/loadgen/route"

	"shotput/loadgen/wire"
	"shotput/stats"
)

// A loopDialler opens connections to one server for the event loop, and shakes hands where the URL says https. Safe for
// concurrent use.
type loopDialler struct {
	dialler *route.Dialler
	way     route.Way
	tls     *tls.Config            // nil: plain
	met     atomic.Pointer[farEnd] // of the last connection that was dialled; nil: none was
}

// A farEnd is what a connection leads to.
type farEnd struct{ remote, tls string }

// loopServers are the servers that the plan's requests go to.
type loopServers struct {
	origins  []*url.URL
	diallers []*loopDialler // of each
	servers  [][]int        // of each of the plan's requests: which of them each of its own is
}

// newLoopServers makes a dialler for each server that the plan's requests go to.
func newLoopServers(p *Plan, m *mixture, t *route.Traffic) (all loopServers, err error) {
	d, err := route.NewDialler(&p.Route, p.use(t))
	if err != nil {
		return all, err
	}
	for _, template := range m.all {
		var own []int
		for _, server := range template.Servers() {
			i := indexOf(all.origins, server)
			if i < 0 {
				l, err := newLoopDialler(d, server)
				if err != nil {
					return all, err
				}
				i, all.origins, all.diallers = len(all.origins), append(all.origins, server), append(all.diallers, l)
			}
			own = append(own, i)
		}
		all.servers = append(all.servers, own)
	}
	return all, nil
}

// shares is which part of the requests goes to each server; of a flow, each step is one. Those that go where an answer
// says are left out: most lead back to where it came from.
func (l *loopServers) shares(p *Plan, m *mixture) []float64 {
	all := make([]float64, 1+slices.Max(slices.Concat(l.servers...)))
	var total float64
	for i, t := range m.all {
		weight := m.units[i].weight(p)
		for own, server := range l.servers[i] {
			all[server] += weight * t.Share(own)
			total += weight * t.Share(own)
		}
	}
	for i := range all {
		all[i] /= max(total, math.SmallestNonzeroFloat64)
	}
	return all
}

// strangeDiallers open connections to servers that are first seen in answers. Those get no client certificate. Safe for
// concurrent use.
type strangeDiallers struct {
	plan    *Plan
	traffic *route.Traffic
	mu      struct {
		sync.Mutex
		dialler *route.Dialler // nil: nobody has needed one yet
	}
}

// of is what opens connections to a server.
func (s *strangeDiallers) of(server *url.URL) (*loopDialler, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.mu.dialler == nil {
		d, err := route.NewDialler(s.plan.strangeRoute(), s.plan.use(s.traffic))
		if err != nil {
			return nil, err
		}
		s.mu.dialler = d
	}
	return newLoopDialler(s.mu.dialler, server)
}

// server is a server as a loop knows it: one that there is no way to is there all the same, and its connections fail.
func (s *strangeDiallers) server(to *url.URL) wire.Server {
	d, err := s.of(to)
	if err != nil {
		return wire.Server{Dial: func(context.Context, func(stats.Stage)) (*wire.Conn, error) { return nil, err }}
	}
	return wire.Server{Dial: d.dial, Straight: d.straight()}
}

func newLoopDialler(d *route.Dialler, origin *url.URL) (*loopDialler, error) {
	w, err := d.Way(origin)
	if err != nil {
		return nil, err
	}
	l := &loopDialler{dialler: d, way: w}
	if origin.Scheme == "https" {
		l.tls = d.TLS.Clone()
		l.tls.ServerName = origin.Hostname()
		l.tls.NextProtos = []string{"http/1.1"}
		l.tls.DynamicRecordSizingDisabled = true // small records first serve pages; here they cost uploads
	}
	return l, nil
}

// straight is the one address that connections go to, where nothing stands between; else it is not valid.
func (l *loopDialler) straight() netip.AddrPort {
	d := l.dialler
	host, port, err := net.SplitHostPort(l.way.Server)
	if err != nil || l.tls != nil || l.way.Proxy != nil || d.Spec.UnixSocket != "" || d.Local.Given() ||
		d.Version != 0 {
		return netip.AddrPort{}
	}
	ip, err := netip.ParseAddr(host)
	if known := d.Known.Of(host, port); len(known) > 0 {
		ip, err = known[0], nil
		if len(known) > 1 {
			return netip.AddrPort{}
		}
	}
	n, portErr := strconv.ParseUint(port, 10, 16)
	if err != nil || portErr != nil || ip.Zone() != "" {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(ip.Unmap(), uint16(n))
}

// dial opens one connection, ready for requests.
func (l *loopDialler) dial(ctx context.Context, reached func(stats.Stage)) (*wire.Conn, error) {
	began := time.Now()
	c, err := l.dialler.Reach(ctx, l.way)
	if err != nil {
		return nil, err
	}
	took := time.Since(began)
	remote := c.RemoteAddr().String()
	if l.tls == nil {
		l.met.Store(&farEnd{remote: remote})
		return wire.Adopt(c, took)
	}
	reached(stats.InTLS)
	if limit := l.dialler.Spec.ConnectTimeout; limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, limit)
		defer cancel()
	}
	made, err := wire.Handshake(ctx, c, l.tls, took)
	if err == nil {
		l.met.Store(&farEnd{remote, made.Version()})
	}
	return made, err
}

// lastMet is where the last connection led, and its TLS version; empty where none was opened, or it is plain.
func (l *loopDialler) lastMet() (remote, version string) {
	if p := l.met.Load(); p != nil {
		return p.remote, p.tls
	}
	if to := l.straight(); to.IsValid() {
		return to.String(), ""
	}
	return "", ""
}
