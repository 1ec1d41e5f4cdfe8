package line

import (
	"strings"
	"testing"
	"unicode/utf8"
)

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
	if got := Brief(`"` + long + `"` + want); !strings.HasSuffix(got, `…"`+want) {
		t.Errorf("got %q", got)
	}
}
