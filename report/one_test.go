package report

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
	"time"

	"shotput/report/runtest"
	"shotput/stats"
)

var perSecond = regexp.MustCompile(`[0-9B]/s|req/s|ok/s`)

// Of one request no report tells a rate: it would be the reciprocal of one latency.
func TestOneRequestHasNoRate(t *testing.T) {
	run := *runtest.Runs["closed"]()
	r := &run
	r.Plan.Requests, r.Windows, r.Generator = 1, nil, stats.Generator{}
	r.Totals = stats.Totals{Planned: 1, Sent: 1, OK: 1, Answered: 1, Attempts: 1, Due: 1, Elapsed: 633 * time.Microsecond,
		BodyBytesSent: 1, AchievedPerSecond: 1580, GoodputPerSecond: 1580, UploadPerSecond: 1580, ConnectionsOpened: 1}
	for _, format := range []string{"text", "md", "bench"} {
		for _, runs := range [][]*stats.Run{{r}, {r, r}} {
			printed := runtest.Printed(t, func(b *bytes.Buffer) error { return WriteRounds(b, format, runs, Options{}) })
			if perSecond.MatchString(printed) {
				t.Errorf("%s of %d speaks of a rate:\n%s", format, len(runs), printed)
			}
		}
	}
}

// One request at a rate is not told to have taken the interval after it; several have a span that is theirs. Of one
// that was due and not sent there is no rate either.
func TestOneRequestAtARate(t *testing.T) {
	for _, c := range []struct {
		planned, sent, asked int64
		want                 string
	}{
		{1, 1, 1, " 1 request · 0 B sent"},
		{1, 1, 0, " 1 request in 3600 s · 0 B sent"},
		{1, 0, 0, " 0 of 1 request in 3600 s · 0 B sent"},
		{2, 2, 2, " 2 requests in 3600 s · 0.000556/s"},
		{2, 1, 2, " 1 of 2 requests in 3600 s · 0.000278/s"},
	} {
		run := *runtest.Runs["open"]()
		r := &run
		r.Plan.Requests, r.Windows, r.Generator = c.asked, nil, stats.Generator{}
		r.Totals = stats.Totals{Planned: c.planned, Sent: c.sent, OK: c.sent, Unsent: c.planned - c.sent, Due: c.planned,
			Span: time.Hour, Elapsed: time.Hour, OfferedPerSecond: float64(c.planned) / 3600}
		printed := runtest.Printed(t, func(b *bytes.Buffer) error { return WriteRounds(b, "text", []*stats.Run{r}, Options{}) })
		if !strings.Contains(printed, c.want) {
			t.Errorf("%+v:\n%s", c, printed)
		}
	}
}

// The row of connections says of how many it is where there were more, as of HTTP/2, and of a run that broke off, whose
// connections nobody counted, nothing.
func TestConnectRowCounts(t *testing.T) {
	for opened, want := range map[int64]string{64: " 64\n", 82: " 64/82\n", 0: " 64\n"} {
		r := *runtest.Kept()
		r.Totals.ConnectionsOpened = opened
		text := runtest.Printed(t, func(b *bytes.Buffer) error { return WriteRounds(b, "text", []*stats.Run{&r}, Options{}) })
		_, row, _ := strings.Cut(text, "\n connect ")
		row, _, _ = strings.Cut(row, "\n")
		if !strings.HasSuffix(row+"\n", want) {
			t.Errorf("%d opened: %q, want its end %q", opened, row, want)
		}
	}
}
