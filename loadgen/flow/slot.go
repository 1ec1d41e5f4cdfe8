package flow

import (
	"slices"
	"time"

	"shotput/loadgen/text"
	"shotput/stats"
)

// # A pass
//
// A pass goes through three lists of steps: those that a slot sends once, where it has not yet; the flow's own; and,
// where one of these failed, those that are for that. Of the list at hand one step is being sent at a time, by as many
// lanes as it may have parts under way. A step is over when all its parts are, and nothing is under way then: that is
// when captures of parts become values, so that what an exchange renders with never changes while it is under way.
//
// An answer of 401 interrupts the step: its other lanes end what they have under way, the slot's own steps are sent
// again, and the step goes on where it was. To a step on failure it is a failure as any other is: the flow's time is
// over, and nothing of what comes after it is worth another login.

// phase is which list of steps a pass is in.
type phase int

const (
	loggingIn  phase = iota // the slot's own
	passing                 // the flow's own
	cleaningUp              // those on failure
	phases
)

// A Slot is what one slot keeps from pass to pass: who it is logged in as, its cookies. It has one pass at a time. Its
// pass, and what that gives, is owned by whoever fires the slot's exchanges.
type Slot struct {
	shared []text.Value
	logins []*login // of each flow that the slot has sent and that has steps of the slot's own
	jar    *jar     // nil: there was no flow with cookies yet

	// The pass.
	flow     *Flow
	login    *login        // of the flow; nil: it has none
	now      sending       // the step that is being sent
	held     sending       // the one that goes on when the slot has logged in again
	relogin  bool          // to be done as soon as nothing is under way
	failed   bool          // a step has, or the limit passed
	expired  bool          // with failed: the limit passed
	stopped  string        // why nothing more is to be sent; "": it may be
	over     bool          // nothing more will be sent
	underWay int           // exchanges that were given and have not ended
	deadline time.Duration // 0: there is none, or nothing has been sent
	values   []text.Value  // shared, the login's, the pass's
	texts    []string      // of what the pass captured, and the parts of the step at hand so far
	free     []*Exchange   // to be used again
	none     Answer        // of an exchange that had none
	clock    clock
	arrival  stats.Observation
}

// A login is what one of a slot's flows has of its own steps.
type login struct {
	flow   *Flow
	done   bool
	values []text.Value
	texts  []string
}

// NewSlot makes one. Shared are values that all passes have, of what was sent once before the load.
func NewSlot(shared []text.Value) *Slot { return &Slot{shared: shared, over: true} }

// Begin begins a pass for an arrival. One that was not begun to be sent may be begun anew.
func (s *Slot) Begin(f *Flow, number int64, intended, claimed time.Duration) {
	s.flow, s.login = f, s.loginTo(f)
	s.relogin, s.failed, s.expired, s.stopped, s.over = false, false, false, "", false
	s.underWay, s.deadline = 0, 0
	s.arrival = stats.Observation{Number: number, Intended: intended, Claimed: claimed, Attempts: 1}
	due := max(intended, claimed)
	s.clock = clock{spans: s.clock.spans[:0], busy: due}
	s.values = append(s.values[:0], s.shared...)
	s.texts = slices.Grow(s.texts[:0], f.texts)[:f.texts]
	clear(s.texts)
	if s.login == nil || s.login.done {
		if s.login != nil {
			s.values = append(s.values, s.login.values...)
		}
		s.send(passing, 0, due)
		return
	}
	s.send(loggingIn, 0, due)
}

// loginTo gives what the slot has of a flow's own steps; nil where it has no such steps.
func (s *Slot) loginTo(f *Flow) *login {
	if len(f.steps[loggingIn]) == 0 {
		return nil
	}
	for _, l := range s.logins {
		if l.flow == f {
			return l
		}
	}
	s.logins = append(s.logins, &login{flow: f, texts: make([]string, f.logins)})
	return s.logins[len(s.logins)-1]
}

// step is the one that is being sent.
func (s *Slot) step() *compiled { return &s.flow.steps[s.now.phase][s.now.step] }

// has says whether all of these were captured.
func (s *Slot) has(names []string) bool {
	given := text.Given{Values: s.values}
	return !slices.ContainsFunc(names, func(name string) bool { return given.Of(name) == nil })
}

// Next gives an exchange that is to be sent when it is due, which may be in the future: the pass pauses. It is asked
// when the pass has begun and when an exchange has ended, again and again until it gives nil: there is none before
// another has ended, or the pass is over. What it gave is sent, and ended by End; or taken back by Unsent.
func (s *Slot) Next(now time.Duration) *Exchange {
	if s.deadline > 0 && now >= s.deadline && s.underWay == 0 {
		s.Expire(s.deadline)
	}
	if !s.goesOn(now) {
		return nil
	}
	i := s.now.ready(s.step().parts())
	if i < 0 {
		return nil
	}
	l := &s.now.lanes[i]
	l.underWay = true
	s.underWay++
	return s.exchange(i, l)
}

// goesOn says whether more of the step at hand may be sent.
func (s *Slot) goesOn(now time.Duration) bool {
	switch {
	case s.over || s.stopped != "":
		return false
	case s.now.phase == cleaningUp:
		return true
	case s.deadline > 0 && now >= s.deadline: // and what is under way ends by it
		return false
	}
	return !s.failed && !(s.relogin && s.now.phase == passing)
}

// Unsent takes back what Next gave and what was not sent. It may be given again.
func (s *Slot) Unsent(e *Exchange) {
	s.now.lanes[e.lane].underWay = false
	s.underWay--
	s.free = append(s.free, e)
}

// Stop ends a pass that is not over: nothing more of it is due. What is under way is still to End. The pass is aborted,
// unless a step has failed before, or the last one is under way.
func (s *Slot) Stop(now time.Duration, why string) {
	if !s.over && s.stopped == "" {
		s.stopped = why
		s.settle(now)
	}
}

// Expire ends a pass whose limit has passed: it is a timeout. What is under way is still to End, by that limit. Steps
// that are for a failure follow, and are to be asked for: the limit is none of theirs.
func (s *Slot) Expire(now time.Duration) {
	if s.over || s.failed || s.stopped != "" {
		return
	}
	s.expire(s.step(), s.idle(now), stats.NoStage)
	s.settle(now)
}

// Deadline is when an exchange that is sent at an instant has to be over by the pass's limit; 0: there is none.
func (s *Slot) Deadline(sent time.Duration) time.Duration {
	switch {
	case s.flow.limit == 0 || s.failed:
		return 0
	case s.deadline == 0:
		return sent + s.flow.limit
	}
	return s.deadline
}

// isLate says whether an exchange has ended by the pass's limit, if it has ended by a limit at all.
func (s *Slot) isLate(o *stats.Observation) bool {
	limit := s.deadline
	if limit == 0 {
		limit = o.Sent + s.flow.limit
	}
	return s.flow.limit > 0 && s.now.phase != cleaningUp && o.Done >= limit
}

// Over says whether nothing of the pass is under way, and nothing will be.
func (s *Slot) Over() bool { return s.over && s.underWay == 0 }

// Arrival is what the run counts of a pass that is over. Which of the plan's entries it was, whoever counts it knows.
func (s *Slot) Arrival() *stats.Observation { return &s.arrival }

// Captured is what a pass has, of what was sent once and of the slot's own steps too: a copy.
func (s *Slot) Captured() []text.Value {
	all := slices.Clone(s.values)
	for i := range all {
		all[i].Texts = slices.Clone(all[i].Texts)
	}
	return all
}

// Secrets are all that was captured, for whoever shows what a server said. There may be empty ones among them.
func (s *Slot) Secrets() (all []string) {
	for _, v := range s.shared {
		all = append(all, v.Texts...)
	}
	for _, l := range s.logins {
		all = append(all, l.texts...)
	}
	if s.jar != nil {
		for i := range s.jar.kept {
			all = append(all, s.jar.kept[i].value)
		}
	}
	return append(all, s.texts...)
}
