//go:build unix

package loadgen

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"shotput/loadgen/answer"
	"shotput/loadgen/arrivals"
	"shotput/loadgen/flow"
	"shotput/loadgen/header"
	"shotput/loadgen/request"

	"shotput/stats"
)

// clerk is a server of flows in virtual time: what it answers, and after how long. It notes when what came.
type clerk struct {
	sync.Mutex
	began  time.Time
	came   map[string]int64 // by the first part of the path
	last   time.Duration    // when the last one came
	tokens int
	answer func(c *clerk, r *http.Request, now time.Duration) said
}

// pathOf is where a request goes, which stands as it was written.
func pathOf(r *http.Request) string {
	uri := r.URL.RequestURI()
	if _, path, whole := strings.Cut(uri, "//model"); whole {
		return path
	}
	return uri
}

// said is an answer, or that there is none.
type said struct {
	after  time.Duration
	status int
	header http.Header
	body   string
	err    error
}

func (c *clerk) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		io.Copy(io.Discard, r.Body)
		r.Body.Close()
	}
	c.Lock()
	now := time.Since(c.began)
	c.last = now
	what, _, _ := strings.Cut(pathOf(r)[1:], "/")
	c.came[what]++
	a := c.answer(c, r, now)
	c.Unlock()
	timer := time.NewTimer(a.after)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	if a.err != nil {
		return nil, a.err
	}
	return &http.Response{StatusCode: cmp.Or(a.status, 200), Status: http.StatusText(cmp.Or(a.status, 200)), Proto: "HTTP/1.1",
		Header: a.header, Body: io.NopCloser(strings.NewReader(a.body))}, nil
}

// journeyed is a flow with all that one may have: a login for each slot, think time, parts at a time, a condition, and a
// step for a failure.
func journeyed() []Step {
	const at = "http://model"
	who := []header.Line{{Name: "Authorization", Value: `Bearer {{captured "token"}}`}}
	all := []Step{
		step("login", "POST", at+"/login", flow.Step{PerSlot: true, Captures: taking("token: json .token")}),
		step("create", "POST", at+"/create/{{seq}}", flow.Step{Captures: taking("id: json .id"),
			Think: flow.Think{From: 5 * time.Millisecond, To: 20 * time.Millisecond}}),
		step("part", "PUT", at+`/part/{{captured "id"}}/{{part}}`, flow.Step{Parts: 5, Parallel: 2, Captures: taking("tag: header Etag")}),
		step("complete", "POST", at+`/complete/{{captured "id"}}`, flow.Step{}),
		step("poll", "GET", at+`/poll/{{captured "id"}}`, flow.Step{Until: statusIs(200), Every: 10 * time.Millisecond, Within: time.Second}),
		step("abort", "DELETE", at+`/abort/{{captured "id"}}`, flow.Step{OnFailure: true}),
	}
	all[3].Request.Body = request.Body{Text: `{{joined "tag" "%n %v" ","}}`}
	for i := 1; i < len(all); i++ {
		all[i].Request.Header = who
	}
	return all
}

// serves answers journeyed as it wants to be.
func serves(c *clerk, r *http.Request, _ time.Duration) said {
	what, rest, _ := strings.Cut(pathOf(r)[1:], "/")
	switch what {
	case "login":
		c.tokens++
		return said{after: 3 * time.Millisecond, body: fmt.Sprintf(`{"token": "token-%d"}`, c.tokens)}
	case "create":
		return said{after: 2 * time.Millisecond, status: 201, body: fmt.Sprintf(`{"id": "id-%s"}`, rest)}
	case "part":
		return said{after: 4 * time.Millisecond, header: http.Header{"Etag": {"tag-" + rest}}}
	case "poll":
		key := "polled " + rest
		if c.came[key]++; c.came[key] < 3 {
			return said{after: time.Millisecond, status: 202}
		}
		delete(c.came, key)
	}
	return said{after: time.Millisecond}
}

// flowsAt is journeyed at a rate.
func flowsAt(perSecond float64, slots int, whole time.Duration) Plan {
	return Plan{Mix: []Request{{Name: "flow", Flow: journeyed()}},
		Load: Load{Rate: arrivals.Rate{PerSecond: perSecond}, Concurrency: slots, Duration: whole}}
}

// fireClerk runs a plan against a server of flows, in a bubble. Nothing may be lost, of arrivals and of exchanges.
func fireClerk(t *testing.T, plan Plan, answer func(*clerk, *http.Request, time.Duration) said,
	end func(soft context.CancelCauseFunc, hard context.CancelFunc)) (run *stats.Run, c *clerk) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		parent, hard := context.WithCancel(t.Context())
		defer hard()
		ctx, soft := WithDrain(parent)
		defer soft(nil)
		c = &clerk{began: time.Now(), came: map[string]int64{}, answer: answer}
		if end != nil {
			go end(soft, hard)
		}
		run = fireModel(t, ctx, plan, c)
	})
	wantConserved(t, run)
	wantStepsConserved(t, run)
	for _, s := range run.Steps {
		if came := c.came[s.Name]; came != s.Totals.Done() {
			t.Errorf("%d of step %s came, its row has %+v", came, s.Name, s.Totals)
		}
	}
	return run, c
}

func rowOf(t *testing.T, r *stats.Run, name string) *stats.StepRow {
	t.Helper()
	for i := range r.Steps {
		if r.Steps[i].Name == name {
			return &r.Steps[i]
		}
	}
	t.Fatalf("there is no step %s", name)
	return nil
}

// A flow takes what its exchanges take, one after the other or at a time, and what it waits for; all of it is told
// apart, and adds up.
func TestVirtualFlow(t *testing.T) {
	plan := flowsAt(20, 8, 2*time.Second)
	plan.Mix[0].Flow[1].How.Think = flow.Think{From: 20 * time.Millisecond}
	r, c := fireClerk(t, plan, serves, nil)
	if r.Totals.OK != 40 || r.Totals.Flows != 40 {
		t.Fatalf("%d flows of %d are OK, want 40", r.Totals.OK, r.Totals.Flows)
	}
	// create 2, think 20, five parts by two lanes 12, complete 1, three polls 1 each and 10 between them; login 3 at first
	wantQuantile(t, "flow", &r.Latency.Flow, 0, 58)
	wantQuantile(t, "flow", &r.Latency.Flow, 1, 61)
	wantQuantile(t, "response", &r.Latency.Response, 0, 58)
	wantQuantile(t, "service", &r.Latency.Service, 0, 18)
	wantQuantile(t, "completion", &r.Latency.Completion, 0, 23)
	wantQuantile(t, "completion", &r.Latency.Completion, 1, 23)
	if r.Latency.TimerLag.Max() != 0 || r.Latency.PoolLag.Max() != 0 {
		t.Errorf("timer lag %v, pool lag %v, want none", r.Latency.TimerLag.Max(), r.Latency.PoolLag.Max())
	}
	if n := rowOf(t, r, "part").Totals.OK; n != 200 {
		t.Errorf("%d parts, want 200", n)
	}
	if logins := rowOf(t, r, "login").Totals.OK; logins < 2 || logins > 8 || int64(c.tokens) != logins {
		t.Errorf("%d logins of 8 slots", logins)
	}
}

// An interrupt may come at any instant: what is under way ends, nothing more is begun, and all of it is counted.
func TestVirtualFlowsInterruptedAnywhere(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	interrupted := int64(0)
	for i := range 50 {
		at, hard := time.Duration(random.Int64N(int64(time.Second))), i%3 == 2
		r, c := fireClerk(t, flowsAt(100, 8, time.Second), serves, func(soft context.CancelCauseFunc, halt context.CancelFunc) {
			time.Sleep(at)
			if hard {
				halt()
			} else {
				soft(errors.New("interrupt"))
			}
		})
		if c.last > at {
			t.Errorf("interrupted at %v, and a request came at %v", at, c.last)
		}
		interrupted += r.Totals.Aborted
		for _, f := range r.Outcomes {
			if f.Outcome != stats.Aborted || f.Step == "" || f.Example == "" {
				t.Errorf("interrupted at %v: %+v", at, f)
			}
		}
		if aborts := rowOf(t, r, "abort").Totals.Done(); aborts != 0 {
			t.Errorf("interrupted at %v: %d steps for a failure were sent", at, aborts)
		}
		for _, s := range r.Steps {
			if s.Totals.Failed+s.Totals.TimedOut > 0 || !hard && s.Totals.Aborted > 0 {
				t.Errorf("interrupted at %v: step %s has %+v", at, s.Name, s.Totals)
			}
		}
	}
	if interrupted < 100 {
		t.Errorf("%d flows were under way at 50 instants: the test does not test", interrupted)
	}
}

// The server dies while flows are between their steps: each fails at the step that it was to send next.
func TestVirtualFlowsWhenTheServerDies(t *testing.T) {
	const dies = 500 * time.Millisecond
	r, _ := fireClerk(t, flowsAt(100, 8, time.Second), func(c *clerk, r *http.Request, now time.Duration) said {
		if now >= dies {
			return said{err: &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}}
		}
		return serves(c, r, now)
	}, nil)
	steps := map[string]int64{}
	for _, f := range r.Outcomes {
		if f.Outcome != stats.Refused || f.Example == "" {
			t.Errorf("%+v", f)
		}
		steps[f.Step] += f.Count
	}
	if len(steps) < 3 || r.Totals.Failed < 40 || r.Totals.Failed != sum(steps) {
		t.Errorf("%d failed, at %v", r.Totals.Failed, steps)
	}
}

func sum(of map[string]int64) (n int64) {
	for _, k := range of {
		n += k
	}
	return n
}

// What is to be captured is missing in one answer of a hundred: so many flows end there, each with the step for that.
func TestVirtualFlowsWithoutACapture(t *testing.T) {
	r, _ := fireClerk(t, flowsAt(200, 32, 2*time.Second), func(c *clerk, r *http.Request, now time.Duration) said {
		if strings.HasPrefix(pathOf(r), "/create/") && strings.HasSuffix(pathOf(r), "00") {
			return said{status: 201, body: `{"error": "quota"}`}
		}
		return serves(c, r, now)
	}, nil)
	if len(r.Outcomes) != 1 {
		t.Fatalf("%+v", r.Outcomes)
	}
	f := r.Outcomes[0]
	if f.Count != 4 || f.Outcome != stats.Uncaptured || f.Step != "create" || !strings.Contains(f.Example, "id") || !strings.Contains(f.Example, "missing") {
		t.Errorf("%+v", f)
	}
	if s := rowOf(t, r, "create"); s.Totals.Failed != 4 || s.Totals.OK != 396 || s.Example == "" {
		t.Errorf("%+v", s)
	}
	if s := rowOf(t, r, "abort"); s.Totals.Done() != 0 { // it needs what was not captured
		t.Errorf("%+v", s)
	}
}

// All logins end in mid-run: each slot logs in once more, and nothing fails.
func TestVirtualFlowsLogInAgain(t *testing.T) {
	const ends = 500 * time.Millisecond
	valid := 0 // the last token that is not valid any more
	r, c := fireClerk(t, flowsAt(100, 8, time.Second), func(c *clerk, r *http.Request, now time.Duration) said {
		if now >= ends && valid == 0 {
			valid = c.tokens
		}
		if pathOf(r) != "/login" {
			var n int
			fmt.Sscanf(r.Header.Get("Authorization"), "Bearer token-%d", &n)
			if n == 0 || now >= ends && n <= valid {
				return said{after: time.Millisecond, status: 401}
			}
		}
		return serves(c, r, now)
	}, nil)
	if r.Totals.OK != r.Totals.Planned {
		t.Errorf("%+v", r.Outcomes)
	}
	var again int64
	for _, s := range r.Steps {
		again += s.Reauth
	}
	if logins := rowOf(t, r, "login").Totals.OK; logins != int64(c.tokens) || logins < 9 || logins > 16 || again < logins-8 {
		t.Errorf("%d logins, %d answers of 401", logins, again)
	}
}

// step is a step with a method and a URL.
func step(name, method, url string, how flow.Step) Step {
	return Step{Name: name, Request: request.Spec{Method: method, URL: url}, How: how}
}

// taking is a step's captures, each "NAME: FORM".
func taking(written ...string) (all []answer.Capture) {
	for _, w := range written {
		name, form, _ := strings.Cut(w, ": ")
		from, what, _ := strings.Cut(form, " ")
		all = append(all, answer.Capture{Name: name, From: from, What: what})
	}
	return all
}

// oneFlow is a plan of one flow, for n arrivals on one slot.
func oneFlow(n int64, steps ...Step) Plan {
	return Plan{Mix: []Request{{Name: "flow", Flow: steps}}, Load: Load{Requests: n, Concurrency: 1}}
}

// rowsOf is how the exchanges of each step ended: "create 5 ok; put 4 ok, 1 failed".
func rowsOf(r *stats.Run) string {
	var rows []string
	for _, s := range r.Steps {
		var words []string
		for _, c := range []struct {
			n    int64
			name string
		}{{s.Totals.OK, "ok"}, {s.Reauth, "reauth"}, {s.Totals.Failed, "failed"}, {s.Totals.TimedOut, "timed out"},
			{s.Totals.Aborted, "aborted"}} {
			if c.n > 0 {
				words = append(words, fmt.Sprintf("%d %s", c.n, c.name))
			}
		}
		rows = append(rows, s.Name+" "+strings.Join(words, ", "))
	}
	return strings.Join(rows, "; ")
}

func statusIs(code int) answer.Spec {
	set, err := answer.ParseStatusSet(fmt.Sprint(code))
	if err != nil {
		panic(err)
	}
	return answer.Spec{Status: set}
}

// wantStepsConserved holds that each step's exchanges are counted once.
func wantStepsConserved(t *testing.T, r *stats.Run) {
	t.Helper()
	var exchanges int64
	for _, s := range r.Steps {
		c := s.Totals
		exchanges += c.Done()
		var failures int64
		for _, o := range s.Outcomes {
			failures += o.Count
		}
		if n := s.Latency.Service.Count(); n != c.OK || failures != c.Errors() {
			t.Errorf("step %s: %d service times and %d failures are listed, of %+v", s.Name, n, failures, c)
		}
	}
	if exchanges != r.Totals.Exchanges {
		t.Errorf("%d exchanges on the rows, %d of the run", exchanges, r.Totals.Exchanges)
	}
}
