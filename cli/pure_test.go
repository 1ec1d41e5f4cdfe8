package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"shotput/cli/line"
	"shotput/loadgen"
	"shotput/loadgen/secret"
	"shotput/stats"
)

func TestUploadNames(t *testing.T) {
	for target, want := range map[string]string{
		"http://h/dir/":            "http://h/dir/a%20b.txt",
		"http://h/dir/x":           "http://h/dir/x",
		"http://h":                 "http://h/a%20b.txt",
		"http://h/?q":              "http://h/a%20b.txt?q",
		"http://h?q=a/b":           "http://h/a%20b.txt?q=a/b",
		"http://h/d/#x/y":          "http://h/d/a%20b.txt#x/y",
		"http://h/d/x?a=b/":        "http://h/d/x?a=b/",
		"http://h/{{now \"/\"}}":   "http://h/{{now \"/\"}}",
		"http://h/{{seq}}/":        "http://h/{{seq}}/a%20b.txt",
		"http://{{env \"A/B\"}}/x": "http://{{env \"A/B\"}}/x",
		"":                         "",
	} {
		if got := uploadURL(target, "some/a b.txt"); got != want {
			t.Errorf("%s is %s, want %s", target, got, want)
		}
	}
}

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

// What a machine seldom shows is given as data: each class of failure has its code.
func TestFailuresHaveHints(t *testing.T) {
	for _, c := range []struct {
		failure stats.Failure
		want    string
	}{
		{stats.Failure{Outcome: stats.NoPort}, "ports"},
		{stats.Failure{Outcome: stats.NoFile}, "fd-limit"},
		{stats.Failure{Outcome: stats.DNS}, "dns"},
		{stats.Failure{Outcome: stats.Refused}, "refused"},
		{stats.Failure{Outcome: stats.ProxyFailed}, "proxy-refused"},
		{stats.Failure{Outcome: stats.BadRedirect}, "redirect"},
		{stats.Failure{Outcome: stats.BadBody}, "body-file"},
		{stats.Failure{Outcome: stats.Timeout, Count: 10}, "all-timeouts"},
		{stats.Failure{Outcome: stats.Timeout, Count: 9}, ""},
		{stats.Failure{Outcome: stats.BadStatus, Status: 405}, "method-405"},
		{stats.Failure{Outcome: stats.BadStatus, Status: 413}, "too-large-413"},
		{stats.Failure{Outcome: stats.BadStatus, Status: 403}, "auth-401"},
		{stats.Failure{Outcome: stats.BadStatus, Status: 308}, "redirect"},
		{stats.Failure{Outcome: stats.BadStatus, Status: 500}, ""},
		{stats.Failure{Outcome: stats.TLSFailed, Example: "x509: certificate signed by unknown authority"}, "tls-authority"},
		{stats.Failure{Outcome: stats.TLSFailed, Example: "x509: certificate has expired or is not yet valid: …"}, "tls-expired"},
		{stats.Failure{Outcome: stats.TLSFailed, Example: "x509: certificate is valid for a, not b"}, "tls-name"},
		{stats.Failure{Outcome: stats.Reset}, ""},
	} {
		r := newRequest()
		r.plan.Request.URL = "http://127.0.0.1:1/"
		run := &stats.Run{Totals: stats.Totals{Sent: 10}, Outcomes: []stats.Failure{c.failure}}
		hints := r.runHints(run)
		if got := run.Outcomes[0].Hint; got != c.want {
			t.Errorf("%s %d %q has the hint %q, want %q", c.failure.Outcome, c.failure.Status, c.failure.Example, got, c.want)
		}
		for _, h := range hints {
			if h.Error == "" || h.Try == "" {
				t.Errorf("the hint %s lacks a head or a command: %+v", h.Code, h)
			}
		}
	}
}

// Ports that were counted to be at their end are a hint, however fast connections were opened; and who keeps them
// already is not told to.
func TestPortsHint(t *testing.T) {
	alarm := []stats.Warning{{Code: "ports", Text: "27,000 of 28,232 local ports are in use"}}
	for _, c := range []struct {
		alarms      []stats.Warning
		noKeepalive bool
		try         string
	}{
		{nil, true, ""},
		{alarm, true, "shotput http://127.0.0.1:1/"},
		{alarm, false, "shotput doctor"},
	} {
		r := newRequest()
		if c.noKeepalive {
			r.Parse([]string{"--no-keepalive"})
		}
		r.settle([]string{"http://127.0.0.1:1/"}, nil)
		run := &stats.Run{Totals: stats.Totals{Sent: 2000, OK: 2000, ConnectionsOpened: 2000, ConnectionsNeeded: 20, Elapsed: time.Second},
			Generator: stats.Generator{Alarms: c.alarms}}
		hints, got := r.runHints(run), ""
		if len(hints) > 0 {
			got = hints[0].Try
		}
		if got != c.try {
			t.Errorf("%+v: %q", c, got)
		}
	}
}

// Each code is provoked by a script, but for one that would have to use up a machine's ports: TestPortsHint.
func TestEachHintHasAScript(t *testing.T) {
	for _, code := range codes {
		if code == "ports" {
			continue
		}
		script, err := os.ReadFile("testdata/script/hint-" + code + ".txtar")
		if err != nil || !strings.Contains(string(script), "["+code+`\]`) {
			t.Errorf("no script shows the hint %s, %v", code, err)
		}
	}
}

// A rate that was missed for want of slots names the number it takes; one missed by the server does not.
func TestRateHint(t *testing.T) {
	r := newRequest()
	run := &stats.Run{Plan: stats.Plan{Model: "open", Concurrency: 10},
		Totals:  stats.Totals{OfferedPerSecond: 1000, AchievedPerSecond: 500, Elapsed: 10 * time.Second},
		Verdict: stats.Verdict{Status: stats.PoolLimited, NeededConcurrency: 26}}
	if h, ok := r.rateHint(run); !ok || h.Try != "shotput -c 26" {
		t.Errorf("pool limited: %+v, %v", h, ok)
	}
	run.Verdict = stats.Verdict{Status: stats.ClientLimited}
	if h, ok := r.rateHint(run); !ok || h.Try != "shotput -r 400/s" {
		t.Errorf("client limited: %+v, %v", h, ok)
	}
	run.Verdict.Status = stats.ServerSaturated
	if h, ok := r.rateHint(run); ok {
		t.Errorf("a saturated server is no fault of the line: %+v", h)
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
	for _, l := range []*line.Line{&newRequest().Line, &newServing().Line, &newRendering().Line, &newComparing().Line} {
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

// -d @file leaves out what curl leaves out, and counts it.
func TestDroppedBytes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(path, []byte("a\r\nb\x00c\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := newRequest()
	got, err := r.part(posted{"data", "@" + path}, &source{})
	if string(got) != "abc" || r.dropped != 4 || err != nil {
		t.Errorf("%q with %d bytes dropped, %v; want abc with 4", got, r.dropped, err)
	}
	if got, err = r.part(posted{"json", "@" + path}, &source{}); len(got) != 7 || err != nil {
		t.Errorf("--json dropped bytes: %q, %v", got, err)
	}
}
