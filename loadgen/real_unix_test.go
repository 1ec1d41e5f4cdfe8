//go:build unix

package loadgen

import (
	"path/filepath"
	"testing"

	"shotput/loadgen/request"
	"shotput/loadgen/route"

	"shotput/putserver/realtest"
)

func TestRealNginxOnAUnixSocket(t *testing.T) {
	t.Parallel()
	_, dir := realtest.Nginx(t, dav+`listen unix:DIR/socket; access_log DIR/access.log;`)
	plan := deed{plan: Plan{Request: request.Spec{URL: "http://some.example/objects/{{seq}}"}, Route: route.Spec{UnixSocket: filepath.Join(dir, "socket")}},
		want: "1000 × 201 Created", engine: "wire"}.do(t)
	wantFiles(t, plan, filepath.Join(dir, "www/objects"))
	wantLines(t, filepath.Join(dir, "access.log"), `unix: - - `, 1000)
}
