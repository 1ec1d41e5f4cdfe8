package cli_test

import (
	"bytes"
	"os"
	"path/filepath"

	"github.com/rogpeppe/go-internal/testscript"
)

// alone asserts that no process started by the script is left: each has the script's own folder in its environment.
func alone(ts *testscript.TestScript, _ bool, _ []string) {
	mark := []byte("WORK=" + ts.Getenv("WORK") + "\x00")
	envs, err := filepath.Glob("/proc/[0-9]*/environ")
	ts.Check(err)
	for _, path := range envs {
		if env, err := os.ReadFile(path); err == nil && bytes.Contains(env, mark) {
			ts.Fatalf("%s is still there", filepath.Dir(path))
		}
	}
}
