//go:build unix

package cli

import (
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"shotput/cli/files"
	"shotput/cli/flags"
)

// Whoever reads from a named pipe reads the document: to look whether it can be written would be its end.
func TestNamedPipesAreOpenedOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run.json")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	read := make(chan string)
	go func() {
		f, err := os.Open(path)
		if err != nil {
			t.Error(err)
		}
		content, _ := io.ReadAll(f)
		read <- string(content)
	}()
	saved := make(chan error, 1)
	go func() {
		o := flags.Outputs{Files: []string{path}}
		if err := checkWritable(&o, newAsked().Line); err != nil {
			t.Error(err)
		}
		saved <- files.Save(path, []byte("a run"))
	}()
	if got := <-read; got != "a run" {
		t.Fatalf("%q was read", got)
	}
	if err := <-saved; err != nil {
		t.Error(err)
	}
}
