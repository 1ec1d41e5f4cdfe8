//go:build unix

package loadgen

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"shotput/loadgen/request"
	"shotput/loadgen/route"
	"shotput/loadgen/transport"

	"shotput/putserver/realtest"
)

// Servers that answer before they have the whole request, and requests that cannot be sent whole.

// answersEarly answers when it has a request's head, and goes on as after says.
func answersEarly(answer string, after func(net.Conn, *bufio.Reader, *http.Request)) func(net.Conn) {
	return func(c net.Conn) {
		for r := bufio.NewReader(c); ; {
			request, err := http.ReadRequest(r)
			if err != nil {
				return
			}
			io.WriteString(c, answer)
			after(c, r, request)
		}
	}
}

func readsOn(_ net.Conn, _ *bufio.Reader, r *http.Request) { drain(r) }

func closes(c net.Conn, _ *bufio.Reader, _ *http.Request) { c.Close() }

func closesLater(c net.Conn, r *bufio.Reader, _ *http.Request) {
	io.CopyN(io.Discard, r, 1<<20)
	c.Close()
}

func resetsNow(c net.Conn, _ *bufio.Reader, _ *http.Request) {
	c.(*net.TCPConn).SetLinger(0)
	c.Close()
}

// A final answer that comes before the body was sent is the outcome, whatever the server does then.
func TestEnginesAgreeOnEarlyAnswers(t *testing.T) {
	t.Parallel()
	for name, after := range map[string]func(net.Conn, *bufio.Reader, *http.Request){
		"reads on": readsOn, "closes": closes, "closes later": closesLater, "resets": resetsNow} {
		for _, c := range []struct{ name, answer, want string }{
			{"413", "HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nContent-Length: 3\r\n\r\nbig", "3 × 413 Content Too Large, 3 × status 413"},
			{"403", "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", "3 × 403 Forbidden, 3 × status 403"},
			{"200", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "3 × 200 OK"},
		} {
			t.Run(c.name+" and "+name, func(t *testing.T) {
				t.Parallel()
				onEngines(t, func(t *testing.T, engine string) {
					plan := Plan{
						Request:   request.Spec{URL: "http://" + peer(t, answersEarly(c.answer, after)) + "/", Body: request.Body{Size: 20 << 20}},
						Load:      Load{Concurrency: 1, Requests: 3},
						Transport: transport.Spec{Timeout: 5 * time.Second},
					}
					r := fireOn(t, engine, plan).run
					if got := endings(r); got != c.want {
						t.Errorf("ended: %s\nwant:  %s\n%+v", got, c.want, r.Outcomes)
					}
				})
			})
		}
	}
}

// A body's file that became shorter is the request's own fault, and known at once.
func TestEnginesAgreeOnShrunkenFiles(t *testing.T) {
	t.Parallel()
	for _, scheme := range []string{"http", "https"} {
		t.Run(scheme, func(t *testing.T) {
			t.Parallel()
			onEngines(t, func(t *testing.T, engine string) {
				file := filepath.Join(t.TempDir(), "body")
				if err := os.WriteFile(file, nil, 0o600); err != nil {
					t.Fatal(err)
				}
				if err := os.Truncate(file, 50<<20); err != nil {
					t.Fatal(err)
				}
				serve := func(c net.Conn) {
					request, err := http.ReadRequest(bufio.NewReader(c))
					if err == nil {
						os.Truncate(file, 1000)
						drain(request)
					}
				}
				if scheme == "https" {
					serve = over(serverTLS(), serve)
				}
				r := fireOn(t, engine, Plan{
					Request:   request.Spec{URL: scheme + "://" + peer(t, serve), Body: request.Body{File: file}},
					Route:     route.Spec{TLS: route.TLS{Insecure: true}},
					Load:      Load{Concurrency: 1, Requests: 3},
					Transport: transport.Spec{Timeout: 2 * time.Second},
				}).run
				if got := endings(r); got != "3 × body" {
					t.Errorf("ended: %s, want 3 × body\n%+v", got, r.Outcomes)
				}
			})
		})
	}
}

// A limit on silence holds for an answer that has begun, though its request is not out yet.
func TestEnginesAgreeOnSilenceAfterAnEarlyAnswer(t *testing.T) {
	t.Parallel()
	const answer = "HTTP/1.1 413 Content Too Large\r\nContent-Length: 9\r\n\r\nabc"
	for name, plan := range map[string]Plan{"unread": {}, "expecting": {Transport: transport.Spec{ExpectContinue: true, ExpectTimeout: time.Minute}}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEngines(t, func(t *testing.T, engine string) {
				ended := make(chan struct{})
				defer close(ended)
				hangs := func(net.Conn, *bufio.Reader, *http.Request) { <-ended }
				plan := plan
				plan.Request.URL, plan.Request.Body = "http://"+peer(t, answersEarly(answer, hangs)), request.Body{Size: 20 << 20}
				plan.Load.Concurrency, plan.Load.Requests, plan.Transport.ReadTimeout, plan.Transport.Timeout = 2, 2, time.Second, 20*time.Second
				r := fireOn(t, engine, plan).run
				want := "2 × 413 Content Too Large, 2 × timeout download 413"
				if got, took := endings(r), r.Latency.Failed.Max(); got != want || took >= plan.Transport.Timeout {
					t.Errorf("ended: %s after %v\nwant:  %s before %v\n%+v", got, took, want, plan.Transport.Timeout, r.Outcomes)
				}
			})
		})
	}
}

// In closed loop a slot that gets no connection rests before it asks for another, longer each time; in open loop the
// schedule decides.
func TestEnginesAgreeOnRests(t *testing.T) {
	t.Parallel()
	refused := realtest.Refused(t)
	for name, c := range map[string]struct {
		load  Load
		least time.Duration
	}{
		"closed":                 {Load{Concurrency: 1, Requests: 6}, 310 * time.Millisecond},
		"closed, until the time": {Load{Concurrency: 2, Duration: 200 * time.Millisecond}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEngines(t, func(t *testing.T, engine string) {
				began := time.Now()
				r := fireOn(t, engine, Plan{Request: request.Spec{URL: "http://" + refused}, Load: c.load}).run
				if took := time.Since(began); took < c.least {
					t.Errorf("%s in %v, want no less than %v", endings(r), took, c.least)
				}
				if n := r.Totals.Failed; n != c.load.Requests && c.load.Requests > 0 || n > 12 {
					t.Errorf("ended: %s", endings(r))
				}
			})
		})
	}
}
