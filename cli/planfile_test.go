package cli

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestVariables(t *testing.T) {
	env := func(name string) (string, bool) {
		v, ok := map[string]string{"A": "a", "EMPTY": "", "TOKEN": "t", "EVIL": "x: [1, 2]\n- y"}[name]
		return v, ok
	}
	for text, want := range map[string]string{
		"plain": "plain", "${A}": "a", "x${A}${A}y": "xaay", "$$": "$", "$${A}": "${A}", "$A": "$A", "a$": "a$", "^ok$": "^ok$", "5$ ${A}": "5$ a",
		"${EMPTY}": "", "${EMPTY:-d}": "d", "${NONE:-d}": "d", "${NONE:-}": "", "${A:-d}": "a", "${NONE:-http://h/{{seq}}}/x": "http://h/{{seq}}/x",
		"${NONE:-${A}}": "a", "{{seq}}": "{{seq}}", "${EVIL}": "x: [1, 2]\n- y", "é${A}": "éa",
	} {
		f := &filling{env: env}
		if got := f.fill(text); got != want || f.why != "" {
			t.Errorf("%s is %q (%s), want %q", text, got, f.why, want)
		}
	}
	for _, text := range []string{"${NONE}", "${", "${A", "${}", "${a b}", "${5}", "${A:=x}", "${NONE:-${NONE}}"} {
		f := &filling{env: env}
		if got := f.fill(text); f.why == "" || f.try == "" {
			t.Errorf("%s was read as %q", text, got)
		}
	}
	f := &filling{env: env}
	if f.fill("Bearer ${TOKEN}"); !f.secret {
		t.Error("TOKEN is no secret")
	}
}

// A variable fills a value and can become nothing else.
func TestVariablesInjectNothing(t *testing.T) {
	evil := func(string) (string, bool) { return "1/s\nurl: http://evil/\ndata: [a]", true }
	p := readPlan("plan.yaml", []byte("url: http://127.0.0.1/\nseed: 1\ndata: \"${EVIL}\"\njson-is-no-list: ${EVIL}\n"), evil)
	if len(p.scenarios) != 1 || len(p.faults) != 1 {
		t.Fatalf("%d scenarios, faults %+v", len(p.scenarios), p.faults)
	}
	for _, e := range p.scenarios[0].entries {
		if e.flag == "url" && e.value != "http://127.0.0.1/" || e.flag == "data" && !strings.Contains(e.value, "\nurl:") {
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
		p := readPlan("plan.yaml", []byte(text), func(string) (string, bool) { return "a", true })
		if len(p.faults) > 0 || len(p.scenarios[0].entries) != 1 || p.scenarios[0].entries[0].value != want {
			t.Errorf("%s is %+v, %+v; want %s", text, p.scenarios, p.faults, want)
		}
	}
}

func TestHeadersAndCookiesAsMappings(t *testing.T) {
	p := readPlan("plan.yaml", []byte("header:\n  A: b\n  Accept:\n  Empty: ''\n  Twice: [1, 2]\n  T: true\ncookie: {a: 1, b: c d}\nproxy-header: [A: b, 'C: d']\n"), nil)
	var got []string
	for _, e := range p.scenarios[0].entries {
		got = append(got, e.flag+" "+e.value)
	}
	want := "header A: b|header Accept:|header Empty;|header Twice: 1|header Twice: 2|header T: true|cookie a=1|cookie b=c d|proxy-header A: b|proxy-header C: d"
	if strings.Join(got, "|") != want || len(p.faults) > 0 {
		t.Errorf("%s, %+v", strings.Join(got, "|"), p.faults)
	}
}

// Whatever the text, it is read or refused: with a place in it, its line, and something to try. It is never both.
func FuzzPlan(f *testing.F) {
	env := func(name string) (string, bool) { return "v", name == "A" }
	f.Fuzz(func(t *testing.T, text string) {
		p := readPlan("plan.yaml", []byte(text), env)
		if len(p.faults) == 0 && len(p.scenarios) == 0 {
			t.Errorf("%q is neither a plan nor refused", text)
		}
		for _, fault := range p.faults {
			if fault.line < 1 || fault.line > len(p.lines) || fault.column < 1 || fault.column > utf8.RuneCountInString(p.lines[fault.line-1])+1 {
				t.Errorf("%q: %d:%d is no place in it", text, fault.line, fault.column)
			}
			if h := fault.hint; !strings.HasPrefix(h.Error, "plan.yaml:") || h.Try == "" || len(h.excerpt) != 2 {
				t.Errorf("%q: %+v", text, h)
			}
		}
	})
}
