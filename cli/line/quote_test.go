package line

import (
	"os/exec"
	"testing"
)

// What a line is quoted by, a shell reads as the text itself, and it stands in one line.
func TestQuote(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no bash to read it")
	}
	for _, s := range []string{"a b", "it's", "a\nb", "{\n\t\"n\": \"O'Brien\\n\"\n}", "\x01\x7f", "ü\nß\u0085", "\xff\n", "\xff", "a\u202eb", "a\u00a0b", "\ufeff", "�\n", "{{seq}}\r\n"} {
		for _, c := range quoteInLine(s) {
			if c < ' ' || c == 0x7f || Printable(string(c)) != string(c) {
				t.Errorf("%q has a control sign in it", quoteInLine(s))
			}
		}
		if out, err := exec.Command(bash, "-c", "printf %s "+quoteInLine(s)).Output(); err != nil || string(out) != s {
			t.Errorf("%q is written %s, read as %q, %v", s, quoteInLine(s), out, err)
		}
	}
}
