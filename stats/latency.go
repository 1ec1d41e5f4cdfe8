package stats

// Latency holds the run's histograms. All but Failed and FailedResponse are of OK requests alone, so that a
// fast error never flatters a row, and a timeout never vanishes: it is in Failed.
type Latency struct {
	Response       Histogram `json:"response,omitzero"` // open loop only
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

func (l *Latency) all() [12]*Histogram {
	return [...]*Histogram{&l.Response, &l.Service, &l.Upload, &l.Wait, &l.StartLag, &l.PoolLag, &l.TimerLag,
		&l.ReadLag, &l.Connect, &l.TLS, &l.Failed, &l.FailedResponse}
}

// clamped is how many durations were outside the range of a histogram, and are counted at its edge.
func (l *Latency) clamped() (n int64) {
	for _, h := range l.all() {
		n += h.Clamped()
	}
	return n
}
