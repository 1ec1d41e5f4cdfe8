package report

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"shotput/report/runtest"
	"shotput/stats"
)

// Every run that reports are tested with is one that could be saved, but for those that no engine makes.
func TestReportedRunsAreValid(t *testing.T) {
	text, err := json.Marshal(stats.JSONSchema())
	if err != nil {
		t.Fatal(err)
	}
	schema := compile(t, text)
	for name, run := range runtest.Runs {
		if strings.Contains(name, "hostile") {
			continue // it has outcomes that there are not, and numbers that JSON has not
		}
		var b bytes.Buffer
		if err := JSON(&b, run()); err != nil {
			t.Fatal(err)
		}
		v, err := jsonschema.UnmarshalJSON(&b)
		if err == nil {
			err = schema.Validate(v)
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func compile(t *testing.T, text []byte) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err == nil {
		err = c.AddResource("file:///run.json", v)
	}
	if err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("file:///run.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}
