package metrics

import (
	"context"
	"net/http"
	"sync"
	"time"
)

// ScrapesAfterEnd is how many scrapes find the run's end: what is known only then, the verdict above all, would never
// be scraped if the address closed with the run; a second one is for whoever lost the first.
const ScrapesAfterEnd = 2

// longestLinger bounds how long an address stays open after its run, whatever the interval between scrapes was.
const longestLinger = 40 * time.Second

// Scrapes knows when somebody asked for a run's figures.
type Scrapes struct {
	began time.Time
	mu    struct {
		sync.Mutex
		times int
		last  time.Time
		gap   time.Duration // the longest between two of them, or before the first
		left  int           // to be answered until enough is closed; 0 before the end
	}
	enough chan struct{} // closed when the end was scraped often enough
}

// NewScrapes begins with the run.
func NewScrapes(now time.Time) *Scrapes { return &Scrapes{began: now, enough: make(chan struct{})} }

// Counting notes each scrape once it is answered.
func (s *Scrapes) Counting(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked := time.Now()
		h.ServeHTTP(w, r)
		s.note(asked)
	})
}

func (s *Scrapes) note(asked time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.mu.last
	if s.mu.times == 0 {
		before = s.began
	}
	s.mu.times++
	s.mu.last, s.mu.gap = asked, max(s.mu.gap, asked.Sub(before))
	if s.mu.left > 0 {
		if s.mu.left--; s.mu.left == 0 {
			close(s.enough)
		}
	}
}

// End is called when the run's last figures can be scraped. It gives how long the next scrapes may take to come: twice
// the interval that was seen, and a second. Where nobody has asked, nobody is waited for.
func (s *Scrapes) End(now time.Time) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.mu.times == 0 {
		return 0
	}
	s.mu.left = ScrapesAfterEnd
	gap := max(s.mu.gap, now.Sub(s.mu.last))
	return min(ScrapesAfterEnd*gap+time.Second, longestLinger)
}

// Linger waits until the end was scraped often enough, for as long as End said, or until ctx is done.
func (s *Scrapes) Linger(ctx context.Context, limit time.Duration) {
	if limit == 0 {
		return
	}
	timeout := time.NewTimer(limit)
	defer timeout.Stop()
	select {
	case <-s.enough:
	case <-timeout.C:
	case <-ctx.Done():
	}
}
