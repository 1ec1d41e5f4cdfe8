package line

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// What a server sent is shown in a line that ends.
func TestBrief(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"malformed \x1b[2J", "malformed ·[2J"},
		{strings.Repeat("é", 180), strings.Repeat("é", 180)},
		{strings.Repeat("é", 181), strings.Repeat("é", 179) + "…"},
		{strings.Repeat("z", 4100), strings.Repeat("z", 179) + "…"},
	} {
		if got := Brief(c.text); got != c.want || utf8.RuneCountInString(got) > mostOfBrief {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

// What is quoted of a value has a bounded length, whatever was typed.
func TestSentenceIsBrief(t *testing.T) {
	long := strings.Repeat("a", 60_000)
	for _, why := range []string{`"` + long + `" is no metric`, "for the method use -X " + long,
		strings.Repeat("words of it ", 5000)} {
		if n := utf8.RuneCountInString(Fault{Name: "-x", Why: why}.Sentence()); n > 1100 {
			t.Errorf("%.30s…: %d signs", why, n)
		}
	}
	const want = ` is no metric`
	if got := Shorten(`"` + long + `"` + want); !strings.HasSuffix(got, `…"`+want) {
		t.Errorf("got %q", got)
	}
}
