//go:build unix

package loadgen

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"fmt"
	"hash"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"shotput/loadgen/answer"
	"shotput/loadgen/header"
	"shotput/loadgen/request"
	"shotput/loadgen/route"
	"shotput/loadgen/transport"
)

// What the engines send is the same, byte by byte: bodies as a server of the standard library receives them, heads
// as they stand on the wire.

// A receiver is a server that notes the length and hash of each body, by path.
type receiver struct {
	sync.Mutex
	bodies map[string]string
	twice  []string
}

func (s *receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	sum := sha256.New()
	n, err := io.Copy(sum, r.Body)
	s.Lock()
	defer s.Unlock()
	if _, again := s.bodies[r.URL.Path]; again {
		s.twice = append(s.twice, r.URL.Path)
	}
	s.bodies[r.URL.Path] = fmt.Sprintf("%d bytes of %d (%v): %x", n, r.ContentLength, err, sum.Sum(nil)[:8])
	w.WriteHeader(http.StatusNoContent)
}

// bodiesOf is what a receiver of n requests of the plan should have noted.
func bodiesOf(t *testing.T, plan Plan, n int64) map[string]string {
	t.Helper()
	template, err := compileOne(new(plan.WithDefaults()), new(unit), time.Now(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer template.Close()
	all := map[string]string{}
	var sum hash.Hash
	for k := int64(1); k <= n; k++ {
		sum = sha256.New()
		body, size := template.Body(k, 0)
		io.Copy(sum, body)
		all[fmt.Sprintf("/%d", k)] = fmt.Sprintf("%d bytes of %d (<nil>): %x", size, size, sum.Sum(nil)[:8])
	}
	return all
}

func TestEnginesSendTheSameBodies(t *testing.T) {
	t.Parallel()
	const n = 4
	for name, body := range map[string]request.Body{
		"none":          {},
		"text":          {Text: "hello"},
		"template":      {Text: `{"n":{{seq}},"x":"{{randString 7}}","y":"{{seq}}{{seq}}{{seq}}"}`},
		"long template": {Text: strings.Repeat("0123456789", 20_000) + "{{seq}}"},
		"data":          {Data: contents(3000)},
		"more data":     {Data: contents(200_000)},
		"1 B":           {Size: 1},
		"1 KiB":         {Size: 1 << 10},
		"1 MiB":         {Size: 1 << 20},
		"20 MiB":        {Size: 20<<20 + 7}, // goes round its block
		"small file":    {File: writeFile(t, 5000)},
		"file":          {File: writeFile(t, 3<<20+1)},
	} {
		for _, secure := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/tls=%v", name, secure), func(t *testing.T) {
				t.Parallel()
				onEngines(t, func(t *testing.T, engine string) {
					got := &receiver{bodies: map[string]string{}}
					server := httptest.NewUnstartedServer(got)
					if secure {
						server.StartTLS()
					} else {
						server.Start()
					}
					defer server.Close()
					plan := Plan{Request: request.Spec{URL: server.URL + "/{{seq}}", Body: body}, Route: route.Spec{TLS: route.TLS{Insecure: true}}, Load: Load{Concurrency: 2, Requests: n}}
					r := fireOn(t, engine, plan).run
					want := bodiesOf(t, plan, n)
					if !maps.Equal(got.bodies, want) || len(got.twice) > 0 {
						t.Errorf("received: %v, twice %v\nwant:     %v\n%s", got.bodies, got.twice, want, endings(r))
					}
					var size int64
					for k := int64(1); k <= n; k++ {
						size += sizeOf(t, plan, k)
					}
					if r.Totals.BodyBytesSent != size {
						t.Errorf("says that it sent %d bytes of bodies, want %d", r.Totals.BodyBytesSent, size)
					}
				})
			})
		}
	}
}

func sizeOf(t *testing.T, plan Plan, k int64) int64 {
	t.Helper()
	template, err := compileOne(new(plan.WithDefaults()), new(unit), time.Now(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer template.Close()
	return template.Size(k)
}

// A stenographer is a peer that notes each request's head, its lines sorted, and answers 204.
type stenographer struct {
	sync.Mutex
	heads map[string]string // by request line
}

func (s *stenographer) serve(c net.Conn) {
	r := bufio.NewReader(c)
	for {
		var head bytes.Buffer
		request, err := http.ReadRequest(bufio.NewReader(io.TeeReader(byteByByte{r}, &head)))
		if err != nil {
			return
		}
		io.CopyN(io.Discard, r, max(0, request.ContentLength))
		lines := strings.Split(strings.TrimSuffix(head.String(), "\r\n\r\n"), "\r\n")
		slices.Sort(lines[1:])
		s.Lock()
		s.heads[lines[0]] = strings.Join(lines[1:], "\n")
		s.Unlock()
		io.WriteString(c, "HTTP/1.1 204 \r\n\r\n")
	}
}

// byteByByte keeps a buffered reader above it from reading ahead.
type byteByByte struct{ r *bufio.Reader }

func (b byteByByte) Read(p []byte) (int, error) { return b.r.Read(p[:1]) }

func TestEnginesSendTheSameHeads(t *testing.T) {
	t.Parallel()
	for name, plan := range map[string]Plan{
		"bare":      {},
		"body":      {Request: request.Spec{Body: request.Body{Text: "x"}}},
		"GET":       {Request: request.Spec{Method: "GET"}},
		"headers":   {Request: request.Spec{Header: []header.Line{{Name: "x-low", Value: "{{seq}}"}, {Name: "X-Two", Value: "a"}, {Name: "X-Two", Value: "b"}, {Name: "Host", Value: "other.test"}}}},
		"removed":   {Request: request.Spec{Header: []header.Line{{Name: "Accept", Remove: true}, {Name: "User-Agent", Remove: true}}}},
		"user":      {Request: request.Spec{Auth: request.Auth{User: "u:p"}, UserAgent: "me"}},
		"closing":   {Transport: transport.Spec{NoKeepalive: true}},
		"key":       {Request: request.Spec{Header: []header.Line{{Name: "Idempotency-Key", Value: "{{uuid}}"}}}},
		"generated": {Request: request.Spec{Body: request.Body{Size: 100_000}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var all []map[string]string
			var mu sync.Mutex
			t.Run("fired", func(t *testing.T) {
				onEngines(t, func(t *testing.T, engine string) {
					s := &stenographer{heads: map[string]string{}}
					plan := plan
					plan.Route.Proxy = "http://" + peer(t, s.serve) // so that both name the same server
					plan.Request.URL, plan.Load.Concurrency, plan.Load.Requests = "http://server.test/a%20b/{{seq}}?q={{randInt 1 9}}", 1, 3
					fireOn(t, engine, plan)
					s.Lock()
					defer s.Unlock()
					mu.Lock()
					defer mu.Unlock()
					all = append(all, s.heads)
				})
			})
			if len(all[0]) != 3 {
				t.Errorf("%d heads, want 3: %v", len(all[0]), all[0])
			}
			for _, other := range all[1:] {
				if !maps.Equal(all[0], other) {
					t.Errorf("sent %q\nand  %q", all[0], other)
				}
			}
		})
	}
}

// Compressed asks for a compressed answer, unless a header of the plan does; it is counted as it came.
func TestEnginesAgreeOnCompressed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		plan Plan
		want string
	}{
		"asked":         {Plan{Request: request.Spec{Compressed: true}}, "deflate, gzip, br, zstd"},
		"and read":      {Plan{Request: request.Spec{Compressed: true}, Answer: answer.Spec{Body: "gzip"}}, "deflate, gzip"},
		"named":         {Plan{Request: request.Spec{Compressed: true, Header: []header.Line{{Name: "accept-encoding", Value: "br"}}}}, "br"},
		"removed":       {Plan{Request: request.Spec{Compressed: true, Header: []header.Line{{Name: "Accept-Encoding", Remove: true}}}}, ""},
		"not asked for": {Plan{}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEngines(t, func(t *testing.T, engine string) {
				var asked atomic.Value
				server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					asked.Store(strings.Join(r.Header.Values("Accept-Encoding"), "|"))
					w.Header().Set("Content-Encoding", "gzip")
					io.WriteString(w, "no gzip at all")
				}))
				t.Cleanup(server.Close)
				plan := c.plan
				plan.Request.URL, plan.Load.Concurrency, plan.Load.Requests = server.URL, 1, 1
				g := fireOn(t, engine, plan)
				if !strings.HasPrefix(endings(g.run), "1 × 200 OK") || g.bodyRead != 14 || asked.Load() != c.want {
					t.Errorf("ended: %s, %d bytes read; asked for %q, want %q", endings(g.run), g.bodyRead, asked.Load(), c.want)
				}
			})
		})
	}
}
