package http1

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"unsafe"
)

// An answer is all that a response said of the bytes that it was fed.
type answer struct {
	status       int
	reason, note string
	body         string
	interim      int
	reuse        bool
	used         int   // bytes, up to the end of the answer
	err          error // a protocolError or one of io's
}

// readAnswer feeds the pieces, then the end of the connection if it must.
func readAnswer(t testing.TB, method string, pieces ...[]byte) (a answer) {
	t.Helper()
	var body []byte
	r := Response{OnBody: func(b []byte) { body = append(body, b...) }}
	r.Reset(method)
	done := false
	for _, piece := range pieces {
		n, ended, err := r.Feed(piece)
		if a.used += n; err != nil {
			return answer{err: kind(t, err)}
		}
		if done = ended; done {
			break
		}
		if n != len(piece) {
			t.Fatalf("feed used %d of %d bytes and wants more", n, len(piece))
		}
	}
	if !done {
		if done, err := r.EOF(); err != nil || !done {
			return answer{err: kind(t, err)}
		}
	}
	if r.BodyBytes != int64(len(body)) || !r.Started {
		t.Fatalf("ended with started %v, %d body bytes counted, %d seen", r.Started, r.BodyBytes, len(body))
	}
	a.status, a.reason, a.note, a.body = r.Status, r.Reason, r.Note, string(body)
	a.interim, a.reuse = r.Interim, r.Reuse
	return a
}

func kind(t testing.TB, err error) error {
	t.Helper()
	var refused protocolError
	switch {
	case errors.As(err, &refused):
		return refused
	case err == io.EOF, err == io.ErrUnexpectedEOF:
		return err
	}
	t.Fatalf("error of no known kind: %v", err)
	return nil
}

// crlf writes an answer as it goes over the wire: "|" is CRLF.
func crlf(s string) string { return strings.ReplaceAll(s, "|", "\r\n") }

// A shape is one answer as servers send it. The bytes are the whole of the answer; "|" is CRLF.
type shape struct {
	name   string
	method string // default PUT
	bytes  string
	want   answer // used is filled in: all of the bytes
}

var shapes = []shape{
	{"nginx 204", "", "HTTP/1.1 204 No Content|Server: nginx/1.22.1|Date: Sat, 22 Nov 2025 22:20:00 GMT|Connection: keep-alive||",
		answer{status: 204, reuse: true}},
	{"nginx 201", "", "HTTP/1.1 201 Created|Server: nginx/1.22.1|Content-Length: 0|Location: http://h/a|Connection: keep-alive||",
		answer{status: 201, reuse: true}},
	{"apache 200", "", "HTTP/1.1 200 OK|Date: Sat, 22 Nov 2025 22:20:00 GMT|Keep-Alive: timeout=5, max=100|Connection: Keep-Alive|" +
		"Content-Length: 5|Content-Type: text/html||hello", answer{status: 200, body: "hello", reuse: true}},
	{"python simple server", "", "HTTP/1.0 501 Unsupported method ('PUT')|Connection: close|Content-Length: 3||no\n",
		answer{status: 501, reason: "Unsupported method ('PUT')", body: "no\n"}},
	{"HTTP/1.0 until close", "", "HTTP/1.0 200 OK|Server: old||all of it", answer{status: 200, body: "all of it"}},
	{"HTTP/1.0 keep-alive", "", "HTTP/1.0 200 OK|connection: Keep-Alive|content-length: 2||ok",
		answer{status: 200, body: "ok", reuse: true}},
	{"HTTP/1.0 knows no chunks", "", "HTTP/1.0 200 OK|Transfer-Encoding: gzip|Content-Length: 2||ok", answer{status: 200, body: "ok"}},
	{"HTTP/1.1 until close", "", "HTTP/1.1 200 OK||all of it", answer{status: 200, body: "all of it"}},
	{"until close, empty", "", "HTTP/1.1 200 OK||", answer{status: 200}},
	{"close on every answer", "", "HTTP/1.1 204 No Content|Connection: close||", answer{status: 204}},
	{"close among other tokens", "", "HTTP/1.1 204 No Content|Connection: foo , CLOSE,bar||", answer{status: 204}},
	{"close in a second header", "", "HTTP/1.1 204 No Content|Connection: keep-alive|Connection: close||", answer{status: 204}},
	{"close is a word, not a part of one", "", "HTTP/1.1 204 No Content|Connection: closed, unclose||", answer{status: 204, reuse: true}},
	{"empty phrase", "", "HTTP/1.1 204 |Server: x||", answer{status: 204, reuse: true}},
	{"no phrase and no space", "", "HTTP/1.1 204|Server: x||", answer{status: 204, reuse: true}},
	{"phrase of its own", "", "HTTP/1.1 201 Stored  well |Content-Length: 0||",
		answer{status: 201, reason: "Stored  well", reuse: true}},
	{"phrase with control bytes", "", "HTTP/1.1 200 \x1b[31mred\xff|Content-Length: 0||",
		answer{status: 200, reason: "?[31mred?", reuse: true}},
	{"phrase without end", "", "HTTP/1.1 200 " + strings.Repeat("x", 999) + "|Content-Length: 0||",
		answer{status: 200, reason: strings.Repeat("x", quoteMax), reuse: true}},
	{"two spaces before the code", "", "HTTP/1.1  204 No Content||", answer{status: 204, reuse: true}},
	{"code of no class", "", "HTTP/1.1 999 Denied|Content-Length: 0||", answer{status: 999, reason: "Denied", reuse: true}},
	{"bare LF", "", "HTTP/1.1 200 OK\nContent-Length: 2\n\nok", answer{status: 200, body: "ok", reuse: true}},
	{"later minor version", "", "HTTP/1.7 204 No Content||", answer{status: 204, reuse: true}},
	{"204 with a length", "", "HTTP/1.1 204 No Content|Content-Length: 5||", answer{status: 204, reuse: true}},
	{"204 with chunks", "", "HTTP/1.1 204 No Content|Transfer-Encoding: chunked||", answer{status: 204, reuse: true}},
	{"304 with a length", "", "HTTP/1.1 304 Not Modified|Content-Length: 5||", answer{status: 304, reuse: true}},
	{"HEAD with a length", "HEAD", "HTTP/1.1 200 OK|Content-Length: 5||", answer{status: 200, reuse: true}},
	{"HEAD with chunks", "HEAD", "HTTP/1.1 200 OK|Transfer-Encoding: chunked||", answer{status: 200, reuse: true}},
	{"HEAD with neither", "HEAD", "HTTP/1.1 200 OK||", answer{status: 200, reuse: true}},
	{"chunks", "", "HTTP/1.1 200 OK|Transfer-Encoding: chunked||5|hello|00b| and\r\nmore.|0||",
		answer{status: 200, body: "hello and\r\nmore.", reuse: true}},
	{"chunks with extensions", "", "HTTP/1.1 200 OK|Transfer-Encoding: Chunked||2;a=\"b\"|ok|A \t|0123456789|0;last||",
		answer{status: 200, body: "ok0123456789", reuse: true}},
	{"chunks with a trailer", "", "HTTP/1.1 200 OK|Transfer-Encoding: chunked|Trailer: X||2|ok|0|X: y| folded|Content-Length: 7||",
		answer{status: 200, body: "ok", reuse: true}},
	{"chunks and close", "", "HTTP/1.1 200 OK|Connection: close|Transfer-Encoding: chunked||0||", answer{status: 200}},
	{"chunks before length", "", "HTTP/1.1 200 OK|Content-Length: 9|Transfer-Encoding: chunked||2|ok|0||",
		answer{status: 200, body: "ok", reuse: true}},
	{"the same length twice", "", "HTTP/1.1 200 OK|Content-Length: 2|Content-Length: 2 ||ok", answer{status: 200, body: "ok", reuse: true}},
	{"one 100", "", "HTTP/1.1 100 Continue||HTTP/1.1 204 No Content||", answer{status: 204, interim: 1, reuse: true}},
	{"two 100 in a row", "", "HTTP/1.1 100 Continue||HTTP/1.1 100 Continue||HTTP/1.1 201 Created|Content-Length: 0||",
		answer{status: 201, interim: 2, reuse: true}},
	{"interim headers say nothing", "", "HTTP/1.0 102 Processing|Connection: close||HTTP/1.1 103 Early Hints|Content-Length: 7|" +
		"Transfer-Encoding: chunked|Link: </a>||HTTP/1.1 200 OK|Content-Length: 2||ok",
		answer{status: 200, body: "ok", interim: 2, reuse: true}},
	{"405", "", "HTTP/1.1 405 Method Not Allowed|Location: /b|Allow: GET, HEAD|Content-Length: 0||",
		answer{status: 405, note: "Allow: GET, HEAD", reuse: true}},
	{"429", "", "HTTP/1.1 429 Too Many Requests|retry-after:  120|Content-Length: 0||",
		answer{status: 429, note: "Retry-After: 120", reuse: true}},
	{"401", "", "HTTP/1.1 401 Unauthorized|WWW-Authenticate: Digest realm=\"a\", nonce=\"b\"|Content-Length: 0||",
		answer{status: 401, note: "WWW-Authenticate: Digest", reuse: true}},
	{"307", "", "HTTP/1.1 307 Temporary Redirect|Location: /b|Location: /c|Content-Length: 0||",
		answer{status: 307, note: "Location: /b", reuse: true}},
	{"413 and close", "", "HTTP/1.1 413 Request Entity Too Large|Connection: close|Content-Length: 4||nope",
		answer{status: 413, body: "nope"}},
	{"header folded", "", "HTTP/1.1 200 OK|X-Old: a|\tb|  |Content-Length: 2||ok", answer{status: 200, body: "ok", reuse: true}},
	{"empty header, odd names", "", "HTTP/1.1 204 No Content|X-Empty:|Content-Length : 5|odd name: x|!#$%&'*+-.^_`~: x||",
		answer{status: 204, reuse: true}},
	{"the longest length", "HEAD", "HTTP/1.1 200 OK|Content-Length: 9223372036854775807||", answer{status: 200, reuse: true}},
	{"chunks as wasteful as may be", "", "HTTP/1.1 200 OK|Transfer-Encoding: chunked||" + wasteful + "0||",
		answer{status: 200, body: "oooooooo", reuse: true}},
	{"long trailer", "", "HTTP/1.1 200 OK|Transfer-Encoding: chunked||0|X: " + strings.Repeat("y", 2*chunkLineMax) + "||",
		answer{status: 200, reuse: true}},
	{"body after a long header", "", "HTTP/1.1 200 OK|Content-Length: 2|X: " + strings.Repeat("y", 700) + "||ok",
		answer{status: 200, body: "ok", reuse: true}},
}

// wasteful is eight chunks that together have just so much framing as wasteMax allows: each 16 bytes and 2 beyond
// what its one byte of data excuses, and 2048 more.
var wasteful = strings.Repeat("1;"+strings.Repeat("x", wasteMax/8+14)+"|o|", 8)

func init() {
	for i := range shapes {
		s := &shapes[i]
		s.bytes = crlf(s.bytes)
		s.want.used = len(s.bytes)
		if s.method == "" {
			s.method = "PUT"
		}
	}
}

func eachShape(t *testing.T, f func(t *testing.T, s *shape, b []byte)) {
	for i := range shapes {
		t.Run(shapes[i].name, func(t *testing.T) { f(t, &shapes[i], []byte(shapes[i].bytes)) })
	}
}

func TestShapesCutAnywhere(t *testing.T) {
	eachShape(t, func(t *testing.T, s *shape, b []byte) {
		if got := readAnswer(t, s.method, b); got != s.want {
			t.Fatalf("whole: %+v, want %+v", got, s.want)
		}
		if got := readAnswer(t, s.method, slices.Collect(slices.Chunk(b, 1))...); got != s.want {
			t.Errorf("byte by byte: %+v, want %+v", got, s.want)
		}
		for i := 0; i < len(b); i += 1 + len(b)/2000 {
			if got := readAnswer(t, s.method, b[:i], b[i:]); got != s.want {
				t.Errorf("cut at %d: %+v, want %+v", i, got, s.want)
			}
		}
	})
}

// An answer that broke off is an error, or ended where the close ends it; never does it leave a connection to reuse.
func TestShapesBrokenOffAnywhere(t *testing.T) {
	eachShape(t, func(t *testing.T, s *shape, b []byte) {
		for i := 0; i < len(b); i += 1 + len(b)/2000 {
			got := readAnswer(t, s.method, b[:i])
			untilClose := strings.Contains(s.name, "until close") && strings.HasPrefix(s.want.body, got.body)
			switch {
			case i == 0 && got.err != io.EOF:
				t.Errorf("closed before a byte came: %+v", got)
			case i > 0 && got.err != io.ErrUnexpectedEOF && (!untilClose || got.reuse):
				t.Errorf("broken off at %d: %+v", i, got)
			}
		}
	})
}

// What follows an answer stays with the caller, who then knows that the connection is of no more use.
func TestShapesLeaveWhatFollows(t *testing.T) {
	eachShape(t, func(t *testing.T, s *shape, b []byte) {
		got := readAnswer(t, s.method, append(b, "HTTP/1.1 408 Request Timeout\r\n\r\n"...))
		if want := s.want; got != want && !strings.Contains(s.name, "until close") {
			t.Errorf("got %+v, want %+v", got, want)
		}
	})
}

// One response reads all shapes in turn: nothing of an answer is left in the next.
func TestShapesInARow(t *testing.T) {
	var r Response
	for range 2 {
		for i := range shapes {
			s := &shapes[i]
			r.Reset(s.method)
			_, done, err := r.Feed([]byte(s.bytes))
			if err == nil && !done {
				done, err = r.EOF()
			}
			got := answer{status: r.Status, reason: r.Reason, note: r.Note, interim: r.Interim, reuse: r.Reuse,
				body: s.want.body, used: s.want.used}
			if got != s.want || !done || err != nil || r.BodyBytes != int64(len(s.want.body)) {
				t.Errorf("%s: %+v, done %v, %v; want %+v", s.name, got, done, err, s.want)
			}
		}
	}
}

// The first byte of the final answer came with the last piece of which began is true; started follows.
func TestBeganMarksTheFinalStatusLine(t *testing.T) {
	var r Response
	r.Reset("PUT")
	for i, step := range []struct {
		piece          string
		began, started bool
	}{
		{"H", true, false}, // might be the final answer's
		{"TTP/1.1 100 Continue\r\n", false, false},
		{"\r\n", false, false},
		{"HTTP/1.1 103 Early Hints\r\n\r\nHT", true, false},
		{"TP/1.1 20", false, false},
		{"0 OK\r", false, false},
		{"\n", false, true},
		{"Content-Length: 1\r\n\r\n", false, true},
		{"x", false, true},
	} {
		if _, _, err := r.Feed([]byte(step.piece)); err != nil || r.Began != step.began || r.Started != step.started {
			t.Errorf("piece %d %q: began %v, started %v, %v", i, step.piece, r.Began, r.Started, err)
		}
	}
	if r.Status != 200 || r.Interim != 2 {
		t.Errorf("status %d after %d interim answers", r.Status, r.Interim)
	}
}

func TestHeaderHookSeesTheFinalHeaderOnly(t *testing.T) {
	var seen []string
	r := Response{OnHeader: func(name, value []byte) { seen = append(seen, fmt.Sprintf("%s=%s", name, value)) }}
	r.Reset("PUT")
	r.Feed([]byte(crlf("HTTP/1.1 103 Early Hints|Link: a||HTTP/1.1 200 OK|ETag: \"b\" |X:|\tfolded |Transfer-Encoding: chunked||0|T: c||")))
	if got, want := strings.Join(seen, " "), `ETag="b" X= =folded Transfer-Encoding=chunked`; got != want {
		t.Errorf("saw %s, want %s", got, want)
	}
}

func TestOrdinaryAnswersAllocateNothing(t *testing.T) {
	for _, name := range []string{"nginx 204", "apache 200", "phrase of its own", "chunks", "two 100 in a row"} {
		i := slices.IndexFunc(shapes, func(s shape) bool { return s.name == name })
		b := []byte(shapes[i].bytes)
		var r Response
		allocs := testing.AllocsPerRun(100, func() {
			r.Reset("PUT")
			r.Feed(b[:20])
			if _, done, err := r.Feed(b[20:]); !done || err != nil {
				t.Fatal(done, err)
			}
		})
		if allocs != 0 {
			t.Errorf("%s: %v allocations", name, allocs)
		}
	}
}

func TestIdleConnectionsAreSmall(t *testing.T) {
	for _, long := range []int{40, 60, 100, 5000} {
		var r Response
		r.Reset("PUT")
		for _, c := range []byte(crlf("HTTP/1.1 204 No Content|X: " + strings.Repeat("y", long) + "||")) {
			r.Feed([]byte{c})
		}
		if held := int(unsafe.Sizeof(r)) + cap(r.line); held > 256 || !r.Reuse {
			t.Errorf("after a line of %d bytes an idle connection's response holds %d", long, held)
		}
	}
}

func BenchmarkResponse(b *testing.B) {
	for _, name := range []string{"nginx 204", "apache 200", "chunks"} {
		i := slices.IndexFunc(shapes, func(s shape) bool { return s.name == name })
		piece := []byte(shapes[i].bytes)
		b.Run(name, func(b *testing.B) {
			var r Response
			b.ReportAllocs()
			for b.Loop() {
				r.Reset("PUT")
				r.Feed(piece)
			}
		})
	}
}
