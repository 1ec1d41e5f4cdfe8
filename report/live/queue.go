package live

import (
	"io"
	"sync"
	"time"
)

// mostQueued bounds what waits to be shown: 16 s of a panel, a minute of windows.
const mostQueued = 64

// A Queue is a writer that waits for nobody: what somebody does not read (a terminal that was stopped, a full pipe)
// waits in it, and of more than it holds the oldest is dropped. Each Write is one whole text. Writing happens beside,
// while there is something to write, and never twice at once; Flush is for whoever writes to the same place.
type Queue struct {
	w io.Writer

	mu struct {
		sync.Mutex
		texts   [][]byte
		writing chan struct{} // closed when all is written; nil while nothing is being written
		dropped int
	}
}

// NewQueue makes a queue before w.
func NewQueue(w io.Writer) *Queue { return &Queue{w: w} }

// Write takes a text, and never fails.
func (q *Queue) Write(text []byte) (int, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.mu.texts) == mostQueued {
		q.mu.texts, q.mu.dropped = q.mu.texts[1:], q.mu.dropped+1
	}
	q.mu.texts = append(q.mu.texts, append([]byte(nil), text...))
	if q.mu.writing == nil {
		q.mu.writing = make(chan struct{})
		go q.drain(q.mu.writing) // waited for by Flush, as long as there is hope
	}
	return len(text), nil
}

// drain writes what there is, and ends.
func (q *Queue) drain(written chan struct{}) {
	defer close(written)
	for {
		q.mu.Lock()
		if len(q.mu.texts) == 0 {
			q.mu.writing = nil
			q.mu.Unlock()
			return
		}
		text := q.mu.texts[0]
		q.mu.texts = q.mu.texts[1:]
		q.mu.Unlock()
		q.w.Write(text) // what cannot be written stays unsaid
	}
}

// Flush waits until all is written, but no longer than that.
func (q *Queue) Flush(most time.Duration) {
	q.mu.Lock()
	writing := q.mu.writing
	q.mu.Unlock()
	if writing == nil {
		return
	}
	limit := time.NewTimer(most)
	defer limit.Stop()
	select {
	case <-writing:
	case <-limit.C:
	}
}

// Dropped is how many texts were dropped.
func (q *Queue) Dropped() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.mu.dropped
}
