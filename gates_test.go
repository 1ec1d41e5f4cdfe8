package main

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/build/constraint"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// The gates of the house: how large a room may be, and what may not stand in it. Imports have a test of their own,
// TestImportsOnlyFall. A limit is no target: where one is reached, a noun is hiding.
const (
	mostFiles     = 30  // of a package, tests aside
	mostCircle    = 13  // files of a package that refer to each other in a circle
	mostSpread    = 5   // files in which a type's methods stand
	mostLines     = 40  // of a function
	mostOfTheWay  = 60  // of the one function that tells the way of a run
	mostFileLines = 400 // of a file, tests aside
	mostColumns   = 120 // of a line, a tab being four; tests aside, where a case of a table may keep to its line
)

// theWayOfARun is the one function that may be longer than the others.
const theWayOfARun = "cli/job.go: run"

// A house is a tree of Go files, by folder.
type house map[string][]source

// A source is one file.
type source struct {
	path string // with slashes
	text string
	file *ast.File
	fset *token.FileSet
}

func (s *source) isTest() bool { return strings.HasSuffix(s.path, "_test.go") }

func readHouse(t *testing.T, tree fs.FS) house {
	t.Helper()
	h, fset := house{}, token.NewFileSet()
	err := fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") && name != "."):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(name, ".go"):
			return nil
		}
		text, err := fs.ReadFile(tree, name)
		if err != nil {
			return err
		}
		s := source{path: name, text: string(text), fset: fset}
		if s.file, err = parser.ParseFile(s.fset, name, text, parser.ParseComments|parser.SkipObjectResolution); err != nil {
			return err
		}
		h[path.Dir(name)] = append(h[path.Dir(name)], s)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// each calls look for every file, tests aside, in the order of their paths.
func (h house) each(look func(dir string, s *source) []string) (faults []string) {
	for _, dir := range slices.Sorted(maps.Keys(h)) {
		for i := range h[dir] {
			if s := &h[dir][i]; !s.isTest() && dir != "report/runtest" { // which serves tests alone
				faults = append(faults, look(dir, s)...)
			}
		}
	}
	return faults
}

// A gate finds what in a house is against a rule.
type gate struct {
	find func(house) []string
	bad  files  // that it has to find fault with
	want string // in a fault
}

var gates = map[string]gate{
	"a package is no heap of files": {findHeaps, many(mostFiles + 1), "a has 31 files"},
	"a function is of one screen": {findLongFunctions, files{"a/a.go": "package a\nfunc f() {" + strings.Repeat("\n\t_ = 0", 45) + "\n}"},
		"a/a.go: f has 47 lines"},
	"a file is read in one go": {findLongFiles, files{"a/a.go": "package a\n" + strings.Repeat("\n", 401)}, "a/a.go has 402 lines"},
	"a line fits":              {findWideLines, files{"a/a.go": "package a\n// " + strings.Repeat("x", 120)}, "a/a.go:2 has 123 columns"},
	"nobody below cli asks the outside": {findOutside, files{"a/a.go": "package a\nimport \"os\"\nvar x = os.Getenv(\"X\")"},
		"a/a.go: os.Getenv"},
	"a package says what it is for": {findSilent, files{"a/a_linux.go": "// Package a is.\npackage a"},
		"a: no file that every system has says what the package is for"},
	"files do not all refer to each other": {findCircles, circle(mostCircle + 1), "a has a circle of 14 files"},
	"a type stands in few files":           {findSpread, spread(mostSpread + 1), "a: the methods of T stand in 6 files"},
}

// files are a house, by path.
type files map[string]string

// many is a package of n files.
func many(n int) files {
	all := files{}
	for i := range n {
		all[fmt.Sprintf("a/f%d.go", i)] = "package a"
	}
	return all
}

// circle is a package of n files, each of which uses the next.
func circle(n int) files {
	all := files{}
	for i := range n {
		all[fmt.Sprintf("a/f%d.go", i)] = fmt.Sprintf("package a\nfunc f%d() { f%d() }", i, (i+1)%n)
	}
	return all
}

// spread is a package of n files with a method each of one type.
func spread(n int) files {
	all := files{"a/t.go": "package a\ntype T struct{}"}
	for i := range n {
		all[fmt.Sprintf("a/f%d.go", i)] = fmt.Sprintf("package a\nfunc (t *T) f%d() {}", i)
	}
	return all
}

// TestGates holds the house against each rule, and sees each rule find what is against it.
func TestGates(t *testing.T) {
	ours := readHouse(t, os.DirFS("."))
	for name, g := range gates {
		t.Run(name, func(t *testing.T) {
			for _, fault := range g.find(ours) {
				t.Error(fault)
			}
			bad := fstest.MapFS{}
			for name, text := range g.bad {
				bad[name] = &fstest.MapFile{Data: []byte(text)}
			}
			if found := strings.Join(g.find(readHouse(t, bad)), "\n"); !strings.Contains(found, g.want) {
				t.Errorf("of a bad house it finds %q, want %q", found, g.want)
			}
		})
	}
}

func findHeaps(h house) (faults []string) {
	for _, r := range h.rooms() {
		if n := len(r.files); n > mostFiles {
			faults = append(faults, fmt.Sprintf("%s has %d files, more than %d", r.dir, n, mostFiles))
		}
	}
	return faults
}

func findLongFunctions(h house) []string {
	return h.each(func(_ string, s *source) (faults []string) {
		for _, d := range s.file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			n := s.fset.Position(f.End()).Line - s.fset.Position(f.Pos()).Line + 1
			name, most := s.path+": "+f.Name.Name, mostLines
			if name == theWayOfARun {
				most = mostOfTheWay
			}
			if n > most {
				faults = append(faults, fmt.Sprintf("%s has %d lines, more than %d", name, n, most))
			}
		}
		return faults
	})
}

func findLongFiles(h house) []string {
	return h.each(func(_ string, s *source) []string {
		if n := strings.Count(s.text, "\n"); n > mostFileLines {
			return []string{fmt.Sprintf("%s has %d lines, more than %d", s.path, n, mostFileLines)}
		}
		return nil
	})
}

func findWideLines(h house) []string {
	return h.each(func(_ string, s *source) (faults []string) {
		raw := rawLines(s)
		for i, line := range strings.Split(s.text, "\n") {
			wide := len([]rune(line)) + 3*strings.Count(line, "\t")
			if wide > mostColumns && !raw[i+1] {
				faults = append(faults, fmt.Sprintf("%s:%d has %d columns, more than %d", s.path, i+1, wide, mostColumns))
			}
		}
		return faults
	})
}

// rawLines are the lines within raw strings of several lines, and those of a struct's tags: they cannot be broken.
func rawLines(s *source) map[int]bool {
	raw := map[int]bool{}
	ast.Inspect(s.file, func(n ast.Node) bool {
		if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING && l.Value[0] == '`' {
			from, to := s.fset.Position(l.Pos()).Line, s.fset.Position(l.End()).Line
			for line := from; line <= to; line++ {
				raw[line] = true
			}
		}
		return true
	})
	return raw
}

// isOutside says whether a folder is one whose files may know the outside: flags, environment, exit codes.
func isOutside(dir string) bool {
	return dir == "." || dir == "cli" || strings.HasPrefix(dir, "cli/")
}

func findOutside(h house) []string {
	return h.each(func(dir string, s *source) (faults []string) {
		if isOutside(dir) || strings.HasPrefix(dir, "putserver/realtest") { // which serves tests alone
			return nil
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			x, ok := sel.X.(*ast.Ident)
			if ok && x.Name == "os" && slices.Contains([]string{"Getenv", "LookupEnv", "Setenv", "Environ", "Exit"}, sel.Sel.Name) {
				faults = append(faults, s.path+": os."+sel.Sel.Name+" below cli")
			}
			return true
		})
		return faults
	})
}

func findSilent(h house) (faults []string) {
	for _, dir := range slices.Sorted(maps.Keys(h)) {
		said := slices.ContainsFunc(h[dir], func(s source) bool {
			return !s.isTest() && s.file.Doc != nil && isEverywhere(&s) &&
				strings.HasPrefix(s.file.Doc.Text(), cmp.Or(docStart[dir], "Package "+s.file.Name.Name+" "))
		})
		if !said {
			faults = append(faults, dir+": no file that every system has says what the package is for")
		}
	}
	return faults
}

// docStart is how the paragraph of a command begins.
var docStart = map[string]string{".": "Shotput "}

// isEverywhere says whether a file is built on every system: neither its name nor a line says otherwise.
func isEverywhere(s *source) bool {
	for _, system := range []string{"_linux.go", "_unix.go", "_windows.go", "_darwin.go", "_other.go"} {
		if strings.HasSuffix(s.path, system) {
			return false
		}
	}
	for line := range strings.SplitSeq(s.text, "\n") {
		if constraint.IsGoBuild(line) {
			return false
		}
	}
	return true
}
