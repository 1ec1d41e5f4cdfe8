package search

import "testing"

// Whoever adds a field to a saved search says what it means, and in what unit it is.
func TestEveryFieldIsDescribed(t *testing.T) {
	for _, fault := range savedSchema().Faults() {
		t.Error("stats/search/schema.txt: " + fault)
	}
}
