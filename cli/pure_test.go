package cli

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"shotput/cli/advice"
	"shotput/cli/flags"
	"shotput/cli/line"
	"shotput/loadgen"
	"shotput/loadgen/secret"
)

// quote is held against a shell, where there is one.
func TestQuote(t *testing.T) {
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("no shell")
	}
	for _, word := range []string{"", "plain", "it's", "a b", "$HOME `x` \"y\"", "{{seq}}", "{a,b}", "{1..3}", "*", "~", "a\\b", "é", "#x", "a;b&c|d", "x?y"} {
		out, err := exec.Command("sh", "-c", "printf %s "+line.Quote(word)).Output()
		if err != nil || string(out) != word {
			t.Errorf("%q quoted is %s, which a shell reads as %q, %v", word, line.Quote(word), out, err)
		}
	}
}

// Each code is provoked by a script.
func TestEachHintHasAScript(t *testing.T) {
	for _, code := range advice.Codes {
		if code == "ports" {
			continue // no script can use up the ports; see advice.TestPortsHint
		}
		script, err := os.ReadFile("testdata/script/hint-" + code + ".txtar")
		if err != nil || !strings.Contains(string(script), "["+code+`\]`) {
			t.Errorf("no script shows the hint %s, %v", code, err)
		}
	}
}

// Each flag of a row can be mended: its example is read without a fault, and is no clash.
func TestExamplesAreRead(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("flags.txt", []byte("# none\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TOKEN", "x")
	t.Setenv("CLIENT_SECRET", "x")
	t.Setenv("KEY_PASSWORD", "x")
	for _, l := range []*line.Line{&newAsked().Line, &newServing().Line, &newRendering().Line, &newComparing().Line,
		&newCapacity(&Stdio{}).asked.Line, &newCurve(&Stdio{}).asked.Line} {
		for i := range l.Rows {
			r := &l.Rows[i]
			if r.Arg == "" {
				continue
			}
			if l.Take(r, r.Eg); len(l.Faults) > 0 {
				if l.Faults[0].Kind != line.TwoBodies {
					t.Errorf("%s %s: %s", r.Name(), r.Eg, l.Faults[0].Sentence())
				}
				l.Faults = nil
			}
		}
	}
}

func TestSecretHeaders(t *testing.T) {
	for name, want := range map[string]bool{"Authorization": true, "cookie": true, "X-Api-Key": true, "Proxy-Authorization": true, "Accept": false} {
		if line.IsSecret(name) != want {
			t.Errorf("%s is a secret: %v", name, !want)
		}
	}
	if secret.Mark == "" || strings.Contains(line.ShowURL("http://u:p@h/"), "p@") {
		t.Errorf("the mark of a secret is %q", secret.Mark)
	}
	if p := (loadgen.Plan{Request: loadgen.RequestSpec{URL: "http://u:p@h/"}}); !strings.Contains(p.Record().URL, secret.Mark) {
		t.Errorf("%q does not hold the mark %q", p.Record().URL, secret.Mark)
	}
}

// newAsked is a line of which nothing has been said, in the environment of this process.
func newAsked() *flags.Asked { return flags.New(flags.NewWorld(nil, os.LookupEnv)) }
