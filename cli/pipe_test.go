package cli_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Whoever read standard output has gone, as with `| head -1`: the run goes on to its end, the table is on standard
// error.
func TestClosedPipe(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer server.Close()
	for name, args := range map[string][]string{"table": nil, "stream": {"--format", "ndjson"}, "document": {"-o", "-"}} {
		read, written, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		read.Close()
		saved := filepath.Join(t.TempDir(), "run.csv")
		command := exec.Command("shotput", append(args, "-s", "-n", "20", "-d", "x", "-o", saved, server.URL+"/{{seq}}")...)
		var said strings.Builder
		command.Stdout, command.Stderr = written, &said
		command.Run()
		written.Close()
		if code := command.ProcessState.ExitCode(); code != 3 {
			t.Errorf("%s: exit code %d", name, code)
		}
		if !strings.Contains(said.String(), "\n 20 requests") || !strings.Contains(said.String(), ": broken pipe\n") {
			t.Errorf("%s: standard error has\n%s", name, &said)
		}
		if _, err := os.Stat(saved); err != nil {
			t.Error(err)
		}
	}
}

// A signal decides on the exit code, and what could not be saved is told all the same.
func TestSignalAndFullDisk(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("there is no /dev/full here")
	}
	s := hold(t, 3, func(url string) []string {
		return []string{"-c", "3", "-z", "600", "-m", "600", "-d", "x", "--no-preflight", "--progress", "lines", "-o", "/dev/full", url + "/{{seq}}"}
	})
	s.interrupt(os.Interrupt, true)
	close(s.released)
	s.wantCode(130)
	s.wantReport("3 requests", "interrupted")
	if !strings.Contains(s.stderr.text(), "error: write /dev/full: no space left on device\n") {
		t.Errorf("standard error has\n%s", s.stderr.text())
	}
}
