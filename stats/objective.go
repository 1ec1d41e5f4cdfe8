package stats

import (
	"math"
	"strings"
	"time"
)

// # Objectives
//
// An objective is one promise: a metric of the run, a comparison, a bound (see ParseObjectives for how it is
// written). A threshold is an objective held against a finished run; an abort rule is one or several that end a run
// in the second in which all of them hold.
//
//   - Only the measured span counts. Latencies are of OK requests, but for failed, failed_response, the lags and
//     those of a status.
//   - pNN, mean, min and max alone are of the headline latency: response time in open loop, else service time.
//   - A percentile is what the report shows, known to three digits; mean, min, max and counts are exact.
//   - Over no samples no objective holds: a threshold is then broken, and an abort rule ends nothing. A count, a
//     rate or a share of nothing sent is no sample either.
//   - Where requests were still open at the end, a percentile that they could move is known to be at least so much.
//     Then "less than" does not hold, however small the number is, and "more than" is judged by it.
//   - In open loop the tool's own lateness is in a latency. What response time keeps is kept; what its floor breaks is
//     broken; between the two it is not judged. An abort rule strikes only where it holds for both.
//   - "for TIME" speaks of the windows, seconds for the most part, one by one. A threshold with it is broken when there
//     is a stretch of windows, one after the other and together at least that long, in none of which the objective
//     holds; so "p99 < 50ms for 10s" forgives nine bad seconds. An abort rule with it strikes when the objective
//     held in all of the last windows that together are that long: "p99 >= 50ms for 10s". A window in which
//     nothing ended and nothing was in flight says nothing: it is left out, and ends no stretch. So are the
//     windows of the warm-up and of the drain. A run with fewer windows than that has no stretch: broken.
//   - Without "for" an abort rule looks at the measured span so far.
//   - The target is what was offered: the rate of the schedule, or its bytes per second. While a run goes on, and
//     in a window, it is the plan's. "rate of target" is the sent rate; see setRates.

// An Objective is one promise. It is made by ParseObjectives, and is comparable.
type Objective struct {
	metric  metric
	op      string
	bound   bound
	span    time.Duration // of "for"; 0: there is none
	forText string        // as it was written
}

// String writes the objective as it was written, with one space between its words.
func (o Objective) String() string {
	s := o.metric.text + " " + o.op + " " + o.bound.text
	if o.span > 0 {
		s += " for " + o.forText
	}
	return s
}

// JoinObjectives writes several as ParseObjectives reads them.
func JoinObjectives(all []Objective) string {
	texts := make([]string, len(all))
	for i, o := range all {
		texts[i] = o.String()
	}
	return strings.Join(texts, " and ")
}

// A metric is what is measured.
type metric struct {
	text     string  // as it was written
	family   string  // a row of latencies, "headline", "status", "template", "step", or a quantity
	key      string  // of a status "409" or "4xx", of a template or a step its name
	stat     string  // "mean", "min", "max", "p99.9"; "" where it is no latency
	quantile float64 // of a stat pNN, from 0 to 1
}

// A bound is what the metric is compared with: nanoseconds, a ratio, a second's worth, or a number.
type bound struct {
	text   string // as it was written
	value  float64
	share  bool // a ratio of what was sent, of a metric that counts
	target bool // a ratio of the target
}

// A scope is what a metric is read from: a whole run, what there is of one so far, or one window.
type scope struct {
	plan   *Plan
	tally  *Tally
	totals Totals
	sent   float64 // a second, within the span
	busy   bool    // something was sent: there is something to speak of

	unknown int64 // exchanges that were under way at the end, of which nobody knows how they ended
}

// without is the scope as if so many aborted requests had ended well.
func (s *scope) without(aborted int64) *scope {
	less, tally := *s, *s.tally
	tally.Aborted -= aborted
	less.tally = &tally
	less.totals.Aborted -= aborted
	less.unknown = 0
	return &less
}

// A part is what was sent in a part of the measured span.
type part struct {
	sent int64
	span time.Duration
}

// liveScope is a part of a run that goes on: what was planned of it is not known.
func liveScope(p *Plan, t *Tally, of part) *scope {
	s := &scope{plan: p, tally: t, totals: newTotals(t, &Ending{Planned: t.Done()}), busy: t.Done() > 0}
	s.totals.Elapsed = of.span
	s.totals.AchievedPerSecond, s.totals.GoodputPerSecond = perSecond(t.Done(), of.span), perSecond(t.OK, of.span)
	s.totals.UploadPerSecond = perSecond(t.BodySent, of.span)
	s.sent = perSecond(of.sent, of.span)
	if len(p.Stages) == 0 {
		s.totals.OfferedPerSecond = p.RatePerSecond
		if p.RatePerSecond > s.sent { // by one interval, a span may have one less than its share
			s.sent = min(p.RatePerSecond, perSecond(of.sent+1, of.span))
		}
	}
	return s
}

// A reading is the value of a metric in a scope.
type reading struct {
	value   float64 // of a latency in open loop, with the tool's own lateness
	lower   float64 // and without it, at the least; else the same
	none    bool    // there are no samples
	atLeast bool    // requests still open could make it greater
}

// judge holds the objective against what was read: with the tool's lateness, and with as little of it as there may be.
func (o *Objective) judge(r reading) Result {
	least := r
	least.value = r.lower
	between := r.lower <= o.bound.value && o.bound.value <= r.value && r.lower < r.value
	switch high, low := o.holds(r), o.holds(least); {
	case between && !r.none && (o.op == "==" || o.op == "!="):
		return RuleNotJudged
	case high && low:
		return RuleKept
	case high || low:
		return RuleNotJudged
	}
	return RuleBroken
}

// ofLoad says whether the objective speaks of what depends on the load.
func (o *Objective) ofLoad() bool {
	k := o.metric.kind()
	return k == latency || k == rates || k == byteRates
}

// ofRate says whether the objective speaks of a rate, and not of a share of what was asked for.
func (o *Objective) ofRate() bool {
	k := o.metric.kind()
	return (k == rates || k == byteRates) && !o.bound.target
}

// BrokenBy says whether so much breaks the objective, where it is one that sets an upper limit; any other it does not.
func (o Objective) BrokenBy(value float64) bool {
	return (o.op == "<" || o.op == "<=" || o.op == "==") && !o.holds(reading{value: value})
}

// holds says whether the objective holds for what was read.
func (o *Objective) holds(r reading) bool {
	if r.none || r.atLeast && o.op != ">" && o.op != ">=" {
		return false
	}
	switch b := o.bound.value; o.op {
	case "<":
		return r.value < b
	case "<=":
		return r.value <= b
	case ">":
		return r.value > b
	case ">=":
		return r.value >= b
	case "==":
		return r.value == b
	}
	return r.value != o.bound.value
}

// read gives the metric in the bound's terms.
func (o *Objective) read(s *scope) reading {
	m := &o.metric
	switch {
	case m.stat != "":
		return s.latency(m)
	case !s.busy:
		return reading{none: true}
	case m.family == "status":
		return o.inTerms(float64(s.status(m.key)), s)
	case m.family == "step":
		return o.inTerms(s.stepErrors(m.key), s)
	}
	return o.inTerms(quantities[o.family()].value(s), s)
}

// family is that of what is read: the rate of target is the sent rate.
func (o *Objective) family() string {
	if o.bound.target && o.metric.family == "rate" {
		return "sent_rate"
	}
	return o.metric.family
}

// means is the objective by the name of what is read, where that is another; else "".
func (o *Objective) means() string {
	if o.family() == o.metric.family {
		return ""
	}
	named := *o
	named.metric.text = o.family()
	return named.String()
}

func (o *Objective) inTerms(value float64, s *scope) reading {
	whole := 1.0
	switch {
	case o.bound.target && o.metric.family == "upload_rate":
		whole = s.plan.BytesPerSecond * s.totals.atEnd()
	case o.bound.target && o.metric.family == "goodput":
		whole = s.totals.answerable()
	case o.bound.target:
		whole = s.totals.OfferedPerSecond
	case o.bound.share && o.metric.family == "unsent":
		whole = float64(s.totals.Planned)
	case o.bound.share:
		whole = float64(s.totals.Sent)
	}
	if whole == 0 || math.IsNaN(value) || math.IsInf(value, 0) { // of nothing, or in no time
		return reading{none: true}
	}
	return reading{value: value / whole, lower: value / whole}
}

// unit is that of what is read, as Threshold has it.
func (o *Objective) unit() string {
	if o.metric.stat != "" {
		return "ns"
	}
	if o.bound.share || o.bound.target {
		return "ratio"
	}
	return units[o.metric.kind()]
}

// latency reads a figure of a histogram, and the least that it may be.
func (s *scope) latency(m *metric) reading {
	h, open := s.histogram(m)
	if h == nil || h.Count() == 0 {
		return reading{none: true}
	}
	r, low := m.figure(h, open), s.floor(m)
	switch {
	case low == nil:
		r.lower = r.value
	case low.Count() > 0:
		r.lower = min(r.value, m.figure(low, open).value)
	}
	return r
}

// samples are, of a percentile of so few values that none of them can lie above it, how many they are, and how many it
// takes for one to. Of all else both are 0.
func (s *scope) samples(m *metric) (few, needed int64) {
	if !strings.HasPrefix(m.stat, "p") || m.quantile == 1 {
		return 0, 0
	}
	h, _ := s.histogram(m)
	if h == nil || h.Count() == 0 {
		return 0, 0
	}
	const rounding = 1e-7 // of a quantile that is written in tens
	if needed = int64(math.Ceil((1 - rounding) / (1 - m.quantile))); h.Count() >= needed {
		return 0, 0
	}
	return h.Count(), needed
}

// marked says whether what was read of a latency is printed as an upper bound.
func (s *scope) marked(m *metric, r reading) bool {
	if m.stat == "" || r.none {
		return false
	}
	h, _ := s.histogram(m)
	percent := m.quantile * 100
	if m.stat == "max" {
		percent = 100
	}
	low := s.floor(m)
	return low != nil && Bounds{time.Duration(r.lower), time.Duration(r.value)}.Marked(percent, FirmTo(h, low))
}

// floor has the lower bounds of the metric's histogram: none are needed where the tool's lateness is not in it, and
// none are known of a status, or of what failed, unless the tool was on time.
func (s *scope) floor(m *metric) *Histogram {
	low := &s.tally.Latency.Floor
	switch headline := m.family == "headline" || m.family == "response" && s.plan.Open() ||
		m.family == "service" && !s.plan.Open(); {
	case m.ofFlows():
		return s.flowFloor(m)
	case low.Count() == 0:
		return nil
	case headline:
		return low
	}
	part := s.tally.Latency.FloorOfPart
	switch m.family {
	case "template":
		return &s.tally.Templates[s.plan.template(m.key)].Latency.Floor
	case "status":
		is := func(code int) bool { return codeIs(code, m.key) }
		return part(s.plan.Open(), s.status(m.key), failedWith(s.tally.Failures, is))
	case "failed_response":
		return part(s.plan.Open(), 0, true)
	}
	return nil
}

// figure reads the metric's figure of a histogram.
func (m *metric) figure(h *Histogram, open int64) reading {
	floor := open > 0
	switch m.stat {
	case "min":
		return reading{value: float64(h.Min())}
	case "max":
		return reading{value: float64(h.Max()), atLeast: floor}
	case "mean":
		return reading{value: float64(h.Mean()), atLeast: floor}
	}
	if strings.HasPrefix(m.family, "failed") { // the open ones are in it, with the time until they were given up
		return reading{value: float64(h.Quantile(m.quantile)), atLeast: floor}
	}
	d, exact := h.QuantileAmong(m.quantile, open)
	return reading{value: float64(d), atLeast: !exact}
}

// histogram is the metric's, and how many requests were still open that it lacks or knows only a part of.
func (s *scope) histogram(m *metric) (h *Histogram, open int64) {
	l := &s.tally.Latency
	switch m.family {
	case "headline":
		return l.Headline(s.plan.Open()), s.totals.Aborted
	case "status":
		h = &Histogram{}
		for _, st := range s.answers(m.key) {
			h.Merge(&st.Latency)
		}
		return h, s.totals.Aborted
	case "template":
		i := s.plan.template(m.key)
		if i < 0 || i >= len(s.tally.Templates) {
			return nil, 0
		}
		t := &s.tally.Templates[i]
		return t.Latency.Headline(s.plan.Open()), t.Totals.Aborted
	case "step":
		t := s.step(m.key)
		return &t.Latency.Service, t.Totals.Aborted + s.unknown
	}
	f := latencies[m.family]
	if f.whole {
		return f.of(l), 0
	}
	return f.of(l), s.totals.Aborted
}

// answers are those with the code, or of the class.
func (s *scope) answers(key string) (all []*Status) {
	for i := range s.tally.Statuses {
		if st := &s.tally.Statuses[i]; codeIs(st.Code, key) {
			all = append(all, st)
		}
	}
	return all
}

// status counts the answers with the code, or of the class.
func (s *scope) status(key string) (n int64) {
	for _, st := range s.answers(key) {
		n += st.Latency.Count()
	}
	return n
}
