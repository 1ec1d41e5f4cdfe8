package putserver

import (
	"bufio"
	"crypto/md5"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// What is stored comes back as it was sent, with what was said of it.
func TestTypeAndCodingComeBack(t *testing.T) {
	s := behind(t, Config{})
	s.want(201, "PUT", "/a", "{}", "Content-Type", "application/json", "Content-Encoding", "br")
	for _, method := range []string{"GET", "HEAD"} {
		h := s.want(200, method, "/a", "").Header
		if h.Get("Content-Type") != "application/json" || h.Get("Content-Encoding") != "br" {
			t.Errorf("%s: %v", method, h)
		}
	}
	s.want(204, "PUT", "/a", "x")
	if h := s.want(200, "GET", "/a", "").Header; h.Get("Content-Type") != "application/octet-stream" || h.Get("Content-Encoding") != "" {
		t.Errorf("without a type: %v", h)
	}
}

func TestDates(t *testing.T) {
	inVirtualTime(t, Config{}, func(t *testing.T, s served, _ *pipes) {
		s.want(201, "PUT", "/a", "x", "If-Unmodified-Since", "Mon, 01 Jan 1990 00:00:00 GMT") // of nothing, which has no date
		at := s.want(200, "GET", "/a", "").Header.Get("Last-Modified")
		before := time.Now().Add(-time.Hour).UTC().Format(http.TimeFormat)
		s.want(304, "GET", "/a", "", "If-Modified-Since", at)
		s.want(200, "GET", "/a", "", "If-Modified-Since", before)
		s.want(200, "GET", "/a", "", "If-Modified-Since", at, "If-None-Match", `"other"`) // which goes before
		s.want(412, "GET", "/a", "", "If-Unmodified-Since", before)
		time.Sleep(2 * time.Second)
		s.want(412, "PUT", "/a", "y", "If-Unmodified-Since", before)
		s.want(204, "PUT", "/a", "y", "If-Unmodified-Since", "yesterday")
		s.want(412, "PUT", "/a", "z", "If-Unmodified-Since", at)
		s.want(412, "DELETE", "/a", "", "If-Unmodified-Since", at)
		s.want(204, "PUT", "/a", "y", "If-Modified-Since", at) // means nothing to a PUT
	})
}

func TestBothConditions(t *testing.T) {
	s := behind(t, Config{})
	tag := s.want(201, "PUT", "/a", "x").Header.Get("ETag")
	s.want(304, "GET", "/a", "", "If-Match", tag, "If-None-Match", tag)
	s.want(412, "PUT", "/a", "y", "If-Match", tag, "If-None-Match", tag)
	if h := s.want(304, "HEAD", "/a", "", "If-None-Match", tag).Header; h.Get("ETag") != tag {
		t.Errorf("304 with %v", h)
	}
}

func b64(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

func TestDigests(t *testing.T) {
	s := behind(t, Config{})
	const body = "hello"
	m, s2, s5 := md5.Sum([]byte(body)), sha256.Sum256([]byte(body)), sha512.Sum512([]byte(body))
	for _, c := range []struct{ header, right, wrong string }{
		{"Content-MD5", b64(m[:]), b64(m[1:])},
		{"Content-Digest", "sha-256=:" + b64(s2[:]) + ":", "sha-256=:" + b64(s5[:]) + ":"},
		{"Content-Digest", "sha-512=:" + b64(s5[:]) + ":;q=1, sha-256=:" + b64(s2[:]) + ":", "sha-512=:" + b64(s2[:]) + ":"},
		{"Content-Digest", "crc32c=:AAAAAA==:", "sha-256=" + b64(s2[:])},
		{"Repr-Digest", "sha-256=:" + b64(s2[:]) + ":", "crc32c=:AAAAAA==:, sha-256=:!:"},
		{"X-Amz-Checksum-Sha256", b64(s2[:]), b64(m[:])},
		{"X-Amz-Checksum-Sha1", "qvTGHdzF6KLavt4PO0gs2a6pQ00=", "AvTGHdzF6KLavt4PO0gs2a6pQ00="},
		{"X-Amz-Checksum-Crc32", "NhCmhg==", "NhCmhw=="},
		{"X-Amz-Checksum-Crc32c", "mnG7TA==", "mnG7TQ=="},
	} {
		path := "/" + c.header
		s.want(201, "PUT", path, body, c.header, c.right)
		s.want(400, "PUT", path, body, c.header, c.wrong)
		s.want(204, "DELETE", path, "")
		s.want(400, "PUT", path, body, c.header, c.wrong)
		s.want(404, "GET", path, "")
	}
}

func TestRefusals(t *testing.T) {
	s := behind(t, Config{})
	tag := s.want(201, "PUT", "/a", "x").Header.Get("ETag")
	s.want(400, "PUT", "/a", "y", "Content-Range", "bytes 0-0/1")
	if accept := s.want(415, "PUT", "/a", "y", "Content-Encoding", "gzip, x-rot13").Header.Get("Accept-Encoding"); accept == "" {
		t.Error("415 without Accept-Encoding")
	}
	if h := s.want(200, "GET", "/a", "").Header; h.Get("ETag") != tag {
		t.Errorf("a refused PUT changed the object: %v", h)
	}
	for path, allow := range map[string]string{"/a": "GET, HEAD, PUT, DELETE, OPTIONS", "/readonly/a": "GET, HEAD, OPTIONS"} {
		if got := s.want(204, "OPTIONS", path, "").Header.Get("Allow"); got != allow {
			t.Errorf("OPTIONS %s: Allow %q", path, got)
		}
	}
	s.want(405, "PUT", "/x/../readonly/a", "x")
}

func TestNames(t *testing.T) {
	for _, c := range []struct{ sent, want string }{
		{"/a/b", "/a/b"},
		{"", "/"},
		{"/a/", "/a/"},
		{"//a", "//a"},
		{"/A%2fb", "/A%2Fb"},
		{"/%7Eb%2Dc%5f%2e", "/~b-c_."},
		{"/a+b%2bc%20d", "/a+b%2Bc%20d"},
		{"/é", "/%C3%A9"},
		{"/%c3%a9", "/%C3%A9"},
		{"/e%CC%81", "/e%CC%81"},
		{`/"|%2F`, "/%22%7C%2F"},
		{"/a/./b/../c", "/a/c"},
		{"/a/%2E%2e/c", "/c"},
		{"/../../c", "/c"},
		{"/a/b/..", "/a/"},
		{"/a/.", "/a/"},
		{"/..", "/"},
		{"/a//../b", "/a/b"},
		{"/.a/..b/...", "/.a/..b/..."},
		{"*", "*"},
	} {
		u, err := url.ParseRequestURI(c.sent)
		if c.sent == "" || c.sent == "*" {
			u, err = &url.URL{Path: c.sent}, nil
		}
		if err != nil {
			t.Fatal(err)
		}
		if got := nameOf(u); got != c.want {
			t.Errorf("%s: %s, want %s", c.sent, got, c.want)
		}
	}
	if n := testing.AllocsPerRun(100, func() { nameOf(&url.URL{Path: "/objects/17"}) }); n != 0 {
		t.Errorf("a plain name costs %v allocations", n)
	}
}

// raw sends text on a connection of its own and gives what comes back, head and body, until the other end closes; ends
// says that ours ends after the text.
func raw(t testing.TB, s *Server, text string, ends bool) string {
	t.Helper()
	c := dial(t, s)
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
	if ends {
		_ = c.(*net.TCPConn).CloseWrite()
	}
	got, _ := io.ReadAll(c)
	return string(got)
}

// What the head decides is said before the body, where the client waits for a word or the body is large.
func TestRefusedBeforeTheBody(t *testing.T) {
	s := onLoopback(t, Config{User: "a:b"}, (*Server).Serve)
	put := func(path, header string) string {
		return "PUT " + path + " HTTP/1.1\r\nHost: x\r\nAuthorization: Basic YTpi\r\n" + header + "\r\n"
	}
	raw(t, s, put("/a", "Content-Length: 1\r\nConnection: close\r\n")+"x", false)
	for _, c := range []struct{ name, text, want string }{
		{"412", put("/a", "Content-Length: 9\r\nExpect: 100-continue\r\nIf-None-Match: *\r\n"), "412"},
		{"412, chunked", put("/a", "Transfer-Encoding: chunked\r\nExpect: 100-continue\r\nIf-None-Match: *\r\n"), "412"},
		{"412, large", put("/a", "Content-Length: 99999999\r\nIf-None-Match: *\r\n"), "412"},
		{"400", put("/a", "Content-Length: 9\r\nExpect: 100-continue\r\nContent-Range: bytes 0-8/10\r\n"), "400"},
		{"415", put("/a", "Content-Length: 9\r\nExpect: 100-continue\r\nContent-Encoding: x\r\n"), "415"},
		{"405", put("/readonly/a", "Content-Length: 9\r\nExpect: 100-continue\r\n"), "405"},
		{"401", "PUT /a HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n", "401"},
		{"417", put("/a", "Content-Length: 9\r\nExpect: the-worst\r\n"), "417"},
	} {
		conn := dial(t, s)
		fmt.Fprint(conn, c.text)
		if a, err := http.ReadResponse(bufio.NewReader(conn), nil); err != nil || fmt.Sprint(a.StatusCode) != c.want || !a.Close {
			t.Errorf("%s: %+v, %v", c.name, a, err)
		}
		_ = conn.Close()
	}
	c := dial(t, s)
	r := bufio.NewReader(c)
	fmt.Fprint(c, put("/b", "Content-Length: 5\r\nExpect: 100-continue\r\nIf-None-Match: *\r\n"))
	if line, _ := r.ReadString('\n'); line != "HTTP/1.1 100 Continue\r\n" {
		t.Errorf("%q, want to be asked to go on", line)
	}
	_, _ = r.ReadString('\n')
	fmt.Fprint(c, "hello")
	if line, _ := r.ReadString('\n'); line != "HTTP/1.1 201 Created\r\n" {
		t.Errorf("%q", line)
	}
}

func TestHTTP10(t *testing.T) {
	s := onLoopback(t, Config{}, (*Server).Serve)
	if got := raw(t, s, "PUT /a HTTP/1.0\r\nContent-Length: 5\r\n\r\nhello", false); !strings.HasPrefix(got, "HTTP/1.0 201") {
		t.Errorf("PUT: %q", got)
	}
	if got := raw(t, s, "GET /a HTTP/1.0\r\n\r\n", false); !strings.HasPrefix(got, "HTTP/1.0 200") || !strings.HasSuffix(got, "\r\n\r\nhello") {
		t.Errorf("GET: %q", got)
	}
}

// cuts are the uploads that end too early, by form.
var cuts = map[string]string{
	"length":  "PUT /a HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n01234",
	"chunked": "PUT /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n01234\r\n",
}

func TestCutUploadsLeaveNothing(t *testing.T) {
	for form, text := range cuts {
		s := onLoopback(t, Config{}, (*Server).Serve)
		raw(t, s, text, true)
		if s.store.get("/a") != nil {
			t.Errorf("%s: a part is stored", form)
		}
		raw(t, s, "PUT /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nConnection: close\r\n\r\nold", false)
		raw(t, s, text, true)
		if o := s.store.get("/a"); string(o.body) != "old" {
			t.Errorf("%s: %q stands where the old was", form, o.body)
		}
	}
}

// race sends n PUTs at once and counts the answers by status.
func (s served) race(n int, path string, header ...string) (status map[int]int) {
	status = map[int]int{}
	var all sync.WaitGroup
	var mu sync.Mutex
	ready := make(chan struct{})
	for i := range n {
		all.Go(func() {
			<-ready
			a, _ := s.send("PUT", path, fmt.Sprintf("body %d", i), header...)
			mu.Lock()
			defer mu.Unlock()
			status[a.StatusCode]++
		})
	}
	close(ready)
	all.Wait()
	return status
}

func TestRacesHaveOneWinner(t *testing.T) {
	s := behind(t, Config{})
	for round := range 50 {
		path := fmt.Sprint("/", round)
		if got := s.race(8, path, "If-None-Match", "*"); got[201] != 1 || got[412] != 7 {
			t.Fatalf("creators: %v", got)
		}
		tag := s.want(200, "HEAD", path, "").Header.Get("ETag")
		s.want(204, "PUT", path, "of nobody")
		s.want(412, "PUT", path, "x", "If-Match", tag)
		tag = s.want(200, "HEAD", path, "").Header.Get("ETag")
		if got := s.race(8, path, "If-Match", tag); got[204] != 1 || got[412] != 7 {
			t.Fatalf("updaters: %v", got)
		}
	}
}

// whole says of an answer whether it is one of the bodies that writers write, each of one letter.
func whole(body string) bool { return body == "" || strings.Count(body, body[:1]) == len(body) }

// readWhileWritten counts answers to GET that are no body that anybody sent, while two write.
func (s served) readWhileWritten(size, writes int) (torn int) {
	s.want(201, "PUT", "/t", strings.Repeat("z", size))
	var done atomic.Int32
	var all sync.WaitGroup
	for i := range 2 {
		all.Go(func() {
			defer done.Add(1)
			for k := range writes {
				s.send("PUT", "/t", strings.Repeat(string(rune('a'+2*k+i)), size-1000*k))
			}
		})
	}
	for done.Load() < 2 {
		if a, body := s.send("GET", "/t", ""); !whole(body) || int64(len(body)) != a.ContentLength {
			torn++
		}
	}
	all.Wait()
	return torn
}

func TestReadsAreWhole(t *testing.T) {
	if torn := behind(t, Config{}).readWhileWritten(1<<20, 5); torn != 0 {
		t.Errorf("%d reads saw a mixture", torn)
	}
}
