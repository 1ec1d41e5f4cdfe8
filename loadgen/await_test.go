//go:build unix

package loadgen

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"shotput/loadgen/request"
	"shotput/loadgen/route"
	"shotput/loadgen/transport"
	"shotput/stats"
)

// awaited waits for a server for a while, and gives what was told meanwhile.
func awaited(t *testing.T, plan Plan, limit time.Duration) (told []string) {
	t.Helper()
	if err := Await(t.Context(), plan, limit, func(server string, why error) { told = append(told, server+" "+why.Error()) }); err != nil {
		t.Error(err)
	}
	return told
}

// A server that is there is not waited for, whatever is spoken to it.
func TestAwaitOneThatIsThere(t *testing.T) {
	for server, version := range map[string]string{"1.1": "", "h2": "2", "h2c": "2-prior-knowledge", "h3": "3"} {
		plan := Plan{Request: request.Spec{URL: speaks(t, server, nil).url}, Transport: transport.Spec{HTTP: version}, Route: route.Spec{TLS: route.TLS{Insecure: true}}}
		if told := awaited(t, plan, time.Minute); told != nil {
			t.Errorf("%s: told %q", server, told)
		}
	}
}

// What forwards a port takes connections and ends them, until the server behind it is there.
func TestAwaitOneThatComes(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	taken := make(chan net.Conn, 3)
	go func() {
		for n := 0; ; n++ {
			c, err := l.Accept()
			if err != nil {
				return
			}
			if n < 2 {
				c.Close()
			}
			taken <- c
		}
	}()
	told := awaited(t, Plan{Request: request.Spec{URL: "http://" + l.Addr().String()}}, time.Minute)
	if len(told) != 1 || !strings.Contains(told[0], l.Addr().String()) || len(taken) != 3 {
		t.Errorf("told %q, after %d connections", told, len(taken))
	}
}

// One that never comes is waited for no longer than asked, and then the run says what it would without; a certificate
// that nobody trusts gets no better.
func TestAwaitInVain(t *testing.T) {
	if told := awaited(t, Plan{Request: request.Spec{URL: "http://" + absent}}, 30*time.Millisecond); len(told) != 1 || !strings.Contains(told[0], "connection refused") {
		t.Errorf("told %q", told)
	}
	untrusted := httptest.NewTLSServer(http.NotFoundHandler())
	defer untrusted.Close()
	if told := awaited(t, Plan{Request: request.Spec{URL: untrusted.URL}}, time.Hour); told != nil {
		t.Errorf("told %q", told)
	}
	gone := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	err := Await(ctx, Plan{Request: request.Spec{URL: "http://" + absent}}, time.Hour, func(string, error) { cancel(gone) })
	if err != gone {
		t.Errorf("it ended with %v", err)
	}
}

// Each server of several is waited for, and one that does not come is told of by its own address.
func TestAwaitEach(t *testing.T) {
	there := httptest.NewServer(http.NotFoundHandler())
	defer there.Close()
	plan := Plan{Mix: []Request{{Request: request.Spec{URL: there.URL}}, {Request: request.Spec{URL: "http://" + absent}}}}
	var told []string
	err := Await(t.Context(), plan, 150*time.Millisecond, func(server string, _ error) { told = append(told, server) })
	var first *PreflightError
	if !errors.As(err, &first) || first.Exchange.URL != "http://"+absent+"/" ||
		first.Exchange.Observation.Outcome != stats.Refused || len(told) != 1 || told[0] != absent {
		t.Errorf("%v; told %q", err, told)
	}
}

// Servers are waited for at the same time: one that does not come takes nothing of the time of the next.
func TestAwaitTogether(t *testing.T) {
	const other = "127.0.0.1:2" // nobody listens there either
	plan := Plan{Mix: []Request{{Request: request.Spec{URL: "http://" + absent}}, {Request: request.Spec{URL: "http://" + other}}}}
	var told []string
	err := Await(t.Context(), plan, 150*time.Millisecond, func(server string, _ error) { told = append(told, server) })
	slices.Sort(told)
	var first *PreflightError
	if !errors.As(err, &first) || first.Exchange.URL != "http://"+absent+"/" || !slices.Equal(told, []string{absent, other}) {
		t.Errorf("%v; told %q", err, told)
	}
}

// absent is an address at which nobody listens.
const absent = "127.0.0.1:1"
