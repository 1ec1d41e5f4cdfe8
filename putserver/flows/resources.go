package flows

import (
	"cmp"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// thing makes what the body leaves behind under a name.
func (x *Exchange) thing(name string) *thing {
	return &thing{name: strings.Clone(name), size: x.body.Size, body: x.body.Bytes, etag: x.body.ETag,
		kind: x.r.Header.Get("Content-Type"), modified: time.Now()}
}

// judge holds the conditions against t, which may be nil; nil where they hold.
func (x *Exchange) judge(t *thing) *Answer {
	status := 0
	if t == nil {
		status = x.site.config.Judge(x.r, "", time.Time{})
	} else {
		status = x.site.config.Judge(x.r, t.etag, t.modified)
	}
	switch status {
	case 0:
		return nil
	case http.StatusNotModified:
		a := Answer{Status: status}
		a.set("Etag", t.etag)
		return &a
	}
	return refusal(status, "a condition of the request does not hold")
}

// create makes a new item of the body, as collections do: its Location is relative to the collection.
func create(x *Exchange) Answer {
	id := x.site.number()
	t := x.thing(Path + "items/" + id)
	x.site.set(t)
	place := "items/" + id
	if strings.HasSuffix(x.name, "/") {
		place = id
	}
	a := inJSON(http.StatusCreated, map[string]string{"id": id, "location": place})
	a.set("Location", place)
	a.set("Etag", t.etag)
	return a
}

// read gives the resource of the request's name.
func read(x *Exchange) Answer { return x.show(x.site.get(x.name)) }

// show is the answer to who reads t, which may be nil.
func (x *Exchange) show(t *thing) Answer {
	if a := x.judge(t); a != nil {
		return *a
	}
	switch {
	case t == nil:
		return *refusal(http.StatusNotFound, "there is no such resource")
	case t.body == nil && t.size > 0 && x.r.Method == http.MethodGet:
		return *refusal(http.StatusGone, "its bytes were too many to be kept")
	}
	a := Answer{Status: http.StatusOK}
	a.with(cmp.Or(t.kind, "application/octet-stream"), t.body)
	a.set("Content-Length", strconv.FormatInt(t.size, 10))
	a.set("Etag", t.etag)
	a.set("Last-Modified", t.modified.UTC().Format(http.TimeFormat))
	return a
}

// put stores the body under the request's name.
func put(x *Exchange) Answer { return x.store(x.thing(x.name), true, http.StatusNoContent) }

// replace is put for what is there already.
func replace(x *Exchange) Answer { return x.store(x.thing(x.name), false, http.StatusNoContent) }

// store puts t on the shelf if the conditions hold, and answers 201 or, for what was there, replaced.
func (x *Exchange) store(t *thing, creates bool, replaced int) Answer {
	s := x.site
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.mu.At(t.name)
	if old == nil && !creates {
		return *refusal(http.StatusNotFound, "nothing was created here: POST to "+Path+"items first")
	}
	if a := x.judge(old); a != nil {
		return *a
	}
	a := Answer{Status: http.StatusCreated}
	if s.mu.Set(t) {
		a.Status = replaced
	}
	a.set("Etag", t.etag)
	return a
}

// remove deletes the resource of the request's name.
func remove(x *Exchange) Answer {
	s := x.site
	s.mu.Lock()
	defer s.mu.Unlock()
	if a := x.judge(s.mu.At(x.name)); a != nil {
		return *a
	}
	if !s.mu.Drop(x.name) {
		return *refusal(http.StatusNotFound, "there is no such resource")
	}
	return Answer{Status: http.StatusNoContent}
}

// guarded refuses to write without a condition (RFC 6585, 3).
func guarded(x *Exchange) *Answer {
	if x.r.Method == http.MethodGet || x.r.Method == http.MethodHead {
		return nil
	}
	for _, condition := range []string{"If-Match", "If-None-Match", "If-Unmodified-Since"} {
		if x.r.Header.Get(condition) != "" {
			return nil
		}
	}
	return refusal(http.StatusPreconditionRequired, "send If-Match with the ETag, or If-None-Match: * to create")
}
