package report

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"shotput/report/runtest"
	"shotput/stats"
	"shotput/stats/compare"
	"shotput/stats/curve"
	"shotput/stats/search"
	"shotput/stats/trend"
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

// Whatever else is saved is as its schema says; a word that there is not is seen.
func TestReportedTrialsAreValid(t *testing.T) {
	saved := map[string]func(*bytes.Buffer) error{}
	schemas := map[string]map[string]any{"capacity": search.JSONSchema(), "curve": curve.JSONSchema(), "compare": compare.JSONSchema(), "trend": trend.JSONSchema()}
	for name, s := range runtest.Searches() {
		saved["capacity/"+name] = func(b *bytes.Buffer) error { return WriteSearch(b, "json", s, Options{}) }
	}
	for name, open := range map[string]bool{"open": true, "closed": false} {
		saved["curve/"+name] = func(b *bytes.Buffer) error {
			return WriteCurve(b, "json", runtest.CurveRuns(open), "shotput curve URL", Options{})
		}
	}
	for name, c := range runtest.Comparisons {
		saved["compare/"+name] = func(b *bytes.Buffer) error { return WriteComparison(b, "json", c, Options{}) }
	}
	for name, made := range runtest.Trends {
		saved["trend/"+name] = func(b *bytes.Buffer) error { return WriteTrend(b, "json", made(), Options{}) }
	}
	compiled := map[string]*jsonschema.Schema{}
	for name, s := range schemas {
		text, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		compiled[name] = compile(t, text)
	}
	for name, write := range saved {
		if strings.Contains(name, "hostile") {
			continue // as of runs
		}
		of, _, _ := strings.Cut(name, "/")
		text := runtest.Printed(t, write)
		for broken, text := range map[bool]string{false: text, true: strings.Replace(text, `"schema": "shotput/`, `"schema": "other/`, 1)} {
			v, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
			if err == nil {
				err = compiled[of].Validate(v)
			}
			if (err != nil) != broken {
				t.Errorf("%s, broken %v: %v", name, broken, err)
			}
		}
	}
}
