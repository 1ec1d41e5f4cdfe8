package cli

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
)

// One request shows the answer's head as it was on the wire: interim answers, the names as they are written, in their
// order, and that the connection closes; secrets in it are hidden however they are written.
func TestOnceShowsTheWire(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the portable engine keeps no bytes")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		if r, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
			io.Copy(io.Discard, r.Body)
		}
		io.WriteString(c, "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 200 Fine\r\nx-ZED: 1\r\nSet-Cookie:sid=hunter2\r\nConnection: close\r\naBC: 2\r\nContent-Length: 0\r\n\r\n")
	}()
	var out, told bytes.Buffer
	code := Main(t.Context(), []string{"--once", "-d", "x", "http://" + l.Addr().String() + "/"}, Stdio{In: strings.NewReader(""), Out: &out, Err: &told})
	const want = "< HTTP/1.1 103 Early Hints\n< link: </a>\n<\n< HTTP/1.1 200 Fine\n< x-ZED: 1\n< Set-Cookie: REDACTED\n< Connection: close\n< aBC: 2\n< Content-Length: 0\n"
	if code != 0 || !strings.Contains(out.String(), want) {
		t.Errorf("exit %d\n%s\n%s", code, out.String(), told.String())
	}
}
