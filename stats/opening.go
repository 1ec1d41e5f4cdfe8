package stats

import (
	"fmt"
	"strings"
)

// # Runs that only fail
//
// A run whose first answers are all the same failure, mostLike of them or those of its first second, tells nothing that
// a longer one would tell better: a token has expired, a bucket is not there, nobody listens any more. Fewer than
// leastLike in a second may be a moment's trouble, such as a restart, and say nothing yet.
const (
	mostLike  = 100
	leastLike = 10
)

// An Opening looks at how requests end from the start of a run on. Requests that were aborted say nothing.
type Opening struct {
	n     int64
	class failureClass
	mixed bool // one succeeded, or failed in another way
}

// Note takes in a request that ended; settled says that nothing it is told from now on makes a difference.
func (p *Opening) Note(o *Observation) (settled bool) {
	class := failureClass{o.Outcome, o.Stage, o.Status}
	switch {
	case p.mixed || p.n >= mostLike:
		return true
	case o.Outcome == Aborted:
		return false
	case o.Outcome == OK || p.n > 0 && class != p.class:
		p.mixed = true
		return true
	}
	p.class, p.n = class, p.n+1
	return p.n >= mostLike
}

// Failure is in what way all of them failed, where they are enough to say so; over is that the first second is.
func (p *Opening) Failure(over bool) (StopReason, bool) {
	if p.mixed || p.n < leastLike || p.n < mostLike && !over {
		return StopReason{}, false
	}
	how := strings.ReplaceAll(p.class.outcome.String(), "_", " ")
	if p.class.outcome == BadStatus && p.class.status != 0 {
		how = fmt.Sprintf("status %d", p.class.status)
	}
	return StopReason{Kind: ByFailure, Text: fmt.Sprintf("the first %d answers were all the same failure: %s",
		p.n, how)}, true
}
