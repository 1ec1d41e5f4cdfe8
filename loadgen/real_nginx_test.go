//go:build unix

package loadgen

import (
	"path/filepath"
	"testing"

	"shotput/loadgen/request"
	"shotput/loadgen/route"

	"shotput/putserver/realtest"
)

// dav is a server block of nginx that keeps what was put under DIR/www.
const dav = `root DIR/www; location / { dav_methods PUT; create_full_put_path on; client_max_body_size 1m; } `

func TestRealNginxWantsACertificate(t *testing.T) {
	realtest.Long(t, "it keeps servers that are not ours at work with thousands of requests")
	cert, key := realtest.Certificate(t)
	mine, myKey := realtest.Certificate(t)
	secure := realtest.FreeAddress(t)
	_, dir := realtest.Nginx(t, dav+`listen `+secure+` ssl; ssl_certificate `+cert+`; ssl_certificate_key `+key+`;
		ssl_client_certificate `+mine+`; ssl_verify_client on;`)
	known := Plan{Request: request.Spec{URL: "https://" + secure + "/objects/{{seq}}"}, Route: route.Spec{TLS: route.TLS{CACert: cert, Cert: mine, Key: myKey}}}
	plan := deed{plan: known, want: "1000 × 201 Created", engine: "wire"}.do(t)
	wantFiles(t, plan, filepath.Join(dir, "www/objects"))

	unknown := Plan{Request: request.Spec{URL: "https://" + secure + "/refused/{{seq}}"}, Route: route.Spec{TLS: route.TLS{CACert: cert}}, NoPreflight: true}
	deed{plan: unknown, want: all1000("400 Bad Request"), engine: "wire", opened: 1000}.do(t)
	unknown.Route.TLS.Cert, unknown.Route.TLS.Key = cert, key
	deed{plan: unknown, want: all1000("400 Bad Request"), engine: "wire", opened: 1000}.do(t)
	if kept, _ := filepath.Glob(filepath.Join(dir, "www/refused/*")); len(kept) > 0 {
		t.Errorf("%d files of strangers are kept", len(kept))
	}
}
