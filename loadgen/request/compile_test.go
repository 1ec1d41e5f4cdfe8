package request

import (
	"cmp"
	"os"
	"path/filepath"
	"testing"
	"time"

	"shotput/loadgen/text"
)

var templateStart = time.Date(2026, 3, 4, 5, 6, 7, 89e6, time.FixedZone("elsewhere", 3600))

// testEnv is the environment that the texts of tests read.
var testEnv = text.Env{"SHOTPUT_TEST": "from {{seq}} outside", "SHOTPUT_HOST": "from.env:81",
	"SHOTPUT_LINES": "hush\r\nX-Evil: 1", "SHOTPUT_TOKEN": "s3cret"}

// A planned is a request, and what it is compiled for where that matters.
type planned struct {
	spec Spec
	how  Setting
}

// compile compiles it as a plan would: with the defaults applied.
func (p planned) compile() (*Template, error) {
	p.how.Seed = cmp.Or(p.how.Seed, 1)
	p.spec.UserAgent = cmp.Or(p.spec.UserAgent, "shotput/test")
	s := p.spec.WithDefaults()
	return s.Compile(p.how)
}

// template compiles a request that has no fault, in the environment of tests, with a token, to be closed with the test.
func (p planned) template(t testing.TB) *Template {
	t.Helper()
	p.how.Start, p.how.Token, p.how.Values.Env = templateStart, func() string { return "Bearer abc" }, testEnv
	template, err := p.compile()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { template.Close() })
	return template
}

func newTemplate(t testing.TB, s Spec) *Template {
	t.Helper()
	return planned{spec: s}.template(t)
}

// textFile is a file that says s.
func textFile(t testing.TB, s string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "rows.txt")
	if err := os.WriteFile(path, []byte(s), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// contents are size bytes that differ from place to place.
func contents(size int) []byte {
	b := make([]byte, size)
	for i := range b {
		b[i] = byte(i*7 + i>>8)
	}
	return b
}

func writeFile(t testing.TB, size int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "body")
	if err := os.WriteFile(path, contents(size), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
