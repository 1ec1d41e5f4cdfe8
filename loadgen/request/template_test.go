package request

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"shotput/loadgen/header"
	"shotput/loadgen/text"
)

// TestRequestsDependOnNothingElse renders requests in order, then in disorder on several goroutines.
func TestRequestsDependOnNothingElse(t *testing.T) {
	spec := Spec{URL: "http://h/{{seq}}/{{uuid}}", Header: []header.Line{{Name: "X-Id", Value: "{{randString 9}}"}},
		Body: Body{Text: "{{randHex 30}} {{now}}"}}
	template := newTemplate(t, spec)
	const n = 500
	var inOrder [n]string
	for k := range inOrder {
		inOrder[k] = wireForm(t, template, int64(k))
	}
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for _, k := range rand.Perm(n) {
				if got := wireForm(t, template, int64(k)); got != inOrder[k] {
					t.Errorf("request %d is\n%s\nthen\n%s", k, inOrder[k], got)
				}
			}
		})
	}
	group.Wait()
	if other := wireForm(t, planned{spec, Setting{Seed: 2}}.template(t), 3); other == inOrder[3] {
		t.Errorf("seeds 1 and 2 give the same request:\n%s", other)
	}
}

// TestEachPlaceDrawsItsOwn: the same function in several places of a plan gives several values.
func TestEachPlaceDrawsItsOwn(t *testing.T) {
	id := header.Line{Name: "X-Id", Value: "{{uuid}}"}
	template := newTemplate(t,
		Spec{URL: "http://h/{{uuid}}?{{uuid}}", Header: []header.Line{id, id, {Name: "x-ID", Value: "{{uuid}}"}},
			Body: Body{Text: "{{uuid}}{{uuid}}"}})
	uuids := regexp.MustCompile(`[0-9a-f-]{36}`).FindAllString(wireForm(t, template, 1), -1)
	seen := map[string]bool{}
	for _, u := range uuids {
		seen[u] = true
	}
	if len(uuids) != 7 || len(seen) != 7 {
		t.Errorf("%d UUIDs, %d of them different; want 7: %v", len(uuids), len(seen), uuids)
	}
}

func TestURLs(t *testing.T) {
	for _, c := range []struct{ url, origin, host, target string }{
		{"h", "http://h", "h", "/"},
		{"localhost:8080/x", "http://localhost:8080", "localhost:8080", "/x"},
		{"HTTPS://h:443?q", "https://h:443", "h", "/?q"},
		{"http://h:443/", "http://h:443", "h:443", "/"},
		{"http://h/a/../b;c=%2f//?x=a+b&é\"<>#frag ment{{seq}}", "http://h", "h", "/a/../b;c=%2f//?x=a+b&%C3%A9\"<>"},
		{"http://u:p@h//a%20b?", "http://h", "h", "//a%20b?"},
		{"http://[::1]:80/", "http://[::1]:80", "[::1]", "/"},
		{"http://[fe80::1%25eth0]:81", "http://[fe80::1%eth0]:81", "[fe80::1]:81", "/"},
		{`{{env "SHOTPUT_HOST"}}/{{seq}}?at=http://x`, "http://from.env:81", "from.env:81", "/7?at=http://x"},
		{"http://h?{{seq}}", "http://h", "h", "/?7"},
		{"http://h/{{seq}}#{{uuid}}", "http://h", "h", "/7"},
	} {
		l, err := compileURL(testEnv, c.url)
		if err != nil {
			t.Errorf("%s: %v", c.url, err)
			continue
		}
		origin, target := l.scheme+"://"+l.hostPort, string(l.target.Append(nil, text.Scope{Number: 7}))
		if origin != c.origin || l.host() != c.host || target != c.target {
			t.Errorf("%s is %s, Host %s, target %s; want %s, %s, %s", c.url, origin, l.host(), target, c.origin, c.host,
				c.target)
		}
	}
}

func withURL(s string) Spec { return Spec{URL: s} }

func withHeader(h ...header.Line) Spec { return Spec{URL: "http://h/", Header: h} }

// faulty are requests that cannot be sent, each with a part of what is said of it.
var faulty = []struct {
	spec Spec
	want string
}{
	{withURL(""), `url "": is missing`},
	{withURL("http:///x"), `url "": names no host`},
	{withURL("ftp://h/"), `url "ftp": is a scheme other than http and https`},
	{withURL("http://h{{seq}}/"), `url "{{seq}}": column 9: stands before the path`},
	{withURL("{{uuid}}://h/"), `url "{{uuid}}": column 1: stands before the path`},
	{withURL("http://h:{{randInt 1 9}}"), `url "{{randInt 1 9}}": column 10: stands before the path`},
	{withURL("http://h/a b"), `url " ": column 11: is a character that no URL can hold; write %XX instead`},
	{withURL("http://h/a\r\nHost: x"), `url "\r": line 1, column 11: is a character`},
	{withURL(`http://h/{{env "SHOTPUT_LINES"}}`),
		`url "{{env \"SHOTPUT_LINES\"}}": column 10: stands for text with a character`},
	{withURL(`http://h/{{"#"}}`), `column 10: stands for text with a character`},
	{withURL("http://[::1/"), `url "[::1": is no host:port: missing ']' in host`},
	{withURL("http://h:99999/"), `url "h:99999": has no port from 1 to 65535`},
	{withURL("http://h:/"), `url "h:": has no port from 1 to 65535`},
	{withURL("http://hé/"), `has letters beyond ASCII; write the name as xn--…`},
	{withURL("http://<h>/"), `url "<h>": has a character that no host name has`},
	{withURL("u:hush@h://x"), `url "h:": has no port from 1 to 65535`},
	{withURL("http://u:hush/x@h/"), `url "REDACTED": is no host:port; write / ? # within user or password as %XX`},
	{withURL("http://u:hush%zz@h/"), `url "REDACTED@": is no user:password`},
	{withURL("http://h//a\"b"), `url "//": begins a path with characters that must be written as %XX`},
	{withHeader(header.Line{Name: "X-A", Value: "hush\nX-Evil: 1"}),
		`header X-A "\n": line 1, column 5: is a character that cannot stand in this header`},
	{withHeader(header.Line{Name: "X-A", Value: `Bearer {{env "SHOTPUT_LINES"}}`}),
		`column 8: stands for text with a character that cannot stand in this header`},
	{withHeader(header.Line{Name: "X-A", Value: "{{sek}}"}), `header X-A "{{sek}}": column 1: calls sek`},
	{withHeader(header.Line{Name: "content-length", Value: "5"}), `header "content-length": is set from the body`},
	{withHeader(header.Line{Name: "Transfer-Encoding", Value: "chunked"}),
		`header "Transfer-Encoding": cannot be set`},
	{withHeader(header.Line{Name: "Host", Remove: true}), `header "Host": cannot be removed`},
	{withHeader(header.Line{Name: "Host"}), `header "Host": must not be empty`},
	{withHeader(header.Line{Name: "Host", Value: "a/b"}),
		`header Host "/": column 2: is a character that cannot stand in this header`},
	{withHeader(header.Line{Name: "Host", Value: "a"}, header.Line{Name: "host", Value: "b"}),
		`header "host": is given more than once`},
	{Spec{URL: "http://h/", UserAgent: "a\nb"}, `header User-Agent "\n"`},
}

func TestPlanFaults(t *testing.T) {
	for _, c := range faulty {
		_, err := planned{c.spec, Setting{Values: text.Values{Env: testEnv}}}.compile()
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %v gives the error\n  %v\nwant\n  %s", c.spec.URL, c.spec.Header, err, c.want)
		} else if strings.Contains(err.Error(), "hush") {
			t.Errorf("%s %v gives an error that tells a secret: %v", c.spec.URL, c.spec.Header, err)
		}
	}
}

// TestFaultsComeTogether: one error tells all that is wrong.
func TestFaultsComeTogether(t *testing.T) {
	_, err := planned{spec: Spec{URL: "ftp://h/",
		Header: []header.Line{{Name: "X", Value: "{{a}}{{b}}"},
			{Name: "Y", Value: "{{c}}"}}, Body: Body{Text: "{{d}}"}}}.compile()
	for _, want := range []string{`url "ftp"`, "{{a}}", "{{b}}", "{{c}}", "{{d}}"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not name %s:\n%v", want, err)
		}
	}
}

// FuzzTemplate: whatever the text, compiling and rendering it never panics; what a header takes has no line
// break, and what a URL takes ends no request line and is sent by net/http as it is. Values of files are {{key}}, those
// of answers {{captured "x"}}.
func FuzzTemplate(f *testing.F) {
	path := filepath.Join(f.TempDir(), "keys")
	f.Fuzz(func(t *testing.T, s string, seed uint64, k int64, value string) {
		values := text.Values{Env: testEnv}
		if strings.Contains(s, "key") { // else what is in the file makes no difference, and takes time
			values.Keys.File = path
			if err := os.WriteFile(path, []byte(value+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		from, err := values.Open()
		if err != nil {
			t.Skip(err)
		}
		defer from.Close()
		with := from.NewRenderer()
		given := &text.Given{Values: []text.Value{{Name: "x", Texts: []string{value, value}}}, Part: 2}
		scope := func() text.Scope {
			r := text.NewScope(seed, k, templateStart)
			*with = *from.NewRenderer()
			with.Given = given
			r.With = with
			return r
		}
		if made, err := values.Env.Compile(s, "body"); err == nil {
			made.StandInBody()
			parts, _ := from.Bind(made.Parts, "the body")
			once, again := parts.Append(nil, scope()), text.Fold(parts).Append(nil, scope())
			if string(once) != string(again) {
				t.Errorf("%q renders %q, then %q", s, once, again)
			}
		}
		fuzzJSON(t, s, &from, values.Env, scope)
		if value, err := compileHeaderValue(values.Env, s, "header", "X"); err == nil {
			value, _ = from.Bind(value, "the header")
			got := string(value.Append(nil, scope()))
			if with.Err == nil && strings.ContainsAny(got, "\r\n\x00") {
				t.Errorf("header %q renders %q", s, got)
			}
		}
		l, err := compileURL(values.Env, s)
		if err == nil && l.byRow {
			var listed *list
			if listed, err = (address{url: s}).survey(l, &from); err == nil {
				l = listed.servers[listed.serverOf(scope())]
			}
		}
		if err == nil {
			l.target, _ = from.Bind(l.target, "the URL")
			target := string(l.target.Append(nil, scope()))
			if l.from != "" { // what a flow reads it as
				target = "/" + target[strings.LastIndexByte(target, '/')+1:]
			}
			u := l.asURL(target, false)
			if with.Err == nil && (u.RequestURI() != target || target[0] != '/' || strings.ContainsAny(target, " #\r\n\x00")) {
				t.Errorf("URL %q gives the target %q, which net/http writes as %q", s, target, u.RequestURI())
			}
		}
	})
}

// fuzzJSON: what cannot but be JSON is, and a value within a string is read again as it was.
func fuzzJSON(t *testing.T, s string, from *text.Sources, env text.Env, scope func() text.Scope) {
	t.Helper()
	b, err := openText(&Body{Text: s, As: asJSON}, env, false)
	if err != nil || b.text == nil {
		return
	}
	b.values = from
	if b.text, err = from.Bind(b.text, "the body"); err != nil || b.text.Fixed() {
		return
	}
	r := scope()
	c := b.Content(r)
	if r.With.Err == nil && !json.Valid(c.Data) {
		t.Errorf("%q renders %q, which is no JSON, and is sent", s, c.Data)
	}
}

func ExampleTemplate_AppendHead() {
	spec := Spec{URL: "http://localhost:8080/items/{{seq}}", Auth: Auth{User: "ann:secret"}, UserAgent: "shotput/1",
		Header: []header.Line{{Name: "X-Id", Value: "{{randHex 8}}"},
			{Name: "Accept", Remove: true}}, Body: Body{Text: "n={{seq}}"}}.WithDefaults()
	template, err := spec.Compile(Setting{Seed: 1, Start: templateStart})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer template.Close()
	head := template.AppendHead(nil, 12, 0, template.Size(12))
	fmt.Print(strings.ReplaceAll(string(head), "\r\n", "\n"))
	// Output:
	// PUT /items/12 HTTP/1.1
	// Host: localhost:8080
	// Authorization: Basic YW5uOnNlY3JldA==
	// User-Agent: shotput/1
	// X-Id: a57257e9
	// Content-Length: 4
}

// A length that a command was copied with is no fault where it is the body's own, and goes out once.
func TestLengthThatIsRight(t *testing.T) {
	for _, c := range []struct {
		body   Body
		length string
		ok     bool
	}{{Body{}, "0", true}, {Body{Text: "abc"}, "3", true}, {Body{Text: "abc"}, "4", false},
		{Body{Text: "{{seq}}"}, "1", false},
		{Body{Text: "abc", Chunked: true}, "3", false}} {
		made, err := planned{spec: Spec{URL: "http://h/", Body: c.body,
			Header: []header.Line{{Name: "Content-Length", Value: c.length}}}}.compile()
		if (err == nil) != c.ok {
			t.Errorf("%+v with the length %s: %v", c.body, c.length, err)
		}
		if err == nil {
			head := string(made.AppendHead(nil, 1, 0, made.Size(1)))
			if strings.Count(head, "Content-Length: "+c.length+"\r\n") != 1 {
				t.Errorf("it sends %q", head)
			}
			made.Close()
		}
	}
}

// A URL that no server would take is refused before anything is sent.
func TestLongURL(t *testing.T) {
	const origin = "http://127.0.0.1/"
	for size, want := range map[int]bool{64 << 10: true, 64<<10 + 1: false} {
		_, err := compileURL(testEnv, origin+strings.Repeat("a", size-len(origin)))
		if (err == nil) != want {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
}
