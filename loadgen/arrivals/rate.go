package arrivals

import (
	"fmt"
	"strings"
	"time"
)

// Rate is how many arrivals, or body bytes, are due each second, in total. Zero means no schedule: closed loop.
type Rate struct {
	PerSecond      float64 `json:"per_second,omitzero"`       // requests
	BytesPerSecond float64 `json:"bytes_per_second,omitzero"` // or body bytes
}

// Segment is one part of a rate that changes: from From to To requests a second, linearly, within Duration.
type Segment struct {
	Duration time.Duration `json:"duration_ns,omitzero"`
	From     float64       `json:"from_per_second,omitzero"`
	To       float64       `json:"to_per_second,omitzero"`
}

// String writes the segment as a plan's stages are written: "30s@0..2000/s".
func (s Segment) String() string {
	if s.From == s.To {
		return fmt.Sprintf("%s@%g/s", shortDuration(s.Duration), s.From)
	}
	return fmt.Sprintf("%s@%g..%g/s", shortDuration(s.Duration), s.From, s.To)
}

// shortDuration drops the zero parts of Go's form: 1m0s is 1m.
func shortDuration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
