package putserver

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	_ "shotput/putserver/realtest/tether" // these tests end with go test
)

// onLoopback serves a target on a port of its own, by serve, until the test ends.
func onLoopback(t testing.TB, c Config, serve func(*Server, net.Listener) error) *Server {
	t.Helper()
	s, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.mu.addr = l.Addr() // serve has not begun, and the test may ask at once
	ended := make(chan error)
	go func() { ended <- serve(s, l) }()
	t.Cleanup(func() {
		if err := errors.Join(s.Close(), <-ended); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

func dial(t testing.TB, s *Server) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func TestResetIsSeenAsReset(t *testing.T) {
	s := onLoopback(t, Config{ResetShare: 1}, (*Server).Serve)
	c := dial(t, s)
	fmt.Fprint(c, "PUT /a HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx")
	if _, err := c.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the client sees %v, want ECONNRESET", err)
	}
	if st := s.Stats(); st.Reset != 1 || st.Requests != 1 {
		t.Errorf("the log has %+v, want one reset", st)
	}
}

func TestResetBehindAnotherServer(t *testing.T) {
	s := behind(t, Config{ResetShare: 1})
	r, _ := http.NewRequest("PUT", s.base+"/a", strings.NewReader("x"))
	if a, err := s.client.Do(r); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the client sees %v, %v, want ECONNRESET", a, err)
	}
}

func TestTooLargeIsAnsweredBeforeTheBody(t *testing.T) {
	s := onLoopback(t, Config{MaxBody: 1000}, (*Server).Serve)
	for _, expect := range []string{"", "Expect: 100-continue\r\n"} {
		c := dial(t, s)
		fmt.Fprintf(c, "PUT /a HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n%s\r\n", int64(1)<<40, expect)
		a, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil || a.StatusCode != 413 || !a.Close {
			t.Errorf("answer %+v, %v, want 413 and the connection closed", a, err)
		}
	}
}

// The stamp of a request must be from before the bytes were read, however late that is.
func TestArrivalIsTheKernels(t *testing.T) {
	s := build(t, Config{})
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer inner.Close()
	client, err := net.Dial("tcp", inner.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	accepted, err := listener{inner, s}.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer accepted.Close()
	c := accepted.(*conn)
	for range 20_000 { // the kernel begins to stamp a while after it was first asked
		before := s.now()
		_, _ = io.WriteString(client, "hello")
		after := s.now() // on loopback the bytes have arrived when the write returns
		got := make([]byte, 1)
		_, _ = c.Read(got)
		_, _ = io.ReadFull(c, make([]byte, 4))
		at := c.arrived()
		if at.kernel {
			const clocks = 100 * time.Microsecond // the wall clock may be slewed against the monotonic one
			if at.at < before-clocks || at.at > after+clocks {
				t.Errorf("arrived at %v, written between %v and %v", at.at, before, after)
			}
			return
		}
	}
	t.Skip("this system gives no receive stamps")
}

func TestStampedAgeIsHeldAgainstReason(t *testing.T) {
	s := build(t, Config{})
	second := time.Now().Add(-time.Second).UnixNano()
	if at := s.instantOf(second); !at.kernel || s.now()-at.at < time.Second {
		t.Errorf("a stamp of a second ago gives %+v at %v", at, s.now())
	}
	for _, stamp := range []int64{0, time.Now().Add(-time.Hour).UnixNano(), time.Now().Add(time.Hour).UnixNano()} {
		if at := s.instantOf(stamp); at.kernel || !at.known {
			t.Errorf("stamp %d gives %+v, want the present", stamp, at)
		}
	}
}

// selfSigned is a certificate that only a client that does not look takes.
func selfSigned(t *testing.T) *tls.Config {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	form := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	cert, err := x509.CreateCertificate(rand.Reader, form, form, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{cert}, PrivateKey: key}}}
}

// The handshake is not part of the first request, and a reset is a reset through TLS as well.
func TestTLS(t *testing.T) {
	config := selfSigned(t)
	s := onLoopback(t, Config{ResetShare: .5}, func(s *Server, l net.Listener) error { return s.ServeTLS(l, config) })
	c := tls.Client(dial(t, s), &tls.Config{InsecureSkipVerify: true})
	if err := c.Handshake(); err != nil {
		t.Fatal(err)
	}
	shaken := s.now()
	answers := bufio.NewReader(c)
	var got []string
	for range 2 {
		fmt.Fprint(c, "PUT /a HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx")
		a, err := http.ReadResponse(answers, nil)
		switch {
		case err == nil:
			got = append(got, a.Status)
		case errors.Is(err, syscall.ECONNRESET):
			got = append(got, "reset")
		default:
			t.Fatal(err)
		}
	}
	if fmt.Sprint(got) != "[201 Created reset]" {
		t.Errorf("answers %v, want one and then a reset", got)
	}
	const clocks = 100 * time.Microsecond
	if e := s.Log()[0]; e.Arrival < shaken-clocks || e.Departure < e.Arrival {
		t.Errorf("the first request is logged as %+v, the handshake ended at %v", e, shaken)
	}
}

func TestCurl(t *testing.T) {
	curl, err := exec.LookPath("curl")
	if err != nil {
		t.Skip("curl is not installed")
	}
	s := onLoopback(t, Config{User: "a:b", MaxBody: 2 << 20}, (*Server).Serve)
	base := "http://" + s.Addr().String()
	run := func(want, stdin string, args ...string) {
		t.Helper()
		ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
		defer stop()
		c := exec.CommandContext(ctx, curl, append([]string{"-sS", "-q", "--noproxy", "*"}, args...)...)
		c.Stdin = strings.NewReader(stdin)
		if out, err := c.CombinedOutput(); string(out) != want {
			t.Errorf("curl %v: %q, %v, want %q", args, out, err, want)
		}
	}
	status := []string{"-o", "/dev/null", "-w", "%{http_code}"}
	run("401", "hello", append(status, "-T", "-", base+"/a")...)
	run("201", "hello", append(status, "-u", "a:b", "-T", "-", base+"/a")...) // chunked, Expect: 100-continue
	run("204", "", append(status, "-u", "a:b", "-X", "PUT", "-d", "hallo", base+"/a")...)
	run("hallo", "", "-u", "a:b", base+"/a")
	run("405", "", append(status, "-u", "a:b", "-d", "x", base+"/a")...)
	run("413", strings.Repeat("x", 2<<20+1), append(status, "-u", "a:b", "-X", "PUT", "--data-binary", "@-", base+"/a")...)
	run("204", strings.Repeat("x", 2<<20), append(status, "-u", "a:b", "-X", "PUT", "--data-binary", "@-", base+"/a")...)
	if st := s.Stats(); st.Requests != 7 || st.Broken != 0 {
		t.Errorf("the log has %+v, want the 7 requests sent", st)
	}
}

// One PUT of 128 bytes after the other on one connection: server and client together.
func BenchmarkPut(b *testing.B) {
	s := onLoopback(b, Config{}, (*Server).Serve)
	c := dial(b, s)
	request := []byte("PUT /objects/1 HTTP/1.1\r\nHost: x\r\nContent-Length: 128\r\n\r\n" + strings.Repeat("x", 128))
	answer := make([]byte, 4096)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Write(request); err != nil {
			b.Fatal(err)
		}
		if _, err := c.Read(answer); err != nil {
			b.Fatal(err)
		}
	}
}
