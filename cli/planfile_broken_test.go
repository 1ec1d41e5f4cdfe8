package cli

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

// brokenEnv is what the variables of the broken plans are.
func brokenEnv(name string) (string, bool) {
	return "hunter2", name == "API_TOKEN"
}

// Each broken plan says in its golden file where it is broken and what to write instead. Nothing is sent: no plan of
// them becomes a run. A file's name is its class of fault.
func TestBrokenPlans(t *testing.T) {
	files, err := filepath.Glob("testdata/planfile/*.yaml")
	if err != nil || len(files) < 30 {
		t.Fatalf("%d broken plans, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			var out, told bytes.Buffer
			code := Main(t.Context(), []string{"run", file}, Stdio{In: strings.NewReader(""), Out: &out, Err: &told, Env: brokenEnv})
			if code != exitUsage || out.Len() > 0 {
				t.Errorf("exit %d, and on standard output %q; want 2 and nothing", code, out.String())
			}
			if strings.Contains(told.String(), "hunter2") {
				t.Errorf("the secret is told")
			}
			compareGolden(t, strings.TrimSuffix(file, ".yaml")+".golden", told.String())
		})
	}
}

func compareGolden(t *testing.T, golden, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil || got != string(want) {
		t.Errorf("%s differs (go test -update writes it), %v; got\n%s", golden, err, got)
	}
}
