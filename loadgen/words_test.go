//go:build unix

package loadgen

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"shotput/loadgen/request"
	"shotput/stats"
)

// What a server says of why it refuses is in the run, for the first such answer of each status, wherever in the run it
// comes, and without the secrets that the request was made with.
func TestAnswersAreQuoted(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, engine string) {
		var n atomic.Int64
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch n.Add(1) % 4 {
			case 0:
				w.WriteHeader(http.StatusUnprocessableEntity)
				fmt.Fprintf(w, "{\"error\":\n \"field \\\"name\\\" is required\", \"who\": %q}", r.Header.Get("Authorization"))
			case 1:
				w.WriteHeader(http.StatusConflict)
				fmt.Fprint(w, strings.Repeat("it is there already ", 100))
			case 2:
				w.WriteHeader(http.StatusBadGateway)
				w.Write([]byte{0x1f, 0x8b, 0})
			}
		}))
		defer server.Close()
		plan := Plan{Request: request.Spec{URL: server.URL + "/", Auth: request.Auth{User: "alice:hunter2-hunter2"}},
			Load: Load{Requests: 40, Concurrency: 1}}
		run := fireOn(t, engine, plan).run
		want := map[int]string{422: `{"error": "field \"name\" is required", "who": "Basic REDACTED"}`,
			409: strings.TrimSpace(strings.Repeat("it is there already ", 10)) + "…", 502: ""}
		for _, f := range run.Outcomes {
			if f.Outcome != stats.BadStatus || f.Answer != want[f.Status] {
				t.Errorf("%v %d says %q, want %q", f.Outcome, f.Status, f.Answer, want[f.Status])
			}
			delete(want, f.Status)
		}
		if len(want) > 0 {
			t.Errorf("not seen: %v", want)
		}
	})
}
