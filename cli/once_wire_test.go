package cli

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// answersAsWritten answers /r with a redirect and all else with these bytes, and closes.
func answersAsWritten(answer string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		c, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		defer c.Close()
		if r.URL.Path == "/r" {
			io.WriteString(c, "HTTP/1.1 307 Go\r\nlocation: /x\r\nx-Hop: 1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
			return
		}
		io.WriteString(c, answer)
	}
}

// One request shows the answer's head as it was on the wire, by either engine, over TLS too: interim answers, the
// names as they are written, in their order, and that the connection closes; secrets in it are hidden however they are
// written. Of redirects it is the last answer's.
func TestOnceShowsTheWire(t *testing.T) {
	const answer = "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 200 Fine\r\nx-ZED: 1\r\nSet-Cookie:sid=hunter2\r\nConnection: close\r\naBC: 2\r\nContent-Length: 0\r\n\r\n"
	const want = "(1 byte of body)\n< HTTP/1.1 103 Early Hints\n< link: </a>\n<\n< HTTP/1.1 200 Fine\n< x-ZED: 1\n< Set-Cookie: REDACTED\n< Connection: close\n< aBC: 2\n< Content-Length: 0\n"
	plain := httptest.NewServer(answersAsWritten(answer))
	defer plain.Close()
	secure := httptest.NewTLSServer(answersAsWritten(answer))
	defer secure.Close()
	for _, args := range [][]string{
		{plain.URL},
		{"--engine", "http", plain.URL},
		{"-L", plain.URL + "/r"},
		{"-k", secure.URL},
		{"-k", "--engine", "http", secure.URL},
		{"-k", "-L", secure.URL + "/r"},
	} {
		var out, told bytes.Buffer
		code := Main(t.Context(), append([]string{"--once", "-d", "x"}, args...), Stdio{In: strings.NewReader(""), Out: &out, Err: &told})
		if code != 0 || !strings.Contains(out.String(), want) {
			t.Errorf("%q: exit %d\n%s\n%s", args, code, out.String(), told.String())
		}
		if wants := args[0] == "-k"; wants != strings.Contains(out.String(), " TLS 1.3\n") || wants != strings.Contains(out.String(), "\ntls  ") {
			t.Errorf("%q: of TLS\n%s", args, out.String())
		}
	}
}

// What a Digest challenge says is not taken for the answer, and a handshake that fails is named as ever.
func TestOnceShowsTheLastAnswer(t *testing.T) {
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
		b := bufio.NewReader(c)
		for _, answer := range []string{
			"HTTP/1.1 401 No\r\nwww-Authenticate: Digest realm=\"r\", nonce=\"n\", qop=\"auth\"\r\nContent-Length: 0\r\n\r\n",
			"HTTP/1.1 201 Made\r\neTag: 1\r\nContent-Length: 0\r\n\r\n",
		} {
			r, err := http.ReadRequest(b)
			if err != nil {
				return
			}
			io.Copy(io.Discard, r.Body)
			io.WriteString(c, answer)
		}
	}()
	var out, told bytes.Buffer
	args := []string{"--once", "-d", "x", "--digest", "-u", "a:b", "http://" + l.Addr().String()}
	code := Main(t.Context(), args, Stdio{In: strings.NewReader(""), Out: &out, Err: &told})
	if code != 0 || !strings.Contains(out.String(), "body)\n< HTTP/1.1 201 Made\n< eTag: 1\n") {
		t.Errorf("exit %d\n%s\n%s", code, out.String(), told.String())
	}
	secure := httptest.NewTLSServer(answersAsWritten(""))
	defer secure.Close()
	told.Reset()
	code = Main(t.Context(), []string{"--once", "--engine", "http", secure.URL}, Stdio{In: strings.NewReader(""), Out: &out, Err: &told})
	if code != exitUnmeasured || !strings.Contains(told.String(), "[tls-authority]") {
		t.Errorf("exit %d\n%s", code, told.String())
	}
}
