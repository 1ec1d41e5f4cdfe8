package planfile

import "testing"

func TestVariables(t *testing.T) {
	env := func(name string) (string, bool) {
		v, ok := map[string]string{"A": "a", "EMPTY": "", "TOKEN": "t", "EVIL": "x: [1, 2]\n- y"}[name]
		return v, ok
	}
	for text, want := range map[string]string{
		"plain": "plain", "${A}": "a", "x${A}${A}y": "xaay", "$$": "$", "$${A}": "${A}", "$A": "$A", "a$": "a$",
		"^ok$": "^ok$", "5$ ${A}": "5$ a",
		"${EMPTY}": "", "${EMPTY:-d}": "d", "${NONE:-d}": "d", "${NONE:-}": "", "${A:-d}": "a",
		"${NONE:-http://h/{{seq}}}/x": "http://h/{{seq}}/x",
		"${NONE:-${A}}":               "a", "{{seq}}": "{{seq}}", "${EVIL}": "x: [1, 2]\n- y", "é${A}": "éa",
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
