package prober

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"shotput/loadgen"
	"shotput/putserver/realtest"
	"shotput/verify"
)

// A recorder is a server that notes what is on the wire, and how it ends.
type recorder struct {
	url  string
	seen chan recorded
}

type recorded struct {
	text string
	end  string // "open", "fin", "rst"
}

// record answers what of a connection's bytes is whole by whole's judgement, and notes all until the other side ends
// or has been silent for a moment.
func record(t *testing.T, answer string) *recorder {
	t.Helper()
	r := &recorder{seen: make(chan recorded, 16)}
	address := realtest.Peer(t, func(c net.Conn) { r.serve(c, answer) })
	r.url = "http://" + address + "/objects/"
	return r
}

func (r *recorder) serve(c net.Conn, answer string) {
	var all bytes.Buffer
	buffer, told := make([]byte, 64<<10), false
	for {
		wait := 10 * time.Second
		if told || complete(all.String()) {
			wait = 50 * time.Millisecond
		}
		c.SetReadDeadline(time.Now().Add(wait))
		n, err := c.Read(buffer)
		all.Write(buffer[:n])
		switch {
		case err == nil:
			continue
		case errors.Is(err, os.ErrDeadlineExceeded) && !told:
			told = true
			io.WriteString(c, answer)
			continue
		case errors.Is(err, os.ErrDeadlineExceeded):
			r.seen <- recorded{all.String(), "open"}
		case errors.Is(err, syscall.ECONNRESET):
			r.seen <- recorded{all.String(), "rst"}
		default:
			r.seen <- recorded{all.String(), "fin"}
		}
		return
	}
}

// complete says whether a request is there as far as its head tells.
func complete(text string) bool {
	head, body, found := strings.Cut(text, "\r\n\r\n")
	if !found {
		return false
	}
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(text)))
	if err != nil {
		return false
	}
	if strings.Contains(head, "Expect: 100-continue") && body == "" {
		return true
	}
	_, err = io.ReadAll(r.Body)
	return err == nil
}

const fine = "HTTP/1.1 201 Created\r\nContent-Length: 2\r\nETag: \"secret-tag\"\r\n\r\nok"

// engines are those that can be asked for here.
func engines() []string {
	if runtime.GOOS == "linux" {
		return []string{"wire", "http"}
	}
	return []string{"http"}
}

func probe(t *testing.T, engine, url string, change func(*loadgen.Plan)) *Server {
	t.Helper()
	plan := loadgen.Plan{Request: loadgen.RequestSpec{URL: url, Header: []loadgen.Header{
		{Name: "Content-Type", Value: "text/plain"}, {Name: "X-Own", Value: "mine"}}}}
	plan.Engine.Name, plan.Transport.Timeout = engine, 5*time.Second
	if change != nil {
		change(&plan)
	}
	at := PlaceIn(plan.Request.URL)
	s := New(plan, Aim{Write: at, Read: at, Prefix: "v-"})
	t.Cleanup(func() { s.Close() })
	return s
}

func of(n int64) *int64 { return &n }

var forms = []struct {
	name string
	send verify.Request
	want []string // on the wire
	not  []string
	end  string
	sent int64
}{
	{"plain", verify.Request{Name: "v-1", Body: []byte("body")}, []string{"PUT /objects/v-1 HTTP/1.1\r\n",
		"X-Own: mine\r\n", "Content-Type: text/plain\r\n", "Content-Length: 4\r\n", "\r\n\r\nbody"}, nil, "open", 4},
	{"headers", verify.Request{Name: "v-1", Body: []byte("body"), Header: []verify.Header{{Name: "x-own", Value: "{{theirs}}"},
		{Name: "Content-Type", Remove: true}, {Name: "If-Match", Value: `"a"`}}},
		[]string{"x-own: {{theirs}}\r\n", "If-Match: \"a\"\r\n"}, []string{"mine", "Content-Type"}, "open", 4},
	{"read", verify.Request{Method: "GET", Name: "v-1", Query: "a=b"}, []string{"GET /objects/v-1?a=b HTTP/1.1\r\n", "X-Own: mine"},
		[]string{"Content-"}, "open", 0},
	{"folder", verify.Request{Method: "OPTIONS"}, []string{"OPTIONS /objects/ HTTP/1.1\r\n"}, nil, "open", 0},
	{"odd name", verify.Request{Name: "v-a%2Fb/../c%20+", Body: []byte{}}, []string{"PUT /objects/v-a%2Fb/../c%20+ HTTP/1.1\r\n",
		"Content-Length: 0\r\n"}, nil, "open", 0},
	{"chunked", verify.Request{Name: "v-1", Body: []byte("body"), Framing: verify.Chunked},
		[]string{"Transfer-Encoding: chunked\r\n", "\r\n\r\n4\r\nbody\r\n0\r\n\r\n"}, []string{"Content-Length"}, "open", 4},
	{"unframed", verify.Request{Name: "v-1", Body: []byte("body"), Framing: verify.Unframed},
		[]string{"\r\n\r\nbody"}, []string{"Content-Length", "Transfer-Encoding"}, "open", 4},
	{"longer", verify.Request{Name: "v-1", Body: []byte("body"), Length: of(9)},
		[]string{"Content-Length: 9\r\n", "\r\n\r\nbody"}, nil, "fin", 4},
	{"shorter", verify.Request{Name: "v-1", Body: []byte("body"), Length: of(2)},
		[]string{"Content-Length: 2\r\n", "\r\n\r\nbody"}, nil, "open", 4},
	{"cut", verify.Request{Name: "v-1", Body: []byte("body"), Cut: &verify.Cut{After: 2}},
		[]string{"Content-Length: 4\r\n", "\r\n\r\nbo"}, []string{"bod"}, "fin", 2},
	{"reset", verify.Request{Name: "v-1", Body: []byte("body"), Cut: &verify.Cut{After: 2, Reset: true}},
		[]string{"Content-Length: 4\r\n", "\r\n\r\nbo"}, []string{"bod"}, "rst", 2},
	{"chunks cut", verify.Request{Name: "v-1", Body: []byte("body"), Framing: verify.Chunked, Cut: &verify.Cut{After: 2}},
		[]string{"\r\n\r\n2\r\nbo\r\n"}, []string{"\r\n0\r\n"}, "fin", 2},
	{"chunks reset", verify.Request{Name: "v-1", Body: []byte("body"), Framing: verify.Chunked,
		Cut: &verify.Cut{After: 2, Reset: true}}, []string{"\r\n\r\n2\r\nbo\r\n"}, []string{"\r\n0\r\n"}, "rst", 2},
	{"asks", verify.Request{Name: "v-1", Body: []byte("body"), Expect: true},
		[]string{"Expect: 100-continue\r\n", "Content-Length: 4\r\n"}, []string{"body"}, "", 0},
}

// What is on the wire is what a check asks for, on either engine.
func TestForms(t *testing.T) {
	for _, engine := range engines() {
		for _, f := range forms {
			t.Run(engine+"/"+f.name, func(t *testing.T) {
				t.Parallel()
				server := record(t, fine)
				s := probe(t, engine, server.url, nil)
				a := s.Send(t.Context(), f.send)
				if f.end != "rst" && f.end != "fin" && (a.Status != 201 || a.ETag() != `"secret-tag"` || a.Proto != "HTTP/1.1") {
					t.Errorf("got %d %v, %v", a.Status, a.Header, a.Err)
				}
				if a.Sent != f.sent {
					t.Errorf("%d bytes were sent, want %d", a.Sent, f.sent)
				}
				if f.send.Expect && !a.Early {
					t.Error("an answer in the place of a 100 came early")
				}
				s.Close()
				got := <-server.seen
				for _, w := range f.want {
					if !strings.Contains(got.text, w) {
						t.Errorf("%q is missing in %q", w, got.text)
					}
				}
				for _, w := range f.not {
					if strings.Contains(got.text, w) {
						t.Errorf("%q stands in %q", w, got.text)
					}
				}
				if f.end == "fin" && got.end != "fin" || f.end == "rst" && got.end != "rst" {
					t.Errorf("it ended by %s, want %s", got.end, f.end)
				}
			})
		}
	}
}

// A barrier answers no PUT of a name before n of it are there.
type barrier struct {
	sync.Mutex
	n    int
	in   map[string]int
	open map[string]chan struct{}
}

func (b *barrier) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodPut {
		<-b.arrive(r.URL.Path)
	}
	w.WriteHeader(201)
}

func (b *barrier) arrive(name string) chan struct{} {
	b.Lock()
	defer b.Unlock()
	if b.open[name] == nil {
		b.open[name] = make(chan struct{})
	}
	if b.in[name]++; b.in[name] == b.n {
		close(b.open[name])
	}
	return b.open[name]
}

// Requests that are sent together overlap: none is answered before all are there.
func TestTogether(t *testing.T) {
	const n = 8
	for _, engine := range engines() {
		url := newServer(t, &barrier{n: n, in: map[string]int{}, open: map[string]chan struct{}{}})
		s := probe(t, engine, url, nil)
		for _, name := range []string{"v-1", "v-2", "v-3"} {
			all := make([]verify.Request, n)
			for i := range all {
				all[i] = verify.Request{Method: "PUT", Name: name, Body: []byte("x")}
			}
			for i, a := range s.Together(t.Context(), all) {
				if a.Status != 201 {
					t.Errorf("%s: answer %d is %d, %v", engine, i, a.Status, a.Err)
				}
			}
		}
	}
}

// So they are where the server closes each connection after an answer, and does not say so.
func TestTogetherClosing(t *testing.T) {
	for _, engine := range engines() {
		s := probe(t, engine, closing(t, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"), nil)
		whole := 0
		for tries := 0; whole < 3 && tries < 30; tries++ { // a busy machine may close later than we look
			lost := func(a verify.Answer) bool { return a.Status != 200 }
			if !slices.ContainsFunc(s.Together(t.Context(), make([]verify.Request, 8)), lost) {
				whole++
			}
		}
		if whole < 3 {
			t.Errorf("%s: of 30 times all eight were answered in %d", engine, whole)
		}
	}
}

// A large body that is refused at once is not sent whole.
func TestEarly(t *testing.T) {
	for _, engine := range engines() {
		server := newServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Connection", "close")
			w.WriteHeader(http.StatusRequestEntityTooLarge)
		}))
		a := probe(t, engine, server, nil).Send(t.Context(), verify.Request{Name: "v-1", Body: make([]byte, 32<<20)})
		if a.Status != 413 || !a.Early || a.Sent == 32<<20 {
			t.Errorf("%s: %d, early %v, %d sent, %v", engine, a.Status, a.Early, a.Sent, a.Err)
		}
	}
}

// What a check judges by is as it came, also where a secret stands in it; what is shown is not.
func TestSecrets(t *testing.T) {
	for _, engine := range engines() {
		server := newServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("ETag", `"verify-sesame"`)
			io.WriteString(w, "sesame-street verify-sesame")
		}))
		s := probe(t, engine, server, func(p *loadgen.Plan) { p.Request.Auth.User = "me:verify-sesame" })
		a := s.Send(t.Context(), verify.Request{Method: "GET", Name: "v-1"})
		if a.ETag() != `"verify-sesame"` || string(a.Body) != "sesame-street verify-sesame" {
			t.Errorf("%s: %v %q %v", engine, a.Header, a.Body, a.Err)
		}
		if strings.Contains(s.Hide(a.ETag()), "sesame") || strings.Contains(a.Curl, "sesame") || strings.Contains(a.URL, "sesame") {
			t.Errorf("%s: %s %s", engine, s.Hide(a.ETag()), a.Curl)
		}
	}
}

// A server that closes after each answer, and says so or not, and one of HTTP/1.0 are asked as well.
func TestClosing(t *testing.T) {
	for _, engine := range engines() {
		for name, answer := range map[string]string{
			"1.0": "HTTP/1.0 200 OK\r\n\r\nhello", "said": "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello",
			"unsaid": "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
		} {
			t.Run(engine+"/"+name, func(t *testing.T) {
				url := closing(t, answer)
				s := probe(t, engine, url, nil)
				for i := range 20 {
					a := s.Send(t.Context(), verify.Request{Name: "v-1", Body: []byte("x")})
					if a.Status != 200 || string(a.Body) != "hello" || a.Size != 5 {
						t.Fatalf("request %d: %d %q %v", i, a.Status, a.Body, a.Err)
					}
				}
			})
		}
	}
}

// closing is a server that closes after each answer.
func closing(t *testing.T, answer string) string {
	return "http://" + realtest.Peer(t, func(c net.Conn) {
		if r, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
			io.Copy(io.Discard, r.Body)
			io.WriteString(c, answer)
		}
	}) + "/"
}

func newServer(t *testing.T, h http.Handler) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: h}
	go server.Serve(l)
	t.Cleanup(func() { server.Close() })
	return "http://" + l.Addr().String() + "/"
}

// What is read elsewhere is asked for there, alone and together.
func TestReadElsewhere(t *testing.T) {
	named := func(name string) string {
		return newServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-At", name+r.RequestURI)
		}))
	}
	for _, engine := range engines() {
		plan := loadgen.Plan{Request: loadgen.RequestSpec{URL: named("writes") + "in/{{key}}"}}
		plan.Engine.Name = engine
		s := New(plan, Aim{Write: PlaceIn(plan.Request.URL), Read: PlaceIn(named("reads") + "out/{{key}}?raw=1"), Prefix: "v-"})
		t.Cleanup(func() { s.Close() })
		both := []verify.Request{{Name: "v-1", Body: []byte("x")}, {Method: "GET", Name: "v-1", Read: true, Query: "a=b"}}
		got := append(s.Together(t.Context(), both), s.Send(t.Context(), both[0]), s.Send(t.Context(), both[1]))
		for i, want := range []string{"writes/in/v-1", "reads/out/v-1?raw=1&a=b", "writes/in/v-1", "reads/out/v-1?raw=1&a=b"} {
			if at := got[i].Header.Get("X-At"); at != want {
				t.Errorf("%s: request %d was answered by %q, want %q; %v", engine, i, at, want, got[i].Err)
			}
		}
	}
}

func TestPlaces(t *testing.T) {
	for _, c := range []struct{ url, name, query, want string }{
		{"http://h/objects/{{key}}", "n", "", "http://h/objects/n"},
		{"http://h/objects/{{uuid}}.json?a=b", "n", "rev=1", "http://h/objects/n.json?a=b&rev=1"},
		{"http://h/objects/{{uuid}}.json?a=b", "", "", "http://h/objects/?a=b"},
		{"http://h/objects", "n", "", "http://h/objects/n"},
		{"http://h", "n", "", "http://h/n"},
		{"http://h/?part=1", "n", "", "http://h/n?part=1"},
		{"http://h/a/{{ key }}/b/{{env \"X\"}}", "n", "", "http://h/a/n/b/{{env \"X\"}}"},
	} {
		if got := PlaceIn(c.url).URL(c.name, c.query); got != c.want {
			t.Errorf("%s with %s: %s, want %s", c.url, c.name, got, c.want)
		}
	}
	if v := PlaceIn("http://h/{{key}}/{{randInt 1 2}}").Varies(); v != "{{randInt 1 2}}" {
		t.Errorf("varies by %q", v)
	}
}

var _ verify.Server = (*Server)(nil)
