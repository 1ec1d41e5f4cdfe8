package putserver

import (
	"container/list"
	"net/http"
	"strings"
	"sync"
)

const (
	keptWhole = 1 << 20 // bytes of body up to which an object is kept whole; of larger ones only size and ETag
	overhead  = 320     // bytes of memory that an object takes beside path and body, about
)

// An object is what a PUT left behind. It is not changed once it is in the store.
type object struct {
	path string
	size int64
	etag string // with its quotes
	body []byte // nil when larger than keptWhole
}

func (o *object) cost() int64 { return overhead + int64(len(o.path)+len(o.body)) }

// A store keeps objects within a budget of memory and forgets the oldest beyond it.
type store struct {
	budget int64 // bytes

	mu struct {
		sync.Mutex
		byPath    map[string]*list.Element // of *object
		oldest    *list.List               // in order of creation, oldest first
		cost      int64                    // of all objects; at most budget
		forgotten int64
	}
}

func newStore(budget int64) *store {
	s := &store{budget: budget}
	s.mu.byPath = map[string]*list.Element{}
	s.mu.oldest = list.New()
	return s
}

// put stores o if the header's conditions hold: 201 where there was none, 204 where there was, 412 if not.
func (s *store) put(o *object, h http.Header) (status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, exists := s.mu.byPath[o.path]
	if !holds(h, s.at(o.path)) {
		return http.StatusPreconditionFailed
	}
	if exists {
		s.mu.cost -= e.Value.(*object).cost()
		e.Value = o
	} else {
		o.path = strings.Clone(o.path) // it is a part of the request's head, which need not live as long
		s.mu.byPath[o.path] = s.mu.oldest.PushBack(o)
	}
	s.mu.cost += o.cost()
	for s.mu.cost > s.budget {
		s.remove(s.mu.oldest.Front())
		s.mu.forgotten++
	}
	if exists {
		return http.StatusNoContent
	}
	return http.StatusCreated
}

// get is the object at path, nil if there is none, and whether the header's conditions hold.
func (s *store) get(path string, h http.Header) (o *object, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o = s.at(path)
	return o, holds(h, o)
}

// delete removes the object at path if the header's conditions hold: 204, 404 or 412.
func (s *store) delete(path string, h http.Header) (status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.at(path)
	switch {
	case !holds(h, o):
		return http.StatusPreconditionFailed
	case o == nil:
		return http.StatusNotFound
	}
	s.remove(s.mu.byPath[path])
	return http.StatusNoContent
}

func (s *store) at(path string) *object {
	if e, ok := s.mu.byPath[path]; ok {
		return e.Value.(*object)
	}
	return nil
}

func (s *store) remove(e *list.Element) {
	o := s.mu.oldest.Remove(e).(*object)
	delete(s.mu.byPath, o.path)
	s.mu.cost -= o.cost()
}

// counts is how many objects there are, what they cost, and how many were forgotten.
func (s *store) counts() (objects int, cost, forgotten int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.mu.byPath), s.mu.cost, s.mu.forgotten
}

// holds says whether If-Match and If-None-Match allow a request on o, nil being no object (RFC 9110, 13.1.1
// and 13.1.2).
func holds(h http.Header, o *object) bool {
	if want, ok := h["If-Match"]; ok && !lists(want, o, false) {
		return false
	}
	not, ok := h["If-None-Match"]
	return !ok || !lists(not, o, true)
}

// lists says whether o is among the tags of a header: any object is under "*", and a weak tag (W/) stands for
// an object only where weak comparison is asked for.
func lists(values []string, o *object, weak bool) bool {
	if o == nil {
		return false
	}
	for tag := range strings.SplitSeq(strings.Join(values, ","), ",") {
		tag = strings.TrimSpace(tag)
		if weak {
			tag = strings.TrimPrefix(tag, "W/")
		}
		if tag == "*" || tag == o.etag {
			return true
		}
	}
	return false
}
