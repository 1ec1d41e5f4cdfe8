package stats

import (
	"bytes"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// validator is the schema as an independent program reads it.
func validator(t *testing.T) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	if err := c.AddResource("file:///run.json", asRead(t, JSONSchema())); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("file:///run.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// asRead is v after a journey through JSON.
func asRead(t *testing.T, v any) any {
	t.Helper()
	read, err := jsonschema.UnmarshalJSON(strings.NewReader(toJSON(t, v)))
	if err != nil {
		t.Fatal(err)
	}
	return read
}

// Runs of any shape are as the schema says, and a stream's last line is a document too.
func TestSavedRunsAreValid(t *testing.T) {
	schema := validator(t)
	for seed := range uint64(12) {
		s := generateMixed(t, seed, 1+int(seed%3))
		lines := bytes.Split(bytes.TrimSpace(s.stream), []byte("\n"))
		for what, text := range map[string][]byte{"document": s.document, "last line": lines[len(lines)-1]} {
			v, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
			if err == nil {
				err = schema.Validate(v)
			}
			if err != nil {
				t.Errorf("seed %d, %s: %v", seed, what, err)
			}
		}
	}
}

// What is not a saved run is refused: a field too many, one too few, a word that is none, a wrong type.
func TestSchemaRefusesOtherRuns(t *testing.T) {
	schema := validator(t)
	for what, spoil := range map[string]func(run, totals map[string]any){
		"nothing":             func(run, totals map[string]any) {},
		"a new field":         func(run, totals map[string]any) { run["new"] = 1 },
		"a new field below":   func(run, totals map[string]any) { totals["new"] = 1 },
		"a field is missing":  func(run, totals map[string]any) { delete(totals, "unsent") },
		"another schema":      func(run, totals map[string]any) { run["schema"] = "shotput/run/3" },
		"another verdict":     func(run, totals map[string]any) { run["verdict"].(map[string]any)["status"] = "fine" },
		"a text for a number": func(run, totals map[string]any) { totals["ok"] = "7" },
		"a fraction":          func(run, totals map[string]any) { totals["ok"] = 7.5 },
		"null for a list":     func(run, totals map[string]any) { run["windows"] = nil },
	} {
		run := asRead(t, mustDecode(t, generate(t, 1).document)).(map[string]any)
		spoil(run, run["totals"].(map[string]any))
		if err := schema.Validate(run); (err == nil) != (what == "nothing") {
			t.Errorf("%s: %v", what, err)
		}
	}
}
