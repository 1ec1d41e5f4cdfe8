package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"sync/atomic"
	"time"

	"shotput/loadgen/route"

	"shotput/stats"
)

// A Trace takes down, from net/http's hooks, what became of one request at a time: instants since start, 0 for
// not reached.
//
// One trace serves a worker's requests one after the other, since building it costs more than all else that a
// worker does itself. But the hooks run on the transport's goroutines, and some may come when RoundTrip has
// long returned: a dial that was overtaken by another connection's becoming free, a body still being written
// when an early answer came. Such a hook would write into the next request. So a trace is kept only after a
// request for which no hook can be outstanding (settled), and thrown away otherwise.
type Trace struct {
	Start time.Time // of the run
	Ctx   context.Context

	method    string       // of the request; set before it is handed over
	attempts  atomic.Int64 // connections that this request was put on
	hops      atomic.Int64 // redirects that were followed
	rounds    atomic.Int64 // Digest challenges that were answered
	idle      atomic.Bool  // the connection came out of the idle pool: no dial was begun
	reused    atomic.Bool  // it has carried a request before, though a dial may have been begun
	conn      atomic.Pointer[route.CountedConn]
	carried   atomic.Bool  // conn knows that the request is on it
	turn      atomic.Int64 // which of conn's requests this is
	dialling  atomic.Int64
	dialled   atomic.Int64
	shaking   atomic.Int64
	shaken    atomic.Int64
	wrote     atomic.Int64 // instant at which the whole request had been written
	writeErr  atomic.Bool
	firstByte atomic.Int64
	Quiet     atomic.Pointer[QuietLimit]
	interim   atomic.Bool  // a 1xx answer came, so that firstByte is not the final response's
	hints     atomic.Int64 // bytes of 1xx answers, about
	headed    atomic.Bool  // the head of the final answer is whole
	waiting   atomic.Int64 // the body began to wait for a 100
	agreed    atomic.Int64 // the 100 came
	released  atomic.Bool  // the body that waited went out
}

// NewTrace makes a trace whose requests end when parent does.
func NewTrace(parent context.Context, start time.Time) *Trace {
	t := &Trace{Start: start}
	t.Ctx = httptrace.WithClientTrace(context.WithValue(parent, traceKey{}, t), &httptrace.ClientTrace{
		ConnectStart:         func(_, _ string) { t.note(&t.dialling) },
		ConnectDone:          func(_, _ string, _ error) { t.note(&t.dialled) },
		TLSHandshakeStart:    func() { t.note(&t.shaking) },
		TLSHandshakeDone:     func(tls.ConnectionState, error) { t.note(&t.shaken) },
		GotConn:              t.gotConn,
		PutIdleConn:          t.putIdleConn,
		WroteRequest:         t.wroteRequest,
		GotFirstResponseByte: func() { t.note(&t.firstByte) },
		Wait100Continue:      func() { t.note(&t.waiting) },
		Got100Continue:       func() { t.note(&t.agreed) },
		Got1xxResponse:       t.gotInterim,
	})
	return t
}

// traceKey finds the trace of a request in its context.
type traceKey struct{}

// traceOf is the trace of the request with this context; nil if there is none.
func traceOf(ctx context.Context) *Trace {
	t, _ := ctx.Value(traceKey{}).(*Trace)
	return t
}

// countHop notes that a redirect is followed, and countRound that a challenge is answered.
func (t *Trace) countHop() {
	if t != nil {
		t.hops.Add(1)
	}
}

func (t *Trace) countRound() {
	if t != nil {
		t.rounds.Add(1)
	}
}

func (t *Trace) note(at *atomic.Int64) { at.Store(int64(time.Since(t.Start))) }

// gotConn: a request that is sent again, after a challenge, a redirect, or on another connection, begins anew; but
// the connection that was opened for it stays opened. A stream on a connection that others use too (h2, h3) had no
// dial of its own, and found none idle.
func (t *Trace) gotConn(i httptrace.GotConnInfo) {
	again := t.attempts.Add(1) > 1
	idle := i.WasIdle || i.Reused && t.dialling.Load() == 0
	t.idle.Store(idle && (!again || t.idle.Load()))
	t.reused.Store(i.Reused)
	c := route.FindCounted(i.Conn)
	if again {
		before := t.conn.Load()
		if c != nil && !c.IsAlone() && t.wrote.Load() == 0 || before != nil && before.IsUntouched(t.turn.Load()) {
			t.attempts.Add(-1) // all streams of that connection were taken meanwhile, or it was spent: nothing was sent
		}
		t.wrote.Store(0)
		t.writeErr.Store(false)
		t.firstByte.Store(0)
		t.interim.Store(false)
		t.headed.Store(false)
		t.hints.Store(0)
	}
	if c != nil {
		c.Carry(1)
		t.turn.Store(c.Take(t.method))
	}
	if before := t.conn.Swap(c); before != nil && t.carried.Swap(c != nil) {
		before.Carry(-1)
	}
	t.carried.Store(c != nil)
}

// putIdleConn: the answer was read. net/http calls it before it lets go of the answer's end.
func (t *Trace) putIdleConn(err error) {
	if c := t.conn.Load(); c != nil && err == nil {
		c.Release(t.turn.Load())
	}
}

// Refuse closes the request's connection, whose next answer would be another's.
func (t *Trace) Refuse() {
	if t == nil {
		return
	}
	if c := t.conn.Load(); c != nil {
		c.Close()
	}
}

// isAlone says whether the request is on a connection for HTTP/1.x.
func (t *Trace) isAlone() bool {
	if t == nil {
		return false
	}
	c := t.conn.Load()
	return c != nil && c.IsAlone()
}

// Early is the beginning of what the request's connection gave before the request was begun; "" for nothing.
func (t *Trace) Early() string {
	if c := t.conn.Load(); c != nil {
		return c.Early()
	}
	return ""
}

// Wrong is why what came for the request is no answer, in the words of our own reader, which the event loop has too;
// nil where it could not read along, or found nothing.
func (t *Trace) Wrong() error {
	if c := t.conn.Load(); c != nil {
		return c.Wrong()
	}
	return nil
}

// Ended is how the other side ended the request's connection; nil where it did not.
func (t *Trace) Ended() error {
	if c := t.conn.Load(); c != nil {
		if err := c.Ended.Load(); err != nil {
			return *err
		}
	}
	return nil
}

// errInterim: net/http leaves it to whoever hears of interim answers to bound them.
var errInterim = errors.New("malformed answer: its interim answers exceeded the bound of a head")

// gotInterim: an interim answer is about as long as it is when written plainly.
func (t *Trace) gotInterim(code int, h textproto.MIMEHeader) error {
	t.interim.Store(true)
	size := len("HTTP/1.1 100 \r\n\r\n") + len(http.StatusText(code))
	for name, values := range h {
		for _, v := range values {
			size += len(name) + len(v) + len(": \r\n")
		}
	}
	if t.hints.Add(int64(size)) > mostHead {
		return errInterim
	}
	return nil
}

func (t *Trace) wroteRequest(i httptrace.WroteRequestInfo) {
	t.writeErr.Store(i.Err != nil)
	t.note(&t.wrote)
	if q := t.Quiet.Load(); q != nil {
		q.Hear()
	}
}

// A QuietLimit ends a request when no byte of its answer has come for a time.
type QuietLimit struct {
	after time.Duration
	timer *time.Timer
}

// NewQuietLimit is not armed before Hear is called; nil, which does nothing, for no limit.
func NewQuietLimit(after time.Duration, end context.CancelCauseFunc) *QuietLimit {
	if after == 0 {
		return nil
	}
	q := &QuietLimit{after, time.AfterFunc(time.Hour, func() { end(ErrTimeLimit) })}
	q.timer.Stop()
	return q
}

// Hear tells of a byte, or of the last one of the request: the time begins anew.
func (q *QuietLimit) Hear() {
	if q != nil {
		q.timer.Reset(q.after)
	}
}

// Stop ends the limit, with the request.
func (q *QuietLimit) Stop() {
	if q != nil {
		q.timer.Stop()
	}
}

// quietReader tells a limit of each read.
type quietReader struct {
	io.Reader
	limit *QuietLimit
}

func (r quietReader) Read(b []byte) (int, error) {
	n, err := r.Reader.Read(b)
	r.limit.Hear()
	return n, err
}

// Settled says whether no hook of the last request can still come.
func (t *Trace) Settled() bool {
	return t.attempts.Load() == 1 && t.idle.Load() && t.wrote.Load() != 0 && !t.writeErr.Load()
}

// Clear makes a settled trace ready for the next request.
func (t *Trace) Clear() {
	t.attempts.Store(0)
	t.hops.Store(0)
	t.rounds.Store(0)
	t.wrote.Store(0)
	t.firstByte.Store(0)
	t.waiting.Store(0)
	t.agreed.Store(0)
	t.released.Store(false)
	t.interim.Store(false)
	t.headed.Store(false)
	t.hints.Store(0)
}

// Stage is how far the request has come.
func (t *Trace) Stage() stats.Stage {
	switch {
	case t.attempts.Load() == 0 && t.shaking.Load() != 0:
		return stats.InTLS
	case t.attempts.Load() == 0:
		return stats.InConnect
	case t.headed.Load(), t.firstByte.Load() != 0 && !t.interim.Load():
		return stats.InDownload
	case t.wrote.Load() == 0 || t.writeErr.Load() || t.waiting.Load() != 0 && !t.released.Load():
		return stats.InUpload
	}
	return stats.InWait
}

// withinWindow bounds the bodies that HTTP/2 writes without waiting for room, in bytes (RFC 9113 §6.9.2).
const withinWindow = 64<<10 - 1

// FillStream is Fill, and the end of the request, whose body has size bytes. Where the end of an answer is seen before
// net/http has noted that the whole request was written, it says of a stream that writing was broken off; a body within
// the window was written all the same.
func (t *Trace) FillStream(o *stats.Observation, answered time.Duration, size int64) {
	t.Fill(o, answered)
	c := t.conn.Load()
	if c == nil {
		return
	}
	if answered != 0 && o.Uploaded == 0 && !c.IsAlone() && size <= withinWindow {
		o.Uploaded = answered
	}
	if t.carried.Swap(false) {
		c.Carry(-1)
	}
}

// Fill copies what the hooks saw into o. answered is the instant at which the transport handed the head of the
// final response over: the best that is known of its first byte when interim answers came before it.
func (t *Trace) Fill(o *stats.Observation, answered time.Duration) {
	o.Attempts, o.Hops, o.Rounds = int(t.attempts.Load()), int(t.hops.Load()), int(t.rounds.Load())
	if !t.writeErr.Load() {
		o.Uploaded = time.Duration(t.wrote.Load())
	}
	if answered != 0 {
		o.FirstByte = answered
		if o.Uploaded == 0 && !t.writeErr.Load() {
			o.Uploaded = answered // the answer overtook the hook: it had all been written, just now
		}
		if first := time.Duration(t.firstByte.Load()); first != 0 && !t.interim.Load() {
			o.FirstByte = min(first, answered)
		}
	}
	if !t.idle.Load() && t.dialled.Load() != 0 {
		o.NewConn, o.Reused = true, t.reused.Load()
		o.Connect = time.Duration(t.dialled.Load() - t.dialling.Load())
		if t.shaken.Load() != 0 {
			o.TLS = time.Duration(t.shaken.Load() - t.shaking.Load())
		}
	}
}
