package wire

import (
	"context"
	"net"

	"shotput/loadgen/wire/poll"
	"shotput/stats"
)

// # Connecting
//
// Where connections go straight to an address (Server.Straight), without a name to look up, a proxy to ask or hands
// to shake, the loop opens them itself. On the same machine connecting is done when the call returns, and the request
// follows in the same turn. Dialled by Go and handed over, a connection costs a goroutine, two wake-ups and a dozen
// calls more: with one for each PUT that was 85 µs of CPU, where this takes 50.
//
// A slot that waits for its connection is in deadlines.connecting, in the order in which connecting began: all have
// one time limit. Its descriptor is the connection's already, and is closed as any other; only the events are few:
// room, or the end.

// connect opens a connection for the slot's request.
func (l *Loop) connect(s *slot) {
	s.state = connecting
	l.deadlines.connecting.push(s)
	l.opening++
	to := l.Servers[s.arrival.Server].Straight
	fd, err := poll.NewSocket(to, l.Keepalive)
	if err != nil {
		l.finishConnect(s, err)
		return
	}
	c := l.conns.hold(Conn{fd: fd}, s.arrival.Server)
	c.slot, s.conn = s, c
	if err = poll.Connect(fd, to); err == nil {
		err = poll.CheckOpen(fd)
	}
	if err == poll.ErrAgain {
		if err = l.conns.poller.Await(fd, c.token); err == nil {
			return
		}
	}
	l.finishConnect(s, err)
}

// checkConnect looks what became of a connection that something happened on.
func (l *Loop) checkConnect(c *conn) {
	err := poll.CheckOpen(c.fd)
	if err == poll.ErrAgain {
		if err = c.awaitRoom(); err == nil {
			return
		}
	}
	l.finishConnect(c.slot, err)
}

// finishConnect goes on with the request of a slot whose connection is open, or ends it.
func (l *Loop) finishConnect(s *slot, err error) {
	if err == nil {
		s.conn.Connect = l.clock.tick() - s.o.Sent
		l.Opened()
		err = l.conns.watch(s.conn)
	} else {
		to := l.Servers[s.arrival.Server].Straight
		err = &net.OpError{Op: "dial", Net: "tcp", Addr: net.TCPAddrFromAddrPort(to), Err: err}
	}
	if err != nil {
		l.fail(s, err)
		return
	}
	l.cancelOpen(s)
	l.h1.put(s.conn, s)
}

// # Dialling
//
// All other connections are opened by Go, in a goroutine for each; Run waits for them.

// dial opens a connection for the slot's request.
func (l *Loop) dial(s *slot) *dial {
	ctx, cancel := context.WithCancel(context.Background())
	d := &dial{slot: s, cancel: cancel}
	d.reached.Store(int32(stats.InConnect))
	open := l.Servers[s.arrival.Server].Dial
	l.dials.Go(func() {
		d.conn, d.err = open(ctx, func(stage stats.Stage) { d.reached.Store(int32(stage)) })
		l.inbox.tell(func() { l.inbox.mu.dials = append(l.inbox.mu.dials, d) })
	})
	return d
}

// finishDial takes a connection, or the failure to open one. A request that ran out of time has left its dial behind.
func (l *Loop) finishDial(d *dial) {
	s := d.slot
	d.cancel()
	if s.dial != d {
		if d.conn != nil {
			d.conn.Close()
		}
		return
	}
	if d.err != nil {
		l.fail(s, d.err)
		return
	}
	c := l.conns.hold(*d.conn, s.arrival.Server)
	c.slot, s.conn = s, c
	if err := l.conns.watch(c); err != nil {
		l.fail(s, err)
		return
	}
	s.dial = nil
	l.opening--
	l.h1.put(c, s)
}
