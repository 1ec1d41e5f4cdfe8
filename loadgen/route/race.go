package route

import (
	"context"
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
// time, one after the other, so that each connection waits half its limit for nothing. So they are raced (RFC 8305):
// the next is tried as soon as one has failed, or has not answered within attemptDelay, and the first connection is
// taken. The address that won is tried first from then on. Those of the two families take turns, as the resolver
// orders them.

// attemptDelay is how long an address may take before the next one is tried too (RFC 8305 §5).
const attemptDelay = 250 * time.Millisecond

// A try is one address's part of a race.
type try struct {
	to   netip.AddrPort
	conn net.Conn
	err  error
	mute []netip.AddrPort // that were tried before, and had not answered
}

// race opens a connection to the first of these addresses that answers. Where none does, the error is that of the first
// tried.
func (d *Dialler) race(ctx context.Context, name string, all []netip.AddrPort) (net.Conn, error) {
	all = d.winners.order(name, all)
	if len(all) == 1 {
		return d.dialOne(ctx, all[0])
	}
	trace := httptrace.ContextClientTrace(ctx)
	if trace != nil && trace.ConnectStart != nil {
		trace.ConnectStart("tcp", name)
	}
	won := d.run(ctx, all)
	if trace != nil && trace.ConnectDone != nil {
		trace.ConnectDone("tcp", name, won.err)
	}
	if won.err == nil {
		d.winners.note(name, won.to)
		d.Setting.Traffic.Races.note(name, &won)
	}
	return won.conn, won.err
}

// run tries the addresses, and waits until the last try has ended.
func (d *Dialler) run(ctx context.Context, all []netip.AddrPort) (won try) {
	ctx, cancel := context.WithCancel(untraced{ctx})
	defer cancel()
	ended := make(chan try, len(all))
	next := time.NewTimer(0)
	defer next.Stop()
	var first error
	var failed []netip.AddrPort
	for begun, open := 0, 0; begun < len(all) || open > 0; {
		select {
		case <-next.C:
			if begun < len(all) {
				go d.try(ctx, all[begun], ended)
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
	return try{err: first}
}

func (d *Dialler) try(ctx context.Context, to netip.AddrPort, ended chan<- try) {
	c, err := d.dialOne(ctx, to)
	ended <- try{to: to, conn: c, err: err}
}

// discard closes what was opened too late, once the tries have ended: they were cancelled.
func discard(ended <-chan try, open int) {
	for range open {
		if t := <-ended; t.conn != nil {
			t.conn.Close()
		}
	}
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
