//go:build unix

package loadgen

import (
	"context"
	"strings"
	"testing"

	"shotput/loadgen/request"
	"shotput/loadgen/route"
)

// Of an answer that breaks off, one request shows what came, on every engine.
func TestOnceShowsBrokenAnswers(t *testing.T) {
	at := peer(t, says("HTTP/1.1 200 OK\r\nX-A: b\r\nContent-Length: 100\r\n\r\nabc"))
	for _, engine := range []string{"http", "auto"} {
		plan := Plan{Request: request.Spec{URL: "http://" + at}, Route: route.Spec{Proxy: route.NoProxy}}
		plan.Engine.Name = engine
		x, err := Once(context.Background(), plan, 1)
		if err != nil || x.Err == nil {
			t.Fatal(engine, err, x)
		}
		if x.Header.Get("X-A") != "b" || string(x.Body) != "abc" || !strings.HasPrefix(x.Status, "200") {
			t.Errorf("%s: %q %v %q", engine, x.Status, x.Header, x.Body)
		}
	}
}
