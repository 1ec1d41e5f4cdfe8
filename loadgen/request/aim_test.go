package request

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"shotput/loadgen/fault"
	"shotput/loadgen/text"
)

// wireFormOf is wireForm of an exchange of a flow, as an event loop renders it. The error says why it cannot be made.
func wireFormOf(template *Template, k int64, given *text.Given) (string, error) {
	with := template.From.NewRenderer()
	with.Given = given
	r := template.Scope(with, k, renderedAt)
	c := template.Source.Content(r)
	body := string(c.Memory())
	head := template.AppendHeadOf(nil, r, c.Size)
	return string(head) + body, with.Err
}

// both is an exchange as both forms have it, which must agree.
func both(t *testing.T, p planned, given *text.Given) (string, error) {
	t.Helper()
	template := p.template(t)
	got, errGot := wireFormOf(template, 7, given)
	want, errWant := netFormOf(t, &p, template, 7, given)
	if (errGot == nil) != (errWant == nil) {
		t.Fatalf("the wire form fails with %v, net/http's with %v", errGot, errWant)
	}
	if errGot != nil {
		if !errors.As(errGot, new(text.CaptureError)) || !errors.As(errWant, new(text.CaptureError)) {
			t.Errorf("%v and %v are not of a capture", errGot, errWant)
		}
		return "", errGot
	}
	if a, b := canonicalLines(want), canonicalLines(got); !slices.Equal(a, b) {
		t.Errorf("net/http writes\n%s\nthe wire form is\n%s", want, got)
	}
	if a, b := parse(t, want), parse(t, got); !reflect.DeepEqual(a, b) {
		t.Errorf("a server reads %v\nand %v", a, b)
	}
	return got, nil
}

// captures are values by name.
func captures(pairs ...string) (all []text.Value) {
	for i := 0; i < len(pairs); i += 2 {
		all = append(all, text.Value{Name: pairs[i], Texts: []string{pairs[i+1]}})
	}
	return all
}

// aimed is an exchange whose URL leads to a server.
func aimed(scheme, host, target string, foreign bool) *text.Given {
	return &text.Given{Values: captures("place", scheme+"://"+host+target),
		Aim: &text.Aim{Scheme: scheme, Host: host, Target: target, Foreign: foreign}}
}

// TestURLsFromAnswers go to the server that their aim names, and say there what may be said there.
func TestURLsFromAnswers(t *testing.T) {
	asked := lines("Authorization", "Bearer hush", "Cookie", "a=hush", "X-Own", "{{captured \"place\" | md5}}")
	const place = `{{captured "place"}}`
	proxied := Setting{Via: func(u *url.URL) Via {
		return Via{Absolute: u.Scheme == "http", User: url.UserPassword("p", "q"), Header: lines("X-Proxy", "1", "Accept", "proxy/1")}
	}}
	for name, c := range map[string]struct {
		spec  Spec
		how   Setting
		given *text.Given
		want  []string // in it
		not   []string
	}{
		"own server": {Spec{URL: place, Header: asked}, Setting{}, aimed("http", "h:81", "/a?b=c", false),
			[]string{"PUT /a?b=c HTTP/1.1\r\nHost: h:81\r\n", "Authorization: Bearer hush", "Cookie: a=hush", "X-Own: "}, nil},
		"foreign": {Spec{URL: place, Header: asked}, Setting{}, aimed("http", "far:81", "/a", true),
			[]string{"PUT /a HTTP/1.1\r\nHost: far:81\r\n", "X-Own: "}, []string{"hush", "Authorization", "Cookie"}},
		"foreign, user": {Spec{URL: place, Auth: Auth{User: "ann:hush"}}, Setting{}, aimed("http", "far", "/", true),
			nil, []string{"Authorization"}},
		"own, user": {Spec{URL: place, Auth: Auth{User: "ann:hush"}}, Setting{}, aimed("http", "h", "/", false),
			[]string{"Authorization: Basic "}, nil},
		"foreign, bearer": {Spec{URL: place, Auth: Auth{Bearer: "hush"}}, Setting{}, aimed("http", "far", "/", true),
			nil, []string{"Authorization"}},
		"foreign, token": {Spec{URL: place, Auth: Auth{OAuth2: OAuth2{TokenURL: "http://t/", ClientID: "c"}}}, Setting{},
			aimed("http", "far", "/", true), nil, []string{"Authorization"}},
		"https, its port": {Spec{URL: place}, Setting{}, aimed("https", "h:443", "/", false), []string{"Host: h\r\n"}, nil},
		"zone":            {Spec{URL: place}, Setting{}, aimed("http", "[fe80::1%eth0]:81", "/", false), []string{"Host: [fe80::1]:81\r\n"}, nil},
		"own host":        {Spec{URL: place, Header: lines("Host", "me")}, Setting{}, aimed("http", "h", "/", false), []string{"Host: me\r\n"}, nil},
		"foreign, own host": {Spec{URL: place, Header: lines("Host", "me")}, Setting{}, aimed("http", "far", "/", true),
			[]string{"Host: far\r\n"}, []string{"Host: me"}},
		"proxy": {Spec{URL: place}, proxied, aimed("http", "h:81", "//a?b", false),
			[]string{"PUT http://h:81//a?b HTTP/1.1\r\nHost: h:81\r\n", "X-Proxy: 1", "Accept: proxy/1"}, []string{"*/*"}},
		"proxy, own line": {Spec{URL: place, Header: lines("Proxy-Authorization", "mine", "Authorization", "hush")}, Setting{Via: toProxy},
			aimed("http", "far", "/", true), []string{"Proxy-Authorization: mine"}, []string{"hush"}},
		"no proxy, own line": {Spec{URL: place, Header: lines("Proxy-Authorization", "hush")}, proxied,
			aimed("https", "far", "/", true), []string{"PUT / HTTP/1.1"}, []string{"hush"}},
		"past the proxy": {Spec{URL: place}, proxied, aimed("https", "h", "/a", false), []string{"PUT /a HTTP/1.1", "Accept: */*"},
			[]string{"X-Proxy"}},
		"two slashes": {Spec{URL: place}, Setting{}, aimed("http", "h", "//a%2F/b?", false), []string{"PUT //a%2F/b? HTTP/1.1"}, nil},
		"body": {Spec{URL: place, Body: Body{Text: `<a>{{captured "place"}}</a>`}}, Setting{}, aimed("http", "h", "/x", false),
			[]string{"Content-Length: 17\r\n", "\r\n\r\n<a>http://h/x</a>"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := both(t, planned{c.spec, c.how}, c.given)
			if err != nil {
				t.Fatal(err)
			}
			for _, part := range c.want {
				if !strings.Contains(got, part) {
					t.Errorf("%q is not in\n%s", part, got)
				}
			}
			for _, part := range c.not {
				if strings.Contains(got, part) {
					t.Errorf("%q is in\n%s", part, got)
				}
			}
		})
	}
}

// TestCookiesOfAJar are a line of their own, and no server gets them that the plan does not name.
func TestCookiesOfAJar(t *testing.T) {
	for _, url := range []string{"http://h/x", "http://h/{{seq}}", `{{captured "place"}}`} {
		given := aimed("http", "h", "/x", false)
		if !strings.Contains(url, "captured") {
			given.Aim = nil
		}
		given.Cookie = "a=1; b=2"
		got, err := both(t, planned{spec: Spec{URL: url, Body: Body{Text: "abc"}}}, given)
		if err != nil || strings.Count(got, "\r\nCookie: a=1; b=2\r\n") != 1 {
			t.Errorf("%s goes out as\n%s\n%v", url, got, err)
		}
		template := newTemplate(t, Spec{URL: url, Body: Body{Text: "abc"}})
		if again, _ := wireFormOf(template, 7, aimed("http", "h", "/x", false)); strings.Contains(again, "Cookie") {
			t.Errorf("what is not given goes out:\n%s", again)
		}
	}
	given := aimed("http", "far", "/x", true)
	given.Cookie = "a=1"
	if got, err := both(t, planned{spec: Spec{URL: `{{captured "place"}}`}}, given); err != nil || strings.Contains(got, "Cookie") {
		t.Errorf("%s\n%v", got, err)
	}
	given = &text.Given{Cookie: "a=1\r\nX: y"}
	if got, err := both(t, planned{spec: Spec{URL: "http://h/"}}, given); err == nil {
		t.Errorf("a cookie brings in a line:\n%s", got)
	}
}

// TestNothingIsSentOfWhatIsMissing, in whichever place it would be.
func TestNothingIsSentOfWhatIsMissing(t *testing.T) {
	const x = `{{captured "x"}}`
	there := captures("x", "v")
	for name, c := range map[string]struct {
		spec  Spec
		given *text.Given
	}{
		"path":         {Spec{URL: "http://h/" + x}, &text.Given{}},
		"no flow":      {Spec{URL: "http://h/" + x}, nil},
		"header":       {Spec{URL: "http://h/", Header: lines("X", x)}, &text.Given{}},
		"bearer":       {Spec{URL: "http://h/", Auth: Auth{Bearer: x}}, &text.Given{}},
		"body":         {Spec{URL: "http://h/", Body: Body{Text: x}}, &text.Given{}},
		"form":         {Spec{URL: "http://h/", Body: Body{Form: []Part{{Name: "a", Text: x}}}}, &text.Given{}},
		"empty":        {Spec{URL: "http://h/" + x}, &text.Given{Values: captures("x", "")}},
		"no texts":     {Spec{URL: "http://h/" + x}, &text.Given{Values: []text.Value{{Name: "x"}}}},
		"spaces":       {Spec{URL: "http://h/", Header: lines("X", x)}, &text.Given{Values: captures("x", " \t")}},
		"part":         {Spec{URL: "http://h/{{part}}"}, &text.Given{}},
		"joined":       {Spec{URL: "http://h/", Body: Body{Text: `{{joined "x" "%v" ""}}`}}, &text.Given{}},
		"joined, hole": {Spec{URL: "http://h/", Body: Body{Text: `{{joined "x" "%v" ""}}`}}, &text.Given{Values: []text.Value{{Name: "x", Texts: []string{"a", "", "c"}}}}},
		"no aim":       {Spec{URL: x}, &text.Given{Values: there}},
		"line break":   {Spec{URL: "http://h/", Header: lines("X", x)}, &text.Given{Values: captures("x", "a\r\nX-Evil: 1")}},
		"space in URL": {Spec{URL: "http://h/", Header: lines("X", `{{captured "x"}}`)}, &text.Given{Values: captures("x", "a\x00")}},
		"Host header":  {Spec{URL: "http://h/", Header: lines("Host", x)}, &text.Given{Values: captures("x", "a/b")}},
		"bad host":     {Spec{URL: x}, &text.Given{Values: there, Aim: &text.Aim{Scheme: "http", Host: "a b", Target: "/"}}},
		"bad target":   {Spec{URL: x}, &text.Given{Values: there, Aim: &text.Aim{Scheme: "http", Host: "h", Target: "/ HTTP/1.1\r\nX: y"}}},
		"no target":    {Spec{URL: x}, &text.Given{Values: there, Aim: &text.Aim{Scheme: "http", Host: "h"}}},
		"odd slashes":  {Spec{URL: x}, &text.Given{Values: there, Aim: &text.Aim{Scheme: "http", Host: "h", Target: "//a\""}}},
		"scheme":       {Spec{URL: x}, &text.Given{Values: there, Aim: &text.Aim{Scheme: "ftp", Host: "h", Target: "/"}}},
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := both(t, planned{spec: c.spec}, c.given); err == nil {
				t.Errorf("it goes out as\n%s", got)
			} else if strings.Contains(err.Error(), "Evil") {
				t.Errorf("the error shows the value: %v", err)
			}
		})
	}
}

// TestURLText is what a flow resolves.
func TestURLText(t *testing.T) {
	for url, want := range map[string]string{
		"http://u:p@h/a/{{captured \"place\"}}?{{seq}}":                 "http://h/a/x%20y?7",
		`{{captured "whole"}}`:                                          "/up?a=%2F",
		`{{captured "whole"}}&digest={{captured "place"}}&n={{seq}}#no`: "/up?a=%2F&digest=x%20y&n=7",
		`{{captured "place" | url}}/é`:                                  "x%20y/%C3%A9",
	} {
		template := newTemplate(t, Spec{URL: url})
		given := &text.Given{Values: captures("place", "x y", "whole", "/up?a=%2F#frag")}
		if got, err := template.URLText(7, given); got != want || err != nil {
			t.Errorf("%s is %s, %v; want %s", url, got, err, want)
		}
		if _, err := template.URLText(7, nil); !errors.As(err, new(text.CaptureError)) {
			t.Errorf("%s without what it captures: %v", url, err)
		}
		given.Unfilled = true
		if got, err := template.URLText(7, given); !strings.Contains(got, `{{captured "`) || err != nil {
			t.Errorf("%s for a reader is %s, %v", url, got, err)
		}
		if err := template.Try(7); err != nil {
			t.Errorf("%s is no good: %v", url, err)
		}
		if shown := template.URL(7, 0); !strings.Contains(shown, `{{captured "`) {
			t.Errorf("%s is shown as %s", url, shown)
		}
		if template.SameURL() || template.Whole != "" {
			t.Errorf("%s is the same for all", url)
		}
	}
	template := newTemplate(t, Spec{URL: `{{captured "a"}}`})
	if len(template.Servers()) != 0 || template.Server(7) != 0 || template.Share(0) != 1 {
		t.Error("it has servers before an answer names one")
	}
	spec := Spec{URL: `{{captured "a"}}`}
	if all, err := spec.Origins(&text.Values{}); len(all) != 0 || err != nil {
		t.Errorf("it leads to %v, %v", all, err)
	}
}

// TestSignaturesNeedAServer: what is signed is where it goes, and that is for the plan to say.
func TestSignaturesNeedAServer(t *testing.T) {
	var f fault.List
	spec := Spec{URL: `{{captured "a"}}`, Auth: Auth{AWS: someKeys}}
	spec.CheckAuth(&f, nil)
	if err := errors.Join(f...); err == nil || !strings.Contains(err.Error(), `the URL begins with {{captured "a"}}`) {
		t.Error(err)
	}
	for url, want := range map[string]string{
		`http://{{captured "a"}}/x`:           `column 8: stands before the path; a server may be taken from an answer with its whole URL`,
		`http://h{{captured "a"}}`:            `stands before the path`,
		`{{joined "a" "%v" ""}}`:              `stands before the path`,
		`{{part}}/x`:                          `stands before the path`,
		`http://h/{{captured ""}}`:            `names no capture`,
		`http://h/{{captured}}`:               `has 0 arguments; write {{captured "name"}}`,
		`http://h/{{joined "a" "%v"}}`:        `write {{joined "name" "format" "separator"}}`,
		`http://h/{{joined "a" "" ""}}`:       `has neither %v`,
		`http://h/{{joined "a" "%d" ""}}`:     `has "%d" in its format`,
		`http://h/{{joined "a" "v%" ""}}`:     `has "%" in its format`,
		`http://h/{{joined "a" "% v" ""}}`:    `has "% " in its format`,
		`http://h/{{joined "a" "%v" " "}}`:    `stands for text with a character that no URL can hold`,
		`http://h/{{joined "a" "%%4%v" "-"}}`: `stands in an escape that % begins`,
	} {
		if _, err := (planned{spec: Spec{URL: url}}).compile(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", url, err, want)
		}
	}
}

// TestBodiesOfAnswersAreJSON where they must be; that is seen when they are sent.
func TestBodiesOfAnswersAreJSON(t *testing.T) {
	template := newTemplate(t, Spec{URL: "http://h/", Body: Body{As: asJSON, Text: `{"a":{{captured "x"}}}`}})
	if err := template.Try(7); err != nil {
		t.Error(err)
	}
	for value, want := range map[string]error{"[1]": nil, "word": errNoJSON} {
		got, err := wireFormOf(template, 7, &text.Given{Values: captures("x", value)})
		if !errors.Is(err, want) {
			t.Errorf("%s: %v", got, err)
		}
	}
}

// TestMakersForget what a flow gave to one request.
func TestMakersForget(t *testing.T) {
	m := newTemplate(t, Spec{URL: "http://h/{{captured \"x\"}}"}).NewMaker()
	m.Give(&text.Given{Values: captures("x", "v")})
	if made, err := m.Make(t.Context(), 1, 0); err != nil || made.URL.Opaque != "/v" {
		t.Errorf("%v, %v", made, err)
	}
	if _, err := m.Make(t.Context(), 2, 0); err == nil {
		t.Error("the next request has what was given to the last")
	}
}

// TestOnlyAnswersDiffer: what is drawn is the arrival's, and so the same in all of its steps, whatever was captured.
func TestOnlyAnswersDiffer(t *testing.T) {
	create := newTemplate(t, Spec{URL: "http://h/{{uuid}}/{{seq}}/{{randInt 1 999}}"})
	commit := newTemplate(t, Spec{URL: "http://h/{{uuid}}/{{seq}}/{{randInt 1 999}}?id={{captured \"x\"}}"})
	for k := range int64(5) {
		first, _ := create.URLText(k, nil)
		for _, id := range []string{"a", "b"} {
			given := &text.Given{Values: captures("x", id)}
			then, err := commit.URLText(k, given)
			if want := first + "?id=" + id; then != want || err != nil {
				t.Errorf("step 1 of arrival %d goes to %s, step 2 to %s, %v", k, first, then, err)
			}
			if again, _ := create.URLText(k, given); again != first {
				t.Errorf("arrival %d begins with %s, then %s", k, first, again)
			}
		}
	}
}

// TestServersAreLaidOnce, by whoever comes first, and no more are kept than a list may have.
func TestServersAreLaidOnce(t *testing.T) {
	template := newTemplate(t, Spec{URL: `{{captured "place"}}`, Header: lines("X-Id", "{{seq}}"), Body: Body{Text: "abc"}})
	hosts := []string{"a", "b:81", "c"}
	var group sync.WaitGroup
	for worker := range 4 {
		group.Go(func() {
			m := template.NewMaker()
			for k := range int64(50) {
				host := hosts[(int(k)+worker)%len(hosts)]
				given := aimed("http", host, "/x", k%2 == 0)
				got, err := wireFormOf(template, k, given)
				if m.Give(given); err != nil || !strings.Contains(got, "\r\nHost: "+host+"\r\n") {
					t.Errorf("%s: %v", got, err)
				}
				made, err := m.Make(context.Background(), k, 0)
				if err != nil || made.Host != host || made.URL.Host != host {
					t.Errorf("%v, %v", made, err)
				}
				again, err := made.GetBody()
				if body, _ := io.ReadAll(again); string(body) != "abc" || err != nil {
					t.Errorf("%q, %v", body, err)
				}
			}
		})
	}
	group.Wait()
	if n := len(template.aims.mu.of); n != 2*len(hosts) {
		t.Errorf("%d are kept", n)
	}
	for k := range int64(3 * mostServers) {
		wireFormOf(template, k, aimed("http", "h"+strings.Repeat("x", int(k)), "/", true))
	}
	if n := len(template.aims.mu.of); n > mostServers {
		t.Errorf("%d are kept", n)
	}
}

func TestExchangesAllocateNothing(t *testing.T) {
	for url, given := range map[string]*text.Given{
		"http://h/{{seq}}/{{captured \"place\"}}": {Values: captures("place", "a/b c"), Cookie: "a=b"},
		`{{captured "place"}}`:                    aimed("http", "h:81", "/a?b", false),
	} {
		template := newTemplate(t, Spec{URL: url, Body: Body{Text: `{{captured "place"}}`}})
		with, buf := template.From.NewRenderer(), make([]byte, 0, 1024)
		with.Given = given
		render := func() {
			r := template.Scope(with, 7, renderedAt)
			c := template.Source.Content(r)
			buf = template.AppendHeadOf(buf[:0], r, c.Size)
		}
		if n := testing.AllocsPerRun(100, render); n != 0 || with.Err != nil {
			t.Errorf("%s: %v allocations, %v", url, n, with.Err)
		}
	}
}

// FuzzGiven: whatever answers said, both forms of an exchange are the same one request, with no header that the plan
// does not have; or it is not sent, on either.
func FuzzGiven(f *testing.F) {
	for _, seed := range []struct{ value, host, target, cookie string }{
		{"v", "h:81", "/a?b=c", "a=1; b=2"},
		{"a\r\nX-Evil: 1", "h", "/", ""},
		{"\"}, \\ é\x00", "[::1]:8080", "//a%2F/?", "a=\"b\""},
		{"  ", "[fe80::1%25eth0]", "/a b", "a=\nb"},
		{"%", "h/", "/ HTTP/1.1\r\n\r\nGET /", "é"},
		{"http://far/", "user@h", "//x\"y", " a "},
		{"", "", "", ""},
		{"x", "h:x", "/é#f", "a\tb"},
	} {
		f.Add(seed.value, seed.host, seed.target, seed.cookie, false)
		f.Add(seed.value, seed.host, seed.target, seed.cookie, true)
	}
	own := lines("X-Value", `v={{captured "x"}}`, "Authorization", "Bearer hush")
	all := []*Template{
		newTemplate(f, Spec{URL: `{{captured "x"}}`, Header: lines("Authorization", "Bearer hush")}),
		newTemplate(f, Spec{URL: `http://h/{{captured "x"}}?{{captured "x"}}={{joined "x" "%n=%v" "&"}}`, Header: own}),
		newTemplate(f, Spec{URL: `http://h/x`, Header: own, Body: Body{As: asJSON, Text: `{"a":"{{captured "x"}}"}`}}),
	}
	f.Fuzz(func(t *testing.T, value, host, target, cookie string, foreign bool) {
		for i, template := range all {
			given := &text.Given{Values: captures("x", value), Cookie: cookie}
			if i == 0 {
				given.Aim = &text.Aim{Scheme: "http", Host: host, Target: target, Foreign: foreign}
			}
			written, err := wireFormOf(template, 7, given)
			m := template.NewMaker()
			m.Give(given)
			made, errMade := m.Make(t.Context(), 7, renderedAt)
			if (err == nil) != (errMade == nil) {
				t.Fatalf("the wire form fails with %v, net/http's with %v", err, errMade)
			}
			if err == nil {
				sameRequest(t, written, made)
				if strings.Contains(written, "hush") == (foreign && i == 0) {
					t.Errorf("foreign: %v\n%s", foreign, written)
				}
			}
		}
	})
}

// sameRequest holds what a server reads of one form against the other.
func sameRequest(t *testing.T, written string, made *http.Request) {
	t.Helper()
	from := bufio.NewReader(strings.NewReader(written))
	read, err := http.ReadRequest(from)
	if err != nil {
		t.Fatalf("%v in\n%q", err, written)
	}
	body, err := io.ReadAll(read.Body)
	if _, more := from.ReadByte(); err != nil || more != io.EOF {
		t.Fatalf("%v, %v in\n%q", err, more, written)
	}
	own := ""
	if made.Body != nil {
		whole, _ := io.ReadAll(made.Body)
		own = string(whole)
	}
	want := http.Header{}
	for name, values := range made.Header {
		for _, v := range values {
			want.Add(name, strings.TrimSpace(v))
		}
	}
	read.Header.Del("Content-Length")
	if read.RequestURI != made.URL.RequestURI() || read.Host != made.Host || string(body) != own ||
		!reflect.DeepEqual(read.Header, want) {
		t.Errorf("a server reads %q %q %v %q\nof the other form %q %q %v %q", read.RequestURI, read.Host, read.Header, body,
			made.URL.RequestURI(), made.Host, want, own)
	}
}
