package cli

import (
	"os"
	"strings"
	"testing"

	"shotput/cli/curl"
)

// Every line of the README's table for requests.put is one that is understood here.
func TestReadmeTable(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(readme), "## From Python's requests.put")
	section, _, _ = strings.Cut(section, "\n## ")
	lines, arguments := 0, map[string]bool{}
	for row := range strings.Lines(section) {
		cells := strings.Split(row, " | ")
		if !strings.HasPrefix(row, "| ") || len(cells) < 2 || strings.Contains(row, "requests.put(") {
			continue
		}
		for word := range strings.FieldsFuncSeq(cells[0], func(r rune) bool { return strings.ContainsRune("|` ,(", r) }) {
			name, _, _ := strings.Cut(word, "=")
			arguments[name] = true
		}
		lines++
		s, err := curl.Split(strings.Trim(cells[1], "` "), os.LookupEnv)
		if err != nil || len(s.Words) == 0 {
			t.Errorf("%s: %v", row, err)
		}
		r := newAsked()
		line, err := r.Parse(s.Words)
		if err != nil || len(line.Faults) > 0 || len(line.Words) == 0 {
			t.Errorf("%s is not understood: %+v", cells[1], line.Faults)
		}
		for _, w := range line.Words {
			if w.Flag == "" {
				t.Errorf("%s: %q is no flag", cells[1], w.Value)
			}
		}
	}
	for _, name := range strings.Fields("data json params headers cookies files auth timeout allow_redirects proxies verify cert stream hooks") {
		if !arguments[name] {
			t.Errorf("the table says nothing of %s=", name)
		}
	}
	if lines < 30 {
		t.Errorf("%d lines were read", lines)
	}
}
