package text

import (
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"testing"
)

// fill renders s, which stands in a place, with what a flow gives.
func fill(t *testing.T, s string, stand func(*Compiled), given *Given) (string, error) {
	t.Helper()
	made, err := testEnv.Compile(s, "body")
	if err != nil {
		t.Fatalf("%s: %v", s, err)
	}
	stand(&made)
	var from Sources
	parts, err := from.Bind(Fold(made.Parts), "the body")
	if err != nil {
		t.Fatal(err)
	}
	r := NewScope(1, 7, templateStart)
	r.With = from.NewRenderer()
	r.With.Given = given
	got := string(parts.Append([]byte("before "), r))
	return strings.TrimPrefix(got, "before "), r.With.Err
}

func standInHeader(c *Compiled) {
	c.StandInHeader(func(b byte) bool { return b < ' ' && b != '\t' || b == 0x7f })
}

// given is what a flow gives of one capture, x.
func given(part int64, texts ...string) *Given {
	return &Given{Part: part, Values: []Value{{Name: "other", Texts: []string{"no"}}, {Name: "x", Texts: texts}}}
}

func TestCapturesArePlaced(t *testing.T) {
	body := (*Compiled).StandInBody
	for _, c := range []struct {
		text, value string
		stand       func(*Compiled)
		want        string // "": it cannot be sent
	}{
		{`<{{captured "x"}}>`, `"a&b"<é`, body, `<"a&b"<é>`},
		{`h/{{captured "x"}}`, `a/../b?c&d=e#f%`, standInURL, `h/a/../b%3Fc%26d%3De%23f%25`},
		{`h/?a={{captured "x"}}&b`, `a/b?c&d=e#f%+ `, standInURL, `h/?a=a%2Fb%3Fc%26d%3De%23f%25%2B%20&b`},
		{`{{captured "x"}}`, `http://far:81/a%2Fb?c=%20&d#e`, standInURL, `http://far:81/a%2Fb?c=%20&d`},
		{`{{captured "x"}}&d={{captured "x"}}`, `/up?a=b/c`, standInURL, `/up?a=b/c&d=%2Fup%3Fa%3Db%2Fc`},
		{`{{captured "x"}}/{{captured "x"}}`, `/a?b`, standInURL, `/a?b//a%3Fb`},
		{`{{captured "x"}}`, "/a b", standInURL, ""},
		{`{{captured "x"}}`, "/a\r\nX: y", standInURL, ""},
		{`{{captured "x"}}`, "#a", standInURL, ""},
		{`h/{{captured "x"}}`, "\r\n\x00", standInURL, "h/%0D%0A%00"},
		{`h/{{captured "x" | raw}}`, "a b", standInURL, ""},
		{`Bearer {{captured "x"}}`, " a\tb== ", standInHeader, "Bearer a\tb=="},
		{`Bearer {{captured "x"}}`, "a\nX: y", standInHeader, ""},
		{`Bearer {{captured "x"}}`, "a\x00", standInHeader, ""},
		{`Bearer {{captured "x"}}`, "  ", standInHeader, ""},
		{`{{captured "x" | base64}}`, "a\nb", standInHeader, "YQpi"},
		{`{"a":"{{captured "x"}}"}`, "\"}\\\n\x01é", standInJSON, `{"a":"\"}\\\n\u0001é"}`},
		{`{"a":{{captured "x"}}}`, `{"b":[1]}`, standInJSON, `{"a":{"b":[1]}}`},
		{`{"a":{{captured "x"}}}`, `1,"b":2`, standInJSON, ""},
		{`{"a":{{captured "x" | json}}}`, `1,"b":2`, standInJSON, `{"a":"1,\"b\":2"}`},
		{`{{captured "x"}}`, "", body, ""},
		{`{{captured "y"}}`, "a", body, ""},
		{`{{captured "other"}}`, "a", body, "no"},
		{`{{joined "x" "<%n>%v</%n>%%" ","}}`, "a<b", body, "<1>a<b</1>%"},
		{`h/?{{joined "x" "n=%n&v=%v" "&"}}`, "a&b", standInURL, "h/?n=1&v=a%26b"},
		{`[{{joined "x" "{\"n\":%n,\"v\":\"%v\"}" ","}}]`, `a"b`, standInJSON, `[{"n":1,"v":"a\"b"}]`},
		{`"{{joined "x" "%v" ","}}"`, `a"b`, standInJSON, `"a\"b"`},
		{`[{{joined "x" "%v" ","}}]`, `1,2`, standInJSON, ""},
		{`{{joined "x" "%n:%v" ","}}`, "a\r\nb", standInHeader, ""},
		{`{{joined "x" "%v" "," | base64}}`, "a\nb", standInHeader, "YQpi"},
	} {
		got, err := fill(t, c.text, c.stand, given(0, c.value))
		if c.want == "" {
			if !errors.As(err, new(CaptureError)) {
				t.Errorf("%s of %q gives %q, %v", c.text, c.value, got, err)
			} else if s := strings.TrimSpace(c.value); len(s) > 2 && strings.Contains(err.Error(), s) {
				t.Errorf("the error shows the value: %v", err)
			}
		} else if got != c.want || err != nil {
			t.Errorf("%s of %q gives %q, %v; want %q", c.text, c.value, got, err, c.want)
		}
	}
}

// TestCapturesAreReadAgain as they were, by whoever reads the place.
func TestCapturesAreReadAgain(t *testing.T) {
	g := given(2, "first", awkward, "last")
	g.Parts = 3
	got, err := fill(t, `http://h/a/{{captured "x"}}/z?q={{captured "x"}}&all={{joined "x" "%v" ";"}}`, standInURL, g)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(got)
	if err != nil || u.Path != "/a/"+awkward+"/z" || u.Query().Get("q") != awkward {
		t.Errorf("%s is read as %q, %v", got, u, err)
	}
	got, err = fill(t, `{"v":"{{captured "x"}}","p":{{part}},"all":[{{joined "x" "\"%v\"" ","}}]}`, standInJSON, g)
	var read struct {
		V   string
		P   int
		All []string
	}
	if err != nil || json.Unmarshal([]byte(got), &read) != nil || read.V != awkward || read.P != 2 ||
		len(read.All) != 3 || read.All[1] != awkward {
		t.Errorf("%s is read as %+v, %v", got, read, err)
	}
}

// TestPartsHaveTheirOwn: a value of the same part, else the last one.
func TestPartsHaveTheirOwn(t *testing.T) {
	for at, want := range map[[2]int64]string{{0, 0}: "c", {1, 3}: "a", {2, 3}: "b", {3, 3}: "c", {1, 2}: "c", {4, 4}: "c"} {
		g := given(at[0], "a", "b", "c")
		g.Parts = at[1]
		if got, err := fill(t, `{{captured "x"}}`, (*Compiled).StandInBody, g); got != want || err != nil {
			t.Errorf("part %d of %d has %q, %v; want %s", at[0], at[1], got, err, want)
		}
	}
	if got, err := fill(t, `{{part}}`, (*Compiled).StandInBody, given(12)); got != "12" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	if got, err := fill(t, `{{part}}`, (*Compiled).StandInBody, given(0)); !errors.As(err, new(CaptureError)) {
		t.Errorf("%q, %v", got, err)
	}
	got, err := fill(t, `{{joined "x" "%n=%v" ", "}}`, (*Compiled).StandInBody, given(2, "a", "b"))
	if got != "1=a, 2=b" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

// A part without a value is missed, and not joined as nothing, whatever is made of all of them.
func TestHolesAreNotJoined(t *testing.T) {
	for _, s := range []string{`{{joined "x" "%v" ","}}`, `{{joined "x" "%v" "," | base64}}`, `{{joined "x" "%n" ","}}`} {
		if got, err := fill(t, s, (*Compiled).StandInBody, given(0, "a", "", "c")); !errors.As(err, new(CaptureError)) ||
			!strings.Contains(err.Error(), `the captured "x" of part 2 was not captured`) {
			t.Errorf("%s gives %q, %v", s, got, err)
		}
	}
}

// TestUnfilledIsShownAsWritten, wherever it stands.
func TestUnfilledIsShownAsWritten(t *testing.T) {
	const s = `/{{seq}}/{{captured "x"}}?{{joined "x" "%v" " "}}={{part | base64}}`
	for _, stand := range []func(*Compiled){standInURL, standInJSON, standInHeader, (*Compiled).StandInBody} {
		if got, err := fill(t, s, stand, &Given{Unfilled: true}); got != strings.Replace(s, "{{seq}}", "7", 1) || err != nil {
			t.Errorf("%q, %v", got, err)
		}
	}
}

// TestJSONIsKeptByWhatIsEscaped, and not by what stands bare or is joined.
func TestJSONIsKeptByWhatIsEscaped(t *testing.T) {
	for s, want := range map[string]bool{`{"a":"{{captured "x"}}","n":{{part}}}`: true, `{"a":{{captured "x"}}}`: false,
		`"{{captured "x" | raw}}"`: false, `"{{joined "x" "%v" ""}}"`: false} {
		made, err := testEnv.Compile(s, "body")
		if err != nil || made.StandInJSON() != nil {
			t.Fatal(err)
		}
		if made.Parts.KeepsJSON() != want {
			t.Errorf("%s: %v", s, !want)
		}
	}
	made, _ := testEnv.Compile(`"{{joined "x" "\\%v" ""}}"`, "body")
	if err := made.StandInJSON(); err == nil || !strings.Contains(err.Error(), `stands in an escape that \ begins`) {
		t.Error(err)
	}
}

// Positions are as a person counts them, so that a fault can name them.
func TestUses(t *testing.T) {
	got := Captures("é{{captured \"a\"}}\n {{seq}}{{joined \"b\" \"%v\" \"{{captured\"}}{{part}}")
	if len(got) != 2 || got[0].Text != "a" || got[0].At != "line 1, column 2" || got[0].Leads || got[1].Text != "b" ||
		got[1].At != "line 2, column 9" || got[1].Function != "joined" {
		t.Errorf("%+v", got)
	}
	for s, want := range map[string]string{`{{captured "a"}}?b`: "a", `{{ captured "a" | raw }}`: "a", `/{{captured "a"}}`: "",
		`{{part}}{{captured "a"}}`: "", `{{captured "a`: "", "": ""} {
		if got := Leads(s); got != want {
			t.Errorf("%s begins with %q", s, got)
		}
	}
}

func TestCapturesAllocateNothing(t *testing.T) {
	var from Sources
	made, err := testEnv.Compile(`h/{{captured "x"}}/{{part}}?{{joined "x" "%n=%v" "&"}}`, "url")
	if err != nil || made.StandInURL(func(byte) bool { return false }) != nil {
		t.Fatal(err)
	}
	parts, _ := from.Bind(made.Parts, "the URL")
	room, r := make([]byte, 0, 4096), NewScope(1, 7, templateStart)
	r.With = from.NewRenderer()
	r.With.Given = given(2, awkward, "b")
	if n := testing.AllocsPerRun(100, func() { parts.Append(room, r) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
