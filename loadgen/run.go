package loadgen

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"time"

	"shotput/stats"
)

// A preflightSink is a Sink that wants to see the preflight's exchanges too, before Start.
type preflightSink interface{ Preflight(*Exchange) }

// An alarmSink is a Sink that wants to hear of what makes the run client_limited as soon as it is seen: each alarm
// once, before the window that was open then.
type alarmSink interface{ Alarm(stats.Warning) }

// Run fires the plan and tells sink of it as it goes; it returns when every goroutine that it started has ended.
// The error is a *Fault (or several, joined) for a plan that can not be run, a *PreflightError when the one
// request sent before the load showed the run to be hopeless, a *TokenError when no OAuth2 token could be had;
// nothing else. Failed requests are outcomes, not errors, and whatever was measured reaches sink.End.
//
// When ctx ends the run ends at once: what is in flight is aborted, counted and reported. See WithDrain for a
// gentler way.
func Run(ctx context.Context, plan Plan, sink stats.Sink) error {
	if err := plan.Validate(); err != nil {
		return err
	}
	plan = plan.WithDefaults()
	var err error
	if plan.token, err = plan.fetchToken(ctx); err != nil {
		return err
	}
	mixture, err := newMixture(&plan, time.Now()) // once, for the preflight and all that follows
	if err != nil {
		return err
	}
	defer mixture.Close()
	head := stats.Run{Schema: stats.Schema, Tool: tool(), Plan: plan.recordOf(mixture), Clock: "user"}
	if !plan.NoPreflight {
		first, err := preflight(ctx, &plan, mixture, sink)
		if err != nil {
			return err
		}
		head.Plan.Protocol, head.Plan.TLS = first.Proto, first.TLS
	}
	var traffic traffic
	engine, err := newEngine(&plan, &traffic)
	if err != nil {
		return err
	}
	defer engine.close()
	f, err := newFiring(&plan, mixture, time.Now())
	if err != nil {
		return err
	}
	engine.open(ctx)
	head.Clock = engine.clock()
	head.Started = time.Now() // last: what was made above took time, and the first arrival is due at once
	f.begin(head.Started)
	return f.fire(ctx, &head, &traffic, engine, sink)
}

// mostShards bounds the recorder's memory, about 5 MB a shard; a shard's lock is held for 0.1 µs a request.
const mostShards = 8

// mostSamples of a shard in a window: about as many requests as one core fires in a second, and 9 MB, twice.
const mostSamples = 1 << 17

// newFiring makes what an engine needs of a validated plan and its compiled requests.
func newFiring(plan *Plan, mixture *mixture, start time.Time) (*firing, error) {
	checks, err := newChecks(plan)
	if err != nil {
		return nil, err
	}
	if err := mixture.ready(); err != nil {
		return nil, err
	}
	f := &firing{plan: plan, mixture: mixture, last: mixture.last(), checks: checks, start: start, sample: takeSample,
		stopped: make(chan struct{}), finished: make(chan struct{})}
	if plan.Duration > 0 {
		f.end = plan.Warmup + plan.Duration
	}
	for _, s := range plan.Stages {
		f.end += s.Duration
	}
	if f.mu.arrivals, err = NewArrivals(f.law(), Limit{Until: f.end, Count: f.last}); err != nil {
		return nil, err
	}
	if f.span, err = f.scheduleSpan(); err != nil {
		return nil, err
	}
	config := stats.RecorderConfig{Shards: min(runtime.GOMAXPROCS(0), mostShards), Open: plan.open(), Warmup: plan.Warmup, Templates: len(mixture.all)}
	if f.span > 0 {
		config.SpanEnd = plan.Warmup + f.span
	}
	if plan.Samples {
		config.Samples = mostSamples
	}
	f.recorder = stats.NewRecorder(config)
	return f, nil
}

// begin sets the instant from which everything counts.
func (f *firing) begin(start time.Time) {
	f.start = start
	f.mixture.begin(start)
}

// fire runs the engine and, beside it, closes a window each second, until every request has ended.
//
// The parts of a run: the warm-up, the measured span, the drain. Windows are cut at each second from the start
// of the run and also at the end of the warm-up and where claiming ends, so that each belongs to one part.
func (f *firing) fire(ctx context.Context, head *stats.Run, traffic *traffic, engine engine, sink stats.Sink) error {
	f.asked = ctx.Done()
	halt, abort := context.WithCancelCause(context.Background())
	defer abort(nil)
	watching, unwatch := context.WithCancel(context.Background())
	f.watch = &watch{start: f.start, plan: f.plan, traffic: traffic, cpus: float64(runtime.GOMAXPROCS(0)), sample: f.sample}
	var started sync.WaitGroup
	started.Go(func() { f.watch.run(watching) })
	started.Go(func() { f.plan.token.renew(watching) })
	ended := make(chan struct{})
	sink.Start(head)
	started.Go(func() {
		defer close(ended)
		engine.fire(halt, f)
	})
	run := stats.NewRun(*head)
	c := cutter{firing: f, run: run, sink: sink, ended: ended}
	if f.span > 0 {
		c.spanEnd = f.plan.Warmup + f.span
	}
	c.untilEnded(ctx, abort)
	unwatch()
	started.Wait()
	run.Warnings = append(run.Warnings, f.plan.token.warnings()...)
	if first := f.protocol.Load(); first != nil { // what was measured; the preflight was one request before it
		run.Plan.Protocol = *first
	}
	planned, due := f.count(c.stopped, c.cause != nil)
	err := run.Finish(stats.Ending{Planned: planned, Due: due, Span: f.span, Stopped: c.stopped, LastDone: time.Duration(f.lastDone.Load()),
		Interrupted: c.interrupted(), WireBytesSent: traffic.sent.Load(), BytesReceived: traffic.received.Load(),
		ConnectionsOpened: traffic.opened.Load(), ConnectionsNeeded: f.peak.Load(), Clock: head.Clock, Generator: f.watch.seen()})
	sink.End(run)
	return err
}

// A cutter closes the run's windows. All its fields are owned by the goroutine that calls untilEnded.
type cutter struct {
	firing  *firing
	run     *stats.Run
	sink    stats.Sink
	ended   <-chan struct{} // closed when the engine has returned
	spanEnd time.Duration   // where the schedule of an open loop ends by itself; 0: none
	last    time.Duration   // where the open window begins
	stopped time.Duration   // when claiming ended; 0 as long as it goes on
	cause   error           // what cut the run short
	alarms  int             // how many of the watch's the sink has heard of
}

// untilEnded cuts windows until the engine has returned. ctx ends the run in one stage or, when it came from
// WithDrain, in two.
func (c *cutter) untilEnded(ctx context.Context, abort context.CancelCauseFunc) {
	f := c.firing
	hard := parentOf(ctx)
	timer := time.NewTimer(0)
	defer timer.Stop()
	soft, at, finished := ctx.Done(), hard.Done(), (<-chan struct{})(f.finished)
	for {
		timer.Reset(c.next() - f.now())
		select {
		case <-timer.C:
			c.cut(c.next())
			if f.end > 0 && c.last >= f.end {
				f.close()
			}
		case <-finished:
			finished = nil
			if ctx.Err() != nil {
				c.stop(context.Cause(ctx)) // a claim may see it before this goroutine does
			}
			c.claimingEnded()
		case <-soft:
			soft = nil
			c.stop(context.Cause(ctx))
		case <-at:
			at = nil
			c.stop(context.Cause(hard)) // of which ctx may not have heard yet
			abort(errHalted)
		case <-c.ended:
			c.claimingEnded()
			c.cut(max(c.last, f.now()))
			return
		}
	}
}

// stop cuts the run short, once.
func (c *cutter) stop(cause error) {
	if c.cause == nil {
		c.cause = cause
		close(c.firing.stopped)
		c.firing.close()
	}
}

// next is where the open window ends at the latest: at the next full second, at the end of the warm-up.
func (c *cutter) next() time.Duration {
	next := c.last.Truncate(time.Second) + time.Second
	for _, edge := range []time.Duration{c.firing.plan.Warmup, c.firing.end, c.stopped} {
		if c.last < edge {
			next = min(next, edge)
		}
	}
	return next
}

// claimingEnded notes when claiming ended: never before the schedule's own end, unless the run was cut short,
// since an open loop's slots claim ahead of time; and never after the plan's own end, since a slot that was
// busy then asks for its next arrival later.
func (c *cutter) claimingEnded() {
	if c.stopped != 0 {
		return
	}
	c.stopped = max(1, c.firing.now())
	if c.cause == nil {
		c.stopped = max(c.stopped, c.spanEnd)
	}
	if end := c.firing.end; end > 0 {
		c.stopped = min(c.stopped, end)
	}
}

// cut closes the open window at the instant at.
func (c *cutter) cut(at time.Duration) {
	w := c.firing.recorder.Rotate(at, c.firing.inFlight.Load())
	w.Drain = c.stopped != 0 && c.last >= c.stopped
	if !w.Drain {
		w.Due = c.firing.dueBetween(c.last, min(at, c.spanEnd))
	}
	c.last = at
	c.run.Add(&w)
	w.SoFar = stats.SoFar(c.run)
	c.tellAlarms()
	c.sink.Window(&w)
	c.abort()
}

// abort stops the run in the second in which one of its abort rules comes true, unless it is at its end by itself.
// What is in flight may finish, as after a first interrupt.
func (c *cutter) abort() {
	if c.stopped != 0 || c.cause != nil || c.firing.end > 0 && c.last >= c.firing.end {
		return
	}
	if rule := c.run.AbortRule(); rule != "" {
		c.stop(errors.New(stats.AbortPrefix + rule))
	}
}

func (c *cutter) tellAlarms() {
	told, ok := c.sink.(alarmSink)
	if !ok {
		return
	}
	alarms := c.firing.watch.seen().Alarms
	for _, a := range alarms[c.alarms:] {
		told.Alarm(a)
	}
	c.alarms = len(alarms)
}

func (c *cutter) interrupted() string {
	if c.cause == nil {
		return ""
	}
	return c.cause.Error()
}

// drainKey finds the parent of a context that WithDrain made.
type drainKey struct{}

// WithDrain gives a context for Run in which a run can be ended in two stages: stop ends claiming, lets what
// is in flight finish and reports; cancelling parent ends at once, and what is in flight is aborted, counted
// and reported too. The cause given to stop is reported as what interrupted the run.
func WithDrain(parent context.Context) (ctx context.Context, stop context.CancelCauseFunc) {
	return context.WithCancelCause(context.WithValue(parent, drainKey{}, parent))
}

// parentOf is what ends a run at once.
func parentOf(ctx context.Context) context.Context {
	if parent, ok := ctx.Value(drainKey{}).(context.Context); ok {
		return parent
	}
	return ctx
}
