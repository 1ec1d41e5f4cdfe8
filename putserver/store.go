package putserver

import (
	"net/http"
	"strings"
	"sync"
	"time"

	"shotput/putserver/shelf"
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

// Name is the path.
func (o *object) Name() string { return o.path }

// Cost is the memory that it takes, in bytes, about.
func (o *object) Cost() int64 {
	return overhead + int64(len(o.path)+len(o.body)+len(o.kind)+len(o.coding))
}

// A store keeps objects within a budget of memory and forgets the oldest beyond it.
type store struct {
	tag func(*object) string

	mu struct {
		sync.Mutex
		shelf.Shelf[*object]
	}
}

func newStore(budget int64, tag func(*object) string) *store {
	s := &store{tag: tag}
	s.mu.Shelf = shelf.Of[*object](budget)
	return s
}

// put stores o if the request's conditions hold: 201 where there was none, 204 where there was, 412 if not.
func (s *store) put(o *object, r *http.Request) (status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.at(o.path)
	if status := s.judge(old, r); status != 0 {
		return status
	}
	return s.replace(old, o)
}

// set stores o, whatever was there.
func (s *store) set(o *object) (status int) { return s.replace(s.at(o.path), o) }

// replace stores o in the place of old, nil being none.
func (s *store) replace(old, o *object) (status int) {
	o.modified = time.Now()
	if old != nil {
		o.path = old.path
	} else {
		o.path = strings.Clone(o.path) // it is a part of the request's head, which need not live as long
	}
	if s.mu.Set(o) {
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
	if status := s.judge(s.at(path), r); status != 0 {
		return status
	}
	if !s.mu.Drop(path) {
		return http.StatusNotFound
	}
	return http.StatusNoContent
}

// wouldRefuse holds a request's conditions against what is at path now.
func (s *store) wouldRefuse(path string, r *http.Request) (status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.judge(s.at(path), r)
}

// judge holds a request's conditions against o, nil being none.
func (s *store) judge(o *object, r *http.Request) (status int) {
	if o != nil {
		return judge(r, o, s.tag(o))
	}
	return judge(r, nil, "")
}

func (s *store) at(path string) *object { return s.mu.At(path) }

// counts is how many objects there are, what they cost, and how many were forgotten.
func (s *store) counts() (objects int, cost, forgotten int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mu.Counts()
}
