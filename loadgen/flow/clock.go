package flow

import (
	"cmp"
	"slices"
	"time"
)

// A clock adds up a pass's time, between the first exchange being sent and the end of the last. While one is under way
// it is service time; else it is what the flow asked for (a pause), up to when the next one was due, and the tool's own
// from then on.
//
// When one was sent is known when it has ended, and of several under way the one that was sent first may end last. So
// they are kept until nothing is under way, and looked at in the order in which they were sent.
type clock struct {
	begun       bool
	sent        time.Duration // the first exchange
	busy        time.Duration // until then one was under way; at first, since when the pass may begin
	paused, gap time.Duration
	spans       []span
}

// A span is an exchange's time.
type span struct{ due, sent, done time.Duration }

func (c *clock) add(due, sent, done time.Duration) {
	c.spans = append(c.spans, span{due, sent, max(sent, done)})
}

// sweep takes in what has ended; nothing is under way. What was sent at end or later, where there is one, is no part of
// the pass's time.
func (c *clock) sweep(end time.Duration) {
	if len(c.spans) > 1 {
		slices.SortStableFunc(c.spans, func(a, b span) int { return cmp.Compare(a.sent, b.sent) })
	}
	for _, s := range c.spans {
		switch {
		case !c.begun:
			c.begun, c.sent, c.busy = true, s.sent, s.sent
		case end == 0 || s.sent < end:
			c.idle(s.due, s.sent)
		}
		c.busy = max(c.busy, s.done)
	}
	c.spans = c.spans[:0]
}

// idle notes that nothing was under way until an instant, and that nothing was due before another.
func (c *clock) idle(due, until time.Duration) {
	if !c.begun || until <= c.busy {
		return
	}
	paused := max(0, min(due, until)-c.busy)
	c.paused += paused
	c.gap += until - c.busy - paused
	c.busy = until
}
