package loadgen

import (
	"sync"
	"sync/atomic"

	"shotput/stats"
)

// An opening watches over the beginning of a run for whoever ends it. Once it is settled it costs an atomic load a
// request.
type opening struct {
	settled atomic.Bool
	failed  chan struct{} // has one when enough have failed alike; nil: nobody wants to know
	mu      struct {
		sync.Mutex
		stats.Opening
	}
}

// note takes in a request that ended.
func (p *opening) note(o *stats.Observation) {
	if p.failed == nil || p.settled.Load() {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.settled.Load() || !p.mu.Note(o) {
		return
	}
	p.settled.Store(true)
	if _, all := p.mu.Failure(false); all {
		p.failed <- struct{}{} // there is room, and nothing is noted after it
	}
}

// failure is in what way all have failed; over is that the first second is.
func (p *opening) failure(over bool) (stats.StopReason, bool) {
	if p.failed == nil {
		return stats.StopReason{}, false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if over {
		p.settled.Store(true)
	}
	return p.mu.Failure(over)
}
