package flows

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A Work is what an accepted PUT leaves to be done: the truth that a client's completion time is held against. Both
// instants are known when it begins, so that End may lie ahead.
type Work struct {
	ID    string        `json:"id"`   // the last segment of its status resource
	Path  string        `json:"path"` // path and query of the PUT, its first 256 bytes
	Begin time.Duration `json:"began_ns"`
	End   time.Duration `json:"ended_ns"`
}

const (
	pathKept = 256
	workCost = pathKept + 128 // bytes of memory that a Work takes, at most
)

// works keeps the first of them, up to a limit.
type works struct {
	limit int
	mu    struct {
		sync.Mutex
		all   []Work
		count int64 // also of those beyond the limit
	}
}

// Works gives what was accepted, in that order, and how much it was: of very many only the first are given.
func (s *Site) Works() (first []Work, count int64) {
	s.works.mu.Lock()
	defer s.works.mu.Unlock()
	return slices.Clip(s.works.mu.all), s.works.mu.count // what is added later does not touch it
}

// ForgetWorks empties what Works gives.
func (s *Site) ForgetWorks() {
	s.works.mu.Lock()
	defer s.works.mu.Unlock()
	s.works.mu.all, s.works.mu.count = nil, 0
}

func (l *works) add(w *Work) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.mu.count++
	if len(l.mu.all) < l.limit {
		l.mu.all = append(l.mu.all, *w)
	}
}

// accept answers 202 and begins the work, at the end of which the body may be read.
func accept(x *Exchange) Answer {
	if a := x.judge(x.site.get(x.name)); a != nil {
		return *a
	}
	begin := x.site.now()
	path := x.r.URL.RequestURI()
	w := &Work{ID: x.site.number(), Path: strings.Clone(path[:min(len(path), pathKept)]), Begin: begin,
		End: x.site.config.Work(begin)}
	place := Path + "status/" + w.ID
	t := x.thing(x.name)
	t.state = w
	x.site.set(t)
	x.site.set(&thing{name: place, state: w})
	x.site.works.add(w)
	a := inJSON(http.StatusAccepted, map[string]string{"id": w.ID, "status": "running", "location": place})
	a.set("Location", place)
	x.site.sayLater(&a)
	return a
}

// sayLater says when to ask again, if anything is said of it.
func (s *Site) sayLater(a *Answer) {
	if d := s.config.RetryAfter; d > 0 {
		a.set("Retry-After", strconv.Itoa(int((d+time.Second-1)/time.Second)))
	}
}

// status tells of a work: 202 while it runs, 200 when it is done.
func status(x *Exchange) Answer {
	t := x.site.get(x.name)
	if t == nil {
		return *refusal(http.StatusNotFound, "nothing that was accepted has this status")
	}
	w := t.state.(*Work)
	said := map[string]any{"id": w.ID, "status": "running", "began_ns": w.Begin}
	if x.site.now() < w.End {
		a := inJSON(http.StatusAccepted, said)
		x.site.sayLater(&a)
		return a
	}
	said["status"], said["ended_ns"] = "done", w.End
	return inJSON(http.StatusOK, said)
}

// readAccepted gives what was accepted when the work on it is done.
func readAccepted(x *Exchange) Answer {
	t := x.site.get(x.name)
	if t != nil && x.site.now() < t.state.(*Work).End {
		t = nil
	}
	return x.show(t)
}
