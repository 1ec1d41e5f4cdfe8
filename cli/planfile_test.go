package cli

import (
	"strings"
	"testing"
	"unicode/utf8"

	"shotput/cli/planfile"
)

// A variable fills a value and can become nothing else.
func TestVariablesInjectNothing(t *testing.T) {
	evil := func(string) (string, bool) { return "1/s\nurl: http://evil/\ndata: [a]", true }
	p := planfile.Read("plan.yaml", []byte("url: http://127.0.0.1/\nseed: 1\ndata: \"${EVIL}\"\njson-is-no-list: ${EVIL}\n"), languageOf(evil))
	if len(p.Scenarios) != 1 || len(p.Faults()) != 1 {
		t.Fatalf("%d scenarios, faults %+v", len(p.Scenarios), p.Faults())
	}
	for _, e := range p.Scenarios[0].Entries {
		if e.Flag == "url" && e.Value != "http://127.0.0.1/" || e.Flag == "data" && !strings.Contains(e.Value, "\nurl:") {
			t.Errorf("%+v", e)
		}
	}
}

func TestYAMLAsJSON(t *testing.T) {
	for text, want := range map[string]string{
		"json: {b: 1, a: [x, 2.50, true, null, ~]}":         `{"b":1,"a":["x",2.50,true,null,null]}`,
		"json: [1, '1', 007, 0x10, +5, 1_000, 1e3]":         `[1,"1",7,16,5,1000,1e3]`,
		`json: {n: "{{seq}}", c: '{{csv "a b"}} "q" <&>'}`:  `{"n":"{{seq}}","c":"{{csv "a b"}} \"q\" <&>"}`,
		"json: {t: 2024-01-01, big: 123456789012345678901}": `{"t":"2024-01-01","big":123456789012345678901}`,
		"json: {v: '${A}', k: yes}":                         `{"v":"a","k":"yes"}`,
		`json: '{"n": {{seq}}}'`:                            `{"n": {{seq}}}`,
		"json: {}":                                          `{}`,
		"json:\n  é: |\n    two\n    lines\n":               `{"é":"two\nlines\n"}`,
	} {
		p := planfile.Read("plan.yaml", []byte(text), languageOf(func(string) (string, bool) { return "a", true }))
		if len(p.Faults()) > 0 || len(p.Scenarios[0].Entries) != 1 || p.Scenarios[0].Entries[0].Value != want {
			t.Errorf("%s is %+v, %+v; want %s", text, p.Scenarios, p.Faults(), want)
		}
	}
}

func TestHeadersAndCookiesAsMappings(t *testing.T) {
	p := planfile.Read("plan.yaml", []byte("header:\n  A: b\n  Accept:\n  Empty: ''\n  Twice: [1, 2]\n  T: true\ncookie: {a: 1, b: c d}\nproxy-header: [A: b, 'C: d']\n"), languageOf(nil))
	var got []string
	for _, e := range p.Scenarios[0].Entries {
		got = append(got, e.Flag+" "+e.Value)
	}
	want := "header A: b|header Accept:|header Empty;|header Twice: 1|header Twice: 2|header T: true|cookie a=1|cookie b=c d|proxy-header A: b|proxy-header C: d"
	if strings.Join(got, "|") != want || len(p.Faults()) > 0 {
		t.Errorf("%s, %+v", strings.Join(got, "|"), p.Faults())
	}
}

// Whatever the text, it is read or refused: with a place in it, its line, and something to try. It is never both.
func FuzzPlan(f *testing.F) {
	env := func(name string) (string, bool) { return "v", name == "A" }
	f.Fuzz(func(t *testing.T, text string) {
		p := planfile.Read("plan.yaml", []byte(text), languageOf(env))
		if len(p.Faults()) == 0 && len(p.Scenarios) == 0 {
			t.Errorf("%q is neither a plan nor refused", text)
		}
		lines := strings.Split(strings.ReplaceAll(strings.TrimPrefix(text, "\ufeff"), "\r\n", "\n"), "\n")
		for _, f := range p.Faults() {
			if f.Line < 1 || f.Line > len(lines) || f.Column < 1 || f.Column > utf8.RuneCountInString(lines[f.Line-1])+1 {
				t.Errorf("%q: %d:%d is no place in it", text, f.Line, f.Column)
			}
			if !strings.HasPrefix(f.Sentence(), "plan.yaml:") || f.Try == "" || len(f.Excerpt) != 2 {
				t.Errorf("%q: %+v", text, f)
			}
		}
	})
}
