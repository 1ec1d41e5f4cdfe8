package realtest

import (
	"crypto/tls"
	"fmt"
	"os"
	"os/exec"
	"testing"
)

// Caddy runs Caddy in front of the HTTP server at behind: on secure, a port of 127.0.0.1 with the given
// certificate, it speaks HTTP/1.1, HTTP/2 and, over UDP, HTTP/3; on plain HTTP/1.1 and h2c. Its log, dir/access.log,
// has a JSON object for each request, with "proto":"HTTP/3.0" and "status":201.
func Caddy(t testing.TB, cert, key, behind string) (secure, plain, dir string) {
	t.Helper()
	caddy := Need(t, "caddy")
	dir, secure, plain = t.TempDir(), FreeAddress(t), FreeAddress(t)
	serve := "bind 127.0.0.1\n\treverse_proxy " + behind + "\n\tlog {\n\t\toutput file DIR/access.log\n\t}"
	file := write(t, dir, "Caddyfile", fmt.Sprintf(`{
	admin off
	auto_https off
	storage file_system DIR/storage
	servers {
		protocols h1 h2 h2c h3
	}
}
https://%s {
	tls %s %s
	%s
}
http://%s {
	%s
}
`, secure, cert, key, serve, plain, serve))
	command := exec.Command(caddy, "run", "--adapter", "caddyfile", "--config", file)
	command.Env = append(os.Environ(), "HOME="+dir, "XDG_CONFIG_HOME="+dir, "XDG_DATA_HOME="+dir)
	Start(t, command, plain)
	// A port is open before anybody serves it; TLS is answered when HTTP/3 is served too.
	c, err := tls.Dial("tcp", secure, &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
	return secure, plain, dir
}
