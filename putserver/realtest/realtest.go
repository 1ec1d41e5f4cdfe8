// Package realtest starts servers that nobody here wrote, for tests: on loopback, in a folder of the test's own, ended
// with it or with the test's process, whatever ends that. A server that is not installed skips the test with a reason;
// where SHOTPUT_CI is set, it fails instead, since there everything is installed. What takes long waits for
// SHOTPUT_LONG (Long). Tests that write their server themselves have Peer.
package realtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"shotput/putserver/realtest/tether"
)

// Need gives the path of a program, or skips.
func Need(t testing.TB, program string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		for _, dir := range []string{"/usr/sbin", "/usr/local/sbin"} { // not on everybody's PATH
			if _, err := os.Stat(filepath.Join(dir, program)); err == nil {
				return filepath.Join(dir, program)
			}
		}
		if os.Getenv("SHOTPUT_CI") != "" {
			t.Fatalf("%s is not installed", program)
		}
		t.Skipf("%s is not installed", program)
	}
	return path
}

// Nginx runs nginx with one worker and the given server block on a free port of 127.0.0.1; "listen" is
// written by this function, and the block may listen elsewhere too. It gives the address and the folder: logs
// are in dir/access.log and dir/error.log, and "DIR" in the block stands for the folder. A log of the format
// "length" has a line for each request: how many bytes of it nginx has read.
func Nginx(t testing.TB, server string) (address, dir string) {
	t.Helper()
	return NginxWith(t, "", server)
}

// NginxWith is Nginx with directives that stand outside of the server block, such as the zones of limits.
func NginxWith(t testing.TB, http, server string) (address, dir string) {
	t.Helper()
	nginx := Need(t, "nginx")
	dir = t.TempDir()
	address = FreeAddress(t)
	conf := fmt.Sprintf(`daemon off; worker_processes 1; %s pid DIR/pid; error_log DIR/error.log warn; %s
events { worker_connections 16384; }
http {
  client_body_temp_path DIR/body; proxy_temp_path DIR/proxy; fastcgi_temp_path DIR/f; uwsgi_temp_path DIR/u; scgi_temp_path DIR/s;
  keepalive_requests 1000000000; keepalive_timeout 60s;
  log_format length $request_length; access_log off;
  %s
  server { listen %s; %s }
}
`, firstCore(), asRoot(), http, address, server)
	file := write(t, dir, "nginx.conf", conf)
	Start(t, exec.Command(nginx, "-p", dir, "-c", file, "-e", filepath.Join(dir, "error.log")), address)
	return address, dir
}

// firstCore keeps nginx's worker off the cores of whoever fires at it, where there is more than one.
func firstCore() string {
	if runtime.NumCPU() > 1 {
		return "worker_cpu_affinity 01;"
	}
	return ""
}

// asRoot keeps root's files root's: without it nginx's worker could not write into the test's folder.
func asRoot() string {
	if os.Geteuid() == 0 {
		return "user root;"
	}
	return ""
}

// Start runs a server, waits until address answers, and ends it with the test, or with this process.
func Start(t testing.TB, command *exec.Cmd, address string) {
	t.Helper()
	var said strings.Builder
	command.Stdout, command.Stderr = &said, &said
	wait, err := tether.Launch(command)
	if err != nil {
		t.Fatal(err)
	}
	end := sync.OnceFunc(func() {
		command.Process.Signal(syscall.SIGTERM) // which every server passes on to its children; not so an interrupt
		wait()
	})
	t.Cleanup(end)
	for range 200 {
		if c, err := net.Dial("tcp", address); err == nil {
			c.Close()
			return
		}
		time.Sleep(25 * time.Millisecond)
	}
	end()
	t.Fatalf("%s does not listen on %s; it said: %s", command.Path, address, said.String())
}

// write makes a file of a server's folder, for which "DIR" in the content stands.
func write(t testing.TB, dir, name, content string) (path string) {
	t.Helper()
	path = filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(strings.ReplaceAll(content, "DIR", dir)), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// FreeAddress is a port of 127.0.0.1 on which nobody listens now.
func FreeAddress(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// Certificate writes a new certificate for 127.0.0.1 that signs itself, and its key, as PEM files of the test's own.
func Certificate(t testing.TB) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "127.0.0.1"},
		IPAddresses: []net.IP{
			{127, 0, 0, 1},
		}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour)}
	public, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	return writePEM(t, dir, "CERTIFICATE", public), writePEM(t, dir, "PRIVATE KEY", secret)
}

func writePEM(t testing.TB, dir, kind string, der []byte) (path string) {
	t.Helper()
	path = filepath.Join(dir, strings.ToLower(strings.ReplaceAll(kind, " ", "-"))+".pem")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
