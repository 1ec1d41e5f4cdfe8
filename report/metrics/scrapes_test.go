package metrics

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"
)

// The address stays for two scrapes after the end; where they do not come, for as long as two took before.
func TestLinger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, c := range []struct {
			name           string
			before, after  []time.Duration // from the start, and from the end
			length, stayed time.Duration
		}{
			{"nobody asks", nil, nil, time.Minute, 0},
			{"each second", []time.Duration{1 * time.Second, 2 * time.Second}, []time.Duration{500 * time.Millisecond, 1500 * time.Millisecond},
				2500 * time.Millisecond, 1500 * time.Millisecond},
			{"each second, and then gone", []time.Duration{1 * time.Second, 2 * time.Second}, nil, 2500 * time.Millisecond, 3 * time.Second},
			{"one second scrape is lost", []time.Duration{1 * time.Second, 2 * time.Second}, []time.Duration{500 * time.Millisecond},
				2500 * time.Millisecond, 3 * time.Second},
			{"once in a long run", []time.Duration{10 * time.Second}, nil, time.Minute, longestLinger},
		} {
			s := NewScrapes(time.Now())
			h := s.Counting(http.NotFoundHandler())
			scrape := func() { h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/metrics", nil)) }
			begun := time.Now()
			for _, at := range c.before {
				time.Sleep(time.Until(begun.Add(at)))
				scrape()
			}
			time.Sleep(time.Until(begun.Add(c.length)))
			ended := time.Now()
			for _, at := range c.after {
				time.AfterFunc(at, scrape)
			}
			s.Linger(t.Context(), s.End(ended))
			if got := time.Since(ended); got != c.stayed {
				t.Errorf("%s: stayed %v, want %v", c.name, got, c.stayed)
			}
		}
		s := NewScrapes(time.Now())
		s.note(time.Now())
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		begun := time.Now()
		s.Linger(ctx, time.Minute)
		if got := time.Since(begun); got != time.Second {
			t.Errorf("interrupted, it stayed %v", got)
		}
	})
}
