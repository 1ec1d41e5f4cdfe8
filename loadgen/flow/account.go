package flow

import (
	"fmt"
	"time"

	"shotput/stats"
)

// count adds an exchange to the pass.
func (s *Slot) count(e *Exchange, o *stats.Observation) {
	if o.Sent == 0 && e.At > 0 { // it could not be made, or was ended before
		o.Sent = o.Done
	}
	s.clock.add(e.At, o.Sent, o.Done)
	if limit := s.flow.limit; limit > 0 && (s.deadline == 0 || !s.clock.begun && o.Sent+limit < s.deadline) {
		s.deadline = o.Sent + limit
	}
	a := &s.arrival
	a.Exchanges++
	a.Attempts += max(0, o.Attempts-1)
	a.Hops += o.Hops
	a.Rounds += o.Rounds
	a.BodySent += o.BodySent
	a.BodyRead += o.BodyRead
	a.BodySaved += o.BodySaved
	a.Unstamped = a.Unstamped || o.Unstamped
	if s.now.phase != cleaningUp && !s.failed {
		a.Stamped, a.Status, a.Reason = o.Stamped, o.Status, o.Reason
	}
}

// fail notes what became of a pass, unless it has failed before.
func (s *Slot) fail(step *compiled, o *stats.Observation, done time.Duration) {
	if s.failed || s.now.phase == cleaningUp {
		return
	}
	s.failed = true
	a := &s.arrival
	a.Step, a.Done = step.Name, done
	a.Outcome, a.Stage, a.Detail = o.Outcome, o.Stage, o.Detail
	a.Status, a.Reason, a.Answer = o.Status, o.Reason, o.Answer
}

// close adds up a pass that is over, on-failure steps aside.
func (s *Slot) close() {
	a := &s.arrival
	a.Sent, a.Paused, a.Gap = s.clock.sent, s.clock.paused, s.clock.gap
	if !s.clock.begun {
		a.Sent = a.Done
	}
}

// expire notes that the limit of a pass has passed, and in what stage of an exchange, where one was under way: all the
// same whether an engine says so, or an exchange that ended by it, and which of the two comes first.
func (s *Slot) expire(step *compiled, at time.Duration, stage stats.Stage) {
	if !s.failed {
		s.fail(step, &stats.Observation{Outcome: stats.Timeout, Detail: s.limitPassed()}, at)
		s.expired = true
	}
	if s.expired && s.arrival.Stage == stats.NoStage {
		s.arrival.Stage = stage
	}
}

// limitPassed is what is said of a pass whose limit has passed.
func (s *Slot) limitPassed() string { return fmt.Sprintf("flow-timeout %v passed", s.flow.limit) }
