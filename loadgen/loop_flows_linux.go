package loadgen

import (
	"slices"
	"time"

	"shotput/loadgen/answer"
	"shotput/loadgen/flow"
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
	*driver
	all    []*wirePass
	free   []int32        // numbers of those that have no flow under way
	places map[string]int // of servers that answers named, among the loop's
}

// A wirePass is a pass as the loop knows it.
type wirePass struct {
	*pass
	given []*flow.Exchange // that have not ended, by place; nil where there is none
	seen  flow.Answer      // of the exchange that ends
}

// config is what the loop asks for.
func (f *flows) config() wire.Flows {
	return wire.Flows{Begin: f.begin, Next: f.next, Ended: f.ended, Unsent: f.unsent, Expire: f.expire,
		Stop: f.stop, Over: f.over, Parallel: f.firing.mixture.parallel(),
		Limit: f.firing.plan.Flows.Timeout, Cut: f.firing.stopped}
}

// take takes a pass for an arrival, and gives its number.
func (f *flows) take(a arrival) int32 {
	if len(f.free) == 0 {
		f.all = append(f.all, &wirePass{pass: newPass(f.firing, f.shard)})
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
func (f *flows) of(n int32) *wirePass { return f.all[n-1] }

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
	own := &p.arrival
	return wire.Arrival{Number: own.number, Template: e.Template, Server: f.serverOf(e, own.number),
		Method: f.firing.mixture.all[e.Template].Method, Intended: own.intended, Claimed: own.claimed,
		Flow: n, Exchange: p.hold(e), Unlimited: p.slot.Deadline(now) == 0}, e.At, true
}

// exchange is the one that an arrival is.
func (f *flows) exchange(a *wire.Arrival) *flow.Exchange { return f.of(a.Flow).given[a.Exchange] }

func (f *flows) ended(a *wire.Arrival, o *stats.Observation, kept wire.Answer) {
	p, m := f.of(a.Flow), f.firing.mixture
	e := p.release(a.Exchange)
	p.seen.Seen = answer.Seen{Note: o.Detail, Lines: kept.Header, Body: kept.Body, Cut: kept.Cut}
	m.answers[e.Template].Judge(o, &p.seen.Seen)
	p.end(e, o, &p.seen)
	f.keepFailed(o, kept, p.slot)
}

func (f *flows) unsent(a *wire.Arrival) {
	p := f.of(a.Flow)
	p.slot.Unsent(p.release(a.Exchange))
}

// expire is told before what is under way has ended. By that the flow fails, as it does on the other engine.
func (f *flows) expire(n int32, now time.Duration) {
	if p := f.of(n); !p.isUnderWay() {
		p.slot.Expire(now)
	}
}

func (f *flows) stop(n int32, now time.Duration, _ error) { f.of(n).slot.Stop(now, interrupted) }

func (f *flows) over(n int32) {
	f.of(n).over()
	f.giveBack(n)
}

// hold gives an exchange that the flow has given a place.
func (p *wirePass) hold(e *flow.Exchange) int32 {
	for i, there := range p.given {
		if there == nil {
			p.given[i] = e
			return int32(i)
		}
	}
	p.given = append(p.given, e)
	return int32(len(p.given) - 1)
}

// isUnderWay says whether an exchange is.
func (p *wirePass) isUnderWay() bool {
	return slices.ContainsFunc(p.given, func(e *flow.Exchange) bool { return e != nil })
}

// release takes it from there.
func (p *wirePass) release(place int32) *flow.Exchange {
	e := p.given[place]
	p.given[place] = nil
	return e
}

// # Servers that answers name
//
// A server that is first seen in an answer is added to the loop that is to send there, and connected to beside it, as
// all are that have a name to look up or hands to shake. Each loop knows its own.

// serverOf is the place of the server that an exchange goes to.
func (f *flows) serverOf(e *flow.Exchange, k int64) int {
	if e.Server == nil {
		return f.engine.servers[e.Template][f.firing.mixture.all[e.Template].Server(k)]
	}
	key := originOf(e.Server)
	place, known := f.places[key]
	if !known {
		if place = indexOf(f.engine.origins, e.Server); place < 0 {
			place = f.loop.AddServer(f.engine.strange.server(e.Server))
		}
		if f.places == nil {
			f.places = map[string]int{}
		}
		f.places[key] = place
	}
	return place
}
