package realtest

import (
	"os"
	"testing"
)

// Long skips a test that lives through much real time, or keeps a foreign server at work for long, unless SHOTPUT_LONG
// is set. Where SHOTPUT_CI is set it is not skipped, but by -short.
func Long(t testing.TB, why string) {
	t.Helper()
	switch {
	case testing.Short():
		t.Skip(why)
	case os.Getenv("SHOTPUT_LONG") == "" && os.Getenv("SHOTPUT_CI") == "":
		t.Skip(why + "; it runs where SHOTPUT_LONG=1 is set")
	}
}
