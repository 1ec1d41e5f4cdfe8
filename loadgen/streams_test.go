//go:build unix

package loadgen

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"shotput/loadgen/request"
	"shotput/loadgen/route"
	"shotput/loadgen/transport"
)

// Streams are no connections: how many were needed, what was uploaded and why requests were sent again is told in the
// words of HTTP/2.
func TestFiguresOfStreams(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		streams uint32 // that the server allows at a time
		early   bool   // it answers before it has read the body
		most    int64  // connections needed
	}{
		"many":  {250, false, 1},
		"few":   {10, false, 64},
		"early": {250, true, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if !c.early {
					io.Copy(io.Discard, r.Body)
				}
				w.WriteHeader(http.StatusNoContent)
			}))
			s.EnableHTTP2 = true
			s.Config.HTTP2 = &http.HTTP2Config{MaxConcurrentStreams: int(c.streams)}
			s.StartTLS()
			defer s.Close()
			r := fireOn(t, "http", Plan{Request: request.Spec{URL: s.URL, Body: request.Body{Text: strings.Repeat("x", 200)}},
				Route: route.Spec{TLS: route.TLS{Insecure: true}}, Transport: transport.Spec{HTTP: "2"},
				Load: Load{Concurrency: 64, Requests: 3000}}).run
			x := r.Totals
			t.Logf("%s; %d opened, %d needed, %d attempts, %d retries, %d bytes, %d uploads", endings(r), x.ConnectionsOpened, x.ConnectionsNeeded,
				x.Attempts, x.Retries(), x.BodyBytesSent, r.Latency.Upload.Count())
			for _, w := range r.Warnings {
				t.Log(w.Text)
			}
			if x.OK != 3000 || x.BodyBytesSent != 3000*200 {
				t.Errorf("%s, %d bytes", endings(r), x.BodyBytesSent)
			}
			if x.ConnectionsNeeded > c.most || x.ConnectionsNeeded > x.ConnectionsOpened {
				t.Errorf("%d connections needed, %d opened", x.ConnectionsNeeded, x.ConnectionsOpened)
			}
			if !c.early && r.Latency.Upload.Count() != 3000 {
				t.Errorf("%d uploads", r.Latency.Upload.Count())
			}
		})
	}
}
