package main

import (
	"bytes"
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write cli/LICENSES.txt anew")

// systems are those whose program the licences are of: some modules are linked on one alone.
var systems = []string{"linux", "darwin", "windows"}

// standardLibrary has the authors of golang.org/x/sys, and their licence.
const standardLibrary = "the Go standard library"

// licenseName is what files with a licence, or with what a licence wants to be passed on, are called.
var licenseName = regexp.MustCompile(`(?i)^(.*\.)?(licen[cs]e|copying|notice|patents)([._-].*)?$`)

// TestLicenses holds what `shotput licenses` prints against what is linked into the program. After a change of
// modules: go test -run TestLicenses . -update
func TestLicenses(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("no go command here: what is linked cannot be listed")
	}
	texts, modules := licensed(t)
	want := licenseDocument(texts)
	if *update {
		if err := os.WriteFile("cli/LICENSES.txt", []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile("cli/LICENSES.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range modules {
		if !strings.Contains(string(got), "\n  "+m+"\n") {
			t.Errorf("%s is linked, and cli/LICENSES.txt has not its licence: go test -run TestLicenses . -update", m)
		}
	}
	if string(got) != want {
		t.Error("cli/LICENSES.txt is not what is linked now: go test -run TestLicenses . -update")
	}
}

// licensed gives whose each text is, and every module that is linked.
func licensed(t *testing.T) (owners map[string][]string, modules []string) {
	owners = map[string][]string{}
	own := func(text, owner string) {
		if !slices.Contains(owners[text], owner) {
			owners[text] = append(owners[text], owner)
		}
	}
	for dir, module := range linked(t) {
		if !slices.Contains(modules, module) {
			modules = append(modules, module)
		}
		for _, text := range licensesIn(t, dir) {
			own(text, module)
			if strings.HasPrefix(module, "golang.org/x/sys ") {
				own(text, standardLibrary) // Note: not read where Go is installed, since Debian's has none there
			}
		}
	}
	for _, module := range modules {
		if !slices.ContainsFunc(slices.Collect(maps.Values(owners)), func(all []string) bool { return slices.Contains(all, module) }) {
			t.Errorf("%s has no file with a licence", module)
		}
	}
	for folder, text := range carried(t) {
		own(text, folder)
	}
	return owners, modules
}

// linked gives every folder whose licences count, and its module: those of the packages that are linked, and those above
// them in their modules.
func linked(t *testing.T) map[string]string {
	folders := map[string]string{}
	for _, system := range systems {
		list := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}\t{{.Dir}}\t{{$.Dir}}{{end}}{{end}}", ".")
		list.Env = append(os.Environ(), "GOOS="+system, "GOARCH=amd64", "CGO_ENABLED=0")
		out, err := list.Output()
		if err != nil {
			t.Fatalf("%s: %v", list, errors.Join(err, exitText(err)))
		}
		for line := range strings.Lines(string(out)) {
			parts := strings.Split(strings.TrimSpace(line), "\t")
			if len(parts) != 3 {
				continue
			}
			for dir := parts[2]; len(dir) >= len(parts[1]); dir = filepath.Dir(dir) {
				folders[dir] = parts[0]
			}
		}
	}
	return folders
}

func exitText(err error) error {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return errors.New(string(exit.Stderr))
	}
	return nil
}

func licensesIn(t *testing.T, dir string) (texts []string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Type().IsRegular() && licenseName.MatchString(e.Name()) && !strings.HasSuffix(e.Name(), ".go") {
			texts = append(texts, licenseText(t, filepath.Join(dir, e.Name())))
		}
	}
	return texts
}

// licenseText is the file with the spaces at line ends and the empty lines around it left out, so that equal licences are one.
func licenseText(t *testing.T, path string) string {
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.Split(b, []byte("\n"))
	for i := range lines {
		lines[i] = bytes.TrimRight(lines[i], " \t\r")
	}
	return strings.Trim(string(bytes.Join(lines, []byte("\n"))), "\n")
}

// carried gives the licences of what this repository carries along that others wrote: they lie beside it.
func carried(t *testing.T) map[string]string {
	found := map[string]string{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || d.Name() == "node_modules"):
			return filepath.SkipDir
		case d.Type().IsRegular() && filepath.Dir(path) != "." && licenseName.MatchString(d.Name()) && d.Name() != "LICENSES.txt" && !strings.HasSuffix(path, ".go"):
			found[filepath.ToSlash(filepath.Dir(path))] = licenseText(t, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// licenseDocument has each text once, under the names of all whose it is.
func licenseDocument(owners map[string][]string) string {
	texts := slices.SortedFunc(maps.Keys(owners), func(a, b string) int {
		return cmp.Or(cmp.Compare(slices.Min(owners[a]), slices.Min(owners[b])), cmp.Compare(a, b))
	})
	rule := strings.Repeat("=", 80)
	var b strings.Builder
	b.WriteString("shotput is built with what others wrote, under these licences.\n")
	for _, text := range texts {
		fmt.Fprintf(&b, "\n%s\n  %s\n%s\n\n%s\n", rule, strings.Join(slices.Sorted(slices.Values(owners[text])), "\n  "), rule, text)
	}
	return b.String()
}
