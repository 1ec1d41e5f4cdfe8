//go:build unix

package files

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// A document goes where a name leads, and leaves what leads there, and who may read it, as it was.
func TestSaveLeavesWhatIsThere(t *testing.T) {
	old := syscall.Umask(0o027)
	defer syscall.Umask(old)
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	for name, mode := range map[string]os.FileMode{"private": 0o600, "open": 0o666, "linked": 0o640, "twice": 0o644} {
		if err := os.WriteFile(in(name), []byte("a text that is longer"), mode); err != nil {
			t.Fatal(err)
		}
		os.Chmod(in(name), mode)
	}
	os.Symlink("linked", in("link"))
	os.Symlink(in("link"), in("far"))
	os.Symlink("not there yet", in("dangling"))
	os.Link(in("twice"), in("again"))
	for name, mode := range map[string]os.FileMode{"private": 0o600, "open": 0o666, "new": 0o640, "far": 0o640,
		"dangling": 0o640, "twice": 0o644} {
		before, _ := os.Lstat(in(name))
		if err := Check(in(name)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := Save(in(name), []byte(name)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		after, _ := os.Lstat(in(name))
		info, err := os.Stat(in(name))
		if text, _ := os.ReadFile(in(name)); err != nil || string(text) != name || info.Mode().Perm() != mode ||
			before != nil && before.Mode() != after.Mode() {
			t.Errorf("%s is %v, was %v and has %q, %v", name, info.Mode(), before, text, err)
		}
	}
	if text, _ := os.ReadFile(in("again")); string(text) != "twice" {
		t.Errorf("the second name of a file has %q", text)
	}
	if left, _ := filepath.Glob(in(".shotput-*")); len(left) > 0 {
		t.Errorf("left: %q", left)
	}
}

// A device stays one, also for who may replace it.
func TestSaveWritesDevicesInPlace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "null")
	if err := syscall.Mknod(path, syscall.S_IFCHR|0o600, 1<<8|3); err != nil {
		path = "/dev/null"
	}
	if err := Check(path); err != nil && path != "/dev/null" { // a folder where devices are not opened
		t.Skip(err)
	}
	if err := Save(path, []byte("x")); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		t.Errorf("%v, %v", info, err)
	}
}

// What cannot be written is said before the run; a circle of links is no file.
func TestCheck(t *testing.T) {
	dir := t.TempDir()
	os.Symlink("b", filepath.Join(dir, "a"))
	os.Symlink("a", filepath.Join(dir, "b"))
	for _, path := range []string{dir, filepath.Join(dir, "none", "run.json"), filepath.Join(dir, "a"),
		dir + "/none/../run.json"} {
		if Check(path) == nil || Save(path, nil) == nil {
			t.Errorf("%s can be written", path)
		}
	}
}
