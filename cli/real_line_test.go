//go:build unix

package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"shotput/cli"
	"shotput/putserver/realtest"
	"shotput/stats"
)

// A yard is the servers that nobody here wrote, side by side, with everything they keep.
type yard struct {
	nginx, secure, proxy, socks string // addresses
	caddy, caddyPlain           string
	apache, s3                  string
	cert, mine, key             string // files: of the servers, of this client
	dir, apacheDir              string
	objects                     func(name string) ([]byte, bool)
}

func newYard(t *testing.T) *yard {
	t.Helper()
	y := &yard{secure: realtest.FreeAddress(t)}
	var certKey string
	y.cert, certKey = realtest.Certificate(t)
	y.mine, y.key = realtest.Certificate(t)
	y.nginx, y.dir = realtest.Nginx(t, `listen unix:DIR/socket; listen `+y.secure+` ssl; root DIR/www;
		ssl_certificate `+y.cert+`; ssl_certificate_key `+certKey+`; ssl_client_certificate `+y.mine+`; ssl_verify_client optional;
		location / { dav_methods PUT; create_full_put_path on; }
		location /mine/ { if ($ssl_client_verify != SUCCESS) { return 403; } dav_methods PUT; create_full_put_path on; }`)
	y.caddy, y.caddyPlain, _ = realtest.Caddy(t, y.cert, certKey, y.nginx)
	y.apache, y.apacheDir = realtest.Apache(t, `
		<Location />
			DAV On
		</Location>
		<Location /digest>
			AuthType Digest
			AuthName r
			AuthUserFile DIR/digests
			Require valid-user
		</Location>`)
	y.proxy, _ = realtest.Tinyproxy(t)
	y.socks = realtest.Microsocks(t, "ann", "p:w")
	y.s3, y.objects = realtest.S3(t, "AKIDEXAMPLE", "secret")
	return y
}

// kept reads what the servers have of an object, wherever it ended up.
func (y *yard) kept(name string) []byte {
	for _, folder := range []string{y.dir, y.apacheDir} {
		if b, err := os.ReadFile(filepath.Join(folder, "www", name)); err == nil {
			return b
		}
	}
	b, _ := y.objects(name)
	return b
}

// expand fills a line in: NGINX, CERT … are what this yard has.
func (y *yard) expand(line string) []string {
	_, port, _ := net.SplitHostPort(y.nginx)
	line = strings.NewReplacer("NGINX", y.nginx, "SECURE", y.secure, "HTTPPROXY", y.proxy, "SOCKS", y.socks, "CADDYPLAIN", y.caddyPlain,
		"CADDY", y.caddy, "APACHE", y.apache, "S3", y.s3, "CERT", y.cert, "MINE", y.mine, "KEY", y.key, "SOCKET", filepath.Join(y.dir, "socket"),
		"PORT", port).Replace(line)
	return strings.Fields(line)
}

// What a person types reaches a server whole: 1,000 times, each with a body of its own.
func TestRealServersFromTheLine(t *testing.T) {
	realtest.Long(t, "it keeps servers that are not ours at work with thousands of requests")
	y := newYard(t)
	for _, c := range []struct {
		name, line, engine string
		code               int
	}{
		{"plain", "http://NGINX/plain/{{seq}}", "wire", 201},
		{"unix", "--unix-socket SOCKET http://some.example/unix/{{seq}}", "wire", 201},
		{"resolve", "--resolve some.example:PORT:127.0.0.1 http://some.example:PORT/resolve/{{seq}}", "wire", 201},
		{"connect-to", "--connect-to some.example:80:127.0.0.1:PORT http://some.example/connect-to/{{seq}}", "wire", 201},
		{"mine", "--cacert CERT -E MINE --key KEY https://SECURE/mine/{{seq}}", "wire", 201},
		{"proxy", "-x HTTPPROXY --no-keepalive http://NGINX/proxy/{{seq}}", "wire", 201},
		{"tunnel", "-x http://HTTPPROXY --cacert CERT https://SECURE/tunnel/{{seq}}", "wire", 201},
		{"socks", "-x socks5h://SOCKS -U ann:p:w http://NGINX/socks/{{seq}}", "wire", 201},
		{"h2", "--http2 --cacert CERT https://CADDY/h2/{{seq}}", "http", 201},
		{"h2c", "--http2-prior-knowledge http://CADDYPLAIN/h2c/{{seq}}", "http", 201},
		{"h3", "--http3 --cacert CERT https://CADDY/h3/{{seq}}", "http", 201},
		{"digest", "--digest -u ann:p:w http://APACHE/digest/{{seq}}", "http", 201},
		{"expect", "--expect-continue http://NGINX/expect/{{seq}}", "wire", 201},
		{"chunked", "--chunked http://NGINX/chunked/{{seq}}", "wire", 201},
		{"signed", "--aws-sigv4 aws:amz:eu-west-1:s3 -u AKIDEXAMPLE:secret S3/bucket/signed/{{seq}}", "wire", 200},
	} {
		t.Run(c.name, func(t *testing.T) {
			args := append([]string{"-s", "-n", "1000", "-c", "40", "--format", "json", "-d", "this is number {{seq}}"}, y.expand(c.line)...)
			run := y.fire(t, args)
			if len(run.Status) != 1 || run.Status[0].Code != c.code || run.Status[0].Latency.Count() != 1000 || run.Totals.OK != 1000 {
				t.Errorf("statuses %v, outcomes %v; want 1000 × %d", run.Status, run.Outcomes, c.code)
			}
			if run.Plan.Engine != c.engine {
				t.Errorf("fired by %s (%s), want %s", run.Plan.Engine, run.Plan.EngineReason, c.engine)
			}
			for k := 1; k <= 1000; k++ {
				name, want := fmt.Sprintf("%s/%d", c.name, k), fmt.Sprintf("this is number %d", k)
				if got := y.kept(name); string(got) != want {
					t.Fatalf("kept as %s: %q, want %q", name, got, want)
				}
			}
		})
	}
}

// fire runs the program's own Main, and reads what it prints.
func (y *yard) fire(t *testing.T, args []string) (run stats.Run) {
	t.Helper()
	var out, said bytes.Buffer
	code := cli.Main(context.Background(), args, cli.Stdio{In: new(bytes.Buffer), Out: &out, Err: &said})
	if code != 0 {
		t.Fatalf("%q: exit %d\n%s", args, code, said.String())
	}
	if err := json.Unmarshal(out.Bytes(), &run); err != nil {
		t.Fatalf("%v in %s", err, out.String())
	}
	return run
}
