//go:build unix

package loadgen

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"shotput/loadgen/header"
	"shotput/loadgen/request"
	"shotput/loadgen/route"
	"shotput/loadgen/transport"

	"shotput/putserver/realtest"
	"shotput/stats"
)

// Each outcome is provoked for real, on loopback, by a peer that behaves so.

// peer accepts connections on loopback and hands each to serve, which owns it; when it returns, it is closed.
func peer(t *testing.T, serve func(net.Conn)) (address string) {
	t.Helper()
	return realtest.Peer(t, serve)
}

// says reads a request's head, answers with these bytes and closes.
func says(answer string) func(net.Conn) {
	return func(c net.Conn) {
		http.ReadRequest(bufio.NewReader(c))
		io.WriteString(c, answer)
	}
}

// thenHangs answers with these bytes and leaves the connection open.
func thenHangs(answer string) func(net.Conn) {
	return func(c net.Conn) {
		says(answer)(c)
		io.Copy(io.Discard, c)
	}
}

func resets(c net.Conn) {
	http.ReadRequest(bufio.NewReader(c))
	c.(*net.TCPConn).SetLinger(0)
}

// deaf accepts nothing: its queue is full, so that a connection to it is never made.
func deaf(t *testing.T) string {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Close(fd) })
	syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}})
	if err := syscall.Listen(fd, 0); err != nil {
		t.Fatal(err)
	}
	name, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	address := fmt.Sprintf("127.0.0.1:%d", name.(*syscall.SockaddrInet4).Port)
	for range 3 { // fills the queue
		if c, err := net.DialTimeout("tcp", address, 100*time.Millisecond); err == nil {
			t.Cleanup(func() { c.Close() })
		}
	}
	return address
}

// quietTLS is an HTTPS server that keeps handshake errors to itself.
func quietTLS(t *testing.T) string {
	t.Helper()
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	return s.URL
}

// provocation is a plan whose every request ends in one way.
type provocation struct {
	plan    Plan
	outcome stats.Outcome
	stage   stats.Stage
	status  int
}

func provocations(t *testing.T) map[string]provocation {
	const limit = time.Second // of which a busy machine may take a good part before the stage that is meant
	ended := make(chan struct{})
	t.Cleanup(func() { close(ended) })
	big := request.Body{Size: 64 << 20}
	plain := func(serve func(net.Conn)) Plan { return Plan{Request: request.Spec{URL: "http://" + peer(t, serve)}} }
	return map[string]provocation{
		"ok":                 {plain(says("HTTP/1.1 204 \r\n\r\n")), stats.OK, 0, 204},
		"ok after interim":   {plain(says("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Made\r\nContent-Length: 0\r\n\r\n")), stats.OK, 0, 201},
		"status":             {plain(says("HTTP/1.1 500 Oh no\r\nContent-Length: 0\r\n\r\n")), stats.BadStatus, 0, 500},
		"refused":            {Plan{Request: request.Spec{URL: "http://" + realtest.Refused(t)}}, stats.Refused, stats.InConnect, 0},
		"dns":                {Plan{Request: request.Spec{URL: "http://" + strings.Repeat("x", 64) + ".test"}}, stats.DNS, stats.InConnect, 0}, // no label is that long: no query is made
		"reset":              {plain(resets), stats.Reset, stats.InWait, 0},
		"closed":             {plain(says("")), stats.Closed, stats.InWait, 0},
		"closed within head": {plain(says("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n")), stats.Closed, stats.InDownload, 0},
		"closed within body": {plain(says("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")), stats.Closed, stats.InDownload, 200},
		"not http":           {plain(says("SSH-2.0-OpenSSH_9.2\r\n")), stats.Protocol, 0, 0},
		"bad length":         {plain(says("HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n")), stats.Protocol, 0, 0},
		"bad chunk":          {plain(says("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")), stats.Protocol, 0, 200},
		"bad encoding":       {plain(says("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n")), stats.Protocol, 0, 0},
		"certificate":        {Plan{Request: request.Spec{URL: quietTLS(t)}}, stats.TLSFailed, stats.InTLS, 0},
		"https to http":      {Plan{Request: request.Spec{URL: "https://" + peer(t, says("HTTP/1.1 400 Bad Request\r\n\r\n"))}}, stats.TLSFailed, stats.InTLS, 0},
		"proxy":              {Plan{Request: request.Spec{URL: "http://127.0.0.1:1"}, Route: route.Spec{Proxy: "http://" + realtest.Refused(t)}}, stats.ProxyFailed, stats.InConnect, 0},
		"tunnel refused":     {Plan{Request: request.Spec{URL: "https://127.0.0.1:1"}, Route: route.Spec{Proxy: "http://" + peer(t, says("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"))}}, stats.ProxyFailed, stats.InConnect, 0},
		"socks proxy":        {Plan{Request: request.Spec{URL: "http://127.0.0.1:1"}, Route: route.Spec{Proxy: "socks5://" + realtest.Refused(t)}}, stats.ProxyFailed, stats.InConnect, 0},
		"connect limit":      {Plan{Request: request.Spec{URL: "http://" + deaf(t)}, Route: route.Spec{ConnectTimeout: limit}}, stats.Timeout, stats.InConnect, 0},
		"limit: connect":     {Plan{Request: request.Spec{URL: "http://" + deaf(t)}, Transport: transport.Spec{Timeout: limit}}, stats.Timeout, stats.InConnect, 0},
		"limit: tls":         {Plan{Request: request.Spec{URL: "https://" + peer(t, thenHangs(""))}, Transport: transport.Spec{Timeout: limit}}, stats.Timeout, stats.InTLS, 0},
		"limit: upload":      {Plan{Request: request.Spec{URL: "http://" + peer(t, func(net.Conn) { <-ended }), Body: big}, Transport: transport.Spec{Timeout: limit}}, stats.Timeout, stats.InUpload, 0},
		"limit: wait":        {Plan{Request: request.Spec{URL: "http://" + peer(t, thenHangs(""))}, Transport: transport.Spec{Timeout: limit}}, stats.Timeout, stats.InWait, 0},
		"limit: download":    {Plan{Request: request.Spec{URL: "http://" + peer(t, thenHangs("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"))}, Transport: transport.Spec{Timeout: limit}}, stats.Timeout, stats.InDownload, 200},
	}
}

func TestOutcomesProvoked(t *testing.T) {
	t.Parallel()
	for name, c := range provocations(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x, err := Once(context.Background(), c.plan, 1)
			if err != nil {
				t.Fatal(err)
			}
			o := x.Observation
			if o.Outcome != c.outcome || o.Stage != c.stage || o.Status != c.status {
				t.Errorf("outcome %v, stage %v, status %d (%v); want %v, %v, %d", o.Outcome, o.Stage, o.Status, x.Err, c.outcome, c.stage, c.status)
			}
			if failed := o.Outcome != stats.OK && o.Outcome != stats.BadStatus; failed != (o.Detail != "") {
				t.Errorf("detail is %q", o.Detail)
			}
			if strings.Contains(o.Detail, "127.0.0.1") {
				t.Errorf("detail holds an address, so that no two are alike: %q", o.Detail)
			}
		})
	}
}

// That its time limit ended a request is told once, whatever net/http says of it itself.
func TestTimeLimitIsToldOnce(t *testing.T) {
	for _, engine := range []string{"http", "auto"} {
		x, err := Once(t.Context(), Plan{Request: request.Spec{URL: "http://" + peer(t, thenHangs(""))},
			Transport: transport.Spec{Timeout: 50 * time.Millisecond}, Engine: Firing{Name: engine}}, 1)
		if err != nil {
			t.Fatal(err)
		}
		for _, said := range []string{x.Err.Error(), x.Observation.Detail} {
			if said != transport.ErrTimeLimit.Error() {
				t.Errorf("%s: %q", engine, said)
			}
		}
	}
}

// A transport may send a request again, but only if none of it was written; what it did is counted.
func TestAttemptsAreCounted(t *testing.T) {
	var n atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		if n.Add(1)%10 == 0 {
			panic(http.ErrAbortHandler) // the connection is cut, no answer
		}
		w.WriteHeader(http.StatusNoContent)
	}))
	t.Cleanup(server.Close)
	plan := Plan{Request: request.Spec{URL: server.URL, Body: request.Body{Text: "x"}}, Load: Load{Concurrency: 1, Requests: 200}, NoPreflight: true, Engine: Firing{Name: "http"}}
	sink := new(keep)
	if _, err := Run(context.Background(), plan, sink); err != nil {
		t.Fatal(err)
	}
	wantConserved(t, sink.run)
	if got := sink.run.Totals; got.Failed != 20 || got.Attempts != n.Load() || n.Load() != 200 {
		t.Errorf("failed %d, attempts %d, seen by the server %d; want 20, 200, 200", got.Failed, got.Attempts, n.Load())
	}
	n.Store(0)
	plan.Request.Header = []header.Line{{Name: "Idempotency-Key", Value: "{{uuid}}"}} // which net/http takes as leave to send again
	sink = new(keep)
	if _, err := Run(context.Background(), plan, sink); err != nil {
		t.Fatal(err)
	}
	wantConserved(t, sink.run)
	if got := sink.run.Totals; got.Attempts != n.Load() || got.Attempts <= 200 {
		t.Errorf("attempts %d, seen by the server %d; want the same, and more than 200", got.Attempts, n.Load())
	}
	if !slices.ContainsFunc(sink.run.Warnings, func(w stats.Warning) bool { return w.Code == "attempts" }) {
		t.Errorf("no warning of repeated requests: %+v", sink.run.Warnings)
	}
}
