package loadgen

import (
	"os"
	"path/filepath"
	"testing"
)

// textFile is a file that says s.
func textFile(t testing.TB, s string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "rows.txt")
	if err := os.WriteFile(path, []byte(s), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// contents are size bytes that differ from place to place.
func contents(size int) []byte {
	b := make([]byte, size)
	for i := range b {
		b[i] = byte(i*7 + i>>8)
	}
	return b
}

func writeFile(t testing.TB, size int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "body")
	if err := os.WriteFile(path, contents(size), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
