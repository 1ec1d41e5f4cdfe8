package realtest

import (
	"crypto/md5"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// nobody is the user whose rights a server has that refuses to keep root's.
const nobody = 65534

// modules of Apache httpd, as Debian has them. DAV's files need the four of authorisation.
var modules = []string{"mpm_event", "authn_core", "authn_file", "authz_core", "authz_user", "auth_basic", "auth_digest",
	"setenvif", "dav", "dav_fs", "proxy", "proxy_http", "proxy_connect"}

// Apache runs Apache httpd with the given configuration on a free port of 127.0.0.1, and gives its address and its
// folder, for which "DIR" stands in the configuration. What may be put lies under dir/www: basic and digest are
// folders in it. The file dir/users holds the user "ann" with the password "p:w", and dir/digests the same in the
// realm "r". A log of the format "short" has the request line, the status and the user.
func Apache(t testing.TB, conf string) (address, dir string) {
	t.Helper()
	apache := Need(t, "apache2")
	dir, address = t.TempDir(), FreeAddress(t)
	whole := fmt.Sprintf(
		"ServerRoot DIR\nServerName 127.0.0.1\nListen %s\nPidFile DIR/pid\nErrorLog DIR/error.log\nMutex pthread\n",
		address,
	)
	for _, m := range modules {
		whole += fmt.Sprintf("LoadModule %s_module /usr/lib/apache2/modules/mod_%s.so\n", m, m)
	}
	whole += fmt.Sprintf("User #%d\nGroup #%d\n", nobody, nobody) + `
MaxKeepAliveRequests 0
KeepAliveTimeout 60
ThreadsPerChild 64
MaxRequestWorkers 256
ServerLimit 4
LogFormat "%r %>s %u" short
DocumentRoot DIR/www
DAVLockDB DIR/www/.locks
`
	for _, folder := range []string{"www", "www/basic", "www/digest"} {
		if err := os.Mkdir(filepath.Join(dir, folder), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	hash := sha1.Sum([]byte("p:w"))
	write(t, dir, "users", "ann:{SHA}"+base64.StdEncoding.EncodeToString(hash[:])+"\n")
	write(t, dir, "digests", fmt.Sprintf("ann:r:%x\n", md5.Sum([]byte("ann:r:p:w"))))
	yield(t, dir, "www", "www/basic", "www/digest", "users", "digests")
	file := write(t, dir, "apache.conf", whole+conf)
	Start(t, exec.Command(apache, "-d", dir, "-f", file, "-DFOREGROUND"), address)
	return address, dir
}

// DAV runs Apache with WebDAV for everything; what is put lies under dir/www. Its ETags are digests of what is there:
// by default they would be of size and time, and weak for a second after each write, when If-Match never holds.
func DAV(t testing.TB) (address, dir string) {
	t.Helper()
	return Apache(t, "<Location />\nDAV On\n</Location>\nFileETag Digest")
}

// yield gives files of dir to the user whom root's server becomes, and the way to them: dir is the test's, and what is
// around it is root's alone.
func yield(t testing.TB, dir string, files ...string) {
	t.Helper()
	if os.Geteuid() != 0 {
		return
	}
	err := errors.Join(os.Chmod(filepath.Dir(dir), 0o755), os.Chmod(dir, 0o755))
	for _, f := range files {
		err = errors.Join(err, os.Chown(filepath.Join(dir, f), nobody, nobody))
	}
	if err != nil {
		t.Fatal(err)
	}
}
