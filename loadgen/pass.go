package loadgen

import (
	"time"

	"shotput/loadgen/flow"
	"shotput/loadgen/secret"
	"shotput/stats"
)

// # Flows on a slot
//
// An arrival that is a flow goes through its steps on one slot: a pass. What comes next, and what became of it in the
// end, package flow decides; an engine sends. What stands between the two is here, the same for both: an exchange that
// has ended is told to the flow, the secrets in what is said of it are hidden, and it is recorded on its step's row; a
// pass that is over is recorded as the arrival that it is.

// A pass fires flows on one slot, one after the other. It keeps what is the slot's: who it is logged in as, its
// cookies. Owned by whoever fires on that slot.
type pass struct {
	firing  *firing
	shard   *stats.Shard
	slot    *flow.Slot
	arrival arrival // whose flow it is
}

func newPass(f *firing, shard *stats.Shard) *pass {
	return &pass{firing: f, shard: shard, slot: flow.NewSlot(f.shared)}
}

// begin begins the flow of an arrival.
func (p *pass) begin(a arrival) {
	p.arrival = a
	p.slot.Begin(p.firing.mixture.flowOf(a.template), a.number, a.intended, a.claimed)
}

// next gives an exchange that may be sent when it is due; nil where there is none before another has ended, or the
// flow is over. One that cannot be sent ends here.
func (p *pass) next(now time.Duration) *flow.Exchange {
	for {
		e := p.slot.Next(now)
		if e == nil {
			return nil
		}
		o := p.observe(e)
		if e.Err == nil {
			err := p.firing.strange.admit(e)
			if err == nil {
				return e
			}
			o.Outcome, o.Detail = stats.ForeignHost, err.Error()
		}
		o.Sent, o.Done = now, now
		p.end(e, &o, nil)
	}
}

// observe begins what is observed of an exchange. It was due when its arrival was: so it belongs to the warm-up or not,
// and so it is rendered.
func (p *pass) observe(e *flow.Exchange) stats.Observation {
	a := &p.arrival
	return stats.Observation{Number: a.number, Template: e.Template, Intended: a.intended, Claimed: a.claimed}
}

// end takes in an exchange that has ended and been judged, and records it.
func (p *pass) end(e *flow.Exchange, o *stats.Observation, a *flow.Answer) {
	f, unit := p.firing, e.Template
	endExchange(f.mixture, p.slot, e, o, a)
	if o.Outcome == stats.NoFile || o.Outcome == stats.NoPort {
		f.watch.RanOut(o.Outcome)
	}
	p.shard.RecordExchange(o, f.mixture.units[unit].row)
}

// over records the arrival, whose flow is over, and gives what is recorded.
func (p *pass) over() *stats.Observation {
	f, o := p.firing, p.slot.Arrival()
	o.Template = p.arrival.template
	hideFlow(f.mixture, p.slot, o)
	f.book(o)
	p.shard.Record(o)
	f.release()
	return o
}

// interrupted is why a flow is stopped whose run was cut short.
const interrupted = "interrupted"

// endExchange tells a flow of an exchange that has ended and been judged. Secrets are hidden in what is said of it,
// those that the flow has captured too. The exchange is the flow's again.
func endExchange(m *mixture, s *flow.Slot, e *flow.Exchange, o *stats.Observation, a *flow.Answer) {
	unit := e.Template
	if !isWhole(o.Outcome) {
		a = nil
	}
	s.End(e, o, a)
	if o.Detail == "" && o.Answer == "" {
		return
	}
	captured := secretsIn(s)
	o.Detail = secret.HideIn(m.hide(o.Detail, unit, o.Number), captured)
	o.Answer = secret.HideIn(o.Answer, captured)
}

// isWhole says whether an exchange with this outcome, as it was judged, had an answer to its end.
func isWhole(o stats.Outcome) bool {
	return o == stats.OK || o == stats.BadStatus || o == stats.CheckFailed
}

// hideFlow hides in what is said of a flow's arrival the secrets of all of its requests, and what it has captured.
func hideFlow(m *mixture, s *flow.Slot, o *stats.Observation) {
	if o.Detail == "" && o.Answer == "" {
		return
	}
	captured, entry := secretsIn(s), m.units[o.Template].entry
	for i := range m.units {
		if m.units[i].entry == entry {
			o.Detail = m.hide(o.Detail, i, o.Number)
		}
	}
	o.Detail, o.Answer = secret.HideIn(o.Detail, captured), secret.HideIn(o.Answer, captured)
}

// secretsIn are what a slot's flows have captured; none where there is no slot.
func secretsIn(s *flow.Slot) []string {
	if s == nil {
		return nil
	}
	return secret.Sorted(secret.Forms(s.Secrets()))
}
