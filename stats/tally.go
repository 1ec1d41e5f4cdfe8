package stats

import (
	"cmp"
	"slices"
	"time"
)

// A Tally is what one window, or a whole run, adds up to: exact histograms and counts of the measured
// requests. Tallies merge: those of all shards and windows give that of the run, in whatever order.
type Tally struct {
	Latency  Latency   `json:"latency"`
	Statuses []Status  `json:"status"`   // each code seen, whatever the outcome
	Failures []Failure `json:"outcomes"` // at most 64 classes; what comes after those is counted as "other"

	Templates []TemplateTally `json:"templates,omitempty"` // in the plan's order; none where it has one request

	Steps  []StepTally   `json:"steps,omitempty"`     // in the plan's order; none where it has none
	Flows  int64         `json:"flows,omitempty"`     // see Totals.Flows
	Paused time.Duration `json:"paused_ns,omitempty"` // see Totals.Paused

	Slowest Slowest `json:"slowest,omitempty"` // at most ten, the slowest first; where they are asked for

	Counts
	Attempts  int64         `json:"attempts"`
	Hops      int64         `json:"hops,omitempty"`            // of those: redirects that were followed
	Rounds    int64         `json:"digest_rounds,omitempty"`   // of those: answers to Digest challenges
	Late      int64         `json:"late"`                      // see Totals.Late
	Punctual  int64         `json:"punctual_errors,omitempty"` // see Totals.PunctualErrors
	Within    ended         `json:"within"`                    // the measured span
	BodyRead  int64         `json:"body_bytes_read"`           // body bytes of the answers
	Unstamped int64         `json:"unstamped"`
	FirstDone time.Duration `json:"first_done_ns"` // when the first request was done, since the run's start

	Continues continues `json:"continues,omitzero"` // what came of Expect: 100-continue

	// These two are of the warm-up too: how many requests it had, and of OK requests that found a slot free when
	// due, how many there were and how long their service took in sum. See Totals.FreeSlot.
	Warmup          int64         `json:"warmup"`
	FreeSlot        int64         `json:"free_slot"`
	FreeSlotService time.Duration `json:"free_slot_service_ns"`
}

// Counts is how requests ended, and how much they sent.
type Counts struct {
	OK       int64 `json:"ok"`
	Failed   int64 `json:"failed"` // neither OK nor timed out nor aborted
	TimedOut int64 `json:"timed_out"`
	Aborted  int64 `json:"aborted"`
	BodySent int64 `json:"body_bytes_sent"` // body bytes handed to the kernel
}

// Done is how many requests ended, however they did: OK + Failed + TimedOut + Aborted.
func (c *Counts) Done() int64 { return c.OK + c.Failed + c.TimedOut + c.Aborted }

// Errors is how many of them did not end OK.
func (c *Counts) Errors() int64 { return c.Failed + c.TimedOut + c.Aborted }

func (c *Counts) count(o *Observation) {
	switch o.Outcome {
	case OK:
		c.OK++
	case Timeout:
		c.TimedOut++
	case Aborted:
		c.Aborted++
	default:
		c.Failed++
	}
	c.BodySent += o.BodySent
}

func (c *Counts) add(o *Counts) {
	c.OK += o.OK
	c.Failed += o.Failed
	c.TimedOut += o.TimedOut
	c.Aborted += o.Aborted
	c.BodySent += o.BodySent
}

// An ended is what ended within the measured span.
type ended struct {
	All      int64 `json:"all"`      // of whatever arrival, those of the warm-up too
	Measured int64 `json:"measured"` // of arrivals of the measured span
	OK       int64 `json:"ok"`       // of All
	BodySent int64 `json:"body_bytes_sent"`
}

func (e *ended) add(o *ended) {
	e.All += o.All
	e.Measured += o.Measured
	e.OK += o.OK
	e.BodySent += o.BodySent
}

// count takes in a request that ended within the measured span, which ends at until, or nobody knows when beforehand.
func (e *ended) count(o *Observation, from, until time.Duration) {
	if o.Outcome == Aborted || o.Done < from || until > 0 && o.Done > until {
		return
	}
	e.All++
	e.BodySent += o.BodySent
	if o.Intended >= from {
		e.Measured++
	}
	if o.Outcome == OK {
		e.OK++
	}
}

// record counts a measured request. late is the instant from when on one that is sent is late, 0 for none.
func (t *Tally) record(o *Observation, open bool, late time.Duration) {
	t.count(o)
	if late > 0 && startOf(o) > late {
		t.Late++
	}
	if open && (o.Sent > 0 || !o.Outcome.Unmade()) {
		t.recordLags(o)
	}
	if o.NewConn && !o.isFlow() {
		t.recordConnection(o)
	}
	if len(t.Templates) > 0 {
		t.Templates[o.Template].record(o, open)
	}
	service, headline := spans(o, open)
	if o.Status != 0 {
		t.status(o.Status, o.Reason).Latency.Record(headline)
	}
	if o.Outcome != OK {
		t.recordFailed(o, open, service)
		return
	}
	t.recordOK(o, open)
}

// startOf is Sent, or Claimed for what never was sent (no connection, no body): its Sent is zero, and its time
// must not be counted from the start of the run.
func startOf(o *Observation) time.Duration { return max(o.Sent, o.Claimed) }

func spans(o *Observation, open bool) (service, headline time.Duration) {
	service = o.Done - startOf(o) - o.Paused - o.Gap
	if open {
		return service, o.Response()
	}
	return service, service
}

func (t *Tally) count(o *Observation) {
	if t.Done() == 0 || o.Done < t.FirstDone {
		t.FirstDone = o.Done
	}
	t.Counts.count(o)
	t.Attempts += int64(o.Attempts)
	t.Hops += int64(o.Hops)
	t.Rounds += int64(o.Rounds)
	t.BodyRead += o.BodyRead
	if o.isFlow() {
		t.Flows++
		t.Paused += o.Paused
		return
	}
	if o.Unstamped {
		t.Unstamped++
	}
	if o.Continue != NotExpecting {
		t.Continues.count(o)
	}
}

func (t *Tally) recordLags(o *Observation) {
	pool, timer := o.PoolLag(), o.TimerLag()
	t.Latency.StartLag.Record(pool + timer)
	t.Latency.PoolLag.Record(pool)
	t.Latency.TimerLag.Record(timer)
}

func (t *Tally) recordConnection(o *Observation) {
	t.Latency.Connect.Record(o.Connect)
	if o.TLS > 0 {
		t.Latency.TLS.Record(o.TLS)
	}
}

// recordOK leaves out a span whose end was not reached: a server may answer before it has read the body. A flow has
// none of these spans: its exchanges have.
func (t *Tally) recordOK(o *Observation, open bool) {
	l := &t.Latency
	l.Service.Record(o.Service())
	if open {
		l.recordResponse(o)
	}
	if o.Exchanges > 0 {
		t.recordFlow(o, open)
		return
	}
	if o.Uploaded >= o.Sent {
		l.Upload.Record(o.Upload())
		if o.FirstByte >= o.Sent {
			l.Wait.Record(o.Wait())
		}
	}
	if o.Stamped {
		l.ReadLag.Record(o.ReadLag)
	}
}

func (t *Tally) recordFailed(o *Observation, open bool, service time.Duration) {
	t.Latency.Failed.Record(service)
	if open {
		t.Latency.FailedResponse.Record(o.Response())
		if o.Bounded && o.Floor == o.Response()-o.TimerLag() { // nothing more was taken off
			t.Punctual++
		}
	}
	f := Failure{Outcome: o.Outcome, Stage: o.Stage, Status: o.Status, Step: o.Step, Count: 1, First: o.Done,
		Example: o.Detail, Answer: o.Answer}
	if (!o.NewConn || o.Reused) && o.lostAt() && !o.isFlow() {
		f.Reused = 1
	}
	t.Failures = addFailure(t.Failures, f)
}

// noteFreeSlot keeps what the server is like while the pool is not full. A worker claims an arrival ahead of
// time while a slot is free, so no pool lag at all means exactly that.
func (t *Tally) noteFreeSlot(o *Observation) {
	if o.Outcome == OK && o.PoolLag() == 0 {
		t.FreeSlot++
		t.FreeSlotService += o.Service()
	}
}

// readLate takes in how late answers may have been read; of none, nothing is known.
func (t *Tally) readLate(lag *Histogram, open bool) {
	if lag.Count() == 0 {
		return
	}
	t.Latency.ReadLag.Merge(lag)
	reads := int64(1)
	if t.Flows > 0 {
		reads = max(1, (t.exchanges()+t.Flows-1)/t.Flows)
	}
	t.Latency.widenBy(lag, reads, open)
	for i := range t.Templates {
		t.Templates[i].Latency.widenBy(lag, reads, open)
	}
	for i := range t.Steps {
		t.Steps[i].Latency.widenBy(lag, 1, false) // in any loop, its service time
	}
}

// Merge adds what o counted.
func (t *Tally) Merge(o *Tally) {
	if o.Done() > 0 && (t.Done() == 0 || o.FirstDone < t.FirstDone) {
		t.FirstDone = o.FirstDone
	}
	from := o.Latency.all()
	for i, h := range t.Latency.all() {
		h.Merge(from[i])
	}
	for i := range o.Statuses {
		s := &o.Statuses[i]
		t.status(s.Code, s.Reason).Latency.Merge(&s.Latency)
	}
	for i := range o.Failures {
		t.Failures = addFailure(t.Failures, o.Failures[i])
	}
	for _, s := range o.Slowest {
		t.Slowest.add(s)
	}
	t.mergeTemplates(o)
	t.mergeSteps(o)
	t.addCounts(o)
}

func (t *Tally) addCounts(o *Tally) {
	t.Counts.add(&o.Counts)
	t.Attempts += o.Attempts
	t.Hops += o.Hops
	t.Rounds += o.Rounds
	t.Late += o.Late
	t.Punctual += o.Punctual
	t.Within.add(&o.Within)
	t.BodyRead += o.BodyRead
	t.Unstamped += o.Unstamped
	t.Warmup += o.Warmup
	t.FreeSlot += o.FreeSlot
	t.FreeSlotService += o.FreeSlotService
	t.Continues.merge(&o.Continues)
	t.Flows += o.Flows
	t.Paused += o.Paused
}

// Reset empties the tally and keeps its memory.
func (t *Tally) Reset() {
	for _, h := range t.Latency.all() {
		h.Reset()
	}
	for i := range t.Statuses {
		t.Statuses[i].Latency.Reset()
	}
	for i := range t.Templates {
		t.Templates[i].reset()
	}
	for i := range t.Steps {
		t.Steps[i].resetStep()
	}
	*t = Tally{Latency: t.Latency, Statuses: t.Statuses[:0], Failures: t.Failures[:0], Templates: t.Templates,
		Steps: t.Steps, Slowest: t.Slowest[:0]}
}

// sort brings the lists into the order of a report: codes ascending, failures most frequent first.
func (t *Tally) sort() {
	slices.SortFunc(t.Statuses, func(a, b Status) int { return cmp.Compare(a.Code, b.Code) })
	slices.SortFunc(t.Failures, func(a, b Failure) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Outcome, b.Outcome),
			cmp.Compare(a.Stage, b.Stage), cmp.Compare(a.Status, b.Status), cmp.Compare(a.Step, b.Step))
	})
}
