package cli_test

import (
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"shotput/putserver"
)

// docFiles are what the commands of the documentation read, beside the page's own plan.
const docFiles = `-- body.json --
{"n": 1}
-- photo.jpg --
no photo
-- photos/1.jpg --
one
-- photos/2.jpg --
two
-- users.csv --
id,name
1,Ann
2,Bob
-- orders.jsonl --
{"id": 1, "items": ["a", "b"]}
`

// quick is a documented command as a test types it: for a fifth of a second, and not judged by how fast it is here.
func quick(command string) string {
	if sides, ok := strings.CutPrefix(command, "shotput ab "); ok {
		command = "shotput ab --pairs 2 -z 100ms " + strings.ReplaceAll(sides, "-z 10s ", "")
	} else if search, ok := strings.CutPrefix(command, "shotput capacity "); ok {
		command = "shotput capacity --trial 100ms --budget 300ms " + search
	} else if sweep, ok := strings.CutPrefix(command, "shotput curve "); ok {
		command = "shotput curve --trial 100ms --steps 2 " + strings.Replace(sweep, "--steps 8 ", "", 1)
	} else if asked, ok := strings.CutPrefix(command, "shotput verify "); ok {
		if !strings.Contains(asked, "--only") && !strings.Contains(asked, "--list") {
			asked = "--skip races,uploads,etag-stable,head-equals-get " + asked
		}
		asked = strings.Replace(asked, "systemctl restart objects", "true", 1)
		command = "shotput verify " + strings.ReplaceAll(asked, "'http://127.0.0.1:8080", "$PUT'")
	} else if run, ok := strings.CutPrefix(command, "shotput run "); ok {
		command = "shotput run -z 200ms " + run
	} else if strings.HasPrefix(command, "shotput curl ") {
		command += " -z 200ms" // behind: before it, the words are curl's
	} else if strings.Contains(command, "--stages") {
		command = strings.NewReplacer("30s@", "100ms@", "1m@", "100ms@").Replace(command)
	} else if strings.Contains(command, "http://") || strings.HasPrefix(command, "shotput -") {
		command = strings.Replace(command, "shotput ", "shotput -z 200ms ", 1)            // before, so that the last -z …
		command = regexp.MustCompile(` -z (10s|30s|1m|5m)`).ReplaceAllString(command, "") // … does not undo it
		command = strings.ReplaceAll(command, " --warmup 5s", " --warmup 100ms")
		command = strings.ReplaceAll(command, " --strict", "")                                                     // says nothing of a page when a busy machine is not trusted,
		command = strings.NewReplacer("p99 < 50ms", "p99 < 50s", "99% of target", "1% of target").Replace(command) // … or slow
	}
	command = strings.ReplaceAll(command, "'http://127.0.0.1:8080", "$URL'") // a script expands nothing within quotes
	return "works " + strings.ReplaceAll(command, "http://127.0.0.1:8080", "$URL") + "\n"
}

// works runs a command of the documentation, which ends with 0, or, where the machine is so busy that thresholds cannot be
// judged, says that.
func works(ts *testscript.TestScript, neg bool, args []string) {
	var code *exec.ExitError
	err := ts.Exec(args[0], args[1:]...)
	if errors.As(err, &code) && code.ExitCode() == 3 {
		for _, said := range []string{"stdout: \n NOT JUDGED: ", "stdout: \n IRREGULAR: ",
			"stderr: no load could be judged"} {
			if from, text, _ := strings.Cut(said, ": "); strings.Contains(ts.ReadFile(from), text) {
				return
			}
		}
	}
	if slices.Contains(args, "ab") || slices.Contains(args, "--ab") { // two pairs are no verdict
		if code == nil || code.ExitCode() != 3 || !strings.Contains(ts.ReadFile("stdout"), " not judged\n") {
			ts.Fatalf("%v", err)
		}
		return
	}
	if neg || err != nil {
		ts.Fatalf("%v", err)
	}
}

// typedIn gives the commands of a page: what stands behind "$ " in it.
func typedIn(page string) (commands []string) {
	for line := range strings.Lines(page) {
		if command, ok := strings.CutPrefix(strings.TrimSpace(line), "$ "); ok {
			commands = append(commands, command)
		}
	}
	return commands
}

// planIn gives the first plan of a page; where it has none, one with the name that commands ask for.
func planIn(page string) string {
	_, plan, found := strings.Cut(page, "```yaml\n")
	plan, _, _ = strings.Cut(plan, "```")
	if !found || !strings.Contains(plan, "scenarios:") {
		plan = "defaults: {url: \"${TARGET}/{{seq}}\", size: 1KiB}\nscenarios: [{name: usual, rate: 100/s}]\n"
	}
	return strings.ReplaceAll(plan, "http://127.0.0.1:8080/", "${TARGET:-http://127.0.0.1:8080}/")
}

// TestDocumentation types every line of the README and of the pages that begins with "$ ", against a server of the
// test's own and for a fifth of a second.
func TestDocumentation(t *testing.T) {
	t.Parallel()
	pages, _ := filepath.Glob("../docs/*.md")
	dir := t.TempDir()
	typed := map[string]int{}
	for _, path := range append(pages, "../README.md") {
		page, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		commands := typedIn(string(page))
		name := strings.TrimSuffix(filepath.Base(path), ".md")
		typed[name] = len(commands)
		if len(commands) == 0 {
			continue
		}
		var script strings.Builder
		if name != "README" { // which makes it itself
			script.WriteString("exec shotput -s -n 1 -d x -o run.json $URL/1\n")
		}
		if name == "flows" { // which ask for more than a PUT
			script.WriteString("env TARGET=$PUT\n")
		}
		for _, command := range commands {
			script.WriteString(quick(command))
		}
		script.WriteString("-- plan.yaml --\n" + planIn(string(page)) + docFiles)
		if err := os.WriteFile(filepath.Join(dir, name+".txtar"), []byte(script.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if typed["README"] < 10 || typed["templates"] < 5 || typed["coming-from"] < 5 {
		t.Fatalf("lines that begin with $: %v; were they written otherwise?", typed)
	}
	testscript.Run(t, testscript.Params{Dir: dir, Cmds: map[string]func(*testscript.TestScript, bool, []string){"works": works}, Setup: func(e *testscript.Env) error {
		w := newWorld()
		e.Defer(w.close)
		e.Values[worldKey{}] = w
		err := w.export(e)
		e.Setenv("TARGET", e.Getenv("URL"))
		put, stop := rightTarget(t)
		e.Defer(stop)
		e.Setenv("PUT", put)
		e.Setenv("TOKEN", "t")
		return errors.Join(err, writeURLs(e.WorkDir, e.Getenv("URL")))
	}})
}

// rightTarget is a server at which PUT behaves.
func rightTarget(t *testing.T) (url string, stop func()) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	target, err := putserver.New(putserver.Config{})
	if err != nil {
		t.Fatal(err)
	}
	go target.Serve(l)
	return "http://" + l.Addr().String(), func() { target.Close() }
}

// writeURLs writes the files of the documentation that have URLs in them.
func writeURLs(dir, url string) error {
	listed := os.WriteFile(filepath.Join(dir, "urls.txt"), []byte("# signed\n"+url+"/1?sig=1\n"+url+"/2?sig=2\n"), 0o600)
	return errors.Join(listed, os.WriteFile(filepath.Join(dir, "uploads.csv"),
		[]byte("url,file,name\n"+url+"/1,photo.jpg,a\n"+url+"/2,photos/1.jpg,b\n"), 0o600))
}

// sampleTable gives the table that the README shows.
func sampleTable(t *testing.T) string {
	t.Helper()
	page, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, found := strings.Cut(string(page), "```\n PUT http")
	table, _, _ = strings.Cut(table, "```")
	if !found {
		t.Fatal("the README shows no table")
	}
	return " PUT http" + table
}

// The README's table is what the command that it names prints: the same rows in the same order, and the same URL.
func TestSampleTable(t *testing.T) {
	t.Parallel()
	table := sampleTable(t)
	if !strings.Contains(table, "/objects/{{randInt 1 10000}}") {
		t.Errorf("the table is not the demo's:\n%s", table)
	}
	rows := rowsOf(table)
	if len(rows) < 10 {
		t.Fatalf("rows of the table: %q", rows)
	}
	for i := range rows {
		rows[i] = "\\n ( )*" + regexp.QuoteMeta(rows[i]) + "[ :]"
	}
	script := "env CI=\nexec shotput -s -z 1500ms -r 2000/s\nstdout '^ PUT http://127[^ ]*\\{\\{randInt 1 10000\\}\\} '\n" +
		"stdout '(?s)" + strings.Join(rows, ".*") + "'\n"
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "sample.txtar"), []byte(script), 0o644); err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{Dir: dir})
}

// rowsOf are the first words of a table's lines, without what a machine is told by.
func rowsOf(table string) (rows []string) {
	first := regexp.MustCompile(`^ {1,3}([a-z]+( lag)?|20\d [A-Z][a-z]+) `)
	for line := range strings.Lines(table) {
		if m := first.FindStringSubmatch(line); m != nil && m[1] != "alarm" {
			rows = append(rows, strings.TrimSpace(m[1]))
		}
	}
	return rows
}
