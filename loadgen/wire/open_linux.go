package wire

import (
	"context"
	"sync"

	"shotput/loadgen/wire/poll"
	"shotput/stats"
)

// # Between runs
//
// Connections that are open when a run begins are no part of what it measures, so they are opened ahead, and stay
// open for the next run. Meanwhile a server may close them: a request that was put on such a connection would fail by
// no fault of the server's. So Refresh looks before each run.

// openAtOnce bounds how many connections to a server are being opened ahead of a run at the same time: its queue for
// new connections is short.
const openAtOnce = 64

// Open opens connections ahead of Run, up to n[i] to Servers[i]. What can not be opened now is tried again by the
// request that needs it, whose failure is counted then; so errors are no news here. It returns when the last has been
// tried, or ctx ends.
func (l *Loop) Open(ctx context.Context, n ...int) {
	for i := range n {
		l.conns.of[i].goal = n[i]
	}
	l.openGoals(ctx)
}

// Refresh makes connections ready for another Run. It closes those that the other side has closed since, or has sent
// something on, and opens as many anew as are missing: of those that the last run left open, or that Open was asked
// for. It says how many were opened. A run leaves no connection open that has an exchange unfinished, so that halted
// runs need nothing else.
func (l *Loop) Refresh(ctx context.Context) (reopened int) {
	l.handleAll()
	return l.openGoals(ctx)
}

// AddServer adds a server while the loop runs, by the loop's own thread, and gives its place in Config.Servers. It is
// there until the run ends, as is one that a Config had beyond those that New was given: their connections are closed
// then, so that none is used for whatever server is in that place next.
func (l *Loop) AddServer(s Server) int {
	n := len(l.Servers)
	l.Servers = append(l.Servers[:n:n], s)
	l.conns.serve(n + 1)
	return n
}

// An opened is a connection for a server.
type opened struct {
	*Conn
	server int
}

// openGoals opens what is missing to the goals.
func (l *Loop) openGoals(ctx context.Context) (n int) {
	conns := make(chan opened)
	var opening sync.WaitGroup
	for i := range l.conns.of {
		tickets := make(chan struct{}, max(0, l.conns.of[i].missing()))
		for range cap(tickets) {
			tickets <- struct{}{}
		}
		close(tickets)
		for range min(cap(tickets), openAtOnce) {
			opening.Go(func() { l.openSome(ctx, i, tickets, conns) })
		}
	}
	go func() { // ends with the last of those above, which the loop below waits for
		opening.Wait()
		close(conns)
	}()
	for o := range conns {
		if c := l.conns.hold(*o.Conn, o.server); l.conns.watch(c) != nil {
			l.conns.drop(c)
		} else {
			l.conns.release(c)
			n++
		}
	}
	return n
}

// openSome opens a connection for each ticket, until one fails.
func (l *Loop) openSome(ctx context.Context, server int, tickets <-chan struct{}, conns chan<- opened) {
	for range tickets {
		c, err := l.Servers[server].Dial(ctx, func(stats.Stage) {})
		if err != nil {
			return
		}
		conns <- opened{c, server}
	}
}

// Calibrate measures what waking costs. It takes some 7 ms, which would make a run's first arrivals late: so it comes
// before Run. It ties the calling goroutine to its thread.
func (l *Loop) Calibrate() {
	if !l.Spin || !l.Scheduled {
		return
	}
	if late, err := poll.MeasureWaking(); err == nil {
		l.pace.early = min(max(late, leastEarly), mostEarly)
	}
}
