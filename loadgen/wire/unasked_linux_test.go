package wire

import (
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"shotput/putserver/realtest"
)

// An answer that arrived before the request was written is not the request's, whether the kernel's stamp tells it or
// the socket was asked before.
func TestUnaskedAnswerIsNoAnswer(t *testing.T) {
	begun := newRig(t, serving(t, realtest.Answering("HTTP/1.1 204 No Content\r\n\r\n")), 500, nil)
	for range 50 {
		if begun.Run(nil); begun.done[len(begun.done)-1].Stamped {
			break
		}
		time.Sleep(10 * time.Millisecond)
		begun.left = 10
	}
	for name, c := range map[string]struct{ user, shared bool }{"by stamp": {}, "by stamp, of bytes that all share": {shared: true},
		"by the socket": {user: true}} {
		user := c.user
		t.Run(name, func(t *testing.T) {
			said := make(chan struct{}, 1)
			address := serving(t, func(c net.Conn) {
				b := make([]byte, 1000)
				for n := 0; ; n++ {
					if _, err := c.Read(b); err != nil {
						return
					}
					io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
					if n == 0 {
						time.Sleep(time.Millisecond)
						io.WriteString(c, "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")
						said <- struct{}{}
					}
				}
			})
			r := newRig(t, address, 3, func(config *Config) {
				config.UserClock = user
				render, n := config.Render, 0
				config.Render = func(dst []byte, a Arrival) ([]byte, bool, Body, error) {
					if n++; n == 2 {
						<-said // the loop stands still meanwhile, and its socket has it
						time.Sleep(time.Millisecond)
					}
					b, _, body, err := render(dst, a)
					if c.shared {
						return b, true, body, err
					}
					return append(dst, b...), false, body, err
				}
			})
			r.Run(nil)
			if !user && !r.done[0].Stamped {
				t.Skip("the kernel stamps nothing yet: it begins a while after it was first asked")
			}
			if len(r.errs) != 1 || !errors.Is(r.errs[0], ErrUnasked) {
				t.Fatalf("failed by %v, want one unasked answer", r.errs)
			}
			if r.done[0].Status != 200 || r.done[1].Status != 0 || r.done[2].Status != 200 || !r.done[2].NewConn {
				t.Errorf("%+v", r.done)
			}
		})
	}
}
