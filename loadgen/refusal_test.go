//go:build unix

package loadgen

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"shotput/loadgen/header"
	"shotput/loadgen/request"
	"shotput/loadgen/route"
)

// refusesTunnels answers CONNECT with a reason, and says more a moment after the head; both repeat what it was told. It
// leaves the connection open.
func refusesTunnels(c net.Conn) {
	r, err := http.ReadRequest(bufio.NewReader(c))
	if err != nil {
		return
	}
	told := r.Header.Get("Proxy-Authorization") + " " + r.Header.Get("X-Api-Key")
	fmt.Fprintf(c, "HTTP/1.1 403 Blocked %s\r\nContent-Type: text/plain\r\n\r\n", told)
	time.Sleep(5 * time.Millisecond)
	io.WriteString(c, "not on the list: ask helpdesk ("+told+")")
	io.Copy(io.Discard, c)
}

// What a proxy says of why it refuses is kept, what it says behind the head too, without what it was told of who asks.
func TestProxySaysWhyItRefuses(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, engine string) {
		plan := Plan{Request: request.Spec{URL: "https://127.0.0.1:1/x"},
			Route: route.Spec{Proxy: "http://alice:hunter2hunter2@" + peer(t, refusesTunnels),
				ProxyHeader: []header.Line{{Name: "X-Api-Key", Value: "topsecret"}}}}
		plan.on(engine)
		x, err := Once(context.Background(), plan, 1)
		if err != nil {
			t.Fatal(err)
		}
		var refusal *ProxyRefusal
		if !errors.As(x.Err, &refusal) {
			t.Fatalf("%v", x.Err)
		}
		said := x.Observation.Answer
		if !strings.HasPrefix(refusal.Status, "403 Blocked ") || !strings.HasPrefix(said, "not on the list: ask helpdesk (") {
			t.Errorf("%q, %q", refusal.Status, said)
		}
		for _, text := range []string{refusal.Status, said, string(refusal.Body), x.Err.Error(), x.Observation.Detail} {
			for _, secret := range []string{"hunter2", "YWxpY2U6", "topsecret"} {
				if strings.Contains(text, secret) {
					t.Errorf("%q tells %q", text, secret)
				}
			}
		}
	})
}
