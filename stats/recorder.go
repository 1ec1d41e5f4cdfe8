package stats

// A Tally is what one window, or a whole run, adds up to: exact histograms and counts.
type Tally struct {
	Latency  Latency
	Statuses []Status
	Failures []Failure
}
