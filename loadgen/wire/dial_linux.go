package wire

import (
	"context"
	"sync"

	"shotput/loadgen/wire/poll"
	"shotput/stats"
)

// dial opens a connection for the slot's request, in a goroutine of its own; Run waits for it.
func (l *Loop) dial(s *slot) *dial {
	ctx, cancel := context.WithCancel(context.Background())
	d := &dial{slot: s, cancel: cancel}
	d.reached.Store(int32(stats.InConnect))
	l.dials.Go(func() {
		d.conn, d.err = l.Dial(ctx, func(stage stats.Stage) { d.reached.Store(int32(stage)) })
		l.tell(func() { l.mu.results = append(l.mu.results, d) })
	})
	return d
}

// dialled takes a connection, or the failure to open one. A request that ran out of time has left its dial behind.
func (l *Loop) dialled(d *dial) {
	s := d.slot
	d.cancel()
	if s.dial != d {
		if d.conn != nil {
			d.conn.Close()
		}
		return
	}
	if d.err == nil {
		d.err = l.install(s, d.conn)
	}
	if d.err != nil {
		l.fail(s, d.err)
		return
	}
	s.dial = nil
	l.opening--
	l.begin(s)
}

// install gives the slot a connection, which is to be dropped should that fail.
func (l *Loop) install(s *slot, c *Conn) error {
	s.conn, s.fresh = c, true
	if !l.UserClock {
		poll.AskStamps(c.fd)
	}
	if c.tls != nil {
		c.socket.receive = l.receiveRaw
		l.sent += c.socket.sent
		l.received += c.socket.received
	}
	return l.poller.Add(c.fd, s.token())
}

// openAtOnce bounds how many connections are being opened ahead of the run at the same time: a server's queue for
// new connections is short.
const openAtOnce = 64

// Open opens connections ahead of Run, up to n. What can not be opened now is tried again by the request that needs
// it, whose failure is counted then; so errors are no news here. It returns when the last has been tried, or ctx ends.
func (l *Loop) Open(ctx context.Context, n int) {
	conns := make(chan *Conn)
	var opening sync.WaitGroup
	tickets := make(chan struct{}, n)
	for range n {
		tickets <- struct{}{}
	}
	close(tickets)
	for range min(n, openAtOnce) {
		opening.Go(func() {
			for range tickets {
				c, err := l.Dial(ctx, func(stats.Stage) {})
				if err != nil {
					return
				}
				conns <- c
			}
		})
	}
	go func() { // ends with the last of those above, which the loop below waits for
		opening.Wait()
		close(conns)
	}()
	for c := range conns {
		s := l.cold.first
		if s == nil {
			c.Close()
			continue
		}
		if l.install(s, c) != nil {
			l.drop(s)
			continue
		}
		l.cold.remove(s)
		s.state = warm
		l.warm.push(s)
	}
}
