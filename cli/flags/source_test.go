package flags

import (
	"os"
	"strings"
	"testing"
)

// What has no end is refused, and not read until there is no memory left.
func TestEndlessInput(t *testing.T) {
	if info, err := os.Stat("/dev/zero"); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		t.Skip("there is no /dev/zero")
	}
	zero, err := os.Open("/dev/zero")
	if err != nil {
		t.Fatal(err)
	}
	defer zero.Close()
	if b, err := readUpTo(1<<20, zero); err == nil || !strings.Contains(err.Error(), "does not end within 1 MiB") {
		t.Errorf("%d bytes, %v", len(b), err)
	}
}
