package loadgen

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"shotput/loadgen/answer"
	"shotput/stats"
)

// failingUntil answers with a status after 1 ms, from the n-th answer on, counted from 0, with 200.
func failingUntil(status, until int) func(int, time.Duration) (time.Duration, int) {
	return func(n int, now time.Duration) (time.Duration, int) {
		if n >= until {
			return now + time.Millisecond, 200
		}
		return now + time.Millisecond, status
	}
}

// A run whose first 100 answers, or those of its first second, are all the same failure ends by itself; one success,
// another failure, a status that was expected, or no first request let it go on.
func TestRunThatOnlyFailsEndsByItself(t *testing.T) {
	fast := Load{Requests: 1000, Concurrency: 1}
	slow := Load{Duration: 20 * time.Second, Concurrency: 10, Rate: Rate{PerSecond: 20}}
	for name, c := range map[string]struct {
		load   Load
		answer func(int, time.Duration) (time.Duration, int)
		change func(*Plan)
		sent   int64 // 0: all
		says   string
	}{
		"100 answers":        {load: fast, answer: failingUntil(503, 1e6), sent: 100, says: "100 answers were all the same failure: status 503"},
		"a second":           {load: slow, answer: failingUntil(503, 1e6), sent: 20, says: "20 answers"},
		"one succeeds":       {load: fast, answer: failingUntil(503, 99)},
		"two kinds":          {load: fast, answer: func(n int, now time.Duration) (time.Duration, int) { return now + 1, 500 + n%2 }},
		"expected":           {load: fast, answer: failingUntil(404, 1e6), change: func(p *Plan) { p.Answer.Status, _ = answer.ParseStatusSet("404") }},
		"no first request":   {load: fast, answer: failingUntil(503, 1e6), change: func(p *Plan) { p.NoPreflight = true }},
		"a low rate":         {load: Load{Duration: 5 * time.Second, Rate: Rate{PerSecond: 5}}, answer: failingUntil(503, 9)},
		"at its end anyway":  {load: Load{Requests: 100, Concurrency: 1}, answer: failingUntil(503, 1e6)},
		"within the warm-up": {load: Load{Requests: 1000, Concurrency: 1, Warmup: time.Second}, answer: failingUntil(503, 1e6), sent: -1, says: "100 answers"},
	} {
		plan := Plan{Load: c.load}
		if c.change != nil {
			c.change(&plan)
		}
		r := fireVirtually(t, plan, c.answer)
		ended := r.Stop.Kind == stats.ByFailure
		if ended != (c.sent != 0) || !strings.Contains(r.Stop.Text, c.says) {
			t.Errorf("%s: ended %+v", name, r.Stop)
		}
		if c.sent > 0 && (r.Totals.Sent < c.sent || r.Totals.Sent > c.sent+1) {
			t.Errorf("%s: %d were sent, want %d", name, r.Totals.Sent, c.sent)
		}
		if ended && r.OK {
			t.Errorf("%s: passed", name)
		}
	}
}

// Either engine ends so.
func TestRunThatOnlyFailsOnEitherEngine(t *testing.T) {
	for _, engine := range engines() {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) }))
		defer srv.Close()
		p := Plan{Load: Load{Requests: 5000, Concurrency: 2}}
		p.Request.URL = srv.URL + "/{{seq}}"
		p.on(engine)
		r, err := Run(t.Context(), p, nil)
		if err != nil {
			t.Fatal(err)
		}
		wantConserved(t, r)
		if r.Stop.Kind != stats.ByFailure || r.Totals.Sent >= 5000 || r.Totals.Sent < 100 {
			t.Errorf("%s: %d were sent, ended %+v", engine, r.Totals.Sent, r.Stop)
		}
	}
}
