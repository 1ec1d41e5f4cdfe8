package loadgen

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"shotput/loadgen/request"
)

// The probe tells of receive stamps what the event loop finds in a run.
func TestProbedStampsAreThoseOfRuns(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	r := fireOn(t, "wire", Plan{Request: request.Spec{URL: server.URL + "/{{seq}}"}, Load: Load{Requests: 200, Concurrency: 2}}).run
	if came := r.Totals.Unstamped < r.Totals.Sent; came != stampsReceived() {
		t.Errorf("%d of %d answers had no stamp, and the probe says that stamps come: %v", r.Totals.Unstamped, r.Totals.Sent, !came)
	}
}
