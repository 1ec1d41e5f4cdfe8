package report

import (
	"strings"
	"testing"
	"time"

	"shotput/stats"
)

// What came of Expect: 100-continue has a line of its own, where requests said it.
func TestExpectationsHaveALine(t *testing.T) {
	for want, e := range map[string]stats.ExpectContinue{
		"": {},
		" 100-continue  3,000 agreed to after 1.20 ms in mean, 5.00 ms at most": {
			Waited: stats.Waited{Count: 3000, Mean: 1200 * time.Microsecond, Max: 5 * time.Millisecond}},
		" 100-continue  0 agreed to · 20 bodies saved, 2.00 MiB · 5 ignored": {Saved: 20, SavedBytes: 2 << 20, Ignored: 5},
	} {
		r := &stats.Run{Schema: stats.Schema, ExpectContinue: e}
		var b strings.Builder
		if err := Text(&b, r, Options{}); err != nil {
			t.Fatal(err)
		}
		if got := lineWith(b.String(), "100-continue"); got != want {
			t.Errorf("%+v: %q, want %q", e, got, want)
		}
	}
}

func lineWith(page, part string) string {
	for line := range strings.Lines(page) {
		if strings.Contains(line, part) {
			return strings.TrimRight(line, "\n")
		}
	}
	return ""
}
