package cli_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"shotput/putserver/realtest"
)

// foreignFiles are files of other tools, and what is sent by the command that is printed for each.
var foreignFiles = map[string]struct{ is, sent string }{
	"session.har":     {"a HAR file, of a browser or proxy", "PUT /items/a%20b?x=1&y=%2F application/json {\"n\": \"ä \\\"q\\\"\"}|PUT /items/empty application/octet-stream "},
	"collection.json": {"a Postman collection", "PUT /items/1?x=1 application/x-www-form-urlencoded {\"a\": 1}|PUT /items/2 application/x-www-form-urlencoded "},
	"openapi.json":    {"an OpenAPI description", "PUT /v1/items/1  |PUT /v1/users/1/name  "},
	"openapi.yaml":    {"an OpenAPI description", "PUT /v1/items/1  |PUT /v1/users/1/name  "},
	"targets.txt":     {"a file of vegeta's targets", "PUT /items/1?x=1  |PUT /items/2  "},
	"targets.json":    {"a file of vegeta's targets (JSON)", "PUT /items/1?x=1 application/x-www-form-urlencoded {\"a\": 1}|PUT /items/2 application/x-www-form-urlencoded "},
	"script.js":       {"a script of k6", "PUT /items/1  "},
	"access.log":      {"an access log", "PUT /items/1?x=a%20b  |PUT /items/2  "},
	"plan.jmx":        {"a test plan of JMeter", "PUT /items/1?x=1&y=2  "},
	"items.http":      {"an .http file, of an editor", "PUT /items/1?x=1  |PUT /items/2  "},
}

var (
	triedAs = regexp.MustCompile(`(?m)^  try   (.*)$`)
	typeOf  = regexp.MustCompile(`(?m)^Content-Type: (.*)$`)
)

// giving writes a file of another tool that speaks of the recorder.
func (b *bench) giving(t *testing.T, name string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "foreign", name))
	if err != nil {
		t.Fatal(err)
	}
	host, port, _ := strings.Cut(b.at(), ":")
	mended := strings.NewReplacer("ORIGIN", b.at(), ">HOST<", ">"+host+"<", ">PORT<", ">"+port+"<").Replace(string(text))
	if err := os.WriteFile(filepath.Join(b.dir, name), []byte(mended), 0o600); err != nil {
		t.Fatal(err)
	}
}

// say has the shell run a line, and gives what was said.
func (b *bench) say(line string) string {
	shell := exec.Command("sh", "-c", line)
	shell.Dir, shell.Env = b.dir, b.env
	out, _ := shell.CombinedOutput()
	return string(out)
}

// at is the recorder's host and port.
func (b *bench) at() string {
	i := slices.IndexFunc(b.env, func(s string) bool { return strings.HasPrefix(s, "HOST=") })
	return strings.TrimPrefix(b.env[i], "HOST=")
}

// Each is recognised wherever a person gives it, and the one command that is printed sends what stands in it.
func TestForeignFiles(t *testing.T) {
	t.Parallel()
	realtest.Need(t, "jq")
	realtest.Need(t, "awk")
	b := newBench(t)
	for name, want := range foreignFiles {
		b.giving(t, name)
		said := b.say("shotput " + name)
		if !strings.Contains(said, `error: "`+name+`" is `+want.is+", and no URL") {
			t.Errorf("%s: %s", name, said)
			continue
		}
		try := strings.ReplaceAll(triedAs.FindStringSubmatch(said)[1], "127.0.0.1:8080", b.at())
		said = b.say(try + " > run.txt")
		got := map[string]bool{}
		for _, r := range b.take() {
			kind := ""
			if m := typeOf.FindStringSubmatch(strings.Join(r.header, "\n")); m != nil {
				kind = m[1]
			}
			got[strings.TrimSuffix(r.line, " HTTP/1.1")+" "+kind+" "+string(r.body)] = true
		}
		if sent := strings.Join(sortedKeys(got), "|"); sent != want.sent {
			t.Errorf("%s: %s\nsent %q\nwant %q\n%s", name, try, sent, want.sent, said)
		}
		for place, no := range map[string]string{"run ": "plan", "--csv ": "rows", "--keys-file ": "rows", "-K ": "file of flags",
			"--urls ": "list of URLs"} {
			beside := " -r 5/s http://h.example/x"
			switch place {
			case "run ", "--urls ":
				beside = ""
			case "--csv ":
				beside = ` -r 5/s 'http://h.example/{{csv "id"}}'`
			}
			said := b.say("shotput " + place + name + beside)
			kept := !strings.Contains(beside, "h.example") || want.is == "a script of k6" || strings.Contains(said, "-r 5/s") && strings.Contains(said, "http://h.example/")
			if !strings.Contains(said, "is "+want.is+", and no "+no) || !kept {
				t.Errorf("%s%s: %s", place, name, said)
			}
		}
	}
}

// Targets of vegeta pass for a table of one column, of which nothing may be taken.
func TestTargetsAreNoTable(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.giving(t, "targets.txt")
	if said := b.say("shotput --csv targets.txt -d x -n 1 $URL/a"); !strings.Contains(said, "is a file of vegeta's targets, and no rows") {
		t.Error(said)
	}
}

func sortedKeys(of map[string]bool) (all []string) {
	for key := range of {
		all = append(all, key)
	}
	slices.Sort(all)
	return all
}

// What is a plan, or rows, is none of them.
func TestOwnFilesAreNoneOfOthers(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for name, text := range map[string]string{"p.yaml": "url: $URL/x\nrequests: 1\n", "rows.csv": "a,b\n1,2\n", "rows.jsonl": "{\"a\": 1}\n", "keys.txt": "PUT\n"} {
		if err := os.WriteFile(filepath.Join(b.dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	b.giving(t, "targets.json")
	for line, want := range map[string]string{
		"shotput p.yaml":                                      "try   shotput run p.yaml",
		"shotput run p.yaml --dry-run":                        "nothing was sent",
		"shotput --dry-run --csv rows.csv $URL/{{csv_a}}":     "nothing was sent",
		"shotput --dry-run --jsonl rows.jsonl $URL":           "nothing was sent",
		"shotput --dry-run --jsonl targets.json $URL":         "nothing was sent",
		"shotput --dry-run --keys-file keys.txt $URL/{{key}}": "nothing was sent",
		"shotput --dry-run -T targets.json $URL/":             "nothing was sent",
	} {
		if said := b.say(strings.ReplaceAll(line, "{{csv_a}}", `'{{csv "a"}}'`)); !strings.Contains(said, want) {
			t.Errorf("%s: %s", line, said)
		}
	}
}
