package flow

import (
	"time"

	"shotput/loadgen/text"
	"shotput/stats"
)

// settle goes on when nothing is under way: with the step at hand, the one behind it, or the end.
func (s *Slot) settle(now time.Duration) {
	if s.over || s.underWay > 0 {
		return
	}
	s.clock.sweep(s.arrival.Done)
	ended := s.now.ended(s.step().parts())
	switch {
	case s.now.phase != cleaningUp && s.failed:
		s.close()
		s.send(cleaningUp, 0, s.clock.busy)
	case s.now.phase == passing && s.relogin:
		s.now, s.held = s.held, s.now
		s.login.done = false
		s.send(loggingIn, 0, s.clock.busy)
	case ended:
		step := s.step()
		s.commit(step)
		s.send(s.now.phase, s.now.step+1, s.clock.busy+step.Think.draw(s.flow.seed, s.arrival.Number, step.ordinal))
	}
	if s.stopped != "" && !s.over {
		s.abort(now)
	}
}

// send goes on with a step, due at an instant, or with what follows a list that has ended.
func (s *Slot) send(p phase, step int, due time.Duration) {
	steps := s.flow.steps[p]
	for p == cleaningUp && step < len(steps) && !s.has(steps[step].Needs) {
		step++
	}
	switch {
	case step < len(steps):
		s.now.begin(p, step, due, &steps[step])
	case p == loggingIn:
		s.loggedIn(due)
	default:
		if s.over = true; p == passing {
			s.arrival.Done = s.clock.busy
			s.close()
		}
	}
}

// loggedIn goes on behind the last of the slot's own steps: with the flow, or with the step of it that was denied.
func (s *Slot) loggedIn(due time.Duration) {
	s.login.done = true
	if !s.relogin {
		s.send(passing, 0, due)
		return
	}
	s.relogin = false
	s.now, s.held = s.held, s.now
	s.now.due = due
}

// abort ends a pass that was stopped.
func (s *Slot) abort(now time.Duration) {
	s.over = true
	if s.failed {
		return
	}
	where := " in step "
	if !s.now.begun {
		where = " before step "
	}
	step := s.step()
	s.fail(step, &stats.Observation{Outcome: stats.Aborted, Detail: s.stopped + where + step.Name}, s.idle(now))
	s.close()
}

// commit makes values of what the parts of a step captured.
func (s *Slot) commit(step *compiled) {
	if step.parts() == 1 {
		return // it was done when it was captured
	}
	for i := range step.takers {
		if s.now.phase != cleaningUp {
			s.define(step, i)
		}
	}
}

// define makes a value of a capture.
func (s *Slot) define(step *compiled, i int) {
	from := step.texts[i]
	v := text.Value{Name: step.Captures[i].Name, Texts: s.textsOf(step)[from : from+step.parts()], Base: s.now.bases[i]}
	s.values = with(s.values, v)
	if step.PerSlot {
		s.login.values = with(s.login.values, v)
	}
}

// with are values and one more, in place of one that has its name.
func with(all []text.Value, v text.Value) []text.Value {
	for i := range all {
		if all[i].Name == v.Name {
			all[i] = v
			return all
		}
	}
	return append(all, v)
}

// textsOf is where the captures of a step have their places.
func (s *Slot) textsOf(step *compiled) []string {
	if step.PerSlot {
		return s.login.texts
	}
	return s.texts
}

// idle notes that a pass ends while nothing is under way, and gives when: not before its last exchange.
func (s *Slot) idle(now time.Duration) time.Duration {
	if s.underWay == 0 {
		s.clock.sweep(0) // what was taken back was all that was under way
		s.clock.idle(s.nextDue(), now)
		return max(now, s.clock.busy)
	}
	return now
}

// nextDue is when the pass would have gone on.
func (s *Slot) nextDue() time.Duration {
	due := time.Duration(-1)
	for i := range s.now.lanes {
		l := &s.now.lanes[i]
		if (l.busy || s.now.next < s.step().parts()) && (due < 0 || l.due < due) {
			due = l.due
		}
	}
	return max(s.now.due, due)
}
