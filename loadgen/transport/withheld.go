package transport

import (
	"errors"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"shotput/stats"
)

// # A body that waits, on the portable engine
//
// net/http withholds the body of a request that says Expect: 100-continue, as it should. But when the final answer
// comes first, and leaves the connection open, it sends the body after all, so as to use the connection again. What was
// refused would be sent then, and counted as sent. So the body itself finds out, when it is first read, whether that is
// because of a 100, of the limit, or of neither; then it gives nothing until the exchange is over, and fails:
// net/http closes the connection. This is what the event loop does.

// A Withheld body goes out when the server has agreed, or the limit has passed. It is read by the transport's
// goroutine; End is called by the worker's. All methods of a nil one do nothing.
type Withheld struct {
	io.ReadCloser
	trace *Trace
	limit time.Duration
	state atomic.Int32 // one of the three below
	ended func()       // closes over
	over  chan struct{}
}

const (
	bodyHeld   = iota
	bodySent   // or on its way
	bodySpared // the exchange ended before
)

// Withhold puts a Withheld body in the place of the request's, if that is asked for; nil if not.
func (s *Spec) Withhold(r *http.Request, t *Trace) *Withheld {
	switch {
	case !s.ExpectContinue:
		return nil
	case r.Body == nil, r.Body == http.NoBody:
		r.Body = nil // else net/http would wait, to send nothing
		return nil
	}
	w := &Withheld{ReadCloser: r.Body, trace: t, limit: s.ExpectTimeout, over: make(chan struct{})}
	w.ended = sync.OnceFunc(func() { close(w.over) })
	r.Body = w
	if again := r.GetBody; again != nil {
		r.GetBody = func() (io.ReadCloser, error) {
			body, err := again()
			return &withheldAgain{body, w}, err
		}
	}
	return w
}

// withheldAgain is the body of a request that is sent again, since nothing of it was written before.
type withheldAgain struct {
	io.ReadCloser
	first *Withheld
}

func (b *withheldAgain) Read(p []byte) (int, error) {
	if err := b.first.gate(); err != nil {
		return 0, err
	}
	return b.ReadCloser.Read(p)
}

func (w *Withheld) Read(p []byte) (int, error) {
	if err := w.gate(); err != nil {
		return 0, err
	}
	return w.ReadCloser.Read(p)
}

// errSpared is read by net/http alone, when nobody waits for its answer any more.
var errSpared = errors.New("the answer came before the body was sent")

// gate lets the body pass, or waits for the end of the exchange. A transport that does not know of 100s does not wait
// for one: then the body passes at once. An answer may overtake all this: then the exchange is over before the gate is
// asked, and the body was spared.
func (w *Withheld) gate() error {
	if w.state.Load() == bodySent {
		return nil
	}
	waited := w.trace.waiting.Load()
	if waited != 0 && w.trace.agreed.Load() == 0 && time.Since(w.trace.Start)-time.Duration(waited) < w.limit {
		<-w.over
	}
	if !w.state.CompareAndSwap(bodyHeld, bodySent) {
		return errSpared
	}
	w.trace.released.Store(true)
	return nil
}

// End lets go of a transport that waits for a body that was spared.
func (w *Withheld) End() {
	if w != nil {
		w.ended()
	}
}

// Fill says what came of the wait. size is the body's, in bytes; answered whether there was a final answer.
func (w *Withheld) Fill(o *stats.Observation, size int64, answered bool) {
	if w == nil {
		return
	}
	waiting, agreed := w.trace.waiting.Load(), w.trace.agreed.Load()
	waited := time.Duration(agreed - waiting)
	switch spared := w.state.CompareAndSwap(bodyHeld, bodySpared); {
	case spared && answered:
		o.Continue, o.BodySaved, o.Uploaded = stats.Spared, size, 0
	case spared:
		o.Uploaded = 0
	case waiting == 0: // the transport does not know of 100s
	case agreed != 0 && waited < w.limit:
		o.Continue, o.Awaited = stats.Continued, max(0, waited)
	default:
		o.Continue = stats.Ignored
	}
}
