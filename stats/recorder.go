package stats

import (
	"sync"
	"time"
)

// RecorderConfig says how observations are told apart.
type RecorderConfig struct {
	Shards    int           // how many record at once: loops, or GOMAXPROCS; never workers
	Open      bool          // arrivals come from a schedule: there is a response time, and there are lags
	Warmup    time.Duration // requests due before this instant are the warm-up's
	SpanEnd   time.Duration // the instant, since the run's start, when the schedule itself ends; 0: it has no end
	Grace     time.Duration // the interval between two arrivals: what is sent so much after SpanEnd is not late
	Until     time.Duration // where the measured span ends by itself; 0: nobody knows beforehand
	Templates int           // how many requests the plan has; of several, each is counted by itself too
	Steps     int           // how many steps its flows have, with what is sent once; each is counted by itself
	Slowest   bool          // the slowest are kept one by one
	Samples   int           // measured requests that each shard has room for in a window, one by one; 0: none
}

// A Recorder gathers observations. Each shard has two shares of everything, one being recorded into and one
// spare. Rotate swaps them, which takes a shard's lock for a pointer's time, and adds up the spares at leisure:
// so recording never waits for a merge, and nothing is lost or counted twice, since an observation is in the one
// share or in the other.
type Recorder struct {
	config RecorderConfig
	shards []*Shard

	// Owned by whoever calls Rotate.
	window   *share
	early    Tally         // of measured requests that ended before the warm-up's last window was cut
	start    time.Duration // of the window to come
	inFlight int64         // at its start
}

// A share is what a shard, or all of them, gathered in one window. The warm-up's is light: of its latencies only
// the headline is kept.
type share struct {
	measured, warmup Tally
	samples          keptSamples // of measured requests
}

// A Shard records on behalf of one loop, or of the workers that happen to run on one processor.
type Shard struct {
	config *RecorderConfig
	spare  *share // owned by whoever calls Rotate
	mu     struct {
		sync.Mutex
		active *share
	}
	_ [64]byte // keeps the next shard's lock out of this one's cache line
}

// NewRecorder makes a recorder with at least one shard.
func NewRecorder(c RecorderConfig) *Recorder {
	r := &Recorder{config: c, window: newShare(&c), early: newTally(&c)}
	for range max(1, c.Shards) {
		s := &Shard{config: &r.config, spare: newShare(&c)}
		s.mu.active = newShare(&c)
		r.shards = append(r.shards, s)
	}
	return r
}

func newShare(c *RecorderConfig) *share {
	s := &share{measured: newTally(c)}
	if c.Samples > 0 {
		s.samples.all = make([]Sample, 0, c.Samples)
	}
	return s
}

// newTally has room for the measured requests' own.
func newTally(c *RecorderConfig) (t Tally) {
	if c.Templates > 1 {
		t.growTemplates(c.Templates)
	}
	t.growSteps(c.Steps)
	if c.Slowest {
		t.Slowest = make(Slowest, 0, mostSlow)
	}
	return t
}

// Shard is the shard of the i-th loop or worker, i from 0; they share when there are more of them than shards.
func (r *Recorder) Shard(i int) *Shard { return r.shards[i%len(r.shards)] }

// Record counts one finished request; o is only read, and may be used again at once. It is safe for concurrent
// use and does not allocate, but for the first of a status, a failure, or a latency of its kind.
func (s *Shard) Record(o *Observation) {
	s.mu.Lock()
	s.mu.active.record(o, s.config)
	s.mu.Unlock()
}

// RecordExchange counts one exchange of a flow, of the step with that place in Plan.Steps. o.Intended is its arrival's,
// by which it belongs to the warm-up or not: that has no steps. The arrival itself is counted by Record, when it has
// ended. As Record, it is safe for concurrent use and does not allocate.
func (s *Shard) RecordExchange(o *Observation, step int) {
	s.mu.Lock()
	if o.Intended >= s.config.Warmup {
		s.mu.active.measured.recordExchange(o, step)
	}
	s.mu.Unlock()
}

// late is from when on a request is late; 0: never.
func (c *RecorderConfig) late() time.Duration {
	if c.SpanEnd == 0 {
		return 0
	}
	return c.SpanEnd + c.Grace
}

func (s *share) record(o *Observation, c *RecorderConfig) {
	if c.Open {
		s.measured.noteFreeSlot(o)
	}
	s.measured.Within.count(o, c.Warmup, c.Until)
	if o.Intended >= c.Warmup {
		s.measured.record(o, c.Open, c.late())
		if c.Slowest {
			s.measured.Slowest.note(o, c.Open)
		}
		if c.Samples > 0 {
			s.samples.keep(o)
		}
		return
	}
	s.measured.Warmup++
	s.warmup.count(o)
	if o.Outcome == OK {
		_, headline := spans(o, c.Open)
		s.warmup.Latency.Headline(c.Open).Record(headline)
	}
}

// Rotate closes the window that ends now, at the instant end, with inFlight requests open. The window's Tally and
// Samples are valid until the next Rotate. Only one goroutine may call it; others may record meanwhile.
//
// What was sent is not counted, but follows: whoever was sent is either done or still in flight. This is exact
// when inFlight is read at the same instant, and off by those that ended in between when not; over a run it is
// exact all the same.
//
// What the first shard gathered becomes the window, and what the others did is added to it: to merge is what costs
// here, up to 0.1 ms for each histogram.
func (r *Recorder) Rotate(end time.Duration, inFlight int64) Window {
	for _, s := range r.shards {
		s.swap()
	}
	first := r.shards[0]
	r.window, first.spare = first.spare, r.window
	first.spare.reset() // it was lent until now
	var samples Samples
	r.window.samples.lend(&samples)
	for _, s := range r.shards[1:] {
		s.spare.samples.lend(&samples)
		r.window.measured.Merge(&s.spare.measured)
		r.window.warmup.Merge(&s.spare.warmup)
		s.spare.reset()
	}
	warmup := 0 < end && (end < r.config.Warmup || end == r.config.Warmup && r.start < end)
	r.carry(warmup)
	w := r.window.summary(warmup, r.config.Open)
	w.Start, w.End, w.InFlight, w.Samples = r.start, end, inFlight, samples
	w.Sent = r.window.measured.Done() + r.window.warmup.Done() + inFlight - r.inFlight
	r.start, r.inFlight = end, inFlight
	return w
}

// carry keeps for the next window what a window of the warm-up has of measured requests. They were due at its end; that
// they are here already is because a window is cut a little after it ends. What is counted of the warm-up stays.
func (r *Recorder) carry(warmup bool) {
	now := &r.window.measured
	switch {
	case !warmup:
		now.Merge(&r.early)
		r.early.Reset()
	case now.Done() > 0 || now.exchanges() > 0:
		ofWarmup := now.Warmup
		now.Warmup = 0
		r.early.Merge(now)
		now.Reset()
		now.Warmup = ofWarmup
	}
}

func (s *Shard) swap() {
	s.mu.Lock()
	s.mu.active, s.spare = s.spare, s.mu.active
	s.mu.Unlock()
}

func (s *share) reset() {
	s.measured.Reset()
	s.warmup.Reset()
	s.samples.reset()
}

// summary speaks of the warm-up's requests in a window of the warm-up, and of the measured ones in every other.
func (s *share) summary(warmup, open bool) Window {
	t := &s.measured
	if warmup {
		t = &s.warmup
	}
	h := t.Latency.Headline(open)
	return Window{Exchanges: t.exchanges(),
		Warmup: warmup, Tally: &s.measured,
		Done: t.Done(), OK: t.OK, Failed: t.Failed, TimedOut: t.TimedOut, BodySent: t.BodySent,
		P50: h.Quantile(.5), P99: h.Quantile(.99), Max: h.Max(),
		FloorP50: t.Latency.Floor.Quantile(.5), FloorP99: t.Latency.Floor.Quantile(.99),
		FloorMax:    t.Latency.Floor.Max(),
		ServiceMean: t.Latency.Service.Mean(), TimerLagP99: t.Latency.TimerLag.Quantile(.99), Status: t.statusCounts()}
}
