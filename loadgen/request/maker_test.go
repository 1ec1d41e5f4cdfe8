package request

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"shotput/loadgen/header"
	"shotput/loadgen/text"
)

const renderedAt = 1500 * time.Millisecond

// wireForm is request k as bytes.
func wireForm(t *testing.T, template *Template, k int64) string {
	body, length := template.Body(k, renderedAt)
	if length != template.Size(k) {
		t.Errorf("request %d has a body of %d bytes, Size says %d", k, length, template.Size(k))
	}
	whole := bytes.NewBuffer(template.AppendHead(nil, k, renderedAt, length))
	if n, err := whole.ReadFrom(body); n != length || err != nil {
		t.Errorf("request %d has a body of %d bytes, announced are %d (%v)", k, n, length, err)
	}
	return whole.String()
}

// netForm is request k as net/http's transport puts it on a connection.
func netForm(t *testing.T, p *planned, template *Template, k int64) string {
	t.Helper()
	made, err := netFormOf(t, p, template, k, nil)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// netFormOf is netForm of an exchange of a flow. The error says why it cannot be made.
func netFormOf(t *testing.T, p *planned, template *Template, k int64, given *text.Given) (string, error) {
	t.Helper()
	var wire bytes.Buffer
	dial := func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		go answerOne(server, &wire)
		return client, nil
	}
	transport := &http.Transport{DialContext: dial, DialTLSContext: dial, DisableCompression: true,
		DisableKeepAlives: p.how.Close, Proxy: p.proxy}
	defer transport.CloseIdleConnections()
	maker := template.NewMaker()
	maker.Give(given)
	request, err := maker.Make(t.Context(), k, renderedAt)
	if err != nil {
		return "", err
	}
	response, err := transport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	return wire.String(), nil
}

// toProxy leads every request to a plain HTTP proxy, whole.
func toProxy(*url.URL) Via { return Via{Absolute: true} }

// proxy is what net/http is told of it.
func (p *planned) proxy(r *http.Request) (*url.URL, error) {
	if p.how.Via == nil {
		return nil, nil
	}
	via := p.how.Via(r.URL)
	if !via.Absolute {
		return nil, nil
	}
	return &url.URL{Scheme: "http", Host: "proxy:3128", User: via.User}, nil
}

// answerOne reads one request from c into wire, and answers.
func answerOne(c net.Conn, wire *bytes.Buffer) {
	defer c.Close()
	if request, err := http.ReadRequest(bufio.NewReader(io.TeeReader(c, wire))); err == nil {
		io.Copy(io.Discard, request.Body)
		io.WriteString(c, "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
	}
}

// lines are header lines of names and values in turn; "-" removes one.
func lines(pairs ...string) (all []header.Line) {
	for i := 0; i < len(pairs); i += 2 {
		all = append(all, header.Line{Name: pairs[i], Value: pairs[i+1], Remove: pairs[i+1] == "-"})
	}
	return all
}

var someKeys = AWS{Region: "us-east-1", AccessKey: "key", SecretKey: "secret"}

// formed are requests of all kinds.
var formed = map[string]planned{
	"plain":       {spec: Spec{URL: "http://h/items"}},
	"no path":     {spec: Spec{URL: "h:8080"}},
	"query":       {spec: Spec{URL: "http://h:80?a=b&c=%20"}},
	"odd bytes":   {spec: Spec{URL: "http://h/é\"<>|{}\\^`%25?é=\"[]{}"}},
	"two slashes": {spec: Spec{URL: "http://h//a%2Fb//{{seq}}?x=//"}},
	"dots":        {spec: Spec{URL: "http://h/a/./../b"}},
	"ipv6":        {spec: Spec{URL: "http://[::1]:8080/x"}},
	"zone":        {spec: Spec{URL: "http://[fe80::1%25eth0]/x"}},
	"all vary": {spec: Spec{URL: "http://h/{{seq}}?at={{now}}",
		Header: lines("X-Id", "{{uuid}}", "Host", "{{seq}}.example"), Body: Body{Text: "{{uuid}}"}}},
	"https":          {spec: Spec{URL: "https://h:443/{{seq}}"}},
	"get":            {spec: Spec{Method: "GET", URL: "http://h/"}},
	"delete":         {spec: Spec{Method: "DELETE", URL: "http://h/", Body: Body{Text: "x"}}},
	"post":           {spec: Spec{Method: "POST", URL: "http://h/"}},
	"one connection": {spec: Spec{URL: "http://h/"}, how: Setting{Close: true}},
	"own connection": {spec: Spec{URL: "http://h/", Header: lines("Connection", "close, te")},
		how: Setting{Close: true}},
	"none of ours": {spec: Spec{URL: "http://u:p@h/",
		Header: lines("User-Agent", "-", "Accept", "-", "Authorization", "-")}},
	"no agent": {spec: Spec{URL: "http://h/", Header: lines("user-agent", " ")}},
	"ours replaced": {spec: Spec{URL: "http://h/",
		Header: lines("User-Agent", "me/{{seq}}", "accept", "a/b", "Host", "other:81")}},
	"repeated": {spec: Spec{URL: "http://h/",
		Header: lines("X-A", "1", "X-B", "", "X-A", " {{seq}}\t", "X-A", "2")}},
	"repeated default": {spec: Spec{URL: "http://h/", Header: lines("Accept", "a", "Accept", "b")}},
	"spelling": {spec: Spec{URL: "http://h/",
		Header: lines("SOAPAction", "\"x\"", "x-lower", "é", "idempotency-key", "{{uuid}}")}},
	"token": {spec: Spec{URL: "http://h/?t={{env \"SHOTPUT_TOKEN\"}}",
		Header: lines("Authorization", "Bearer {{env \"SHOTPUT_TOKEN\"}}"), Auth: Auth{User: "a:b"}}},
	"user":       {spec: Spec{URL: "http://u:p@h/", Auth: Auth{User: "ann:pass:word"}}},
	"user alone": {spec: Spec{URL: "http://h/", Auth: Auth{User: "ann"}}},
	"userinfo":   {spec: Spec{URL: "http://ann%40x:p%3A@h/"}},
	"proxy": {spec: Spec{URL: "http://u@h:8080/{{seq}}?x", Header: lines("Host", "other")},
		how: Setting{Via: toProxy}},
	"proxy, slashes": {spec: Spec{URL: "http://h//{{seq}}"}, how: Setting{Via: toProxy}},
	"proxy, fixed":   {spec: Spec{URL: "http://h:80"}, how: Setting{Via: toProxy}},
	"bearer":         {spec: Spec{URL: "http://h/", Auth: Auth{Bearer: "abc{{seq}}"}}},
	"token renewed": {spec: Spec{URL: "http://h/",
		Auth: Auth{OAuth2: OAuth2{TokenURL: "http://t/", ClientID: "c"}}}},
	"signed": {spec: Spec{URL: "http://h/{{seq}}?b&a=/", Auth: Auth{AWS: someKeys},
		Header: lines("X-Amz-Meta-A", "{{uuid}}"), Body: Body{Text: "{{seq}}"}}},
	"signed, fixed": {spec: Spec{URL: "https://h:443/a:b", Auth: Auth{AWS: someKeys}, Body: Body{Size: 100}}},
	"signed, session": {spec: Spec{URL: "http://h/",
		Auth: Auth{AWS: AWS{Region: "r", Service: "s", AccessKey: "k", SecretKey: "s", SessionToken: "t"}}}},
	"body text":  {spec: Spec{URL: "http://h/", Body: Body{Text: "fixed"}}},
	"body data":  {spec: Spec{URL: "http://h/", Body: Body{Data: []byte("{{seq}}\x00")}}},
	"body empty": {spec: Spec{URL: "http://h/", Body: Body{Data: []byte{}}}},
	"body size":  {spec: Spec{URL: "http://h/", Body: Body{Size: 3000}}},
}

// TestBothFormsSayTheSame holds the bytes of the wire form against what net/http itself writes for the other form:
// the same request line, the same lines in whatever order, and as a server reads it, the same values in order.
func TestBothFormsSayTheSame(t *testing.T) {
	all := maps.Clone(formed)
	all["body file"] = planned{spec: Spec{URL: "http://h/", Body: Body{File: writeFile(t, 2<<20)}}}
	for name, p := range all {
		t.Run(name, func(t *testing.T) {
			template := p.template(t)
			for k := range int64(3) {
				want, got := netForm(t, &p, template, k), wireForm(t, template, k)
				if a, b := canonicalLines(want), canonicalLines(got); !slices.Equal(a, b) {
					t.Errorf("net/http writes\n%.1000s\nthe wire form is\n%.1000s", want, got)
				}
				if a, b := parse(t, want), parse(t, got); !reflect.DeepEqual(a, b) {
					t.Errorf("a server reads %.1000v\nand %.1000v", a, b)
				}
			}
		})
	}
}

// canonicalLines are the lines of a request's head, but for the request line in no order, and names as net/http
// spells those that it looks at.
func canonicalLines(whole string) []string {
	head, _, _ := strings.Cut(whole, "\r\n\r\n")
	lines := strings.Split(head, "\r\n")
	for i, line := range lines[1:] {
		name, value, _ := strings.Cut(line, ":")
		if canonical := http.CanonicalHeaderKey(name); slices.Contains(readByNetHTTP, canonical) {
			lines[1+i] = canonical + ":" + value
		}
	}
	slices.Sort(lines[1:])
	return lines
}

// parse reads what a server makes of a request.
func parse(t *testing.T, whole string) []any {
	t.Helper()
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(whole)))
	if err != nil {
		t.Fatalf("%v in\n%.1000s", err, whole)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return []any{r.Method, r.RequestURI, r.Host, r.Header, r.ContentLength, r.Close, string(body)}
}

// TestMakeSharesWhatIsConstant, and nothing else: a request may still be being written when the next is made.
func TestMakeSharesWhatIsConstant(t *testing.T) {
	maker := newTemplate(t, Spec{URL: "http://h/x", Body: Body{Text: "abc"}}).NewMaker()
	a, b := make2(t, maker)
	if a == b || a.Body == b.Body || a.URL != b.URL ||
		reflect.ValueOf(a.Header).Pointer() != reflect.ValueOf(b.Header).Pointer() {
		t.Error("constant requests share their URL and header, and nothing else")
	}
	maker = newTemplate(t, Spec{URL: "http://h/{{seq}}", Header: []header.Line{{Name: "X-Id", Value: "{{seq}}"}},
		Body: Body{Text: "n={{seq}}"}}).NewMaker()
	a, b = make2(t, maker)
	body, _ := io.ReadAll(a.Body)
	if a.URL.Opaque != "/1" || a.Header.Get("X-Id") != "1" || string(body) != "n=1" {
		t.Errorf("making request 2 changed request 1: %v %v %s", a.URL, a.Header, body)
	}
	io.ReadAll(b.Body)
	again, err := b.GetBody()
	if err != nil {
		t.Fatal(err)
	}
	if body, _ := io.ReadAll(again); string(body) != "n=2" {
		t.Errorf("request 2's body read again is %q", body)
	}
}

// make2 makes requests 1 and 2.
func make2(t *testing.T, m *Maker) (a, b *http.Request) {
	t.Helper()
	a, errA := m.Make(t.Context(), 1, 0)
	b, errB := m.Make(t.Context(), 2, 0)
	if errA != nil || errB != nil {
		t.Fatal(errA, errB)
	}
	return a, b
}

func TestTemplateDescribesItself(t *testing.T) {
	one := newTemplate(t, Spec{URL: "http://u:hush@h/a#b"})
	many := newTemplate(t, Spec{URL: "http://u:hush@h/{{seq}}?token=hush"})
	if !one.SameURL() || many.SameURL() {
		t.Errorf("SameURL is %v for %s and %v for %s", one.SameURL(), one.Label(), many.SameURL(), many.Label())
	}
	if got, want := many.Label(), "http://REDACTED@h/{{seq}}?token=REDACTED"; got != want {
		t.Errorf("the label is %s, want %s", got, want)
	}
	if got, want := many.URL(5, 0), "http://h/5?token=hush"; got != want {
		t.Errorf("request 5 goes to %s, want %s", got, want)
	}
}

func TestBasicUser(t *testing.T) {
	for _, c := range []struct{ url, user, want string }{
		{"http://h/", "", ""},
		{"http://h/", "ann:pass:word", "ann:pass:word"},
		{"http://h/", "ann", "ann:"},
		{"http://url:its@h/", "", "url:its"},
		{"http://url:its@h/", "ann:x", "ann:x"},
		{"http://url@h/", "", "url:"},
		{"http://a%40b:p%3A@h/", "", "a@b:p:"},
	} {
		r, _ := make2(t, newTemplate(t, Spec{URL: c.url, Auth: Auth{User: c.user}}).NewMaker())
		name, password, ok := r.BasicAuth()
		if got := name + ":" + password; ok != (c.want != "") || ok && got != c.want {
			t.Errorf("%s with the user %q sends %q, want %q", c.url, c.user, got, c.want)
		}
	}
}

// TestClockFunctionsReadTheIntendedStart, in UTC wherever the run is started.
func TestClockFunctionsReadTheIntendedStart(t *testing.T) {
	template := newTemplate(t, Spec{URL: "http://h/{{now}}/{{unixMillis}}"})
	if got, want := template.URL(1, renderedAt), "http://h/2026-03-04T04:06:08.589Z/1772597168589"; got != want {
		t.Errorf("1.5 s after the start the URL is %s, want %s", got, want)
	}
}

// TestAppendHeadTakesAnyLength, although the head with the body's own is put together beforehand.
func TestAppendHeadTakesAnyLength(t *testing.T) {
	template := newTemplate(t, Spec{URL: "http://h/", Body: Body{Text: "abc"}})
	for _, length := range []int64{0, 3, 1 << 40} {
		want := fmt.Sprintf("\r\nContent-Length: %d\r\n\r\n", length)
		if head := string(template.AppendHead(nil, 1, 0, length)); strings.Count(head, "Content-Length") != 1 ||
			!strings.HasSuffix(head, want) {
			t.Errorf("with a body of %d bytes the head is\n%s", length, head)
		}
	}
}

func TestAppendHeadAllocatesNothing(t *testing.T) {
	for _, url := range []string{"http://h/items",
		"http://h/{{seq}}/{{uuid}}/{{randInt 1 9}}/{{randHex 9}}/{{randString 9}}/{{now}}/{{unixMillis}}"} {
		template := newTemplate(t, Spec{URL: url, Body: Body{Size: 128}})
		buf, k := make([]byte, 0, 1024), int64(0)
		if n := testing.AllocsPerRun(1000, func() { buf = template.AppendHead(buf[:0], k, 0, 128); k++ }); n != 0 {
			t.Errorf("%s: %v allocations for each head, want none", url, n)
		}
	}
}

func BenchmarkAppendHead(b *testing.B) {
	for _, path := range []string{"items", "{{seq}}", "{{uuid}}"} {
		b.Run(path, func(b *testing.B) {
			template := newTemplate(b, Spec{URL: "http://h/" + path, Body: Body{Size: 128}})
			buf, k := make([]byte, 0, 1024), int64(0)
			b.ReportAllocs()
			for b.Loop() {
				buf = template.AppendHead(buf[:0], k, 0, 128)
				k++
			}
		})
	}
}

func BenchmarkMake(b *testing.B) {
	id := []header.Line{{Name: "X-Id", Value: "{{uuid}}"}}
	for i, s := range []Spec{
		{URL: "http://h/x"},
		{URL: "http://h/x", Body: Body{Size: 128}},
		{URL: "http://h/{{seq}}", Body: Body{Size: 128}},
		{URL: "http://h/{{seq}}", Header: id, Body: Body{Text: "{{uuid}}"}},
	} {
		b.Run(fmt.Sprint([]string{"constant", "body", "url", "all"}[i]), func(b *testing.B) {
			maker, k := newTemplate(b, s).NewMaker(), int64(0)
			b.ReportAllocs()
			for b.Loop() {
				maker.Make(b.Context(), k, 0)
				k++
			}
		})
	}
}
