//go:build unix

package loadgen

import (
	"path/filepath"
	"testing"

	"shotput/putserver/realtest"
)

func TestRealNginxOnAUnixSocket(t *testing.T) {
	_, dir := realtest.Nginx(t, dav+`listen unix:DIR/socket; access_log DIR/access.log;`)
	plan := deed{plan: Plan{Request: RequestSpec{URL: "http://some.example/objects/{{seq}}"}, Route: RouteSpec{UnixSocket: filepath.Join(dir, "socket")}},
		want: "1000 × 201 Created", engine: "wire"}.do(t)
	wantFiles(t, plan, filepath.Join(dir, "www/objects"))
	wantLines(t, filepath.Join(dir, "access.log"), `unix: - - `, 1001)
}
