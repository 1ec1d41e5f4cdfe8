package wire

import "shotput/loadgen/wire/poll"

// # Connections of several servers
//
// Each server has its own idle connections. A request takes the one that became idle last, whose state is still in
// the cache, or, where there is none, has one opened. So a server never has more connections than there are slots,
// since none is opened while one is idle, and with several servers there may be as many for each: slots × servers.
// Spare slots, of flows that have several exchanges under way, count as others do.
//
// The obvious bound, as many connections as slots, would have to close an idle one of another server whenever none of
// the right one is left. A mix hits its servers at random, so that would happen all the time, and the run would
// measure reconnecting instead of the servers. What is spent on more connections is a descriptor and 600 bytes each.

// conns are a loop's connections. Owned by the loop.
type conns struct {
	lines
	stamps bool    // ask the kernel for stamps
	all    []*conn // by index
	spare  []*conn // those of all whose place is free
	of     []ofServer
}

// ofServer are the connections of one server.
type ofServer struct {
	idle list[conn]
	open int // idle or not
	goal int // so many are open when a run begins; see Loop.Refresh
}

func newConns(c *Config, p poll.Poller) conns {
	all := conns{stamps: !c.UserClock}
	all.lines = lines{poller: p, buffer: make([]byte, 64<<10), keep: c.Keep}
	all.serve(len(c.Servers))
	return all
}

// serve makes room for n servers. Of those that there were beyond, the connections are closed; they are idle.
func (p *conns) serve(n int) {
	for len(p.of) < n {
		p.of = append(p.of, ofServer{idle: list[conn]{of: byConn}})
	}
	for i := n; i < len(p.of); i++ {
		for c := p.of[i].idle.first; c != nil; c = p.of[i].idle.first {
			p.drop(c)
		}
	}
	p.of = p.of[:n]
}

// at is the connection that an event is of; nil if it was closed before the event was looked at.
func (p *conns) at(t poll.Token) *conn {
	c := p.all[t.Index]
	if c.state == closed || c.token != t {
		return nil
	}
	return c
}

// hold gives an opened connection, or one that is being opened, a place.
func (p *conns) hold(opened Conn, server int) *conn {
	var c *conn
	if last := len(p.spare) - 1; last >= 0 {
		c = p.spare[last]
		p.spare = p.spare[:last]
	} else {
		c = &conn{lines: &p.lines, token: poll.Token{Index: int32(len(p.all))}}
		p.all = append(p.all, c)
	}
	c.Conn, c.server, c.state, c.fresh, c.halfway = opened, server, opening, true, false
	p.of[server].open++
	return c
}

// watch begins with a connection that is open now. Should that fail, it is to be dropped.
func (p *conns) watch(c *conn) error {
	if p.stamps {
		poll.AskStamps(c.fd)
	}
	if c.tls != nil {
		c.socket.receive = p.lines.receive
		p.traffic.Sent += c.socket.sent
		p.traffic.Received += c.socket.received
	}
	return p.poller.Add(c.fd, c.token)
}

// takeIdle gives the server's connection that became idle last; nil if it has none.
func (p *conns) takeIdle(server int) *conn {
	l := &p.of[server].idle
	c := l.last
	if c != nil {
		l.remove(c)
		c.state = carrying
	}
	return c
}

// release makes a connection idle.
func (p *conns) release(c *conn) {
	c.state, c.slot = idle, nil
	p.of[c.server].idle.push(c)
}

// drop closes a connection, and takes it from its slot.
func (p *conns) drop(c *conn) {
	if c.state == idle {
		p.of[c.server].idle.remove(c)
	}
	p.poller.Leave(c.fd, c.token)
	c.Conn.Close()
	if c.slot != nil {
		c.slot.conn = nil
	}
	c.Conn, c.slot, c.state, c.writeErr = Conn{}, nil, closed, nil
	c.token.Age++
	p.of[c.server].open--
	p.spare = append(p.spare, c)
}

// moveTo has another poller watch all that is open and idle.
func (p *conns) moveTo(next poll.Poller) {
	p.poller = next
	for i := range p.of {
		for c := p.of[i].idle.first; c != nil; {
			following := c.place.next
			if next.Add(c.fd, c.token) != nil {
				p.drop(c)
			}
			c = following
		}
	}
}

// dropAll closes everything.
func (p *conns) dropAll() {
	for _, c := range p.all {
		if c.state != closed {
			p.drop(c)
		}
	}
}

// missing is how many are to be opened before a run.
func (s *ofServer) missing() int { return s.goal - s.open }

// noteGoals remembers how many connections a run has left open.
func (p *conns) noteGoals() {
	for i := range p.of {
		p.of[i].goal = max(p.of[i].goal, p.of[i].open)
	}
}
