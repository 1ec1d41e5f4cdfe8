package realtest

import (
	"os"
	"testing"
)

// Long skips a test that lives through much real time, or keeps a foreign server at work for long, unless SHOTPUT_LONG
// is set, or SHOTPUT_CI. With -short it is skipped all the same: under the race detector, for which CI says so, all of
// them would take more than half an hour.
func Long(t testing.TB, why string) {
	t.Helper()
	if testing.Short() || !IsLong() && os.Getenv("SHOTPUT_CI") == "" {
		t.Skip(why + "; it runs where SHOTPUT_LONG=1 is set")
	}
}

// IsLong says whether a test may take as long as it likes: there are more seeds of the same then.
func IsLong() bool { return os.Getenv("SHOTPUT_LONG") != "" }
