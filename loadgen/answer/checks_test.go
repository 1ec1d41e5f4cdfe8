package answer

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"shotput/stats"
)

const someJSON = `{"status": "ok", "count": 3, "big": 9007199254740993, "ratio": 0.5, "done": true, "none": null,
	"items": [{"name": "a", "sizes": [1, 2.0]}, {"name": "b c"}], "und": {"and": 1}, "api_token": "hush", "empty": ""}`

// heldOrNot are checks of someJSON, each with why it does not hold; empty where it does.
var heldOrNot = map[string]string{
	`status == "ok"`:               "",
	`.status == "ok"`:              "",
	`status=="ok"`:                 "",
	`status == "busy"`:             `json status is "ok", expected == "busy"`,
	`status != "busy"`:             "",
	`status != "ok"`:               `json status is "ok", expected != "ok"`,
	`status == 1`:                  `json status is "ok", expected == 1`,
	`state == "ok"`:                `json state is missing, expected == "ok"`,
	`state != "ok"`:                `json state is missing, expected != "ok"`,
	`state exists`:                 `json state is missing`,
	`none exists and empty exists`: "",
	`none == null`:                 "",
	`done == true`:                 "",
	`done == false`:                `json done is true, expected == false`,
	`count == 3.0`:                 "",
	`count == "3"`:                 `json count is 3, expected == "3"`,
	`big == 9007199254740992`:      `json big is 9007199254740993, expected == 9007199254740992`,
	`big > 9007199254740992`:       "",
	`count >= 3 and count <= 3 and count > 2 and count < 4`: "",
	`count > 3`:                `json count is 3, expected > 3`,
	`count < 3`:                `json count is 3, expected < 3`,
	`count >= 4`:               `json count is 3, expected >= 4`,
	`count <= 2`:               `json count is 3, expected <= 2`,
	`ratio < 1e999`:            "",
	`ratio < 1`:                "",
	`status < "p"`:             "",
	`status < 1`:               `json status is "ok", expected < 1`,
	`done < 1`:                 `json done is true, expected < 1`,
	`status ~ "^o."`:           "",
	`status ~ "x"`:             `json status is "ok", expected ~ "x"`,
	`count ~ "3"`:              `json count is 3, expected ~ "3"`,
	`items[1].name == "b c"`:   "",
	`items[0].sizes[1] == 2`:   "",
	`items[0].sizes == [1, 2]`: "",
	`items[0] == {"sizes": [1.0, 2], "name": "a"}`: "",
	`items[0] == {"name": "a"}`: `json items[0] is {"name":"a","sizes":[1,2.0]}, ` +
		`expected == {"name": "a"}`,
	`items[0].sizes == [1]`:           `json items[0].sizes is [1,2.0], expected == [1]`,
	`items[2] exists`:                 `json items[2] is missing`,
	`items.name exists`:               `json items.name is missing`,
	`status[0] exists`:                `json status[0] is missing`,
	`und.and == 1 and und exists`:     "",
	`. exists`:                        "",
	`api_token == "other"`:            `json api_token is REDACTED, expected == REDACTED`,
	`und == "x" and status == "no"`:   `json und is {"and":1}, expected == "x"`,
	`status == "ok" and count == 4`:   `json count is 3, expected == 4`,
	"status\t==\n\"ok\" and count==3": "",
}

func TestJSONChecks(t *testing.T) {
	for expression, want := range heldOrNot {
		if got := whyOf(t, Spec{JSON: expression}, false, Seen{Body: []byte(someJSON)}); got != want {
			t.Errorf("%s: %q, want %q", expression, got, want)
		}
	}
}

func whyOf(t *testing.T, s Spec, compressed bool, a Seen) string {
	t.Helper()
	e, err := s.Expect(compressed)
	if err != nil {
		t.Fatalf("%+v: %v", s, err)
	}
	o := stats.Observation{Status: 200}
	e.Judge(&o, &a)
	return o.Detail
}

func TestBrokenJSONChecks(t *testing.T) {
	for expression, want := range map[string]string{
		`status`:                   `at column 7: "" is no comparison; known are == != < <= > >= ~ and exists`,
		`status = "ok"`:            `at column 8: "=" is no comparison; known are == != < <= > >= ~ and exists`,
		`status == ok`:             `at column 11: "ok" is no JSON value; a text stands in double quotes`,
		`status == 'ok'`:           `at column 11: "'ok'" is no JSON value; a text stands in double quotes`,
		`status ==`:                `at column 10: "" is no JSON value; a text stands in double quotes`,
		`status == "ok" or x == 1`: `at column 16: "or" follows a whole check; join checks by and`,
		`status == "ok" and`:       `at column 19: a path is missing, such as status or items[0].name`,
		`== 1`:                     `at column 1: a path is missing, such as status or items[0].name`,
		`a..b == 1`:                `at column 3: a name is missing after the dot`,
		`größe[x] == 1`:            `at column 6: an index is a number in brackets, such as [0]`,
		`größe == [1`:              `at column 10: "[1" is no JSON value; a text stands in double quotes`,
		`a[-1] == 1`:               `at column 2: an index is a number in brackets, such as [0]`,
		`a[99999999999] == 1`:      `at column 2: an index is a number in brackets, such as [0]`,
		`a[0 == 1`:                 `at column 2: an index is a number in brackets, such as [0]`,
		`a ~ 5`:                    `at column 5: ~ takes a regular expression in double quotes`,
		`a ~ "("`:                  `at column 5: no regular expression (RE2): missing closing ): (`,
		`a < true`:                 `at column 5: < compares numbers or texts`,
		`a exists b`:               `at column 10: "b" follows a whole check; join checks by and`,
	} {
		_, err := parseJSONChecks(expression)
		if err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", expression, err, want)
		}
	}
}

func FuzzJSONCheck(f *testing.F) {
	for _, s := range []string{`status == "ok"`, `.a[0].b >= 1.5 and c exists`, `a ~ "^x" and b != null`,
		`. == {"a":[1]}`, `größe < 3`, `a == `} {
		f.Add(s, someJSON)
	}
	f.Fuzz(func(t *testing.T, s, document string) {
		all, err := parseJSONChecks(s)
		var bad *columnError
		if errors.As(err, &bad) {
			if bad.column < 1 || bad.column > utf8.RuneCountInString(s)+1 || bad.why == "" {
				t.Fatalf("%q: %v", s, err)
			}
			return
		}
		if err != nil || len(all) == 0 {
			t.Fatalf("%q: %d checks, %v", s, len(all), err)
		}
		why := whyJSON(all, Seen{Body: []byte(document)})
		var again []string
		for _, c := range all { // each by itself says the same, in the order in which they stand
			again = append(again, strings.TrimSpace(c.text+" "+c.op+" "+c.literal))
		}
		same, err := parseJSONChecks(strings.Join(again, " and "))
		if err != nil || len(same) != len(all) || whyJSON(same, Seen{Body: []byte(document)}) != why {
			t.Fatalf("%q read as %q: %v", s, again, err)
		}
	})
}

func lines(all ...string) http.Header {
	h := http.Header{}
	for _, l := range all {
		name, value, _ := strings.Cut(l, ": ")
		h.Add(name, value)
	}
	return h
}

// A checked is an answer, and why the checks do not hold for it.
type checked struct {
	spec Spec
	a    Seen
	want string
}

func (c *checked) check(t *testing.T, name string, compressed bool) {
	t.Helper()
	if got := whyOf(t, c.spec, compressed, c.a); got != c.want {
		t.Errorf("%s: %s\nwant: %s", name, got, c.want)
	}
}

var long = strings.Repeat("long ", 100)

// answers are of requests that ask for no compressed one.
var answers = map[string]checked{
	"header": {Spec{Header: []string{"etag"}}, Seen{Header: lines("ETag: x")}, ""},
	"no header": {Spec{Header: []string{"ETag"}}, Seen{Header: lines("Date: x")},
		"header ETag is missing"},
	"value": {Spec{Header: []string{"X: a:b "}}, Seen{Header: lines("X: a", "X: a:b")}, ""},
	"other value": {Spec{Header: []string{"X: a"}}, Seen{Header: lines("X: b", "X: A")},
		`header X is "b", expected "a"`},
	"secret value": {Spec{Header: []string{"Set-Cookie: a=secret"}},
		Seen{Header: lines("Set-Cookie: a=other")}, `header Set-Cookie is "REDACTED", expected "REDACTED"`},
	"secret in a location": {Spec{Header: []string{"Location: /a"}}, Seen{Header: lines("Location: /b?token=t")},
		`header Location is "/b?token=REDACTED", expected "/a"`},
	"second of two": {Spec{Header: []string{"A", "B"}}, Seen{Header: lines("A: 1")}, "header B is missing"},
	"body":          {Spec{Body: "^st.red"}, Seen{Body: []byte("stored")}, ""},
	"other body": {Spec{Body: "^ok$"}, Seen{Body: []byte("busy\n")},
		`body does not match /^ok$/: "busy\n"`},
	"empty body": {Spec{Body: "ok"}, Seen{}, `body does not match /ok/: ""`},
	"long body": {Spec{Body: "ok"}, Seen{Body: []byte(long)},
		`body does not match /ok/: "` + long[:80] + `"…`},
	"cut body": {Spec{Body: "ok"}, Seen{Body: []byte("x"), Cut: true},
		`body does not match /ok/: "x" (only its first MiB was looked at)`},
	"cut body that holds": {Spec{Body: "x"}, Seen{Body: []byte("x"), Cut: true}, ""},
	"secret body": {Spec{Body: "^ok"},
		Seen{Body: []byte(`{"access_token": "abc\"d", "n": 1} http://u:p@h/ password=x;`)},
		`body does not match /^ok/: "{\"access_token\": REDACTED, \"n\": 1} ` +
			`http://REDACTED@h/ password=REDACTED;"`},
	"no json": {Spec{JSON: "a exists"}, Seen{Body: []byte("<html>")}, `body is no json: "<html>"`},
	"json and more": {Spec{JSON: "a exists"}, Seen{Body: []byte(`{"a":1}}`)},
		`body is no json: "{\"a\":1}}"`},
	"cut json": {Spec{JSON: "a exists"}, Seen{Body: []byte(`{"a":1}`), Cut: true},
		"body is longer than 1 MiB, too long for a check of its json"},
	"long json": {Spec{JSON: "a == 1"}, Seen{Body: []byte(`{"a":"` + long + `"}`)},
		`json a is "` + long[:79] + `…, expected == 1`},
	"secret within json": {Spec{JSON: "a == 1"}, Seen{Body: []byte(`{"a":{"password":"p"}}`)},
		`json a is {"password":REDACTED}, expected == 1`},
	"gzip, not asked for": {Spec{Body: "plain"},
		Seen{Header: lines("Content-Encoding: gzip"), Body: []byte("plain")}, ""},
}

func TestChecks(t *testing.T) {
	for name, c := range answers {
		c.check(t, name, false)
	}
	for name, c := range map[string]checked{ // of a request that asks for a compressed answer
		"no gzip": {Spec{Body: "x"}, Seen{Header: lines("Content-Encoding: gzip"), Body: []byte("plain")},
			"body is no gzip: unexpected EOF"},
		"brotli": {Spec{Body: "x"}, Seen{Header: lines("Content-Encoding: br"), Body: []byte("x")},
			`body is encoded as "br", which no check can read`},
		"identity": {Spec{Body: "x"}, Seen{Header: lines("Content-Encoding: identity"), Body: []byte("x")}, ""},
	} {
		c.check(t, name, true)
	}
}
