package putserver

import (
	"cmp"
	"fmt"
	"hash/crc32"
	"net/http"
	"slices"
	"sync/atomic"
	"time"
)

// What becomes of a body that came whole.
var wrongStores = []manner{
	plain("append", "a PUT adds to what is there", func(c *conduct) {
		c.store = altered(func(o, old *object) { o.fill(slices.Concat(old.body, o.body)) })
	}),
	plain("tail-kept", "of a longer body the end stays behind a shorter one", func(c *conduct) {
		c.store = altered(func(o, old *object) { o.fill(over(o.body, old.body)) })
	}),
	plain("empty-ignored", "an empty body is answered 2xx and not stored", func(c *conduct) {
		c.store = ignoreEmpty
	}),
	plain("stored-not", "a PUT is answered 201, and nothing is stored", func(c *conduct) {
		c.store = func(v *visit) int { return cmp.Or(v.store.wouldRefuse(v.name, v.r), http.StatusCreated) }
	}),
	timed("accepted", "50ms", "a PUT is answered 202 and stored so much later (allowed)", acceptOnly),
	plain("status-swapped", "201 for what was there, 204 for what is new", func(c *conduct) { c.last = swapStatus }),
	plain("idempotent-not", "each PUT makes a second object, told by Location", makeSeconds),
	plain("location-wrong", "201 names a Location where nothing is", func(c *conduct) {
		c.last = func(v *visit, status int) int {
			if status == http.StatusCreated {
				v.w.Header().Set("Location", v.name+"-elsewhere")
			}
			return status
		}
	}),
	racing("double-create", "If-None-Match", "creators of one name at once all win (N: one name in N)"),
	racing("lost-update", "If-Match", "updaters of one state at once all win (N: one name in N)"),
	plain("torn", "a body of 16 KiB or more is seen half written", func(c *conduct) { c.store = storeInPieces }),
	plain("interleaved", "bodies that are written at once end as a mixture", func(c *conduct) {
		c.store = interleaving()
	}),
}

// fill gives o another body, under the ETag that it has.
func (o *object) fill(body []byte) {
	o.body, o.size = body, int64(len(body))
	if o.size > keptWhole {
		o.body = nil
	}
}

// over is a body written over the beginning of another.
func over(body, old []byte) []byte { return slices.Concat(body, old[min(len(body), len(old)):]) }

// altered stores what change makes of an object and the one that it replaces.
func altered(change func(o, old *object)) func(v *visit) int {
	return func(v *visit) int {
		s := v.store
		s.mu.Lock()
		defer s.mu.Unlock()
		if status := s.judge(s.at(v.name), v.r); status != 0 {
			return status
		}
		if old := s.at(v.name); old != nil {
			change(v.object, old)
		}
		return s.set(v.object)
	}
}

// force stores o whatever its conditions say.
func (s *store) force(o *object) (status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.set(o)
}

func ignoreEmpty(v *visit) int {
	if v.object.size > 0 {
		return v.store.put(v.object, v.r)
	}
	done := http.StatusCreated
	if v.store.get(v.name) != nil {
		done = http.StatusNoContent
	}
	return cmp.Or(v.store.wouldRefuse(v.name, v.r), done)
}

func acceptOnly(c *conduct, d time.Duration) {
	c.store = func(v *visit) int {
		if status := v.store.wouldRefuse(v.name, v.r); status != 0 {
			return status
		}
		v.later(d, func() { v.store.put(v.object, v.r) })
		return http.StatusAccepted
	}
}

func swapStatus(v *visit, status int) int {
	switch {
	case v.r.Method != http.MethodPut:
	case status == http.StatusCreated:
		return http.StatusNoContent
	case status == http.StatusNoContent:
		return http.StatusCreated
	}
	return status
}

func makeSeconds(c *conduct) {
	var count atomic.Int64
	c.store = func(v *visit) int {
		if status := v.store.put(v.object, v.r); status == failing {
			return status
		}
		second := *v.object
		second.path = fmt.Sprintf("%s.%d", v.name, count.Add(1))
		v.store.force(&second)
		v.w.Header().Set("Location", second.path)
		return http.StatusCreated
	}
}

// window is how long a racing manner leaves between looking and writing.
const window = 5 * time.Millisecond

// racing is a manner that looks at a condition and writes later, as who does not look under the lock of the write.
func racing(name, header, does string) manner {
	return manner{Manner{name, "1", does}, func(f *fields) func(*conduct) {
		n := uint32(f.whole())
		store := func(v *visit) int {
			if v.r.Header[header] == nil || !isRaced(v.name, n) {
				return v.store.put(v.object, v.r)
			}
			if status := v.store.wouldRefuse(v.name, v.r); status != 0 {
				return status
			}
			status := http.StatusCreated
			if v.store.get(v.name) != nil {
				status = http.StatusNoContent
			}
			v.wait(v.now() + window)
			v.store.force(v.object)
			return status
		}
		return func(c *conduct) { c.store = store }
	}}
}

// isRaced says whether a name is the one in n that is raced for.
func isRaced(name string, n uint32) bool { return crc32.ChecksumIEEE([]byte(name))%n == 0 }

// storeInPieces writes over what is there, from front to back, in sight of whoever reads; in the end it is whole.
func storeInPieces(v *visit) int {
	const pieces = 8
	whole := *v.object
	if len(whole.body) < 16<<10 {
		return v.store.put(v.object, v.r)
	}
	status := 0
	for i := 1; i < pieces; i++ {
		part := whole
		done := len(whole.body) * i / pieces
		part.fill(whole.body[:done])
		v.object = &part
		is := altered(func(o, old *object) { o.fill(over(o.body, old.body)) })(v)
		if i == 1 {
			status = is
			deafTo(conditions...)(v) // which were of what is no longer there
		}
		if status == failing {
			return status
		}
		v.wait(v.now() + window/2)
	}
	v.store.force(&whole)
	v.object = &whole
	return status
}

// interleaving writes a body's first half and a while later its second, into whatever is there by then. The while
// differs from one PUT to the next, so that of two at once the second halves come in the other order than the first.
func interleaving() func(v *visit) int {
	var count atomic.Int64
	return func(v *visit) int {
		whole := v.object.body
		half := len(whole) / 2
		first := altered(func(o, old *object) {
			rest := old.body[min(half, len(old.body)):]
			o.fill(slices.Concat(whole[:half], rest[:min(len(rest), len(whole)-half)]))
		})
		status := first(v)
		if status == failing {
			return status
		}
		v.wait(v.now() + window*time.Duration(1+2*(count.Add(1)%2)))
		second := *v.object
		v.object = &second
		s := v.store
		s.mu.Lock()
		defer s.mu.Unlock()
		begun := whole[:half]
		if now := s.at(v.name); now != nil {
			begun = now.body[:min(half, len(now.body))]
		}
		second.fill(slices.Concat(begun, whole[half:]))
		s.set(&second)
		return status
	}
}
