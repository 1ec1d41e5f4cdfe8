package text

import (
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// placed renders s, which stands in a place, with a value from a file in it.
func placed(t *testing.T, s, value string, stand func(*Compiled)) (string, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "rows.jsonl")
	row, err := json.Marshal(map[string]any{"v": value, "n": 1.5, "list": []string{value}})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append(row, '\n'), 0o600); err != nil {
		t.Fatal(err)
	}
	from, err := (&Values{Rows: Rows{JSONL: path}}).Open()
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	made, err := Env{"V": value}.Compile(s, "body")
	if err != nil {
		t.Fatal(err)
	}
	stand(&made)
	parts, err := from.Bind(Fold(made.Parts), "the body")
	if err != nil {
		t.Fatal(err)
	}
	r := NewScope(1, 7, templateStart)
	r.With = from.NewRenderer()
	got := string(parts.Append([]byte("before "), r))
	return strings.TrimPrefix(got, "before "), r.With.Err
}

func standInJSON(c *Compiled) { c.StandInJSON() }

func standInURL(c *Compiled) { c.StandInURL(func(b byte) bool { return b <= ' ' || b == '#' }) }

const awkward = "O\"Br\\ien\n&=+/?#%20 ü\x01\t"

// TestValuesAreWrittenForTheirPlace: whoever reads the place has the value again.
func TestValuesAreWrittenForTheirPlace(t *testing.T) {
	inURL := func(t *testing.T, s string) *url.URL {
		t.Helper()
		got, err := placed(t, s, awkward, standInURL)
		if err != nil {
			t.Fatal(err)
		}
		u, err := url.Parse(got)
		if err != nil {
			t.Fatal(err)
		}
		return u
	}
	if u := inURL(t, "http://h/a/{{json .v}}/z"); u.Path != "/a/"+awkward+"/z" || strings.Count(u.EscapedPath(), "/") != 4 {
		t.Errorf("the path is %q", u.EscapedPath())
	}
	if u := inURL(t, "h://h?a={{json .v}}&b=1&{{json .v}}=2"); u.Query().Get("a") != awkward || u.Query().Get(awkward) != "2" ||
		u.Query().Get("b") != "1" {
		t.Errorf("the query is %q", u.RawQuery)
	}
	for _, s := range []string{`{"a\"b":"x{{json .v}}","n":{{json .n}},"l":{{json .list}},"s":{{json .v}}}`,
		`{"a\"b":"x{{env "V"}}","n":{{json .n}},"l":{{json .list}},"s":{{json .v | json}}}`} {
		got, err := placed(t, s, awkward, standInJSON)
		var read struct {
			N float64  `json:"n"`
			L []string `json:"l"`
			S string   `json:"s"`
		}
		if err != nil || json.Unmarshal([]byte(got), &read) != nil {
			t.Fatalf("%s gives %s, %v", s, got, err)
		}
		var any map[string]any
		json.Unmarshal([]byte(got), &any)
		if any[`a"b`] != "x"+awkward || read.N != 1.5 || read.L[0] != awkward || read.S != awkward {
			t.Errorf("%s gives %s", s, got)
		}
	}
}

func TestWordsBehindFunctions(t *testing.T) {
	for _, c := range []struct{ text, value, want string }{
		{`{{json .v}}`, `a"b`, `a"b`},
		{`{{json .v | raw}}`, `a"b`, `a"b`},
		{`{{json .v|url}}`, `a/b ü`, `a%2Fb%20%C3%BC`},
		{`{{json .v | json}}`, "a\"\n", `"a\"\n"`},
		{`{"a":"{{json .v | json}}"}`, "a\"\x1f", `{"a":"a\"\u001f"}`},
		{`{{json .v | base64}}`, "ab?>", `YWI/Pg==`},
		{`{{json .v | base64 | url}}`, "ab?>", `YWI%2FPg%3D%3D`},
		{`{{json .v | form}}`, "a b+c", `a+b%2Bc`},
		{`{{json .v | md5}}`, "abc", `900150983cd24fb0d6963f7d28e17f72`},
		{`{{json .v | sha256}}`, "abc", `ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad`},
		{`{{env "V" | base64}}`, "abc", `YWJj`},
		{`{{seq | md5}}`, "", `8f14e45fceea167a5a36dedd4bea2543`},
		{`{{randInt 7 7 | base64}}`, "", `Nw==`},
	} {
		if got, err := placed(t, c.text, c.value, (*Compiled).StandInBody); got != c.want || err != nil {
			t.Errorf("%s gives %q, %v; want %q", c.text, got, err, c.want)
		}
	}
	for text, want := range map[string]string{
		`{{seq |}}`:          "has nothing behind a |; there are raw, json, url, form, base64, md5, sha256",
		`{{seq | | md5}}`:    "has nothing behind a |",
		`{{seq | base46}}`:   "has base46 behind a |; did you mean base64?",
		`{{seq | upper}}`:    "has upper behind a |; there are raw",
		`{{seq | md5 5}}`:    "has 5 behind md5, which takes nothing",
		`{{seq 1 | md5}}`:    "has 1 arguments",
		`{{env "NO" | md5}}`: "which is not set",
	} {
		if _, err := testEnv.Compile(text, "body"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s gives the error %v, want %s", text, err, want)
		}
	}
}

// TestValuesThatFitNoPlace fail the request that they are for.
func TestValuesThatFitNoPlace(t *testing.T) {
	header := func(c *Compiled) { c.StandInHeader(func(b byte) bool { return b < ' ' }) }
	for _, c := range []struct {
		text, value string
		stand       func(*Compiled)
		want        string
	}{
		{"X{{json .v}}", "a\x01", header, "row 1 of rows.jsonl: .v gives a character that cannot stand in a header"},
		{"http://h/x{{json .v | raw}}", "a b", standInURL, "row 1 of rows.jsonl: .v gives a character that no URL can hold"},
		{"http://h/{{json .v | raw}}", `/a"b`, standInURL, "must be written as %XX in a path that may begin with //"},
		{"http://h//x{{json .v | raw}}", `%4`, standInURL, "must be written as %XX in a path that may begin with //"},
		{`{"a":{{json .v | raw}}}`, `1,"b":2`, standInJSON, ""},
		{`{"a":{{json .v}}}`, `1,"b":2`, standInJSON, ""},
		{"http://h/x{{json .v | raw}}", "a?b=c", standInURL, ""},
		{"X{{json .v | base64}}", "a\x01", header, ""},
	} {
		_, err := placed(t, c.text, c.value, c.stand)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s of %q: %v, want %q", c.text, c.value, err, c.want)
		}
	}
}

// TestEscapesAreWhole: what a function gives must not complete an escape that was written before it.
func TestEscapesAreWhole(t *testing.T) {
	for text, refused := range map[string]bool{"h/%{{seq}}": true, "h/%4{{seq}}": true, "h/?a=%4{{key}}": true, "h/%41{{seq}}": false,
		"h/%{{\"4\"}}{{seq}}": true, "h/{{seq}}4": false} {
		made, err := testEnv.Compile(text, "url")
		if err != nil {
			t.Fatal(err)
		}
		err = made.StandInURL(func(byte) bool { return false })
		if (err != nil) != refused || err != nil && !strings.Contains(err.Error(), "stands in an escape that % begins") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// TestJSONEscapesAreWhole, as those of URLs.
func TestJSONEscapesAreWhole(t *testing.T) {
	for text, refused := range map[string]bool{`"\{{seq}}"`: true, `"\u00{{seq}}41"`: true, `"\u0041{{seq}}"`: false,
		`"\\{{seq}}"`: false, `"\n{{seq}}"`: false, `\{{seq}}`: false} {
		made, err := testEnv.Compile(text, "body")
		if err != nil {
			t.Fatal(err)
		}
		err = made.StandInJSON()
		if (err != nil) != refused || err != nil && !strings.Contains(err.Error(), `stands in an escape that \ begins`) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestEncodingAllocatesNothing(t *testing.T) {
	value, room := []byte(awkward), make([]byte, 0, 4096)
	for _, word := range []string{"raw", "json", "url", "form", "base64", "md5", "sha256"} {
		made, err := testEnv.Compile("{{key | "+word+"}}", "body")
		if err != nil {
			t.Fatal(err)
		}
		c := &made.Parts[0].call
		for _, c.at = range []Place{inBody, inPath, inQuery, inJSON, inString, inHeader} {
			if n := testing.AllocsPerRun(100, func() { c.write(append(room, value...), 0) }); n != 0 {
				t.Errorf("%s takes %v allocations", word, n)
			}
		}
	}
}
