package stats

import "time"

// A Continue says what came of a request's Expect: 100-continue (RFC 9110 §10.1.1). The wait for a 100 is a part of
// the upload time: the last body byte has not gone out before it ends.
type Continue uint8

// What may come of it.
const (
	NotExpecting Continue = iota // the request did not say it, or ended before it was known
	Continued                    // a 100 came in time, and the body went out
	Spared                       // the final answer came first, and the body was not sent
	Ignored                      // neither came in time, and the body was sent all the same
)

// ExpectContinue is what came of all requests that said Expect: 100-continue.
type ExpectContinue struct {
	Waited     Waited `json:"waited"`      // for a 100 that came
	Saved      int64  `json:"saved"`       // bodies that were not sent, since the final answer came first
	SavedBytes int64  `json:"saved_bytes"` // and their bytes
	Ignored    int64  `json:"ignored"`     // bodies that were sent without a 100, since none came in time
}

// Waited is how many waited for something that came, and how long.
type Waited struct {
	Count int64         `json:"count"`
	Mean  time.Duration `json:"mean_ns"`
	Max   time.Duration `json:"max_ns"`
}

// continues is a Tally's form of ExpectContinue: it adds up.
type continues struct {
	Continued  int64         `json:"continued"`
	Awaited    time.Duration `json:"awaited_ns"` // in sum
	Longest    time.Duration `json:"longest_ns"`
	Saved      int64         `json:"saved"`
	SavedBytes int64         `json:"saved_bytes"`
	Ignored    int64         `json:"ignored"`
}

func (c *continues) count(o *Observation) {
	switch o.Continue {
	case Continued:
		c.Continued++
		c.Awaited += o.Awaited
		c.Longest = max(c.Longest, o.Awaited)
	case Spared:
		c.Saved++
		c.SavedBytes += o.BodySaved
	case Ignored:
		c.Ignored++
	}
}

func (c *continues) merge(o *continues) {
	c.Continued += o.Continued
	c.Awaited += o.Awaited
	c.Longest = max(c.Longest, o.Longest)
	c.Saved += o.Saved
	c.SavedBytes += o.SavedBytes
	c.Ignored += o.Ignored
}

func (c *continues) summary() ExpectContinue {
	e := ExpectContinue{Waited: Waited{Count: c.Continued, Max: c.Longest}, Saved: c.Saved, SavedBytes: c.SavedBytes,
		Ignored: c.Ignored}
	if c.Continued > 0 {
		e.Waited.Mean = c.Awaited / time.Duration(c.Continued)
	}
	return e
}
