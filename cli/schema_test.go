package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"shotput/cli/flows"
	"shotput/cli/planfile"
)

// compiledSchema is the schema of plans.
func compiledSchema(t *testing.T) *jsonschema.Schema { return compiled(t, "plan", planfile.SchemaID) }

// compiled is what `shotput schema` prints, as an independent program reads it.
func compiled(t *testing.T, of, wantID string) *jsonschema.Schema {
	t.Helper()
	var out, told bytes.Buffer
	if code := Main(t.Context(), []string{"schema", of}, Stdio{Out: &out, Err: &told}); code != 0 {
		t.Fatalf("exit %d: %s", code, told.String())
	}
	text, err := jsonschema.UnmarshalJSON(&out)
	if err != nil {
		t.Fatal(err)
	}
	if id := text.(map[string]any)["$id"]; id != wantID {
		t.Fatalf("its id is %v", id)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("file:///schema.json", text); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("file:///schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// asJSON is a plan as a validator of JSON sees it; nil when it is no YAML.
func asJSON(t *testing.T, text string) any {
	t.Helper()
	plan, ok := planfile.AsJSON([]byte(text))
	if !ok {
		return nil
	}
	var v any
	decoder := json.NewDecoder(strings.NewReader(plan))
	decoder.UseNumber()
	if err := decoder.Decode(&v); err != nil {
		t.Fatalf("%v: %s", err, plan)
	}
	return v
}

// documented is every plan of the documentation, by the page and the number of its lines.
func documented(t *testing.T) map[string]string {
	t.Helper()
	plans := map[string]string{"the example of init": examplePlan}
	for _, name := range flows.Names {
		plans["the flow "+name] = flows.Start(name, "plan.yaml")
	}
	for _, page := range []string{"../docs/plan-files.md", "../docs/flows.md", "../README.md"} {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for i, block := range strings.Split(string(text), "```yaml\n")[1:] {
			plan, _, _ := strings.Cut(block, "```")
			plans[page+" "+string(rune('1'+i))] = plan
		}
	}
	if len(plans) < 6 {
		t.Fatalf("%d plans are documented", len(plans))
	}
	return plans
}

func TestSchemaTakesWhatIsDocumented(t *testing.T) {
	schema := compiledSchema(t)
	for name, plan := range documented(t) {
		if err := schema.Validate(asJSON(t, plan)); err != nil {
			t.Errorf("%s: %v\n%s", name, err, plan)
		}
	}
}

// What is documented is a plan without a fault.
func TestDocumentedPlansAreRead(t *testing.T) {
	plans := documented(t)
	t.Chdir(t.TempDir())
	for name, plan := range plans {
		if err := os.WriteFile("plan.yaml", []byte(plan), 0o600); err != nil {
			t.Fatal(err)
		}
		var out, told bytes.Buffer
		env := func(name string) (string, bool) { return "t0ken", name == "TOKEN" }
		code := Main(t.Context(), []string{"run", "--dry-run", "plan.yaml"}, Stdio{In: strings.NewReader(""), Out: &out, Err: &told, Env: env})
		if code != 0 || !strings.Contains(out.String(), "nothing was sent") || strings.Contains(out.String(), "t0ken") {
			t.Errorf("%s: exit %d\n%s\n%s", name, code, told.String(), out.String())
		}
	}
}

// The form of a value is the schema's to know, and which keys there are; what a value means is not.
func TestSchemaRefusesWhatIsBroken(t *testing.T) {
	schema := compiledSchema(t)
	for _, name := range []string{"key-typo", "key-foreign", "key-nonsense", "key-short", "key-alias", "key-of-the-line", "key-ignored",
		"list-not-repeatable", "mapping-for-text", "no-value", "bool-for-text", "switch-wrong", "enum-refused", "mix-as-requests", "rate-refused",
		"mix-not-a-list", "mix-key-of-the-run", "mix-weight", "name-missing", "name-odd", "scenarios-not-a-list", "beside-scenarios", "defaults-alone",
		"not-a-mapping", "everything-at-once", "flow-keys-elsewhere", "flow-names", "flow-numbers"} {
		text, err := os.ReadFile(filepath.Join("testdata/planfile", name+".yaml"))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(asJSON(t, string(text))); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

// The example of every flag has the form that the schema asks for.
func TestSchemaTakesExamples(t *testing.T) {
	schema := compiledSchema(t)
	for long, r := range keysOf(t) {
		plan := long + ": " + planfile.Quote(r.Eg)
		if r.Arg == "" {
			plan = long + ": true"
		}
		if err := schema.Validate(asJSON(t, plan)); err != nil {
			t.Errorf("%s: %v", plan, err)
		}
		if r.Arg != "" && schema.Validate(asJSON(t, long+": ${X}")) != nil {
			t.Errorf("%s cannot be a variable", long)
		}
	}
}
