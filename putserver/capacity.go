package putserver

import (
	"math"
	"sync"
	"time"
)

// A line is where admitted requests wait for one of a number of servers, first in first out, in virtual time:
// a request begins when it is ready and a server is free, and when it is done the law says. Nothing here waits
// or reads a clock, so its figures are those of queueing theory whatever the machine does.
type line struct {
	law Law // nil: a request is done when it is ready

	mu struct {
		sync.Mutex
		count int64 // requests admitted
		// when each server is next free, a heap with the least first; empty: servers without number
		free []time.Duration
	}
}

func newLine(law Law, servers int) *line {
	l := &line{law: law}
	l.mu.free = make([]time.Duration, servers)
	return l
}

// admit takes the next request, which is ready at that instant, and says when it departs.
func (l *line) admit(ready time.Duration) (departure time.Duration) {
	if l.law == nil {
		return ready
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	k := l.mu.count
	l.mu.count++
	if len(l.mu.free) == 0 {
		return l.law(k, ready)
	}
	departure = l.law(k, max(ready, l.mu.free[0]))
	occupy(l.mu.free, departure)
	return departure
}

// occupy makes the server that is free first free at until instead, and restores the heap.
func occupy(free []time.Duration, until time.Duration) {
	i := 0
	for {
		child := 2*i + 1
		if child+1 < len(free) && free[child+1] < free[child] {
			child++
		}
		if child >= len(free) || free[child] >= until {
			free[i] = until
			return
		}
		free[i] = free[child]
		i = child
	}
}

// A bucket holds up to burst tokens, gains rate of them a second, and gives one to each request that it lets
// through.
type bucket struct {
	rate, burst float64 // rate 0: lets all through

	mu struct {
		sync.Mutex
		tokens float64
		at     time.Duration // the instant up to which tokens were gained
	}
}

func newBucket(rate float64, burst int) *bucket {
	b := &bucket{rate: rate, burst: float64(burst)}
	b.mu.tokens = b.burst
	return b
}

// take says whether a request at that instant is let through, and if not, in how long there will be a token.
// Instants may be out of order by what goroutines overtake each other: an earlier one gains nothing.
func (b *bucket) take(at time.Duration) (ok bool, retry time.Duration) {
	if b.rate == 0 {
		return true, 0
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if at > b.mu.at {
		b.mu.tokens = min(b.burst, b.mu.tokens+(at-b.mu.at).Seconds()*b.rate)
		b.mu.at = at
	}
	// Who keeps exactly to the rate gains a whole token less what instants in whole nanoseconds cut off.
	enough := 1 - 1e-6 - b.rate*2e-9
	if b.mu.tokens >= enough {
		b.mu.tokens--
		return true, 0
	}
	return false, time.Duration(math.Ceil((1 - b.mu.tokens) / b.rate * float64(time.Second)))
}
