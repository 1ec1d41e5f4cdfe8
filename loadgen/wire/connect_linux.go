package wire

import (
	"cmp"
	"net"
	"shotput/loadgen/wire/poll"
	"time"
)

// # Connecting
//
// Where connections go straight to an address (Config.Straight), without a name to look up, a proxy to ask or hands to
// shake, the loop opens them itself. On the same machine connecting is done when the call returns, and the request follows
// in the same turn. Dialled by Go and handed over, a connection costs a goroutine, two wake-ups and a dozen calls more:
// with one for each PUT that was 85 µs of CPU, where this takes 50.
//
// A slot that waits for its connection is in Loop.connecting, in the order in which connecting began: all have one time
// limit. Its descriptor is the slot's already, and is closed as any other; only the events are few: room, or the end.

// connect opens a connection for the slot's request.
func (l *Loop) connect(s *slot) {
	s.state = connecting
	l.connecting.push(s)
	l.opening++
	fd, err := poll.NewSocket(l.Straight, l.Keepalive)
	if err != nil {
		l.connected(s, err)
		return
	}
	s.conn = &Conn{fd: fd}
	if err = poll.Connect(fd, l.Straight); err == nil {
		err = poll.CheckOpen(fd)
	}
	if err == poll.ErrAgain {
		if err = l.poller.Await(fd, s.token()); err == nil {
			return
		}
	}
	l.connected(s, err)
}

// connectLimit bounds connecting. It begins when the request does.
func (l *Loop) connectLimit() time.Duration { return cmp.Or(l.Connect, l.Timeout) }

// connects looks what became of a connection that something happened on.
func (l *Loop) connects(s *slot) {
	err := poll.CheckOpen(s.conn.fd)
	if err == poll.ErrAgain {
		if err = l.poller.Room(s.conn.fd, s.token()); err == nil {
			return
		}
	}
	l.connected(s, err)
}

// connected goes on with the request of a slot whose connection is open, or ends it.
func (l *Loop) connected(s *slot, err error) {
	if err == nil {
		s.conn.Connect = l.tick() - s.o.Sent
		l.Opened()
		err = l.install(s, s.conn)
	} else {
		err = &net.OpError{Op: "dial", Net: "tcp", Addr: net.TCPAddrFromAddrPort(l.Straight), Err: err}
	}
	if err != nil {
		l.fail(s, err)
		return
	}
	l.connecting.remove(s)
	l.opening--
	l.begin(s)
}
