package stats

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// Latency holds the run's histograms. All but Failed and FailedResponse are of OK requests alone, so that a
// fast error never flatters a row, and a timeout never vanishes: it is in Failed.
type Latency struct {
	Response       Histogram `json:"response,omitzero"` // open loop only
	Floor          Histogram `json:"floor,omitzero"`    // open loop only: see Bounds
	Punctual       Histogram `json:"punctual,omitzero"` // open loop only: response less timer lag
	Service        Histogram `json:"service,omitzero"`
	Upload         Histogram `json:"upload,omitzero"`
	Wait           Histogram `json:"wait,omitzero"`
	StartLag       Histogram `json:"start_lag,omitzero"` // pool lag + timer lag; open loop only, of every request sent
	PoolLag        Histogram `json:"pool_lag,omitzero"`  // open loop only, of every request sent
	TimerLag       Histogram `json:"timer_lag,omitzero"` // open loop only, of every request sent
	ReadLag        Histogram `json:"read_lag,omitzero"`
	Connect        Histogram `json:"connect,omitzero"` // of connections
	TLS            Histogram `json:"tls,omitzero"`     // of connections
	Failed         Histogram `json:"failed,omitzero"`  // service time of what did not succeed, whatever the outcome
	FailedResponse Histogram `json:"failed_response,omitzero"`

	// Of flows alone: what those that are OK took from their intended start (in closed loop: from when their slot was
	// free) to the end of their last step, whatever they waited for; and how long conditions took to come true. Their
	// floors are what is left of them without the tool's lateness, at the least.
	Flow            Histogram `json:"flow,omitzero"`
	FlowFloor       Histogram `json:"flow_floor,omitzero"`
	Completion      Histogram `json:"completion,omitzero"`
	CompletionFloor Histogram `json:"completion_floor,omitzero"`
}

// Headline is the latency that the report is about: response time in open loop, else service time.
func (l *Latency) Headline(open bool) *Histogram {
	if open {
		return &l.Response
	}
	return &l.Service
}

func (l *Latency) all() [18]*Histogram {
	return [...]*Histogram{&l.Response, &l.Floor, &l.Punctual, &l.Service, &l.Upload, &l.Wait, &l.StartLag,
		&l.PoolLag, &l.TimerLag,
		&l.ReadLag, &l.Connect, &l.TLS, &l.Failed, &l.FailedResponse,
		&l.Flow, &l.FlowFloor, &l.Completion, &l.CompletionFloor}
}

// clamped is how many durations were outside the range of a histogram, and are counted at its edge.
func (l *Latency) clamped() (n int64) {
	for _, h := range l.all() {
		n += h.Clamped()
	}
	return n
}

func (l *Latency) recordResponse(o *Observation) {
	l.Response.Record(o.Response())
	if o.Bounded {
		l.Floor.Record(o.Floor)
		l.Punctual.Record(o.Response() - o.TimerLag())
	}
}

// Bounds are what a figure of the headline latency may be: what a user would have waited, had the tool been on time, is
// no more than Upper, which is response time, and no less than Lower. Where nothing is known of the tool's
// lateness, and in a closed loop that is timed by the kernel, where it is in no figure, they are the same.
type Bounds struct{ Lower, Upper time.Duration }

// Firm says whether the bounds are near enough to be one figure. Tried: of 1 117 firm ones none was off by more than
// 15 %.
func (b Bounds) Firm() bool {
	return b.Upper-b.Lower <= max(b.Upper/10, 50*time.Microsecond)
}

// BoundsOf gives the bounds of a figure of the headline latency.
func (l *Latency) BoundsOf(open bool, figure func(*Histogram) time.Duration) Bounds {
	return boundsBetween(l.Headline(open), &l.Floor, figure)
}

// FlowBoundsOf gives the bounds of a figure of what flows took.
func (l *Latency) FlowBoundsOf(figure func(*Histogram) time.Duration) Bounds {
	return boundsBetween(&l.Flow, &l.FlowFloor, figure)
}

// CompletionBoundsOf gives the bounds of a figure of how long conditions took to come true.
func (l *Latency) CompletionBoundsOf(figure func(*Histogram) time.Duration) Bounds {
	return boundsBetween(&l.Completion, &l.CompletionFloor, figure)
}

// boundsBetween gives the bounds of a figure of upper, with low for the lower bounds, if there are any.
func boundsBetween(upper, low *Histogram, figure func(*Histogram) time.Duration) Bounds {
	b := Bounds{Upper: figure(upper)}
	if b.Lower = b.Upper; low.Count() > 0 {
		b.Lower = min(b.Upper, figure(low))
	}
	return b
}

// ServiceBoundsOf gives the bounds of a figure of service time. The tool's lateness is not in it; but where nobody
// stamped the answers, they may have been read late.
func (l *Latency) ServiceBoundsOf(open, stamped bool, figure func(*Histogram) time.Duration) Bounds {
	upper := figure(&l.Service)
	switch {
	case !open:
		return l.BoundsOf(false, figure)
	case stamped, l.ReadLag.Count() == 0, l.Service.Count() == 0:
		return Bounds{upper, upper}
	}
	floor := widen(&l.Service, &l.ReadLag, 1)
	return Bounds{min(upper, figure(&floor)), upper}
}

// widen takes off a floor what answers may have been read late, of which nobody knows which were. So of percentile p no
// more can be said than, for each part a of the answers: percentile p − a of the floor, less the lag that all but
// the part a of the reads had at most. The greatest of these is the new floor; that lags are independent of
// anything is not assumed. There are as many values as before, so that it is a distribution as the old one was. Where
// each value is of several answers, read one after the other, each may have been late.
func widen(floor, lag *Histogram, reads int64) Histogram {
	var values []time.Duration
	var upTo []int64
	n := int64(0)
	for least, count := range floor.Buckets {
		n += count
		values, upTo = append(values, least), append(upTo, n)
	}
	at := func(rank int64) time.Duration { // of the floor
		i, _ := slices.BinarySearch(upTo, rank)
		return values[min(i, len(values)-1)]
	}
	type part struct {
		ranks int64
		lag   time.Duration
	}
	var parts []part
	for _, a := range []float64{0, .0001, .001, .003, .01, .02, .05, .1, .2, .3, .5} {
		parts = append(parts, part{int64(math.Ceil(a * float64(n))), time.Duration(reads) * lag.Quantile(1-a)})
	}
	var wide Histogram
	from := int64(0)
	for i := range values {
		most := time.Duration(0)
		for _, p := range parts {
			if rank := from + 1 - p.ranks; rank > 0 {
				most = max(most, at(rank)-p.lag)
			}
		}
		wide.RecordN(most, upTo[i]-from)
		from = upTo[i]
	}
	return wide
}

// RecordN counts a duration n times.
func (h *Histogram) RecordN(d time.Duration, n int64) {
	if n <= 0 {
		return
	}
	if h.packed != nil {
		panic("record many durations: the histogram is packed, and nobody does that")
	}
	h.Record(d)
	d = min(max(d, 0), highest)
	h.sum += uint64(d) * uint64(n-1)
	if err := h.counts.RecordValues(int64(d), n-1); err != nil {
		panic(impossible(d, err))
	}
}

// widenBy widens the floor of a run, or of a template, by the lag of the reads. In a closed loop service time has
// no floor of its own: the tool's lateness is in it by no other way. reads is how many answers an arrival has.
func (l *Latency) widenBy(lag *Histogram, reads int64, open bool) {
	floor := &l.Floor
	if !open {
		floor = &l.Service
	}
	if floor.Count() > 0 {
		l.Floor = widen(floor, lag, reads)
	}
	for _, h := range []*Histogram{&l.FlowFloor, &l.CompletionFloor} {
		if h.Count() > 0 {
			*h = widen(h, lag, reads)
		}
	}
}

// At is a figure for BoundsOf: a quantile.
func At(q float64) func(*Histogram) time.Duration {
	return func(h *Histogram) time.Duration { return h.Quantile(q) }
}

// # Marks
//
// A figure that is not firm is printed with a sign before it. One reader says whether it is, for tables, rounds and
// thresholds: FirmTo and Marked. Above the percentile up to which a distribution is firm every one is marked, also one
// whose own bounds happen to be near: a p99.9 without a sign beside a p99 with one would be read as the better known.

// FirmTo is the greatest percentile of upper up to which every one from the median on is firm, with low for the lower
// bounds; 0 where not even that is, and 100 where there are none.
func FirmTo(upper, low *Histogram) (percent float64) {
	if low == nil {
		return 100
	}
	firm := func(p float64) bool {
		q := upper.Quantile(p / 100)
		return Bounds{min(q, low.Quantile(p/100)), q}.Firm()
	}
	for p := 50.0; p <= 99; p++ {
		if !firm(p) {
			return percent
		}
		percent = p
	}
	for _, p := range []float64{99.9, 99.99, 100} {
		if !firm(p) {
			return percent
		}
		percent = p
	}
	return percent
}

// Marked says whether a figure is printed as an upper bound, in a distribution that is firm up to a percentile. Its own
// percentile is 100 for the greatest, and 0 for what has no place among them, as the mean.
func (b Bounds) Marked(percent, firmTo float64) bool { return !b.Firm() || percent > firmTo }

// firmUpTo is FirmTo of the headline latency.
func (l *Latency) firmUpTo(open bool) float64 { return FirmTo(l.Headline(open), l.floor()) }

// floor has the lower bounds of the headline latency; nil where there are none.
func (l *Latency) floor() *Histogram {
	if l.Floor.Count() == 0 {
		return nil
	}
	return &l.Floor
}

// FloorOfPart has lower bounds for n of the requests that the headline latency is of; nil where its figures are what
// they are. Which floors are theirs nobody kept. But the k-th smallest of a part is no smaller than the k-th smallest
// of all, so the n least floors bound it. Where some of the part failed, and so have no floor, an empty histogram says
// that nothing is known.
func (l *Latency) FloorOfPart(open bool, n int64, failed bool) *Histogram {
	whole := l.floor()
	switch {
	case whole == nil || l.firmUpTo(open) == 100:
		return nil
	case failed || n > whole.Count() || whole.Count() != l.Headline(open).Count():
		return new(Histogram)
	case n == whole.Count():
		return whole
	}
	part := new(Histogram)
	for least, count := range whole.Buckets {
		part.RecordN(least, min(count, n-part.Count()))
		if part.Count() == n {
			break
		}
	}
	return part
}

// failedWith says whether one of these failures had such a status, or may have had.
func failedWith(all []Failure, is func(code int) bool) bool {
	return slices.ContainsFunc(all, func(f Failure) bool { return is(f.Status) || f.Outcome == Other })
}

// edges says where least, greatest and sum of a histogram that was read are none that its counts allow.
func (h *Histogram) edges() error {
	var first, last, low, n int64
	h.Buckets(func(least time.Duration, count int64) bool {
		if n == 0 {
			first = int64(least)
		}
		last, low, n = int64(least), low+int64(least)*count, n+count
		return true
	})
	slack := func(of int64) int64 { return of + of/500 + 1 } // twice as wide as any bucket is
	switch {
	case int64(h.min) < first || int64(h.min) > slack(first):
		return fmt.Errorf("decode histogram: min_ns is %d, and by its counts %d", h.min, first)
	case int64(h.max) < last || int64(h.max) > slack(last):
		return fmt.Errorf("decode histogram: max_ns is %d, and by its counts %d", h.max, last)
	case float64(h.sum) < float64(low) || float64(h.sum) > 1.002*float64(low)+float64(n):
		return fmt.Errorf("decode histogram: sum_ns is %d, and by its counts %d", h.sum, low)
	}
	return nil
}
