package loadgen

import (
	"slices"
	"time"

	"shotput/loadgen/flow"
	"shotput/loadgen/secret"
	"shotput/stats"
)

// # Flows on the portable engine
//
// A worker goes through a flow as a person would: it sends, waits for the answer, asks the flow what comes next, waits
// for that to be due. Where several exchanges may be under way at a time, each has a sender and a goroutine of its own,
// which only sends. The worker alone talks to the flow.

// A course is how one worker goes through flows, one after the other. Owned by the worker.
type course struct {
	*pass
	worker  *worker
	waiting []*flow.Exchange // given by the flow, and not sent
	beside  int              // how many are under way beside the worker
	ended   chan sent        // those that have ended
	spare   []*sender
	halted  bool // nothing more of the flow is sent
}

// sent is an exchange that was sent beside the worker.
type sent struct {
	*flow.Exchange
	by *sender
}

// goThrough fires an arrival that is a flow, and leaves in w.o what became of it.
func (w *worker) goThrough(a arrival, s *sleeper) {
	if w.course == nil {
		w.course = &course{pass: newPass(w.firing, w.shard), worker: w, ended: make(chan sent)}
	}
	c := w.course
	c.halted = false
	c.begin(a)
	w.firing.began(&stats.Observation{Number: a.number, Template: a.template, Intended: a.intended, Claimed: a.claimed})
	for c.ask() {
		if e := c.due(); e != nil {
			c.sendAway(e)
		} else {
			c.wait(s)
		}
	}
	w.o = *c.over()
}

// ask asks the flow for all that may be sent, and says whether there is, or will be, anything.
func (c *course) ask() bool {
	c.checkEnd()
	for !c.halted {
		e := c.slot.Next(c.firing.now())
		if e == nil {
			break
		}
		c.waiting = append(c.waiting, e)
	}
	return len(c.waiting)+c.beside > 0
}

// checkEnd stops the flow where its run was cut short, or its limit has passed.
func (c *course) checkEnd() {
	now := c.firing.now()
	var why error
	switch limit := c.slot.Deadline(); {
	case c.halted || c.slot.Over():
		return
	case isClosed(c.firing.stopped):
		why = errCut
	case limit > 0 && now >= limit:
		why = errFlowLimit
	default:
		return
	}
	c.halted = true
	for _, e := range c.waiting {
		c.slot.Unsent(e)
	}
	c.waiting = c.waiting[:0]
	c.stop(now, why)
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// first is the place of the exchange that waits and is due first; -1: none waits.
func (c *course) first() int {
	if len(c.waiting) == 0 {
		return -1
	}
	first := 0
	for i, e := range c.waiting {
		if e.At < c.waiting[first].At {
			first = i
		}
	}
	return first
}

// due takes an exchange that is due; nil where none is.
func (c *course) due() *flow.Exchange {
	i := c.first()
	if i < 0 || c.waiting[i].At > c.firing.now() {
		return nil
	}
	e := c.waiting[i]
	c.waiting = slices.Delete(c.waiting, i, i+1)
	return e
}

// sendAway sends an exchange: the worker does by itself what is alone.
func (c *course) sendAway(e *flow.Exchange) {
	within := shortened(c.firing.plan.Transport.Timeout, c.firing.now(), c.slot.Deadline())
	if c.beside+len(c.waiting) == 0 {
		s := &c.worker.sender
		c.send(s, e, within)
		c.take(sent{e, s})
		return
	}
	var s *sender
	if last := len(c.spare) - 1; last >= 0 {
		s, c.spare = c.spare[last], c.spare[:last]
	} else {
		made := newSender(c.worker.halt, c.firing, c.worker.outlets)
		s = &made
	}
	c.beside++
	go func() { // take waits for it
		c.send(s, e, within)
		c.ended <- sent{e, s}
	}()
}

// send sends an exchange by a sender.
func (c *course) send(s *sender, e *flow.Exchange, within bound) {
	s.o = c.observe(e)
	if err := c.firing.admit(&e.Given, e.Server); err != nil {
		s.made, s.response = nil, nil
		s.o.Sent = c.firing.now()
		s.o.Done, s.o.Outcome, s.o.Detail = s.o.Sent, stats.ForeignHost, secret.Detail(err)
		return
	}
	to := s.each[e.Template]
	if e.Given.Aim != nil && e.Given.Aim.Foreign {
		to = s.strange
	}
	s.send(&e.Given, to, within)
}

// take takes in an exchange that has ended.
func (c *course) take(x sent) {
	c.worker.hear(x.by)
	c.end(x.Exchange, &x.by.o, x.by.answer())
}

// answer is what came of the last request, as a flow looks at it.
func (w *sender) answer() *flow.Answer {
	a := new(flow.Answer)
	if r := w.response; r != nil {
		a.Header, a.Body, a.Cut = r.Header, w.body.Kept, w.body.Size > int64(len(w.body.Kept))
		if w.firing.plan.Transport.Follow && r.Request != nil && r.Request.URL != nil {
			a.URL = r.Request.URL.String()
		}
	}
	return a
}

// wait waits until an exchange is due, or one that is under way ends, or the flow is to be stopped.
func (c *course) wait(s *sleeper) {
	f := c.firing
	until, limit := time.Duration(-1), c.slot.Deadline()
	if i := c.first(); i >= 0 {
		if until = c.waiting[i].At; limit > 0 {
			until = min(until, limit)
		}
		if c.beside == 0 {
			f.wait(until, s)
			return
		}
		s.timer.Reset(until - f.now())
		defer s.timer.Stop()
	}
	stopped := f.stopped
	if c.halted {
		stopped = nil
	}
	select {
	case x := <-c.ended:
		c.beside--
		c.take(x)
		c.spare = append(c.spare, x.by)
	case <-s.timer.C:
	case <-stopped:
	}
}
