package planfile

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// A plan that a program wrote on one line is answered at once, and of a long line only what is around the mistake is
// shown.
func TestLongLines(t *testing.T) {
	in := Language{}
	for name, text := range map[string]string{
		"too long":   `{"defaults": {"data": "` + strings.Repeat(`{\"a\": 1, `, 110_000) + `"}, "frob": 1}`,
		"within":     `{"frob": 1, "data": "` + strings.Repeat(`{\"a\": 1, `, 90_000) + `"}`,
		"many":       "{" + strings.Repeat("a: 1, ", 20_000) + "}",
		"unfinished": `{"data": "` + strings.Repeat(`a: `, 300_000),
	} {
		begun := time.Now()
		f := Read("plan.json", []byte(text), in)
		if took := time.Since(begun); took > 20*time.Second {
			t.Errorf("%s: took %v", name, took)
		}
		t.Logf("%s: %v", name, time.Since(begun))
		faults := f.Faults()
		if len(faults) == 0 {
			t.Fatalf("%s: no fault", name)
		}
		for _, line := range faults[0].Excerpt {
			if utf8.RuneCountInString(line) > 140 {
				t.Errorf("%s: %d characters are shown", name, utf8.RuneCountInString(line))
			}
		}
	}
	f := Read("plan.yaml", []byte("url: "+strings.Repeat("x", 300)+": y\n"), in)
	lines := f.Faults()[0].Excerpt
	if len(lines) != 2 || !strings.Contains(lines[0], "…") || strings.Index(lines[1], "^") > 120 {
		t.Errorf("%q", lines)
	}
}

// A plan with a fault in each word tells the first of them and how many more there are.
func TestManyFaults(t *testing.T) {
	var text strings.Builder
	for i := range 500 {
		fmt.Fprintf(&text, "k%03d: 1\n", i)
	}
	faults := Read("plan.yaml", []byte(text.String()), Language{}).Faults()
	if len(faults) != 11 {
		t.Fatalf("%d faults are told", len(faults))
	}
	const want = "plan.yaml:11:1: and 490 more; they are told when what is above is right"
	if got := faults[10].Sentence(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
