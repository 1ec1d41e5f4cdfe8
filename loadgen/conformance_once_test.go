//go:build unix

package loadgen

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"shotput/loadgen/flow"
	"shotput/loadgen/header"
	"shotput/loadgen/request"

	"shotput/stats"
)

// What is sent once, before the load and after it, and flows that are sent alone.

// bucketed is a plan whose flow needs what is sent once, and lasts for so many arrivals on two slots.
func bucketed(engine, url string, n int64) Plan {
	get := Step{Name: "look", Request: request.Spec{Method: "GET", URL: url + `/{{captured "bucket"}}/{{seq}}`,
		Header: []header.Line{{Name: "X-Id", Value: `{{captured "id"}}`}}}}
	p := Plan{Load: Load{Requests: n, Concurrency: 2}, Mix: []Request{{Name: "flow", Flow: []Step{
		step("create", "POST", url+`/{{captured "bucket"}}/new`, flow.Step{Captures: taking("id: json .id")}), get}}}}
	p.Flows.Before = []Step{step("bucket", "POST", url+"/bucket", flow.Step{Captures: taking("bucket: json .id")})}
	p.Flows.After = []Step{step("list", "GET", url+`/list`, flow.Step{}), step("remove", "DELETE", url+`/{{captured "bucket"}}`, flow.Step{})}
	p.Transport.Timeout = 5 * time.Second
	p.on(engine)
	return p
}

// keepsBuckets answers bucketed, and notes what is no step of its flow. It refuses what fail names.
func keepsBuckets(fail string) func(s *office, w http.ResponseWriter, r *http.Request) {
	return func(s *office, w http.ResponseWriter, r *http.Request) {
		if strings.Count(r.URL.Path, "/") < 2 {
			s.note("%s %s", r.Method, r.URL.Path)
		}
		if fail != "" && r.Method+" "+r.URL.Path == fail {
			w.WriteHeader(http.StatusForbidden)
		}
		fmt.Fprintf(w, `{"id": "the-id-of-%d"}`, s.count("ids"))
	}
}

func (s *office) wantSeen(t *testing.T, want string) {
	t.Helper()
	s.Lock()
	defer s.Unlock()
	if got := strings.Join(s.seen, "; "); got != want {
		t.Errorf("the server saw %q, want %q", got, want)
	}
}

const (
	atFirst = "POST /bucket"
	atLast  = "GET /list; DELETE /the-id-of-1"
	atBoth  = atFirst + "; " + atLast
)

// A run has the steps before it and after it on its rows, and counts them as exchanges and never as arrivals; the first
// flow is sent alone, whole.
func TestRunsCountWhatIsSentOnce(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, engine string) {
		s := openOffice(t, keepsBuckets(""))
		sink := new(keep)
		if _, err := Run(t.Context(), bucketed(engine, s.URL, 9), sink); err != nil {
			t.Fatal(err)
		}
		r := sink.run
		wantConserved(t, r)
		wantStepsConserved(t, r)
		s.wantSeen(t, atBoth)
		if got, want := rowsOf(r), "create 9 ok; look 9 ok; bucket 1 ok; list 1 ok; remove 1 ok"; got != want || r.Totals.Planned != 9 || r.Totals.Exchanges != 21 {
			t.Errorf("%s, %d planned, %d exchanges; want %s", got, r.Totals.Planned, r.Totals.Exchanges, want)
		}
		if r.First == nil || r.First.Outcome != stats.OK || r.First.Number != 1 {
			t.Errorf("the first: %+v", r.First)
		}
	})
}

// A session sends the steps after the load once: behind the run that is said to be the last, or when it is closed.
func TestSessionsSendOnceWhatIsSentOnce(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, engine string) {
		for _, last := range []bool{false, true} {
			s := openOffice(t, keepsBuckets(""))
			session := prepare(t, bucketed(engine, s.URL, 4))
			session.mustRun(t, Load{Requests: 4, Concurrency: 2})
			s.wantSeen(t, atFirst)
			run := session.Run
			if last {
				run = session.RunLast
			}
			r, err := run(t.Context(), Load{Requests: 5, Concurrency: 2}, nil)
			if err != nil {
				t.Fatal(err)
			}
			want := "create 5 ok; look 5 ok; bucket ; list ; remove "
			if last {
				s.wantSeen(t, atBoth)
				want = "create 5 ok; look 5 ok; bucket ; list 1 ok; remove 1 ok"
			}
			if got := rowsOf(r); got != want {
				t.Errorf("last %v: %s, want %s", last, got, want)
			}
			session.Close()
			s.wantSeen(t, atBoth)
		}
	})
}

// A round that is cut short by itself is the last: what is sent after the load is sent behind it. Of any other run nobody
// knows. A condition that does not come true there is a warning, though each answer is sound.
func TestRoundsCutShortAreTheLast(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, engine string) {
		s := openOffice(t, func(_ *office, w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/write" {
				w.WriteHeader(http.StatusConflict)
			}
		})
		plan := oneFlow(5_000, step("write", "PUT", s.URL+"/write", flow.Step{})) // more than are sent before it is stopped
		plan.Flows.After = []Step{step("gone", "GET", s.URL+"/gone", flow.Step{Until: statusIs(404), Every: time.Millisecond, Within: time.Nanosecond})}
		plan.on(engine)
		session := prepare(t, plan)
		defer session.Close()
		for _, c := range []struct {
			run  func(context.Context, Load, stats.Sink) (*stats.Run, error)
			sent int64
		}{{session.Run, 0}, {session.RunRound, 1}} {
			r, err := c.run(t.Context(), plan.Load, nil)
			for try := 1; err == nil && r.Stop.Kind != stats.ByFailure && try < 5; try++ { // one of the first may have failed otherwise
				t.Logf("again: %s", endings(r))
				r, err = c.run(t.Context(), plan.Load, nil)
			}
			if err != nil {
				t.Fatal(err)
			}
			if sent := rowOf(t, r, "gone").Totals.OK; r.Stop.Kind != stats.ByFailure || sent != c.sent {
				t.Errorf("ended by %v, and %d were sent after the load; want %d: %s", r.Stop, sent, c.sent, endings(r))
			}
			told := slices.ContainsFunc(r.Warnings, func(w stats.Warning) bool {
				return w.Code == "after" && strings.Contains(w.Text, `"gone"`) && strings.Contains(w.Text, "until did not hold")
			})
			if told != (c.sent > 0) {
				t.Errorf("warnings: %+v", r.Warnings)
			}
		}
	})
}

// After a first signal what is sent after the load is sent, and not after a second.
func TestSignalsAndWhatIsSentAfter(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, engine string) {
		for _, hard := range []bool{false, true} {
			s := openOffice(t, keepsBuckets(""))
			plan := bucketed(engine, s.URL, 0)
			plan.Load.Duration, plan.Load.Rate.PerSecond = time.Hour, 200
			parent, halt := context.WithCancel(t.Context())
			defer halt()
			ctx, stop := WithDrain(parent)
			session, err := Prepare(ctx, plan)
			if err != nil {
				t.Fatal(err)
			}
			time.AfterFunc(30*time.Millisecond, func() {
				stop(errors.New("interrupt"))
				if hard {
					halt()
				}
			})
			r, err := session.Run(ctx, plan.Load, nil)
			session.Close()
			if err != nil {
				t.Fatal(err)
			}
			wantConserved(t, r)
			wantStepsConserved(t, r)
			if want := map[bool]string{false: atBoth, true: atFirst}[hard]; r.Stop.Kind == stats.Halted || !hard {
				s.wantSeen(t, want)
			}
		}
	})
}

// What is under way after the load when all is to end is aborted, as in the load.
func TestWhatIsSentAfterIsAborted(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, engine string) {
		ctx, halt := context.WithCancel(t.Context())
		defer halt()
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/last" {
				halt()
				<-r.Context().Done()
			}
		}))
		defer server.Close()
		plan := oneFlow(2, step("load", "PUT", server.URL, flow.Step{}))
		plan.Flows.After = []Step{step("last", "DELETE", server.URL+"/last", flow.Step{}), step("more", "DELETE", server.URL, flow.Step{})}
		plan.on(engine)
		r, err := Run(ctx, plan, nil)
		if err != nil {
			t.Fatal(err)
		}
		wantStepsConserved(t, r)
		if got := rowsOf(r); got != "load 2 ok; last 1 aborted; more " {
			t.Error(got)
		}
	})
}

// What fails before the load ends the run there, and says which step it was; nothing is sent after it. What fails as
// the first flow ends it too, and then what is sent after the load is. What fails after the load is a warning.
func TestWhatIsSentOnceFails(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, engine string) {
		for fail, want := range map[string]struct{ says, seen string }{
			"POST /bucket":          {`step "bucket"`, atFirst},
			"POST /the-id-of-1/new": {`step "create"`, atBoth},
			"GET /the-id-of-1/1":    {`step "look"`, atBoth},
		} {
			s := openOffice(t, keepsBuckets(fail))
			_, err := Run(t.Context(), bucketed(engine, s.URL, 4), nil)
			var refused *PreflightError
			if !errors.As(err, &refused) || !strings.Contains(err.Error(), want.says) || !strings.Contains(err.Error(), "403") {
				t.Errorf("%s: %v, want %s", fail, err, want.says)
			}
			if err != nil && strings.Contains(err.Error(), "the-id-of") {
				t.Errorf("%v shows what was captured", err)
			}
			s.wantSeen(t, want.seen)
		}
		s := openOffice(t, keepsBuckets("GET /list"))
		r, err := Run(t.Context(), bucketed(engine, s.URL, 4), nil)
		if err != nil {
			t.Fatal(err)
		}
		s.wantSeen(t, atBoth)
		if got := rowsOf(r); !strings.HasSuffix(got, "list 1 failed; remove 1 ok") || r.Totals.OK != 4 {
			t.Error(got)
		}
		if w := r.Warnings; len(w) == 0 || w[0].Code != "after" || !strings.Contains(w[0].Text, `"list"`) || !strings.Contains(w[0].Text, "403") {
			t.Errorf("%+v", w)
		}
	})
}

// An arrival alone is shown step by step, with what each has given; and what was captured stands in nothing else.
func TestOncePass(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, engine string) {
		s := openOffice(t, keepsBuckets(""))
		p, err := OncePass(t.Context(), bucketed(engine, s.URL, 4), 3)
		if err != nil {
			t.Fatal(err)
		}
		s.wantSeen(t, atBoth)
		var steps []string
		for _, x := range p.Exchanges {
			words := x.Phase + " " + x.Step
			for _, got := range x.Taken {
				words += fmt.Sprintf(" %s=%s", got.Name, strings.Join(got.Values, ","))
			}
			steps = append(steps, words)
			for _, shown := range [][]byte{[]byte(x.URL), x.RequestHead, x.AnswerHead, x.Body} {
				if bytes.Contains(shown, []byte("the-id-of-1")) || bytes.Contains(shown, []byte("the-id-of-2")) {
					t.Errorf("%s shows what was captured: %s", x.Step, shown)
				}
			}
			if x.Observation.Outcome != stats.OK || x.Status != "200 OK" || x.Err != nil {
				t.Errorf("%s: %+v", x.Step, x)
			}
		}
		want := "before bucket bucket=the-id-of-1; flow create id=the-id-of-2; flow look; after list; after remove"
		if got := strings.Join(steps, "; "); got != want {
			t.Errorf("%s, want %s", got, want)
		}
		if o := &p.Arrival; o.Outcome != stats.OK || o.Exchanges != 2 || o.Number != 3 {
			t.Errorf("%+v", o)
		}
	})
}

// An arrival alone that fails says at which step.
func TestOncePassFails(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, engine string) {
		for fail, want := range map[string]string{"POST /bucket": "bucket; bucket", "POST /the-id-of-1/new": "bucket, create, list, remove; create"} {
			s := openOffice(t, keepsBuckets(fail))
			p, err := OncePass(t.Context(), bucketed(engine, s.URL, 4), 1)
			if err != nil {
				t.Fatal(err)
			}
			var steps []string
			for _, x := range p.Exchanges {
				steps = append(steps, x.Step)
			}
			if got := strings.Join(steps, ", ") + "; " + p.Arrival.Step; got != want || p.Arrival.Outcome != stats.BadStatus {
				t.Errorf("%s: %s, %v, want %s", fail, got, p.Arrival.Outcome, want)
			}
		}
	})
}
