package cli_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"shotput/cli"
)

// A plan's files are opened to check it before anything is said or sent, once more by the run, which trusts nobody's
// check, and once to fire it: the first request, the record and the load share what was compiled.
func TestRunOpensItsFilesThreeTimes(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	dir := t.TempDir()
	body, rows := filepath.Join(dir, "body.bin"), filepath.Join(dir, "rows.csv")
	for path, text := range map[string]string{body: "body", rows: "id\n1\n2\n"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	opened := watchOpens(t, dir)
	var out bytes.Buffer
	cli.Main(context.Background(), []string{"-n", "20", "-c", "2", "--expect", "404", "-T", body, "--csv", rows, server.URL + `/{{csv "id"}}`},
		cli.Stdio{In: new(bytes.Buffer), Out: &out, Err: &out})
	for name, n := range opened() {
		if n != 3 {
			t.Errorf("%s was opened %d times\n%s", name, n, out.String())
		}
	}
}

// watchOpens counts how often each file of a folder is opened until it is asked. Closes are watched too: equal events
// that follow each other are told as one.
func watchOpens(t *testing.T, dir string) (opened func() map[string]int) {
	t.Helper()
	fd, err := syscall.InotifyInit1(syscall.IN_NONBLOCK | syscall.IN_CLOEXEC)
	if err == nil {
		t.Cleanup(func() { syscall.Close(fd) })
		_, err = syscall.InotifyAddWatch(fd, dir, syscall.IN_OPEN|syscall.IN_CLOSE_NOWRITE)
	}
	if err != nil {
		t.Skip("this machine tells nobody of opened files: ", err)
	}
	return func() map[string]int {
		count, b := map[string]int{}, make([]byte, 64<<10)
		n, err := syscall.Read(fd, b)
		if err != nil {
			t.Fatal("no file was opened: ", err)
		}
		for b = b[:n]; len(b) > 0; {
			mask, length := binary.NativeEndian.Uint32(b[4:]), binary.NativeEndian.Uint32(b[12:])
			name := string(bytes.TrimRight(b[16:16+length], "\x00"))
			if b = b[16+length:]; mask&syscall.IN_OPEN != 0 && name != "" {
				count[name]++
			}
		}
		return count
	}
}
