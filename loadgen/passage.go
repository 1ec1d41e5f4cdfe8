package loadgen

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"shotput/loadgen/flow"
	"shotput/loadgen/secret"
	"shotput/loadgen/text"
	"shotput/loadgen/transport"
	"shotput/stats"
)

// # Flows that are sent alone
//
// Before the load, after it, and where nothing but one arrival is sent, a flow is sent alone: one exchange after the
// other, also those that could be under way at a time. Each goes the way of a request that is sent alone, and is kept.

// A walk sends one flow alone. Owned by whoever calls goThrough.
type walk struct {
	session *Session
	slot    *flow.Slot
	number  int64
	start   time.Time
	made    Passage
}

// goThrough sends a flow alone on a slot, for an arrival with that number. When ctx ends, what is under way is aborted,
// and nothing follows.
func (s *Session) goThrough(ctx context.Context, f *flow.Flow, slot *flow.Slot, number int64) *Passage {
	ctx, done := halting(ctx)
	defer done()
	w := &walk{session: s, slot: slot, number: number, start: time.Now()}
	slot.Begin(f, number, 0, 0)
	for e := slot.Next(w.now()); e != nil; e = slot.Next(w.now()) {
		due := e.At
		if limit := slot.Deadline(w.now()); limit > 0 {
			due = min(due, limit)
		}
		switch err := sleep(ctx, due-w.now()); {
		case err != nil:
			slot.Unsent(e)
			slot.Stop(w.now(), interrupted)
		case due < e.At: // the limit passes in a pause
			slot.Unsent(e)
		case e.Err != nil:
			w.refuse(e)
		default:
			w.send(ctx, e)
		}
	}
	o := &w.made.Arrival
	*o = *slot.Arrival()
	o.Template = firstIn(s.mixture, f)
	hideFlow(s.mixture, slot, o)
	if x := w.made.telling(); o.Outcome != stats.OK && o.Answer == "" {
		o.Answer = x.Observation.Answer
	}
	return &w.made
}

// halting is a context that ends when ctx does, and then tells either engine that the run was halted, as in the load.
func halting(ctx context.Context) (context.Context, func()) {
	halted, abort := context.WithCancelCause(context.WithoutCancel(ctx))
	end := func() { abort(transport.ErrHalted) }
	if ctx.Err() != nil {
		end() // before anything is sent
	}
	heed := context.AfterFunc(ctx, end)
	return halted, func() {
		heed()
		abort(nil)
	}
}

func (w *walk) now() time.Duration { return time.Since(w.start) }

// sleep waits, unless ctx ends first.
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// send sends an exchange.
func (w *walk) send(ctx context.Context, e *flow.Exchange) {
	s := w.session
	one := ofPlan(&s.plan, s.mixture, w.number)
	one.unit, one.since, one.given, one.server = e.Template, w.start, &e.Given, e.Server
	if now, limit := w.now(), w.slot.Deadline(w.now()); limit > 0 {
		one.limit = max(1, min(one.limit, limit-now))
	}
	part, before := e.Given.Part, w.slot.Captured()
	one.ended = func(o *stats.Observation, a *flow.Answer) []string {
		o.Number, o.Template = w.number, one.unit
		endExchange(s.mixture, w.slot, e, o, a)
		return secretsIn(w.slot)
	}
	x := s.engine.exchange(ctx, one)
	x.Part = part
	x.Taken = takenSince(before, w.slot.Captured())
	w.keep(x)
}

// refuse ends an exchange that cannot be sent.
func (w *walk) refuse(e *flow.Exchange) {
	x := &Exchange{Template: e.Template, Part: e.Given.Part, Err: e.Err}
	o := &x.Observation
	o.Number, o.Template, o.Sent, o.Done = w.number, e.Template, w.now(), w.now()
	x.URL = secret.URL(w.session.mixture.all[e.Template].Label())
	endExchange(w.session.mixture, w.slot, e, o, nil)
	x.Err = errors.New(o.Detail)
	w.keep(x)
}

// keep adds an exchange to those that there are, with what was captured hidden in it.
func (w *walk) keep(x *Exchange) {
	u := &w.session.mixture.units[x.Template]
	x.Step, x.Phase = u.step.Name, u.phase
	captured := secretsIn(w.slot)
	x.URL, x.RequestHead = secret.HideIn(x.URL, captured), secret.Hide(x.RequestHead, captured)
	w.made.Exchanges = append(w.made.Exchanges, x)
}

// takenSince is what has been captured that was not, or was another value.
func takenSince(before, after []text.Value) (all []Taken) {
	had := text.Given{Values: before}
	for _, v := range after {
		if old := had.Of(v.Name); old == nil || !slices.Equal(old.Texts, v.Texts) {
			all = append(all, Taken{v.Name, v.Texts})
		}
	}
	return all
}

// firstIn is the first of the plan's requests that is a step of a flow; of what is sent once it does not matter which.
func firstIn(m *mixture, f *flow.Flow) int {
	for i := range m.entries {
		if m.entries[i].flow == f {
			return m.entries[i].first
		}
	}
	return slices.IndexFunc(m.units, func(u unit) bool { return u.entry < 0 })
}

// # What is sent once
//
// The steps before the load are sent when a session is prepared, and what they capture is for all that follows. The
// steps after it are sent when nothing more is to be fired: behind the run that is told to be the last, or that was cut
// short by a signal or, where rounds end with it, in whatever way; else when the session is closed, and then they are
// in no run's figures. They are not sent where those before have not all been sent well, and not after a run was
// halted.

// afterLimit bounds the steps after the load, once somebody wants the program to end.
const afterLimit = 10 * time.Second

// withinAfter is a context for them: it ends when ctx does, where that came from WithDrain only when all is to end at
// once, or so long after somebody wanted a gentler end.
func withinAfter(ctx context.Context) (context.Context, func()) {
	limited, cancel := context.WithCancel(parentOf(ctx))
	timer := time.AfterFunc(time.Hour, cancel)
	timer.Stop()
	heed := context.AfterFunc(ctx, func() { timer.Reset(afterLimit) })
	return limited, func() {
		heed()
		cancel()
		timer.Stop()
	}
}

// sendBefore sends what is sent once before the load. The error is a *PreflightError.
func (s *Session) sendBefore(ctx context.Context) error {
	if f := s.mixture.before; f != nil {
		slot := flow.NewSlot(nil)
		p := s.goThrough(ctx, f, slot, 1)
		if s.before = p.Exchanges; p.Arrival.Outcome != stats.OK {
			return p.refusal()
		}
		s.shared = slot.Captured()
	}
	s.owed = len(s.mixture.after) > 0
	return nil
}

// sendAfter sends what is sent once after the load, unless that was done. Each of its groups is sent whatever became of
// those before.
func (s *Session) sendAfter(ctx context.Context) (all []*Passage) {
	if !s.owed {
		return nil
	}
	s.owed = false
	for _, f := range s.mixture.after {
		if ctx.Err() != nil {
			break
		}
		all = append(all, s.goThrough(ctx, f, flow.NewSlot(s.shared), 1))
	}
	return all
}

// afterRun sends it behind a run, where no other follows, and counts it there. What failed is a warning of the run's.
func (s *Session) afterRun(ctx context.Context, run *stats.Run, cause stats.StopReason, isLast lastRun) {
	switch {
	case cause.Kind == stats.Halted:
		s.owed = false
		return
	case !isLast(cause):
		return
	}
	limited, done := withinAfter(ctx)
	defer done()
	for _, p := range s.sendAfter(limited) {
		s.countOnce(run, p.Exchanges)
		o, x := &p.Arrival, p.telling()
		if o.Outcome == stats.OK {
			continue
		}
		why := o.Detail
		if why == "" || o.Outcome == stats.BadStatus {
			why = "the server answered " + x.Status
		}
		run.Warnings = append(run.Warnings, stats.Warning{Code: "after",
			Text: fmt.Sprintf("step %q, which is sent after the load, failed: %s", o.Step, why)})
	}
}

// countOnce counts in a run, or in its head, what was sent once.
func (s *Session) countOnce(run *stats.Run, all []*Exchange) {
	for _, x := range all {
		run.AddExchange(&x.Observation, s.mixture.units[x.Template].row)
	}
}

// # One arrival alone

// OncePass sends arrival k of the plan alone, by the engine that a run would use: what is sent once before the load,
// its flow, or its request where it is none, and what is sent once after the load. It gives every exchange, in order,
// and what became of the arrival, or of what was sent before it, where that failed. The error is of the plan; what
// failed is in the Passage; that no OAuth2 token could be had is a *TokenError.
func OncePass(ctx context.Context, plan Plan, k int64) (*Passage, error) {
	s, err := ready(ctx, plan, new(heads))
	if err != nil {
		return nil, err
	}
	defer s.Close()
	whole := new(Passage)
	err = s.sendBefore(ctx)
	whole.Exchanges = s.before
	var refused *PreflightError
	if errors.As(err, &refused) {
		whole.Arrival = refused.Exchange.Observation
		whole.Arrival.Step = refused.Step
		return whole, nil
	}
	x := s.passOf(ctx, k)
	whole.Arrival = x.Arrival
	limited, done := withinAfter(ctx)
	defer done()
	whole.Exchanges = slices.Concat(whole.Exchanges, x.Exchanges)
	for _, after := range s.sendAfter(limited) {
		whole.Exchanges = append(whole.Exchanges, after.Exchanges...)
	}
	return whole, nil
}

// passOf sends arrival k alone.
func (s *Session) passOf(ctx context.Context, k int64) *Passage {
	if f := s.mixture.flowOf(s.mixture.pick(k)); f != nil {
		return s.goThrough(ctx, f, flow.NewSlot(s.shared), k)
	}
	x := s.engine.exchange(ctx, ofPlan(&s.plan, s.mixture, k))
	return &Passage{Exchanges: []*Exchange{x}, Arrival: x.Observation}
}
