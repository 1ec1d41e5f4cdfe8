package loadgen

import (
	"context"
	"net/http"
	"sync"
	"time"

	"shotput/loadgen/answer"
	"shotput/loadgen/flow"
	"shotput/loadgen/request"
	"shotput/loadgen/route"
	"shotput/loadgen/secret"
	"shotput/loadgen/text"
	"shotput/loadgen/transport"

	"shotput/stats"
)

// firePool is the portable engine: as many workers as requests may be in flight, over one http.RoundTripper
// that all share. It returns when every worker has ended: no arrival is left, or claiming was stopped; halt
// ends those in flight at once.
func firePool(halt context.Context, f *firing, over outlets) {
	var workers sync.WaitGroup
	for i := range f.plan.Load.Concurrency {
		w := &worker{sender: newSender(halt, f, over), shard: f.recorder.Shard(i)}
		workers.Go(w.run)
	}
	workers.Wait()
}

// outlets are what requests are handed to.
type outlets struct {
	each    []http.RoundTripper // by which of the plan's requests it is
	strange http.RoundTripper   // those that an answer leads to a server which the plan does not name
}

// of is what one of the plan's requests is handed to. given is of the flow whose exchange it is; nil: it is of none.
func (o *outlets) of(unit int, given *text.Given) http.RoundTripper {
	if given != nil && given.Aim != nil && given.Aim.Foreign {
		return o.strange
	}
	return o.each[unit]
}

// A worker is one slot of the pool: it has at most one arrival in flight. All its fields are its own.
type worker struct {
	sender
	shard  *stats.Shard
	course *course // of the flows that it goes through; nil: none has come yet
	heard  codes

	refused int // requests in a row for which no connection could be had
}

// run is the hot loop: claim, wait, put, record.
func (w *worker) run() {
	sleep := newSleeper()
	defer sleep.timer.Stop()
	for {
		a, ok := w.firing.claim(w.firing.now())
		if !ok {
			return
		}
		if !w.firing.wait(a.intended, sleep) {
			w.firing.unclaim(a)
			return
		}
		if w.firing.mixture.flowOf(a.template) != nil {
			w.goThrough(a, sleep)
		} else {
			w.put(a)
			w.shard.Record(&w.o)
			w.firing.release()
		}
		w.rest(sleep)
	}
}

// rest waits in closed loop where no connection could be had; see stats.Rest.
func (w *worker) rest(s *sleeper) {
	if w.firing.plan.open() || !w.o.Outcome.Unconnected() {
		w.refused = 0
		return
	}
	w.refused = min(w.refused+1, stats.RestLevels)
	s.timer.Reset(stats.Rest(w.refused))
	select {
	case <-s.timer.C:
	case <-w.firing.finished:
		s.timer.Stop()
	}
}

// put sends one request and leaves what became of it in w.o.
func (w *worker) put(a arrival) {
	w.o = stats.Observation{Number: a.number, Template: a.template, Intended: a.intended, Claimed: a.claimed}
	w.firing.began(&w.o)
	w.send(nil, w.firing.plan.Transport.Timeout)
	w.hear(&w.sender)
	w.keepFailed(nil)
	w.firing.book(&w.o)
}

// A sender sends requests, one after the other, and keeps what came of the last. Each worker has one; where parts of a
// flow are under way at a time, each of them has another. All its fields are its own but for firing and what each leads
// to, which all share.
type sender struct {
	outlets
	firing *firing
	halt   context.Context // cancelled: what is in flight is aborted
	maker  *request.Maker
	trace  *transport.Trace
	reads  transport.ReadLimit
	body   transport.BodyReader

	o        stats.Observation // of the last request
	made     *http.Request     // nil: it could not be made
	response *http.Response    // nil: none came
}

func newSender(halt context.Context, f *firing, over outlets) sender {
	return sender{outlets: over, firing: f, halt: halt, maker: f.mixture.all[0].NewMaker(),
		reads: transport.ReadLimit{Skip: f.plan.Transport.SkipBody, Keep: f.plan.kept()}}
}

// send sends the request that o is of, within a limit, and fills in what became of it. given is of the flow whose
// exchange it is; nil: it is of none.
func (w *sender) send(given *text.Given, limit time.Duration) {
	w.response, w.body.Kept, w.body.Size = nil, w.body.Kept[:0], 0
	w.trace = traceFor(w.trace, w.halt, w.firing.start)
	maker := w.maker.Of(w.firing.mixture.all[w.o.Template])
	maker.Give(given)
	req, err := maker.Make(w.trace.Ctx, w.o.Number, w.o.Intended)
	w.o.Sent = w.firing.now()
	if w.made = req; err != nil {
		w.o.Done, w.o.Outcome, w.o.Detail = w.o.Sent, outcomeOfUnmade(err), secret.Detail(err)
		return
	}
	// The limit begins behind Sent, never before: what making the request takes is the tool's time, not the server's.
	ctx, cancel := context.WithTimeoutCause(w.trace.Ctx, limit, transport.ErrTimeLimit)
	defer cancel()
	ctx, quiet, done := w.limitQuiet(ctx)
	defer done()
	req = req.WithContext(ctx)
	withheld := w.firing.plan.Transport.Withhold(req, w.trace)
	defer withheld.End()
	response, err := transport.Exchange(w.of(w.o.Template, given), req)
	answered := w.firing.now()
	if err != nil {
		answered = 0
	} else {
		quiet.Hear()
		w.firing.spoke(response.Proto)
		err = w.body.Read(w.readsOf(response, w.o.Template), response, quiet)
		response.Body.Close()
	}
	w.o.Done = w.firing.now()
	w.o.BodyRead = w.body.Size
	w.trace.FillStream(&w.o, answered, w.maker.Sends)
	withheld.Fill(&w.o, req.ContentLength, response != nil)
	judged{ctx, w.trace, w.firing.mixture.answers[w.o.Template], &w.body}.judge(&w.o, response, err)
	w.response = response
	if w.o.Uploaded != 0 {
		w.o.BodySent = w.maker.Sends
	}
}

// readsOf is how much of an answer's body is kept: of an unexpected one enough to know what it says.
func (w *sender) readsOf(response *http.Response, template int) transport.ReadLimit {
	how := w.reads
	if !w.firing.mixture.answers[template].Counts(response.StatusCode) {
		how.Keep = max(how.Keep, answer.WordsRead+1)
	}
	return how
}

// hear keeps what the first unexpected answer of each status says.
func (w *worker) hear(s *sender) {
	if o := &s.o; o.Outcome == stats.BadStatus && w.heard.isFirst(o.Status) {
		o.Answer = w.firing.mixture.words(o, s.body.Kept, s.made.Header.Values("Authorization"))
	}
}

// keepFailed keeps an answer whole that is a failure, where it is one of those that are to be kept. of is the slot of
// the flow that it was given to, which has taken it in; nil: it is of none.
func (w *sender) keepFailed(of *flow.Slot) {
	f, o := w.firing, &w.o
	if w.response != nil && f.captures.want(o) {
		f.capture(o, linesOf(w.response.Header), w.body.Kept, w.body.Size > int64(len(w.body.Kept)),
			append(f.mixture.secrets(o.Template, w.made.Header.Values("Authorization")), secretsIn(of)...))
	}
}

// limitQuiet ends ctx when the answer falls silent, if the plan says so; else it costs nothing.
func (w *sender) limitQuiet(ctx context.Context) (context.Context, *transport.QuietLimit, func()) {
	if w.firing.plan.Transport.ReadTimeout == 0 {
		return ctx, nil, func() {}
	}
	ctx, cancel := context.WithCancelCause(ctx)
	quiet := transport.NewQuietLimit(w.firing.plan.Transport.ReadTimeout, cancel)
	w.trace.Quiet.Store(quiet)
	return ctx, quiet, func() {
		w.trace.Quiet.Store(nil)
		quiet.Stop()
		cancel(nil)
	}
}

// traceFor gives a trace for the next request: the last one's where that is safe.
func traceFor(last *transport.Trace, halt context.Context, start time.Time) *transport.Trace {
	if last == nil || !last.Settled() {
		return transport.NewTrace(halt, start)
	}
	last.Clear()
	return last
}

// pool is the portable engine.
type pool struct {
	plan      *Plan
	transport *transport.Transport
	stranger  *transport.Transport // shows no client certificate; nil: there is none to show
	over      outlets
	heads     *heads // of the answer to a request that is sent alone; nil: nobody wants them
}

func newPool(p *Plan, t *route.Traffic, h *heads) (engine, error) {
	own, err := p.transport(t, h)
	if err != nil {
		return nil, err
	}
	e := &pool{plan: p, transport: own, heads: h}
	for _, one := range p.Each() {
		e.over.each = append(e.over.each, one.through(own))
	}
	if p.Route.TLS.Cert != "" && p.HasFlows() {
		bare := *p
		bare.Route = *p.strangeRoute()
		if e.stranger, err = bare.transport(t, h); err != nil {
			own.Close()
			return nil, err
		}
		own = e.stranger
	}
	e.over.strange = own.For("", false)
	return e, nil
}

func (p *pool) open(context.Context) {}

func (p *pool) refresh(ctx context.Context) int64 { return p.transport.Refresh(ctx) }

func (p *pool) clock() string { return "user" }

func (p *pool) close() {
	p.transport.Close()
	if p.stranger != nil {
		p.stranger.Close()
	}
}

// settle counts what open connections have carried.
func (p *pool) settle() {
	p.transport.Settle()
	if p.stranger != nil {
		p.stranger.Settle()
	}
}

func (p *pool) fire(halt context.Context, f *firing) {
	defer p.settle()
	if f.plan.open() {
		var stop func()
		f.releaser, stop = startReleaser(f.now)
		defer stop()
	}
	firePool(halt, f, p.over)
}
