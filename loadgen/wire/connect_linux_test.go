package wire

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"shotput/putserver/realtest"
	"shotput/stats"
)

// straightTo makes a loop open its connections itself; to dial would be a fault.
func straightTo(t *testing.T, address string, onRing bool) func(*Config) {
	return func(c *Config) {
		c.Ring, c.Opened = onRing, func() {}
		c.Servers[0].Straight = netip.MustParseAddrPort(address)
		c.Servers[0].Dial = func(context.Context, func(stats.Stage)) (*Conn, error) {
			t.Error("the connection was dialled")
			return nil, net.ErrClosed
		}
	}
}

func TestLoopOpensItsConnections(t *testing.T) {
	onPollers(t, func(t *testing.T, onRing bool) {
		for _, kept := range []bool{true, false} {
			const n = 20
			opened := 0
			r := newRig(t, "", n, straightTo(t, serving(t, realtest.Answering("HTTP/1.1 204 No Content\r\n\r\n")), onRing))
			r.Keepalive, r.Opened = kept, func() { opened++ }
			r.Run(nil)
			want := map[bool]int{true: 1, false: n}[kept]
			fresh := 0
			for _, o := range r.done {
				if o.NewConn {
					fresh++
					if o.Connect <= 0 || o.Connect > o.Done-o.Sent || o.Status != 204 {
						t.Errorf("connecting took %v of %v, status %d", o.Connect, o.Done-o.Sent, o.Status)
					}
				}
			}
			if len(r.done) != n || fresh != want || opened != want || r.opening != 0 || r.deadlines.connecting.first != nil {
				t.Errorf("kept %v: %d requests on %d new connections, %d opened, want %d on %d", kept, len(r.done), fresh, opened, n, want)
			}
		}
	})
}

func TestLoopConnectsByIPv6(t *testing.T) {
	l, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		t.Skip("no IPv6 here: ", err)
	}
	t.Cleanup(func() { l.Close() })
	served := make(chan error, 1)
	go func() {
		c, err := l.Accept()
		if err == nil {
			c.Read(make([]byte, 1000))
			_, err = c.Write([]byte("HTTP/1.1 204 No Content\r\n\r\n"))
			defer c.Close()
		}
		served <- err
	}()
	r := newRig(t, "", 1, straightTo(t, l.Addr().String(), false))
	r.Run(nil)
	if err := <-served; err != nil || r.done[0].Status != 204 {
		t.Errorf("served: %v, status %d, failures %v", err, r.done[0].Status, r.errs)
	}
}

func TestLoopIsRefused(t *testing.T) {
	onPollers(t, func(t *testing.T, onRing bool) {
		r := newRig(t, "", 3, straightTo(t, realtest.Refused(t), onRing))
		r.Run(nil)
		refused := func(err error) bool {
			var op *net.OpError
			return errors.Is(err, syscall.ECONNREFUSED) && errors.As(err, &op) && op.Op == "dial"
		}
		if len(r.errs) != 3 || slices.ContainsFunc(r.errs, func(err error) bool { return !refused(err) }) {
			t.Errorf("failures %v, want three refusals", r.errs)
		}
		if o := r.done[0]; o.Stage != stats.InConnect || o.NewConn || o.Attempts != 0 {
			t.Errorf("%+v, want a failure while connecting, before any attempt", o)
		}
	})
}

// deaf is the address of a listener whose queue for new connections is full: the kernel answers no SYN more, until
// hear takes those that wait.
func deaf(t *testing.T) (address string, hear func()) {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Close(fd) })
	if err := errors.Join(syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}), syscall.Listen(fd, 0)); err != nil {
		t.Fatal(err)
	}
	name, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	address = fmt.Sprintf("127.0.0.1:%d", name.(*syscall.SockaddrInet4).Port)
	c, err := net.Dial("tcp", address) // a queue of none holds one
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return address, func() {
		for i := range 2 {
			c, _, err := syscall.Accept(fd)
			if err != nil {
				t.Error(err)
				return
			}
			if i == 1 { // the first is nobody's
				syscall.Read(c, make([]byte, 1000))
			}
			answer := []byte("HTTP/1.1 204 No Content\r\n\r\n")
			syscall.Write(c, answer)
			t.Cleanup(func() { syscall.Close(c) })
		}
	}
}

func TestConnectingHasALimit(t *testing.T) {
	onPollers(t, func(t *testing.T, onRing bool) {
		address, _ := deaf(t)
		for name, limit := range map[string]func(*Config){
			"of its own":       func(c *Config) { c.Connect = 30 * time.Millisecond },
			"of the request":   func(c *Config) { c.Timeout = 30 * time.Millisecond },
			"of both, shorter": func(c *Config) { c.Timeout, c.Connect = 30*time.Millisecond, 10*time.Second },
		} {
			r := newRig(t, "", 4, straightTo(t, address, onRing))
			limit(&r.Config)
			r.Run(nil)
			for i, o := range r.done {
				if r.errs[i] != ErrTimeLimit || o.Stage != stats.InConnect || o.Done-o.Sent < 30*time.Millisecond {
					t.Errorf("limit %s: %v while in %v after %v", name, r.errs[i], o.Stage, o.Done-o.Sent)
				}
			}
			if len(r.done) != 4 || r.opening != 0 || r.deadlines.connecting.first != nil {
				t.Errorf("limit %s: %d done of 4, %d still opening", name, len(r.done), r.opening)
			}
		}
	})
}

// A connection that is not open when the call returns: the listener has room again when the SYN comes anew, after a
// second.
func TestConnectionOpensLater(t *testing.T) {
	t.Parallel()
	onPollers(t, func(t *testing.T, onRing bool) {
		address, hear := deaf(t)
		r := newRig(t, "", 1, straightTo(t, address, onRing))
		var hearing sync.WaitGroup
		var once sync.Once
		now := r.Now
		r.Now = func() time.Duration { // by the loop's thread
			if s := r.deadlines.connecting.first; s != nil && s.conn != nil {
				once.Do(func() { hearing.Go(hear) })
			}
			return now()
		}
		r.Run(nil)
		hearing.Wait()
		if len(r.errs) > 0 || r.done[0].Status != 204 || !r.done[0].NewConn || r.done[0].Connect < 100*time.Millisecond {
			t.Errorf("%+v, failures %v, want an answer on a connection that took a second to open", r.done[0], r.errs)
		}
	})
}

func TestHaltWhileConnecting(t *testing.T) {
	onPollers(t, func(t *testing.T, onRing bool) {
		address, _ := deaf(t)
		halt := make(chan struct{})
		r := newRig(t, "", 1, func(c *Config) {
			straightTo(t, address, onRing)(c)
			c.Began = func(*stats.Observation) { close(halt) }
		})
		r.halt = halt
		r.Run(nil)
		if len(r.errs) != 1 || r.errs[0] != ErrHalted || r.done[0].Stage != stats.InConnect {
			t.Errorf("failures %v at %v, want it halted while connecting", r.errs, r.done[0].Stage)
		}
	})
}
