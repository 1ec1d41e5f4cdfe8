package cli

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"shotput/cli/flows"
	"shotput/putserver/realtest"
)

// A docLine is a command of ours on a page.
type docLine struct{ page, words string }

// ofContainer is what stands before our words where a container runs them.
var ofContainer = regexp.MustCompile(`^docker run .* shotput `)

// docLines gives each line of a page's blocks that begins with our name, whether a script types it or not; and each that
// docker runs.
func docLines(t *testing.T) (lines []docLine) {
	t.Helper()
	pages, _ := filepath.Glob("../docs/*.md")
	for _, path := range append(pages, "../README.md") {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		inside, yaml := false, false
		for line := range strings.Lines(string(text)) {
			if fence, ok := strings.CutPrefix(line, "```"); ok {
				inside, yaml = !inside, strings.HasPrefix(fence, "yaml")
				continue
			}
			line = strings.TrimPrefix(strings.TrimSpace(line), "$ ")
			line = ofContainer.ReplaceAllString(line, "shotput ")
			if words, ok := strings.CutPrefix(line, "shotput "); ok && inside && !yaml {
				lines = append(lines, docLine{filepath.Base(path), words})
			}
		}
	}
	return lines
}

// quoted are the parts of a line within quotes.
var quoted = regexp.MustCompile(`'[^']*'|"(\\.|[^"\\])*"`)

// What people copy has flags that there are and values that can be read; and every template in it is within quotes, since
// PowerShell takes braces for a block, and any shell splits at the blanks in them.
func TestDocumentedLines(t *testing.T) {
	lines := docLines(t)
	if len(lines) < 60 {
		t.Fatalf("%d command lines are documented; were they written otherwise?", len(lines))
	}
	dir := t.TempDir()
	cert, key := realtest.Certificate(t)
	for name, from := range map[string]string{"ca.pem": cert, "client.pem": cert, "client.key": key} {
		b, err := os.ReadFile(from)
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), b, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	files := map[string]string{"body.json": "{}", "photo.jpg": "x", "users.csv": "id,name\n1,Ann\n", "orders.jsonl": `{"id":1,"items":[]}` + "\n",
		"photos/1.jpg": "x",
		"urls.txt":     "http://127.0.0.1:8080/a\n", "uploads.csv": "url,file,name\nhttp://127.0.0.1:8080/a,photo.jpg,a\n", "plan.yaml": "defaults: {url: 'http://127.0.0.1:8080/'}\nscenarios: [{name: usual}]\n", "load.yaml": string(ciPlan(t))}
	if err := os.Mkdir(filepath.Join(dir, "photos"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range flows.Names {
		files[name+".yaml"] = flows.Start(name, name+".yaml")
	}
	files["upload.yaml"] = flows.Start("multipart", "upload.yaml")
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("TOKEN", "t")
	t.Setenv("CLIENT_SECRET", "s")
	t.Chdir(dir)
	for _, l := range lines {
		if bare := quoted.ReplaceAllString(l.words, ""); strings.Contains(bare, "{{") {
			t.Errorf("%s: a template without quotes: shotput %s", l.page, l.words)
		}
		demo := strings.HasPrefix(l.words, "-") && !strings.Contains(l.words, "http") && !strings.Contains(l.words, "url")
		if demo || strings.HasPrefix(l.words, "curl ") {
			continue // what it is for is not to be seen without firing: TestDocumentation types it
		}
		// What is resumed is not there: TestDocumentation makes it first.
		l.words = strings.NewReplacer("--once ", "", "/out/", "", "--resume ab.json ", "").Replace(l.words)
		if err := ciAccepts(t, shellSplit(t, l.words)); err != nil {
			t.Errorf("%s: shotput %s: %v", l.page, l.words, err)
		}
	}
}

// Words of old, and words that nobody searches for, stay away.
func TestPlainWords(t *testing.T) {
	pages, _ := filepath.Glob("../docs/*.md")
	odd := regexp.MustCompile(`(?i)without a word|who asks|how dear|\bthe Exchange\b|worth while`)
	for _, path := range append(pages, "../README.md", "manual/manual.go", "manual/list.go") {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if m := odd.Find(text); m != nil {
			t.Errorf("%s says %q", path, m)
		}
	}
	for _, row := range newAsked().Rows {
		if m := odd.FindString(row.Help + row.Group); m != "" {
			t.Errorf("--%s says %q", row.Long, m)
		}
	}
}
