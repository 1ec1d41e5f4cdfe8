package flow

import (
	"math/bits"
	"net/url"
	"slices"
	"time"

	"shotput/loadgen/text"
)

// A sending is a step that is being sent.
type sending struct {
	phase phase
	step  int           // in its list
	due   time.Duration // no exchange of it is due earlier
	next  int           // the part that a free lane takes, from 0
	begun bool          // an exchange of it has ended
	lanes []lane
	bases []*url.URL // of each capture: the URL that its last value was taken from
}

// A lane sends parts, one after the other.
type lane struct {
	part     int  // from 0
	busy     bool // it has a part, under way or waiting
	underWay bool
	denied   bool          // the part's last answer was a 401
	due      time.Duration // of its next exchange, where it is not under way
	polled   bool          // the part was sent before
	first    time.Duration // when that was
	overdue  time.Duration // by how much it was sent late since, in sum
}

// begin makes ready for a step.
func (n *sending) begin(p phase, step int, due time.Duration, c *compiled) {
	n.phase, n.step, n.due, n.next, n.begun = p, step, due, 0, false
	n.lanes = slices.Grow(n.lanes[:0], c.lanes())[:c.lanes()]
	clear(n.lanes)
	n.bases = slices.Grow(n.bases[:0], len(c.takers))[:len(c.takers)]
}

// ready is the lane whose next exchange is due first, with a part to send; -1: none has.
func (n *sending) ready(parts int) int {
	best := -1
	for i := range n.lanes {
		l := &n.lanes[i]
		if l.underWay || !l.busy && n.next == parts {
			continue
		}
		if best < 0 || l.due < n.lanes[best].due {
			best = i
		}
	}
	if best >= 0 && !n.lanes[best].busy {
		n.lanes[best] = lane{part: n.next, busy: true, due: n.lanes[best].due}
		n.next++
	}
	return best
}

// ended says whether all parts of a step are.
func (n *sending) ended(parts int) bool {
	for i := range n.lanes {
		if n.lanes[i].busy {
			return false
		}
	}
	return n.next == parts
}

// draw is how long is thought behind a step: a pure function of its arguments.
func (t Think) draw(seed uint64, number int64, step int) time.Duration {
	if t.To <= t.From {
		return t.From
	}
	const thinking = 0x7468696e6b // keeps it apart from all else that is drawn of the seed
	v := text.Scramble(text.Scramble(text.Scramble(seed^thinking)+uint64(number)) + uint64(step))
	part, _ := bits.Mul64(v, uint64(t.To-t.From)+1)
	return t.From + time.Duration(part)
}
