package cli_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"shotput/cli"
)

// TestMain lets this test binary stand in for the program: scripts, and the demo's own child, start it as shotput.
func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) != "shotput" { // the tests' servers are on loopback: whoever needs a proxy says so
		for _, name := range []string{"http_proxy", "https_proxy", "all_proxy", "HTTPS_PROXY", "ALL_PROXY", "HTTP_PROXY", "GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"} {
			os.Unsetenv(name)
		}
	}
	parallel()
	testscript.Main(m, map[string]func(){"shotput": func() {
		os.Exit(cli.Main(context.Background(), os.Args[1:], cli.Process()))
	}})
}

// parallel lets more tests run at the same time than there are processors, but where -parallel says how many: they wait
// for programs and for servers.
func parallel() {
	flag.Set("test.parallel", "6") // -parallel is read later
}

// TestScripts runs what a person types; the first line of each script is the promise.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			w := newWorld()
			e.Defer(w.close)
			e.Defer(func() { wantValidRuns(t, e.WorkDir) })
			e.Values[worldKey{}] = w
			return w.export(e)
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"exits": exits, "sent": sent, "recorded": recorded, "plain": plain, "secretless": secretless, "alone": alone, "rounds": rounds, "history": history, "limited": limited, "grows": grows, "searched": searched},
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
	})
}

// exits runs a command and asserts its exit code: exits 2 shotput …
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE command …")
	}
	var code *exec.ExitError
	got := 0
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &code) {
		got = code.ExitCode()
	} else if err != nil {
		ts.Fatalf("%s: %v", args[1], err)
	}
	if fmt.Sprint(got) != args[0] {
		ts.Fatalf("exit code %d, want %s", got, args[0])
	}
	tryAll(ts, args[1:], got)
}

// sent asserts how many requests the recording server saw: sent 0, or ! sent 0.
func sent(ts *testscript.TestScript, neg bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	if got := worldOf(ts).count(); (got == want) == neg {
		ts.Fatalf("the server saw %d requests, want (negated: %v) %d", got, neg, want)
	}
}

// recorded prints what the recording server saw, to be grepped: recorded, then stdout 'regexp'.
func recorded(ts *testscript.TestScript, _ bool, _ []string) {
	fmt.Fprint(ts.Stdout(), worldOf(ts).dump())
}

// plain asserts that output holds no control byte but newline, and no line of more than 80 columns, as a pipe and
// a page want it: plain stdout.
func plain(ts *testscript.TestScript, _ bool, args []string) {
	text := ts.ReadFile(args[0])
	if text == "" {
		ts.Fatalf("%s is empty", args[0])
	}
	for i, line := range strings.Split(text, "\n") {
		if n := len([]rune(line)); n > 80 {
			ts.Fatalf("line %d has %d columns: %s", i+1, n, line)
		}
		for _, r := range line {
			if r < ' ' || r == 0x7f {
				ts.Fatalf("line %d holds the control byte %#x", i+1, r)
			}
		}
	}
}

// secretless asserts that no file of the script's folder, nor the last output, holds the word that every secret of
// the script contains: secretless hunter2 [file …].
func secretless(ts *testscript.TestScript, neg bool, args []string) {
	for _, name := range append([]string{"stdout", "stderr"}, args[1:]...) {
		if found := strings.Contains(ts.ReadFile(name), args[0]); found != neg {
			ts.Fatalf("%s holds the secret: %v\n%s", name, found, ts.ReadFile(name))
		}
	}
}

// grows waits until a file has so many lines, and gives up in the end: grows run.ndjson 3.
func grows(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[1])
	ts.Check(err)
	for range 6000 {
		b, _ := os.ReadFile(ts.MkAbs(args[0])) // it may not be there yet
		if bytes.Count(b, []byte("\n")) >= want {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	ts.Fatalf("%s does not grow", args[0])
}
