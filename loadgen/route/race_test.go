//go:build linux

package route

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// deadAddress is one that does not answer: its queue of new connections is full, and nobody takes any.
func deadAddress(t *testing.T, port string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.9:"+port)
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { l.Close() })
	for range 5000 {
		ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		c, err := new(net.Dialer).DialContext(ctx, "tcp", l.Addr().String())
		cancel()
		if err != nil {
			return
		}
		t.Cleanup(func() { c.Close() })
	}
	t.Skip("its queue does not fill")
}

// An address that does not answer costs the first connection a quarter of a second, the others nothing; one that
// refuses costs nothing.
func TestAddressesAreRaced(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	for name, first := range map[string]string{"dead": "127.0.0.9", "refuses": "127.0.0.8"} {
		t.Run(name, func(t *testing.T) {
			if name == "dead" {
				deadAddress(t, port)
			}
			traffic := new(Traffic)
			d, err := NewDialler(&Spec{Resolve: []string{"h:" + port + ":" + first + ",127.0.0.1"}}, Setting{Limit: time.Minute, Traffic: traffic})
			if err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			for range 3 {
				c, err := d.Reach(context.Background(), Way{Server: "h:" + port})
				if err != nil {
					t.Fatal(err)
				}
				got := c.RemoteAddr().String()
				c.Close()
				if name == "dead" && got == first+":"+port {
					t.Skip("its queue is no longer full")
				}
				if got != "127.0.0.1:"+port {
					t.Errorf("led to %s", got)
				}
			}
			if took := time.Since(began); took > 20*time.Second {
				t.Errorf("took %v", took)
			}
			told := strings.Join(traffic.Races.Told(), "\n")
			want := ""
			if name == "dead" {
				want = "of the addresses of h:" + port + ", 127.0.0.9:" + port + " did not answer; 127.0.0.1:" + port + " took 3 connections"
			}
			if told != want {
				t.Errorf("told %q, want %q", told, want)
			}
		})
	}
}

// Where no address answers, the error is the first one's.
func TestRaceIsLost(t *testing.T) {
	d, err := NewDialler(&Spec{Resolve: []string{"h:1:127.0.0.1,127.0.0.2"}}, Setting{Limit: time.Minute, Traffic: new(Traffic)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err = d.Reach(context.Background(), Way{Server: "h:1"}); err == nil || !strings.Contains(err.Error(), "127.0.0.1:1") {
		t.Errorf("%v", err)
	}
}

// The families take turns.
func TestTakeTurns(t *testing.T) {
	var all []netip.AddrPort
	for _, a := range []string{"[::1]:1", "[::2]:1", "[::3]:1", "1.1.1.1:1"} {
		all = append(all, netip.MustParseAddrPort(a))
	}
	if got := takeTurns(all); got[0] != all[0] || got[1] != all[3] || got[2] != all[1] || got[3] != all[2] || len(got) != 4 {
		t.Errorf("%v", got)
	}
}
