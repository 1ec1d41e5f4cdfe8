package transport

import (
	"context"
	"net"
	"sync"

	"shotput/loadgen/route"
)

// # Connections between runs
//
// net/http opens a connection when a request needs one, and drops those that the other side closes. Between two runs
// of a session a server may close what is idle; what a run then opened anew would be in its figures. So the stock
// knows the connections that are alive, by address, and before a run opens as many as were lost since the last one
// ended. A request that needs a connection takes it from there. The handshake of TLS is the request's, as net/http
// leaves no other place for it.
//
// What net/http has not been told of yet, the kernel knows. net/http cannot be made to drop one connection, so it drops
// all of them where one of them has ended.

// A stock keeps connections that no request has asked for yet. Safe for concurrent use.
type stock struct {
	mu    sync.Mutex
	alive map[string]map[*route.CountedConn]bool // by address, as net/http dials it
	noted map[string]int                         // alive when the last run ended
	spare map[string][]net.Conn
}

func newStock() *stock {
	return &stock{alive: map[string]map[*route.CountedConn]bool{}, spare: map[string][]net.Conn{}}
}

// take gives a spare connection to the address; nil where there is none.
func (s *stock) take(address string) net.Conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.spare[address]
	if len(all) == 0 {
		return nil
	}
	s.spare[address] = all[1:]
	return all[0]
}

// count counts a connection for as long as neither side ends it.
func (s *stock) count(address string, c net.Conn) {
	counted := route.FindCounted(c)
	if counted == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.alive[address] == nil {
		s.alive[address] = map[*route.CountedConn]bool{}
	}
	s.alive[address][counted] = true
	counted.OnGone(func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.alive[address], counted)
	})
}

// left says whether the other side has ended one of the connections.
func (s *stock) left() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, some := range s.alive {
		for c := range some {
			if c.Left() {
				return true
			}
		}
	}
	return false
}

// note remembers what is alive now, and closes what nobody took.
func (s *stock) note() {
	for _, c := range s.takeAll() {
		c.Close()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.noted = map[string]int{}
	for address, some := range s.alive {
		s.noted[address] = len(some)
	}
}

func (s *stock) takeAll() (all []net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for address, some := range s.spare {
		all = append(all, some...)
		delete(s.spare, address)
	}
	return all
}

// missing is how many connections to each address were lost since note.
func (s *stock) missing() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	lost := map[string]int{}
	for address, n := range s.noted {
		if n > len(s.alive[address]) {
			lost[address] = n - len(s.alive[address])
		}
	}
	return lost
}

// openAtOnce bounds how many connections are opened at a time.
const openAtOnce = 32

// Refresh opens as many connections as the other side has closed since Settle, and says how many. What cannot be opened
// now is tried again by the request that needs it, whose failure is counted then.
func (t *Transport) Refresh(ctx context.Context) (reopened int64) {
	var opening sync.WaitGroup
	var mu sync.Mutex
	limit := make(chan struct{}, openAtOnce)
	if t.closeIdle != nil && t.stock.left() {
		t.closeIdle()
	}
	for address, n := range t.stock.missing() {
		for range n {
			limit <- struct{}{}
			opening.Go(func() {
				defer func() { <-limit }()
				c, err := t.dial(ctx, address)
				if err != nil {
					return
				}
				mu.Lock()
				defer mu.Unlock()
				reopened++
				t.stock.mu.Lock()
				defer t.stock.mu.Unlock()
				t.stock.spare[address] = append(t.stock.spare[address], c)
			})
		}
	}
	opening.Wait()
	return reopened
}

// Settle ends a run: what its connections carried is counted, and those that are open stay so.
func (t *Transport) Settle() {
	t.stock.note()
	if t.settle != nil {
		t.settle()
	}
}

// dial opens a connection to an address whose way is known, and counts it.
func (t *Transport) dial(ctx context.Context, address string) (net.Conn, error) {
	w, err := t.dialler.WayAt(address)
	if err != nil {
		return nil, err
	}
	c, err := t.dialler.Reach(ctx, w)
	if err == nil {
		t.stock.count(address, c)
		if counted := route.FindCounted(c); counted != nil {
			counted.Open()
		}
	}
	return c, err
}
