package realtest

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Lighttpd runs lighttpd with WebDAV for everything on a free port of 127.0.0.1. What is put lies under dir/www. Every
// file has a type: one whose type is not known has neither ETag nor Last-Modified there.
func Lighttpd(t testing.TB) (address, dir string) {
	t.Helper()
	program := Need(t, "lighttpd")
	dir, address = t.TempDir(), FreeAddress(t)
	mkdir(t, dir, "www")
	_, port := split(t, address)
	file := write(t, dir, "lighttpd.conf", fmt.Sprintf(`
server.modules = ( "mod_webdav" )
server.bind = "127.0.0.1"
server.port = %s
server.document-root = "DIR/www"
server.errorlog = "DIR/error.log"
server.upload-dirs = ( "DIR" )
server.max-keep-alive-requests = 100000
mimetype.assign = ( "" => "application/octet-stream" )
webdav.activate = "enable"
webdav.sqlite-db-name = "DIR/dav.db"
`, port))
	Start(t, exec.Command(program, "-D", "-f", file), address)
	return address, dir
}

// Registry runs Debian's docker-registry, which stores in dir/blobs, on a free port of 127.0.0.1.
func Registry(t testing.TB) (address, dir string) {
	t.Helper()
	program := Need(t, "docker-registry")
	dir, address = t.TempDir(), FreeAddress(t)
	file := write(t, dir, "registry.yml", fmt.Sprintf(`version: 0.1
log: {level: error}
storage: {filesystem: {rootdirectory: DIR/blobs}, delete: {enabled: true}}
http: {addr: "%s"}
`, address))
	Start(t, exec.Command(program, "serve", file), address)
	return address, dir
}

// Blob is what a Registry stored under a digest such as "sha256:…"; an error if nothing.
func Blob(dir, digest string) ([]byte, error) {
	kind, sum, _ := strings.Cut(digest, ":")
	if len(sum) < 2 {
		return nil, fmt.Errorf("read blob: %q is no digest", digest)
	}
	return os.ReadFile(filepath.Join(dir, "blobs/docker/registry/v2/blobs", kind, sum[:2], sum, "data"))
}

// Radicale runs the CalDAV and CardDAV server of that name on a free port of 127.0.0.1, open to everybody, with a
// calendar at /ann/work/. Its objects lie under dir/store.
func Radicale(t testing.TB) (address, dir string) {
	t.Helper()
	program := Need(t, "radicale")
	dir, address = t.TempDir(), FreeAddress(t)
	mkdir(t, dir, "store/collection-root/ann/work")
	write(t, dir, "store/collection-root/ann/work/.Radicale.props", `{"tag": "VCALENDAR"}`)
	file := write(t, dir, "radicale.conf", fmt.Sprintf(`[server]
hosts = %s
[auth]
type = none
[rights]
type = from_file
file = DIR/rights
[storage]
filesystem_folder = DIR/store
[logging]
level = error
`, address))
	write(t, dir, "rights", "[all]\nuser: .*\ncollection: .*\npermissions: RrWw\n")
	command := exec.Command(program, "--config", file)
	command.Env = append(os.Environ(), "HOME="+dir)
	Start(t, command, address)
	return address, dir
}

// Python runs a script that gets host and port as its arguments.
func Python(t testing.TB, script string) (address string) {
	t.Helper()
	program := Need(t, "python3")
	address = FreeAddress(t)
	host, port := split(t, address)
	Start(t, exec.Command(program, script, host, port), address)
	return address
}

func mkdir(t testing.TB, dir, name string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Join(dir, name), 0o755); err != nil {
		t.Fatal(err)
	}
}

func split(t testing.TB, address string) (host, port string) {
	t.Helper()
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	return host, port
}
