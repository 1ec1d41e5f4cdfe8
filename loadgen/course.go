package loadgen

import (
	"slices"

	"shotput/loadgen/flow"
	"shotput/stats"
)

// # Flows on the portable engine
//
// A worker goes through a flow as a person would: it asks what comes next, waits until that is due, sends it, waits for
// the answer, and asks again. Where several exchanges may be under way at a time, each has a sender and a goroutine of
// its own, which only sends. The worker alone talks to the flow.

// A course is how one worker goes through flows, one after the other. Owned by the worker.
type course struct {
	*pass
	worker  *worker
	waiting []*flow.Exchange // given by the flow, and not sent
	beside  int              // how many are under way beside the worker
	ended   chan away        // those that have ended
	spare   []*sender
	stopped bool // nothing more of the flow is sent
}

// An away is an exchange that has been sent.
type away struct {
	*flow.Exchange
	by *sender
}

// goThrough fires an arrival that is a flow, and leaves in w.o what became of it.
func (w *worker) goThrough(a arrival, s *sleeper) {
	if w.course == nil {
		w.course = &course{pass: newPass(w.firing, w.shard), worker: w, ended: make(chan away)}
	}
	c := w.course
	c.stopped = false
	c.begin(a)
	w.firing.began(&stats.Observation{Number: a.number, Template: a.template, Intended: a.intended, Claimed: a.claimed})
	for c.ask() {
		if e := c.takeDue(); e != nil {
			c.send(e)
		} else {
			c.wait(s)
		}
	}
	w.o = *c.over()
}

// ask asks the flow for all that may be sent, and says whether there is anything, or something is under way.
func (c *course) ask() bool {
	c.checkEnd()
	for !c.stopped {
		e := c.next(c.firing.now())
		if e == nil {
			break
		}
		c.waiting = append(c.waiting, e)
	}
	return len(c.waiting)+c.beside > 0
}

// checkEnd stops the flow where the run was cut short, and has it go on to what is for a failure where its limit has
// passed. What waits to be sent is taken back.
func (c *course) checkEnd() {
	now := c.firing.now()
	limit := c.slot.Deadline(now)
	cut := isClosed(c.firing.stopped)
	if c.stopped || !cut && (limit == 0 || now < limit) {
		return
	}
	for _, e := range c.waiting {
		c.slot.Unsent(e)
	}
	c.waiting = c.waiting[:0]
	if c.stopped = cut; cut {
		c.slot.Stop(now, interrupted)
	} else {
		c.slot.Expire(now)
	}
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
	first := -1
	for i, e := range c.waiting {
		if first < 0 || e.At < c.waiting[first].At {
			first = i
		}
	}
	return first
}

// takeDue takes an exchange that is due; nil where none is.
func (c *course) takeDue() *flow.Exchange {
	i := c.first()
	if i < 0 || c.waiting[i].At > c.firing.now() {
		return nil
	}
	e := c.waiting[i]
	c.waiting = slices.Delete(c.waiting, i, i+1)
	return e
}

// send sends an exchange: the worker itself does where nothing else is to be looked after meanwhile.
func (c *course) send(e *flow.Exchange) {
	limit, now := c.firing.plan.Transport.Timeout, c.firing.now()
	if end := c.slot.Deadline(now); end > 0 {
		limit = max(0, min(limit, end-now))
	}
	if c.beside+len(c.waiting) == 0 {
		own := &c.worker.sender
		own.o = c.observe(e)
		own.send(&e.Given, limit)
		c.take(away{e, own})
		return
	}
	s := c.spareSender()
	s.o = c.observe(e)
	c.beside++
	go func() { // wait waits for it
		s.send(&e.Given, limit)
		c.ended <- away{e, s}
	}()
}

func (c *course) spareSender() *sender {
	if last := len(c.spare) - 1; last >= 0 {
		s := c.spare[last]
		c.spare = c.spare[:last]
		return s
	}
	return new(newSender(c.worker.halt, c.firing, c.worker.outlets))
}

// take takes in an exchange that has ended.
func (c *course) take(x away) {
	c.worker.hear(x.by)
	var a flow.Answer
	if r := x.by.response; r != nil {
		a = seenIn(r, &x.by.body, c.firing.plan.Transport.Follow)
	}
	c.end(x.Exchange, &x.by.o, &a)
	x.by.keepFailed(c.slot)
}

// wait waits until an exchange is due, one that is under way has ended, or the flow is to be stopped.
func (c *course) wait(s *sleeper) {
	f, stopped := c.firing, c.firing.stopped
	if i := c.first(); i >= 0 {
		until, now := c.waiting[i].At, f.now()
		if limit := c.slot.Deadline(now); limit > 0 {
			until = min(until, limit)
		}
		if c.beside == 0 {
			f.wait(until, s)
			return
		}
		s.timer.Reset(until - now)
		defer s.timer.Stop()
	}
	if c.stopped {
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
