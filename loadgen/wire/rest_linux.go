package wire

import (
	"time"

	"shotput/stats"
)

// rests are the slots of a closed loop that wait, for want of a connection, before they ask for their next request; see
// stats.Rest. All rests of a level are equally long, so that each is a queue, and none needs a heap.
type rests struct {
	levels [stats.RestLevels]list[slot]
	count  int
}

func newRests() (r rests) {
	for i := range r.levels {
		r.levels[i].of = byPlace
	}
	return r
}

// add has a slot rest from now on.
func (r *rests) add(s *slot, now time.Duration) {
	s.refused = min(s.refused+1, stats.RestLevels)
	s.until = now + stats.Rest(s.refused)
	r.levels[s.refused-1].push(s)
	r.count++
}

// next is when the next rest ends; far where that is later.
func (r *rests) next(far time.Duration) time.Duration {
	if r.count == 0 {
		return far
	}
	for i := range r.levels {
		if s := r.levels[i].first; s != nil {
			far = min(far, s.until)
		}
	}
	return far
}

// pass gives a slot whose rest is over; nil if there is none.
func (r *rests) pass(now time.Duration) *slot {
	for i := range r.levels {
		if s := r.levels[i].first; s != nil && s.until <= now {
			r.levels[i].remove(s)
			r.count--
			return s
		}
	}
	return nil
}

// wake makes the slots free whose rest is over.
func (l *Loop) wake() {
	if l.rests.count == 0 {
		return
	}
	now := l.clock.tick()
	for s := l.rests.pass(now); s != nil; s = l.rests.pass(now) {
		s.freed = now
		l.free.push(s)
	}
}
