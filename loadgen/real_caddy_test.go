//go:build unix

package loadgen

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"shotput/loadgen/request"
	"shotput/loadgen/route"
	"shotput/loadgen/transport"

	"shotput/putserver/realtest"
)

// Caddy speaks the protocols that nginx behind it does not, and logs which one was spoken.
func TestRealCaddySpeaksEveryProtocol(t *testing.T) {
	realtest.Long(t, "it keeps servers that are not ours at work with thousands of requests")
	cert, key := realtest.Certificate(t)
	nginx, dir := realtest.Nginx(t, dav)
	secure, plain, logs := realtest.Caddy(t, cert, key, nginx)
	for _, c := range []struct{ name, origin, http, engine, protocol string }{
		{"http1", "http://" + plain, "", "wire", "HTTP/1.1"},
		{"https1", "https://" + secure, "1.1", "wire", "HTTP/1.1"},
		{"h2", "https://" + secure, "2", "http", "HTTP/2.0"},
		{"h2-prior", "https://" + secure, "2-prior-knowledge", "http", "HTTP/2.0"},
		{"h2c", "http://" + plain, "2-prior-knowledge", "http", "HTTP/2.0"},
		{"h3", "https://" + secure, "3", "http", "HTTP/3.0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			plan := deed{plan: Plan{Request: request.Spec{URL: c.origin + "/" + c.name + "/{{seq}}"}, Transport: transport.Spec{HTTP: c.http}, Route: route.Spec{TLS: route.TLS{CACert: cert}}},
				want: "1000 × 201 Created", engine: c.engine, protocol: c.protocol}.do(t)
			wantFiles(t, plan, filepath.Join(dir, "www", c.name))
			_, host, _ := strings.Cut(c.origin, "://")
			wantLines(t, filepath.Join(logs, "access.log"),
				fmt.Sprintf(`"proto":%q,"method":"PUT","host":%q,"uri":"/%s/`, c.protocol, host, c.name), 1000)
		})
	}
}
