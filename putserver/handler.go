package putserver

import (
	"cmp"
	"errors"
	"hash"
	"hash/crc32"
	"io"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"shotput/putserver/flows"
)

// A visit is one request's stay.
type visit struct {
	*Server
	w       http.ResponseWriter
	r       *http.Request
	conn    *conn // nil when another server accepted it
	arrival instant
	ready   time.Duration // when the last of its bytes had arrived
	name    string        // of the object that it is about
	early   bool          // a refusal is worth more than the connection: it goes before the body has come
	content content       // its body, as far as it has come
	object  *object       // what its body makes; nil until it came, or was cut
	flow    *flowing      // nil where its name is not below flows.Path; it has then no object
}

// A flowing is what only a visit has whose name is below flows.Path.
type flowing struct {
	*flows.Exchange
	words []byte // the answer's body, when it is known
}

// A summed body is summed as it is read.
type summed struct {
	io.ReadCloser
	sum hash.Hash
}

func (s summed) Read(p []byte) (int, error) {
	n, err := s.ReadCloser.Read(p)
	s.sum.Write(p[:n])
	return n, err
}

// ServeHTTP answers one request as the Config says.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v := visit{Server: s, w: w, r: r, conn: connOf(r)}
	if v.conn != nil {
		v.arrival = v.conn.arrived()
	} else {
		v.arrival = s.instantOf(0)
	}
	if r.URL.Path == LogPath {
		s.serveLog(w, r)
		return
	}
	if s.conduct.hear != nil {
		s.conduct.hear(&v)
	}
	v.name = s.conduct.name(r.URL)
	if strings.HasPrefix(v.name, flows.Path) {
		v.flow = &flowing{Exchange: s.flows.Meet(r, v.name)}
		if sum := v.flow.Sum(); sum != nil {
			r.Body = summed{r.Body, sum}
		}
	}
	v.early = s.conduct.early(&v)
	v.stay()
}

// stay is all of a visit: what the head alone refuses, the body, what the whole refuses, and the work.
func (v *visit) stay() {
	status := v.refuse()
	if status != 0 && v.early {
		v.w.Header().Set("Connection", "close") // else net/http would read on, for the next request
		v.answer(status)
		return
	}
	if status = v.receive(status); status == 0 {
		status = v.doubt()
	}
	if status != 0 {
		v.answer(status)
		return
	}
	v.serve()
}

var (
	errTooLarge = errors.New("the body is above the limit")
	castagnoli  = crc32.MakeTable(crc32.Castagnoli)
	buffers     = sync.Pool{New: func() any { return new([64 << 10]byte) }}
)

// receive reads the body, also of what is refused with a status already, and gives that, or 413 when the body turns out
// to be too large. One that is cut ends the visit.
func (v *visit) receive(status int) int {
	err := v.drain()
	switch {
	case err == errTooLarge:
		v.w.Header().Set("Connection", "close") // as in stay
		status = cmp.Or(status, http.StatusRequestEntityTooLarge)
	case err != nil:
		v.end(Broken, 0)
		if v.conduct.cut != nil && v.object != nil && status == 0 {
			v.conduct.cut(v)
		}
		panic(http.ErrAbortHandler) // net/http's word for closing the connection without an answer
	}
	v.ready = v.now()
	if v.conn != nil {
		v.ready = v.conn.received()
	}
	return status
}

// drain reads the body and makes the object of it, also of a part.
func (v *visit) drain() error {
	buf := buffers.Get().(*[64 << 10]byte)
	defer buffers.Put(buf)
	v.content = newContent(v.r)
	for {
		into := v.content.room(buf[:])
		n, err := v.r.Body.Read(into)
		v.content.take(into[:n])
		if v.isTooLarge(v.content.size) {
			return errTooLarge
		}
		if err == nil {
			continue
		}
		if v.r.Method == http.MethodPut && v.flow == nil {
			v.make()
		}
		if err == io.EOF {
			return nil
		}
		return err
	}
}

// make is the object that the content makes: a value of its own, since it lives longer than the visit.
func (v *visit) make() {
	c, h := &v.content, v.r.Header
	v.object = &object{path: v.name, size: c.size, body: c.bytes, etag: c.etag(), kind: h.Get("Content-Type"),
		coding: h.Get("Content-Encoding")}
}

// serve is the stay of an admitted request: a fault or the work, and the departure when it is due.
func (v *visit) serve() {
	befalls := v.faults.next()
	if befalls == silent {
		v.end(Silent, 0)
		v.hang()
	}
	if !v.wait(v.line.admit(v.ready)) {
		v.end(Broken, 0)
		panic(http.ErrAbortHandler) // the server closed; the connection is or will be cut
	}
	switch befalls {
	case failed:
		v.answer(v.config.FailStatus)
	case reset:
		v.reset()
	default:
		v.work()
	}
}

// hang gives no answer until the client or the server closes.
func (v *visit) hang() {
	select {
	case <-v.r.Context().Done():
	case <-v.closed:
	}
	panic(http.ErrAbortHandler)
}

func (v *visit) reset() {
	v.end(Reset, v.now())
	if v.conn != nil {
		cut(v.conn)
	} else if c, _, err := http.NewResponseController(v.w).Hijack(); err == nil {
		cut(c)
	}
	panic(http.ErrAbortHandler)
}

// work does what the method asks for, at the very end of the stay, and answers.
func (v *visit) work() {
	switch {
	case v.flow != nil:
		v.answer(v.say(v.flow.Do(flows.Body{Bytes: v.content.bytes, Size: v.content.size, ETag: v.content.etag()})))
	case v.r.Method == http.MethodPut:
		status := v.conduct.store(v)
		if status == http.StatusCreated || status == http.StatusNoContent {
			v.w.Header().Set("Etag", v.conduct.tag(v.object))
		}
		v.answer(status)
	case v.r.Method == http.MethodDelete:
		v.answer(v.store.delete(v.name, v.r))
	default:
		v.read()
	}
}

// say prepares an answer that is known as a whole, and gives its status.
func (v *visit) say(a flows.Answer) (status int) {
	maps.Copy(v.w.Header(), a.Header)
	v.flow.words = a.Body
	return a.Status
}

// read answers GET and HEAD. An object is not changed once it is in the store, so that what is sent is of one PUT.
func (v *visit) read() {
	o, tag, h := v.conduct.look(v), "", v.w.Header()
	if o != nil {
		tag = v.conduct.tag(o)
		h.Set("Etag", tag)
		h.Set("Last-Modified", o.modified.UTC().Format(http.TimeFormat))
	}
	status := judge(v.r, o, tag)
	switch {
	case status != 0:
		v.answer(status)
	case o == nil:
		v.answer(http.StatusNotFound)
	case o.size > keptWhole && v.r.Method == http.MethodGet:
		v.answer(http.StatusGone) // it is there, but its bytes were not kept
	default:
		h.Set("Content-Type", cmp.Or(o.kind, "application/octet-stream"))
		if o.coding != "" {
			h.Set("Content-Encoding", o.coding)
		}
		h.Set("Content-Length", strconv.FormatInt(o.size, 10))
		v.answer(http.StatusOK)
		_, _ = v.w.Write(o.body) // who has stopped reading needs no error; net/http drops it for HEAD
	}
}

// answer sends the head of an answer and logs it. Under our own listener the departure is noted when net/http
// writes to the connection, else here.
func (v *visit) answer(status int) {
	if v.conduct.last != nil && v.flow == nil { // it is about plain PUTs, whose answers have no words
		status = v.conduct.last(v, status)
	}
	if v.conn != nil {
		v.conn.leave(v.entry(Answered, status))
	} else {
		e := v.entry(Answered, status)
		e.Departure = v.now()
		v.log.add(&e)
	}
	v.w.WriteHeader(status)
	if v.flow != nil {
		_, _ = v.w.Write(v.flow.words) // as in read
	}
}

// end logs a visit that ends without an answer; departure is 0 when nothing departs.
func (v *visit) end(how End, departure time.Duration) {
	e := v.entry(how, 0)
	e.Departure = departure
	v.log.add(&e)
}

func (v *visit) entry(how End, status int) Entry {
	e := Entry{Arrival: v.arrival.at, End: how, Status: status, Stamped: v.arrival.kernel, Path: v.r.URL.Path,
		Method: v.r.Method}
	if v.flow != nil {
		e.Path = v.r.URL.RequestURI() // by whose query an exchange can be told from another
	}
	return e
}
