package verify

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"shotput/putserver"
	"shotput/putserver/realtest"
)

// notOfTarget are what the target does not do, which nobody has to.
var notOfTarget = []string{"accepted", "precondition-required"}

// ofTarget verifies the built-in target, wrong in one manner, in virtual time, and gives the checks that are broken, and
// with its result each other that does not hold.
func ofTarget(t *testing.T, wrong string, o Options) (found []string) {
	t.Helper()
	manner, err := putserver.ParseWrong(wrong)
	if err != nil {
		t.Fatal(err)
	}
	o.Prefix, o.Largest = "v-", 1<<20
	synctest.Test(t, func(t *testing.T) {
		s, err := putserver.New(putserver.Config{Wrong: manner, MaxBody: 600 << 10})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range Run(t.Context(), handled{s}, o).Findings {
			switch {
			case f.Result == Holds, f.Result == NotOffered && slices.Contains(notOfTarget, f.Check):
				continue
			case f.Result == Broken:
				found = append(found, f.Check)
			default:
				found = append(found, fmt.Sprintf("%s (%s)", f.Check, f.Result))
			}
			t.Logf("%s: %s, %s", f.Check, f.Result, f.Why)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return found
}

// raced are manners that races find, or that they have a word for; the others are raced where a test may take long.
var raced = []string{"double-create", "lost-update", "torn", "interleaved"}

// TestEachMannerIsFound: each manner of being wrong is found by exactly the checks that should find it, and no other
// check breaks. A manner that is no fault breaks none.
func TestEachMannerIsFound(t *testing.T) {
	text, err := os.ReadFile("testdata/manners.txt")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string][]string{"": nil}
	for line := range strings.Lines(string(text)) {
		if name, list, ok := strings.Cut(strings.TrimSpace(line), ":"); ok && !strings.HasPrefix(line, "#") {
			rows[name] = strings.FieldsFunc(list, func(c rune) bool { return c == ',' })
			for i, word := range rows[name] {
				rows[name][i] = strings.TrimSpace(word)
			}
		}
	}
	of := []string{""}
	for _, m := range putserver.Manners() {
		of = append(of, m.Name)
	}
	for _, manner := range of {
		t.Run("wrong "+manner, func(t *testing.T) {
			want, ok := rows[manner]
			var o Options
			if !slices.Contains(raced, manner) && manner != "" && !realtest.IsLong() {
				o.Skip = []string{"races"}
				isRace := func(word string) bool {
					return slices.ContainsFunc(races, func(c Check) bool { return strings.HasPrefix(word, c.Name) })
				}
				want = slices.DeleteFunc(slices.Clone(want), isRace)
			}
			if got := ofTarget(t, manner, o); !slices.Equal(got, want) || !ok {
				t.Errorf("found %q, want %q", got, want)
			}
		})
		delete(rows, manner)
	}
	for name := range rows {
		if !strings.HasSuffix(name, " (sockets)") {
			t.Errorf("no manner is called %s", name)
		}
	}
}
