package shadow

import (
	"time"

	"shotput/loadgen/arrivals"
)

// NewDue says how many arrivals of a law are due until an instant, of those within the limit. Where the law's own
// integral is exact it is asked; else the arrivals are walked, each once: instants may only grow.
func NewDue(law arrivals.Law, limit arrivals.Limit, end time.Duration) (func(until time.Duration) int64, error) {
	if !law.Poisson && law.BytesPerSecond == 0 {
		return func(until time.Duration) int64 { return law.Due(min(until, end)) }, nil
	}
	walk, err := arrivals.NewArrivals(law, limit)
	if err != nil {
		return nil, err
	}
	n := int64(0)
	_, next, more := walk.Next()
	return func(until time.Duration) int64 {
		for more && next <= until {
			n++
			_, next, more = walk.Next()
		}
		return n
	}, nil
}

// Follow walks the arrivals up to an instant in small steps, so that no request that asks for them waits for long.
// It is to be called about once a second, by one goroutine.
func (s *Shadow) Follow(now time.Duration) {
	const steps = 64
	from := s.followed
	for i := time.Duration(1); i <= steps; i++ {
		s.mu.Lock()
		s.Due(from + (now-from)*i/steps)
		s.mu.Unlock()
	}
	s.followed = now
}
