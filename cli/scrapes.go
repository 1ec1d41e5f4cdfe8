package cli

import (
	"context"
	"net/http"
	"sync"
	"time"
)

// scrapesAfterEnd is how many scrapes find the run's end: what is known only then, the verdict above all, would never be
// scraped if the address closed with the run; and what was scraped once is drawn by nobody whose first scrape was lost.
const scrapesAfterEnd = 2

// longestLinger bounds how long an address stays open after its run, whatever the interval between scrapes was.
const longestLinger = 40 * time.Second

// scrapes knows when somebody asked for a run's figures.
type scrapes struct {
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

func newScrapes(now time.Time) *scrapes { return &scrapes{began: now, enough: make(chan struct{})} }

// counting notes each scrape once it is answered.
func (s *scrapes) counting(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked := time.Now()
		h.ServeHTTP(w, r)
		s.note(asked)
	})
}

func (s *scrapes) note(asked time.Time) {
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

// end is called when the run's last figures can be scraped. It gives how long the next scrapes may take to come: twice
// the interval that was seen, and a second. Where nobody has asked, nobody is waited for.
func (s *scrapes) end(now time.Time) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.mu.times == 0 {
		return 0
	}
	s.mu.left = scrapesAfterEnd
	gap := max(s.mu.gap, now.Sub(s.mu.last))
	return min(scrapesAfterEnd*gap+time.Second, longestLinger)
}

// linger waits until the end was scraped often enough, for as long as end said, or until ctx is done.
func (s *scrapes) linger(ctx context.Context, limit time.Duration) {
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
