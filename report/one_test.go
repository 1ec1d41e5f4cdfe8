package report

import (
	"bytes"
	"regexp"
	"testing"
	"time"

	"shotput/report/runtest"
	"shotput/stats"
)

var perSecond = regexp.MustCompile(`[0-9B]/s`)

// Of one request no report tells a rate: it would be the reciprocal of one latency.
func TestOneRequestHasNoRate(t *testing.T) {
	run := *runtest.Runs["closed"]()
	r := &run
	r.Plan.Requests, r.Windows, r.Generator = 1, nil, stats.Generator{}
	r.Totals = stats.Totals{Planned: 1, Sent: 1, OK: 1, Answered: 1, Attempts: 1, Due: 1, Elapsed: 633 * time.Microsecond,
		BodyBytesSent: 1, AchievedPerSecond: 1580, GoodputPerSecond: 1580, UploadPerSecond: 1580, ConnectionsOpened: 1}
	for _, format := range []string{"text", "md"} {
		for _, runs := range [][]*stats.Run{{r}, {r, r}} {
			printed := runtest.Printed(t, func(b *bytes.Buffer) error { return WriteRounds(b, format, runs, Options{}) })
			if perSecond.MatchString(printed) {
				t.Errorf("%s of %d speaks of a rate:\n%s", format, len(runs), printed)
			}
		}
	}
}
