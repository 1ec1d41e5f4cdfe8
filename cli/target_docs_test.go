package cli

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"shotput/putserver"
	"shotput/putserver/realtest"
)

// targetPage is docs/target.md with a server's address in the place of the one in it.
func targetPage(t *testing.T) string {
	t.Helper()
	page, err := os.ReadFile("../docs/target.md")
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	target, err := putserver.New(putserver.Config{WorkLaw: putserver.Constant(20 * time.Millisecond)})
	if err != nil {
		t.Fatal(err)
	}
	go target.Serve(l)
	t.Cleanup(func() { target.Close() })
	return strings.ReplaceAll(string(page), "127.0.0.1:8080", l.Addr().String())
}

// shell runs a script in a folder with a body.json.
func shell(t *testing.T, script string) (said string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "body.json"), []byte(`{"n": 2}`), 0o600); err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), realtest.Need(t, "sh"), "-euc", script)
	c.Dir = dir
	out, err := c.CombinedOutput()
	if err != nil {
		t.Errorf("%s\n%v: %s", script, err, out)
	}
	return string(out)
}

var rowOfPath = regexp.MustCompile("(?m)^\\| `([^`]*)` \\| `(curl [^`]*)` \\| ([0-9]+) \\|")

// Every path of the target's help has a row on the page, and each row's curl line has the answer that stands beside it.
func TestTargetTable(t *testing.T) {
	t.Parallel()
	realtest.Need(t, "curl")
	page, rows := targetPage(t), 0
	for _, row := range rowOfPath.FindAllStringSubmatch(page, -1) {
		rows++
		if got := shell(t, row[2]+" -s -o out -w '%{http_code}'"); got != row[3] {
			t.Errorf("%s: %s, want %s", row[2], got, row[3])
		}
	}
	if rows < 10 {
		t.Errorf("%d rows with a curl line; were they written otherwise?", rows)
	}
	for _, k := range putserver.FlowKinds() {
		if first, _, _ := strings.Cut(k.Path, "/"); first != "…" && first != "status" && !strings.Contains(page, "| `"+first) {
			t.Errorf("%s is not on the page", k.Path)
		}
	}
}

var shellBlock = regexp.MustCompile("(?s)```sh\n(.*?)```")

// What curl does step by step on the page ends with what was stored.
func TestTargetSteps(t *testing.T) {
	t.Parallel()
	realtest.Need(t, "curl")
	blocks := shellBlock.FindAllStringSubmatch(targetPage(t), -1)
	if len(blocks) < 7 {
		t.Errorf("%d blocks of shell; were they written otherwise?", len(blocks))
	}
	for i, b := range blocks {
		t.Run(fmt.Sprint(i+1), func(t *testing.T) {
			if said := shell(t, b[1]); !strings.HasSuffix(said, `{"n": 2}`) {
				t.Errorf("%s\nit says %s", b[1], said)
			}
		})
	}
}
