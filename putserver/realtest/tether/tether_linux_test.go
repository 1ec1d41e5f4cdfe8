package tether

import (
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"
)

// tetherPart names what this test binary does instead of testing.
const tetherPart = "SHOTPUT_TEST_TETHER_PART"

// A test binary that is killed leaves nothing: no server that it started, and no process that is itself again, not even
// below a shell that goes on. Each of them holds the end of a pipe, and whoever reads it sees them all end.
func TestNoProcessIsLeft(t *testing.T) {
	self := os.Args[0] + " -test.run=^" + t.Name() + "$"
	switch os.Getenv(tetherPart) {
	case "last":
		os.Stdout.WriteString("up\n")
		select {}
	case "between":
		server := exec.Command("sh", "-c", "echo up; exec sleep 600")
		server.Stdout = os.Stdout
		if _, err := Launch(server); err != nil {
			t.Fatal(err)
		}
		shell := exec.Command("sh", "-c", self+"; true")
		shell.Stdout, shell.Env = os.Stdout, append(os.Environ(), tetherPart+"=last")
		if err := shell.Run(); err != nil {
			t.Fatal(err)
		}
		return
	}
	between := exec.Command("sh", "-c", "exec "+self)
	ours := func(setting string) bool { return strings.HasPrefix(setting, Env+"=") }
	between.Env = append(slices.DeleteFunc(os.Environ(), ours), tetherPart+"=between")
	out, held, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	between.Stdout = held
	if err := between.Start(); err != nil {
		t.Fatal(err)
	}
	held.Close()
	out.SetReadDeadline(time.Now().Add(time.Minute)) // of a machine that is very busy
	_, err = io.ReadFull(out, make([]byte, len("up\nup\n")))
	between.Process.Kill()
	between.Wait()
	if err != nil {
		t.Fatal(err)
	}
	if rest, err := io.ReadAll(out); err != nil || len(rest) > 0 {
		t.Errorf("something still lives, having said %q: %v", rest, err)
	}
}
