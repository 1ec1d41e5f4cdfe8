//go:build unix

package loadgen

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"shotput/loadgen/request"
	"shotput/loadgen/transport"

	"shotput/stats"
)

// addsWhenIdle answers each request, and says something else when it is told that nobody asks.
func addsWhenIdle(more string, idle <-chan struct{}, said chan<- struct{}) func(net.Conn) {
	return func(c net.Conn) {
		for r := bufio.NewReader(c); ; {
			request, err := http.ReadRequest(r)
			if err != nil || drain(request) != nil {
				return
			}
			io.WriteString(c, "HTTP/1.1 204 No Content\r\n\r\n")
			<-idle
			io.WriteString(c, more)
			said <- struct{}{}
		}
	}
}

// Bytes on an idle connection fail no request: the connection is closed, and that is counted.
func TestEnginesAgreeOnIdleAnswers(t *testing.T) {
	t.Parallel()
	for name, more := range map[string]string{
		"a balancer's 408": "HTTP/1.1 408 Request Time-out\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
		"another answer":   "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n",
		"no HTTP":          "what now?\r\nand now, and a little more than an alert of TLS?\r\n",
	} {
		for _, secure := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				onEngines(t, func(t *testing.T, engine string) {
					idle, said := make(chan struct{}), make(chan struct{})
					serve := addsWhenIdle(more, idle, said)
					plan := Plan{Request: request.Spec{URL: "http://" + peer(t, serve)}, NoPreflight: true,
						Transport: transport.Spec{Timeout: 20 * time.Second}, Load: Load{Concurrency: 1, Requests: 1}}
					if secure {
						plan.Request.URL, plan.Route.TLS.Insecure = "https://"+peer(t, over(serverTLS(), serve)), true
					}
					plan.on(engine)
					wantIdleAnswers(t, plan, func() { idle <- struct{}{}; <-said })
				})
			})
		}
	}
}

// wantIdleAnswers runs a plan three times; after each run the server says something else.
func wantIdleAnswers(t *testing.T, plan Plan, add func()) {
	t.Helper()
	s, err := Prepare(context.Background(), plan)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for n := range int64(3) {
		r, err := s.Run(context.Background(), plan.Load, nil)
		if err != nil || endings(r) != "1 × 204 No Content" {
			t.Fatalf("%d: ended: %s, %v", n, endings(r), err)
		}
		if add(); plan.Engine.Name == "http" { // whose goroutines read when they like
			for range 2000 {
				if s.traffic.IdleAnswers.Load() > n {
					break
				}
				time.Sleep(5 * time.Millisecond)
			}
		}
	}
	s.engine.refresh(context.Background())
	if l, ok := s.engine.(interface{ countTraffic() }); ok {
		l.countTraffic()
	}
	if got, opened := s.traffic.IdleAnswers.Load(), s.traffic.Opened.Load(); got != 3 || opened < 3 {
		t.Errorf("%d answers on idle connections, %d opened, want 3", got, opened)
	}
}

// What comes behind an answer's end fails no request: the connection is closed, and that is counted, by the cause.
func TestEnginesAgreeOnOverlongAnswers(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]string{
		"204 with a body":       "HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\nhi",
		"longer than it says":   "HTTP/1.1 204 No Content\r\n\r\n\r\n",
		"an answer beside it":   "HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n",
		"closes all the same":   "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\nhi",
		"as it is to be (none)": "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEngines(t, func(t *testing.T, engine string) {
				const n = 5
				want := int64(n)
				if strings.HasSuffix(name, "(none)") {
					want = 0
				}
				plan := Plan{Request: request.Spec{URL: "http://" + peer(t, says(answer))}, Load: Load{Concurrency: 1, Requests: n}}
				plan.on(engine)
				r, err := Run(context.Background(), plan, nil)
				if err != nil || endings(r) != "5 × 204 No Content" || r.Totals.Overlong != want || r.Totals.IdleAnswers != 0 {
					t.Errorf("%s, %v: %+v", endings(r), err, r.Totals)
				}
			})
		})
	}
}

// EarlyError tells what greets from what answers.
func TestEarlyErrors(t *testing.T) {
	for early, want := range map[string]stats.Outcome{
		"HTTP/1.1 503 Busy\r\n": stats.Unasked, "HTTP/": stats.Unasked, "SSH-2.0-x\r\n": stats.Protocol, "220 mail\r\n": stats.Protocol,
	} {
		if got := transport.Classify(transport.EarlyError(early), stats.InWait); got != want {
			t.Errorf("%q is %v, want %v", early, got, want)
		}
	}
}
