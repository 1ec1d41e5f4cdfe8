package putserver

import (
	"fmt"
	"math"
	"net/http"
	"slices"
	"sync"
	"time"
	"unsafe"

	"shotput/putserver/flows"
)

// An End says how a request's stay ended.
type End uint8

// The ends. Every request that was read has exactly one entry in the log, and every entry one of these; only
// requests for the log itself have none.
const (
	Answered End = iota // an answer went out, with Entry.Status
	Reset               // its connection was reset on purpose
	Silent              // it is left without an answer on purpose
	Broken              // it did not come whole, or its answer could not go: the client or the server had closed
)

var endNames = [...]string{"answered", "reset", "silent", "broken"}

// String gives the end's name as it stands in the served log.
func (e End) String() string {
	if int(e) >= len(endNames) {
		return fmt.Sprintf("unknown(%d)", e)
	}
	return endNames[e]
}

// MarshalText writes the end's name.
func (e End) MarshalText() ([]byte, error) { return []byte(e.String()), nil }

// UnmarshalText reads a name that String gives; any other is an error.
func (e *End) UnmarshalText(b []byte) error {
	i := slices.Index(endNames[:], string(b))
	if i < 0 {
		return fmt.Errorf("read end: %q is not one", b)
	}
	*e = End(i)
	return nil
}

// An Entry is what the log knows of one request.
type Entry struct {
	Arrival   time.Duration `json:"arrival_ns"`   // of its first bytes, since Server.Zero
	Departure time.Duration `json:"departure_ns"` // of its answer or its reset, since Server.Zero; 0 if Silent or Broken
	End       End           `json:"end"`
	Status    int           `json:"status"` // 0 unless Answered
	Stamped   bool          `json:"stamped"`
	Path      string        `json:"path"` // its first 256 bytes; below flows.Path with the query
	Method    string        `json:"method"`
}

// Held is how long an answered request stayed: departure − arrival.
func (e *Entry) Held() time.Duration { return e.Departure - e.Arrival }

const (
	chunkEntries = 8192
	pathKept     = 256 // bytes
)

// A requestLog keeps what happened to each request up to a limit, and counts beyond it. It grows by chunks, so
// that adding never copies what is there (a copy of the whole would hold up a request for milliseconds, and
// show in what is being logged), and holds no pointers for the garbage collector to follow.
type requestLog struct {
	limit  int
	budget int64 // bytes

	mu struct {
		sync.Mutex
		chunks []*chunk
		size   int64 // bytes that they take; at most budget, but for the first
		counts counts
	}
}

// counts are exact even beyond the log's limit.
type counts struct {
	requests, kept, unstamped int64
	ends                      [len(endNames)]int64
	status                    [1000]int64
}

type chunk struct {
	records []record // never grown beyond its capacity, and a record is never changed: a prefix may be read unlocked
	paths   []byte   // of all records, one after the other
}

type record struct {
	arrival, departure time.Duration
	path, length       uint32 // within paths
	status             uint16
	end                End
	stamped            bool
	method             uint8 // in methods
}

// methods are those that the log knows; every other one is the first, which has no name.
var methods = [...]string{"", http.MethodPut, http.MethodGet, http.MethodPost, http.MethodPatch, http.MethodDelete,
	http.MethodHead, http.MethodOptions}

// add takes one entry.
func (l *requestLog) add(e *Entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := &l.mu.counts
	n.requests++
	n.ends[e.End]++
	n.status[e.Status]++
	if !e.Stamped {
		n.unstamped++
	}
	if n.kept < int64(l.limit) && l.keep(e) {
		l.mu.counts.kept++
	}
}

// chunkSize is what a chunk takes at first, in bytes: paths are seldom longer than pathRoom.
const (
	pathRoom  = 32
	chunkSize = chunkEntries * (int64(unsafe.Sizeof(record{})) + pathRoom)
)

// keep adds an entry; false where there is no room.
func (l *requestLog) keep(e *Entry) bool {
	last := len(l.mu.chunks) - 1
	if last < 0 || len(l.mu.chunks[last].records) == chunkEntries {
		if last >= 0 && l.mu.size+chunkSize > l.budget {
			return false
		}
		l.mu.chunks = append(
			l.mu.chunks,
			&chunk{make([]record, 0, chunkEntries), make([]byte, 0, pathRoom*chunkEntries)},
		)
		l.mu.size += chunkSize
		last++
	}
	c := l.mu.chunks[last]
	path := e.Path[:min(len(e.Path), pathKept)]
	c.records = append(c.records, record{e.Arrival, e.Departure, uint32(len(c.paths)), uint32(len(path)),
		uint16(e.Status), e.End, e.Stamped, uint8(max(slices.Index(methods[:], e.Method), 0))})
	room := cap(c.paths)
	c.paths = append(c.paths, path...)
	l.mu.size += int64(cap(c.paths) - room)
	return true
}

// snapshot is the log as it stands; what is added later does not touch it.
func (l *requestLog) snapshot() ([]chunk, counts) {
	l.mu.Lock()
	defer l.mu.Unlock()
	chunks := make([]chunk, len(l.mu.chunks))
	for i, c := range l.mu.chunks {
		chunks[i] = *c
	}
	return chunks, l.mu.counts
}

func (l *requestLog) reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.mu.chunks, l.mu.size, l.mu.counts = nil, 0, counts{}
}

// entries gives the chunk's entries in order.
func (c *chunk) entries(yield func(Entry) bool) {
	paths := string(c.paths)
	for _, r := range c.records {
		e := Entry{r.arrival, r.departure, r.end, int(r.status), r.stamped, paths[r.path : r.path+r.length],
			methods[r.method]}
		if !yield(e) {
			return
		}
	}
}

// Log gives every request that the log keeps, in the order in which they ended.
func (s *Server) Log() []Entry {
	chunks, n := s.log.snapshot()
	all := make([]Entry, 0, n.kept)
	for _, c := range chunks {
		all = slices.AppendSeq(all, c.entries)
	}
	return all
}

// ResetLog empties the log and its counts; manners and objects stay as they are. A request that has arrived
// and not yet ended will be in the log.
func (s *Server) ResetLog() {
	s.log.reset()
	s.flows.ForgetWorks()
}

// Works gives what was accepted with 202 and when the work on it began and ends, in the order in which it came; of very
// many only the first.
func (s *Server) Works() []flows.Work {
	first, _ := s.flows.Works()
	return first
}

// LogStats is the log added up.
type LogStats struct {
	Zero      time.Time     `json:"zero"`       // from which the instants of entries count
	Requests  int64         `json:"requests"`   // all that ended; the sum of status, reset, silent and broken
	Status    map[int]int64 `json:"status"`     // answers by status code
	Reset     int64         `json:"reset"`      //
	Silent    int64         `json:"silent"`     //
	Broken    int64         `json:"broken"`     //
	Unstamped int64         `json:"unstamped"`  // requests whose arrival is not the kernel's stamp
	Unlogged  int64         `json:"unlogged"`   // requests beyond the log's limit: counted above, and not in Held
	Held      Held          `json:"held"`       //
	Works     int64         `json:"works"`      // accepted with 202; of very many Works has only the first
	Objects   int           `json:"objects"`    // in memory now
	Kept      int64         `json:"kept_bytes"` // memory that they take, about
	Forgotten int64         `json:"forgotten"`  // objects dropped to stay within Config.Keep
}

// Held is how long answered requests stayed, departure − arrival, exactly: these are values that occurred, of
// rank ⌊p·n+0.5⌋ among n.
type Held struct {
	Count int           `json:"count"`
	Mean  time.Duration `json:"mean_ns"`
	P50   time.Duration `json:"p50_ns"`
	P90   time.Duration `json:"p90_ns"`
	P99   time.Duration `json:"p99_ns"`
	P999  time.Duration `json:"p99_9_ns"`
	Max   time.Duration `json:"max_ns"`
}

// Stats adds up the log.
func (s *Server) Stats() LogStats {
	chunks, n := s.log.snapshot()
	st := LogStats{
		Zero:      s.zero,
		Requests:  n.requests,
		Status:    map[int]int64{},
		Reset:     n.ends[Reset],
		Silent:    n.ends[Silent],
		Broken:    n.ends[Broken],
		Unstamped: n.unstamped,
		Unlogged:  n.requests - n.kept,
	}
	for code, count := range n.status[1:] {
		if count > 0 {
			st.Status[code+1] = count
		}
	}
	held := make([]time.Duration, 0, n.kept)
	for _, c := range chunks {
		for _, r := range c.records {
			if r.end == Answered {
				held = append(held, r.departure-r.arrival)
			}
		}
	}
	st.Held = heldOf(held)
	st.Objects, st.Kept, st.Forgotten = s.store.counts()
	_, st.Works = s.flows.Works()
	things, kept, forgotten := s.flows.Counts()
	st.Objects, st.Kept, st.Forgotten = st.Objects+things, st.Kept+kept, st.Forgotten+forgotten
	return st
}

// heldOf sorts d and sums it up.
func heldOf(d []time.Duration) Held {
	if len(d) == 0 {
		return Held{}
	}
	slices.Sort(d)
	var sum time.Duration // 2 million requests of an hour each fit
	for _, v := range d {
		sum += v
	}
	n := time.Duration(len(d))
	return Held{len(d), sum / n, quantile(d, .5), quantile(d, .9), quantile(d, .99), quantile(d, .999), d[n-1]}
}

// quantile is the value of rank ⌊p·n+0.5⌋, counted from 1, among the sorted d, of which there is one at least.
func quantile(d []time.Duration, p float64) time.Duration {
	rank := int(math.Floor(p*float64(len(d)) + 0.5))
	return d[min(max(rank, 1), len(d))-1]
}
