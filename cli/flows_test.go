package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"shotput/cli/flows"
	"shotput/putserver"
	"shotput/stats"
)

// A site is a target in this process, and a folder with the plans of `shotput init --flow`.
type site struct {
	*putserver.Server
	dir, url string
}

func newSite(t *testing.T) *site { return newSiteWith(t, putserver.Config{}) }

func newSiteWith(t *testing.T, c putserver.Config) *site {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	target, err := putserver.New(c)
	if err != nil {
		t.Fatal(err)
	}
	go target.Serve(l)
	t.Cleanup(func() { target.Close() })
	return &site{Server: target, dir: t.TempDir(), url: "http://" + l.Addr().String()}
}

// say is what a command says, and the code that it ends with.
func (s *site) say(args ...string) (out, told string, code int) {
	var o, e bytes.Buffer
	env := func(name string) (string, bool) { return s.url, name == "TARGET" }
	code = Main(context.Background(), args, Stdio{In: strings.NewReader(""), Out: &o, Err: &e, Env: env})
	return o.String(), e.String(), code
}

// start writes the plan of a flow.
func (s *site) start(t *testing.T, name string) (path string) {
	t.Helper()
	path = filepath.Join(s.dir, name+".yaml")
	if _, told, code := s.say("init", "--flow", name, path); code != 0 || !strings.Contains(told, "wrote ") {
		t.Fatalf("init ends with %d: %s", code, told)
	}
	return path
}

// Each flow to begin with is shown, sent once and fired, on both engines, as it was written; what was planned is what
// became of it.
func TestFlowsToBeginWith(t *testing.T) {
	s := newSite(t)
	for _, name := range flows.Names {
		path := s.start(t, name)
		if text, _ := os.ReadFile(path); strings.Contains(string(text), "FILE") || !strings.Contains(string(text), "shotput run "+path) {
			t.Errorf("%s does not say how it is run:\n%s", name, text)
		}
		if out, told, code := s.say("run", "--dry-run", path); code != 0 || !strings.Contains(out, "\nnothing was sent\n") || strings.Contains(out, "cannot be made") {
			t.Errorf("%s: the dry run ends with %d: %s%s", name, code, out, told)
		}
		if out, told, code := s.say("run", "--once", path); code != 0 || !strings.Contains(out, "\ncaptured ") || strings.Contains(out, "\nfailed ") {
			t.Errorf("%s: --once ends with %d: %s%s", name, code, out, told)
		}
		for _, engine := range []string{"wire", "http"} {
			if engine == "wire" && runtime.GOOS != "linux" {
				continue
			}
			out, told, code := s.say("run", "-s", "-n", "6", "-r", "500/s", "--engine", engine, "--format", "json", path)
			if code != 0 {
				t.Fatalf("%s on %s ends with %d: %s", name, engine, code, told)
			}
			wantConserved(t, name+" on "+engine, out)
		}
	}
}

// wantConserved holds a run of six flows to its own figures.
func wantConserved(t *testing.T, what, saved string) {
	t.Helper()
	var run stats.Run
	if err := json.Unmarshal([]byte(saved), &run); err != nil {
		t.Fatal(err)
	}
	if o := &run.Totals; o.Planned != 6 || o.OK != 6 || len(run.Steps) == 0 {
		t.Errorf("%s: %d planned, %d ok, %d steps; %+v", what, o.Planned, o.OK, len(run.Steps), run.Outcomes)
	}
	for _, row := range run.Steps {
		onFailure := row.Phase == stats.StepOnFailure
		if row.Totals.OK == 0 != onFailure || row.Totals.Failed+row.Totals.TimedOut+row.Totals.Aborted > 0 {
			t.Errorf("%s: the step %s has %+v", what, row.Name, row.Totals)
		}
	}
}

// What is captured is shown by name and length, and itself only to who asks for it.
func TestCapturesAreSecret(t *testing.T) {
	s := newSite(t)
	path := s.start(t, "login")
	token := regexp.MustCompile(`captured +token = ([0-9a-f]{32})\n`)
	shown, told, code := s.say("run", "--once", "--show-captures", path)
	if !token.MatchString(shown) || code != 0 {
		t.Errorf("--show-captures ends with %d, and shows no token: %s%s", code, shown, told)
	}
	hidden, _, _ := s.say("run", "--once", path)
	if !strings.Contains(hidden, "captured     token (32 bytes)\n") || regexp.MustCompile(`[0-9a-f]{32}`).MatchString(hidden) {
		t.Errorf("--once shows a captured value:\n%s", hidden)
	}
	presigned := s.start(t, "presigned")
	if out, _, _ := s.say("run", "--once", presigned); regexp.MustCompile(`[0-9a-f]{32}`).MatchString(out) {
		t.Errorf("--once shows the URL that was captured:\n%s", out)
	}
	dry, _, _ := s.say("run", "--dry-run", presigned)
	if !strings.Contains(dry, `  PUT {{captured "place"}} HTTP/1.1`) {
		t.Errorf("the dry run fills in what is captured:\n%s", dry)
	}
	if _, told, code := s.say("run", "--show-captures", path); code != exitUsage || !strings.Contains(told, "try   shotput run --once ") {
		t.Errorf("--show-captures without --once ends with %d: %s", code, told)
	}
}

// What is typed stands over each step, and what stands beside a flow over the steps that do not say it.
func TestFlagsOverSteps(t *testing.T) {
	s := newSite(t)
	dry, told, code := s.say("run", "--dry-run", s.start(t, "multipart"), "-H", "X-Try: 2")
	if n := strings.Count(dry, "  X-Try: 2\n"); n != 4 || code != 0 {
		t.Errorf("ends with %d, and %d of 4 steps have the header: %s%s", code, n, dry, told)
	}
	if n := strings.Count(dry, "/_flow/s3/bucket/object-1?"); n < 4 {
		t.Errorf("%d of 4 steps have the URL that stands beside the flow: %s", n, dry)
	}
}

// What is sent once is counted once: before the first round, and after the last.
func TestSentOnce(t *testing.T) {
	s := newSite(t)
	path := filepath.Join(s.dir, "once.yaml")
	const plan = `
url: "${TARGET}/_flow/items"
before: [{name: seed, request: POST, data: x, capture: {place: header Location}}]
flow: [{name: write, url: '{{captured "place"}}', data: y}]
after: [{name: remove, request: DELETE, url: '{{captured "place"}}'}]
`
	if err := os.WriteFile(path, []byte(plan), 0o600); err != nil {
		t.Fatal(err)
	}
	out, told, code := s.say("run", "-s", "-n", "3", "--repeat", "2", "--format", "json", path)
	var group struct{ Rounds, Runs []stats.Run }
	if err := json.Unmarshal([]byte(out), &group); err != nil || code != 0 {
		t.Fatalf("ends with %d, %v: %s", code, err, told)
	}
	sent := map[string][]int64{}
	for _, run := range append(group.Runs, group.Rounds...) {
		for _, row := range run.Steps {
			sent[row.Name] = append(sent[row.Name], row.Totals.OK)
		}
	}
	if want := (map[string][]int64{"seed": {1, 0}, "write": {3, 3}, "remove": {0, 1}}); !reflect.DeepEqual(sent, want) {
		t.Errorf("the rounds count %v, want %v", sent, want)
	}
}

// dry is what --dry-run says of a plan.
func (s *site) dry(t *testing.T, plan string) (out, told string, code int) {
	t.Helper()
	path := filepath.Join(s.dir, "plan.yaml")
	if err := os.WriteFile(path, []byte(plan), 0o600); err != nil {
		t.Fatal(err)
	}
	return s.say("run", "--dry-run", path)
}
