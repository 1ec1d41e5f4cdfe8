// Package runtest has runs and comparisons of every shape for the tests of whatever prints them, and what such tests
// hold a text against: golden files and the faults of a line. Only tests import it. The runs are built once: no report
// may change the run that it is given.
package runtest

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"shotput/report/grid"
	"shotput/report/words"
)

var update = flag.Bool("update", false, "write the golden files anew")

// Golden compares got with a file of testdata.
func Golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; write it anew with the flag update", err)
	}
	if got != string(want) {
		t.Errorf("%s differs\n--- got\n%s--- want\n%s", path, got, want)
	}
}

// Printed is what print writes; an error ends the test.
func Printed(t *testing.T, print func(*bytes.Buffer) error) string {
	t.Helper()
	var b bytes.Buffer
	if err := print(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// LineFaults says what no printed line may be.
func LineFaults(text string, opt words.Options) (faults []string) {
	fault := func(what, line string) { faults = append(faults, what+": "+line) }
	if opt.Color {
		text = regexp.MustCompile("\x1b\\[(3[123]|0)m").ReplaceAllString(text, "")
	}
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if utf8.RuneCountInString(line) > 80 || grid.Columns(line) > 80 {
			fault("more than 80 columns", line)
		}
		if strings.TrimRight(line, " ") != line {
			fault("a blank at the end", line)
		}
		if !utf8.ValidString(line) {
			fault("invalid UTF-8", line)
		}
		for _, r := range line {
			if !unicode.IsPrint(r) || opt.ASCII && r > unicode.MaxASCII {
				fault("sign "+string(r), line)
			}
		}
	}
	return faults
}

// Flag words a mend as the flag that makes it, as whoever prints a report for a command line does.
func Flag(m words.Mend) string {
	return map[string]string{"concurrency": "-c ", "credentials": "-u ", "header": "-H "}[m.Field] + m.Value
}
