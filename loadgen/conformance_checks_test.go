//go:build unix

package loadgen

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"shotput/loadgen/answer"
	"shotput/loadgen/request"
	"shotput/loadgen/route"
	"shotput/loadgen/transport"

	"shotput/stats"
)

// ok200 is an answer with these header lines and this body.
func ok200(body string, lines ...string) string {
	return fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n%s\r\n%s", len(body), strings.Join(append(lines, ""), "\r\n"), body)
}

// packed is what a compressor makes of text.
func packed(text string, to func(io.Writer) io.WriteCloser) string {
	var b bytes.Buffer
	w := to(&b)
	io.WriteString(w, text)
	w.Close()
	return b.String()
}

// Checks look at the same on both engines, and so does the preflight; what does not hold is an outcome of its own.
func TestEnginesAgreeOnChecks(t *testing.T) {
	t.Parallel()
	far := strings.Repeat("x", 1<<20-4)
	toGzip := func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }
	toZlib := func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) }
	toFlate := func(w io.Writer) io.WriteCloser {
		f, _ := flate.NewWriter(w, 1)
		return f
	}
	for name, c := range map[string]struct {
		answer string
		plan   Plan
		why    string // "": all hold
	}{
		"header":          {ok200("", "ETag: a"), Plan{Answer: answer.Spec{Header: []string{"etag: a"}}}, ""},
		"no header":       {ok200("", "X-ETag: a"), Plan{Answer: answer.Spec{Header: []string{"ETag"}}}, "header ETag is missing"},
		"header of a 103": {"HTTP/1.1 103 Early Hints\r\nETag: a\r\n\r\n" + ok200(""), Plan{Answer: answer.Spec{Header: []string{"ETag"}}}, "header ETag is missing"},
		"folded header":   {ok200("", "X-Long: a", "\t b"), Plan{Answer: answer.Spec{Header: []string{"X-Long: a b"}}}, ""},
		"header, unread":  {ok200("body", "ETag: a"), Plan{Answer: answer.Spec{Header: []string{"ETag: b"}}, Transport: transport.Spec{SkipBody: true}}, `header ETag is "a", expected "b"`},
		"length":          {ok200("hello"), Plan{Answer: answer.Spec{Header: []string{"Content-Length: 5"}}}, ""},
		"body":            {ok200("hello"), Plan{Answer: answer.Spec{Body: "^h.*o$"}}, ""},
		"other body":      {ok200("hello"), Plan{Answer: answer.Spec{Body: "ok"}}, `body does not match /ok/: "hello"`},
		"chunked": {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
			Plan{Answer: answer.Spec{Body: "^abcde$"}}, ""},
		"no body": {"HTTP/1.1 204 No Content\r\n\r\n", Plan{Answer: answer.Spec{Body: "x"}}, `body does not match /x/: ""`},
		"json":    {ok200(`{"status":"busy"}`), Plan{Answer: answer.Spec{JSON: `status == "ok"`}}, `json status is "busy", expected == "ok"`},
		"near":    {ok200(far + "near"), Plan{Answer: answer.Spec{Body: "near$"}}, ""},
		"far":     {ok200(far + "a far"), Plan{Answer: answer.Spec{Body: "far"}}, "body does not match /far/: \"" + far[:80] + "\"… (only its first MiB was looked at)"},
		"gzip":    {ok200(packed(`{"a":1}`, toGzip), "Content-Encoding: gzip"), Plan{Answer: answer.Spec{JSON: "a == 1"}, Request: request.Spec{Compressed: true}}, ""},
		"deflate": {ok200(packed(`{"a":1}`, toZlib), "content-encoding: deflate"), Plan{Answer: answer.Spec{JSON: "a == 1"}, Request: request.Spec{Compressed: true}}, ""},
		"raw":     {ok200(packed(`{"a":1}`, toFlate), "Content-Encoding: DEFLATE"), Plan{Answer: answer.Spec{JSON: "a == 2"}, Request: request.Spec{Compressed: true}}, "json a is 1, expected == 2"},
		"bomb": {ok200(packed(strings.Repeat(" ", 50<<20), toGzip), "Content-Encoding: gzip"), Plan{Answer: answer.Spec{JSON: "a == 1"}, Request: request.Spec{Compressed: true}},
			"body is longer than 1 MiB, too long for a check of its json"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEngines(t, func(t *testing.T, engine string) {
				plan := c.plan
				plan.Request.URL, plan.Load.Concurrency, plan.Load.Requests = "http://"+peer(t, answers(c.answer)), 2, 6
				plan.on(engine)
				plan.Route.Proxy = route.NoProxy // with a preflight, which goes on whatever a check says
				sink := new(keep)
				if _, err := Run(context.Background(), plan, sink); err != nil {
					t.Fatal(err)
				}
				wantConserved(t, sink.run)
				wantCheck(t, sink.run, c.why)
				x, err := Once(context.Background(), plan, 0)
				if err != nil || (x.Observation.Outcome == stats.CheckFailed) != (c.why != "") || x.Observation.Detail != c.why {
					t.Errorf("once: %+v (%v), want %q", x.Observation, err, c.why)
				}
			})
		})
	}
}

// wantCheck: all six failed a check for this reason, or none did.
func wantCheck(t *testing.T, r *stats.Run, why string) {
	t.Helper()
	if why == "" {
		if r.Totals.OK != 6 {
			t.Errorf("ended: %s; want all ok: %+v", endings(r), r.Outcomes)
		}
		return
	}
	if len(r.Outcomes) != 1 || r.Outcomes[0].Outcome != stats.CheckFailed || r.Outcomes[0].Count != 6 || r.Totals.Failed != 6 {
		t.Fatalf("ended: %s; want 6 × check: %+v", endings(r), r.Outcomes)
	}
	if got := r.Outcomes[0].Example; got != why {
		t.Errorf("the example is %s\nwant %s", got, why)
	}
}

// A status that was not expected is what is told of, not the check; one that was expected is checked whatever it is.
func TestEnginesAgreeOnWhatIsChecked(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, engine string) {
		server := peer(t, answers("HTTP/1.1 409 Conflict\r\nContent-Length: 4\r\n\r\nbusy"))
		plan := Plan{Request: request.Spec{URL: "http://" + server}, Answer: answer.Spec{Body: "ok"}, Load: Load{Concurrency: 1, Requests: 2}}
		if got := endings(fireOn(t, engine, plan).run); got != "2 × 409 Conflict, 2 × status 409" {
			t.Errorf("ended: %s", got)
		}
		plan.Answer.Status, _ = answer.ParseStatusSet("409")
		if got := endings(fireOn(t, engine, plan).run); got != "2 × 409 Conflict, 2 × check 409" {
			t.Errorf("ended: %s", got)
		}
	})
}

// What one answer leaves behind is not the next one's, however long it was.
func TestEnginesAgreeOnChecksInTurn(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, engine string) {
		long := ok200(strings.Repeat("long", 100_000), "ETag: a")
		server := &answersInTurn{answers: []string{long, ok200("short"), ok200("", "ETag: b")}}
		r := fireOn(t, engine, Plan{
			Request: request.Spec{URL: "http://" + peer(t, server.serve)},
			Answer:  answer.Spec{Header: []string{"ETag"}, Body: "^(long)+$"},
			Load:    Load{Concurrency: 1, Requests: 6},
		}).run
		if got := endings(r); got != "6 × 200 OK, 4 × check 200" || r.Outcomes[0].Example != "header ETag is missing" {
			t.Errorf("ended: %s: %+v", got, r.Outcomes)
		}
	})
}

// answersInTurn gives each request of a connection the next answer.
type answersInTurn struct{ answers []string }

func (s *answersInTurn) serve(c net.Conn) {
	r := bufio.NewReader(c)
	for i := 0; ; i++ {
		request, err := http.ReadRequest(r)
		if err != nil || drain(request) != nil {
			return
		}
		io.WriteString(c, s.answers[i%len(s.answers)])
	}
}
