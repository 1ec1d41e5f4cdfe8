package loadgen

import (
	"bytes"
	"net/url"
	"sync"
	"time"

	"shotput/loadgen/answer"
	"shotput/loadgen/flow"
	"shotput/loadgen/text"
	"shotput/loadgen/wire"
	"shotput/stats"
)

// # Flows on the event loop
//
// The loop knows a flow by a number, which is the place of a pass: so a pass is taken when the arrival is claimed, and
// given back when the flow is over. There are as many as flows were under way at a time, and the one that was used last
// is used next, so that who is logged in stays so.

// flows are a loop's arrivals that are flows. Owned by the loop.
type flows struct {
	driver *driver
	all    []*pass
	free   []int32 // places of those that have no flow under way
	known  map[string]int
}

// config is what the loop asks for.
func (d *driver) flowConfig(p *Plan, cut <-chan struct{}) wire.Flows {
	f := &d.flows
	return wire.Flows{Begin: f.begin, Next: f.next, Ended: f.ended, Unsent: f.unsent, Stop: f.stop, Over: f.over,
		Parallel: d.firing.mixture.parallel(), Limit: p.Flows.Timeout, Cut: cut}
}

// take takes a pass for an arrival, and gives its number.
func (f *flows) take(a arrival) int32 {
	if len(f.free) == 0 {
		f.all = append(f.all, newPass(f.driver.firing, f.driver.shard))
		f.free = append(f.free, int32(len(f.all)))
	}
	last := len(f.free) - 1
	n := f.free[last]
	f.free = f.free[:last]
	f.of(n).arrival = a
	return n
}

// giveBack gives a pass back.
func (f *flows) giveBack(n int32) { f.free = append(f.free, n) }

// of is the pass with a number, from 1.
func (f *flows) of(n int32) *pass { return f.all[n-1] }

func (f *flows) begin(a *wire.Arrival) {
	p := f.of(a.Flow)
	p.arrival.claimed = a.Claimed
	p.begin(p.arrival)
}

func (f *flows) next(n int32, now time.Duration) (a wire.Arrival, at time.Duration, ok bool) {
	p := f.of(n)
	e := p.next(now)
	if e == nil {
		return a, 0, false
	}
	t := p.firing.mixture.all[e.Template]
	return wire.Arrival{Number: p.arrival.number, Template: e.Template, Server: f.serverOf(e, p.arrival.number),
		Method: t.Method, Intended: p.arrival.intended, Claimed: p.arrival.claimed, Flow: n, Exchange: p.hold(e)}, e.At, true
}

// exchange is the one that an arrival is.
func (f *flows) exchange(a *wire.Arrival) *flow.Exchange { return f.of(a.Flow).given[a.Exchange] }

func (f *flows) ended(a *wire.Arrival, o *stats.Observation, kept wire.Answer) {
	p, d := f.of(a.Flow), f.driver
	e := p.release(a.Exchange)
	seen := &flow.Answer{Seen: answer.Seen{Note: o.Detail, Lines: kept.Header, Body: kept.Body, Cut: kept.Cut}}
	if o.Outcome == stats.OK {
		d.firing.mixture.answers[e.Template].Judge(o, &seen.Seen)
	}
	if d.firing.captures.want(o) {
		d.firing.capture(o, linesIn(kept.Header), bytes.Clone(kept.Body), kept.Cut, func() []string {
			return authorizationOf(d.firing.mixture.all[e.Template], o.Number, &e.Given)
		})
	}
	p.end(e, o, seen)
}

func (f *flows) unsent(a *wire.Arrival) {
	p := f.of(a.Flow)
	p.slot.Unsent(p.release(a.Exchange))
}

func (f *flows) stop(n int32, now time.Duration, why error) {
	p := f.of(n)
	if why == wire.ErrFlowLimit {
		p.slot.Expire(now)
		return
	}
	p.slot.Stop(now, errCut)
}

func (f *flows) over(n int32) {
	f.of(n).over()
	f.giveBack(n)
}

// hold gives an exchange that the flow has given a place.
func (p *pass) hold(e *flow.Exchange) int32 {
	for i, there := range p.given {
		if there == nil {
			p.given[i] = e
			return int32(i)
		}
	}
	p.given = append(p.given, e)
	return int32(len(p.given) - 1)
}

// release takes it from there.
func (p *pass) release(place int32) *flow.Exchange {
	e := p.given[place]
	p.given[place] = nil
	return e
}
