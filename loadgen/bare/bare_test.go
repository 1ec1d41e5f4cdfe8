package bare

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

// pair is both ends of a connection over TCP.
func pair(t *testing.T) (near, far net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	near, err = net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	far, err = l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { near.Close(); far.Close() })
	return near, far
}

const head = "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\n"

// What ends a request is what the other side sees, and an answer is read to its end.
func TestEnds(t *testing.T) {
	for end, want := range map[End]error{Close: io.EOF, Reset: syscall.ECONNRESET} {
		near, far := pair(t)
		seen := make(chan error, 1)
		go func() {
			_, err := io.ReadAll(far)
			if err == nil {
				err = io.EOF
				io.WriteString(far, "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 400 Bad Request\r\nContent-Length: 5\r\n\r\nwrong")
			}
			far.Close()
			seen <- err
		}()
		a := Exchange(t.Context(), near, Request{Method: "PUT", Head: []byte(head), Body: []byte("bo"), End: end, Keep: 3})
		if got := <-seen; !errors.Is(got, want) {
			t.Errorf("%d: the other side saw %v, want %v", end, got, want)
		}
		if a.Sent != 2 {
			t.Errorf("%d: %d bytes were sent", end, a.Sent)
		}
		switch {
		case end == Reset && (a.Status != "" || a.Err == nil):
			t.Errorf("an answer after a reset: %+v", a)
		case end == Close && (a.Status != "400 Bad Request" || string(a.Body) != "wro" || a.Size != 5 || len(a.Interim) != 1 || a.Err != nil):
			t.Errorf("%+v", a)
		}
	}
}

// An answer that comes while the body is written ends the writing.
func TestAnswerAmidTheBody(t *testing.T) {
	near, far := pair(t)
	go func() {
		http.ReadRequest(bufio.NewReader(far))
		io.WriteString(far, "HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
	}()
	body := make([]byte, 64<<20)
	a := Exchange(t.Context(), near, Request{Method: "PUT", Head: []byte(strings.Replace(head, "4", "67108864", 1)), Body: body})
	if a.Status != "413 Too Large" || a.Err != nil || a.Sent == int64(len(body)) {
		t.Errorf("%q %v, %d sent", a.Status, a.Err, a.Sent)
	}
}

// What is no answer, or none that ends, is an error, within the time that there is.
func TestNoAnswer(t *testing.T) {
	for said, want := range map[string]string{
		"":        "closed without",
		"hello\n": "malformed HTTP",
		"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf":         "closed without",
		"HTTP/1.1 200 OK\r\n" + strings.Repeat("A: b\r\n", 20_000): "more than 65536",
	} {
		near, far := pair(t)
		go func() {
			http.ReadRequest(bufio.NewReader(far))
			io.WriteString(far, said)
			far.(*net.TCPConn).CloseWrite()
		}()
		a := Exchange(t.Context(), near, Request{Method: "PUT", Head: []byte(head), Body: []byte("body"), Keep: 100})
		if a.Err == nil || !strings.Contains(a.Err.Error(), want) {
			t.Errorf("%.20q: %v, want %s", said, a.Err, want)
		}
	}
	near, _ := pair(t)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	a := Exchange(ctx, near, Request{Method: "PUT", Head: []byte(head), Body: []byte("body")})
	if !errors.Is(a.Err, context.DeadlineExceeded) && !errors.Is(a.Err, os.ErrDeadlineExceeded) {
		t.Errorf("silence: %v", a.Err)
	}
}

func TestChunks(t *testing.T) {
	for _, c := range []struct {
		body  string
		whole bool
		want  string
	}{{"", true, "0\r\n\r\n"}, {"", false, ""}, {"body", true, "4\r\nbody\r\n0\r\n\r\n"}, {"body", false, "4\r\nbody\r\n"}} {
		if got := string(Chunks([]byte(c.body), c.whole)); got != c.want {
			t.Errorf("%q whole %v is %q", c.body, c.whole, got)
		}
	}
}
