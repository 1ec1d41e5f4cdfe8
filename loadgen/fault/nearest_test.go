package fault

import "testing"

func TestNearest(t *testing.T) {
	words := []string{"http", "auto", "requests", "request", "report", "target", "url", "randInt"}
	for typed, want := range map[string]string{"htp": "http", "reqests": "requests", "targt": "target",
		"reprot": "report", "URL": "url", "randint": "randInt",
		"random": "", "frobnicate": "", "x": "", "": ""} {
		if got := Nearest(typed, words); got != want {
			t.Errorf("%q is near %q, want %q", typed, got, want)
		}
	}
}
