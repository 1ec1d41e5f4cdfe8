package checks

import (
	"testing"
	"time"

	"shotput/verify"
)

// Twice the time was suggested, however little of the whole had been done.
func TestLongerLimit(t *testing.T) {
	run := func(stopped string, took time.Duration, made int) *verify.Report {
		r := &verify.Report{Stopped: stopped, Took: took, Findings: make([]verify.Finding, 39)}
		for i := range r.Findings {
			if r.Findings[i].Result = verify.Holds; i >= made {
				r.Findings[i].Result = verify.Unclear
			}
		}
		return r
	}
	for _, c := range []struct {
		r    *verify.Report
		want time.Duration
	}{
		{run("out of time", time.Minute, 2), 29 * time.Minute},
		{run("out of time", time.Minute, 0), 59 * time.Minute},
		{run("out of time", time.Minute, 38), 2 * time.Minute},
		{run("the server is gone", time.Second, 5), 0},
		{run("", time.Minute, 39), 0},
	} {
		got := LongerLimit(c.r, time.Minute)
		if got < c.want-time.Minute || got > c.want {
			t.Errorf("%q after %v: %v, want about %v", c.r.Stopped, c.r.Took, got, c.want)
		}
	}
}
