package loadgen

import (
	"errors"
	"fmt"
	"net/url"
	"sync"
	"time"

	"shotput/loadgen/flow"
	"shotput/loadgen/secret"
	"shotput/loadgen/text"
	"shotput/loadgen/transport"
	"shotput/stats"
)

// # Flows on a slot
//
// An arrival that is a flow goes through its steps on one slot: a pass. What comes next, and what became of it in the
// end, package flow decides; an engine sends. What stands between the two is here, the same for both: an exchange that
// has ended is told to the flow, the secrets in what is said of it are hidden, and it is recorded on its step's row; a
// pass that is over is recorded as the arrival that it is.
//
// Like a slot of package flow, a pass goes through one flow after the other, and keeps what is the slot's: who it is
// logged in as, its cookies.

// A pass fires flows on one slot, one after the other. Owned by whoever fires on that slot.
type pass struct {
	firing  *firing
	shard   *stats.Shard
	slot    *flow.Slot
	arrival arrival // whose flow it is

	given []*flow.Exchange // by the flow, and not ended: of the event loop, by place; nil where there is none
}

func newPass(f *firing, shard *stats.Shard) *pass {
	return &pass{firing: f, shard: shard, slot: flow.NewSlot(f.shared)}
}

// begin begins the flow of an arrival.
func (p *pass) begin(a arrival) {
	p.arrival = a
	p.slot.Begin(p.firing.mixture.flowOf(a.template), a.number, a.intended, a.claimed)
}

// observe begins what is observed of an exchange. It is the arrival's: due when that was, so that it belongs to the
// warm-up or not, and rendered as of then.
func (p *pass) observe(e *flow.Exchange) stats.Observation {
	a := &p.arrival
	return stats.Observation{Number: a.number, Template: e.Template, Intended: a.intended, Claimed: a.claimed}
}

// end takes in an exchange that has ended and been judged, and records it.
func (p *pass) end(e *flow.Exchange, o *stats.Observation, a *flow.Answer) {
	f := p.firing
	f.mixture.endExchange(p.slot, e, o, a)
	if o.Outcome == stats.NoFile || o.Outcome == stats.NoPort {
		f.watch.RanOut(o.Outcome)
	}
	p.shard.RecordExchange(o, f.mixture.units[e.Template].row)
}

// over records the arrival, whose flow is over.
func (p *pass) over() *stats.Observation {
	o := p.slot.Arrival()
	o.Template = p.arrival.template
	o.Detail = p.firing.mixture.hideFlow(o.Detail, p.slot, p.arrival.template, o.Number)
	p.firing.book(o)
	p.shard.Record(o)
	p.firing.release()
	return o
}

// stop has nothing more of the flow sent.
func (p *pass) stop(now time.Duration, why error) { stopSlot(p.slot, now, why) }

// errCut is why a flow is stopped whose run was cut short.
var errCut = errors.New("interrupted")

func stopSlot(s *flow.Slot, now time.Duration, why error) {
	s.Stop(now, why.Error())
}

// endExchange tells a flow of an exchange that has ended and been judged. Secrets are hidden in what is said of it,
// those that the flow has captured too.
func (m *mixture) endExchange(s *flow.Slot, e *flow.Exchange, o *stats.Observation, a *flow.Answer) {
	if limit := s.Deadline(); o.Outcome == stats.Timeout && limit > 0 && o.Done >= limit {
		o.Detail = errFlowLimit.Error()
	}
	s.End(e, o, a)
	if o.Detail == "" && o.Answer == "" {
		return
	}
	known := secret.Sorted(s.Secrets())
	o.Detail = secret.HideIn(m.hide(o.Detail, e.Template, o.Number), known)
	o.Answer = secret.HideIn(o.Answer, known)
}

// errFlowLimit ends an exchange whose flow's time limit has passed.
var errFlowLimit = errors.New("time limit of the flow passed")

// hideFlow hides the secrets of all of a flow's requests, and what it has captured.
func (m *mixture) hideFlow(detail string, s *flow.Slot, first int, k int64) string {
	if detail == "" {
		return ""
	}
	entry := m.units[first].entry
	for i := range m.units {
		if m.units[i].entry == entry {
			detail = m.hide(detail, i, k)
		}
	}
	return secret.HideIn(detail, secret.Sorted(s.Secrets()))
}

// # Servers that answers name
//
// A URL that is taken from an answer may lead to a server that the plan does not name. It is connected to then.

// mostStrangers bounds the servers that are first seen in answers.
const mostStrangers = 256

// strangers are the servers of a run that were first seen in answers. Safe for concurrent use.
type strangers struct {
	mu struct {
		sync.Mutex
		seen map[string]bool
	}
}

// admit says why a flow's next exchange cannot go to its server; nil where it can.
func (s *strangers) admit(server *url.URL) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := server.Scheme + "://" + server.Host
	switch {
	case s.mu.seen[key]:
		return nil
	case len(s.mu.seen) == mostStrangers:
		return tooManyError(server.Host)
	case s.mu.seen == nil:
		s.mu.seen = map[string]bool{}
	}
	s.mu.seen[key] = true
	return nil
}

// A tooManyError is why nothing is sent to a host.
type tooManyError string

func (e tooManyError) Error() string {
	return fmt.Sprintf("%s is one more than the %d hosts that answers may name", string(e), mostStrangers)
}

// admit says why an exchange cannot go where an answer leads; nil where it can. Nothing is sent then.
func (f *firing) admit(g *text.Given, server *url.URL) error {
	if server == nil || g.Aim == nil || !g.Aim.Foreign {
		return nil
	}
	return f.strangers.admit(server)
}

// shortened is the limit of an exchange: its own, or what is left of its flow's.
func shortened(limit, now, deadline time.Duration) bound {
	if left := deadline - now; deadline > 0 && left < limit {
		return bound{max(0, left), transport.ErrTimeLimit}
	}
	return bound{limit, transport.ErrTimeLimit}
}
