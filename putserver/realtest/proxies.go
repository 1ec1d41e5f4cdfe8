package realtest

import (
	"fmt"
	"net"
	"os/exec"
	"testing"
)

// Tinyproxy runs an HTTP proxy on a free port of 127.0.0.1. It closes each connection after one answer, and joins
// by CONNECT. Its log, dir/log, has a line "Request (file descriptor N): PUT URL HTTP/1.1" for each request.
func Tinyproxy(t testing.TB) (address, dir string) {
	t.Helper()
	proxy := Need(t, "tinyproxy")
	dir, address = t.TempDir(), FreeAddress(t)
	host, port, _ := net.SplitHostPort(address)
	file := write(t, dir, "tinyproxy.conf", fmt.Sprintf(`Listen %s
Port %s
Allow 127.0.0.1
MaxClients 100
LogFile "DIR/log"
LogLevel Connect
`, host, port))
	Start(t, exec.Command(proxy, "-d", "-c", file), address)
	return address, dir
}

// Microsocks runs a SOCKS5 proxy on a free port of 127.0.0.1, for one user or, if there is no name, for all.
func Microsocks(t testing.TB, user, password string) (address string) {
	t.Helper()
	proxy := Need(t, "microsocks")
	address = FreeAddress(t)
	host, port, _ := net.SplitHostPort(address)
	args := []string{"-i", host, "-p", port}
	if user != "" {
		args = append(args, "-u", user, "-P", password)
	}
	Start(t, exec.Command(proxy, args...), address)
	return address
}
