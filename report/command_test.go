package report

import (
	"os/exec"
	"strings"
	"testing"
)

// A command that is broken into lines is, to a shell, the same command.
func TestCommandsStayWhole(t *testing.T) {
	sh, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no bash")
	}
	for _, c := range []string{
		"echo a", `printf '%s|' -X PUT -H 'A: b  c  d  e  f' "x y \" z" a\ b $'it\'s  so' '' http://127.0.0.1/` + strings.Repeat("long", 30) + ` end of the line`,
		`printf '%s,' 'it'\''s quoted' "a'b c" 'a\' b c d e f g h i j k l m n o p q r s t u v w x y z 0 1 2 3 4 5 6 7 8 9`,
		`printf 'a b\n' | cat - | tr a c`, "printf '%s.'  two   blanks",
	} {
		text := &text{}
		text.command(c)
		broken := text.String()
		want, err := exec.Command(sh, "-c", c).Output()
		got, again := exec.Command(sh, "-c", broken).Output()
		if err != nil || again != nil || string(got) != string(want) {
			t.Errorf("%s\n%q, want %q (%v, %v)", broken, got, want, err, again)
		}
		for line := range strings.Lines(broken) {
			if words := strings.Fields(strings.TrimSpace(line)); len(words) > 2 && len(line) > 81 && !strings.Contains(line, "'") {
				t.Errorf("%d columns: %s", len(line)-1, line)
			}
		}
	}
}
