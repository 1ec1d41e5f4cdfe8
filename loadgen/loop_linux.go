package loadgen

import (
	"context"
	"errors"
	"math"
	"runtime"
	"strconv"
	"sync"
	"time"

	"shotput/loadgen/answer"
	"shotput/loadgen/flow"
	"shotput/loadgen/request"
	"shotput/loadgen/route"
	"shotput/loadgen/secret"
	"shotput/loadgen/text"
	"shotput/loadgen/transport"

	"shotput/loadgen/wire"
	"shotput/loadgen/wire/http1"
	"shotput/stats"
)

// loops is the fast engine: event loops that share the arrivals, and split the slots.
//
// They claim from the same schedule, one lock for all, and not each a stripe of its own: with stripes, an arrival of a
// loop whose slots are all busy would wait although another loop has a slot free, and would be called pool lag.
// The lock is held for 0.1 µs of the 8 µs that a request takes.
type loops struct {
	loopServers
	plan    *Plan
	traffic *route.Traffic
	all     []*wire.Loop
	drivers []*driver
	shares  []float64 // of each server: its part of the requests
	strange strangeDiallers
}

// A driver is what one loop asks for: requests, and somebody to tell. It is used by its loop's thread alone.
type driver struct {
	engine    *loops
	loop      *wire.Loop
	firing    *firing
	shard     *stats.Shard
	templates []rendering
	flows     flows
	given     *text.Given // to the one exchange of a flow that is sent alone; else nil
	heard     codes
}

// mostLoops bounds the loops that are used without being asked for. Measured on two cores, closed loop, nginx on the
// same machine: 68 800 PUTs a second with one loop, 66 900 with two (medians), since a second loop only takes
// the server's core. So there is one for every two cores, and the server, or the kernel's network work, has the
// other half. More than four were not measured.
const mostLoops = 4

func loopCount(p *Plan) int {
	if p.Engine.Loops > 0 {
		return p.Engine.Loops
	}
	return min(p.Load.Concurrency, max(1, min(mostLoops, runtime.GOMAXPROCS(0)/2)))
}

func newLoops(p *Plan, m *mixture, t *route.Traffic) (engine, error) {
	servers, err := newLoopServers(p, m, t)
	if err != nil {
		return nil, err
	}
	e := &loops{loopServers: servers, plan: p, traffic: t, shares: servers.shares(p, m),
		strange: strangeDiallers{plan: p, traffic: t}}
	n := loopCount(p)
	for i := range n {
		drive := &driver{engine: e}
		l, err := wire.New(e.config(p, drive, slotsOf(p.Load.Concurrency, i, n)))
		if err != nil {
			e.close()
			return nil, err
		}
		drive.loop = l
		e.all, e.drivers = append(e.all, l), append(e.drivers, drive)
	}
	e.calibrate()
	return e, nil
}

// calibrate lets each loop find out how fast it wakes.
func (e *loops) calibrate() {
	var all sync.WaitGroup
	for _, l := range e.all {
		all.Go(l.Calibrate)
	}
	all.Wait()
}

// slotsOf is the share of loop i of n.
func slotsOf(slots, i, n int) int { return (slots + n - 1 - i) / n }

// config is what a loop needs to fire a plan: the engine's own, with whatever load.
func (e *loops) config(p *Plan, d *driver, slots int) wire.Config {
	c := wire.Config{
		Slots:     slots,
		Scheduled: p.open(),
		Keepalive: !p.Transport.NoKeepalive,
		Timeout:   p.Transport.Timeout,
		Connect:   p.Route.ConnectTimeout,
		Quiet:     p.Transport.ReadTimeout,
		Spin: p.Engine.Spin == "on" ||
			p.Engine.Spin == "auto" && runtime.GOMAXPROCS(0) > 1,
		UserClock: e.clock() == "user",
		Now:       func() time.Duration { return d.firing.now() },
		Claim:     d.claim,
		Unclaim:   d.unclaim,
		Began:     func(o *stats.Observation) { d.firing.began(o) },
		Record:    d.record,
		Failed:    nameFailure,
		Render:    d.render,
		Said:      d.hear,
		Opened:    func() { e.traffic.Opened.Add(1) },
		HeadOnly:  p.Transport.SkipBody,
		Ring:      pollOf(p) == "io_uring",
	}
	for _, dial := range e.diallers {
		c.Servers = append(c.Servers, wire.Server{Dial: dial.dial, Straight: dial.straight()})
	}
	if p.Transport.ExpectContinue {
		c.Continue = p.Transport.ExpectTimeout
	}
	if p.checked() || p.Capture > 0 {
		c.Check, c.Keep = d.check, p.kept()
	}
	return c
}

// refresh opens anew what the other side has closed.
func (e *loops) refresh(ctx context.Context) (reopened int64) {
	ctx, cancel := context.WithTimeout(ctx, min(e.plan.Transport.Timeout, 5*time.Second))
	defer cancel()
	for _, l := range e.all {
		reopened += int64(l.Refresh(ctx))
	}
	return reopened
}

// open opens the connections that the run will use.
func (e *loops) open(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, min(e.plan.Transport.Timeout, 5*time.Second))
	defer cancel()
	var opening sync.WaitGroup
	for i, l := range e.all {
		opening.Go(func() {
			if !e.plan.Transport.NoKeepalive {
				l.Open(ctx, e.ahead(i)...)
			}
		})
	}
	opening.Wait()
}

// ahead is how many connections loop i opens to each server before a run: as many as its slots will need at a time.
// Of one server, that is one for each slot. Of several, it is the server's share of them, and three standard
// deviations more, since which requests are in flight together is drawn; what is needed beyond that, requests open.
// One for each slot to each server would be slots × servers connections, of which most would stay idle.
func (e *loops) ahead(i int) (each []int) {
	slots := float64(e.slotsAhead(i))
	for _, share := range e.shares {
		n := slots*share + 3*math.Sqrt(slots*share*max(0, 1-share))
		each = append(each, int(math.Ceil(min(n, slots))))
	}
	return each
}

// slotsAhead is how many of loop i's slots will be used: all, but no more than there are requests.
func (e *loops) slotsAhead(i int) int {
	n := slotsOf(e.plan.Load.Concurrency, i, len(e.all))
	if e.plan.Load.Requests > 0 && e.plan.Load.Warmup == 0 {
		n = int(min(int64(n), e.plan.Load.Requests))
	}
	return n
}

func (e *loops) fire(halt context.Context, f *firing) {
	if need := len(e.all) + 1; runtime.GOMAXPROCS(0) < need {
		// A loop that returns from a wait needs a free P, or it waits for the scheduler to notice.
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(need))
	}
	var running sync.WaitGroup
	for i, l := range e.all {
		d := e.drivers[i]
		l.Config = e.config(f.plan, d, slotsOf(f.plan.Load.Concurrency, i, len(e.all)))
		if d.begin(f, f.recorder.Shard(i)); f.plan.HasFlows() {
			l.Flows = d.flows.config()
		}
		running.Go(func() { l.Run(f.noMore(), halt.Done()) })
	}
	running.Wait()
	for _, l := range e.all {
		if protocol := l.Spoken(); protocol != "" {
			f.spoke(protocol)
		}
	}
	e.countTraffic()
}

// countTraffic adds what the loops' connections have carried since it was last called.
func (e *loops) countTraffic() {
	for _, l := range e.all {
		carried := l.Traffic()
		e.traffic.Sent.Add(carried.Sent)
		e.traffic.Received.Add(carried.Received)
		e.traffic.IdleAnswers.Add(carried.IdleAnswers)
		e.traffic.Overlong.Add(carried.Overlong)
	}
}

func (e *loops) clock() string { return wireClock(e.plan) }

func (e *loops) close() {
	for _, l := range e.all {
		l.Close()
	}
}

// A rendering is how one loop renders the requests of one template.
type rendering struct {
	template *request.Template
	with     *text.Renderer
	whole    []byte    // the whole request, where all are the same and short; else nil
	body     wire.Body // how that is made up
}

// begin takes up a run.
func (d *driver) begin(f *firing, shard *stats.Shard) {
	d.firing, d.shard, d.templates, d.heard = f, shard, renderings(f.mixture), codes{}
	d.flows = flows{driver: d}
}

// renderings are how one loop renders the requests of a mixture.
func renderings(m *mixture) (all []rendering) {
	for _, t := range m.all {
		all = append(all, renderingOf(t))
	}
	return all
}

func renderingOf(t *request.Template) rendering {
	r := rendering{template: t, with: t.From.NewRenderer()}
	r.whole, r.body = wholeRequest(t)
	return r
}

func (d *driver) claim(now time.Duration) (wire.Arrival, bool) {
	a, ok := d.firing.claim(now)
	c := wire.Arrival{Number: a.number, Template: a.template, Intended: a.intended, Claimed: a.claimed}
	if !ok {
		return c, false
	}
	if m := d.firing.mixture; m.flowOf(a.template) != nil {
		c.Flow = d.flows.take(a)
	} else {
		t := m.all[a.template]
		c.Server, c.Method = d.engine.servers[a.template][t.Server(a.number)], t.Method
	}
	return c, true
}

func (d *driver) unclaim(a wire.Arrival) {
	d.firing.unclaim(arrival{number: a.Number, intended: a.Intended, claimed: a.Claimed})
	if a.Flow != 0 {
		d.flows.giveBack(a.Flow)
	}
}

// record judges and counts what the loop observed.
func (d *driver) record(o *stats.Observation) {
	f := d.firing
	if o.Outcome == stats.OK {
		if f.mixture.answers[o.Template].Counts(o.Status) {
			o.Detail = ""
		} else {
			f.mixture.answers[o.Template].Judge(o, &answer.Seen{Note: o.Detail})
		}
	}
	f.book(o)
	d.shard.Record(o)
	f.release()
}

// check judges an answer by its header and body too, where the plan has checks.
func (d *driver) check(o *stats.Observation, a wire.Answer) {
	d.firing.mixture.answers[o.Template].Judge(
		o,
		&answer.Seen{Note: o.Detail, Lines: a.Header, Body: a.Body, Cut: a.Cut},
	)
	d.keepFailed(o, a, nil)
}

// keepFailed keeps an answer whole that is a failure, where it is one of those that are to be kept. of is the slot of
// the flow that it was given to, which has taken it in; nil: it is of none.
func (d *driver) keepFailed(o *stats.Observation, a wire.Answer, of *flow.Slot) {
	if f, m := d.firing, d.firing.mixture; f.captures.want(o) {
		f.capture(o, linesIn(a.Header), a.Body, a.Cut,
			append(m.secrets(o.Template, authorizationOf(m.all[o.Template], o.Number)), secretsIn(of)...))
	}
}

// hear keeps what the first unexpected answer of each status says.
func (d *driver) hear(o *stats.Observation, said []byte) {
	if m := d.firing.mixture; !m.answers[o.Template].Counts(o.Status) && d.heard.isFirst(o.Status) {
		o.Answer = m.words(o, said, authorizationOf(m.all[o.Template], o.Number))
	}
}

// nameFailure names a failure of the event loop's.
func nameFailure(err error, stage stats.Stage) (stats.Outcome, stats.Stage, string) {
	var o stats.Outcome
	switch {
	case err == wire.ErrTimeLimit, err == wire.ErrFlowLimit:
		o = stats.Timeout
	case err == wire.ErrHalted:
		o = stats.Aborted
	case err == wire.ErrUnasked:
		o = stats.Unasked
	case http1.IsProtocol(err):
		o = stats.Protocol
	case errors.Is(err, wire.ErrBody):
		o = stats.BadBody
	case wire.IsUnmade(err):
		o = outcomeOfUnmade(err)
	default:
		o = transport.Classify(err, stage)
	}
	return o, transport.StageOf(o, stage), secret.Detail(err)
}

// inlineBody bounds the bodies that are copied behind the head, to go out in one plain write.
const inlineBody = 4 << 10

// render gives the request as the event loop wants it.
func (d *driver) render(dst []byte, a wire.Arrival) (head []byte, shared bool, b wire.Body, err error) {
	how, given := &d.templates[a.Template], d.given
	if a.Flow != 0 {
		given = &d.flows.exchange(&a).Given
	}
	if how.whole != nil && (given == nil || given.Cookie == "" && given.Aim == nil) {
		return how.whole, true, how.body, nil
	}
	how.with.Given = given
	t := how.template
	r := t.Scope(how.with, a.Number, a.Intended)
	c := t.Source.Content(r)
	ofBody := how.with.Err
	head = t.AppendHeadOf(dst, r, c.Size)
	if how.with.Err != nil {
		c.Release()
		return nil, false, wire.Body{}, request.BlameHead(how.with.Err, ofBody)
	}
	if data := c.Memory(); data != nil && (c.Lent || len(data) <= inlineBody) || c.Size == 0 {
		c.Release()
		head, b = appendInline(&t.Source, head, data)
		return head, false, b, nil
	}
	return head, false, wire.Body{
		Data:    c.Data,
		At:      c.At,
		File:    c.File,
		Size:    c.Size,
		Owned:   c.Owned,
		Chunked: t.Source.Chunked,
	}, nil
}

// appendInline puts a body behind its head.
func appendInline(b *request.Source, dst, data []byte) ([]byte, wire.Body) {
	from := len(dst)
	if !b.Chunked {
		return append(dst, data...), wire.Body{Inline: len(data)}
	}
	if len(data) > 0 {
		dst = strconv.AppendInt(dst, int64(len(data)), 16)
		dst = append(append(append(dst, "\r\n"...), data...), "\r\n"...)
	}
	dst = append(dst, "0\r\n\r\n"...)
	return dst, wire.Body{Inline: len(dst) - from, Framing: len(dst) - from - len(data), Chunked: true}
}

// sharedBody bounds the bodies that stand behind a head which all requests share.
const sharedBody = 64 << 10

// wholeRequest is the request with its body, where all are the same and short; else nil.
func wholeRequest(t *request.Template) ([]byte, wire.Body) {
	b := &t.Source
	if t.Whole == "" || b.Size < 0 || b.Size > sharedBody || b.Block != nil || b.File != nil || b.Form != nil {
		return nil, wire.Body{}
	}
	return appendInline(b, []byte(t.Whole), b.Data)
}
