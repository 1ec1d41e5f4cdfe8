package stats

import (
	"slices"
	"time"
)

// Window is one second of a run. One of the warm-up counts the warm-up's requests (without ServiceMean in open
// loop, nor TimerLagP99), every other only measured ones; Sent counts both. Its summary stays in the Run; Tally,
// with the exact histograms, is lent to whoever receives the window and is valid only until that call returns.
type Window struct {
	Start       time.Duration `json:"start_ns"`
	End         time.Duration `json:"end_ns"`
	Warmup      bool          `json:"warmup"`
	Drain       bool          `json:"drain,omitempty"` // after claiming stopped
	Due         int64         `json:"due"`             // arrivals by the schedule, on average; 0 in closed loop
	Sent        int64         `json:"sent"`
	Done        int64         `json:"done"` // however they ended
	OK          int64         `json:"ok"`
	Failed      int64         `json:"failed"`
	TimedOut    int64         `json:"timed_out"`
	InFlight    int64         `json:"in_flight"`              // at its end
	P50         time.Duration `json:"p50_ns"`                 // of the headline latency of OK requests that ended in it
	P99         time.Duration `json:"p99_ns"`                 //
	Max         time.Duration `json:"max_ns"`                 //
	FloorP50    time.Duration `json:"floor_p50_ns,omitempty"` // lower bounds of these three; open loop only
	FloorP99    time.Duration `json:"floor_p99_ns,omitempty"`
	FloorMax    time.Duration `json:"floor_max_ns,omitempty"`
	ServiceMean time.Duration `json:"service_mean_ns"`  //
	TimerLagP99 time.Duration `json:"timer_lag_p99_ns"` //
	BodySent    int64         `json:"body_bytes_sent"`
	Exchanges   int64         `json:"exchanges,omitempty"` // of flows, that ended in it; none in the warm-up
	Status      []StatusCount `json:"status,omitempty"`    // by code; at most 16, 0: all others; none in the warm-up
	Headline    Histogram     `json:"headline,omitzero"`   // measured OK requests that ended in it; only in a Run
	Tally       *Tally        `json:"-"`
	Samples     Samples       `json:"-"` // lent as Tally is; empty unless they were asked for
	SoFar       *Run          `json:"-"` // lent as Tally is: the run with this window; see SoFar
}

// Percentile is a quantile of the headline latency in w. known is false where nobody knows it: too few requests were
// OK, or the distribution is not kept, as of the warm-up and of every second of a run of more than an hour.
func (w *Window) Percentile(q float64) (d time.Duration, known bool) {
	switch exact := w.Headline.Count() > 0 && w.Headline.Count() == w.OK; {
	case exact && EnoughFor(q, w.OK):
		return w.Headline.Quantile(q), true
	case w.OK > 0 && q == .5:
		return w.P50, true
	case w.OK > 0 && q == .99:
		return w.P99, true
	case w.Headline.Count() == 0 || !EnoughFor(q, w.Headline.Count()):
		return 0, false
	}
	return w.Headline.Quantile(q), true
}

// Generator is what the tool saw of itself, once a second.
type Generator struct {
	CPURatio     float64       `json:"cpu_ratio"` // of the CPUs it may use
	CPUs         float64       `json:"cpus"`      // that it may use
	GCPauseMax   time.Duration `json:"gc_pause_max_ns"`
	GCRatio      float64       `json:"gc_cpu_ratio"`
	SchedP99     time.Duration `json:"sched_p99_ns"` // goroutines ready and waiting for a thread
	HiccupMax    time.Duration `json:"hiccup_max_ns"`
	StealRatio   float64       `json:"steal_ratio"`
	Descriptors  int           `json:"descriptors"`
	Alarms       []Warning     `json:"alarms"`
	PeakResident int64         `json:"peak_resident_bytes"`
}

// Warning is a value beside a number: a stable code, what it means, and what to do.
type Warning struct {
	Code string `json:"code"`
	Text string `json:"text"`
	Try  string `json:"try,omitempty"`
}

// JoinWindows adds up windows that follow one another, for charts whose points are fewer than a run's seconds. Counts
// are sums, what is in flight is that of the last. Percentiles are those of the joined histograms; where these are not
// all kept, as in the warm-up, they are those of the window with the most answers. Timer lag, of which no histogram is
// kept, is the greatest. What was lent is left out. Of no window it makes the zero value.
func JoinWindows(all []Window) Window {
	if len(all) == 0 {
		return Window{}
	}
	joined, most := all[0], all[0].OK
	joined.Tally, joined.Samples, joined.SoFar, joined.Headline = nil, Samples{}, nil, Histogram{}
	joined.Status = slices.Clone(all[0].Status)
	joined.Headline.Merge(&all[0].Headline)
	for i := range all[1:] {
		w := &all[i+1]
		joined.addCounts(w)
		joined.Headline.Merge(&w.Headline)
		if w.OK > most {
			joined.P50, joined.P99, joined.ServiceMean, most = w.P50, w.P99, w.ServiceMean, w.OK
		}
	}
	if n := joined.Headline.Count(); len(all) > 1 && n > 0 && n == joined.OK {
		joined.P50, joined.P99 = joined.Headline.Quantile(.5), joined.Headline.Quantile(.99)
	}
	return joined
}

func (w *Window) addCounts(o *Window) {
	w.End, w.InFlight = o.End, o.InFlight
	w.Due, w.Sent, w.Done, w.BodySent = w.Due+o.Due, w.Sent+o.Sent, w.Done+o.Done, w.BodySent+o.BodySent
	w.OK, w.Failed, w.TimedOut = w.OK+o.OK, w.Failed+o.Failed, w.TimedOut+o.TimedOut
	w.Exchanges += o.Exchanges
	w.Max, w.TimerLagP99 = max(w.Max, o.Max), max(w.TimerLagP99, o.TimerLagP99)
	for _, s := range o.Status {
		same := func(own StatusCount) bool { return own.Code == s.Code }
		if i := slices.IndexFunc(w.Status, same); i >= 0 {
			w.Status[i].Count += s.Count
		} else {
			w.Status = append(w.Status, s)
		}
	}
}
