//go:build unix

package loadgen

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"shotput/loadgen/request"
	"shotput/loadgen/route"
)

// Of an answer that is no HTTP both engines say the same words; over TLS, where the portable one cannot read along, of
// its length.
func TestEnginesSayWhatIsMalformed(t *testing.T) {
	t.Parallel()
	const length = "read response: malformed or conflicting content-length"
	for answer, want := range map[string]string{
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc": length,
		"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\nabc":                      length,
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n":          "read response: malformed chunk",
		"HTTP/1.1 200 OK\r\nno colon\r\n\r\n":                                  "read response: malformed header line",
	} {
		for name, at := range map[string]string{"http": "http://" + peer(t, answersOnce(answer)), "https": saysOverTLS(t, answer)} {
			if name == "https" && want != length {
				continue
			}
			onEngines(t, func(t *testing.T, engine string) {
				plan := Plan{Request: request.Spec{URL: at}, Route: route.Spec{TLS: route.TLS{Insecure: true}},
					NoPreflight: true, Load: Load{Requests: 1, Concurrency: 1}}
				r := fireOn(t, engine, plan).run
				if len(r.Outcomes) != 1 || r.Outcomes[0].Example != want {
					t.Errorf("%s, %q: %+v, want %q", name, answer, r.Outcomes, want)
				}
				if x, err := Once(t.Context(), plan, 1); err != nil || fmt.Sprint(x.Err) != want {
					t.Errorf("%s, %q: alone %v, %v, want %q", name, answer, x.Err, err, want)
				}
			})
		}
	}
}

// saysOverTLS is the URL of a server that answers so, whatever is asked.
func saysOverTLS(t *testing.T, answer string) string {
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, b, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		b.WriteString(answer)
		b.Flush()
		c.Close()
	}))
	t.Cleanup(s.Close)
	return s.URL
}
