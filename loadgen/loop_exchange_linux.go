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
	"shotput/loadgen/request"
	"shotput/loadgen/secret"
	"shotput/loadgen/wire"
	"shotput/stats"
)

// exchange sends a request on the first loop, alone, and keeps what came: the heads as they were on the wire, and the
// beginning of the body. The connection stays open for the run.
func (e *loops) exchange(ctx context.Context, one alone) *Exchange {
	m, k := one.mixture, one.number
	i := m.pick(k)
	server := e.servers[i][m.all[i].Server(k)]
	x := newExchange(m, k)
	one.ready()
	start := time.Now()
	m.begin(start)
	d := &driver{servers: e.servers, templates: renderings(m)}
	l := e.all[0]
	l.Config = e.config(one.plan, d, 1)
	only := &sole{
		start:    start,
		number:   k,
		template: i,
		method:   m.all[i].Method,
		server:   server,
		wanted:   m.answers[i],
		exchange: x,
		kept:     one.keep,
	}
	only.take(&l.Config, one.plan)
	l.Run(ctx.Done(), ctx.Done())
	x.see(e.diallers[server], l.Spoken())
	if one.plain {
		x.noteSent(x.Observation.BodySent)
	}
	x.keep(m.secretsOf(i, k, authorizationOf(m.all[i], k)), one.plain)
	if x.Err != nil && ctx.Err() != nil {
		x.Err = errors.Join(context.Cause(ctx), x.Err)
	}
	e.countTraffic()
	return x
}

// A sole is the one arrival of a loop that sends no other.
type sole struct {
	start            time.Time
	number           int64
	template, server int
	method           string
	wanted           *answer.Expected
	exchange         *Exchange
	kept             int // bytes of the answer's body
	claimed          bool
}

// take makes a loop's config that of one arrival.
func (s *sole) take(c *wire.Config, p *Plan) {
	c.Scheduled, c.Ring = false, false
	c.Keep = max(p.kept(), s.kept)
	c.Now = func() time.Duration { return time.Since(s.start) }
	c.Claim, c.Unclaim, c.Began = s.claim, func(wire.Arrival) {}, func(*stats.Observation) {}
	c.Record = func(o *stats.Observation) { s.exchange.Observation = *o }
	c.Check, c.Broke, c.Said = s.see, s.keep, nil
	c.Failed = func(err error, reached stats.Stage) (stats.Outcome, stats.Stage, string) {
		s.exchange.Err = err
		return nameFailure(err, reached)
	}
}

func (s *sole) claim(now time.Duration) (wire.Arrival, bool) {
	if s.claimed {
		return wire.Arrival{}, false
	}
	s.claimed = true
	return wire.Arrival{Number: s.number, Template: s.template, Server: s.server, Method: s.method, Raw: true,
		Intended: now, Claimed: now}, true
}

// see keeps an answer, and judges it.
func (s *sole) see(o *stats.Observation, a wire.Answer) {
	s.wanted.Judge(o, &answer.Seen{Note: o.Detail, Lines: a.Header, Body: a.Body, Cut: a.Cut})
	s.keep(a)
}

// keep takes what came of an answer, whole or not.
func (s *sole) keep(a wire.Answer) {
	x := s.exchange
	x.Body = bytes.Clone(a.Body[:min(len(a.Body), s.kept)])
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
	x.Remote, x.TLS = d.lastMet()
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
