package putserver

import (
	"container/list"
	"net/http"
	"strings"
	"sync"
	"time"
)

const (
	keptWhole = 4 << 20 // bytes of body up to which an object is kept whole; of larger ones only size and ETag
	overhead  = 400     // bytes of memory that an object takes beside path and body, about
)

// An object is what a PUT left behind. It is not changed once it is in the store.
type object struct {
	path     string // the name that its URL has, see nameOf
	size     int64
	etag     string    // with its quotes
	body     []byte    // nil when larger than keptWhole
	kind     string    // its Content-Type; "" when none was sent
	coding   string    // its Content-Encoding
	modified time.Time // when it was stored
}

// lastModified is what HTTP says of modified, in whole seconds.
func (o *object) lastModified() time.Time { return o.modified.Truncate(time.Second) }

func (o *object) cost() int64 {
	return overhead + int64(len(o.path)+len(o.body)+len(o.kind)+len(o.coding))
}

// A store keeps objects within a budget of memory and forgets the oldest beyond it.
type store struct {
	budget int64 // bytes
	tag    func(*object) string

	mu struct {
		sync.Mutex
		byPath    map[string]*list.Element // of *object
		oldest    *list.List               // in order of creation, oldest first
		cost      int64                    // of all objects; at most budget
		forgotten int64
	}
}

func newStore(budget int64, tag func(*object) string) *store {
	s := &store{budget: budget, tag: tag}
	s.mu.byPath = map[string]*list.Element{}
	s.mu.oldest = list.New()
	return s
}

// put stores o if the request's conditions hold: 201 where there was none, 204 where there was, 412 if not.
func (s *store) put(o *object, r *http.Request) (status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if status := s.judge(o.path, r); status != 0 {
		return status
	}
	return s.set(o)
}

// set stores o, whatever was there.
func (s *store) set(o *object) (status int) {
	o.modified = time.Now()
	e, exists := s.mu.byPath[o.path]
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

// get is the object at path, nil if there is none.
func (s *store) get(path string) *object {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.at(path)
}

// delete removes the object at path if the request's conditions hold: 204, 404 or 412.
func (s *store) delete(path string, r *http.Request) (status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if status := s.judge(path, r); status != 0 {
		return status
	}
	e, exists := s.mu.byPath[path]
	if !exists {
		return http.StatusNotFound
	}
	s.remove(e)
	return http.StatusNoContent
}

// wouldRefuse holds a request's conditions against what is at path now.
func (s *store) wouldRefuse(path string, r *http.Request) (status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.judge(path, r)
}

// judge holds a request's conditions against what is at path.
func (s *store) judge(path string, r *http.Request) (status int) {
	if o := s.at(path); o != nil {
		return judge(r, o, s.tag(o))
	}
	return judge(r, nil, "")
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
