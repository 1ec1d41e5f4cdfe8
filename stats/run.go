package stats

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"shotput/stats/labels"
)

// Schema names the layout of a saved run. A reader refuses what it does not know.
const Schema = "shotput/run/2"

// olderSchema is read too. Its rates are others: see Older.
const olderSchema = "shotput/run/1"

// A Run is all that is known of one run. It is what stands between the engine and every report: the engine
// fills it, window by window (Add) and at the end (Finish); a report is a pure function of it. Its JSON is the
// saved run: units stand in the field names, secrets are redacted before they come here, labels are URL
// templates.
type Run struct {
	Schema         string         `json:"schema"`
	Tool           Tool           `json:"tool"`
	Started        time.Time      `json:"started"`
	Labels         labels.Set     `json:"labels,omitempty"` // that somebody gave it, secrets redacted
	Plan           Plan           `json:"plan"`
	First          *FirstRequest  `json:"first_request,omitempty"` // where one was sent ahead of the others
	Verdict        Verdict        `json:"verdict"`
	Clock          string         `json:"clock"`          // of the answers: "kernel", "user", "unknown"
	Stop           StopReason     `json:"ended,omitzero"` // what ended it
	Totals         Totals         `json:"totals"`
	Latency        Latency        `json:"latency"`
	FirmUpTo       *float64       `json:"firm_up_to,omitempty"`     // see FirmTo
	ExpectContinue ExpectContinue `json:"expect_continue,omitzero"` // only where requests said it
	Status         []Status       `json:"status"`                   // by code, ascending
	Outcomes       []Failure      `json:"outcomes"`                 // what did not succeed, most frequent first
	Templates      []Template     `json:"templates,omitempty"`      // in the plan's order; none of one request
	Steps          []StepRow      `json:"steps,omitempty"`          // in the plan's order; none without flows
	Slowest        Slowest        `json:"slowest,omitempty"`        // at most ten, where the plan has Trace
	Captured       []Captured     `json:"captured,omitempty"`       // the first failed answers, where they are asked for
	Windows        []Window       `json:"windows"`
	Thresholds     []Threshold    `json:"thresholds"`
	Generator      Generator      `json:"generator"`
	Warnings       []Warning      `json:"warnings"`
	OK             bool           `json:"ok"`

	gathering *gathering // what Add has so far; nil before NewRun and after Finish
}

// Tool says what measured, and on what.
type Tool struct {
	Version string `json:"version"`
	Go      string `json:"go"`
	OS      string `json:"os"` // such as "linux/amd64"
	CPUs    int    `json:"cpus"`
}

// FirstRequest is what became of the request that was sent first and alone. It is one of the run's requests, and counts
// among them.
type FirstRequest struct {
	Number  int64         `json:"number"`
	Request string        `json:"request,omitempty"` // of several: its name
	Outcome Outcome       `json:"outcome"`
	Status  int           `json:"status,omitempty"`
	Service time.Duration `json:"service_ns"`
	Connect time.Duration `json:"connect_ns,omitempty"`
	TLS     time.Duration `json:"tls_ns,omitempty"`
	Answer  string        `json:"answer,omitempty"`
}

// First is what a saved run says of a request that was sent ahead of the others.
func First(o *Observation, name string) *FirstRequest {
	return &FirstRequest{Number: o.Number, Request: name, Outcome: o.Outcome, Status: o.Status, Service: o.Service(),
		Connect: o.Connect, TLS: o.TLS, Answer: o.Answer}
}

// A Sink is told of a run as it happens: its head (Schema, Tool, Started, Plan), each window as it closes, and
// the whole. Calls come one at a time, from one goroutine of the run; a slow Sink delays the next window's
// closing, never a request. A Sink reads: it writes nothing into what it is told, so that no order of sinks matters.
// What a run adds up to it need not add up itself: Window.SoFar has it.
type Sink interface {
	Start(head *Run)
	Window(w *Window)
	End(r *Run)
}

// A gathering is what the windows have added up to so far.
type gathering struct {
	total  Tally
	byStop ended // in windows that closed before claiming stopped
	sent   int64 // in windows of the measured span
	rules  *tracker
}

// NewRun starts a run from its head: Tool, Started, Plan, and what warnings and thresholds there already are.
func NewRun(head Run) *Run {
	r := head.withLists()
	r.Schema = cmp.Or(r.Schema, Schema)
	r.gathering = &gathering{rules: newTracker(&r.Plan)}
	r.gathering.takeOnce(r.Steps)
	r.Steps = nil
	return &r
}

// Add takes in one window: its tally is added to the totals, its summary is kept, and of its histograms the headline,
// packed: a few KiB a second, by which a distribution can be followed over time. w stays as it is.
//
// A run of days would fill the memory with them: one that takes longer than followed has none.
func (r *Run) Add(w *Window) {
	g := r.gathering
	g.total.Merge(w.Tally)
	if !w.Drain {
		within := w.Tally.Within
		if r.Older() { // it has none
			within = ended{All: w.Tally.Done() - w.Tally.Aborted, OK: w.Tally.OK, BodySent: w.Tally.BodySent}
			within.Measured = within.All
		}
		g.byStop.add(&within)
		if !w.Warmup {
			g.sent += w.Sent
		}
	}
	g.rules.add(w)
	summary := *w
	summary.Tally, summary.Samples, summary.SoFar = nil, Samples{}, nil
	latency := w.Tally.Latency.Headline(r.Plan.Open())
	switch n := len(r.Windows); {
	case n == followed:
		for i := range r.Windows {
			r.Windows[i].Headline = Histogram{}
		}
	case n < followed && latency.Count() > 0:
		summary.Headline = latency.packedCopy()
	}
	r.Windows = append(r.Windows, summary)
}

// AddExchange counts an exchange that is sent once, of the step with that place in Plan.Steps: one before the load to
// the head of a run, so that a stream has it, or to the run; one after it to the run, before Finish.
func (r *Run) AddExchange(o *Observation, step int) {
	if g := r.gathering; g != nil {
		g.total.growSteps(step + 1)
		g.total.Steps[step].note(o)
		return
	}
	if len(r.Steps) == 0 {
		r.Steps = stepRows(new(Tally), &r.Plan)
	}
	r.Steps[step].note(o)
}

// followed is of how many windows the distributions are kept: an hour, some 10 MB.
const followed = 3600

// AbortRule is the first of the plan's abort rules that has come true, after what was added so far; "" when none
// has. It is asked while the run goes on, after each window.
func (r *Run) AbortRule() string {
	var end time.Duration
	if n := len(r.Windows); n > 0 {
		end = r.Windows[n-1].End
	}
	return r.gathering.rules.strike(&r.gathering.total, part{r.gathering.sent, end - r.Plan.Warmup})
}

// takeOnce takes in what the head of a run has of exchanges that were sent before it.
func (g *gathering) takeOnce(head []StepRow) {
	g.total.growSteps(len(head))
	for i := range head {
		g.total.Steps[i].mergeStep(&head[i].StepTally)
	}
}

// Finish makes the totals, the thresholds, the verdict and the warnings, once, after the last window. The error says
// that the conservation law is broken: more was sent than planned. The run then shows it, as a negative Unsent.
func (r *Run) Finish(e Ending) error {
	g := r.gathering
	t := &g.total
	t.sort()
	r.Clock, r.Stop, r.Generator = e.Clock, e.Stop, e.Generator
	r.Status, r.Outcomes, r.Slowest = t.Statuses, t.Failures, t.Slowest
	t.readLate(&e.ReadLag, r.Plan.Open())
	r.Latency, r.Totals = t.Latency, newTotals(t, &e)
	if t.Latency.Floor.Count() > 0 {
		percent := t.Latency.firmUpTo(r.Plan.Open())
		r.FirmUpTo = &percent
	}
	r.ExpectContinue = t.Continues.summary()
	r.Totals.setRates(&r.Plan, &e, &t.Within, &g.byStop)
	r.Templates, r.Steps = templates(t, &r.Plan, &r.Totals), stepRows(t, &r.Plan)
	if n := len(r.Windows); n > 0 {
		g.rules.extend(&r.Windows[n-1], e.Stopped)
	}
	r.doubt(Judge(r))
	r.Thresholds = append(r.Thresholds, g.rules.judge(t, &r.Totals, r.Verdict.lost(), &e)...)
	r.sayResults()
	r.doubt(r.Verdict) // the thresholds, too
	r.Warnings = append(r.Warnings, Advise(r)...)
	r.OK = r.Passed()
	r.gathering = nil
	*r = r.withLists()
	if r.Totals.Unsent < 0 {
		return fmt.Errorf("finish run: %d requests were sent, but only %d were planned",
			r.Totals.Sent, r.Totals.Planned)
	}
	return nil
}

// sayResults fills in the results of thresholds that were judged elsewhere, or by an older version.
func (r *Run) sayResults() {
	for i := range r.Thresholds {
		r.Thresholds[i].Result = r.Thresholds[i].Judged()
	}
}

// finishEarly finishes a run whose stream broke off. What was in flight at the last window's end was sent, and
// nobody knows how it ended: it counts as aborted, so that percentiles that it could move are shown as bounds.
// What was due follows from the rate, where it was constant; else it is taken to be what was sent.
func (r *Run) finishEarly() error {
	t, e := &r.gathering.total, Ending{Stop: StopReason{Kind: BrokenOff}, Clock: "unknown"}
	var last Window
	if n := len(r.Windows); n > 0 {
		last = r.Windows[n-1]
	}
	if last.InFlight > 0 && !last.Warmup {
		e.Unknown = last.InFlight
		t.Aborted += last.InFlight
		t.Failures = addFailure(t.Failures, Failure{Outcome: Aborted, Count: last.InFlight, First: last.End})
	}
	e.LastDone, e.Due = last.End, t.Done()
	for _, w := range r.Windows {
		if !w.Drain {
			e.Stopped = w.End
		}
	}
	if r.Plan.Open() {
		e.Span = max(0, e.Stopped-r.Plan.Warmup)
		if r.Plan.RatePerSecond > 0 && len(r.Plan.Stages) == 0 {
			e.Due = max(e.Due, int64(r.Plan.RatePerSecond*e.Span.Seconds()))
		}
	}
	e.Planned = e.Due
	return r.Finish(e)
}

// Passed says whether some request succeeded, every threshold held, no abort rule ended the run, the run is whole and,
// where the plan is strict, its verdict is kept.
func (r *Run) Passed() bool {
	for i := range r.Thresholds {
		if !r.Thresholds[i].OK {
			return false
		}
	}
	return r.Totals.OK > 0 && !r.AbortedByRule() && !r.Hopeless() && !r.Untrusted() && !r.Verdict.InDoubt()
}

// Speed is the count and the rate that a run is told by: of what was sent on time in an open loop, of answers in a
// closed one. Count, rate and Elapsed divide.
func (r *Run) Speed() (count int64, rate float64) {
	t := &r.Totals
	switch {
	case r.Plan.Open():
		return t.OnTime(), t.SentPerSecond()
	case t.Answered == 0: // a run of an older version does not say it
		return t.Sent - t.Drained, t.AchievedPerSecond
	}
	return t.Answered, t.AchievedPerSecond
}

// UploadSpeed is the rate of body bytes beside Speed: of what was sent in an open loop, of what was answered in a
// closed one. It is 0 where nobody sent any, or knows.
func (r *Run) UploadSpeed() (perSecond float64) {
	t := &r.Totals
	switch {
	case !r.Plan.Open():
		return t.UploadPerSecond
	case t.Elapsed <= 0:
		return 0
	}
	return float64(t.BodyBytesSent) / t.Elapsed.Seconds()
}

// SpeedOf is a template's share of Speed.
func (r *Run) SpeedOf(t *Template) float64 {
	_, rate := r.Speed()
	return rate * float64(t.Totals.Done()) / float64(max(1, r.Totals.Sent))
}

// Older says whether the run was saved by a version with other definitions of rates: they are not to be compared.
func (r *Run) Older() bool { return r.Schema == olderSchema }

// FirmTo is the percentile of the headline latency up to which all from the median on are firm: 100 where all are, or
// nothing is known of the tool's lateness; 0 where there are only bounds.
func (r *Run) FirmTo() float64 {
	if r.FirmUpTo == nil {
		return 100
	}
	return *r.FirmUpTo
}

// FloorOfStatus has the lower bounds of the answers with a status; see FloorOfPart.
func (r *Run) FloorOfStatus(s *Status) *Histogram {
	failed := failedWith(r.Outcomes, func(code int) bool { return code == s.Code })
	return r.Latency.FloorOfPart(r.Plan.Open(), s.Latency.Count(), failed)
}

// Untrusted says whether the plan asks for a verdict of kept, and the run has another.
func (r *Run) Untrusted() bool { return r.Plan.Strict && r.Verdict.Status != Kept }

// AbortedByRule says whether it was an abort rule that ended the run.
func (r *Run) AbortedByRule() bool { return r.Stop.Kind == ByRule }

// Hopeless says whether the run ended by itself since nothing but one failure came of it.
func (r *Run) Hopeless() bool { return r.Stop.Kind == ByFailure }

// HowFailed says how those requests failed that did, or most of them; "" where none is known. A run that ended in its
// warm-up since nothing but failures was to be expected says so: none of them was counted.
func (r *Run) HowFailed() string {
	switch {
	case len(r.Outcomes) == 0 && r.Hopeless():
		return r.Stop.String()
	case len(r.Outcomes) == 0:
		return ""
	}
	most := slices.MaxFunc(r.Outcomes, func(a, b Failure) int { return cmp.Compare(a.Count, b.Count) })
	if len(r.Outcomes) > 1 {
		return "mostly " + most.class().String()
	}
	return most.class().String()
}

// withLists is the run with empty lists where it had none: a saved run has no null for a list.
func (r Run) withLists() Run {
	r.Status, r.Outcomes, r.Windows = list(r.Status), list(r.Outcomes), list(r.Windows)
	r.Thresholds, r.Warnings, r.Generator.Alarms = list(r.Thresholds), list(r.Warnings), list(r.Generator.Alarms)
	return r
}

func list[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

// ServiceBounds gives the bounds of a figure of service time; see Latency.ServiceBoundsOf.
func (r *Run) ServiceBounds(figure func(*Histogram) time.Duration) Bounds {
	return r.Latency.ServiceBoundsOf(r.Plan.Open(), r.Clock == "kernel", figure)
}
