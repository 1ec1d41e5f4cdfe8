package compare

import "testing"

// Whoever adds a field to a saved comparison says what it means, and in what unit it is.
func TestEveryFieldIsDescribed(t *testing.T) {
	for _, fault := range savedSchema().Faults() {
		t.Error("stats/compare/schema.txt: " + fault)
	}
}
