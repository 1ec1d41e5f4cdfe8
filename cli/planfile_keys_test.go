package cli

import (
	"os"
	"reflect"
	"strings"
	"testing"

	"shotput/cli/flags"
	"shotput/cli/flows"
	"shotput/cli/line"
	"shotput/cli/planfile"
)

// Each key says what its flag says: the plan of a file is that of the line.
func TestKeysSayWhatFlagsSay(t *testing.T) {
	all := keysOf(t)
	for _, name := range []string{"body.bin", "lines.txt", "netrc"} {
		if err := os.WriteFile(name, []byte("machine 127.0.0.1 login a password b\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for long, r := range all {
		value := r.Eg
		if r.Arg == "" {
			value = "true"
		}
		if long == "url" {
			continue
		}
		v := newPlanRun(&Stdio{In: strings.NewReader(""), Env: os.LookupEnv})
		p := planfile.Read("plan.yaml", []byte("url: http://127.0.0.1/{{seq}}\n"+long+": "+inYAML(value)+"\n"), languageOf(os.LookupEnv))
		if len(p.Faults()) > 0 {
			t.Errorf("%s: %+v", long, p.Faults())
			continue
		}
		got, _ := v.settle(p, p.Scenarios[0], false)
		want := v.fresh()
		want.Take(findRow(want.Rows, "url"), "http://127.0.0.1/{{seq}}")
		want.Take(findRow(want.Rows, long), value)
		err := want.Settle()
		if !reflect.DeepEqual(got.Plan, want.Plan) && err == nil || got.Body.IsGiven() != want.Body.IsGiven() {
			t.Errorf("%s: %s makes\n%+v, and the flag\n%+v (%v)", long, value, got.Plan, want.Plan, err)
		}
	}
}

// inYAML leaves switches and numbers as they are.
func inYAML(value string) string { return planfile.Quote(value) }

// languageOf is what a plan can be written in.
func languageOf(env func(string) (string, bool)) planfile.Language {
	return planfile.Language{Rows: flows.PlanRows(), Strangers: flags.Strangers, Env: env}
}

// keysOf is every flag that is a key, in a folder in which all the examples of the rows are files.
func keysOf(t *testing.T) map[string]*line.Row {
	t.Helper()
	t.Chdir(t.TempDir())
	t.Setenv("TOKEN", "x")
	t.Setenv("CLIENT_SECRET", "x")
	all := planfile.Keys(flags.Rows())
	if len(all) < 60 {
		t.Fatalf("%d flags are keys", len(all))
	}
	return all
}
