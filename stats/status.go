package stats

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
)

// Status is one status code's share: its headline latency (response time in open loop, else service time).
type Status struct {
	Code    int
	Reason  string // as the server sent it, else the standard's phrase
	Latency Histogram
}

// A StatusCount is how often a status code came.
type StatusCount struct {
	Code   int    `json:"code"`
	Reason string `json:"reason,omitempty"` // as the server sent it, else the standard's phrase; a window has none
	Count  int64  `json:"count"`
}

// statusJSON is a status in a saved run: its code beside what every histogram has.
type statusJSON struct {
	Code   int    `json:"code"`
	Reason string `json:"reason"`
	histogramJSON
}

// MarshalJSON writes code, reason, and the summary and exact counts of the latency.
func (s Status) MarshalJSON() ([]byte, error) {
	h, err := s.Latency.save()
	if err != nil {
		return nil, err
	}
	return json.Marshal(statusJSON{s.Code, s.Reason, h})
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (s *Status) UnmarshalJSON(b []byte) error {
	var j statusJSON
	if err := json.Unmarshal(b, &j); err != nil {
		return err
	}
	s.Code, s.Reason = j.Code, j.Reason
	return s.Latency.restore(j.histogramJSON)
}

// mostDense is how many codes have a histogram that is quick to record in, in a tally; those of more are packed: no
// server means to answer with so many, and one that does must not take a gigabyte.
const mostDense = 8

// status is the entry of code, made at its first sight. An entry left over from before a Reset is used again
// with its histogram.
func (t *Tally) status(code int, reason string) *Status {
	for i := range t.Statuses {
		if t.Statuses[i].Code == code {
			return &t.Statuses[i]
		}
	}
	n := len(t.Statuses)
	if n == cap(t.Statuses) {
		t.Statuses = append(t.Statuses, Status{})
	}
	t.Statuses = t.Statuses[:n+1]
	s := &t.Statuses[n]
	if n >= mostDense && s.Latency.counts == nil {
		s.Latency.pack()
	}
	s.Code, s.Reason = code, cmp.Or(reason, http.StatusText(code))
	return s
}

// mostCodes bounds Window.Status: a server that answers with hundreds of codes must not make a saved run large.
const mostCodes = 16

// statusCounts lists the codes by count; what comes after the most frequent is counted under code 0.
func (t *Tally) statusCounts() []StatusCount {
	var counts []StatusCount
	for i := range t.Statuses {
		counts = append(counts, StatusCount{Code: t.Statuses[i].Code, Count: t.Statuses[i].Latency.Count()})
	}
	byCode := func(a, b StatusCount) int { return cmp.Compare(a.Code, b.Code) }
	if len(counts) > mostCodes {
		slices.SortFunc(counts, func(a, b StatusCount) int {
			return cmp.Or(cmp.Compare(b.Count, a.Count), byCode(a, b))
		})
		rest := StatusCount{}
		for _, c := range counts[mostCodes-1:] {
			rest.Count += c.Count
		}
		counts = append(counts[:mostCodes-1], rest)
	}
	slices.SortFunc(counts, byCode)
	return counts
}
