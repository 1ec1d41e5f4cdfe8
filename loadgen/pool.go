package loadgen

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"shotput/loadgen/answer"
	"shotput/loadgen/request"
	"shotput/loadgen/secret"
	"shotput/loadgen/transport"
	"shotput/loadgen/wire/http1"

	"shotput/stats"
)

// firePool is the portable engine: as many workers as requests may be in flight, over one http.RoundTripper
// that all share. It returns when every worker has ended: no arrival is left, or claiming was stopped; halt
// ends those in flight at once.
func firePool(halt context.Context, f *firing, each []http.RoundTripper) {
	var workers sync.WaitGroup
	for i := range f.plan.Load.Concurrency {
		w := &worker{
			firing: f,
			each:   each,
			halt:   halt,
			shard:  f.recorder.Shard(i),
			maker:  f.mixture.all[0].NewMaker(),
			reads:  transport.ReadLimit{Skip: f.plan.Transport.SkipBody, Keep: f.plan.kept()},
		}
		workers.Go(w.run)
	}
	workers.Wait()
}

// A worker is one slot of the pool: it has at most one request in flight. All its fields are its own but for
// firing and what each leads to, which all workers share.
type worker struct {
	firing *firing
	each   []http.RoundTripper // what each of the plan's requests is handed to
	halt   context.Context     // cancelled: what is in flight is aborted
	shard  *stats.Shard
	maker  *request.Maker
	trace  *transport.Trace
	reads  transport.ReadLimit
	body   transport.BodyReader
	heard  codes
	o      stats.Observation

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
		w.put(a)
		w.shard.Record(&w.o)
		w.firing.release()
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
	w.trace = traceFor(w.trace, w.halt, w.firing.start)
	req, err := w.maker.Of(w.firing.mixture.all[a.template]).Make(w.trace.Ctx, a.number, a.intended)
	w.o.Sent = w.firing.now()
	if err != nil {
		w.o.Done, w.o.Outcome, w.o.Detail = w.o.Sent, outcomeOfUnmade(err), secret.Detail(err)
		w.firing.book(&w.o)
		return
	}
	// The limit begins behind Sent, never before: what making the request takes is the tool's time, not the server's.
	ctx, cancel := context.WithTimeoutCause(w.trace.Ctx, w.firing.plan.Transport.Timeout, transport.ErrTimeLimit)
	defer cancel()
	ctx, quiet, done := w.limitQuiet(ctx)
	defer done()
	req = req.WithContext(ctx)
	withheld := w.firing.plan.Transport.Withhold(req, w.trace)
	defer withheld.End()
	response, err := transport.Exchange(w.each[a.template], req)
	answered := w.firing.now()
	if err != nil {
		answered = 0
	} else {
		quiet.Hear()
		w.firing.spoke(response.Proto)
		err = w.body.Read(w.readsOf(response, a.template), response, quiet)
		response.Body.Close()
	}
	w.o.Done = w.firing.now()
	w.o.BodyRead = w.body.Size
	w.trace.FillStream(&w.o, answered, w.maker.Sends)
	withheld.Fill(&w.o, req.ContentLength, response != nil)
	judged{ctx, w.trace, w.firing.mixture.answers[a.template], &w.body}.judge(&w.o, response, err)
	w.hear(req, response)
	if w.o.Uploaded != 0 {
		w.o.BodySent = w.maker.Sends
	}
	w.firing.book(&w.o)
}

// readsOf is how much of an answer's body is kept: of an unexpected one enough to know what it says.
func (w *worker) readsOf(response *http.Response, template int) transport.ReadLimit {
	how := w.reads
	if !w.firing.mixture.answers[template].Counts(response.StatusCode) {
		how.Keep = max(how.Keep, answer.WordsRead+1)
	}
	return how
}

// hear keeps what the first unexpected answer of each status says, and the whole of those that are to be captured.
func (w *worker) hear(req *http.Request, response *http.Response) {
	if response != nil && w.firing.captures.want(&w.o) {
		w.firing.capture(&w.o, linesOf(response.Header), bytes.Clone(w.body.Kept),
			w.body.Size > int64(len(w.body.Kept)), func() []string { return req.Header.Values("Authorization") })
	}
	if w.o.Outcome == stats.BadStatus && w.heard.isFirst(w.o.Status) {
		w.o.Answer = w.firing.mixture.words(&w.o, w.body.Kept, req.Header.Values("Authorization"))
	}
}

// limitQuiet ends ctx when the answer falls silent, if the plan says so; else it costs nothing.
func (w *worker) limitQuiet(ctx context.Context) (context.Context, *transport.QuietLimit, func()) {
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

// judged is what decides on a request's outcome beside its answer.
type judged struct {
	ctx    context.Context
	trace  *transport.Trace
	wanted *answer.Expected
	body   *transport.BodyReader
}

// judge names the outcome of a request that was sent, and gives why it failed, where it got no answer.
func (j judged) judge(o *stats.Observation, response *http.Response, err error) error {
	if early := j.trace.Early(); early != "" {
		j.trace.Refuse()
		response, err = nil, transport.EarlyError(early)
	}
	if response != nil {
		o.Status = response.StatusCode
		if reason := http1.Plain([]byte(reasonOf(response))); reason != http.StatusText(o.Status) {
			o.Reason = reason
		}
	}
	var turned *transport.BadRedirect
	switch {
	case errors.As(err, &turned):
		o.Outcome, o.Status, o.Detail = stats.BadRedirect, turned.Status, secret.Detail(err)
	case err != nil:
		err = withCause(j.ctx, err)
		stage := j.trace.Stage()
		if o.Outcome = transport.Classify(err, stage); o.Outcome == stats.Protocol || o.Outcome == stats.Closed {
			if ended := j.trace.Ended(); ended != nil { // net/http finds an answer malformed that was cut short
				err = errors.Join(ended, err)
				o.Outcome = transport.Classify(err, stage)
			}
		}
		if o.Outcome == stats.Protocol {
			err = j.inOurWords(err)
		}
		o.Stage = transport.StageOf(o.Outcome, stage)
		o.Detail = secret.Detail(err)
	default:
		j.wanted.Judge(
			o,
			&answer.Seen{Header: response.Header, Body: j.body.Kept, Cut: j.body.Size > int64(len(j.body.Kept))},
		)
	}
	return err
}

// inOurWords is why an answer is no HTTP as the event loop says it of the same bytes. Over TLS nobody reads along, and
// what is told is net/http's, of which the lengths are known by their name.
func (j judged) inOurWords(err error) error {
	if wrong := j.trace.Wrong(); wrong != nil {
		return wrong
	}
	if strings.Contains(err.Error(), "Content-Length") {
		return http1.ErrLength
	}
	return err
}

// withCause adds why the context ended where net/http gives only the context's own error.
func withCause(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil && !errors.Is(err, cause) {
		return errors.Join(cause, err)
	}
	return err
}

// reasonOf is the reason phrase as it came: what follows the code in "201 Created".
func reasonOf(r *http.Response) string {
	if len(r.Status) <= 4 {
		return ""
	}
	return r.Status[4:]
}

// pool is the portable engine.
type pool struct {
	plan      *Plan
	transport *transport.Transport
	each      []http.RoundTripper // as each of the plan's requests wants it
	heads     *heads              // of the answer to a request that is sent alone; nil: nobody wants them
}

func (p *pool) open(context.Context) {}

func (p *pool) refresh(ctx context.Context) int64 { return p.transport.Refresh(ctx) }

func (p *pool) clock() string { return "user" }

func (p *pool) close() { p.transport.Close() }

func (p *pool) fire(halt context.Context, f *firing) {
	defer p.transport.Settle()
	if f.plan.open() {
		var stop func()
		f.releaser, stop = startReleaser(f.now)
		defer stop()
	}
	firePool(halt, f, p.each)
}
