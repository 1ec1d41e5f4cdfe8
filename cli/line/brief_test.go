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
