package route

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"shotput/stats"
)

// Traffic counts what all connections of a run carried. It is shared by them; each field is safe for concurrent use.
type Traffic struct {
	Opened   atomic.Int64 // connections
	Sent     atomic.Int64 // bytes on the wire, TLS and headers among them
	Received atomic.Int64

	IdleAnswers atomic.Int64 // connections closed since something came on them that no request had asked for
	Overlong    atomic.Int64 // answers behind whose end more came, which their connections were closed for
	Races       Races
	Busy        Gauge // connections that have requests on them
}

// A Gauge is a number that goes up and down, and the most that it was.
type Gauge struct{ now, peak atomic.Int64 }

func (g *Gauge) add(n int64) {
	now := g.now.Add(n)
	for p := g.peak.Load(); now > p && !g.peak.CompareAndSwap(p, now); p = g.peak.Load() {
	}
}

// Peak is the most that it was since Begin.
func (g *Gauge) Peak() int64 { return g.peak.Load() }

// Begin forgets what was before.
func (g *Gauge) Begin() { g.peak.Store(g.now.Load()) }

// Races are which of several addresses took connections, by name.
type Races struct {
	mu struct {
		sync.Mutex
		byName map[string]*raced
	}
}

// raced is what became of the addresses of one name.
type raced struct {
	took map[netip.AddrPort]int64
	mute map[netip.AddrPort]bool // did not answer while another did
}

// note counts a connection; mute are the addresses that had not answered when it was won.
func (r *Races) note(name string, won netip.AddrPort, mute []netip.AddrPort) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.mu.byName == nil {
		r.mu.byName = map[string]*raced{}
	}
	one := r.mu.byName[name]
	if one == nil {
		one = &raced{map[netip.AddrPort]int64{}, map[netip.AddrPort]bool{}}
		r.mu.byName[name] = one
	}
	one.took[won]++
	for _, a := range mute {
		one.mute[a] = true
	}
}

// Told says, for each name with an address that did not answer, which of its addresses took the connections.
func (r *Races) Told() (all []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for name, one := range r.mu.byName {
		if len(one.mute) == 0 {
			continue
		}
		var mute, took []string
		for a := range one.mute {
			mute = append(mute, a.String())
		}
		slices.Sort(mute)
		for a, n := range one.took {
			took = append(took, fmt.Sprintf("%s took %s", a, stats.Plural(n, "connection")))
		}
		all = append(all, fmt.Sprintf("of the addresses of %s, %s did not answer; %s", name, strings.Join(mute, ", "),
			strings.Join(took, ", ")))
	}
	return all
}
