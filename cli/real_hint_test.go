//go:build unix

package cli_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"shotput/putserver/realtest"
)

// Tinyproxy closes each connection after one answer and does not say so ahead: what is lost by that was the second on
// its connection, every time, and is explained so; a connection for each request loses nothing.
func TestRealTinyproxyIsExplained(t *testing.T) {
	realtest.Long(t, "it keeps servers that are not ours at work with thousands of requests")
	proxy, _ := realtest.Tinyproxy(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusCreated) }))
	defer server.Close()
	for _, engine := range []string{"wire", "http"} {
		t.Run(engine, func(t *testing.T) {
			args := []string{"-s", "-n", "500", "-c", "20", "-d", "x", "--format", "json", "--engine", engine, "-x", "http://" + proxy, server.URL + "/{{seq}}"}
			if run := new(yard).fire(t, append(args, "--no-keepalive")); run.Totals.OK != 500 {
				t.Errorf("with a connection for each request: %+v", run.Outcomes)
			}
			run := new(yard).fire(t, args)
			for _, f := range run.Outcomes {
				if f.Reused != f.Count {
					t.Errorf("%d of %d that ended as %v in %v were on a connection used before", f.Reused, f.Count, f.Outcome, f.Stage)
				}
				if told := f.Hint == "kept-closed"; told != (run.LostOnReuse() > 0) {
					t.Errorf("%d lost, explained as %q", run.LostOnReuse(), f.Hint)
				}
			}
			if run.LostOnReuse() == 0 {
				t.Skipf("this time the tool saw enough of the closing before it sent: %+v", run.Outcomes)
			}
			t.Logf("%d of 500 lost: %+v", run.LostOnReuse(), run.Warnings[len(run.Warnings)-1])
		})
	}
}
