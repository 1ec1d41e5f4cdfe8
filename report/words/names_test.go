package words

import (
	"strings"
	"testing"
)

// What a code means is said in the words of whoever asked, and without any it still says what to set.
func TestMeaningsNameNoFlag(t *testing.T) {
	asked := Options{Mend: func(m Mend) string { return "[" + m.Field + "=" + m.Value + "]" }}
	for code := range meanings {
		plain, worded := Meaning(code, Options{}), Meaning(code, asked)
		if strings.Contains(plain, "%") || strings.Contains(plain, " -") || plain == "" {
			t.Errorf("%d: %q", code, plain)
		}
		if mends := len(meantMends[code]); strings.Count(worded, "[") != mends || (plain == worded) != (mends == 0) {
			t.Errorf("%d: %q has not %d mends", code, worded, mends)
		}
	}
	if got := Meaning(299, asked); got != "" {
		t.Errorf("a code without a meaning means %q", got)
	}
	want := "not signed in: [credentials=NAME:PASSWORD] or [header=Authorization: …]"
	if got := Meaning(401, asked); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
