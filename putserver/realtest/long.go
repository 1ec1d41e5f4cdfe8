package realtest

import (
	"os"
	"testing"
)

// Long skips a test that lives through much real time, or keeps a foreign server at work for long, unless SHOTPUT_LONG
// is set, or SHOTPUT_CI.
func Long(t testing.TB, why string) {
	t.Helper()
	if os.Getenv("SHOTPUT_LONG") == "" && os.Getenv("SHOTPUT_CI") == "" {
		t.Skip(why + "; it runs where SHOTPUT_LONG=1 is set")
	}
}
