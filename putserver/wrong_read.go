package putserver

import (
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// What is read.
var wrongReads = []manner{
	timed("stale", "50ms", "GET and HEAD give what was there so long ago", func(c *conduct, d time.Duration) {
		p := &past{age: d}
		p.mu.byName = map[string][]*object{}
		c.store, c.look = p.store, p.look
	}),
	plain("type-lost", "Content-Type is not kept", func(c *conduct) { c.hear = deafTo("Content-Type") }),
	plain("head-differs", "HEAD tells another length than GET", func(c *conduct) {
		c.last = func(v *visit, status int) int {
			if v.r.Method == http.MethodHead && status == http.StatusOK {
				size, _ := strconv.Atoi(v.w.Header().Get("Content-Length")) // we wrote it
				v.w.Header().Set("Content-Length", strconv.Itoa(size+1))
			}
			return status
		}
	}),
}

// What stands as ETag.
var wrongETags = []manner{
	plain("etag-static", "ETag is the same for every state", func(c *conduct) {
		c.tag = func(*object) string { return `"static"` }
	}),
	plain("etag-collision", "ETag is of length and second, not of content", func(c *conduct) {
		c.tag = func(o *object) string { return fmt.Sprintf(`"%d-%d"`, o.size, o.modified.Unix()) }
	}),
	plain("etag-unstable", "ETag changes with every look", func(c *conduct) {
		var looks atomic.Int64
		c.tag = func(*object) string { return fmt.Sprintf(`"%d"`, looks.Add(1)) }
	}),
	plain("etag-of-put", "a PUT answers another ETag than GET", func(c *conduct) {
		c.last = func(v *visit, status int) int {
			if tag := v.w.Header().Get("Etag"); tag != "" && v.r.Method == http.MethodPut {
				v.w.Header().Set("Etag", `"put-`+tag[1:])
			}
			return status
		}
	}),
	timed("etag-weak-first", "1s", "ETag is weak for so long after a write (allowed)", weakFirst),
	plain("etag-weak", "ETag is always weak (allowed)", func(c *conduct) {
		c.tag = func(o *object) string { return "W/" + o.etag }
	}),
	plain("etag-none", "there is no ETag (allowed)", func(c *conduct) {
		c.tag = func(*object) string { return "" }
		c.last = func(v *visit, status int) int {
			v.w.Header().Del("Etag")
			return status
		}
	}),
}

func weakFirst(c *conduct, d time.Duration) {
	c.tag = func(o *object) string {
		if time.Since(o.modified) < d {
			return "W/" + o.etag
		}
		return o.etag
	}
}

// A past is the states that names were in, back to the one of a while ago.
type past struct {
	age time.Duration
	mu  struct {
		sync.Mutex
		byName map[string][]*object // oldest first; the first may be older than age, no other than the first is
	}
}

// pastNames is how many names have a past before those are dropped whose past is the present.
const pastNames = 4096

func (p *past) store(v *visit) (status int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	status = v.store.put(v.object, v.r)
	if status == failing {
		return status
	}
	all := p.mu.byName
	if len(all) >= pastNames {
		for name, states := range all {
			if p.isOver(states[len(states)-1]) {
				delete(all, name)
			}
		}
	}
	states := append(all[v.name], v.object)
	for len(states) > 1 && p.isOver(states[1]) {
		states = states[1:]
	}
	all[v.name] = states
	return status
}

func (p *past) isOver(o *object) bool { return time.Since(o.modified) >= p.age }

// look is the state of a while ago; that nothing is there any more is seen at once.
func (p *past) look(v *visit) *object {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := v.store.get(v.name)
	states, known := p.mu.byName[v.name]
	if now == nil || !known {
		return now
	}
	var then *object
	for _, o := range states {
		if p.isOver(o) {
			then = o
		}
	}
	return then
}
