package planfile

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// What was written is read again, whatever stands in it.
func TestPairs(t *testing.T) {
	pairs := map[string]string{"create": "201", "accepted": "not-offered", "odd": "it's: \"so\" #", "true": "true", "empty": "", "dash": "-a"}
	names := slices.Sorted(maps.Keys(pairs))
	got, faults := Pairs("contract.yaml", WritePairs(names, pairs), nil)
	if len(faults) > 0 || !maps.Equal(got, pairs) {
		t.Errorf("%q, %v; of\n%s", got, faults, WritePairs(names, pairs))
	}
}

// What is no file of pairs is told with its place.
func TestPairsRefused(t *testing.T) {
	for text, want := range map[string]string{
		"":                       "c.yaml:1:1: ",
		"- create\n":             "c.yaml:1:1: the file is a list",
		"create: 201\nempty:\n":  "c.yaml:2:7: what is expected of empty is a word, and this is nothing",
		"create: {a: b}\n":       "c.yaml:1:9: what is expected of create is a word, and this is a mapping",
		"create: 1\ncreate: 2\n": "c.yaml:2:1: create stands twice",
		"create: \"\n":           "c.yaml:1:9: ",
	} {
		if _, faults := Pairs("c.yaml", []byte(text), nil); len(faults) == 0 || !strings.HasPrefix(faults[0].Sentence(), want) {
			t.Errorf("%q: %v, want %s", text, faults, want)
		}
	}
}
