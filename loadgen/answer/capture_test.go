package answer

import (
	"bytes"
	"compress/gzip"
	"errors"
	"net/http"
	"strings"
	"testing"

	"shotput/loadgen/fault"
)

// A taken is what is captured from an answer: the value, or behind "!" why there is none.
type taken struct {
	capture string
	a       Seen
	want    string
}

var takes = map[string]taken{
	"a header":                          {"header etag", Seen{Header: lines(`ETag: "a1"`)}, `"a1"`},
	"the first of two headers":          {"header Link", Seen{Header: lines("Link: </a>", "Link: </b>")}, "</a>"},
	"a header of lines":                 {"header ETag", Seen{Lines: []byte("A: b\r\nEtag: \"a1\"\r\n")}, `"a1"`},
	"no header":                         {"header ETag", Seen{Header: lines("A: b")}, "! header ETag is missing"},
	"an empty header":                   {"header ETag", Seen{Lines: []byte("ETag: \r\n")}, "! header ETag is empty"},
	"a cookie":                          {"cookie SID", Seen{Header: lines("Set-Cookie: a=b", `Set-Cookie: SID="x y"; Path=/; Secure`)}, "x y"},
	"the last of two cookies":           {"cookie SID", Seen{Lines: []byte("Set-Cookie: SID=1\r\nset-cookie: SID=2\r\n")}, "2"},
	"no cookie":                         {"cookie SID", Seen{Header: lines("Set-Cookie: sid=1")}, "! cookie SID is not set"},
	"a cookie that is taken away":       {"cookie SID", Seen{Header: lines("Set-Cookie: SID=; Max-Age=0")}, "! cookie SID is empty"},
	"the status":                        {"status", Seen{}, "201"},
	"the URL":                           {"url", Seen{}, "http://a/b?c"},
	"a text of json":                    {"json .items[1].name", Seen{Body: []byte(someJSON)}, "b c"},
	"a number of json, as it stands":    {"json .big", Seen{Body: []byte(someJSON)}, "9007199254740993"},
	"a list of json":                    {"json .items[0].sizes", Seen{Body: []byte(someJSON)}, "[1, 2.0]"},
	"json within space":                 {"json .a", Seen{Body: []byte(" {\"a\":true}\n")}, "true"},
	"all of the json":                   {"json .", Seen{Body: []byte(`["a"]`)}, `["a"]`},
	"json without it":                   {"json .id", Seen{Body: []byte(someJSON)}, "! json .id is missing"},
	"json null":                         {"json .none", Seen{Body: []byte(someJSON)}, "! json .none is null"},
	"an empty text of json":             {"json .empty", Seen{Body: []byte(someJSON)}, "! json .empty is empty"},
	"no json":                           {"json .id", Seen{Body: []byte(`id=5, token=hush`)}, `! body is no json: "id=5, token=REDACTED"`},
	"two documents":                     {"json .id", Seen{Body: []byte(`{"id":1}{"id":2}`)}, `! body is no json: "{\"id\":1}{\"id\":2}"`},
	"json of which the end is missing":  {"json .id", Seen{Body: []byte(`{"id":1}`), Cut: true}, "! body is longer than 1 MiB, too long to capture from its json"},
	"json with a line break in a text":  {"json .a", Seen{Body: []byte(`{"a":"b\nc"}`)}, "! json .a has a line break or a NUL in it"},
	"json with a return":                {"json .a", Seen{Body: []byte(`{"a":"b\rX-Evil: 1"}`)}, "! json .a has a line break or a NUL in it"},
	"json with a NUL":                   {"json .a", Seen{Body: []byte(`{"a":"b\u0000c"}`)}, "! json .a has a line break or a NUL in it"},
	"a group":                           {`regex <Id>(.+?)</Id>`, Seen{Body: []byte("<Id>7</Id><Id>8</Id>")}, "7"},
	"the first group":                   {`regex (a)(b)`, Seen{Body: []byte("xab")}, "a"},
	"a group that is not there":         {`regex (a)|b`, Seen{Body: []byte("b")}, `! body does not match regex (a)|b: "b"`},
	"an empty group":                    {`regex (a*)b`, Seen{Body: []byte("b")}, "! regex (a*)b is empty"},
	"a group over two lines":            {`regex (?s)(a.b)`, Seen{Body: []byte("a\nb")}, "! regex (?s)(a.b) has a line break or a NUL in it"},
	"no match":                          {"regex id=(.+)", Seen{Body: []byte("token=hush")}, `! body does not match regex id=(.+): "token=REDACTED"`},
	"no match in what was looked at":    {"regex id=(.+)", Seen{Body: []byte("x"), Cut: true}, `! body does not match regex id=(.+): "x" (only its first MiB was looked at)`},
	"a match in what was looked at":     {"regex id=(.)", Seen{Body: []byte("id=5"), Cut: true}, "5"},
	"an expression that tells a secret": {"regex token=hush(.+)", Seen{}, `! body does not match regex token=REDACTED: ""`},
}

func take(t *testing.T, capture string, a *Seen, decode bool) string {
	t.Helper()
	c, err := ParseCapture("it", capture)
	if err != nil {
		t.Fatal(err)
	}
	taker, err := c.Compile(decode)
	if err != nil {
		t.Fatal(err)
	}
	value, why := taker.Take(a, 201, "http://a/b?c")
	if (value == "") == (why == "") {
		t.Errorf("%q, and %q", value, why)
	}
	if why != "" {
		return "! " + why
	}
	return value
}

func TestTake(t *testing.T) {
	for name, c := range takes {
		if got := take(t, c.capture, &c.a, false); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// Of a packed body it is what is in it that counts, also where a check has unpacked it before, or another capture.
func TestTakePacked(t *testing.T) {
	packed := Seen{Header: lines("Content-Encoding: gzip"), Body: pack(t, someJSON)}
	held := Spec{JSON: `status == "ok"`}
	if why := whyOf(t, held, true, packed); why != "" {
		t.Error(why)
	}
	e, err := held.Expect(true)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if why := e.checks.why(&packed); why != "" {
			t.Error(why)
		}
		if got := take(t, "json .items[0].name", &packed, true); got != "a" {
			t.Error(got)
		}
		if got := take(t, `regex "big": (\d+)`, &packed, true); got != "9007199254740993" {
			t.Error(got)
		}
	}
	torn := Seen{Lines: []byte("Content-Encoding: gzip\r\n"), Body: pack(t, someJSON)[:20]}
	if got := take(t, "json .items[0].name", &torn, true); !strings.HasPrefix(got, "! body is no gzip: ") {
		t.Error(got)
	}
}

// What was looked at for a check does not keep a capture from the rest.
func TestTakeBehindACheck(t *testing.T) {
	a := Seen{Lines: []byte("ETag: \"1\"\r\nLocation: /a\r\n")}
	e, err := (&Spec{Header: []string{"ETag"}}).Expect(false)
	if err != nil {
		t.Fatal(err)
	}
	if why := e.checks.why(&a); why != "" {
		t.Error(why)
	}
	if got := take(t, "header Location", &a, false); got != "/a" {
		t.Error(got)
	}
}

func TestBrokenCaptures(t *testing.T) {
	for s, want := range map[string]string{
		"":                 `capture "": is no form of a capture; known are header, json, regex, status, cookie, url; write header Location`,
		"head ETag":        `capture "head ETag": is no form of a capture; write header ETag`,
		"header":           `capture "header": names no header; write header Location`,
		"header two words": `capture "header two words": names no header; write header Location`,
		"cookie":           `capture "cookie": names no cookie; write cookie SID`,
		"json id":          `capture "json id": has no path that begins with a dot; write json .id`,
		"json .a..b":       `capture "json .a..b": has a path with an empty name in it; write json .id`,
		"regex (":          `capture "regex (": is no regular expression (RE2): missing closing ): (; write regex id=([0-9]+)`,
		"regex a":          `capture "regex a": has no group: what is wanted stands in parentheses; write regex id=([0-9]+)`,
		"status 200":       `capture "status 200": has something behind it; write status`,
		"url .":            `capture "url .": has something behind it; write url`,
	} {
		_, err := ParseCapture("it", s)
		var f *fault.Fault
		if !errors.As(err, &f) || f.Error() != want {
			t.Errorf("%s: %v, want %s", s, err, want)
			continue
		}
		if mend := f.Remedy(); mend.How != fault.Replace || mend.Field != "capture" {
			t.Errorf("%s is mended by %+v", s, mend)
		} else if _, err := ParseCapture("it", mend.Value); err != nil {
			t.Errorf("%s is mended by %v", s, err)
		}
	}
}

// FuzzCapture: whatever is asked for and whatever came, what is taken can stand in a request, or it is said why nothing
// was; and what a capture says of itself is the same capture.
func FuzzCapture(f *testing.F) {
	for _, c := range takes {
		f.Add(c.capture, "Set-Cookie: SID=1\r\nETag: \"1\"\r\nContent-Encoding: gzip\r\n", string(c.a.Body), c.a.Cut, true)
		f.Add(c.capture, string(c.a.Lines), string(c.a.Body), c.a.Cut, false)
	}
	f.Fuzz(func(t *testing.T, s, head, body string, cut, decode bool) {
		c, err := ParseCapture("it", s)
		if err != nil {
			if f := new(fault.Fault); !errors.As(err, &f) || f.Why == "" {
				t.Fatalf("%q: %v", s, err)
			}
			return
		}
		taker, err := c.Compile(decode)
		if err != nil {
			t.Fatalf("%q: %v", s, err)
		}
		a := Seen{Lines: []byte(head), Body: []byte(body), Cut: cut}
		value, why := taker.Take(&a, 200, "http://a/")
		if (value == "") == (why == "") || strings.ContainsAny(value, "\r\n\x00") {
			t.Fatalf("%q of %q: %q, %q", s, body, value, why)
		}
		if again, _ := taker.Take(&a, 200, "http://a/"); again != value {
			t.Fatalf("%q of %q: %q, and then %q", s, body, value, again)
		}
		header := http.Header{} // the other form of the same answer
		for line := range strings.SplitSeq(head, "\r\n") {
			if name, v, ok := strings.Cut(line, ": "); ok && http.CanonicalHeaderKey(name) != name {
				return // which holds only names as net/http has them
			} else if ok {
				header.Add(name, v)
			}
		}
		if other, _ := taker.Take(&Seen{Header: header, Body: []byte(body), Cut: cut}, 200, "http://a/"); other != value {
			t.Fatalf("%q of %q and %q: %q of lines, %q of a map", s, head, body, value, other)
		}
	})
}

func pack(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write([]byte(text))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
