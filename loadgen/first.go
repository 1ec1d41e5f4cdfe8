package loadgen

import (
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"shotput/stats"
)

// # The first request
//
// There is no request beside a run. Arrival 1 is sent first and alone, on the run's own engine and connection, and
// judged: a hopeless one stops the run before any load. Then the schedule starts, and arrival 1's place in it stays
// empty. It is {{seq}} 1, row 1 and key 1, so that nothing is sent twice and no number is asked for that the run does
// not ask for. Of several requests, the lowest arrival of each is sent so, in order. A session sends them when it is
// prepared, its first run counts them, and later runs have none. A flow is sent whole, and judged by the exchange with
// which it failed.
//
// In an open loop they were due at the run's start: the schedule's time is the run's, however long they took. A closed
// loop has no time but that of its requests, so its time begins with the first of them, the rest of the load follows
// when they are done, and a count divided by its time is a rate. What passed between the two is left out: connections
// were opened then, or others waited for.

// A PreflightError says that what was sent before the load showed the run to be hopeless.
type PreflightError struct {
	Exchange *Exchange
	Request  string // the name of the request, where the plan has several
	Step     string // of a flow, or of what is sent once before the load: the one that failed
	Detail   string // why it did, where its answer was not the failure
}

func (e *PreflightError) Error() string {
	what := "preflight " + e.Exchange.URL
	if e.Request != "" && e.Request != e.Exchange.URL {
		what = fmt.Sprintf("preflight of %q, %s", e.Request, e.Exchange.URL)
	}
	if e.Step != "" {
		what = fmt.Sprintf("preflight step %q, %s", e.Step, e.Exchange.URL)
	}
	switch {
	case e.Detail != "":
		return fmt.Sprintf("%s: %s", what, e.Detail)
	case e.Exchange.Err != nil:
		return fmt.Sprintf("%s: %v", what, e.Exchange.Err)
	}
	return fmt.Sprintf("%s: the server answered %s", what, e.Exchange.Status)
}

// Unwrap gives what the transport said, if no answer came.
func (e *PreflightError) Unwrap() error { return e.Exchange.Err }

// mostFirst bounds how many of several requests are sent first, and mostSearched how far their numbers are looked for.
const (
	mostFirst    = 20
	mostSearched = 100_000
)

// A first is an arrival that was sent ahead of its run.
type first struct {
	number   int64
	template int
	exchange *Exchange // of a flow: by which it failed, or the last
	passage  *Passage  // nil: it is no flow
}

// sent is the arrival as it was sent.
func (f *first) sent() *stats.Observation {
	if f.passage != nil {
		return &f.passage.Arrival
	}
	return &f.exchange.Observation
}

// took is how long it was under way.
func (f *first) took() time.Duration { return f.sent().Done - f.sent().Sent }

// observation is what the run counts of a request that was due, and sent, at that instant of its time.
func (f *first) observation(at time.Duration) stats.Observation {
	o := moved(f.sent(), at, at-f.sent().Sent)
	o.Claimed, o.Sent = at, at
	o.Number, o.Template = f.number, f.template
	return o
}

// refusal says that every other request will fare as this one did; nil where that is not to be expected.
func (f *first) refusal(m *mixture) *PreflightError {
	x := f.exchange
	o := &x.Observation
	hopeless := x.Err != nil && o.Outcome != stats.Uncaptured ||
		o.Outcome != stats.OK && isHopeless(o.Status) && !m.answers[x.Template].Counts(o.Status)
	if f.passage == nil {
		if hopeless = x.Err != nil || isHopeless(o.Status) && !m.answers[x.Template].Counts(o.Status); hopeless {
			return &PreflightError{Exchange: x}
		}
		return nil
	}
	if how := f.passage.Arrival.Outcome; hopeless || how == stats.Timeout || how == stats.Aborted {
		return f.passage.refusal()
	}
	return nil
}

// refusal says why the flow failed as what is sent ahead of a load.
func (p *Passage) refusal() *PreflightError {
	x := p.telling()
	e := &PreflightError{Exchange: x, Step: p.Arrival.Step}
	if p.Arrival.Outcome != stats.BadStatus && x.Err == nil {
		e.Detail = p.Arrival.Detail
	}
	return e
}

// moved is what was observed, moved to where it stands in a run, as of an arrival that was due at an instant.
func moved(sent *stats.Observation, due, by time.Duration) stats.Observation {
	o := *sent
	for _, t := range []*time.Duration{&o.Uploaded, &o.FirstByte, &o.Done} {
		if *t != 0 {
			*t = o.Sent + by + max(0, *t-o.Sent)
		}
	}
	o.Intended, o.Claimed, o.Sent = due, due, o.Sent+by
	return o
}

// ahead takes in what was sent ahead of the run, before anything is made that depends on it.
func (f *firing) ahead(sent []first) {
	f.first = sent
	if f.plan.open() {
		return
	}
	for i := range sent {
		f.lead += sent[i].took()
	}
}

// placeOf is when the i-th of those that were sent ahead was sent, in the run's own time. Those of a warm-up belong to
// it, also where they took longer than it.
func (f *firing) placeOf(i int) (at time.Duration) {
	if f.plan.open() {
		return 0
	}
	for k := range i {
		at += f.first[k].took()
	}
	if warmup := f.plan.Load.Warmup; warmup > 0 {
		at = min(at, warmup-1)
	}
	return at
}

// countFirst records what was sent ahead of the load, before that begins, and counts it as claimed. Windows that ended
// before one of them was done are closed without it.
func (c *cutter) countFirst() {
	f := c.firing
	for i := range f.first {
		at := f.placeOf(i)
		o := f.first[i].observation(at)
		f.rise()
		f.book(&o)
		if p := f.first[i].passage; p != nil {
			f.countPassage(p, at)
		} else {
			f.captureFirst(&o, f.first[i].exchange)
		}
		for !f.plan.open() && c.next() < o.Done {
			c.cut(c.next())
		}
		f.recorder.Shard(0).Record(&o)
		f.release()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.plan.Load.Warmup > 0 {
		f.mu.warmup += int64(len(f.first))
		return
	}
	f.mu.claimed += int64(len(f.first))
	if f.plan.Load.Requests > 0 && f.mu.claimed >= f.plan.Load.Requests {
		f.finish()
	}
}

// countPassage records the exchanges of a flow that was sent ahead, as one that was sent at that instant.
func (f *firing) countPassage(p *Passage, at time.Duration) {
	for _, x := range p.Exchanges {
		o := moved(&x.Observation, at, at-p.Arrival.Sent)
		unit := &f.mixture.units[x.Template]
		f.recorder.Shard(0).RecordExchange(&o, unit.row)
		o.Template = unit.entry
		f.captureFirst(&o, x)
	}
}

// firstNumbers are the lowest arrivals of each of the requests, at most last of them all; 0: there is no last.
func (m *mixture) firstNumbers(last int64) (numbers []int64) {
	seen := make([]bool, len(m.entries))
	most := min(len(m.entries), mostFirst)
	for k := int64(1); len(numbers) < most && k <= mostSearched && (last == 0 || k <= last); k++ {
		if i := m.lot.pick(k); !seen[i] {
			seen[i] = true
			numbers = append(numbers, k)
		}
	}
	return numbers
}

// lastNumber bounds the numbers that the plan's own load asks for; 0: nobody knows.
func lastNumber(p *Plan, m *mixture) int64 {
	l := &p.Load
	last, _ := m.last()
	if l.Requests > 0 && l.Warmup == 0 && (last == 0 || l.Requests < last) {
		last = l.Requests
	}
	return last
}

// tryFirst finds out whether the requests that are sent ahead of the load can be made. The error is a Fault.
func (m *mixture) tryFirst(p *Plan) error {
	if p.NoPreflight {
		return nil // a request that cannot be made is a failure then, like any other
	}
	for _, k := range m.firstNumbers(lastNumber(p, m)) {
		entry := m.units[m.pick(k)].entry
		for i := range m.units {
			if m.units[i].entry != entry {
				continue
			}
			if err := m.all[i].Try(k); err != nil {
				return placeIn(err, m.units[i].at)
			}
		}
	}
	return nil
}

// isHopeless says whether an answer like this one will be every answer: a refusal of the request itself, not of
// its moment, its key or its load.
func isHopeless(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusConflict, http.StatusPreconditionFailed, http.StatusLocked,
		http.StatusTooEarly, http.StatusTooManyRequests:
		return false
	case http.StatusNotImplemented, http.StatusHTTPVersionNotSupported:
		return true
	}
	return status >= 300 && status < 500
}

// An opening watches over the beginning of a run for whoever ends it. Once it is settled it costs an atomic load a
// request.
type opening struct {
	settled atomic.Bool
	failed  chan struct{} // has one when enough have failed alike; nil: nobody wants to know
	mu      struct {
		sync.Mutex
		stats.Opening
	}
}

// note takes in a request that ended.
func (p *opening) note(o *stats.Observation) {
	if p.failed == nil || p.settled.Load() {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.settled.Load() || !p.mu.Note(o) {
		return
	}
	p.settled.Store(true)
	if _, all := p.mu.Failure(false); all {
		p.failed <- struct{}{} // there is room, and nothing is noted after it
	}
}

// failure is in what way all have failed; over is that the first second is.
func (p *opening) failure(over bool) (stats.StopReason, bool) {
	if p.failed == nil {
		return stats.StopReason{}, false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if over {
		p.settled.Store(true)
	}
	return p.mu.Failure(over)
}
