package verify

import "testing"

// Whoever adds a field says what it means.
func TestEveryFieldIsDescribed(t *testing.T) {
	for _, fault := range reportSchema().Faults() {
		t.Error("verify/schema.txt: " + fault)
	}
}
