package stats

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// describe makes the schema from these lines and gives every field of it, by type.field.
func describe(lines string) map[string]map[string]any {
	s := newSchemaMaker(lines)
	s.run()
	return s.fields
}

// findUndescribed names the fields that lack a meaning or, being numbers, a unit.
func findUndescribed(lines string) (faults []string) {
	for path, field := range describe(lines) {
		text, _ := field["description"].(string)
		number := field["type"] == "integer" || field["type"] == "number"
		switch {
		case text == "":
			faults = append(faults, path+" has no line in stats/schema.txt: add one, such as\n"+path+" | requests | what it means")
		case number && !strings.HasSuffix(text, ")"):
			faults = append(faults, path+" is a number without a unit: name it in stats/schema.txt, between the bars")
		}
	}
	slices.Sort(faults)
	return faults
}

// Whoever adds a field to a saved run says what it means, and in what unit it is.
func TestEveryFieldIsDescribed(t *testing.T) {
	for _, fault := range findUndescribed(fieldLines) {
		t.Error(fault)
	}
}

// The test above must be able to fail.
func TestUndescribedFieldsAreSeen(t *testing.T) {
	broken := strings.NewReplacer("totals.planned ", "totals.renamed ", "| bytes ", "| ").Replace(fieldLines)
	got := fmt.Sprint(findUndescribed(broken))
	if !strings.Contains(got, "totals.planned has no line") || !strings.Contains(got, "request.body_bytes is a number without") || strings.Contains(got, "totals.ok") {
		t.Error(got)
	}
}

// A line or a list of words for a field that is no more would never be read.
func TestEveryLineIsOfAField(t *testing.T) {
	lines, fields := readFieldLines(fieldLines), describe(fieldLines)
	for path := range lines {
		if fields[path] == nil {
			t.Errorf("stats/schema.txt has %s, and a saved run has not", path)
		}
	}
	for path, words := range fixedWords() {
		if lines[path].text == "" || len(words) == 0 || slices.Contains(words, "") {
			t.Errorf("%s may be one of %q", path, words)
		}
	}
}
