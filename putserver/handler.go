package putserver

import (
	"encoding/hex"
	"errors"
	"hash/crc32"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A visit is one request's stay.
type visit struct {
	*Server
	w       http.ResponseWriter
	r       *http.Request
	conn    *conn // nil when another server accepted it
	arrival instant
	ready   time.Duration // when the last of its bytes had arrived
	object  object        // what its body makes
}

// ServeHTTP answers one request as the Config says.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v := visit{Server: s, w: w, r: r, conn: connOf(r)}
	if v.conn != nil {
		v.arrival = v.conn.arrived()
	} else {
		v.arrival = s.instantOf(0)
	}
	switch {
	case r.URL.Path == LogPath:
		s.serveLog(w, r)
	case v.receive() && !v.refuse():
		v.serve()
	}
}

var (
	errTooLarge = errors.New("the body is above the limit")
	castagnoli  = crc32.MakeTable(crc32.Castagnoli)
	buffers     = sync.Pool{New: func() any { return new([64 << 10]byte) }}
)

// receive reads the body; false when that has ended the visit.
func (v *visit) receive() bool {
	err := errTooLarge
	if limit := v.config.MaxBody; limit == 0 || v.r.ContentLength <= limit {
		err = v.drain()
	}
	switch {
	case err == errTooLarge:
		v.w.Header().Set("Connection", "close") // else net/http would read on, for the next request
		v.answer(http.StatusRequestEntityTooLarge)
	case err != nil:
		v.end(Broken, 0)
		panic(http.ErrAbortHandler) // net/http's word for closing the connection without an answer
	}
	v.ready = v.now()
	if v.conn != nil {
		v.ready = v.conn.received()
	}
	return err == nil
}

// drain reads the body and makes the object of it. Its ETag is of size and content: two sums of 32 bits, which
// are the only ones that the standard library has the processor compute, at 10 GB/s and more; a digest would
// make the target, not the tool, the limit of a run.
func (v *visit) drain() error {
	buf := buffers.Get().(*[64 << 10]byte)
	defer buffers.Put(buf)
	var size int64
	var sum [2]uint32
	body := make([]byte, 0, min(max(v.r.ContentLength, 0), keptWhole))
	for {
		n, err := v.r.Body.Read(buf[:])
		size += int64(n)
		if v.config.MaxBody > 0 && size > v.config.MaxBody {
			return errTooLarge
		}
		sum[0] = crc32.Update(sum[0], castagnoli, buf[:n])
		sum[1] = crc32.Update(sum[1], crc32.IEEETable, buf[:n])
		if size <= keptWhole {
			body = append(body, buf[:n]...)
		} else {
			body = nil
		}
		if err == io.EOF {
			v.object = object{path: v.r.URL.Path, size: size, body: body, etag: etag(size, sum)}
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// etag writes size and sums as a strong entity tag, such as "5-9a71bb4c-3610a686".
func etag(size int64, sum [2]uint32) string {
	text := make([]byte, 0, 40)
	text = append(text, '"')
	text = strconv.AppendInt(text, size, 10)
	for _, s := range sum {
		text = append(text, '-')
		text = hex.AppendEncode(text, []byte{byte(s >> 24), byte(s >> 16), byte(s >> 8), byte(s)})
	}
	return string(append(text, '"'))
}

// refuse answers a request that is not admitted, and says whether it was one.
func (v *visit) refuse() bool {
	h := v.w.Header()
	if v.auth != "" && v.r.Header.Get("Authorization") != v.auth {
		h.Set("WWW-Authenticate", `Basic realm="target"`)
		v.answer(http.StatusUnauthorized)
		return true
	}
	if allow := v.allowed(); allow != "" {
		h.Set("Allow", allow)
		v.answer(http.StatusMethodNotAllowed)
		return true
	}
	ok, retry := v.bucket.take(v.arrival.at)
	if !ok {
		h.Set("Retry-After", strconv.Itoa(int((retry+time.Second-1)/time.Second)))
		v.answer(http.StatusTooManyRequests)
	}
	return !ok
}

// allowed is "" when the method is allowed here, else those that are.
func (v *visit) allowed() string {
	readOnly := strings.HasPrefix(v.r.URL.Path, v.config.ReadOnly)
	switch v.r.Method {
	case http.MethodGet, http.MethodHead:
		return ""
	case http.MethodPut, http.MethodDelete:
		if !readOnly {
			return ""
		}
	}
	if readOnly {
		return "GET, HEAD"
	}
	return "GET, HEAD, PUT, DELETE"
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
	switch v.r.Method {
	case http.MethodPut:
		etag := v.object.etag
		status := v.store.put(&v.object, v.r.Header)
		if status != http.StatusPreconditionFailed {
			v.w.Header().Set("Etag", etag)
		}
		v.answer(status)
	case http.MethodDelete:
		v.answer(v.store.delete(v.r.URL.Path, v.r.Header))
	default:
		v.read()
	}
}

// read answers GET and HEAD. Where a PUT's condition fails with 412, theirs under If-None-Match is 304.
func (v *visit) read() {
	o, ok := v.store.get(v.r.URL.Path, v.r.Header)
	h := v.w.Header()
	if o != nil {
		h.Set("Etag", o.etag)
	}
	switch {
	case !ok && v.r.Header["If-None-Match"] != nil && v.r.Header["If-Match"] == nil:
		v.answer(http.StatusNotModified)
	case !ok:
		v.answer(http.StatusPreconditionFailed)
	case o == nil:
		v.answer(http.StatusNotFound)
	case o.size > keptWhole && v.r.Method == http.MethodGet:
		v.answer(http.StatusGone) // it is there, but its bytes were not kept
	default:
		h.Set("Content-Type", "application/octet-stream")
		h.Set("Content-Length", strconv.FormatInt(o.size, 10))
		v.answer(http.StatusOK)
		_, _ = v.w.Write(o.body) // who has stopped reading needs no error; net/http drops it for HEAD
	}
}

// answer sends the head of an answer and logs it. Under our own listener the departure is noted when net/http
// writes to the connection, else here.
func (v *visit) answer(status int) {
	if v.conn != nil {
		v.conn.leave(v.entry(Answered, status))
	} else {
		e := v.entry(Answered, status)
		e.Departure = v.now()
		v.log.add(&e)
	}
	v.w.WriteHeader(status)
}

// end logs a visit that ends without an answer; departure is 0 when nothing departs.
func (v *visit) end(how End, departure time.Duration) {
	e := v.entry(how, 0)
	e.Departure = departure
	v.log.add(&e)
}

func (v *visit) entry(how End, status int) Entry {
	return Entry{Arrival: v.arrival.at, End: how, Status: status, Stamped: v.arrival.kernel, Path: v.r.URL.Path}
}
