// Package shelf keeps things by their names within a budget of memory, and forgets the oldest beyond it. It knows
// nothing of what it keeps but name and cost, and reads no clock.
package shelf

import "container/list"

// A Thing is what may stand on a shelf. Neither its name nor its cost changes while it stands there.
type Thing interface {
	comparable
	Name() string
	Cost() int64 // bytes of memory, about
}

// A Shelf is not safe for concurrent use: who shares one has a lock.
type Shelf[T Thing] struct {
	budget    int64
	byName    map[string]*list.Element // of T
	oldest    *list.List               // in order of creation, oldest first
	cost      int64                    // of all things; at most budget
	forgotten int64
}

// Of is an empty shelf for things of so many bytes together.
func Of[T Thing](budget int64) Shelf[T] {
	return Shelf[T]{budget: budget, byName: map[string]*list.Element{}, oldest: list.New()}
}

// At is the thing of that name, the zero T if there is none.
func (s *Shelf[T]) At(name string) (t T) {
	if e, ok := s.byName[name]; ok {
		return e.Value.(T)
	}
	return t
}

// Set puts t in the place of what has its name, which is as old as before, or behind all others; replaced says whether
// there was one.
func (s *Shelf[T]) Set(t T) (replaced bool) {
	name := t.Name()
	e, replaced := s.byName[name]
	if replaced {
		s.cost -= e.Value.(T).Cost()
		e.Value = t
	} else {
		s.byName[name] = s.oldest.PushBack(t)
	}
	s.cost += t.Cost()
	for s.cost > s.budget {
		s.remove(s.oldest.Front())
		s.forgotten++
	}
	return replaced
}

// Drop takes away the thing of that name; false where there is none.
func (s *Shelf[T]) Drop(name string) bool {
	e, ok := s.byName[name]
	if ok {
		s.remove(e)
	}
	return ok
}

func (s *Shelf[T]) remove(e *list.Element) {
	t := s.oldest.Remove(e).(T)
	delete(s.byName, t.Name())
	s.cost -= t.Cost()
}

// Counts is how many things there are, what they cost, and how many were forgotten.
func (s *Shelf[T]) Counts() (things int, cost, forgotten int64) {
	return len(s.byName), s.cost, s.forgotten
}
