//go:build unix

package loadgen

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"shotput/loadgen/request"
	"shotput/loadgen/transport"
)

// answersAndHangs answers one request, and leaves the connection open.
func answersAndHangs(answer string) func(net.Conn) {
	return func(c net.Conn) {
		request, err := http.ReadRequest(bufio.NewReader(c))
		if err != nil || drain(request) != nil {
			return
		}
		io.WriteString(c, answer)
		io.Copy(io.Discard, c)
	}
}

// With SkipBody an answer is done when its head is; what a body is like, or whether it ever ends, does not matter. The
// connection goes on where nothing is left on it: the event loop sees that too of a body that came with the head.
func TestEnginesAgreeOnSkippedBodies(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		serve      func(net.Conn)
		want       string
		wire, http int64 // connections
	}{
		"no body":         {answers("HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"), "5 × 201 Created", 1, 1},
		"204":             {answers("HTTP/1.1 204 No Content\r\n\r\n"), "5 × 204 No Content", 1, 1},
		"100":             {answers("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n"), "5 × 204 No Content", 1, 1},
		"whole":           {answers("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"), "5 × 200 OK", 1, 5},
		"whole, chunked":  {answers("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"), "5 × 200 OK", 1, 5},
		"more than whole": {answersAndHangs("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nabc"), "5 × 200 OK", 5, 5},
		"in part":         {answersAndHangs("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"), "5 × 200 OK", 5, 5},
		"never":           {answersAndHangs("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"), "5 × 200 OK", 5, 5},
		"never, chunked":  {answersAndHangs("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel"), "5 × 200 OK", 5, 5},
		"without end":     {answersAndHangs("HTTP/1.1 200 OK\r\n\r\nand so on"), "5 × 200 OK", 5, 5},
		"broken":          {answersAndHangs("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), "5 × 200 OK", 5, 5},
		"refused":         {answersAndHangs("HTTP/1.1 507 Full\r\nContent-Length: 9\r\n\r\n"), "5 × 507 Full, 5 × status 507", 5, 5},
		"slow head":       {trickles("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 100*time.Microsecond), "5 × 200 OK", 1, 1},
	} {
		for _, secure := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				onEngines(t, func(t *testing.T, engine string) {
					plan := Plan{Request: request.Spec{URL: "http://" + peer(t, c.serve)}, Transport: transport.Spec{SkipBody: true, Timeout: 20 * time.Second}, Load: Load{Concurrency: 1, Requests: 5}}
					if secure {
						plan.Request.URL, plan.Route.TLS.Insecure = "https://"+peer(t, over(serverTLS(), c.serve)), true
					}
					sink := fireOn(t, engine, plan)
					if got := endings(sink.run); got != c.want || sink.bodyRead != 0 {
						t.Errorf("ended: %s, %d bytes read\nwant:  %s, 0\n%+v", got, sink.bodyRead, c.want, sink.run.Outcomes)
					}
					want := c.wire
					if engine == "http" {
						want = c.http
					}
					if got := sink.run.Totals.ConnectionsOpened; got != want {
						t.Errorf("opened %d connections, want %d", got, want)
					}
				})
			})
		}
	}
}
