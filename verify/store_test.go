package verify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"hash/maphash"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// A shelf is a PUT server in memory, reached without a network: right, unless it is told how to be wrong. It keeps what
// a server with a network may do wrong with a request's frame too, which no handler sees.
type shelf struct {
	manners atomic.Pointer[[]string] // may change while requests are under way
	limit   int64
	one     int // of so many names two creators or updates may win; 0: of each, where that is the manner
	seed    uint64

	mu   sync.Mutex
	held map[string][]shelfItem // all states of a name, the last one last
	seen []string               // names asked for
	down bool
	deaf bool // once it is down it works on, but its answers get lost
}

type shelfItem struct {
	body         []byte
	kind, coding string
	tag          string // by which the body is told; "" is made of the body
	at           time.Time
}

func newShelf(manners ...string) *shelf {
	s := &shelf{held: map[string][]shelfItem{}}
	s.become(manners...)
	return s
}

func (s *shelf) become(manners ...string) { s.manners.Store(&manners) }

func (s *shelf) is(manner string) bool { return slices.Contains(*s.manners.Load(), manner) }

func (s *shelf) Now() time.Time { return time.Now() }

func (s *shelf) Sleep(ctx context.Context, d time.Duration) bool { return handled{}.Sleep(ctx, d) }

func (s *shelf) Together(ctx context.Context, all []Request) []Answer {
	answers, gate := make([]Answer, len(all)), make(chan struct{})
	var wg sync.WaitGroup
	for i := range all {
		wg.Go(func() { <-gate; answers[i] = s.Send(ctx, all[i]) })
	}
	close(gate)
	wg.Wait()
	return answers
}

// seed is of the ETags of shelves.
var seed = maphash.MakeSeed()

var errGone = errors.New("connection closed")

func (s *shelf) Send(ctx context.Context, r Request) Answer {
	a := Answer{Proto: "HTTP/1.1", Header: http.Header{}, Began: time.Now(), URL: "http://shelf/" + r.Name}
	if s.is("http/1.0") {
		a.Proto = "HTTP/1.0"
	}
	switch {
	case s.is("h2") && (r.Framing != ByLength || r.Cut != nil && !r.Cut.Reset || r.Length != nil),
		s.is("no dots") && strings.Contains(r.Name, "/../"):
		a.Err = fmt.Errorf("this: %w", ErrCannotSend)
		return a
	}
	s.mu.Lock()
	s.seen = append(s.seen, r.Name)
	down := s.down
	if down && s.deaf && r.Method == http.MethodPut {
		s.mu.Unlock()
		if !s.is("truncated-stored") {
			s.put(&a, &r)
		} else {
			s.cut(&r, r.Body[:len(r.Body)/2])
		}
		s.mu.Lock()
		a = Answer{Began: a.Began, URL: a.URL}
	}
	s.mu.Unlock()
	switch {
	case down:
		a.Err = errGone
	case r.Method == http.MethodPut:
		s.put(&a, &r)
	case r.Method == http.MethodGet:
		time.Sleep(500 * time.Microsecond) // a read falls between the steps of a write
		s.get(&a, &r)
	case r.Method == http.MethodOptions && !s.is("options 404"):
		a.Status = 204
		s.allow(&a)
	default:
		s.other(&a, &r)
	}
	return a
}

func (s *shelf) allow(a *Answer) {
	switch {
	case s.is("no allow"):
	case s.is("allow without put"):
		a.Header.Set("Allow", "GET, HEAD")
	default:
		a.Header.Set("Allow", "GET, HEAD, PUT,DELETE")
	}
}

func (s *shelf) other(a *Answer, r *Request) {
	switch {
	case r.Method == http.MethodOptions:
		a.Status = 404
	case s.is("any method"):
		a.Status = 200
	case s.is("501"):
		a.Status = 501
	case s.is("405 for patch") && r.Method != http.MethodPatch:
		a.Status = 501
	default:
		a.Status = 405
		s.allow(a)
	}
}

// key is the name that the server makes of one.
func (s *shelf) key(name string) string {
	for _, m := range [][3]string{{"plus is space", "+", "%20"}, {"slash", "%2F", "/"}, {"nfc", "e%CC%81", "%C3%A9"}} {
		if s.is(m[0]) {
			name = strings.ReplaceAll(name, m[1], m[2])
		}
	}
	if s.is("slash trimmed") {
		name = strings.TrimSuffix(name, "/")
	}
	if s.is("name cut") {
		name = name[:min(len(name), 255)]
	}
	if s.is("case") {
		name = strings.ToLower(name)
	}
	return name
}

// last is the state that readers see, nil where there is none.
func (s *shelf) last(name string) *shelfItem {
	all := s.held[s.key(name)]
	for i := len(all) - 1; i >= 0; i-- {
		if !s.is("stale") || time.Since(all[i].at) >= 50*time.Millisecond {
			return &all[i]
		}
	}
	return nil
}

func (s *shelf) store(name string, t shelfItem) {
	if s.is("stored-not") {
		return
	}
	t.at = time.Now()
	t.body = bytes.Clone(t.body)
	s.held[s.key(name)] = append(s.held[s.key(name)], t)
}

func (s *shelf) tagOf(t *shelfItem) string {
	sum := fmt.Sprintf(`"%x"`, maphash.Bytes(seed, t.body))
	switch {
	case s.is("tag none"):
		return ""
	case s.is("tag weak"), s.is("tag weak first") && time.Since(t.at) < time.Second:
		return "W/" + sum
	case s.is("tag static"):
		return `"same"`
	case s.is("tag collision"):
		return fmt.Sprintf(`"%d-%d"`, len(t.body), t.at.Unix())
	case s.is("tag of the write"):
		return fmt.Sprintf(`"%d"`, t.at.UnixNano())
	case t.tag != "":
		return t.tag
	}
	return sum
}

func (s *shelf) get(a *Answer, r *Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.last(r.Name)
	switch {
	case s.is("no reading"):
		a.Status = 403
		return
	case t == nil && s.is("everything there"):
		a.Status = 200
		return
	case t == nil:
		a.Status = 404
		return
	case s.is("locked") && time.Since(t.at) < time.Millisecond:
		a.Status = 423
		return
	}
	a.Status, a.Body = 200, t.body
	if s.is("broken reads") && time.Since(t.at) < time.Millisecond {
		a.Body, a.Err = t.body[:1], errGone
	}
	a.Size = int64(len(a.Body))
	a.Header.Set("Content-Type", t.kind)
	if t.coding != "" && !s.is("coding lost") {
		a.Header.Set("Content-Encoding", t.coding)
	}
	if tag := s.tagOf(t); tag != "" {
		a.Header.Set("ETag", tag)
	}
}

func lineOf(r *Request, name string) string {
	for _, h := range r.Header {
		if strings.EqualFold(h.Name, name) {
			return h.Value
		}
	}
	return ""
}

// put reads the frame, refuses, and writes.
func (s *shelf) put(a *Answer, r *Request) {
	if s.early(a, r) {
		return
	}
	body, whole := s.frame(a, r)
	if !whole {
		s.cut(r, body)
		a.Err = errGone
		return
	}
	a.Sent = int64(len(r.Body))
	if a.Status != 0 {
		return
	}
	t := shelfItem{body: body, kind: lineOf(r, "Content-Type"), coding: lineOf(r, "Content-Encoding")}
	if s.is("type lost") {
		t.kind = "application/octet-stream"
	}
	if a.Status = s.refuse(r, &t); a.Status != 0 {
		if s.is("refused and stored") {
			s.mu.Lock()
			s.store(r.Name, t)
			s.mu.Unlock()
		}
		return
	}
	a.Status = s.write(r, &t)
	if r.Expect && !s.is("no 100") {
		a.Interim = []int{100}
	}
}

// early refuses by the head.
func (s *shelf) early(a *Answer, r *Request) bool {
	if s.is("417") && r.Expect {
		a.Status = 417
		return true
	}
	if s.limit == 0 || int64(len(r.Body)) <= s.limit {
		return false
	}
	a.Status = 413
	switch {
	case s.is("413 late"), s.is("413 and stored"):
		a.Sent = int64(len(r.Body))
	case s.is("400 large"):
		a.Status = 400
	case s.is("cut large"):
		a.Status, a.Err = 0, errGone
	case s.is("time out large"):
		a.Status, a.Err = 0, context.DeadlineExceeded
	}
	if s.is("413 and stored") {
		s.mu.Lock()
		s.store(r.Name, shelfItem{body: r.Body[:s.limit]})
		s.mu.Unlock()
	}
	return true
}

// frame is the body that the server takes a request to have, and whether all of it came.
func (s *shelf) frame(a *Answer, r *Request) (body []byte, whole bool) {
	switch {
	case r.Cut != nil:
		return r.Body[:r.Cut.After], false
	case r.Length != nil && *r.Length > int64(len(r.Body)):
		return r.Body, false
	case r.Length != nil && !s.is("rest taken"):
		return r.Body[:*r.Length], true
	case r.Framing == Unframed && s.is("411"), r.Framing == Chunked && s.is("chunked 411"):
		a.Status = 411
	case r.Framing == Unframed && !s.is("unframed taken"):
		return nil, true
	case r.Framing == Chunked && s.is("chunked lost"):
		return nil, true
	case r.Framing == Chunked && s.is("chunks stored"):
		return fmt.Appendf(nil, "%x\r\n%s\r\n0\r\n\r\n", len(r.Body), r.Body), true
	}
	return r.Body, true
}

// cut is what becomes of an upload that ends early.
func (s *shelf) cut(r *Request, body []byte) {
	put := func(body []byte) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.store(r.Name, shelfItem{body: body})
	}
	switch {
	case s.is("truncated-stored"):
		put(body)
	case s.is("truncated-late"):
		time.AfterFunc(3*time.Second, func() { put(body) })
	case s.is("empty-on-cut"):
		put(nil)
	case s.is("deleted-on-cut"):
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.held, s.key(r.Name))
	case s.is("cut seen"):
		s.mu.Lock()
		before := slices.Clone(s.held[s.key(r.Name)])
		s.mu.Unlock()
		put(body)
		time.AfterFunc(200*time.Millisecond, func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.held[s.key(r.Name)] = before
		})
	}
}

// refuse is a status that does not depend on what is there.
func (s *shelf) refuse(r *Request, t *shelfItem) int {
	odd := func(names ...string) bool {
		return slices.ContainsFunc(names, func(n string) bool { return strings.Contains(r.Name, n) })
	}
	switch {
	case s.is("no writing"):
		return 403
	case s.is("short names") && odd(strings.Repeat("n", 100)):
		return 414
	case s.is("415") && t.kind == "application/x-shotput-unlikely", s.is("415") && t.coding != "":
		return 415
	case s.is("400 odd") && (t.kind == "application/x-shotput-unlikely" || t.coding != ""):
		return 400
	case lineOf(r, "Content-Range") != "" && s.is("501 range"):
		return 501
	case lineOf(r, "Content-Range") != "" && !s.is("content-range-whole") && !s.is("range applied"):
		return 400
	}
	for _, kind := range digestKinds {
		value := lineOf(r, kind.name)
		if value != "" && s.is("400 digest") || value != "" && !s.is("no digest") && value != kind.of(t.body) {
			return 400
		}
	}
	return 0
}

// careless says whether a name is one of which two may win.
func (s *shelf) careless(name string) bool {
	if s.one == 0 {
		return true
	}
	h := fnv.New64a()
	fmt.Fprint(h, s.seed, name, s.seed)
	x := h.Sum64()
	x ^= x >> 29
	x *= 0xbf58476d1ce4e5b9
	return (x^x>>32)%uint64(s.one) == 0
}

// write stores if the conditions hold, in one step unless it is wrong.
func (s *shelf) write(r *Request, t *shelfItem) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	pause := func() {
		s.mu.Unlock()
		time.Sleep(time.Millisecond)
		s.mu.Lock()
	}
	if status := s.judge(r); status != 0 {
		if s.is("412 and stored") {
			s.store(r.Name, *t)
		}
		return status
	}
	isCreate, isUpdate := lineOf(r, "If-None-Match") != "", lineOf(r, "If-Match") != ""
	if (s.is("double-create") && isCreate || s.is("lost-update") && isUpdate) && s.careless(r.Name) {
		pause()
	}
	before := s.held[s.key(r.Name)]
	var old shelfItem
	if len(before) > 0 {
		old = before[len(before)-1]
	}
	half := len(t.body) / 2
	switch {
	case s.is("append"):
		t.body = append(bytes.Clone(old.body), t.body...)
	case s.is("range applied") && lineOf(r, "Content-Range") != "":
		t.body = append(bytes.Clone(t.body), old.body[len(t.body):]...)
	case len(t.body) < 40<<10: // is written in one step
	case s.is("torn"):
		s.store(r.Name, shelfItem{body: t.body[:half], kind: t.kind})
		pause()
	case s.is("mixed"):
		s.store(r.Name, shelfItem{body: overlay(old.body, t.body[:half], 0), kind: t.kind})
		pause()
		now := s.held[s.key(r.Name)]
		t.body = overlay(now[len(now)-1].body[:half], t.body[half:], half)
	case s.is("torn type") && len(before) > 0:
		s.store(r.Name, shelfItem{body: old.body, kind: t.kind})
		pause()
	case s.is("torn tag") && len(before) > 0:
		s.store(r.Name, shelfItem{body: old.body, kind: old.kind, tag: s.tagOf(t)})
		pause()
	}
	if s.is("202") {
		kept := *t
		time.AfterFunc(50*time.Millisecond, func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.store(r.Name, kept)
		})
		return 202
	}
	s.store(r.Name, *t)
	if len(before) > 0 {
		return 204
	}
	return 201
}

// overlay writes b into a at some byte.
func overlay(a, b []byte, at int) []byte {
	made := make([]byte, max(len(a), at+len(b)))
	copy(made, a)
	copy(made[at:], b)
	return made
}

// judge holds a request's conditions against what is there.
func (s *shelf) judge(r *Request) int {
	fail := 412
	if s.is("409") {
		fail = 409
	}
	all := s.held[s.key(r.Name)]
	isNew, tag := lineOf(r, "If-None-Match"), lineOf(r, "If-Match")
	switch {
	case s.is("no-412"):
	case s.is("501 conditions") && (isNew != "" || tag != ""):
		return 501
	case isNew != "" && len(all) > 0:
		return fail
	case tag != "" && (len(all) == 0 || isWeakTag(tag) || s.tagOf(&all[len(all)-1]) != tag):
		return fail
	}
	return 0
}

// shelved runs checks against a shelf, in virtual time.
func shelved(t *testing.T, s *shelf, o Options) *Report {
	t.Helper()
	var r *Report
	synctest.Test(t, func(t *testing.T) {
		o.Prefix = "v-"
		if o.Largest == 0 {
			o.Largest = 512 << 10
		}
		r = Run(t.Context(), s, o)
		time.Sleep(10 * time.Second) // whatever the shelf has begun comes to its end
	})
	for _, name := range s.seen {
		if !strings.HasPrefix(name, "v-") {
			t.Errorf("%q was asked for, which is outside the prefix", name)
		}
	}
	return r
}

// bubble runs in virtual time.
func bubble(t *testing.T, do func(ctx context.Context)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { do(t.Context()) })
}
