package route

import (
	"context"
	"io"
	"net"
	"net/http/httptrace"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// # Several addresses
//
// A name may have several addresses, and one of them may be dead. Go's dialler gives each of a family its share of the
// time, one after the other, so that each connection waits half its limit for nothing, and quic-go is given one address
// and knows no other. So they are raced (RFC 8305):
// the next is tried as soon as one has failed, or has not answered within attemptDelay, and the first connection is
// taken. The address that won is tried first from then on. Those of the two families take turns, as the resolver
// orders them.

// attemptDelay is how long an address may take before the next one is tried too (RFC 8305 §5).
const attemptDelay = 250 * time.Millisecond

// A Racer opens connections to one of several addresses: of TCP, or of QUIC, which shakes hands while it connects.
type Racer[C io.Closer] struct {
	Network string // as whoever traces connections is told
	Open    func(ctx context.Context, to netip.AddrPort) (C, error)
}

// A try is one address's part of a race.
type try[C io.Closer] struct {
	to   netip.AddrPort
	conn C
	err  error
	mute []netip.AddrPort // that were tried before, and had not answered
}

// Reach opens a connection to the first address of host:port that answers. Where none does, the error is that of the
// first tried.
func (r Racer[C]) Reach(ctx context.Context, d *Dialler, hostPort string) (c C, err error) {
	all, err := d.candidates(ctx, hostPort)
	if err != nil {
		return c, &net.OpError{Op: "dial", Net: r.Network, Err: err}
	}
	all = d.winners.order(hostPort, all)
	trace := httptrace.ContextClientTrace(ctx)
	if trace != nil && trace.ConnectStart != nil {
		trace.ConnectStart(r.Network, hostPort)
	}
	won := r.run(ctx, d, all)
	if trace != nil && trace.ConnectDone != nil {
		trace.ConnectDone(r.Network, hostPort, won.err)
	}
	if won.err == nil && len(all) > 1 {
		d.winners.note(hostPort, won.to)
		d.Setting.Traffic.Races.note(hostPort, won.to, won.mute)
	}
	return won.conn, won.err
}

// run tries the addresses, and waits until the last try has ended.
func (r Racer[C]) run(ctx context.Context, d *Dialler, all []netip.AddrPort) (won try[C]) {
	ctx, cancel := context.WithCancel(untraced{ctx})
	defer cancel()
	if len(all) == 1 {
		return r.try(ctx, all[0])
	}
	ended := make(chan try[C], len(all))
	next := time.NewTimer(0)
	defer next.Stop()
	var first error
	var failed []netip.AddrPort
	for begun, open := 0, 0; begun < len(all) || open > 0; {
		select {
		case <-next.C:
			if begun < len(all) {
				to := all[begun]
				go func() { ended <- r.try(ctx, to) }()
				begun, open = begun+1, open+1
				next.Reset(d.delay(ctx, len(all)-begun))
			}
		case t := <-ended:
			if open--; t.err == nil {
				cancel()
				discard(ended, open)
				t.mute = slices.DeleteFunc(slices.Clone(all[:slices.Index(all, t.to)]),
					func(a netip.AddrPort) bool { return slices.Contains(failed, a) })
				return t
			}
			failed = append(failed, t.to)
			if t.to == all[0] || first == nil {
				first = t.err
			}
			next.Reset(0)
		}
	}
	return try[C]{err: first}
}

func (r Racer[C]) try(ctx context.Context, to netip.AddrPort) try[C] {
	c, err := r.Open(ctx, to)
	return try[C]{to: to, conn: c, err: err}
}

// discard closes what was opened too late, once the tries have ended: they were cancelled.
func discard[C io.Closer](ended <-chan try[C], open int) {
	for range open {
		if t := <-ended; t.err == nil {
			t.conn.Close()
		}
	}
}

// candidates are the addresses of host:port, in the order in which they are tried.
func (d *Dialler) candidates(ctx context.Context, hostPort string) ([]netip.AddrPort, error) {
	all, err := d.Addresses(ctx, hostPort)
	if host, port, _ := net.SplitHostPort(hostPort); err == nil && d.Known.Of(host, port) == nil {
		all = takeTurns(all)
	}
	return all, err
}

// delay is how long to wait for an address before the next, of which so many are left: never so long that those have
// no time.
func (d *Dialler) delay(ctx context.Context, left int) time.Duration {
	limit, limited := ctx.Deadline()
	if !limited {
		return attemptDelay
	}
	return max(1, min(attemptDelay, time.Until(limit)/time.Duration(left+1)))
}

func (d *Dialler) dialOne(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
	var one net.Dialer
	if from := d.Local.From(to.Addr()); from.IsValid() {
		one.LocalAddr = net.TCPAddrFromAddrPort(netip.AddrPortFrom(from, 0))
	}
	return one.DialContext(ctx, "tcp", to.String())
}

// untraced hides the hooks of a request from the tries, of which there are several at a time.
type untraced struct{ context.Context }

func (untraced) Value(any) any { return nil }

// takeTurns orders addresses so that the two families alternate, beginning with the first one's.
func takeTurns(all []netip.AddrPort) []netip.AddrPort {
	var same, other []netip.AddrPort
	for _, a := range all {
		if a.Addr().Is4() == all[0].Addr().Is4() {
			same = append(same, a)
		} else {
			other = append(other, a)
		}
	}
	turns := make([]netip.AddrPort, 0, len(all))
	for i := range max(len(same), len(other)) {
		turns = append(append(turns, same[min(i, len(same)):min(i+1, len(same))]...),
			other[min(i, len(other)):min(i+1, len(other))]...)
	}
	return turns
}

// winners are the addresses that took connections, by name.
type winners struct {
	sync.Mutex
	last map[string]netip.AddrPort
}

// order puts the last winner in front.
func (w *winners) order(name string, all []netip.AddrPort) []netip.AddrPort {
	w.Lock()
	defer w.Unlock()
	i := slices.Index(all, w.last[name])
	if i <= 0 {
		return all
	}
	return append([]netip.AddrPort{all[i]}, slices.Delete(slices.Clone(all), i, i+1)...)
}

// note remembers which one won.
func (w *winners) note(name string, won netip.AddrPort) {
	w.Lock()
	defer w.Unlock()
	if w.last == nil {
		w.last = map[string]netip.AddrPort{}
	}
	w.last[name] = won
}
