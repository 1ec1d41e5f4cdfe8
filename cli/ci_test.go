package cli

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// A ciStep is a step of a job as far as these tests look at it.
type ciStep struct {
	Name, Uses, Run, If string
	With                map[string]string
	ID                  string `yaml:"id"`
	Shell               string
	Env                 map[string]string
}

type githubWorkflow struct {
	Jobs map[string]struct{ Steps []ciStep }
}

type gitlabJob struct {
	BeforeScript []string `yaml:"before_script"`
	Script       []string
	AllowFailure struct {
		ExitCodes int `yaml:"exit_codes"`
	} `yaml:"allow_failure"`
	Artifacts struct {
		When    string
		Paths   []string
		Reports map[string]string
	}
}

type githubAction struct {
	Inputs map[string]struct {
		Description string
		Required    bool
	}
	Outputs map[string]struct{ Value string }
	Runs    struct {
		Using string
		Steps []ciStep
	}
}

// ciPage gives the documented workflows.
func ciPage(t *testing.T) (github githubWorkflow, gitlab map[string]gitlabJob) {
	t.Helper()
	page, err := os.ReadFile("../docs/ci.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := strings.Split(string(page), "```yaml\n")
	if len(blocks) != 4 {
		t.Fatalf("%d files are documented, want a plan, GitHub's and GitLab's workflow", len(blocks)-1)
	}
	all := map[string]yaml.Node{}
	for i, into := range []any{&github, &all} {
		text, _, _ := strings.Cut(blocks[i+2], "```")
		if err := yaml.Unmarshal([]byte(text), into); err != nil {
			t.Fatal(err)
		}
	}
	gitlab = map[string]gitlabJob{}
	for name, node := range all {
		var job gitlabJob
		if name == "stages" { // which is a list
			continue
		}
		if err := node.Decode(&job); err != nil {
			t.Fatal(err)
		}
		gitlab[name] = job
	}
	return github, gitlab
}

func ciAction(t *testing.T) (a githubAction) {
	t.Helper()
	text, err := os.ReadFile("../.github/actions/shotput/action.yml")
	if err == nil {
		err = yaml.Unmarshal(text, &a)
	}
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// ciPlan gives the plan that both workflows fire.
func ciPlan(t *testing.T) []byte {
	t.Helper()
	page, err := os.ReadFile("../docs/ci.md")
	if err != nil {
		t.Fatal(err)
	}
	_, plan, _ := strings.Cut(string(page), "```yaml\n# load.yaml\n")
	plan, _, _ = strings.Cut(plan, "```")
	return []byte(plan)
}

const ourAction = "/.github/actions/shotput"

// ciShotput finds the commands of a script that are ours.
var ciShotput = regexp.MustCompile(`(?m)(?:^\s*|[;&|]\s*|\b(?:then|else)\s+)shotput\s+([^;&|\n]+)`)

// ciLines gives every command line of ours in the workflows.
func ciLines(t *testing.T) (lines []string) {
	github, gitlab := ciPage(t)
	scripts := []string{}
	for _, job := range github.Jobs {
		for _, s := range job.Steps {
			if strings.HasSuffix(s.Uses, ourAction) {
				lines = append(lines, s.With["args"])
			}
			scripts = append(scripts, s.Run)
		}
	}
	for _, job := range gitlab {
		scripts = append(scripts, append(job.BeforeScript, job.Script...)...)
	}
	for i := range lines {
		lines[i] = strings.ReplaceAll(lines[i], "${{ github.sha }}", strings.Repeat("a1b2", 10)) // as GitHub does
	}
	for _, script := range scripts {
		for _, m := range ciShotput.FindAllStringSubmatch(script, -1) {
			lines = append(lines, strings.ReplaceAll(m[1], "$CI_COMMIT_SHA", "a1b2"))
		}
	}
	return lines
}

// shellSplit gives the words of a line as a shell has them.
func shellSplit(t *testing.T, line string) []string {
	t.Helper()
	out, err := exec.Command("sh", "-c", `printf '%s\0' `+line).Output()
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	return strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
}

// ciAccepts says whether the flags of a command line are known and their values can be read. Nothing is sent.
func ciAccepts(t *testing.T, words []string) error {
	last := "--dry-run"
	if slices.Contains(verbNames(), words[0]) && words[0] != verbRun && words[0] != verbAB {
		last = "--help"
	}
	var out, told bytes.Buffer
	if code := Main(t.Context(), append(slices.Clone(words), last), Stdio{In: strings.NewReader(""), Out: &out, Err: &told}); code != 0 {
		return fmt.Errorf("exit %d: %s", code, &told)
	}
	return nil
}

// What people copy from the documentation works.
func TestDocumentedCILines(t *testing.T) {
	lines := ciLines(t)
	if len(lines) != 10 {
		t.Fatalf("%d command lines are documented, want 10; were they written otherwise? %q", len(lines), lines)
	}
	dir := t.TempDir()
	var all [][]string
	for _, line := range lines {
		all = append(all, shellSplit(t, line))
	}
	plan := ciPlan(t)
	t.Chdir(dir)
	if err := os.WriteFile("load.yaml", plan, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, words := range all {
		if err := ciAccepts(t, words); err != nil {
			t.Errorf("shotput %s: %v", strings.Join(words, " "), err)
		}
	}
	if ciAccepts(t, []string{"-r", "500/s", "--frobnicate", "http://127.0.0.1/"}) == nil || ciAccepts(t, []string{"doctor", "--frobnicate"}) == nil {
		t.Error("a flag that there is not is accepted")
	}
}

// pinnedUse is an action at one commit, whose version stands behind it, or one of this checkout.
var pinnedUse = regexp.MustCompile(`uses: +(?:\./\S+|[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)\s*$`)

// unpinned gives the lines that use what may change under them.
func unpinned(text string) (lines []string) {
	for line := range strings.Lines(text) {
		if strings.Contains(line, "uses:") && !pinnedUse.MatchString(line) {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	return lines
}

func TestActionsArePinned(t *testing.T) {
	for _, name := range []string{"../docs/ci.md", "../.github/actions/shotput/action.yml"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range unpinned(string(text)) {
			t.Errorf("%s: %s", name, line)
		}
	}
	broken := "- uses: actions/checkout@v4\n- uses: actions/checkout@main # v4.2.2\n- uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683\n"
	if got := unpinned(broken); len(got) != 3 {
		t.Errorf("of three that are not pinned %q are seen", got)
	}
}

// The inputs that are given exist, those that are required are given, and those that exist are explained.
func TestActionInputs(t *testing.T) {
	action := ciAction(t)
	page, err := os.ReadFile("../docs/ci.md")
	if err != nil {
		t.Fatal(err)
	}
	github, gitlab := ciPage(t)
	uses := 0
	for _, job := range github.Jobs {
		for _, s := range job.Steps {
			if !strings.HasSuffix(s.Uses, ourAction) {
				continue
			}
			uses++
			for name := range s.With {
				if _, known := action.Inputs[name]; !known {
					t.Errorf("the workflow gives the input %s, and the action has none", name)
				}
			}
			for name, in := range action.Inputs {
				if in.Required && s.With[name] == "" {
					t.Errorf("the workflow does not give %s", name)
				}
			}
		}
	}
	for name, in := range action.Inputs {
		if in.Description == "" || !strings.Contains(string(page), "| `"+name+"` |") {
			t.Errorf("the input %s is not explained", name)
		}
	}
	load := gitlab["load"]
	if uses != 5 || load.Artifacts.Reports["junit"] != "junit.xml" || !slices.Contains(load.Artifacts.Paths, "run.json") || load.Artifacts.When != "always" {
		t.Errorf("the action is used %d times, GitLab keeps %+v", uses, load.Artifacts)
	}
}

// Whatever an input holds reaches a script as a variable, never as its text; outputs come from steps that there are.
func TestActionIsWhole(t *testing.T) {
	action := ciAction(t)
	if action.Runs.Using != "composite" || len(action.Runs.Steps) != 2 {
		t.Fatalf("%+v", action.Runs)
	}
	for _, s := range action.Runs.Steps {
		if s.Shell != "bash" || strings.Contains(s.Run, "${{") {
			t.Errorf("a step runs %s:\n%s", s.Shell, s.Run)
		}
	}
	if id := action.Runs.Steps[1].ID; !strings.Contains(action.Outputs["exit-code"].Value, "steps."+id+".outputs.exit-code") {
		t.Errorf("the step %s gives no %s", id, action.Outputs["exit-code"].Value)
	}
}

// A base is of the same plan, or the job says why there is none; and nothing is asked for that is not there.
func TestBaseIsOfTheSamePlan(t *testing.T) {
	github, gitlab := ciPage(t)
	fired := map[string]string{} // by the file that is saved, the plan
	for _, s := range github.Jobs["pull-request"].Steps {
		words := strings.Fields(s.With["args"])
		if len(words) > 1 && (words[0] == verbRun || words[0] == verbAB) {
			fired[words[slices.Index(words, "-o")+1]] = words[1]
		}
		if ref := s.With["ref"]; ref != "" && ref != "COMMIT" && ref != "${{ github.event.pull_request.base.sha }}" {
			t.Errorf("it checks out %s, which nobody has made", ref)
		}
	}
	if fired["ab.json"] != "load.yaml" || fired["run.json"] != "load.yaml" || len(fired) != 2 {
		t.Errorf("GitHub fires %v", fired)
	}
	if script := strings.Join(gitlab["compare"].Script, "\n"); !strings.Contains(script, "shotput ab load.yaml load.yaml ") ||
		!strings.Contains(script, `fetch --quiet --depth 1 origin "$CI_MERGE_REQUEST_TARGET_BRANCH_NAME"`) {
		t.Errorf("GitLab: %s", script)
	}
}

// What is not judged makes no job red: whoever judges says so. Firing does: there a server may be out of reach.
func TestUnjudgedIsNotRed(t *testing.T) {
	github, gitlab := ciPage(t)
	for name, code := range map[string]int{"load": 0, "compare": exitUnmeasured, "history": exitUnmeasured} {
		if got := gitlab[name].AllowFailure.ExitCodes; got != code {
			t.Errorf("GitLab: %s may end with %d", name, got)
		}
	}
	for name, job := range github.Jobs {
		for _, s := range job.Steps {
			verb, _, _ := strings.Cut(s.With["args"], " ")
			gate := verb == verbAB || verb == "trend" && strings.Contains(s.With["args"], "--fail-on-change")
			if got := s.With["fail-on-unjudged"] == "false"; got != gate {
				t.Errorf("%s, %s: what is not judged is let pass: %v", name, s.Name, got)
			}
		}
	}
}

// A ciMemory is how a workflow keeps the runs of main: two scripts, and what they are told by variables.
type ciMemory struct {
	fetch, keep string
	env         func(origin, sha string) []string
	none        string // what is said where there is no history yet
}

// script runs one as the workflow does, in a folder.
func (m ciMemory) script(t *testing.T, text, dir, origin, sha string) (said string, err error) {
	t.Helper()
	c := exec.Command("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", text)
	c.Dir = dir
	c.Env = append(append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null"), m.env(origin, sha)...)
	out, err := c.CombinedOutput()
	return string(out), err
}

// ciMemories are those of the documented workflows.
func ciMemories(t *testing.T) map[string]ciMemory {
	github, gitlab := ciPage(t)
	steps := map[string]ciStep{}
	for _, name := range []string{"pull-request", "main"} {
		for _, s := range github.Jobs[name].Steps {
			if other, twice := steps[s.Name]; twice && s.Name == "Fetch the history" && other.Run != s.Run {
				t.Errorf("the jobs fetch the history in two ways")
			}
			steps[s.Name] = s
		}
	}
	scripts := gitlab["history"].Script
	if len(scripts) != 3 {
		t.Fatalf("GitLab: %q", scripts)
	}
	temp := t.TempDir()
	return map[string]ciMemory{
		"GitHub": {steps["Fetch the history"].Run, steps["Keep the newest 100 runs"].Run, func(_, sha string) []string {
			return []string{"RUNNER_TEMP=" + temp, "GITHUB_SHA=" + sha}
		}, "::notice title=shotput::there is no history yet\n"},
		"GitLab": {scripts[0], scripts[1], func(origin, sha string) []string {
			return []string{"HISTORY_URL=" + origin, "CI_COMMIT_SHA=" + sha, "CI_COMMIT_BRANCH=main", "CI_DEFAULT_BRANCH=main"}
		}, "there is no history yet\n"},
	}
}

// git gives what it says.
func git(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.Command("git", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("git %q: %v: %s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// needs skips the test where one of the programs is not there.
func needs(t *testing.T, programs ...string) {
	for _, program := range programs {
		if _, err := exec.LookPath(program); err != nil {
			t.Skip("no " + program)
		}
	}
}

// The memory of the documented workflows: each push to main adds its run to a branch, which keeps the newest hundred and
// does not grow; a job that cannot read it does not write it anew.
func TestHistoryIsKept(t *testing.T) {
	needs(t, "git", "bash", "tar", "xargs")
	for name, m := range ciMemories(t) {
		t.Run(name, func(t *testing.T) { m.check(t) })
	}
}

func (m ciMemory) check(t *testing.T) {
	origin := filepath.Join(t.TempDir(), "origin.git")
	git(t, "init", "--quiet", "--bare", origin)
	git(t, "--git-dir", origin, "config", "receive.advertisePushOptions", "true")
	checkout := func() string {
		dir := filepath.Join(t.TempDir(), "checkout")
		git(t, "init", "--quiet", dir)
		git(t, "-C", dir, "remote", "add", "origin", origin)
		return dir
	}
	push := func(n int, before ...string) (said string) {
		dir, sha := checkout(), fmt.Sprint("sha", n)
		if err := os.WriteFile(filepath.Join(dir, "run.json"), fmt.Appendf(nil, "run %d", n), 0o644); err != nil {
			t.Fatal(err)
		}
		said, err := m.script(t, m.fetch, dir, origin, sha)
		if err != nil {
			t.Fatalf("%v: %s", err, said)
		}
		for _, name := range before {
			if err := os.WriteFile(filepath.Join(dir, "history", name), nil, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if out, err := m.script(t, m.keep, dir, origin, sha); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return said
	}
	if said := push(1); said != m.none {
		t.Errorf("at first it says %q", said)
	}
	if said := push(2); said != "" {
		t.Errorf("then it says %q", said)
	}
	kept := func() []string {
		return strings.Split(git(t, "--git-dir", origin, "ls-tree", "-r", "--name-only", "load-history"), "\n")
	}
	if files := kept(); len(files) != 2 || !strings.HasSuffix(files[0], "-sha1.json") || !strings.HasSuffix(files[1], "-sha2.json") {
		t.Errorf("kept are %q", files)
	}
	var old []string
	for i := range 120 {
		old = append(old, fmt.Sprintf("20200101-%06d-x.json", i))
	}
	push(3, old...)
	files := kept()
	if len(files) != 100 || !strings.HasSuffix(files[99], "-sha3.json") || !strings.HasPrefix(files[0], "20200101-000023") {
		t.Errorf("%d are kept, from %s to %s", len(files), files[0], files[len(files)-1])
	}
	if n := git(t, "--git-dir", origin, "rev-list", "--count", "load-history"); n != "1" {
		t.Errorf("the branch has %s commits", n)
	}
	if got := git(t, "--git-dir", origin, "show", "load-history:"+files[99]); got != "run 3" {
		t.Errorf("of the third run there is %q", got)
	}
	lost := checkout()
	git(t, "-C", lost, "remote", "set-url", "origin", filepath.Join(t.TempDir(), "absent"))
	if err := os.WriteFile(filepath.Join(lost, "run.json"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := m.script(t, m.fetch, lost, origin, "sha4"); err == nil {
		t.Errorf("a history that cannot be read is taken for none: %s", out)
	}
}

// A merge request at GitLab only reads the history, and is shown beside it; the default branch is judged by it, and the job
// ends with the exit code of that. Where nothing was measured there is nothing to do.
func TestGitLabLooksAtTheHistory(t *testing.T) {
	needs(t, "git", "bash", "tar", "xargs")
	_, gitlab := ciPage(t)
	m, scripts := ciMemories(t)["GitLab"], gitlab["history"].Script
	origin := filepath.Join(t.TempDir(), "origin.git")
	git(t, "init", "--quiet", "--bare", origin)
	programs := t.TempDir()
	if err := os.WriteFile(filepath.Join(programs, "shotput"), []byte("#!/bin/sh\necho \"shotput $*\"\nexit 3\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	path := "PATH=" + programs + string(os.PathListSeparator) + os.Getenv("PATH")
	for branch, want := range map[string]string{"": "there is no history yet\nshotput trend --by commit -o trend.html history run.json\n",
		"main": "there is no history yet\nshotput trend --by commit --fail-on-change --newest 8 -o trend.html history\n"} {
		dir := t.TempDir()
		git(t, "init", "--quiet", dir)
		git(t, "-C", dir, "remote", "add", "origin", origin)
		git(t, "--git-dir", origin, "config", "receive.advertisePushOptions", "true")
		m.env = func(origin, sha string) []string {
			return []string{path, "HISTORY_URL=" + origin, "CI_COMMIT_SHA=" + sha, "CI_COMMIT_BRANCH=" + branch, "CI_DEFAULT_BRANCH=main"}
		}
		if said, err := m.script(t, strings.Join(scripts, "\n"), dir, origin, "sha"); err != nil || !strings.HasPrefix(said, "nothing was measured") {
			t.Errorf("%q without a run: %v: %s", branch, err, said)
		}
		if err := os.WriteFile(filepath.Join(dir, "run.json"), []byte("{}"), 0o644); err != nil {
			t.Fatal(err)
		}
		said, err := m.script(t, strings.Join(scripts, "\n"), dir, origin, "sha")
		var code *exec.ExitError
		if said != want || !errors.As(err, &code) || code.ExitCode() != 3 {
			t.Errorf("%q: %v: %s", branch, err, said)
		}
		if _, err := exec.Command("git", "--git-dir", origin, "rev-parse", "--verify", "load-history").Output(); (err == nil) != (branch == "main") {
			t.Errorf("%q: the history is written: %v", branch, err)
		}
		git(t, "--git-dir", origin, "update-ref", "-d", "refs/heads/load-history")
	}
}

// An actionUse is one use of the action's last step, with a program in shotput's place that shows its words.
type actionUse struct{ args, fail, exits, unjudged string }

func (u actionUse) run(t *testing.T) (shown, outputs string, code int) {
	t.Helper()
	temp := t.TempDir()
	program := "#!/bin/sh\nprintf '<%s>\\n' \"$@\"\nexit " + u.exits + "\n"
	if err := os.MkdirAll(filepath.Join(temp, "shotput"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(temp, "shotput/shotput"), []byte(program), 0o755); err != nil {
		t.Fatal(err)
	}
	step := exec.Command("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", ciAction(t).Runs.Steps[1].Run)
	step.Env = append(os.Environ(), "RUNNER_TEMP="+temp, "GITHUB_OUTPUT="+filepath.Join(temp, "outputs"), "SHOTPUT_ARGS="+u.args, "SHOTPUT_FAIL="+u.fail,
		"SHOTPUT_UNJUDGED="+cmp.Or(u.unjudged, "true"))
	out, err := step.Output()
	if _, exited := err.(*exec.ExitError); err != nil && !exited {
		t.Fatal(err)
	}
	written, _ := os.ReadFile(filepath.Join(temp, "outputs")) // none is as good as empty
	return string(out), string(written), step.ProcessState.ExitCode()
}

func TestActionFires(t *testing.T) {
	needs(t, "bash", "xargs")
	for what, c := range map[string]struct {
		use     actionUse
		shown   string
		outputs string
		code    int
	}{
		"words":          {actionUse{"-r 5/s --threshold 'p99 < 50ms'\n -d \"a b\" http://h/{{seq}}\n", "true", "0", ""}, "<-r>\n<5/s>\n<--threshold>\n<p99 < 50ms>\n<-d>\n<a b>\n<http://h/{{seq}}>\n", "exit-code=0\n", 0},
		"nothing is run": {actionUse{"$(id) `id` $HOME * ; exit 9", "true", "0", ""}, "<$(id)>\n<`id`>\n<$HOME>\n<*>\n<;>\n<exit>\n<9>\n", "exit-code=0\n", 0},
		"broken":         {actionUse{"x", "true", "1", ""}, "<x>\n", "exit-code=1\n", 1},
		"broken, let be": {actionUse{"x", "false", "1", ""}, "<x>\n", "exit-code=1\n", 0},
		"not measured":   {actionUse{"x", "false", "3", ""}, "<x>\n", "exit-code=3\n", 3},
		"not judged":     {actionUse{"x", "true", "3", "false"}, "<x>\n", "exit-code=3\n", 0},
		"judged, broken": {actionUse{"x", "true", "1", "false"}, "<x>\n", "exit-code=1\n", 1},
		"wrong usage":    {actionUse{"x", "false", "2", "false"}, "<x>\n", "exit-code=2\n", 2},
		"odd switch":     {actionUse{"x", "no", "0", ""}, "::error title=shotput::fail-on-threshold is neither true nor false\n", "", 2},
		"another":        {actionUse{"x", "true", "0", "no"}, "::error title=shotput::fail-on-unjudged is neither true nor false\n", "", 2},
		"empty":          {actionUse{" \n ", "true", "0", ""}, "::error title=shotput::args is empty\n", "", 2},
		"open quote":     {actionUse{"-d 'a", "true", "0", ""}, "", "", 1},
	} {
		if shown, outputs, code := c.use.run(t); shown != c.shown || outputs != c.outputs || code != c.code {
			t.Errorf("%s: exit %d, outputs %q, shown\n%s", what, code, outputs, shown)
		}
	}
}

// The action builds the checkout that it is part of.
func TestActionBuilds(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds the program")
	}
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("no bash")
	}
	action := ciAction(t)
	here, err := filepath.Abs("../.github/actions/shotput")
	if err != nil {
		t.Fatal(err)
	}
	if got := action.Runs.Steps[0].Env["SHOTPUT_SOURCE"]; !strings.Contains(got, "inputs.source || format('{0}/../../..', github.action_path)") {
		t.Fatalf("it builds %s", got)
	}
	temp := t.TempDir()
	step := exec.Command("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", action.Runs.Steps[0].Run)
	step.Env = append(os.Environ(), "RUNNER_TEMP="+temp, "SHOTPUT_SOURCE="+here+"/../../..")
	if out, err := step.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	out, err := exec.Command(filepath.Join(temp, "shotput/shotput"), "version").Output()
	if err != nil || !strings.HasPrefix(string(out), "shotput ") {
		t.Errorf("%s, %v", out, err)
	}
}
