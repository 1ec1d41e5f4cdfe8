//go:build unix

package setup

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

func TestCommands(t *testing.T) {
	var out bytes.Buffer
	run := func(text string) error {
		return (&Command{Text: text, Limit: time.Minute, Out: &out}).Run(t.Context())
	}
	if err := run("echo made && echo told >&2"); err != nil || out.String() != "made\ntold\n" {
		t.Errorf("%v; it printed %q", err, &out)
	}
	var code *exec.ExitError
	if err := run("exit 7"); !errors.As(err, &code) || code.ExitCode() != 7 {
		t.Errorf("exit 7: %v", err)
	}
	if err := run("no-such-command"); !errors.As(err, &code) || code.ExitCode() != 127 {
		t.Errorf("no such command: %v", err)
	}
}

// hanging runs a command that does not end, and neither does what it started. With a limit of an hour it is interrupted as
// soon as both are there.
func hanging(t *testing.T, limit time.Duration) (child int, err error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "child")
	c := Command{Text: "sleep 600 & echo $! > " + path + ".new && mv " + path + ".new " + path + "; wait", Limit: limit, Out: os.Stderr}
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	var interrupting sync.WaitGroup
	if limit == time.Hour {
		interrupting.Go(func() {
			for _, err := os.Stat(path); err != nil; _, err = os.Stat(path) {
				time.Sleep(time.Millisecond)
			}
			cancel(errInterrupted)
		})
	}
	err = c.Run(ctx)
	interrupting.Wait()
	text, _ := os.ReadFile(path)
	child, _ = strconv.Atoi(strings.TrimSpace(string(text))) // 0 where it never began
	return child, err
}

var errInterrupted = errors.New("interrupted")

// What hangs is ended with all that it started, by its limit or by whoever interrupts.
func TestHangingCommandsAreEnded(t *testing.T) {
	child, err := hanging(t, time.Hour)
	if !errors.Is(err, errInterrupted) {
		t.Errorf("interrupted: %v", err)
	}
	wantGone(t, child)
	var late *TimeoutError
	child, err = hanging(t, 200*time.Millisecond)
	if !errors.As(err, &late) || late.Error() != "it had not ended after 200ms" {
		t.Errorf("too long: %v", err)
	}
	if child != 0 {
		wantGone(t, child)
	}
}

// wantGone waits until a process is there no more, or has nobody yet who was told of its end.
func wantGone(t *testing.T, pid int) {
	t.Helper()
	for range 5000 {
		state, _ := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
		if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) || strings.Contains(string(state), ") Z ") {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Errorf("process %d is still there", pid)
	syscall.Kill(pid, syscall.SIGKILL)
}

// What a command leaves running on purpose goes on.
func TestServersStay(t *testing.T) {
	path := filepath.Join(t.TempDir(), "child")
	c := Command{Text: "sleep 600 >/dev/null 2>&1 & echo $! > " + path, Limit: time.Minute, Out: os.Stderr}
	if err := c.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	pid, _ := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil || pid == 0 || syscall.Kill(pid, 0) != nil {
		t.Errorf("%v; process %d is gone", err, pid)
	}
	syscall.Kill(pid, syscall.SIGKILL)
}
