//go:build unix

package loadgen

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"shotput/loadgen/answer"
	"shotput/loadgen/flow"
	"shotput/loadgen/header"
	"shotput/loadgen/request"
	"shotput/stats"
)

// captive answers as the path says: well, with a refusal that echoes what it was sent, with bytes, or at length.
func captive(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Set-Cookie", "session=hunter22hunter2")
	w.Header()["Date"] = nil
	switch r.URL.Path {
	case "/3", "/7":
		w.WriteHeader(http.StatusConflict)
		io.WriteString(w, "{\n  \"why\": \"ä\",\n  \"token\": \"hunter22hunter2\", \"told\": \""+r.Header.Get("Authorization")+"\"\n}")
	case "/4":
		w.WriteHeader(http.StatusServiceUnavailable)
		w.Write([]byte{0, 1, 2, 0xff})
	case "/5":
		w.WriteHeader(http.StatusBadGateway)
		io.WriteString(w, strings.Repeat("ä", 40_000))
	case "/6":
		io.WriteString(w, "status: broken")
	}
}

// The first failed answers are kept as they came, bounded and without secrets, the same on both engines.
func TestCaptures(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(captive))
	t.Cleanup(server.Close)
	plan := Plan{Request: request.Spec{URL: server.URL + "/{{seq}}", Auth: request.Auth{User: "ann:hunter22hunter2"}}, Load: Load{Requests: 12, Concurrency: 1}, Capture: 4}
	checked := plan
	checked.Answer = answer.Spec{Body: "^$"}
	onEngines(t, func(t *testing.T, engine string) {
		got := fireOn(t, engine, plan).run.Captured
		var numbers []int64
		for _, c := range got {
			numbers = append(numbers, c.Number)
			if all := strings.Join(c.Header, "\n") + c.Body; strings.Contains(all, "hunter2") || !slices.Contains(c.Header, "Set-Cookie: REDACTED") || c.Done <= 0 {
				t.Errorf("captured %+v", c)
			}
		}
		if !slices.Equal(numbers, []int64{3, 4, 5, 7}) {
			t.Fatalf("captured %v", numbers)
		}
		if c := got[0]; c.Status != 409 || c.Outcome != stats.BadStatus || c.Body != "{\n  \"why\": \"ä\",\n  \"token\": REDACTED, \"told\": \"Basic REDACTED\"\n}" || c.Cut {
			t.Errorf("captured %+v", c)
		}
		if c := got[1]; c.Base64 != "AAEC/w==" || c.Body != "" || c.Cut {
			t.Errorf("captured %+v", c)
		}
		if c := got[2]; !c.Cut || len(c.Body) < 64<<10-1 || strings.Trim(c.Body, "ä") != "" {
			t.Errorf("captured %d bytes, cut: %v", len(c.Body), c.Cut)
		}
		for _, c := range fireOn(t, engine, checked).run.Captured {
			if c.Number == 6 && (c.Outcome != stats.CheckFailed || c.Body != "status: broken" || !strings.HasPrefix(c.Detail, "body ")) {
				t.Errorf("captured %+v", c)
			}
		}
		plain := plan
		plain.Capture = 0
		if got := fireOn(t, engine, plain).run.Captured; got != nil {
			t.Errorf("captured %+v, and nobody asked", got)
		}
	})
}

// The request that goes first is one of them.
func TestCaptureOfTheFirst(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { http.Error(w, "later", http.StatusTooManyRequests) }))
	defer server.Close()
	for _, engine := range engines() {
		plan := Plan{Request: request.Spec{URL: server.URL + "/{{seq}}"}, Load: Load{Requests: 3, Concurrency: 1}, Capture: 2}
		plan.on(engine)
		run, err := Run(t.Context(), plan, nil)
		if err != nil || len(run.Captured) != 2 || run.Captured[0].Number != 1 || run.Captured[0].Body != "later\n" || run.Captured[1].Body != "later\n" {
			t.Errorf("%s: captured %+v, %v", engine, run.Captured, err)
		}
	}
}

// However many answers are asked for, their bodies are bounded together.
func TestCapturesAreBounded(t *testing.T) {
	var c captures
	c.most = mostCaptures
	for range 2 * mostCaptures {
		c.add(&stats.Observation{}, []string{"A: " + strings.Repeat("x", captureHeader)}, make([]byte, 2*captureBody), false)
	}
	var sum int
	for _, one := range c.told() {
		sum += len(one.Base64) * 3 / 4
		if !one.Cut || one.Header != nil {
			t.Fatalf("an answer was not cut: %v", one.Header)
		}
	}
	if len(c.told()) != mostCaptures || sum > captureInTotal+mostCaptures*2 || c.want(&stats.Observation{Outcome: stats.BadStatus}) {
		t.Errorf("%d answers of %d bytes", len(c.told()), sum)
	}
}

// What a flow has captured is hidden in the answers that are kept of it, and a 401 that a new login followed is none.
func TestCapturesOfFlows(t *testing.T) {
	echo := func(s *office, w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/login":
			s.count("logins")
			io.WriteString(w, `{"token": "hunter/22hunter2"}`)
		case s.n["logins"] == 1:
			http.Error(w, "expired", http.StatusUnauthorized)
		default:
			w.Header().Set("X-Echo", r.Header.Get("X-Token"))
			http.Error(w, "no "+r.Header.Get("X-Token")+" at "+r.RequestURI, http.StatusConflict)
		}
	}
	onEngines(t, func(t *testing.T, engine string) {
		url := openOffice(t, echo).URL
		token := header.Line{Name: "X-Token", Value: `{{captured "token"}}`}
		plan := oneFlow(2, step("login", "POST", url+"/login", flow.Step{PerSlot: true, Captures: taking("token: json .token")}),
			Step{Name: "put", Request: request.Spec{URL: url + `/put?of={{captured "token"}}`, Header: []header.Line{token}}})
		plan.Capture = 4
		r := fireOn(t, engine, plan).run
		if len(r.Captured) != 2 {
			t.Fatalf("captured %+v of %q", r.Captured, rowsOf(r))
		}
		for _, c := range r.Captured {
			if c.Status != 409 || c.Template != 0 || c.Body != "no REDACTED at /put?of=REDACTED\n" || !slices.Contains(c.Header, "X-Echo: REDACTED") {
				t.Errorf("captured %+v", c)
			}
		}
	})
}

// An answer that lacks what was to be captured is a failure that is kept too.
func TestCapturesOfWhatIsMissing(t *testing.T) {
	onEngines(t, func(t *testing.T, engine string) {
		s := openOffice(t, func(_ *office, w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "no place here") })
		plan := oneFlow(1, step("create", "POST", s.URL, flow.Step{Captures: taking("place: header Location")}),
			step("put", "PUT", `{{captured "place"}}`, flow.Step{}))
		plan.Capture = 2
		all := fireOn(t, engine, plan).run.Captured
		if len(all) != 1 || all[0].Outcome != stats.Uncaptured || all[0].Body != "no place here" {
			t.Errorf("kept %+v", all)
		}
	})
}
