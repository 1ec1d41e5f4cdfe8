package cli_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// # Lines to try
//
// Each line that the program says to try in any script is run as it stands, but for --dry-run at its end: it must be one
// that a person can copy. TestEachHintHasAScript sees to it that every code of a hint is provoked, and so its lines are
// tried. What was fired and then advised upon keeps its URL template and its load.

var tryLine = regexp.MustCompile(`(?m)^  try   (shotput .*)$`)

// undry are verbs that show nothing ahead.
var undry = regexp.MustCompile(`^shotput (report|compare|trend|target|doctor|init|schema|licenses|help|version|completion|-o|--samples|--format)\b|--help|--version|^shotput run .* -$`)

// tryAll runs what was said to be tried after a command.
func tryAll(ts *testscript.TestScript, typed []string, code int) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		return
	}
	for _, m := range tryLine.FindAllStringSubmatch(ts.ReadFile("stderr"), -1) {
		if undry.MatchString(m[1]) {
			continue
		}
		if said, ok := tryDry(ts, bash, m[1], typed); !ok {
			ts.Fatalf("%q is to be tried after %q, and fails:\n%s", m[1], typed, said)
		}
		if missing := notKept(typed, m[1]); code != 2 && missing != "" {
			ts.Fatalf("%q is to be tried after %q, and has lost %s", m[1], typed, missing)
		}
	}
}

// standIns are for the variables that lines to try have in the place of secrets.
var standIns = map[string]string{"USER": "name:password", "PROXY_USER": "name:password", "FORM": "a=b", "FORM_STRING": "a=b", "COOKIE": "a=b", "JSON": "{}",
	"PROXY": "http://127.0.0.1:1", "PROM_PUSH": "http://127.0.0.1:1", "OTLP": "http://127.0.0.1:1", "URL": "http://127.0.0.1:1/{{seq}}", "URL_QUERY": "a=b"}

var standIn = regexp.MustCompile(`\$SHOTPUT_(\w+)`)

// tryDry gives what the line says where it fails. Files and accounts that it speaks of are there.
func tryDry(ts *testscript.TestScript, bash, line string, typed []string) (said string, ok bool) {
	for _, word := range append(strings.Fields(line), typed...) {
		name := strings.Trim(strings.TrimPrefix(word, "@"), "'")
		if path := ts.MkAbs(name); fileName.MatchString(name) && notThere(path) {
			content := []byte("a\n1\n")
			if strings.HasSuffix(name, ".pem") {
				content, _ = os.ReadFile(ts.MkAbs("client.pem"))
			} else if name == "flags.txt" || strings.HasSuffix(name, ".prom") {
				content = nil
			} else if strings.HasSuffix(name, ".yaml") {
				content = []byte("url: http://127.0.0.1:1/\n")
			}
			ts.Check(os.WriteFile(path, content, 0o600))
			defer os.Remove(path)
		}
	}
	home, err := os.MkdirTemp("", "home")
	ts.Check(err)
	defer os.RemoveAll(home)
	ts.Check(os.WriteFile(filepath.Join(home, ".netrc"), []byte("default login name password word\n"), 0o600))
	c := exec.Command(bash, "-c", line+" --dry-run")
	c.Dir = ts.MkAbs(".")
	c.Env = []string{"PATH=" + ts.Getenv("PATH"), "HOME=" + home, "TOKEN=x", "API_TOKEN=x", "CLIENT_SECRET=x", "KEY_PASSWORD=x", "AWS_ACCESS_KEY_ID=a", "AWS_SECRET_ACCESS_KEY=b", "GORACE=" + ts.Getenv("GORACE")}
	for _, name := range []string{"URL", "HTTPS", "CLOSED", "PROXY", "HOST", "CA", "USERINFO"} {
		c.Env = append(c.Env, name+"="+ts.Getenv(name))
	}
	for _, m := range standIn.FindAllStringSubmatch(line, -1) {
		value := standIns[m[1]]
		if value == "" {
			value = "x"
		}
		c.Env = append(c.Env, "SHOTPUT_"+m[1]+"="+value)
	}
	out, err := c.CombinedOutput()
	return string(out), err == nil
}

// fileName is a name of a file beside the script, as it may stand on a line.
var fileName = regexp.MustCompile(`^[a-z]+(\.[a-z]+)?$`)

func notThere(path string) bool {
	_, err := os.Stat(filepath.Clean(path))
	return os.IsNotExist(err)
}

// notKept is a part of the URL template, or of the load, that the line to try has not.
func notKept(typed []string, try string) string {
	for i, word := range typed {
		for _, action := range regexp.MustCompile(`\{\{.*?\}\}`).FindAllString(word, -1) {
			if strings.Contains(word, "://") && !strings.Contains(try, action) {
				return action
			}
		}
		if i > 0 && slices.Contains([]string{"-n", "-z", "--stages", "--warmup"}, typed[i-1]) && !strings.Contains(try, word) {
			return typed[i-1] + " " + word
		}
	}
	return ""
}
