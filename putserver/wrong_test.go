package putserver

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// A provocation says whether a server is wrong in one manner. It asks nothing that another manner would answer, and a
// server that is right must not seem wrong to any.
type provocation func(s served) (wrong bool)

// written is the ETag of a body written to a name.
func (s served) written(path, body string, header ...string) string {
	s.t.Helper()
	a, _ := s.send("PUT", path, body, header...)
	return a.Header.Get("ETag")
}

// status, body and field are what one request is answered.
func (s served) status(method, path, body string, header ...string) int {
	a, _ := s.send(method, path, body, header...)
	return a.StatusCode
}

func (s served) body(path string) string {
	a, body := s.send("GET", path, "")
	if a.StatusCode != 200 {
		return fmt.Sprint(a.StatusCode)
	}
	return body
}

func (s served) field(name, method, path string, header ...string) string {
	a, _ := s.send(method, path, "", header...)
	return a.Header.Get(name)
}

// becomes waits until something holds; false where it does not for as long as patience lasts.
func becomes(patience time.Duration, holds func() bool) bool {
	for end := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		if holds() {
			return true
		}
		if time.Now().After(end) {
			return false
		}
	}
}

// after says whether something holds of a wrong server in the end, and of a right one at once.
func (s served) after(holds func() bool) bool {
	if s.config.Wrong.String() == "" {
		return holds()
	}
	return becomes(10*time.Second, holds)
}

// wins says whether two of those who race under a header win in one of some rounds; the header is of the ETag there.
func (s served) wins(header string) bool {
	for round := range 30 {
		path, value := fmt.Sprint("/", round), "*"
		if header == "If-Match" {
			value = s.written(path, "old")
		}
		if s.race(4, path, header, value)[412] < 3 {
			return true
		}
	}
	return false
}

// cut sends both forms of an upload that is cut.
func (s served) cut() {
	for _, form := range []string{"length", "chunked"} {
		raw(s.t, s.Server, cuts[form], true)
	}
}

// same says whether what is stored under one path is read under another.
func (s served) same(path, other string) bool {
	s.written(path, "of "+path)
	return s.status("GET", other, "") == 200
}

const twice = "hello again"

var provocations = map[string]provocation{
	"append":    func(s served) bool { s.written("/a", "x"); s.written("/a", "y"); return s.body("/a") == "xy" },
	"tail-kept": func(s served) bool { s.written("/a", "old"); s.written("/a", "n"); return s.body("/a") == "nld" },
	"empty-ignored": func(s served) bool {
		return s.status("PUT", "/b", "") == 201 && s.body("/b") == "404" &&
			s.status("PUT", "/a", "x") == 201 && s.status("PUT", "/a", "") == 204 && s.body("/a") == "x"
	},
	"stored-not": func(s served) bool { return s.status("PUT", "/a", "x") == 201 && s.body("/a") == "404" },
	"accepted:1ms": func(s served) bool {
		return s.status("PUT", "/a", "x") == 202 && s.after(func() bool { return s.body("/a") == "x" })
	},
	"status-swapped": func(s served) bool { return s.status("PUT", "/a", "x") == 204 && s.status("PUT", "/a", "x") == 201 },
	"idempotent-not": func(s served) bool {
		s.written("/a", "x")
		a, _ := s.send("PUT", "/a", "x")
		where := a.Header.Get("Location")
		return a.StatusCode == 201 && where != "" && s.body(where) == "x" && s.body("/a") == "x"
	},
	"location-wrong": func(s served) bool {
		a, _ := s.send("PUT", "/a", "x")
		where := a.Header.Get("Location")
		return where != "" && s.body(where) == "404" && s.body("/a") == "x"
	},
	"double-create": func(s served) bool {
		return s.wins("If-None-Match") && s.status("PUT", "/0", "x", "If-None-Match", "*") == 412
	},
	"lost-update": func(s served) bool {
		return s.wins("If-Match") && s.status("PUT", "/0", "x", "If-Match", `"other"`) == 412
	},
	"torn": func(s served) bool { return s.readWhileWritten(100_000, 3) > 0 && whole(s.body("/t")) },
	"interleaved": func(s served) bool {
		for round := range 30 {
			path := fmt.Sprint("/", round)
			var both sync.WaitGroup
			for _, letter := range []string{"a", "b"} {
				both.Go(func() { s.written(path, strings.Repeat(letter, 10)) })
			}
			both.Wait()
			if !whole(s.body(path)) {
				s.written(path, "alone")
				return s.body(path) == "alone"
			}
		}
		return false
	},
	"truncated-stored": func(s served) bool {
		raw(s.t, s.Server, strings.Replace(cuts["length"], "Host: x", "Host: x\r\nContent-Range: bytes 0-9/9", 1), true)
		refused := s.body("/a") == "404"
		s.cut()
		return s.body("/a") == "01234" && refused
	},
	"truncated-late:1ms": func(s served) bool { s.cut(); return s.after(func() bool { return s.body("/a") == "01234" }) },
	"empty-on-cut":       func(s served) bool { s.written("/a", "old"); s.cut(); return s.body("/a") == "" },
	"chunked-empty": func(s served) bool {
		raw(s.t, s.Server, cuts["chunked"]+"0\r\n\r\n", true)
		return s.body("/a") == "" && s.written("/b", "x") != "" && s.body("/b") == "x"
	},
	"digest-ignored": func(s served) bool {
		return s.status("PUT", "/a", "x", "Content-Digest", "sha-256=:AA==:") == 201 &&
			s.status("PUT", "/b", "x", "Content-MD5", "AA==") == 201
	},
	"digest-stored": func(s served) bool {
		return s.status("PUT", "/a", "x", "Content-MD5", "AA==") == 400 && s.body("/a") == "x" &&
			s.status("PUT", "/a", "y", "Content-Range", "bytes 0-0/1") == 400 && s.body("/a") == "x"
	},
	"stale:1m": func(s served) bool { return s.written("/a", "x") != "" && s.body("/a") == "404" },
	"type-lost": func(s served) bool {
		s.written("/a", "x", "Content-Type", "text/x")
		return s.field("Content-Type", "GET", "/a") != "text/x"
	},
	"head-differs": func(s served) bool {
		s.written("/a", "x")
		return s.field("Content-Length", "HEAD", "/a") != s.field("Content-Length", "GET", "/a")
	},
	"etag-static": func(s served) bool { return s.written("/a", "x") == s.written("/a", "longer") },
	"etag-collision": func(s served) bool {
		for range 5 { // one of them within a second
			if s.written("/a", "x") == s.written("/a", "y") {
				return s.written("/a", "x") != s.written("/a", "longer")
			}
		}
		return false
	},
	"etag-unstable": func(s served) bool {
		s.written("/a", "x")
		first := s.field("ETag", "GET", "/a")
		return s.field("ETag", "GET", "/a") != first
	},
	"etag-of-put": func(s served) bool { tag := s.written("/a", "x"); return s.field("ETag", "GET", "/a") != tag },
	"etag-weak-first:1m": func(s served) bool {
		return strings.HasPrefix(s.written("/a", "x"), "W/")
	},
	"etag-weak":        func(s served) bool { return strings.HasPrefix(s.written("/a", "x"), "W/") },
	"etag-none":        func(s served) bool { return s.written("/a", "x") == "" && s.field("ETag", "GET", "/a") == "" },
	"no-412":           func(s served) bool { return s.ignores("If-Match") && s.ignores("If-Unmodified-Since") },
	"no-if-match":      func(s served) bool { return s.ignores("If-Match") && !s.ignores("If-Unmodified-Since") },
	"no-if-none-match": func(s served) bool { return s.ignores("If-None-Match") && !s.ignores("If-Match") },
	"no-if-unmodified": func(s served) bool { return s.ignores("If-Unmodified-Since") && !s.ignores("If-Match") },
	"if-match-creates": func(s served) bool {
		return s.status("PUT", "/a", "x", "If-Match", `"a"`) == 201 && !s.ignores("If-Match")
	},
	"412-stored": func(s served) bool {
		s.written("/a", "x")
		return s.status("PUT", "/a", "y", "If-Match", `"a"`) == 412 && s.body("/a") == "y"
	},
	"412-late": func(s served) bool { s.written("/a", "x"); return s.answersFirst("/a", 5, "If-None-Match: *") == 100 },
	"413-late": func(s served) bool {
		s.written("/a", "x")
		return s.answersFirst("/b", mostForWrong+1, "") == 100 && s.answersFirst("/a", 5, "If-None-Match: *") == 412
	},
	"no-100":            func(s served) bool { return s.answersFirst("/a", 5, "") == 201 },
	"405-without-allow": func(s served) bool { return s.field("Allow", "POST", "/a") == "" },
	"options-without-put": func(s served) bool {
		allow := s.field("Allow", "OPTIONS", "/a")
		return allow != "" && !strings.Contains(allow, "PUT")
	},
	"content-range-whole": func(s served) bool {
		return s.status("PUT", "/a", "x", "Content-Range", "bytes 0-0/2") == 201 && s.body("/a") == "x"
	},
	"encoding-ignored": func(s served) bool {
		return s.status("PUT", "/a", "x", "Content-Encoding", "rot13") == 201 && s.field("Content-Encoding", "GET", "/a") == "" &&
			s.status("PUT", "/a", "x", "Content-Encoding", "br") == 204 && s.field("Content-Encoding", "GET", "/a") == "br"
	},
	"closes": func(s served) bool { a, _ := s.send("PUT", "/a", "x"); return a.Close },
	"gone:2": func(s served) bool {
		const get = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n"
		return strings.Count(raw(s.t, s.Server, get+get+get, true), "404 Not Found") == 2 && s.Stats().Broken == 1
	},
	"plus-space":       func(s served) bool { return s.same("/a+b", "/a%20b") },
	"case-folded":      func(s served) bool { return s.same("/Ab", "/aB") },
	"slash-decoded":    func(s served) bool { return s.same("/a%2Fb", "/a/b") },
	"slash-dropped":    func(s served) bool { return s.same("/a/", "/a") },
	"unicode-composed": func(s served) bool { return s.same("/caf%C3%A9", "/cafe%CC%81") },
	"name-cut":         func(s served) bool { return s.same("/"+strings.Repeat("x", 300), "/"+strings.Repeat("x", 301)) },
}

// ignores says whether a PUT goes through under a condition that fails.
func (s served) ignores(header string) bool {
	fails := map[string]string{"If-Match": `"other"`, "If-None-Match": "*", "If-Unmodified-Since": "Mon, 01 Jan 1990 00:00:00 GMT"}
	path := "/" + header
	s.written(path, "x")
	return s.status("PUT", path, "y", header, fails[header]) < 300
}

// answersFirst sends a head that asks for 100-continue, then, whatever comes, the body, and gives the first status.
func (s served) answersFirst(path string, size int, header string) int {
	s.t.Helper()
	c := dial(s.t, s.Server)
	defer c.Close()
	if header != "" {
		header += "\r\n"
	}
	fmt.Fprintf(c, "PUT %s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\nExpect: 100-continue\r\n%s\r\n", path, size, header)
	if s.conduct.mute {
		fmt.Fprint(c, twice[:size])
	}
	a, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		s.t.Error(err)
		return 0
	}
	return a.StatusCode
}

const mostForWrong = 1 << 20

// Each manner shows, and shows in nothing that is right.
func TestManners(t *testing.T) {
	provoked := map[string]bool{}
	for text, provoke := range provocations {
		name, _, _ := strings.Cut(text, ":")
		provoked[name] = true
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wrong, err := ParseWrong(text)
			if err != nil || wrong.String() != text {
				t.Fatal(wrong, err)
			}
			for _, w := range []Wrong{wrong, {}} {
				s := onLoopback(t, Config{Wrong: w, MaxBody: mostForWrong}, (*Server).Serve)
				client := &http.Client{Transport: &http.Transport{DisableCompression: true}}
				if got := provoke(served{s, t, client, "http://" + s.Addr().String()}); got != (w.String() != "") {
					t.Errorf("a server with the manner %q shows %s: %t", w, text, got)
				}
				client.CloseIdleConnections()
			}
		})
	}
	for _, m := range Manners() {
		if !provoked[m.Name] {
			t.Errorf("no test provokes %s", m.Name)
		}
	}
}

func TestParseWrong(t *testing.T) {
	for _, m := range Manners() {
		if w, err := ParseWrong(m.Name); err != nil || w.set == nil {
			t.Errorf("%s without its argument: %v", m.Name, err)
		}
		if _, err := ParseWrong(m.Name + ":" + m.Arg); m.Arg != "" && err != nil {
			t.Errorf("%s:%s: %v", m.Name, m.Arg, err)
		}
		if _, err := ParseWrong(m.Name + ":?"); err == nil {
			t.Errorf("%s:? is taken", m.Name)
		}
		if m.Does == "" || len(m.Does) > 57 {
			t.Errorf("%s: %q is no line of a help", m.Name, m.Does)
		}
	}
	for _, text := range []string{"right", "append ", ":", "double-create:0", "double-create:1.5", "stale:1ms,2ms"} {
		if _, err := ParseWrong(text); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
	late, _ := ParseWrong("413-late")
	if _, err := New(Config{Wrong: late}); err == nil {
		t.Error("413-late is taken without a largest body")
	}
}

// A share of names is raced for, the others are not.
func TestFewNamesAreRacedFor(t *testing.T) {
	var raced int
	for i := range 1000 {
		if isRaced(fmt.Sprint("/", i), 10) {
			raced++
		}
	}
	if raced < 50 || raced > 150 {
		t.Errorf("%d names of 1000, want about 100", raced)
	}
}

// What a manner does later is not done to a server that has closed, and Close waits for none of it.
func TestCloseDropsWhatIsLater(t *testing.T) {
	wrong, _ := ParseWrong("accepted:1h")
	inVirtualTime(t, Config{Wrong: wrong}, func(t *testing.T, s served, _ *pipes) {
		s.want(202, "PUT", "/a", "x")
		begun := time.Now()
		if err := s.Close(); err != nil || time.Since(begun) != 0 {
			t.Errorf("closed after %v, %v", time.Since(begun), err)
		}
		if s.Stats().Objects != 0 {
			t.Error("it is stored")
		}
	})
}

// inManner serves a target that is wrong, in virtual time.
func inManner(t *testing.T, text string, story func(s served)) {
	wrong, err := ParseWrong(text)
	if err != nil {
		t.Fatal(err)
	}
	inVirtualTime(t, Config{Wrong: wrong}, func(_ *testing.T, s served, _ *pipes) { story(s) })
}

func TestStaleIsSoStale(t *testing.T) {
	inManner(t, "stale:50ms", func(s served) {
		got := []string{s.written("/a", "one")[:1], s.body("/a")}
		for _, d := range []time.Duration{49 * ms, ms} {
			time.Sleep(d)
			got = append(got, s.body("/a"))
		}
		s.written("/a", "two")
		for _, d := range []time.Duration{0, 49 * ms, ms} {
			time.Sleep(d)
			got = append(got, s.body("/a"))
		}
		s.want(204, "DELETE", "/a", "")
		if got = append(got, s.body("/a")); fmt.Sprint(got) != `[" 404 404 one one one two 404]` {
			t.Error(got)
		}
	})
}

func TestWeakFirst(t *testing.T) {
	inManner(t, "etag-weak-first:1s", func(s served) {
		weak := s.written("/a", "x")
		s.want(412, "PUT", "/a", "y", "If-Match", weak) // weak tags match nothing (RFC 9110, 13.1.1)
		s.want(304, "GET", "/a", "", "If-None-Match", weak)
		time.Sleep(time.Second)
		strong := s.field("ETag", "GET", "/a")
		if "W/"+strong != weak {
			t.Errorf("%s, and a second later %s", weak, strong)
		}
		s.want(204, "PUT", "/a", "y", "If-Match", strong)
	})
}

func TestNo100IsNoneOfTLS(t *testing.T) {
	wrong, _ := ParseWrong("no-100")
	s := build(t, Config{Wrong: wrong})
	p := &pipes{conns: make(chan net.Conn), closed: make(chan struct{})}
	if err := s.ServeTLS(p, selfSigned(t)); err == nil {
		t.Error("it is served")
	}
}

// The past of names does not outgrow them by much, nor hides that one is gone.
func TestPastIsForgotten(t *testing.T) {
	inManner(t, "stale:50ms", func(s served) {
		for i := range 2 * pastNames {
			if i%pastNames == 0 {
				time.Sleep(time.Second)
			}
			s.written(fmt.Sprint("/", i), "x")
		}
		if got := s.body("/0"); got != "x" {
			t.Errorf("a name that was forgotten reads %q", got)
		}
	})
}
