//go:build unix

package cli_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"shotput/stats"
)

// fullPipe is a pipe that takes nothing more, and that nobody reads.
func fullPipe(t *testing.T) *os.File {
	_, written, _ := fillPipe(t)
	return written
}

// fillPipe makes a pipe that takes nothing more.
func fillPipe(t *testing.T) (read, written *os.File, filled int64) {
	t.Helper()
	read, written, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { read.Close(); written.Close() })
	written.SetWriteDeadline(time.Now().Add(50 * time.Millisecond))
	for _, size := range []int{4096, 1} {
		for err = nil; err == nil; {
			var n int
			n, err = written.Write(make([]byte, size))
			filled += int64(n)
		}
	}
	return read, written, filled
}

// begin starts the program, and gives what waits for its end.
func begin(t *testing.T, command *exec.Cmd) (ended chan struct{}) {
	t.Helper()
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	ended = make(chan struct{})
	go func() { command.Wait(); close(ended) }()
	t.Cleanup(func() { command.Process.Kill(); <-ended })
	return ended
}

// Nobody reads what is printed: the run goes on to its end and is saved, and a second signal ends the program.
func TestNobodyReads(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer server.Close()
	for _, progress := range []string{"json", "lines"} {
		saved := filepath.Join(t.TempDir(), "run.json")
		command := exec.Command("shotput", "-s=false", "--progress", progress, "--no-preflight", "-r", "50/s", "-z", "1s", "-d", "x",
			"-o", saved, server.URL+"/{{seq}}")
		command.Stdout, command.Stderr = fullPipe(t), fullPipe(t)
		ended := begin(t, command)
		wait(t, "the run to be saved", func() bool {
			text, err := os.ReadFile(saved)
			return err == nil && len(text) > 0
		})
		if _, err := stats.Decode(mustOpen(t, saved)); err != nil {
			t.Errorf("%s: %v", progress, err)
		}
		command.Process.Signal(os.Interrupt)
		time.Sleep(50 * time.Millisecond)
		command.Process.Signal(os.Interrupt)
		select {
		case <-ended:
		case <-time.After(10 * time.Second):
			t.Fatalf("%s: the program goes on after two signals", progress)
		}
		if code := command.ProcessState.ExitCode(); code != 130 && code != -1 {
			t.Errorf("%s: exit code %d", progress, code)
		}
	}
}

func mustOpen(t *testing.T, path string) *os.File {
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// wait is for something that another process does.
func wait(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !done(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("waited in vain for " + what)
		}
	}
}

// A terminal that is closed ends a run as SIGTERM does, unless it was begun to go on without one.
func TestHangup(t *testing.T) {
	heard := make(chan os.Signal, 1)
	signal.Notify(heard, syscall.SIGHUP) // children have it from us: tests may themselves run where it is ignored
	defer signal.Stop(heard)
	for shell, want := range map[string]int{"": 129, "trap '' HUP; ": 0} {
		arrived := make(chan struct{}, 10000)
		server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { arrived <- struct{}{} }))
		defer server.Close()
		saved := filepath.Join(t.TempDir(), "run.json")
		command := exec.Command("sh", "-c", shell+`exec shotput "$@"`, "sh", "--progress", "lines", "-r", "20/s", "-z", "1s", "-d", "x", "-o", saved,
			server.URL+"/{{seq}}")
		var out strings.Builder
		command.Stdout = &out
		ended := begin(t, command)
		for range 3 {
			<-arrived
		}
		command.Process.Signal(syscall.SIGHUP)
		<-ended
		text, err := os.ReadFile(saved)
		if code := command.ProcessState.ExitCode(); code != want || err != nil || len(text) == 0 {
			t.Errorf("%q: exit code %d, want %d; %v", shell, code, want, err)
		}
		if strings.Contains(out.String(), "hung up") != (want == 129) {
			t.Errorf("%q: it says\n%s", shell, &out)
		}
	}
}

// One signal is enough where nobody reads what is printed, or what goes through a pipe: what is a file is saved first,
// and then the readers have a second.
func TestOneSignalEndsWhereNobodyReads(t *testing.T) {
	for name, flags := range map[string]string{
		"the table":        "-o run.json",
		"a document":       "--format json",
		"a stream":         "--format ndjson",
		"the progress":     "-o run.json -s=false --progress json",
		"a pipe by name":   "-o run.json -o pipe",
		"a stream by name": "-o run.json -o pipe.ndjson",
		"samples":          "-o run.json --samples pipe.csv.gz",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			arrived := make(chan struct{}, 10000)
			server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { arrived <- struct{}{} }))
			defer server.Close()
			folder := t.TempDir()
			for _, pipe := range []string{"pipe", "pipe.ndjson", "pipe.csv.gz"} {
				if err := syscall.Mkfifo(filepath.Join(folder, pipe), 0o600); err != nil {
					t.Skip(err)
				}
			}
			args := append(strings.Fields(flags), "--no-preflight", "-r", "100/s", "-z", "600s", "-d", "x", server.URL+"/{{seq}}")
			command := exec.Command("shotput", args...)
			command.Dir, command.Stdout, command.Stderr = folder, fullPipe(t), fullPipe(t)
			ended := begin(t, command)
			<-arrived
			signals := 0
			for out := false; !out; signals++ {
				command.Process.Signal(os.Interrupt)
				select {
				case <-ended:
					out = true
				case <-time.After(20 * time.Second):
				}
			}
			if code := command.ProcessState.ExitCode(); signals != 1 || code != 130 {
				t.Errorf("it took %d signals, exit code %d", signals, code)
			}
			text, err := os.ReadFile(filepath.Join(folder, "run.json"))
			if strings.Contains(flags, "run.json") && (err != nil || len(text) == 0) {
				t.Errorf("the run was not saved: %v", err)
			}
		})
	}
}

// Whoever reads late reads all: a stream waits for its reader, and does not hold up the run.
func TestSlowReaderReadsAll(t *testing.T) {
	var arrived atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { arrived.Add(1) }))
	defer server.Close()
	read, written, filled := fillPipe(t)
	command := exec.Command("shotput", "-s", "--format", "ndjson", "--no-preflight", "-n", "20", "-d", "x", server.URL+"/{{seq}}")
	command.Stdout = written
	ended := begin(t, command)
	wait(t, "the load to be sent", func() bool { return arrived.Load() == 20 })
	written.Close()
	io.CopyN(io.Discard, read, filled)
	run, err := stats.Decode(read)
	if <-ended; err != nil || run.Totals.OK != 20 || command.ProcessState.ExitCode() != 0 {
		t.Errorf("%+v, %v, %v", run, err, command.ProcessState)
	}
}
