package loadgen

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"time"

	"shotput/loadgen/arrivals"
	"shotput/loadgen/machine"
	"shotput/loadgen/route"
	"shotput/loadgen/token"
	"shotput/loadgen/transport"

	"shotput/stats"
)

// An alarmSink is a Sink that wants to hear of what makes the run client_limited as soon as it is seen: each alarm
// once, before the window that was open then.
type alarmSink interface{ Alarm(stats.Warning) }

// mostShards bounds the recorder's memory, about 5 MB a shard; a shard's lock is held for 0.1 µs a request.
const mostShards = 8

// mostSamples of a shard in a window: about as many requests as one core fires in a second, and 9 MB, twice.
const mostSamples = 1 << 17

// newFiring makes what an engine needs of a validated plan, its compiled requests, and those that were sent ahead.
func newFiring(plan *Plan, mixture *mixture, sent []first) (*firing, error) {
	if err := mixture.ready(plan); err != nil {
		return nil, err
	}
	f := &firing{
		plan:     plan,
		mixture:  mixture,
		start:    time.Now(),
		sample:   machine.Take,
		tokens:   new(token.Set),
		stopped:  make(chan struct{}),
		finished: make(chan struct{}),
	}
	f.last, _ = mixture.last()
	f.captures.most = int64(plan.Capture)
	if !plan.NoPreflight {
		f.opening.failed = make(chan struct{}, 1)
	}
	f.ahead(sent)
	if plan.Load.Duration > 0 {
		f.end = max(f.lead, plan.Load.Warmup) + plan.Load.Duration
	}
	for _, s := range plan.Load.Stages {
		f.end += s.Duration
	}
	var err error
	if f.mu.arrivals, err = arrivals.NewArrivals(f.law(), arrivals.Limit{Until: f.end, Count: f.last}); err != nil {
		return nil, err
	}
	if f.span, err = f.scheduleSpan(); err != nil {
		return nil, err
	}
	f.recorder = f.newRecorder()
	return f, f.follow(lateOf(plan))
}

// newRecorder makes what the run's requests are counted in.
func (f *firing) newRecorder() *stats.Recorder {
	plan := f.plan
	config := stats.RecorderConfig{Shards: min(runtime.GOMAXPROCS(0), mostShards), Open: plan.open(),
		Warmup: plan.Load.Warmup, Templates: len(f.mixture.entries), Steps: f.mixture.steps(), Slowest: plan.Trace}
	if config.Until = f.end; f.span > 0 {
		config.SpanEnd = plan.Load.Warmup + f.span
		config.Until = config.SpanEnd
		config.Grace = f.span / time.Duration(max(1, f.law().Due(config.SpanEnd)-f.law().Due(plan.Load.Warmup)))
	}
	if plan.Samples {
		config.Samples = mostSamples
	}
	return stats.NewRecorder(config)
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
func (f *firing) fire(ctx context.Context, head *stats.Run, traffic *route.Traffic, engine engine,
	sink stats.Sink) (*stats.Run, error) {
	f.asked = ctx.Done()
	halt, abort := context.WithCancelCause(context.Background())
	defer abort(nil)
	watching, unwatch := context.WithCancel(context.Background())
	f.watch = &machine.Watch{Start: f.start, Slots: f.plan.Load.Concurrency, Unix: f.plan.Route.UnixSocket != "",
		Opened: traffic.Opened.Load, CPUs: float64(runtime.GOMAXPROCS(0)), Sample: f.sample}
	var started sync.WaitGroup
	started.Go(func() { f.watch.Run(watching) })
	started.Go(func() { f.tokens.Renew(watching) })
	f.logged = transport.LogSoFar()
	traffic.Busy.Begin()
	ended := make(chan struct{})
	sink.Start(head)
	run := stats.NewRun(*head)
	c := cutter{firing: f, run: run, sink: sink, ended: ended}
	if f.span > 0 {
		c.spanEnd = f.plan.Load.Warmup + f.span
	}
	c.countFirst()
	started.Go(func() {
		defer close(ended)
		engine.fire(halt, f)
	})
	c.untilEnded(ctx, abort)
	unwatch()
	started.Wait()
	err := c.conclude(traffic, head.Clock)
	sink.End(run)
	return run, err
}

// conclude adds the run up, when the engine and the watch have ended.
func (c *cutter) conclude(traffic *route.Traffic, clock string) error {
	f, run := c.firing, c.run
	if f.after != nil {
		f.after(run, c.cause)
	}
	run.Warnings, run.Captured = append(run.Warnings, f.warnings(traffic)...), f.captures.told()
	if first := f.protocol.Load(); first != nil { // what was measured; the first request was one before it
		run.Plan.Protocol = *first
	}
	var lag stats.Histogram
	if clock == "user" {
		lag = f.watch.ReadLag()
	}
	planned, due := f.count(c.stopped, c.cause.CutShort())
	return run.Finish(stats.Ending{Planned: planned, Due: due, Span: f.span,
		Stopped: c.stopped, LastDone: time.Duration(f.lastDone.Load()), Stop: c.reason(),
		WireBytesSent: traffic.Sent.Load() - f.base.sent, BytesReceived: traffic.Received.Load() - f.base.received,
		ConnectionsOpened: traffic.Opened.Load() - f.base.opened, Reopened: f.reopened,
		IdleAnswers: traffic.IdleAnswers.Load() - f.base.idleAnswers,
		Overlong:    traffic.Overlong.Load() - f.base.overlong, ConnectionsNeeded: f.needed(traffic),
		Clock: clock, ReadLag: lag, Generator: f.watch.Seen()})
}

// A cutter closes the run's windows. All its fields are owned by the goroutine that calls untilEnded.
type cutter struct {
	firing   *firing
	run      *stats.Run
	sink     stats.Sink
	ended    <-chan struct{}  // closed when the engine has returned
	spanEnd  time.Duration    // where the schedule of an open loop ends by itself; 0: none
	last     time.Duration    // where the open window begins
	stopped  time.Duration    // where the measured span ends; 0 as long as it goes on
	claimed  bool             // nothing is left to claim
	toAnswer bool             // the measured span goes on until the last answer
	cause    stats.StopReason // what cut the run short
	alarms   int              // how many of the watch's the sink has heard of
	opened   bool             // the first second is over
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
				c.stop(endOf(ctx, stats.BySignal)) // a claim may see it before this goroutine does
			}
			if c.noteClaimed(); !c.toAnswer {
				c.spanEnded()
			}
		case <-soft:
			soft = nil
			c.stop(endOf(ctx, stats.BySignal))
		case <-at:
			at = nil
			c.stop(endOf(hard, stats.Halted)) // of which ctx may not have heard yet
			abort(transport.ErrHalted)
		case <-f.opening.failed:
			c.giveUp(false)
		case <-c.ended:
			c.spanEnded()
			c.cut(max(c.last, f.now()))
			return
		}
	}
}

// stop cuts the run short, once.
func (c *cutter) stop(cause stats.StopReason) {
	if !c.cause.CutShort() {
		c.cause = cause
		close(c.firing.stopped)
		c.firing.close()
		if c.toAnswer {
			c.spanEnded()
		}
	}
}

// noteClaimed notes that all is claimed. The measured span of a closed loop whose end is a count, or its rows, goes on
// until the last answer (see stats, Rates and ends): nothing of it is a drain.
func (c *cutter) noteClaimed() {
	f := c.firing
	c.claimed = true
	c.toAnswer = !f.plan.open() && !c.cause.CutShort() && (f.end == 0 || f.now() < f.end)
}

// next is where the open window ends at the latest: at the next full second, at the end of the warm-up.
func (c *cutter) next() time.Duration {
	next := c.last.Truncate(time.Second) + time.Second
	for _, edge := range []time.Duration{c.firing.plan.Load.Warmup, c.firing.end, c.stopped} {
		if c.last < edge {
			next = min(next, edge)
		}
	}
	return next
}

// spanEnded notes where the measured span ended: never before the schedule's own end, unless the run was cut short,
// since an open loop's slots claim ahead of time; and never after the plan's own end, since a slot that was
// busy then asks for its next arrival later.
func (c *cutter) spanEnded() {
	if c.stopped != 0 {
		return
	}
	c.stopped = max(1, c.firing.now())
	if !c.cause.CutShort() {
		c.stopped = max(c.stopped, c.spanEnd)
	}
	if end := c.firing.end; end > 0 && !c.toAnswer {
		c.stopped = min(c.stopped, end)
	}
}

// cut closes the open window at the instant at.
func (c *cutter) cut(at time.Duration) {
	w := c.firing.recorder.Rotate(at, c.firing.inFlight.Load())
	w.Drain = c.stopped != 0 && c.last >= c.stopped
	if !w.Drain {
		w.Due = c.firing.dueBetween(c.last, min(at, c.spanEnd))
	} else if w.Done == 0 && w.Sent == 0 && w.InFlight == 0 {
		c.last = at
		return // nothing drained: there is no such part
	}
	c.firing.mixture.nameTraces(w.Tally.Slowest)
	c.last = at
	if f := c.firing.shadow; f != nil {
		f.Follow(at)
	}
	c.run.Add(&w)
	w.SoFar = stats.SoFar(c.run)
	c.tellAlarms()
	c.sink.Window(&w)
	c.abort()
	if !c.opened && at >= c.firing.lead+time.Second {
		c.opened = true
		c.giveUp(true)
	}
}

// giveUp stops a run of which all has failed alike so far, unless it is at its end by itself.
func (c *cutter) giveUp(secondOver bool) {
	if why, hopeless := c.firing.opening.failure(secondOver); hopeless && !c.isEnding() {
		c.stop(why)
	}
}

// isEnding says whether claiming has ended, or is about to.
func (c *cutter) isEnding() bool {
	return c.claimed || c.stopped != 0 || c.cause.CutShort() || c.firing.end > 0 && c.last >= c.firing.end
}

// abort stops the run in the second in which one of its abort rules comes true, unless it is at its end by itself.
// What is in flight may finish, as after a first interrupt.
func (c *cutter) abort() {
	if c.isEnding() {
		return
	}
	if rule := c.run.AbortRule(); rule != "" {
		c.stop(stats.StopReason{Kind: stats.ByRule, Text: rule})
	}
}

func (c *cutter) tellAlarms() {
	told, ok := c.sink.(alarmSink)
	if !ok {
		return
	}
	alarms := c.firing.watch.Seen().Alarms
	for _, a := range alarms[c.alarms:] {
		told.Alarm(a)
	}
	c.alarms = len(alarms)
}

// reason is what ended the run: what cut it short, or which of the plan's bounds was met first.
func (c *cutter) reason() stats.StopReason {
	f := c.firing
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case c.cause.CutShort():
		return c.cause
	case c.toAnswer || f.end == 0 || c.stopped < f.end: // the time did not end it
	case len(f.plan.Load.Stages) > 0:
		return stats.StopReason{Kind: stats.AtSchedule}
	default:
		return stats.StopReason{Kind: stats.AtDuration}
	}
	if f.plan.Load.Requests > 0 && f.mu.claimed >= f.plan.Load.Requests {
		return stats.StopReason{Kind: stats.AtCount}
	}
	return stats.StopReason{Kind: stats.AtRows, Text: f.usedRows()}
}

// usedRows says of which file each row was used.
func (f *firing) usedRows() string {
	last, file := f.mixture.last()
	return fmt.Sprintf("%s has no more rows (%d)", file, last)
}

// endOf is that a context has ended, in the words of whoever ended it.
func endOf(ctx context.Context, kind stats.StopKind) stats.StopReason {
	return stats.StopReason{Kind: kind, Text: context.Cause(ctx).Error()}
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

// needed is how many connections were needed: as many as requests in flight at a time, where a connection carries one;
// else as many as had requests on them at a time.
func (f *firing) needed(traffic *route.Traffic) int64 {
	if busy := traffic.Busy.Peak(); busy > 0 && f.plan.Transport.IsMultiplexed() {
		return busy
	}
	if f.plan.Transport.HTTP == transport.HTTP3Only {
		return transport.Connections(f.peak.Load())
	}
	return f.peak.Load()
}

// warnings are what is known of the run beside its figures.
func (f *firing) warnings(traffic *route.Traffic) []stats.Warning {
	all := append(f.tokens.Warnings(), logWarnings(f.logged)...)
	for _, text := range traffic.Races.Told() {
		all = append(all, stats.Warning{Code: "addresses", Text: text})
	}
	return all
}

// logWarnings says once what the libraries have logged since.
func logWarnings(since transport.Logged) []stats.Warning {
	now := transport.LogSoFar()
	if now.Lines == since.Lines {
		return nil
	}
	return []stats.Warning{{Code: "logged", Text: fmt.Sprintf(
		"net/http found fault with answers %s, the last time: %s",
		stats.Plural(now.Lines-since.Lines, "time"), now.Last)}}
}
