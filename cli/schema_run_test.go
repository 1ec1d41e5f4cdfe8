package cli_test

import (
	"bytes"
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"shotput/cli"
	"shotput/stats"
)

// runSchema is what `shotput schema run` prints, as an independent program reads it.
var runSchema = sync.OnceValues(func() (*jsonschema.Schema, error) {
	var out bytes.Buffer
	cli.Main(context.Background(), []string{"schema", "run"}, cli.Stdio{Out: &out, Err: &out})
	v, err := jsonschema.UnmarshalJSON(&out)
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("file:///run.json", v); err != nil {
		return nil, err
	}
	return c.Compile("file:///run.json")
})

// wantValidRuns holds every saved run that a script has left in its folder against the schema.
func wantValidRuns(t *testing.T, dir string) {
	schema, err := runSchema()
	if err != nil {
		t.Error(err)
		return
	}
	filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || !strings.HasSuffix(path, "json") {
			return nil
		}
		if v := savedRunWith(path); v != nil {
			if err := schema.Validate(v); err != nil {
				t.Errorf("%s: %v", filepath.Base(path), err)
			}
		}
		return nil
	})
}

// savedRunWith is the document in the file, which in a stream is its last line; nil when there is none.
func savedRunWith(path string) any {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	if text = bytes.TrimSpace(text); strings.HasSuffix(path, ".ndjson") {
		text = text[bytes.LastIndexByte(text, '\n')+1:]
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	run, ok := v.(map[string]any)
	if err != nil || !ok || run["schema"] != stats.Schema || run["totals"] == nil {
		return nil
	}
	return run
}

// What is written by hand in scripts is no saved run of ours; what is fired is found, and a fault in it is seen.
func TestSavedRunsAreFound(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"a.json": `{"schema":"` + stats.Schema + `","totals":{}}`, "b.ndjson": "{}\n" + `{"schema":"` + stats.Schema + `","totals":{}}` + "\n",
		"c.json": `{"n":1}`, "d.ndjson": `{"schema":"` + stats.Schema + `"}`, "e.json": "x"} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if found := savedRunWith(path) != nil; found != (name < "c") {
			t.Errorf("%s is found: %v", name, found)
		}
	}
	schema, err := runSchema()
	if err != nil {
		t.Fatal(err)
	}
	if schema.Validate(savedRunWith(filepath.Join(dir, "a.json"))) == nil {
		t.Error("a run without most of its fields is valid")
	}
}
