package curve

import "testing"

// Whoever adds a field to a saved curve says what it means, and in what unit it is.
func TestEveryFieldIsDescribed(t *testing.T) {
	for _, fault := range savedSchema().Faults() {
		t.Error("stats/curve/schema.txt: " + fault)
	}
}
