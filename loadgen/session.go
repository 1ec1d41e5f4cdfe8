package loadgen

import (
	"context"
	"errors"
	"time"

	"shotput/loadgen/fault"
	"shotput/loadgen/flow"
	"shotput/loadgen/route"
	"shotput/loadgen/text"
	"shotput/loadgen/token"
	"shotput/loadgen/transport"
	"shotput/stats"
)

// A Session is a plan made ready: compiled once, its tokens fetched, its first request sent, its connections open. It
// is run as often as wanted, each time with another load, over connections that stay warm. Runs of one session follow
// each other; several sessions may run in one process, also in turn.
type Session struct {
	plan    Plan // with its defaults
	tokens  *token.Set
	mixture *mixture
	engine  engine
	traffic route.Traffic
	first   []first // sent ahead of the first run
	counted bool    // by a run
	carries carried // what earlier runs have in their figures

	before []*Exchange  // sent once before the load
	shared []text.Value // captured by that
	owed   bool         // what is sent once after the load is still to be

	closed bool

	singles int64  // requests of one's own so far
	spoken  string // by the answer to the last of them
	warm    bool   // connections were opened ahead
}

func (s *Session) carried() carried {
	t := &s.traffic
	return carried{t.Opened.Load(), t.Sent.Load(), t.Received.Load(), t.IdleAnswers.Load(), t.Overlong.Load()}
}

// Prepare makes a plan ready to be run. It sends what is sent once before the load, and the first request, and in
// closed loop opens the connections that will be used. The error is a *Fault (or several, joined) for a plan that can
// not be run, a *PreflightError when what was sent showed the run to be hopeless, a *TokenError when no OAuth2 token
// could be had; nothing else. Whoever gets a Session closes it.
func Prepare(ctx context.Context, plan Plan) (*Session, error) {
	s, err := ready(ctx, plan, nil)
	if err != nil {
		return nil, err
	}
	if err = s.sendBefore(ctx); err == nil && !s.plan.NoPreflight {
		err = s.sendFirst(ctx)
	}
	if err != nil {
		s.abandon(ctx)
		return nil, err
	}
	if !s.plan.open() {
		s.engine.open(ctx)
	}
	return s, nil
}

// Check is all for which Prepare refuses a plan before it sends anything, as joined *Faults: what Validate says, what
// shows only where files are read to their ends, and that the first request cannot be made.
func Check(plan Plan) error {
	s, err := compile(plan)
	if err != nil {
		return err
	}
	return s.mixture.Close()
}

// compile is all of a session that needs no network.
func compile(plan Plan) (*Session, error) {
	if err := plan.Validate(); err != nil {
		return nil, err
	}
	s := &Session{plan: plan.WithDefaults()}
	var err error
	if s.tokens, err = s.plan.tokens(); err != nil {
		return nil, err
	}
	if s.mixture, err = newMixture(&s.plan, time.Now(), s.tokens); err != nil {
		return nil, err
	}
	if err = s.mixture.ready(&s.plan); err == nil {
		err = s.mixture.tryFirst(&s.plan)
	}
	if err != nil {
		s.mixture.Close()
		return nil, err
	}
	return s, nil
}

// ready compiles a plan and makes its engine; nothing is sent but for tokens. Where heads are wanted, they are kept.
func ready(ctx context.Context, plan Plan, h *heads) (*Session, error) {
	s, err := compile(plan)
	if err != nil {
		return nil, err
	}
	if err = s.tokens.Fetch(ctx, s.plan.Transport.Timeout, transport.ErrTimeLimit); err == nil {
		s.engine, err = newEngine(&s.plan, s.mixture, &s.traffic, h)
	}
	if err != nil {
		s.mixture.Close()
		return nil, err
	}
	return s, nil
}

// First are the exchanges that were sent ahead of the load; none where the plan wants none.
func (s *Session) First() (all []*Exchange) {
	for _, f := range s.first {
		all = append(all, f.exchange)
	}
	return all
}

// Before are the exchanges that were sent once before the load.
func (s *Session) Before() []*Exchange { return s.before }

// Close sends what is sent once after the load, where no run has done so: see RunLast. It takes ten seconds at most.
// Then it closes the connections and the files that bodies and values are read from. To call it again does nothing.
func (s *Session) Close() error {
	if s.closed {
		return nil
	}
	s.closed = true
	ctx, cancel := context.WithTimeout(context.Background(), afterLimit)
	defer cancel()
	s.sendAfter(ctx)
	s.engine.close()
	return s.mixture.Close()
}

// abandon closes a session that is not to be run.
func (s *Session) abandon(ctx context.Context) {
	lasting, done := withinAfter(ctx)
	defer done()
	s.sendAfter(lasting)
	s.owed = false
	s.Close()
}

// Run fires the load and tells sink of it as it goes, if there is one; it returns the run when every goroutine that
// it started has ended. Before the load begins, connections that the other side has closed are opened anew, outside
// of what is measured, and tokens near their end are renewed. The error is a *Fault for a load that does not fit the
// plan, a *TokenError, or what the run's own figures lack to be conserved; whatever was measured is returned beside
// it. Failed requests are outcomes, not errors.
//
// When ctx ends the run ends at once: what is in flight is aborted, counted and reported. See WithDrain for a
// gentler way.
//
// What is sent once after the load is sent behind the last run, and counted in it: see RunLast. A run that a signal
// ends in the gentler way is the last, too.
func (s *Session) Run(ctx context.Context, load Load, sink stats.Sink) (*stats.Run, error) {
	return s.run(ctx, load, sink, func(why stats.StopReason) bool { return why.Kind == stats.BySignal })
}

// RunRound is Run, where a run that is cut short, in whatever way, is the last: by an abort rule, too.
func (s *Session) RunRound(ctx context.Context, load Load, sink stats.Sink) (*stats.Run, error) {
	return s.run(ctx, load, sink, stats.StopReason.CutShort)
}

// A lastRun says whether a run that ended so is the session's last.
type lastRun func(stats.StopReason) bool

// RunLast is Run, where no other run of the session follows: when it has ended, what is sent once after the load is
// sent, and its exchanges are on the rows of this run. Where no run was said to be the last, as by whoever does not
// know how many there will be, Close sends it, and it is in no run's figures.
func (s *Session) RunLast(ctx context.Context, load Load, sink stats.Sink) (*stats.Run, error) {
	return s.run(ctx, load, sink, func(stats.StopReason) bool { return true })
}

func (s *Session) run(ctx context.Context, load Load, sink stats.Sink, isLast lastRun) (*stats.Run, error) {
	plan, err := s.with(load)
	if err != nil {
		return nil, err
	}
	if sink == nil {
		sink = unheard{}
	}
	if err := s.tokens.Refresh(ctx); err != nil {
		return nil, err
	}
	var ahead []first
	if !s.counted {
		ahead = s.first
	}
	f, err := newFiring(plan, s.mixture, ahead)
	if err != nil {
		return nil, err
	}
	f.tokens, f.shared = s.tokens, s.shared
	f.after = func(run *stats.Run, cause stats.StopReason) { s.afterRun(ctx, run, cause, isLast) }
	head := stats.Run{Schema: stats.Schema, Tool: tool(), Labels: plan.RecordLabels(),
		Plan: recordOf(plan, s.mixture), Clock: s.engine.clock()}
	s.tellFirst(&head)
	if !s.counted {
		s.countOnce(&head, s.before)
	}
	f.reopened = s.engine.refresh(ctx)
	if s.counted { // else what was opened and sent ahead is of this run
		s.carries = s.carried()
	}
	s.counted = true
	// Last: what was made above took time, and the first arrival is due at once.
	head.Started = load.await().Add(-f.lead)
	f.begin(head.Started)
	f.base = s.carries
	return f.fire(ctx, &head, &s.traffic, s.engine, sink)
}

// unheard is the sink of whoever wants the run alone.
type unheard struct{}

func (unheard) Start(*stats.Run)     {}
func (unheard) Window(*stats.Window) {}
func (unheard) End(*stats.Run)       {}

// tellFirst tells a run of the request that was sent ahead of it, where it is the session's first.
func (s *Session) tellFirst(head *stats.Run) {
	if len(s.first) > 0 {
		x := s.first[0].exchange
		head.Plan.Protocol, head.Plan.TLS = x.Proto, x.TLS
	}
	if s.counted || len(s.first) == 0 {
		return
	}
	o := s.first[0].observation(0)
	name := ""
	if len(head.Plan.Mix) > 0 {
		name = head.Plan.Mix[s.mixture.units[o.Template].entry].Name
	}
	head.First = stats.First(&o, name)
}

// SetRules replaces what the runs from now on must keep. They are held against each run's load, as if they had been the
// plan's from the start. A search needs it: a closed loop has no response time, and what to promise may follow from its
// first run.
func (s *Session) SetRules(r Rules) { s.plan.Rules = r }

// with is the session's plan with another load, which has to fit it.
func (s *Session) with(load Load) (*Plan, error) {
	plan := s.plan
	plan.Load = load.withDefaults(plan.Values.Rows.Order == "once")
	var f fault.List
	plan.Load.check(&f)
	plan.checkRate(&f)
	checkRules(&plan, &f)
	if err := errors.Join(f...); err != nil {
		return nil, err
	}
	if plan.Load.draw() == s.plan.Load.draw() {
		return &plan, nil
	}
	m, err := newMixture(&plan, time.Now(), s.tokens) // everything drawn is another
	if err != nil {
		return nil, err
	}
	if err := m.ready(&plan); err != nil {
		m.Close()
		return nil, err
	}
	s.mixture.Close()
	s.mixture, s.plan.Load.Seed, s.plan.Load.Round = m, plan.Load.Seed, plan.Load.Round
	return &plan, nil
}

// Run prepares a plan, runs it once with its own load and closes it; see Prepare and Session.Run.
func Run(ctx context.Context, plan Plan, sink stats.Sink) (*stats.Run, error) {
	s, err := Prepare(ctx, plan)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	return s.RunLast(ctx, plan.Load, sink)
}

func newEngine(p *Plan, m *mixture, t *route.Traffic, h *heads) (engine, error) {
	if name, _ := engineFor(p); name == "wire" {
		return newLoops(p, m, t)
	}
	return newPool(p, t, h)
}

// sendFirst sends what is to be sent ahead of the load, one after the other. The error is a *PreflightError.
func (s *Session) sendFirst(ctx context.Context) error {
	for _, k := range s.mixture.firstNumbers(lastNumber(&s.plan, s.mixture)) {
		sent := first{number: k, template: s.mixture.pick(k)}
		if f := s.mixture.flowOf(sent.template); f != nil {
			sent.passage = s.goThrough(ctx, f, flow.NewSlot(s.shared), k)
			sent.exchange = sent.passage.telling()
		} else {
			sent.exchange = s.engine.exchange(ctx, ofPlan(&s.plan, s.mixture, k))
		}
		s.first = append(s.first, sent)
		if refused := sent.refusal(s.mixture); refused != nil {
			if len(s.plan.Mix) > 0 {
				refused.Request = s.plan.nameOf(s.mixture.units[sent.template].entry)
			}
			return refused
		}
	}
	return nil
}
