//go:build unix

package loadgen

import (
	"bufio"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"shotput/loadgen/request"
	"shotput/loadgen/route"
	"shotput/loadgen/transport"
)

// Proxies of the smallest kind, and what passes through them.

// A relay is a proxy that counts what it was asked for. It speaks HTTP (absolute form and CONNECT), and SOCKS5.
type relay struct {
	password string // asked for, if set: user:password
	asked    atomic.Int64
}

// allows checks Basic credentials.
func (p *relay) allows(r *http.Request) bool {
	want := "Basic " + base64.StdEncoding.EncodeToString([]byte(p.password))
	return p.password == "" || slices.Equal(r.Header.Values("Proxy-Authorization"), []string{want})
}

func (p *relay) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.asked.Add(1)
	if !p.allows(r) {
		w.WriteHeader(http.StatusProxyAuthRequired)
		return
	}
	if r.Method == http.MethodConnect {
		p.tunnel(w, r)
		return
	}
	if !r.URL.IsAbs() {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	r.RequestURI = ""
	r.Header.Del("Proxy-Authorization")
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	defer answer.Body.Close()
	w.WriteHeader(answer.StatusCode)
	io.Copy(w, answer.Body)
}

func (p *relay) tunnel(w http.ResponseWriter, r *http.Request) {
	far, err := net.Dial("tcp", r.Host)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	near, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		far.Close()
		return
	}
	io.WriteString(near, "HTTP/1.1 200 Connection established\r\n\r\n")
	joinBoth(near, far)
}

// joinBoth copies both ways until either side ends.
func joinBoth(a, b net.Conn) {
	defer a.Close()
	defer b.Close()
	done := make(chan struct{}, 2)
	for _, way := range [][2]net.Conn{{a, b}, {b, a}} {
		go func() {
			io.Copy(way[0], way[1])
			done <- struct{}{}
		}()
	}
	<-done
}

// socks serves one connection as RFC 1928 and RFC 1929 have it.
func (p *relay) socks(c net.Conn) {
	p.asked.Add(1)
	far, err := p.greet(bufio.NewReader(c), c)
	if err != nil {
		return
	}
	joinBoth(c, far)
}

func (p *relay) greet(r *bufio.Reader, c net.Conn) (far net.Conn, err error) {
	head := make([]byte, 2)
	io.ReadFull(r, head)
	methods := make([]byte, head[1])
	io.ReadFull(r, methods)
	if p.password != "" {
		c.Write([]byte{5, 2})
		if got := readPassword(r); got != p.password {
			c.Write([]byte{1, 1})
			return nil, errors.New("refused")
		}
		c.Write([]byte{1, 0})
	} else {
		c.Write([]byte{5, 0})
	}
	request := make([]byte, 10) // version, CONNECT, 0, IPv4, address, port
	if _, err := io.ReadFull(r, request); err != nil || request[3] != 1 {
		return nil, fmt.Errorf("request %v: %w", request, err)
	}
	to := netip.AddrPortFrom(netip.AddrFrom4([4]byte(request[4:8])), binary.BigEndian.Uint16(request[8:]))
	far, err = net.Dial("tcp", to.String())
	if err != nil {
		c.Write([]byte{5, 5, 0, 1, 0, 0, 0, 0, 0, 0})
		return nil, err
	}
	c.Write([]byte{5, 0, 0, 1, 0, 0, 0, 0, 0, 0})
	return far, nil
}

func readPassword(r *bufio.Reader) string {
	r.ReadByte()
	var both []string
	for range 2 {
		n, _ := r.ReadByte()
		word := make([]byte, n)
		io.ReadFull(r, word)
		both = append(both, string(word))
	}
	return strings.Join(both, ":")
}

func TestEnginesAgreeThroughProxies(t *testing.T) {
	t.Parallel()
	answer := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if drain(r) == nil && r.Header.Get("Proxy-Authorization") == "" {
			w.WriteHeader(http.StatusCreated)
		}
	})
	for _, c := range []struct {
		name, scheme, proxy, password, user string
		keepalive                           bool
		want                                string
		asked                               int64 // of the proxy
	}{
		{"absolute form", "http", "http", "", "", true, "6 × 201 Created", 6},
		{"absolute form, password", "http", "http", "u:p%", "u:p%25@", true, "6 × 201 Created", 6},
		{"absolute form, no password", "http", "http", "u:p", "", true, "6 × 407 Proxy Authentication Required, 6 × status 407", 6},
		{"tunnel", "https", "http", "", "", true, "6 × 201 Created", 1},
		{"tunnel for each", "https", "http", "", "", false, "6 × 201 Created", 6},
		{"tunnel, password", "https", "http", "u:p", "u:p@", true, "6 × 201 Created", 1},
		{"tunnel, no password", "https", "http", "u:p", "", true, "6 × proxy connect", 0},
		{"socks5", "http", "socks5", "", "", true, "6 × 201 Created", 1},
		{"socks5h to https", "https", "socks5h", "", "", false, "6 × 201 Created", 6},
		{"socks5, password", "http", "socks5", "u:p", "u:p@", true, "6 × 201 Created", 1},
		{"socks5, wrong password", "http", "socks5", "u:p", "u:q@", true, "6 × proxy connect", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(answer)
			if c.scheme == "https" {
				server = httptest.NewTLSServer(answer)
			}
			t.Cleanup(server.Close)
			onEngines(t, func(t *testing.T, engine string) {
				p := &relay{password: c.password}
				var at string
				if c.proxy == "http" {
					s := httptest.NewServer(p)
					defer s.Close()
					at = s.Listener.Addr().String()
				} else {
					at = peer(t, p.socks)
				}
				r := fireOn(t, engine, Plan{
					Request:   request.Spec{URL: server.URL + "/{{seq}}", Body: request.Body{Text: "body"}},
					Route:     route.Spec{Proxy: c.proxy + "://" + c.user + at, TLS: route.TLS{Insecure: true}},
					Transport: transport.Spec{NoKeepalive: !c.keepalive},
					Load:      Load{Concurrency: 1, Requests: 6},
				}).run
				if got := endings(r); got != c.want {
					t.Errorf("ended: %s\nwant:  %s\n%+v", got, c.want, r.Outcomes)
				}
				if got := p.asked.Load(); got != c.asked && c.asked != 0 {
					t.Errorf("the proxy was asked %d times, want %d", got, c.asked)
				}
			})
		})
	}
}
