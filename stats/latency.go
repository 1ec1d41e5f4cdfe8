package stats

import "time"

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
}

// Headline is the latency that the report is about: response time in open loop, else service time.
func (l *Latency) Headline(open bool) *Histogram {
	if open {
		return &l.Response
	}
	return &l.Service
}

func (l *Latency) all() [14]*Histogram {
	return [...]*Histogram{&l.Response, &l.Floor, &l.Punctual, &l.Service, &l.Upload, &l.Wait, &l.StartLag, &l.PoolLag, &l.TimerLag,
		&l.ReadLag, &l.Connect, &l.TLS, &l.Failed, &l.FailedResponse}
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
// no more than Upper, which is response time, and no less than Lower. Where nothing is known of the tool's lateness, and
// in a closed loop, where it is in no figure, they are the same.
type Bounds struct{ Lower, Upper time.Duration }

// Firm says whether the bounds are near enough to be one figure. Tried: of 1 117 firm ones none was off by more than
// 15 %.
func (b Bounds) Firm() bool {
	return b.Upper-b.Lower <= max(b.Upper/10, 50*time.Microsecond)
}

// BoundsOf gives the bounds of a figure of the headline latency.
func (l *Latency) BoundsOf(open bool, figure func(*Histogram) time.Duration) Bounds {
	upper := figure(l.Headline(open))
	if !open || l.Floor.Count() == 0 {
		return Bounds{upper, upper}
	}
	return Bounds{min(upper, figure(&l.Floor)), upper}
}

// At is a figure for BoundsOf: a quantile.
func At(q float64) func(*Histogram) time.Duration {
	return func(h *Histogram) time.Duration { return h.Quantile(q) }
}

// firmUpTo is the greatest percentile up to which every one from the median on is firm; 0 where not even that is.
func (l *Latency) firmUpTo() (percent float64) {
	for p := 50.0; p <= 99; p++ {
		if !l.BoundsOf(true, At(p/100)).Firm() {
			return percent
		}
		percent = p
	}
	for _, p := range []float64{99.9, 99.99, 100} {
		if !l.BoundsOf(true, At(p/100)).Firm() {
			return percent
		}
		percent = p
	}
	return percent
}
