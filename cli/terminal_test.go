//go:build unix

package cli_test

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"shotput/putserver/realtest"
)

// onTerminal runs a line of a shell on a terminal of its own, of 80 columns, and gives what stands on it after the
// end. As soon as the word was drawn, keys are typed.
func onTerminal(t *testing.T, line, word, keys string) (rows []string, text string) {
	t.Helper()
	script := realtest.Need(t, "script") // of util-linux, which gives a program a terminal
	command := exec.Command(script, "-qec", line, os.DevNull)
	command.Env = append(os.Environ(), "TERM=xterm", "LINES=24", "COLUMNS=80")
	stdin, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	screen := realtest.NewScreen(80, 24)
	all := &typist{screen: screen, word: word, keys: keys, to: stdin}
	_, err = io.Copy(all, stdout) // until the terminal is closed
	stdin.Close()
	command.Wait() // its exit code is the line's; what counts stands on the screen
	if err != nil {
		t.Fatal(err)
	}
	rows, _, faults := screen.Look()
	if faults != nil {
		t.Errorf("%q in:\n%q", faults, all.text.String())
	}
	return rows, all.text.String()
}

// A typist types once the word has come.
type typist struct {
	screen     *realtest.Screen
	text       bytes.Buffer
	word, keys string
	to         io.Writer
}

func (y *typist) Write(p []byte) (int, error) {
	y.text.Write(p)
	if y.keys != "" && strings.Contains(y.text.String(), y.word) {
		io.WriteString(y.to, y.keys)
		y.keys = ""
	}
	y.screen.Write(p)
	return len(p), nil
}

// putter is this program and a server on loopback.
func putter(t *testing.T) (line func(flags string) string) {
	t.Helper()
	shotput, err := exec.LookPath("shotput") // TestMain has put this test binary there
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld()
	t.Cleanup(w.close)
	url := w.serve(w.manners, nil)
	return func(flags string) string {
		return shotput + " --no-preflight -d x -c 2 " + flags + " '" + url + "/slow/{{seq}}'"
	}
}

// After a run only the report stands on the terminal, and the panel had been there.
func TestTerminalKeepsOnlyTheReport(t *testing.T) {
	t.Parallel()
	rows, text := onTerminal(t, putter(t)("-r 50/s -z 1s"), "", "")
	wantReportAlone(t, rows)
	if !strings.Contains(text, "━") {
		t.Errorf("there was no panel:\n%q", text)
	}
	if strings.Contains(text, "\x1b[?") {
		t.Errorf("it was set into a mode:\n%q", text)
	}
}

// Ctrl-C is the terminal's own: it makes a signal, the run ends, and only the report stands there. The signal reaches
// the shell as well, and some shells die of it; the trap keeps any of them alive to say the exit code.
func TestTerminalAfterInterrupt(t *testing.T) {
	t.Parallel()
	line := "trap : INT; " + putter(t)("-r 50/s -z 600s") + `; echo "code $?"`
	rows, text := onTerminal(t, line, "errors  0", "\x03")
	wantReportAlone(t, rows[:max(0, len(rows)-1)])
	if rows[len(rows)-1] != "code 130" || !strings.Contains(text, "^C") {
		t.Errorf("at the end %q, in:\n%q", rows[len(rows)-1], text)
	}
}

// A dumb terminal is written to as a pipe is.
func TestDumbTerminalHasNoPanel(t *testing.T) {
	t.Parallel()
	_, text := onTerminal(t, "TERM=dumb "+putter(t)("-n 20 --ascii"), "", "")
	if strings.Contains(text, "\x1b") || !strings.Contains(text, "measuring PUT") {
		t.Errorf("%q", text)
	}
}

// What grows on the same terminal is not torn by a panel.
func TestStreamOnTheTerminalHasNoPanel(t *testing.T) {
	t.Parallel()
	_, text := onTerminal(t, putter(t)("-n 20 --format ndjson"), "", "")
	if strings.Contains(text, "\x1b") || !strings.Contains(text, `"schema":"shotput/run/2"`) {
		t.Errorf("%q", text)
	}
}

func wantReportAlone(t *testing.T, rows []string) {
	t.Helper()
	text := strings.Join(rows, "\n")
	if !strings.HasPrefix(text, " PUT http") || !strings.Contains(text, "connections") {
		t.Errorf("no report:\n%s", text)
	}
	for _, piece := range []string{"━", "^C", "in flight", "again ends"} {
		if strings.Contains(text, piece) {
			t.Errorf("%q still stands there:\n%s", piece, text)
		}
	}
}
