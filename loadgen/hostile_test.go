//go:build unix

package loadgen

import (
	"context"
	"fmt"
	"runtime/metrics"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"shotput/loadgen/request"
	"shotput/loadgen/route"
	"shotput/loadgen/transport"

	"shotput/putserver/hostile"
	"shotput/putserver/realtest"
	"shotput/stats"
)

// # The campaign
//
// Each seed is a peer that misbehaves in a way of its own, and both engines fire at it. Whatever it does: every request
// has an end that is counted, none lasts longer than its time limit, memory stays bounded, and both engines say the
// same. A few dozen seeds run always, and a thousand where SHOTPUT_LONG is set.

const (
	campaignLimit  = time.Second      // of a request, at first
	campaignHang   = 90 * time.Second // a run that takes longer never ends; of a machine that is busy too
	campaignMemory = 64 << 20         // live at a time, for each run
	campaignAtOnce = 6
)

// differs are the peers of which the engines say different things, and why.
var differs = map[string]string{
	"closes at once":             "whether the end or the reset is seen depends on what was written before",
	"says keep-alive and closes": "whether the second request is put on the connection before it is seen to end",
	"resets at once":             "whether the reset meets the connecting, the writing or the reading",
}

// kinds are the outcomes of a run alone, where it is a matter of chance which comes how often, and in what stage.
func kinds(r *stats.Run) string {
	seen := "answered"
	if r.Totals.OK == 0 {
		seen = "not answered"
	}
	return seen
}

func TestHostilePeers(t *testing.T) {
	t.Parallel()
	n, step := uint64(1000), uint64(1)
	if !realtest.IsLong() {
		n, step = 159, 5
	}
	campaign(t, n, step)
}

// The heap is the whole program's: this one runs beside no other test.
func TestHostilePeersInBoundedMemory(t *testing.T) {
	realtest.Long(t, "it is the campaign again, alone")
	stop := watchMemory()
	campaign(t, 286, 3)
	if peak := stop(); peak > campaignAtOnce*campaignMemory {
		t.Errorf("%d MiB were live, want no more than %d", peak>>20, campaignAtOnce*campaignMemory>>20)
	} else {
		t.Logf("%d MiB were live at most, of %d runs at a time", peak>>20, campaignAtOnce)
	}
}

// campaign meets the peers of every step-th seed below n.
func campaign(t *testing.T, n, step uint64) {
	var seeds = make(chan uint64)
	var running sync.WaitGroup
	for range campaignAtOnce {
		running.Go(func() {
			for seed := range seeds {
				meetHostile(t, seed)
			}
		})
	}
	for seed := uint64(0); seed < n; seed += step {
		seeds <- seed
	}
	close(seeds)
	running.Wait()
}

// meetHostile fires at the peer of a seed on each engine. What may be chance, as on a machine that stands still for longer
// than a time limit, happens once: each further try has four times the limit.
func meetHostile(t *testing.T, seed uint64) {
	p, kind := hostile.Of(seed)
	var ended map[string][]string
	for try := range 3 {
		ended = map[string][]string{}
		for _, engine := range campaignEngines(kind) {
			r := fireAtHostile(t, engine, seed, campaignLimit<<(2*try))
			if r == nil {
				return
			}
			words := endings(r)
			if differs[p.Name] != "" {
				words = kinds(r)
			}
			ended[words] = append(ended[words], engine)
		}
		if len(ended) == 1 {
			return
		}
	}
	t.Errorf("seed %d, %s: the engines differ: %v", seed, p.Name, ended)
}

// campaignEngines are those that reach a kind of peer.
func campaignEngines(k hostile.Kind) []string {
	if k == hostile.HTTP2 {
		return []string{"http"}
	}
	return engines()
}

// fireAtHostile is a run at the peer of a seed; nil where it broke a promise.
func fireAtHostile(t *testing.T, engine string, seed uint64, limit time.Duration) *stats.Run {
	p, kind := hostile.Of(seed)
	address := realtest.Peer(t, p.Make(hostile.Source(seed)))
	plan := Plan{Request: request.Spec{URL: "http://" + address + "/{{seq}}", Body: request.Body{Text: "x={{seq}}"}}, NoPreflight: true,
		Transport: transport.Spec{Timeout: limit}, Load: Load{Concurrency: 1, Requests: 2}}
	switch kind {
	case hostile.HTTP2:
		plan.Transport.HTTP, plan.Load.Concurrency = transport.HTTP2Known, 2
	case hostile.Tunnel:
		plan.Request.URL, plan.Route = "https://h.test/{{seq}}", route.Spec{Proxy: "http://" + address}
	case hostile.Socks:
		plan.Request.URL, plan.Route = "http://127.0.0.1:9/{{seq}}", route.Spec{Proxy: "socks5://" + address}
	}
	plan.on(engine)
	ctx, cancel := context.WithTimeout(context.Background(), campaignHang)
	defer cancel()
	r, err := Run(ctx, plan, nil)
	fault := ""
	switch {
	case err != nil:
		fault = err.Error()
	case r.Totals.Planned != 2 || r.Totals.OK+r.Totals.Failed+r.Totals.TimedOut != 2:
		fault = fmt.Sprintf("not all are accounted for: %+v", r.Totals)
	case ctx.Err() != nil:
		fault = "it did not end"
	case slices.ContainsFunc(r.Outcomes, func(f stats.Failure) bool { return len(f.Example) > 500 }):
		fault = "it kept more of what the peer said than it should"
	}
	if fault != "" {
		t.Errorf("seed %d, %s, %s: %s", seed, p.Name, engine, fault)
		return nil
	}
	return r
}

// watchMemory looks at how much is live after each collection; stop gives the most.
func watchMemory() (stop func() uint64) {
	var peak atomic.Uint64
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		ticks := time.NewTicker(20 * time.Millisecond)
		defer ticks.Stop()
		for {
			select {
			case <-done:
				return
			case <-ticks.C:
			}
			live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
			metrics.Read(live)
			peak.Store(max(peak.Load(), live[0].Value.Uint64()))
		}
	}()
	return func() uint64 {
		close(done)
		<-ended
		return peak.Load()
	}
}

// The campaign has as many behaviours as it says.
func TestHostilePeersAreMany(t *testing.T) {
	for kind, least := range map[hostile.Kind]int{hostile.Server: 40, hostile.HTTP2: 20, hostile.Tunnel: 10, hostile.Socks: 5} {
		if n := len(hostile.All(kind)); n < least {
			t.Errorf("%d of kind %d, want at least %d", n, kind, least)
		}
	}
	var seen []string
	for _, kind := range []hostile.Kind{hostile.Server, hostile.HTTP2, hostile.Tunnel, hostile.Socks} {
		for _, p := range hostile.All(kind) {
			seen = append(seen, fmt.Sprint(kind, p.Name))
		}
	}
	if slices.Sort(seen); len(slices.Compact(seen)) != len(seen) {
		t.Error("two have the same name")
	}
}
