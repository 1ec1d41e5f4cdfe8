package report

import (
	"strings"
	"testing"

	"shotput/report/page"
)

// What others said is shown whole where it has no spaces; a word of ours that is too long is cut.
func TestQuotedWordsAreWhole(t *testing.T) {
	said := strings.Repeat("0123456789", 20)
	for _, c := range []struct {
		quoted bool
		want   string
	}{{true, said}, {false, said[:fullWidth-labelWidth-1] + "…"}} {
		w := &text{ellipsis: "…"}
		w.fact(page.Fact{Label: "500 says", Lines: [][]page.Cell{{{Text: said}}}, Quoted: c.quoted})
		got := strings.Join(strings.Fields(strings.Replace(w.String(), " 500 says", "", 1)), "")
		if got != c.want {
			t.Errorf("quoted %v: %s", c.quoted, w.String())
		}
	}
}
