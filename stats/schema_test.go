package stats

import (
	"fmt"
	"strings"
	"testing"
)

// Whoever adds a field to a saved run says what it means, and in what unit it is; a line or a list of words for a field
// that is no more would never be read.
func TestEveryFieldIsDescribed(t *testing.T) {
	for _, fault := range RunSchema().Faults() {
		t.Error("stats/schema.txt: " + fault)
	}
}

// The test above must be able to fail.
func TestUndescribedFieldsAreSeen(t *testing.T) {
	broken := RunSchema()
	broken.Lines = strings.NewReplacer("totals.planned ", "totals.renamed ", "| bytes ", "| ").Replace(fieldLines)
	broken.Words["run.gone"] = []string{"x"}
	got := fmt.Sprint(broken.Faults())
	for _, want := range []string{"totals.planned has no line", "request.body_bytes is a number without", "totals.renamed has a line",
		`run.gone may be one of ["x"]`} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in %s", want, got)
		}
	}
	if strings.Contains(got, "totals.ok") {
		t.Error(got)
	}
}
