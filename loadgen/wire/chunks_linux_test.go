package wire

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"testing"

	"shotput/stats"
)

// letters are bodies in which no two places look alike for long.
func letters(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = "abcdefghijklmnopqrstuvwxyz0123456789"[(i+i/36+i/1000)%36]
	}
	return b
}

const chunkedHead = "PUT /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"

// A kernel that takes n bytes at a time, and no more, sees the same request whatever n is; net/http's server reads it.
func TestChunksInPiecesOfEverySize(t *testing.T) {
	data := letters(50)
	for name, b := range map[string]Body{
		"empty":  {},
		"one":    {Data: data, Size: 50},
		"part":   {Data: data, Size: 7, At: 3},
		"round":  {Data: data, Size: 230, At: 49},
		"length": {Data: data, Size: 50},
	} {
		b.Chunked = name != "length"
		want := bytes.Repeat(data, 6)[b.At:][:b.Size]
		head := chunkedHead
		if !b.Chunked {
			head = "PUT /x HTTP/1.1\r\nHost: h\r\nContent-Length: 50\r\n\r\n"
		}
		for n := 1; n < 130; n++ {
			for _, shared := range []bool{false, true} {
				u := new(upload)
				if !shared {
					u.own = []byte(head)
				}
				u.lay([]byte(head), b, false, largestChunk)
				wire := inPieces(u, n)
				wantRequest(t, fmt.Sprintf("%s by %d", name, n), wire, want, b.Chunked)
				if u.at != b.Size {
					t.Fatalf("%s by %d: %d bytes of the body counted, want %d", name, n, u.at, b.Size)
				}
			}
		}
	}
}

// inPieces is what a kernel gets that takes up to n bytes at a time.
func inPieces(u *upload, n int) (all []byte) {
	for {
		head, data, tail := u.pieces()
		next := append(append(bytes.Clone(head), data...), tail...)
		if len(next) == 0 {
			if !u.chunks {
				return all
			}
			u.frame()
			continue
		}
		next = next[:min(n, len(next))]
		all = append(all, next...)
		u.advance(len(next))
	}
}

// wantRequest reads a request as net/http's server does. Nothing may follow it.
func wantRequest(t *testing.T, what string, wire, body []byte, chunked bool) {
	t.Helper()
	in := bufio.NewReader(bytes.NewReader(wire))
	r, err := http.ReadRequest(in)
	if err != nil {
		t.Fatalf("%s: %v in %q", what, err, wire)
	}
	got, err := io.ReadAll(r.Body)
	if err != nil || !bytes.Equal(got, body) || (len(r.TransferEncoding) > 0) != chunked {
		t.Fatalf("%s: read %d bytes %q (%v), want %d", what, len(got), got, err, len(body))
	}
	if rest, _ := io.ReadAll(in); len(rest) > 0 {
		t.Fatalf("%s: %q follows", what, rest)
	}
}

// The same through the kernel: a socket with little room, whose other side reads byte by byte.
func TestChunksThroughANarrowSocket(t *testing.T) {
	data := letters(10_000)
	path := filepath.Join(t.TempDir(), "body")
	if err := os.WriteFile(path, bytes.Repeat(data, 3), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	for name, b := range map[string]Body{
		"memory": {Data: data, Size: 30_000, Chunked: true},
		"file":   {File: file, Size: 30_000, Chunked: true},
		"empty":  {File: file, Chunked: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ends, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
			if err != nil {
				t.Fatal(err)
			}
			if err := syscall.SetNonblock(ends[0], true); err != nil {
				t.Fatal(err)
			}
			syscall.SetsockoptInt(ends[0], syscall.SOL_SOCKET, syscall.SO_SNDBUF, 1)
			got := make(chan []byte)
			go slowServer(ends[1], got)
			r := newRig(t, "", 1, func(c *Config) {
				c.Render = func(dst []byte, _ Arrival) ([]byte, bool, Body, error) {
					return append(dst, chunkedHead...), false, b, nil
				}
				c.Servers[0].Dial = func(context.Context, func(stats.Stage)) (*Conn, error) { return &Conn{fd: ends[0]}, nil }
			})
			r.Run(nil)
			wire := <-got
			wantRequest(t, name, wire, bytes.Repeat(data, 3)[:b.Size], true)
			if o := r.done[0]; o.Outcome != stats.OK || o.BodySent != b.Size {
				t.Errorf("%v with %d bytes sent (%v), want ok with %d", o.Outcome, o.BodySent, r.errs, b.Size)
			}
		})
	}
}

// slowServer reads a request byte by byte, answers it, and gives what it read.
func slowServer(fd int, got chan<- []byte) {
	f := os.NewFile(uintptr(fd), "server")
	defer f.Close()
	var all []byte
	one := make([]byte, 1)
	for !bytes.HasSuffix(all, []byte("\r\n0\r\n\r\n")) {
		if _, err := f.Read(one); err != nil {
			break
		}
		all = append(all, one...)
	}
	io.WriteString(f, "HTTP/1.1 204 No Content\r\n\r\n")
	got <- all
}

// net/http's own server gets chunked bodies whole, over plain connections and over TLS, again and again.
func TestServerReadsChunks(t *testing.T) {
	data := letters(3 << 20)
	path := filepath.Join(t.TempDir(), "body")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	for _, secure := range []bool{false, true} {
		for name, b := range map[string]Body{"memory": {Data: data[:1<<20], At: 77, Size: 3 << 20}, "file": {File: file, Size: 3 << 20}} {
			t.Run(fmt.Sprintf("%s/tls=%v", name, secure), func(t *testing.T) {
				b.Chunked = true
				want := data
				if b.File == nil {
					want = bytes.Repeat(b.Data, 4)[b.At:][:b.Size]
				}
				var whole, length atomic.Int64
				server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					got, err := io.ReadAll(r.Body)
					if err == nil && bytes.Equal(got, want) {
						whole.Add(1)
					}
					length.Add(r.ContentLength)
				}))
				if server.Start(); secure {
					server.Close()
					server = httptest.NewUnstartedServer(server.Config.Handler)
					server.StartTLS()
				}
				t.Cleanup(server.Close)
				r := newRig(t, server.Listener.Addr().String(), 3, func(c *Config) {
					c.Render = func(dst []byte, _ Arrival) ([]byte, bool, Body, error) { return []byte(chunkedHead), true, b, nil }
					if secure {
						c.Servers[0].Dial = dialTLS(server.Listener.Addr().String())
					}
				})
				r.Run(nil)
				if whole.Load() != 3 || length.Load() != -3 || len(r.errs) > 0 {
					t.Errorf("%d of 3 bodies were whole (%v), lengths add up to %d", whole.Load(), r.errs, length.Load())
				}
			})
		}
	}
}

func dialTLS(address string) func(context.Context, func(stats.Stage)) (*Conn, error) {
	return func(ctx context.Context, _ func(stats.Stage)) (*Conn, error) {
		c, err := net.Dial("tcp", address)
		if err != nil {
			return nil, err
		}
		return Handshake(ctx, c, &tls.Config{InsecureSkipVerify: true}, 0)
	}
}

// A request that cannot be rendered is counted once, sends nothing, and leaves its connection to the next.
func TestUnmadeRequests(t *testing.T) {
	for _, scheduled := range []bool{false, true} {
		var served, dials atomic.Int64
		r := newRig(t, serving(t, func(c net.Conn) {
			for in := bufio.NewReader(c); ; {
				if _, err := http.ReadRequest(in); err != nil {
					return
				}
				served.Add(1)
				io.WriteString(c, "HTTP/1.1 204 No Content\r\n\r\n")
			}
		}), 6, func(c *Config) {
			c.Scheduled = scheduled
			render := c.Render
			c.Render = func(dst []byte, a Arrival) ([]byte, bool, Body, error) {
				if a.Number%2 == 1 {
					return nil, false, Body{}, fmt.Errorf("row %d is missing", a.Number)
				}
				return render(dst, a)
			}
		})
		dial := r.Servers[0].Dial
		r.Servers[0].Dial = func(ctx context.Context, reached func(stats.Stage)) (*Conn, error) {
			dials.Add(1)
			return dial(ctx, reached)
		}
		r.Run(nil)
		if len(r.done) != 6 || len(r.errs) != 3 || served.Load() != 3 || dials.Load() != 1 {
			t.Fatalf("%d recorded, %v failed, %d served over %d connections", len(r.done), r.errs, served.Load(), dials.Load())
		}
		for i, o := range r.done {
			bad := i%2 == 0
			if bad != (o.Outcome != stats.OK) || bad != (o.Attempts == 0) || o.Done < o.Sent || o.Sent == 0 {
				t.Errorf("request %d: %+v", i+1, o)
			}
		}
		if !IsUnmade(r.errs[0]) || r.errs[0].Error() != "row 1 is missing" {
			t.Errorf("the failure is %v", r.errs[0])
		}
	}
}
