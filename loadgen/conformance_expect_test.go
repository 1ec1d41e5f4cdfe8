//go:build unix

package loadgen

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"shotput/loadgen/header"
	"shotput/loadgen/request"
	"shotput/loadgen/route"
	"shotput/loadgen/transport"

	"shotput/putserver/realtest"
	"shotput/stats"
)

// Requests that say Expect: 100-continue, and servers that take it up or do not.

const (
	goOn    = "HTTP/1.1 100 Continue\r\n\r\n"
	stored  = "HTTP/1.1 204 No Content\r\n\r\n"
	tooMuch = "HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nbig"
)

// An expecting server plays these steps for each request: what begins with "HTTP" is said, "read" reads the body,
// "close" closes, "pause" is longer than the clients of these tests wait for a 100.
type expecting struct {
	steps []string
	limit time.Duration
	asked atomic.Int64 // requests that said Expect: 100-continue, once
	body  atomic.Int64 // bytes of bodies
}

func (e *expecting) serve(c net.Conn) {
	for r := bufio.NewReader(c); ; {
		request, err := http.ReadRequest(r)
		if err != nil {
			return
		}
		if all := request.Header.Values("Expect"); len(all) == 1 && all[0] == "100-continue" {
			e.asked.Add(1)
		}
		for _, step := range e.steps {
			switch step {
			case "read":
				n, err := io.Copy(io.Discard, request.Body)
				if e.body.Add(n); err != nil {
					return
				}
			case "close":
				return
			case "pause":
				time.Sleep(2 * e.limit)
			default:
				io.WriteString(c, step)
			}
		}
	}
}

// TestEnginesAgreeOnExpect: three requests in a row, and what became of their bodies.
func TestEnginesAgreeOnExpect(t *testing.T) {
	t.Parallel()
	const size = 300_000
	short, long := 50*time.Millisecond, 5*time.Second
	for name, c := range map[string]struct {
		steps  []string
		limit  time.Duration // for a 100
		want   string
		waited int64
		saved  int64
		passed int64 // ignored
		opened int64 // connections; 0: a race
	}{
		"100":                    {[]string{goOn, "read", stored}, long, "3 × 204 No Content", 3, 0, 0, 1},
		"two 100s":               {[]string{goOn, goOn, "read", stored}, long, "3 × 204 No Content", 3, 0, 0, 1},
		"103 and 100":            {[]string{"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n", goOn, "read", stored}, long, "3 × 204 No Content", 3, 0, 0, 1},
		"another 100 in the end": {[]string{goOn, "read", goOn, stored}, long, "3 × 204 No Content", 3, 0, 0, 1},
		"ignored":                {[]string{"read", stored}, short, "3 × 204 No Content", 0, 0, 3, 1},
		"103 alone":              {[]string{"HTTP/1.1 103 Early Hints\r\n\r\n", "read", stored}, short, "3 × 204 No Content", 0, 0, 3, 1},
		"100 too late":           {[]string{"read", goOn, stored}, short, "3 × 204 No Content", 0, 0, 3, 1},
		"413":                    {[]string{tooMuch, "read"}, long, "3 × 413 Content Too Large, 3 × status 413", 0, 3, 0, 3},
		"413 and close":          {[]string{tooMuch, "close"}, long, "3 × 413 Content Too Large, 3 × status 413", 0, 3, 0, 3},
		"417":                    {[]string{"HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", "read"}, long, "3 × 417 Expectation Failed, 3 × status 417", 0, 3, 0, 3},
		"401":                    {[]string{"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n", "read"}, long, "3 × 401 Unauthorized, 3 × status 401", 0, 3, 0, 3},
		"103 and 413":            {[]string{"HTTP/1.1 103 Early Hints\r\n\r\n", tooMuch, "read"}, long, "3 × 413 Content Too Large, 3 × status 413", 0, 3, 0, 3},
		"201 at once":            {[]string{"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n", "read"}, long, "3 × 201 Created", 0, 3, 0, 3},
		"close":                  {[]string{"close"}, long, "3 × closed upload", 0, 0, 0, 3},
		"100 and close":          {[]string{goOn, "read", "close"}, long, "3 × closed wait", 3, 0, 0, 3},
	} {
		for _, how := range []string{"short", "memory", "file", "TLS"} {
			t.Run(name+", "+how, func(t *testing.T) {
				t.Parallel()
				onEngines(t, func(t *testing.T, engine string) {
					server := &expecting{steps: c.steps, limit: c.limit}
					plan := Plan{
						Request:   request.Spec{URL: "http://" + peer(t, server.serve), Body: request.Body{Size: size}},
						Transport: transport.Spec{ExpectContinue: true, ExpectTimeout: c.limit},
						Load:      Load{Concurrency: 1, Requests: 3},
					}
					switch how {
					case "short":
						plan.Request.Body = request.Body{Data: []byte("a short body")}
					case "file":
						plan.Request.Body = request.Body{File: fileOf(t, 2<<20)}
					case "TLS":
						plan.Request.URL, plan.Route.TLS.Insecure = "https://"+peer(t, over(serverTLS(), server.serve)), true
					}
					r := fireOn(t, engine, plan).run
					each := r.Plan.BodyBytes
					if got := endings(r); got != c.want {
						t.Errorf("ended: %s\nwant:  %s\n%+v", got, c.want, r.Outcomes)
					}
					want := stats.ExpectContinue{Waited: stats.Waited{Count: c.waited}, Saved: c.saved, SavedBytes: c.saved * each, Ignored: c.passed}
					got := r.ExpectContinue
					if got.Waited.Mean, got.Waited.Max = 0, 0; got != want {
						t.Errorf("counted %+v, want %+v", got, want)
					}
					sent := (c.waited + c.passed) * each
					if asked, body := server.asked.Load(), server.body.Load(); asked != 3 || body != sent || r.Totals.BodyBytesSent != sent {
						t.Errorf("the server saw %d expectations and %d bytes, the run says %d bytes; want 3 and %d", asked, body, r.Totals.BodyBytesSent, sent)
					}
					if r.Totals.ConnectionsOpened != c.opened {
						t.Errorf("opened %d connections, want %d", r.Totals.ConnectionsOpened, c.opened)
					}
				})
			})
		}
	}
}

func fileOf(t *testing.T, size int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "body")
	if err := os.WriteFile(path, bytes.Repeat([]byte("x"), size), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// The header that was typed means what the flag does; without a body, and when it was removed, none goes out.
func TestEnginesAgreeOnWhoExpects(t *testing.T) {
	t.Parallel()
	body := request.Body{Text: "{{seq}}"}
	for name, c := range map[string]struct {
		plan Plan
		want int64
	}{
		"flag":            {Plan{Request: request.Spec{Body: body}, Transport: transport.Spec{ExpectContinue: true}}, 3},
		"typed":           {Plan{Request: request.Spec{Body: body, Header: []header.Line{{Name: "expect", Value: "100-Continue"}}}}, 0},
		"both":            {Plan{Request: request.Spec{Body: body, Header: []header.Line{{Name: "Expect", Value: "100-continue"}}}, Transport: transport.Spec{ExpectContinue: true}}, 3},
		"no body":         {Plan{Transport: transport.Spec{ExpectContinue: true}}, 0},
		"no body, typed":  {Plan{Request: request.Spec{Header: []header.Line{{Name: "Expect", Value: "100-continue"}}}}, 3},
		"empty body":      {Plan{Transport: transport.Spec{ExpectContinue: true}, Request: request.Spec{Body: request.Body{Data: []byte{}}}}, 0},
		"empty file":      {Plan{Transport: transport.Spec{ExpectContinue: true}, Request: request.Spec{Body: request.Body{File: fileOf(t, 0)}}}, 0},
		"nobody asked":    {Plan{Request: request.Spec{Body: body}}, 0},
		"a template once": {Plan{Request: request.Spec{Body: request.Body{Text: "{{randHex 4}}"}}, Transport: transport.Spec{ExpectContinue: true}}, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEngines(t, func(t *testing.T, engine string) {
				server := &expecting{steps: []string{goOn, "read", stored}}
				plan := c.plan
				plan.Request.URL, plan.Load.Concurrency, plan.Load.Requests = "http://"+peer(t, server.serve), 1, 3
				plan.Transport.ExpectTimeout = time.Minute // more than a request may take: whoever waited for it would fail
				r := fireOn(t, engine, plan).run
				if got := endings(r); got != "3 × 204 No Content" {
					t.Errorf("ended: %s", got)
				}
				if asked := server.asked.Load(); asked != c.want {
					t.Errorf("%d requests said Expect: 100-continue, want %d", asked, c.want)
				}
				waits := len(c.plan.Request.Header) > 0 && c.plan.Request.Body.Sources() > 0 || c.want == 3 && name != "no body, typed"
				if got := r.ExpectContinue.Waited.Count; got != 0 != waits {
					t.Errorf("%d waited for a 100", got)
				}
			})
		})
	}
}

// A request's own time limit goes before the wait for a 100, and the body has not gone out.
func TestEnginesAgreeOnLimitsWhileExpecting(t *testing.T) {
	t.Parallel()
	for name, plan := range map[string]Plan{
		"timeout": {Transport: transport.Spec{Timeout: time.Second, ExpectTimeout: time.Minute}},
		"nobody":  {Transport: transport.Spec{Timeout: time.Second, ExpectTimeout: time.Minute}, Request: request.Spec{Header: []header.Line{{Name: "Expect", Value: "100-continue"}}}},
		"silence": {Transport: transport.Spec{Timeout: time.Second, ReadTimeout: 50 * time.Millisecond, ExpectTimeout: time.Minute}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEngines(t, func(t *testing.T, engine string) {
				plan := plan
				plan.Request.URL = "http://" + peer(t, thenHangs(""))
				want := "4 × timeout wait"
				if plan.Transport.ExpectContinue, plan.Load.Concurrency, plan.Load.Requests = true, 2, 4; len(plan.Request.Header) == 0 {
					plan.Request.Body, want = request.Body{Size: 5000}, "4 × timeout upload"
				}
				r := fireOn(t, engine, plan).run
				if got := endings(r); got != want || r.Totals.BodyBytesSent != 0 {
					t.Errorf("ended: %s, with %d bytes sent; want %s", got, r.Totals.BodyBytesSent, want)
				}
			})
		})
	}
}

// A limit on silence begins when the request has gone out, not while its body waits.
func TestEnginesAgreeOnSilenceWhileExpecting(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, engine string) {
		server := &expecting{steps: []string{"HTTP/1.1 103 Early Hints\r\n\r\n", "pause", goOn, "read", stored}, limit: time.Second}
		r := fireOn(t, engine, Plan{
			Request:   request.Spec{URL: "http://" + peer(t, server.serve), Body: request.Body{Size: 5000}},
			Transport: transport.Spec{ExpectContinue: true, ExpectTimeout: time.Minute, ReadTimeout: server.limit},
			Load:      Load{Concurrency: 1, Requests: 1},
		}).run
		if got := endings(r); got != "1 × 204 No Content" || r.ExpectContinue.Waited.Max < server.limit {
			t.Errorf("ended: %s, %+v", got, r.ExpectContinue)
		}
	})
}

// Many wait at once, each for its own limit; the longest wait is at least as long as what the server took to agree.
func TestExpectingTogether(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, engine string) {
		server := &expecting{steps: []string{"pause", goOn, "read", stored}, limit: 10 * time.Millisecond}
		r := fireOn(t, engine, Plan{
			Request:   request.Spec{URL: "http://" + peer(t, server.serve), Body: request.Body{Size: 10_000}},
			Transport: transport.Spec{ExpectContinue: true, ExpectTimeout: 10 * time.Second},
			Load:      Load{Concurrency: 20, Requests: 100},
		}).run
		got := r.ExpectContinue
		if r.Totals.OK != 100 || got.Waited.Count != 100 || got.Waited.Max < 19*time.Millisecond || got.Waited.Mean > got.Waited.Max {
			t.Errorf("ended: %s, %s", endings(r), fmt.Sprintf("%+v", got))
		}
	})
}

// nginx agrees to bodies that wait for it, and refuses those that it will not take before they are sent.
func TestNginxContinues(t *testing.T) {
	t.Parallel()
	address, dir := realtest.Nginx(t, `
		root DIR/www; location / { dav_methods PUT; create_full_put_path on; client_max_body_size 200k; }`)
	for _, engine := range engines() {
		plan := Plan{
			Request:   request.Spec{URL: "http://" + address + "/" + engine + "/{{seq}}", Body: request.Body{Size: 100_000}},
			Transport: transport.Spec{ExpectContinue: true, ExpectTimeout: time.Minute},
			Load:      Load{Requests: 100, Concurrency: 8},
		}
		r := fireOn(t, engine, plan).run
		if r.Totals.OK != 100 || r.ExpectContinue.Waited.Count != 100 {
			t.Errorf("%s: %s, %+v", engine, endings(r), r.ExpectContinue)
		}
		files, _ := filepath.Glob(filepath.Join(dir, "www", engine, "*"))
		if len(files) != 100 {
			t.Errorf("%s: %d files on disk, want 100", engine, len(files))
		}
		plan.Request.Body.Size = 300_000
		r = fireOn(t, engine, plan).run
		if got := endings(r); got != "100 × 413 Request Entity Too Large, 100 × status 413" || r.ExpectContinue.Saved != 100 || r.Totals.BodyBytesSent != 0 {
			t.Errorf("%s: %s, %+v, %d bytes sent", engine, got, r.ExpectContinue, r.Totals.BodyBytesSent)
		}
	}
}

// Once tells of the wait too, and leaves a refused body unsent.
func TestOnceExpects(t *testing.T) {
	for want, steps := range map[stats.Continue][]string{
		stats.Spared: {tooMuch, "read"}, stats.Continued: {goOn, "read", stored}, stats.Ignored: {"read", stored}} {
		server := &expecting{steps: steps}
		plan := Plan{Request: request.Spec{URL: "http://" + peer(t, server.serve), Body: request.Body{Size: 300_000}}, Route: route.Spec{Proxy: route.NoProxy}, Transport: transport.Spec{ExpectContinue: true, ExpectTimeout: 5 * time.Second}}
		if want == stats.Ignored {
			plan.Transport.ExpectTimeout = 20 * time.Millisecond
		}
		x, err := Once(context.Background(), plan, 0)
		if err != nil || x.Err != nil {
			t.Fatal(err, x.Err)
		}
		if o := x.Observation; o.Continue != want || (o.Uploaded == 0) != (want == stats.Spared) || (o.BodySaved != 0) != (want == stats.Spared) {
			t.Errorf("%v: %+v", steps, o)
		}
		if !bytes.Contains(x.RequestHead, []byte("\r\nExpect: 100-continue\r\n")) {
			t.Errorf("the head is %q", x.RequestHead)
		}
	}
}
