//go:build unix

package loadgen

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"shotput/loadgen/request"
	"shotput/loadgen/route"
	"shotput/loadgen/transport"

	"shotput/stats"
)

// Servers that stop in the middle, and servers that answer too early or too slowly.

// cutAfter answers request k with the first k−1 bytes, and then ends the connection: without a word, or by a reset.
func cutAfter(answer string, reset bool) func(net.Conn) {
	return func(c net.Conn) {
		request, err := http.ReadRequest(bufio.NewReader(c))
		if err != nil || drain(request) != nil {
			return
		}
		k, _ := strconv.Atoi(path.Base(request.URL.Path))
		io.WriteString(c, answer[:k-1])
		if secure, ok := c.(*tls.Conn); ok {
			c = secure.NetConn() // no close-notify
		}
		if reset {
			c.(*net.TCPConn).SetLinger(0)
		}
		c.Close()
	}
}

// over makes a peer's connections TLS.
func over(config *tls.Config, serve func(net.Conn)) func(net.Conn) {
	return func(c net.Conn) {
		secure := tls.Server(c, config)
		defer secure.Close()
		serve(secure)
	}
}

var serverTLS = sync.OnceValue(func() *tls.Config {
	s := httptest.NewUnstartedServer(nil)
	s.StartTLS()
	defer s.Close()
	return &tls.Config{Certificates: s.TLS.Certificates}
})

// The answers end at each of their bytes in turn. A request that got none of it waited, one that got some was
// downloading, and its status is known when the header is whole.
func TestEnginesAgreeOnCutsAtEveryByte(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer string
		want   string // ✂ stands for how it was cut
	}{
		"length": {answer: "HTTP/1.1 200 OK\r\nX-Header: yes\r\nContent-Length: 8\r\n\r\ncontents",
			want: "9 × 200 OK, 52 × ✂ download, 8 × ✂ download 200, 1 × ✂ wait"},
		"chunks": {answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4\r\ndefg\r\n0\r\nX-Sum: 1\r\n\r\n",
			want: "33 × 200 OK, 46 × ✂ download, 32 × ✂ download 200, 1 × ✂ wait"},
		// what follows an interim answer may be another of them, until the final one's header is whole
		"interim": {answer: "HTTP/1.1 100 Continue\r\nX-Y: z\r\n\r\nHTTP/1.1 204 No Content\r\nX-Z: z\r\n\r\n",
			want: "1 × 204 No Content, 36 × ✂ wait, 32 × ✂ download"},
	} {
		for _, how := range []string{"closed", "reset", "closed over TLS"} {
			t.Run(name+", "+how, func(t *testing.T) {
				t.Parallel()
				onEngines(t, func(t *testing.T, engine string) {
					want := strings.ReplaceAll(c.want, "✂", strings.Fields(how)[0])
					if got := endings(fireCuts(t, engine, c.answer, how)); got != want {
						t.Errorf("ended: %s\nwant:  %s", got, want)
					}
				})
			})
		}
	}
}

// An answer whose end is the connection's is whole wherever it is closed in its body, and not when it is reset.
func TestEnginesAgreeOnCutsUntilClose(t *testing.T) {
	t.Parallel()
	for how, want := range map[string]string{
		"closed":          "9 × 200 OK, 33 × closed download, 1 × closed wait",
		"closed over TLS": "9 × 200 OK, 33 × closed download, 1 × closed wait",
		"reset":           "9 × 200 OK, 33 × reset download, 9 × reset download 200, 1 × reset wait",
	} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			onEngines(t, func(t *testing.T, engine string) {
				if got := endings(fireCuts(t, engine, "HTTP/1.0 200 OK\r\nX-Header: yes\r\n\r\ncontents", how)); got != want {
					t.Errorf("ended: %s\nwant:  %s", got, want)
				}
			})
		})
	}
}

// fireCuts sends as many requests as there are places to cut the answer at.
func fireCuts(t *testing.T, engine, answer, how string) *stats.Run {
	t.Helper()
	serve, scheme := cutAfter(answer, how == "reset"), "http"
	if how == "closed over TLS" {
		serve, scheme = over(serverTLS(), serve), "https"
	}
	return fireOn(t, engine, Plan{
		Request:   request.Spec{URL: scheme + "://" + peer(t, serve) + "/{{seq}}"},
		Route:     route.Spec{TLS: route.TLS{Insecure: true}},
		Transport: transport.Spec{NoKeepalive: true, Timeout: 5 * time.Second},
		Load:      Load{Concurrency: 1, Requests: int64(len(answer)) + 1},
	}).run
}

// trickles answers a byte at a time.
func trickles(answer string, pause time.Duration) func(net.Conn) {
	return func(c net.Conn) {
		for r := bufio.NewReader(c); ; {
			request, err := http.ReadRequest(r)
			if err != nil || drain(request) != nil {
				return
			}
			for i := range answer {
				io.WriteString(c, answer[i:i+1])
				time.Sleep(pause)
			}
		}
	}
}

func TestEnginesAgreeOnTrickles(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]string{
		"length":  "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",
		"chunked": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nh\r\n1\r\ni\r\n0\r\nX: y\r\n\r\n",
	} {
		for _, secure := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/tls=%v", name, secure), func(t *testing.T) {
				t.Parallel()
				onEngines(t, func(t *testing.T, engine string) {
					serve, scheme := trickles(answer, 100*time.Microsecond), "http"
					if secure {
						serve, scheme = over(serverTLS(), serve), "https"
					}
					sink := fireOn(t, engine, Plan{Request: request.Spec{URL: scheme + "://" + peer(t, serve)}, Route: route.Spec{TLS: route.TLS{Insecure: true}}, Load: Load{Concurrency: 2, Requests: 6}})
					if got := endings(sink.run); got != "6 × 200 OK" || sink.bodyRead != 12 {
						t.Errorf("ended: %s, with %d bytes read; want 6 × 200 OK, 12", got, sink.bodyRead)
					}
				})
			})
		}
	}
}

func headThenTrickles(head, body string, pause time.Duration) func(net.Conn) {
	return func(c net.Conn) {
		http.ReadRequest(bufio.NewReader(c))
		io.WriteString(c, head)
		for i := range body {
			time.Sleep(pause)
			io.WriteString(c, body[i:i+1])
		}
	}
}

// ReadTimeout is a limit on silence, not on the whole.
func TestEnginesAgreeOnSilence(t *testing.T) {
	t.Parallel()
	const limit = time.Second // a busy machine may hold a server up for a good part of it
	answer := "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"
	for name, c := range map[string]struct {
		serve func(net.Conn)
		want  string
	}{
		"from the start": {thenHangs(""), "2 × timeout wait"},
		"after 100":      {thenHangs("HTTP/1.1 100 Continue\r\n\r\n"), "2 × timeout wait"},
		"in the body":    {thenHangs(answer + "abc"), "2 × 200 OK, 2 × timeout download 200"},
		// net/http does not tell of the bytes of a head, so that the portable engine hears it as a whole
		"never for long": {headThenTrickles(answer, "123456789", limit/8), "2 × 200 OK"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEngines(t, func(t *testing.T, engine string) {
				r := fireOn(t, engine, Plan{Request: request.Spec{URL: "http://" + peer(t, c.serve)}, Transport: transport.Spec{ReadTimeout: limit}, Load: Load{Concurrency: 2, Requests: 2}}).run
				if got := endings(r); got != c.want {
					t.Errorf("ended: %s, want %s\n%+v", got, c.want, r.Outcomes)
				}
			})
		})
	}
}

// What was spoken is what the first answer says, and nothing where none came.
func TestEnginesAgreeOnWhatIsSpoken(t *testing.T) {
	t.Parallel()
	for want, serve := range map[string]func(net.Conn){
		"HTTP/1.0": says("HTTP/1.0 200 OK\r\n\r\n"),
		"HTTP/1.1": says("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ncut"),
		"":         func(net.Conn) {},
	} {
		onEngines(t, func(t *testing.T, engine string) {
			r := fireOn(t, engine, Plan{Request: request.Spec{URL: "http://" + peer(t, serve)}, Load: Load{Concurrency: 1, Requests: 2}}).run
			if r.Plan.Protocol != want {
				t.Errorf("ended: %s, spoke %q, want %q", endings(r), r.Plan.Protocol, want)
			}
		})
	}
}
