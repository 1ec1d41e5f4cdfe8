package loadgen

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"shotput/loadgen/header"
	"shotput/loadgen/request"
	"shotput/loadgen/text"
)

var templateStart = time.Date(2026, 3, 4, 5, 6, 7, 89e6, time.FixedZone("elsewhere", 3600))

// testEnv is the environment that the texts of tests read.
var testEnv = text.Env{"SHOTPUT_TEST": "from {{seq}} outside", "SHOTPUT_HOST": "from.env:81", "SHOTPUT_LINES": "hush\r\nX-Evil: 1", "SHOTPUT_TOKEN": "s3cret"}

// rendered is what s says in request k of a run with seed 1, 1.5 s after its start.
func rendered(t *testing.T, s string, k int64) string {
	t.Helper()
	made, err := testEnv.Compile(s, "url")
	if err != nil {
		t.Fatal(err)
	}
	return string(made.Parts.Append(nil, text.NewInput(1, k, templateStart.Add(1500*time.Millisecond).UTC())))
}

func TestTextRendersExactly(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", ""},
		{"plain", "plain"},
		{`{"a":{"b":{}}}`, `{"a":{"b":{}}}`},
		{"{{seq}}", "7"},
		{"a{{ seq }}b{{\tseq}}c", "a7b7c"},
		{`{{ "{{" }}seq}}`, "{{seq}}"},
		{`{{"}}"}}{{"\""}}`, `}}"`},
		{"{{uuid}}", "2dd8fdc7-fdd8-4345-8c62-722ec7134f37"},
		{"{{uuid}}/{{uuid}}", "2dd8fdc7-fdd8-4345-8c62-722ec7134f37/cee87669-1568-4a3b-b35b-d4543b967202"},
		{"{{randInt 1 6}}", "2"},
		{"{{randInt 4 4}}", "4"},
		{"{{randInt -9223372036854775808 9223372036854775807}}", "-5919702674779401403"},
		{"{{randHex 5}}", "81345"},
		{"{{randHex 20}}", "2dd8fdc7fdd813454f37"},
		{"{{randString 12}}", "FNB29fcY3380"},
		{"{{now}}", "2026-03-04T04:06:08.589Z"},
		{"{{unixMillis}}", "1772597168589"},
		{`{{env "SHOTPUT_TEST"}}`, "from {{seq}} outside"},
	} {
		if got := rendered(t, c.text, 7); got != c.want {
			t.Errorf("%s renders %q, want %q", c.text, got, c.want)
		}
	}
}

func TestTextFaults(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"ab{{sek}}", `body "{{sek}}": column 3: calls sek, which is no function; did you mean seq?`},
		{"é{{UUID}}", `body "{{UUID}}": column 2: calls UUID, which is no function; did you mean uuid?`},
		{"{{randomInt}}", `calls randomInt, which is no function; did you mean randInt?`},
		{"{{random}}", "there are seq, uuid, randInt, randHex, randString"},
		{"{{timestamp}}", "there are seq, uuid, randInt, randHex, randString, now, unixMillis, env"},
		{"{{}}", `body "{{}}": column 1: is empty; to send two braces, write {{ "{{" }}`},
		{"x{{seq", `body "{{": column 2: begins a function that no }} ends; to send two braces, write {{ "{{" }}`},
		{`{{env "x}}`, `body "{{": column 1: begins a function whose quoted text does not end`},
		{`{{"a" b}}`, `column 1: has more than the quoted text`},
		{"{{seq 1}}", `column 1: has 1 arguments; write {{seq}}`},
		{"{{randInt 1}}", `column 1: has 1 arguments; write {{randInt a b}}`},
		{"{{randInt 5 1}}", `column 1: has an empty range: 5 is more than 1`},
		{"{{randHex x}}", `column 1: has the argument x; write {{randHex n}}`},
		{"{{randHex 0}}", `column 1: asks for 0 characters; give 1 to 1048576`},
		{"{{randString 1048577}}", `column 1: asks for 1048577 characters`},
		{"{{env NAME}}", `column 1: has the argument NAME; write {{env "NAME"}}`},
		{"a\nbc{{env \"SHOTPUT_UNSET\"}}", `line 2, column 3: names the environment variable SHOTPUT_UNSET, which is not set`},
		{"{{a}}{{b}}", "\nbody \"{{b}}\": column 6:"},
	} {
		_, err := testEnv.Compile(c.text, "body")
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q gives the error\n  %v\nwant\n  %s", c.text, err, c.want)
		}
	}
}

func TestUUIDForm(t *testing.T) {
	form := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	seen := map[string]bool{}
	for k := range int64(10_000) {
		u := rendered(t, "{{uuid}}", k)
		if !form.MatchString(u) || seen[u] {
			t.Fatalf("request %d has the UUID %q: of another form, or seen before", k, u)
		}
		seen[u] = true
	}
}

// TestDrawsAreEven holds counts of drawn values against the chi-squared value that one sample in a thousand
// exceeds. The draws are a pure function, so that this passes always or never.
func TestDrawsAreEven(t *testing.T) {
	for _, c := range []struct {
		text    string
		symbols int
		limit   float64 // chi-squared, symbols-1 degrees of freedom, p = 0.001
	}{
		{"{{randInt 0 9}}", 10, 27.88},
		{"{{randHex 11}}", 16, 37.70},
		{"{{randString 11}}", 62, 100.89},
	} {
		counts, n := map[rune]int{}, 0
		for k := range int64(20_000) {
			for _, symbol := range rendered(t, c.text, k) {
				counts[symbol]++
				n++
			}
		}
		want, sum := float64(n)/float64(c.symbols), 0.0
		for _, got := range counts {
			sum += (float64(got) - want) * (float64(got) - want) / want
		}
		if len(counts) != c.symbols || sum > c.limit {
			t.Errorf("%s: %d symbols, chi-squared %.1f; want %d and at most %.1f", c.text, len(counts), sum, c.symbols, c.limit)
		}
	}
}

// TestRequestsDependOnNothingElse renders requests in order, then in disorder on several goroutines.
func TestRequestsDependOnNothingElse(t *testing.T) {
	plan := Plan{
		Request: request.Spec{URL: "http://h/{{seq}}/{{uuid}}", Header: []header.Line{{Name: "X-Id", Value: "{{randString 9}}"}}, Body: request.Body{Text: "{{randHex 30}} {{now}}"}},
	}
	template := newTemplate(t, plan)
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
	plan.Load.Seed = 2
	if other := wireForm(t, newTemplate(t, plan), 3); other == inOrder[3] {
		t.Errorf("seeds 1 and 2 give the same request:\n%s", other)
	}
}

// TestEachPlaceDrawsItsOwn: the same function in several places of a plan gives several values.
func TestEachPlaceDrawsItsOwn(t *testing.T) {
	id := header.Line{Name: "X-Id", Value: "{{uuid}}"}
	template := newTemplate(t, Plan{
		Request: request.Spec{URL: "http://h/{{uuid}}?{{uuid}}", Header: []header.Line{id, id, {Name: "x-ID", Value: "{{uuid}}"}}, Body: request.Body{Text: "{{uuid}}{{uuid}}"}},
	})
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
		l, err := request.CompileURL(testEnv, c.url)
		if err != nil {
			t.Errorf("%s: %v", c.url, err)
			continue
		}
		origin, target := l.Scheme+"://"+l.HostPort, string(l.Target.Append(nil, text.Input{Number: 7}))
		if origin != c.origin || l.Host() != c.host || target != c.target {
			t.Errorf("%s is %s, Host %s, target %s; want %s, %s, %s", c.url, origin, l.Host(), target, c.origin, c.host, c.target)
		}
	}
}

func TestPlanFaults(t *testing.T) {
	url := func(s string) Plan { return Plan{Request: request.Spec{URL: s}} }
	withHeader := func(h ...header.Line) Plan { return Plan{Request: request.Spec{URL: "http://h/", Header: h}} }
	for _, c := range []struct {
		plan Plan
		want string
	}{
		{url(""), `url "": is missing`},
		{url("http:///x"), `url "": names no host`},
		{url("ftp://h/"), `url "ftp": is a scheme other than http and https`},
		{url("http://h{{seq}}/"), `url "{{seq}}": column 9: stands before the path`},
		{url("{{uuid}}://h/"), `url "{{uuid}}": column 1: stands before the path`},
		{url("http://h:{{randInt 1 9}}"), `url "{{randInt 1 9}}": column 10: stands before the path`},
		{url("http://h/a b"), `url " ": column 11: is a character that no URL can hold; write %XX instead`},
		{url("http://h/a\r\nHost: x"), `url "\r": line 1, column 11: is a character`},
		{url(`http://h/{{env "SHOTPUT_LINES"}}`), `url "{{env \"SHOTPUT_LINES\"}}": column 10: stands for text with a character`},
		{url(`http://h/{{"#"}}`), `column 10: stands for text with a character`},
		{url("http://[::1/"), `url "[::1": is no host:port: missing ']' in host`},
		{url("http://h:99999/"), `url "h:99999": has no port from 1 to 65535`},
		{url("http://h:/"), `url "h:": has no port from 1 to 65535`},
		{url("http://hé/"), `has letters beyond ASCII; write the name as xn--…`},
		{url("http://<h>/"), `url "<h>": has a character that no host name has`},
		{url("u:hush@h://x"), `url "h:": has no port from 1 to 65535`},
		{url("http://u:hush/x@h/"), `url "REDACTED": is no host:port; write / ? # within user or password as %XX`},
		{url("http://u:hush%zz@h/"), `url "REDACTED@": is no user:password`},
		{url("http://h//a\"b"), `url "//": begins a path with characters that must be written as %XX`},
		{withHeader(header.Line{Name: "X-A", Value: "hush\nX-Evil: 1"}), `header X-A "\n": line 1, column 5: is a character that cannot stand in this header`},
		{withHeader(header.Line{Name: "X-A", Value: `Bearer {{env "SHOTPUT_LINES"}}`}), `column 8: stands for text with a character that cannot stand in this header`},
		{withHeader(header.Line{Name: "X-A", Value: "{{sek}}"}), `header X-A "{{sek}}": column 1: calls sek`},
		{withHeader(header.Line{Name: "content-length", Value: "5"}), `header "content-length": is set from the body`},
		{withHeader(header.Line{Name: "Transfer-Encoding", Value: "chunked"}), `header "Transfer-Encoding": cannot be set`},
		{withHeader(header.Line{Name: "Host", Remove: true}), `header "Host": cannot be removed`},
		{withHeader(header.Line{Name: "Host"}), `header "Host": must not be empty`},
		{withHeader(header.Line{Name: "Host", Value: "a/b"}), `header Host "/": column 2: is a character that cannot stand in this header`},
		{withHeader(header.Line{Name: "Host", Value: "a"}, header.Line{Name: "host", Value: "b"}), `header "host": is given more than once`},
		{Plan{Request: request.Spec{URL: "http://h/", UserAgent: "a\nb"}}, `header User-Agent "\n"`},
	} {
		plan := c.plan.WithDefaults()
		plan.Values.Env = testEnv
		_, err := plan.compile(templateStart, nil)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %v gives the error\n  %v\nwant\n  %s", c.plan.Request.URL, c.plan.Request.Header, err, c.want)
		} else if strings.Contains(err.Error(), "hush") {
			t.Errorf("%s %v gives an error that tells a secret: %v", c.plan.Request.URL, c.plan.Request.Header, err)
		}
	}
}

// TestFaultsComeTogether: one error tells all that is wrong.
func TestFaultsComeTogether(t *testing.T) {
	plan := Plan{Request: request.Spec{URL: "ftp://h/", Header: []header.Line{{Name: "X", Value: "{{a}}{{b}}"}, {Name: "Y", Value: "{{c}}"}}, Body: request.Body{Text: "{{d}}"}}}.WithDefaults()
	_, err := plan.compile(templateStart, nil)
	for _, want := range []string{`url "ftp"`, "{{a}}", "{{b}}", "{{c}}", "{{d}}"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not name %s:\n%v", want, err)
		}
	}
}

// FuzzTemplate: whatever the text, compiling and rendering it never panics; what a header takes has no line
// break, and what a URL takes ends no request line.
func FuzzTemplate(f *testing.F) {
	f.Fuzz(func(t *testing.T, s string, seed uint64, k int64) {
		r := text.NewInput(seed, k, templateStart)
		if made, err := testEnv.Compile(s, "body"); err == nil {
			once, again := made.Parts.Append(nil, r), text.Fold(made.Parts).Append(nil, r)
			if string(once) != string(again) {
				t.Errorf("%q renders %q, then %q", s, once, again)
			}
		}
		if value, err := request.CompileHeaderValue(testEnv, s, "header", "X"); err == nil {
			if got := string(value.Append(nil, r)); strings.ContainsAny(got, "\r\n\x00") {
				t.Errorf("header %q renders %q", s, got)
			}
		}
		if l, err := request.CompileURL(testEnv, s); err == nil {
			target := string(l.Target.Append(nil, r))
			if u := l.AsURL(target, false); u.RequestURI() != target || target[0] != '/' || strings.ContainsAny(target, " #\r\n\x00") {
				t.Errorf("URL %q gives the target %q, which net/http writes as %q", s, target, u.RequestURI())
			}
		}
	})
}

func newTemplate(t testing.TB, p Plan) *request.Template {
	t.Helper()
	p = p.WithDefaults()
	p.Values.Env = testEnv
	template, err := p.compile(templateStart, &tokens{grants: []*request.OAuth2{&p.Request.Auth.OAuth2}, all: []*token{tokenOf("Bearer abc", 0, nil)}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { template.Close() })
	return template
}

func ExampleTemplate_AppendHead() {
	plan := Plan{
		Request: request.Spec{URL: "http://localhost:8080/items/{{seq}}", Auth: request.Auth{User: "ann:secret"}, UserAgent: "shotput/1", Header: []header.Line{{Name: "X-Id", Value: "{{randHex 8}}"}, {Name: "Accept", Remove: true}}, Body: request.Body{Text: "n={{seq}}"}},
	}.WithDefaults()
	template, err := plan.compile(templateStart, nil)
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
		body   request.Body
		length string
		ok     bool
	}{{request.Body{}, "0", true}, {request.Body{Text: "abc"}, "3", true}, {request.Body{Text: "abc"}, "4", false}, {request.Body{Text: "{{seq}}"}, "1", false},
		{request.Body{Text: "abc", Chunked: true}, "3", false}} {
		p := Plan{Request: request.Spec{URL: "http://h/", Body: c.body, Header: []header.Line{{Name: "Content-Length", Value: c.length}}}}.WithDefaults()
		made, err := p.compile(time.Time{}, nil)
		if (err == nil) != c.ok {
			t.Errorf("%+v with the length %s: %v", c.body, c.length, err)
		}
		if err == nil {
			if head := string(made.AppendHead(nil, 1, 0, made.Size(1))); strings.Count(head, "Content-Length: "+c.length+"\r\n") != 1 {
				t.Errorf("it sends %q", head)
			}
			made.Close()
		}
	}
}
