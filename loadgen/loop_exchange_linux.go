package loadgen

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"shotput/loadgen/answer"
	"shotput/loadgen/flow"
	"shotput/loadgen/request"
	"shotput/loadgen/secret"
	"shotput/loadgen/wire"
	"shotput/stats"
)

// exchange sends a request on the first loop, alone, and keeps what came: the heads as they were on the wire, and the
// beginning of the body. The connection stays open for the run.
func (e *loops) exchange(ctx context.Context, one alone) *Exchange {
	m, k, i := one.mixture, one.number, one.unit
	x := newExchange(&one)
	start := one.ready()
	m.begin(start)
	d := &driver{engine: e, templates: renderings(m), given: one.given}
	l := e.all[0]
	l.Config = e.config(one.plan, d, 1)
	only := &sole{start: start, alone: &one, exchange: x}
	to := e.toServer(&l.Config, only)
	only.take(&l.Config)
	l.Run(ctx.Done(), ctx.Done())
	x.see(to, l.Spoken())
	if one.plain {
		x.noteSent(x.Observation.BodySent)
	}
	x.keep(one.end(x, &only.seen, authorizationOf(m.all[i], k)), one.plain)
	if x.Err != nil && ctx.Err() != nil {
		x.Err = errors.Join(context.Cause(ctx), x.Err)
	}
	e.countTraffic()
	return x
}

// toServer notes which of a loop's servers a request that is sent alone goes to, and gives its dialler. One that is
// first seen in an answer is the loop's for this request.
func (e *loops) toServer(c *wire.Config, s *sole) *loopDialler {
	if to := s.alone.server; to != nil {
		if s.server = indexOf(e.origins, to); s.server >= 0 {
			return e.diallers[s.server]
		}
		s.server = len(c.Servers)
		d, err := e.strange.of(to)
		if err != nil {
			c.Servers = append(c.Servers, e.strange.server(to))
			return nil
		}
		c.Servers = append(c.Servers, wire.Server{Dial: d.dial, Straight: d.straight()})
		return d
	}
	i := s.alone.unit
	s.server = e.servers[i][s.alone.mixture.all[i].Server(s.alone.number)]
	return e.diallers[s.server]
}

// A sole is the one arrival of a loop that sends no other.
type sole struct {
	start    time.Time
	alone    *alone
	server   int
	exchange *Exchange
	seen     flow.Answer // of the answer
	claimed  bool
}

// take makes a loop's config that of one arrival.
func (s *sole) take(c *wire.Config) {
	c.Scheduled, c.Ring = false, false
	c.Timeout = s.alone.limit
	c.Keep = max(s.alone.plan.kept(), s.alone.keep)
	c.Now = func() time.Duration { return time.Since(s.start) }
	c.Claim, c.Unclaim, c.Began = s.claim, func(wire.Arrival) {}, func(*stats.Observation) {}
	c.Record = func(o *stats.Observation) { s.exchange.Observation = *o }
	c.Check, c.Broke, c.Said = s.see, s.keep, nil
	c.Failed = func(err error, reached stats.Stage) (stats.Outcome, stats.Stage, string) {
		s.exchange.Err = err
		return nameFailure(err, reached)
	}
}

// claim gives the arrival. It was due when its instants begin, as all exchanges of a flow were: its clock functions
// read that.
func (s *sole) claim(now time.Duration) (wire.Arrival, bool) {
	if s.claimed {
		return wire.Arrival{}, false
	}
	s.claimed = true
	return wire.Arrival{Number: s.alone.number, Template: s.alone.unit, Server: s.server,
		Method: s.alone.mixture.all[s.alone.unit].Method, Raw: true, Claimed: now}, true
}

// see keeps an answer, and judges it.
func (s *sole) see(o *stats.Observation, a wire.Answer) {
	s.seen.Seen = answer.Seen{Note: o.Detail, Lines: bytes.Clone(a.Header), Body: bytes.Clone(a.Body), Cut: a.Cut}
	s.alone.mixture.answers[s.alone.unit].Judge(o, &s.seen.Seen)
	s.keep(a)
}

// keep takes what came of an answer, whole or not.
func (s *sole) keep(a wire.Answer) {
	x := s.exchange
	x.Body = bytes.Clone(a.Body[:min(len(a.Body), s.alone.keep)])
	x.AnswerHead = bytes.Clone(a.Raw)
}

// see reads what the heads say, and where the connection led.
func (x *Exchange) see(d *loopDialler, protocol string) {
	x.Proto = protocol
	final := x.AnswerHead
	for {
		r, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(final)), nil)
		if err != nil {
			break
		}
		x.Proto, x.Status, x.Header = r.Proto, secret.Clip(strings.TrimSpace(r.Status)), r.Header
		end := bytes.Index(final, []byte("\r\n\r\n"))
		if end < 0 || r.StatusCode >= 200 || end+4 >= len(final) {
			break
		}
		x.Interim = append(x.Interim, r.StatusCode)
		final = final[end+4:]
	}
	x.AnswerHead = secret.Head(x.AnswerHead)
	if d != nil {
		x.Remote, x.TLS = d.lastMet()
	}
}

// authorizationOf is what request k says of who asks.
func authorizationOf(t *request.Template, k int64) (values []string) {
	for line := range bytes.SplitSeq(t.AppendHead(nil, k, 0, t.Size(k)), []byte("\r\n")) {
		if name, value, ok := bytes.Cut(line, []byte(": ")); ok && strings.EqualFold(string(name), "Authorization") {
			values = append(values, string(value))
		}
	}
	return values
}
