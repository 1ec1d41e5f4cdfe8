package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestReadme types every line of the README that begins with "$ shotput", against a server of the test's own and
// for a fifth of a second.
func TestReadme(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	var script strings.Builder
	lines := 0
	for line := range strings.Lines(string(readme)) {
		command, ok := strings.CutPrefix(strings.TrimSpace(line), "$ ")
		if !ok {
			continue
		}
		lines++
		if run, ok := strings.CutPrefix(command, "shotput run "); ok {
			command = "shotput run -z 200ms " + run
		} else if strings.HasPrefix(command, "shotput curl ") {
			command += " -z 200ms" // behind: before it, the words are curl's
		} else if strings.Contains(command, "http://") {
			command = strings.Replace(command, "shotput ", "shotput -z 200ms ", 1) // before, so that the last -z …
			command = strings.ReplaceAll(command, " -z 30s", "")                   // … does not undo it
			command = strings.ReplaceAll(command, " -z 1m", "")
			command = strings.ReplaceAll(command, " --warmup 5s", " --warmup 100ms")
			command = strings.ReplaceAll(command, " --strict", "")                                                     // says nothing of the README when a busy machine is not trusted,
			command = strings.NewReplacer("p99 < 50ms", "p99 < 50s", "99% of target", "1% of target").Replace(command) // … or slow
		}
		command = strings.ReplaceAll(command, "'http://127.0.0.1:8080", "$URL'") // a script expands nothing within quotes
		script.WriteString("exec " + strings.ReplaceAll(command, "http://127.0.0.1:8080", "$URL") + "\n")
	}
	if lines < 10 {
		t.Fatalf("%d lines of the README begin with $ shotput; were they written otherwise?", lines)
	}
	_, plan, _ := strings.Cut(string(readme), "```yaml\n")
	plan, _, _ = strings.Cut(plan, "```")
	script.WriteString("-- plan.yaml --\n" + plan)
	script.WriteString("-- body.json --\n{\"n\": 1}\n-- photo.jpg --\nno photo\n-- photos/1.jpg --\none\n-- photos/2.jpg --\ntwo\n")
	script.WriteString("-- users.csv --\nid,name\n1,Ann\n2,Bob\n")
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "readme.txtar"), []byte(script.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{Dir: dir, Setup: func(e *testscript.Env) error {
		w := newWorld()
		e.Defer(w.close)
		e.Values[worldKey{}] = w
		err := w.export(e)
		e.Setenv("TARGET", e.Getenv("URL"))
		return err
	}})
}
