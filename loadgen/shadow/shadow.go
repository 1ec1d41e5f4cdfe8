// Package shadow bounds from below what a user would have waited, where the tool itself was late. It follows the
// standstills of the tool, and says of each request, when it ends, what it would have taken at the least had the tool
// been on time. It refuses to say what it would have taken exactly: that depends on how the server serves.
//
// A backlog is a row of arrivals that go out together, late. Outstanding is what is due and has not ended: in flight,
// or waiting for a slot, of all loops together. The shadow of a backlog is the time in which its requests may slow each
// other down, and those that follow; its level is how many were in flight just before it.
package shadow

import (
	"sync"
	"sync/atomic"
	"time"

	"shotput/stats"
)

// # The floor
//
// Response time holds the tool's lateness, and is an upper bound: requests that start late bunch, and bunching makes no
// server faster. Response less the timer lag (punctual) is what it would have been, but for the bunching. The floor is
// punctual where no shadow is, and in a shadow
//
//	max(0, punctual − s) × min(1, max(1, level) / peak),  but at least  punctual − 6 s
//
// with s the largest timer lag since the shadow began, since a server that serves in order of arrival is late by no
// more than that, and peak the most that were outstanding since, since a server that shares itself among all is
// slowed by no more than peak / level. Held against servers of both kinds by the test of this package.
//
// The second form is for a server that is full: its backlog grows whatever the tool does, the shadow never ends, and
// peak is the server's own. A server that works whenever there is something to do is behind by no more work than what
// came late, s × capacity, however often the tool stood still. In order of arrival that is s again; of one that shares
// itself each request has a part in what all others bring, and the longest were slowed by less than 6 s. (Tried: with
// 1, 2, 3 and 5 in the place of 6, at loads up to 1.03, 1100, 203, 60 and 3 of 21 168 percentiles were above the
// truth. With 6 none was that is not without the second form, too.)
//
// A shadow begins with the first request of a backlog, and ends when no more than level are outstanding. What was
// sent in it stays in it, though it ends later, and what ends in it is in it, though it was sent before.
//
// # Flows
//
// A flow goes out several times, and its timer lag is that of all its exchanges. Each may have been slowed by those
// that came late, so s counts for each; an exchange may lie within a shadow that is over when its flow ends, and was
// slowed in it as long as any. How many flows are in flight says little of what the server has to do, since they wait
// between their exchanges, and what was late goes on with them: so a level is taken to be one, a shadow lasts until as
// many have ended as were outstanding when the last of its backlog was sent, and what is sent for some time after it
// counts as sent in it. (Tried: of 6 480 percentiles at loads up to 0.9, 15 were above the truth where nothing lingers,
// 1 with as long again, and none with twice; at up to 0.95, 4 with twice, 1 with four times, none with eight.)
//
// Note: tried and wrong, by up to 250 times: a shadow that ends at 1 where its level is 0, requests that leave the
// shadow with its end, a level that is no less than the arrivals due within a service time, a limit of lateness that
// grows with service time, no level / peak, the level at the last punctual send, a running mean of the level.

// A Shadow follows one run in open loop. Where the tool is on time, it costs two atomic loads a request.
type Shadow struct {
	Late time.Duration                       // a timer lag above it is a standstill
	Blur time.Duration                       // by so much an answer may have come before it was noted
	Due  func(until time.Duration) (n int64) // arrivals that are due until an instant; called under mu

	Flows bool // arrivals may be flows

	followed time.Duration // owned by whoever calls Follow

	ended atomic.Int64 // requests
	on    atomic.Bool  // there is a shadow
	over  atomic.Int64 // the instant when the last one ended; before the first, below 0

	mu struct {
		sync.Mutex
		span
		level, peak int64
		last        time.Duration    // when the last of the backlog was sent
		until       int64            // with flows: how many requests have to have ended before the shadow may end
		past        [remembered]span // the latest, in a ring
		n           int              // how many there were
		longest     time.Duration    // lag, of those that are forgotten
	}
}

// A span is from where to where a shadow fell, and the largest timer lag in it.
type span struct{ from, to, lag time.Duration }

// remembered bounds the shadows that requests in flight may have been sent in; beyond, the longest lag of all
// stands for them.
const remembered = 64

// slowed is by how many of the longest lag a request may have been slowed at the most; see the floor.
const slowed = 6

// lingers is how many times as long flows stay in a shadow that is over; see Flows.
const lingers = 8

// smallBody is what fits into a socket's buffer: to hand it over takes no time, unless the tool stands still.
const smallBody = 16 << 10

// Start makes s ready.
func (s *Shadow) Start() { s.over.Store(-1) }

// NoteSent notes that a request went in flight at the instant now; inFlight has it counted.
func (s *Shadow) NoteSent(o *stats.Observation, now time.Duration, inFlight int64) {
	lag := now - max(o.Intended, o.Claimed)
	if lag <= s.Late && !s.on.Load() {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if lag > s.Late {
		s.stand(now, lag, inFlight-1)
		if s.Flows {
			s.mu.until = s.ended.Load() + s.outstanding(now, inFlight)
		}
	}
	if s.on.Load() {
		s.mu.peak = max(s.mu.peak, s.outstanding(now, inFlight))
	}
}

// stand notes a standstill that delayed a request; the caller holds mu.
func (s *Shadow) stand(now, lag time.Duration, level int64) {
	if !s.on.Load() {
		s.on.Store(true)
		s.mu.span, s.mu.level, s.mu.peak = span{from: now}, level, max(1, level)
	}
	s.mu.lag, s.mu.last = max(s.mu.lag, lag), max(s.mu.last, now)
}

func (s *Shadow) outstanding(now time.Duration, inFlight int64) int64 {
	return max(inFlight, s.Due(now)-s.ended.Load())
}

// NoteDone notes that a request ended, and gives its floor; inFlight has it counted no more.
func (s *Shadow) NoteDone(o *stats.Observation, inFlight int64) time.Duration {
	s.ended.Add(1)
	punctual, lag := o.Response()-o.TimerLag(), own(o)
	late := lag > s.Late*starts(o)
	if !late && !s.on.Load() && int64(o.Sent) > s.over.Load() {
		return punctual
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if late && !s.on.Load() && int64(o.Sent) > s.over.Load() {
		s.stand(o.Done, lag, inFlight) // it was held up behind the instant in which it went in flight
		if s.Flows {
			s.mu.until = s.ended.Load() + inFlight
		}
	}
	held, part := s.heldIn(o), 1.0
	if s.on.Load() {
		s.mu.lag = max(s.mu.lag, lag)
		if o.Sent < s.mu.from && o.Done <= s.mu.from+s.Blur && s.mu.level > 0 {
			s.mu.level-- // it was not in flight when the backlog began: only nobody had looked yet
		}
		held, part = max(held, s.mu.lag), s.part()
		if o.Done > s.mu.last && s.outstanding(o.Done, inFlight) <= s.mu.level && s.ended.Load() >= s.mu.until {
			s.end(o.Done)
		}
	}
	held *= starts(o)
	if o.Exchanges > 0 && part == 1 {
		return max(0, punctual-slowed*held)
	}
	return max(time.Duration(float64(max(0, punctual-held))*part), punctual-slowed*held)
}

// starts is how often a request went out: a flow once for each exchange.
func starts(o *stats.Observation) time.Duration { return time.Duration(max(1, o.Exchanges)) }

// part is what is left of a time, at the least, without the slowing of the shadow that there is; the caller holds mu.
func (s *Shadow) part() float64 {
	level := max(1, s.mu.level)
	if s.Flows {
		level = 1
	}
	return min(1, float64(level)/float64(s.mu.peak))
}

// own is how long the tool held a request up: before it was sent, or between the clock and the write of a small
// body. One whose answer began before it was written says nothing: perhaps nobody saw when that was.
func own(o *stats.Observation) time.Duration {
	lag := o.TimerLag()
	if o.Exchanges > 0 {
		return lag
	}
	written := o.Sent < o.Uploaded && o.Uploaded < o.FirstByte && o.Continue == stats.NotExpecting && !o.NewConn
	if written && o.BodySent <= smallBody {
		lag = max(lag, o.Uploaded-o.Sent)
	}
	return lag
}

// end ends the shadow; the caller holds mu.
func (s *Shadow) end(now time.Duration) {
	if s.mu.to = now; s.Flows {
		s.mu.to += lingers * (now - s.mu.from)
	}
	at := &s.mu.past[s.mu.n%remembered]
	s.mu.longest = max(s.mu.longest, at.lag)
	*at = s.mu.span
	s.mu.n++
	s.over.Store(int64(s.mu.to))
	s.on.Store(false)
}

// heldIn is the longest lag of the shadows that are over in which a request was sent, or in which a flow, which goes
// out more than once, was under way; the caller holds mu.
func (s *Shadow) heldIn(o *stats.Observation) (longest time.Duration) {
	n := min(s.mu.n, remembered)
	for i := 1; i <= n; i++ {
		one := &s.mu.past[(s.mu.n-i)%remembered]
		switch {
		case o.Sent > one.to:
			return longest
		case o.Exchanges > 0:
			longest = max(longest, one.lag)
		case o.Sent >= one.from:
			return one.lag
		}
	}
	if s.mu.n > remembered {
		return max(longest, s.mu.longest)
	}
	return longest
}
