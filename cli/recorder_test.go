package cli_test

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/sha256"
	"crypto/tls"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// A recorder takes requests over TCP, TLS and a unix socket, is its own proxy, and keeps every byte of each: the
// lines of the head as they came, and the body. It is what command lines of two programs are compared by.
type recorder struct {
	secure    *tls.Config
	far       string // another server, as far as a client can tell
	listeners []net.Listener
	serving   sync.WaitGroup

	mu struct {
		sync.Mutex
		conns map[net.Conn]bool
		seen  []recording
	}
}

// A recording is one request as it came.
type recording struct {
	line   string   // the request line
	known  bool     // its client showed a certificate
	header []string // its lines
	body   []byte   // without the framing of chunks
}

// newRecorder starts one; env is where it is, for a shell. All ends with the test.
func newRecorder(t *testing.T) (r *recorder, env []string) {
	t.Helper()
	dir := t.TempDir()
	cert := certificate([]string{"127.0.0.1", "localhost", "a.example", "b.example"}, time.Hour)
	ca := filepath.Join(dir, "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Certificate[0]}), 0o600); err != nil {
		t.Fatal(err)
	}
	r = &recorder{secure: &tls.Config{Certificates: []tls.Certificate{cert}, ClientAuth: tls.RequestClientCert}}
	r.mu.conns = map[net.Conn]bool{}
	plain, unix := r.listen(t, "tcp", "127.0.0.1:0"), filepath.Join(dir, "sock")
	r.listen(t, "unix", unix)
	secure := r.listen(t, "tcp", "127.0.0.1:0")
	r.far = r.listen(t, "tcp", "127.0.0.1:0")
	t.Cleanup(r.close)
	for i, l := range r.listeners {
		r.serving.Go(func() { r.accept(l, i == 2) })
	}
	_, port, _ := net.SplitHostPort(plain)
	_, tlsPort, _ := net.SplitHostPort(secure)
	return r, []string{"URL=http://" + plain, "HTTPS=https://" + secure, "HOST=" + plain, "PORT=" + port, "TLSPORT=" + tlsPort,
		"UNIX=" + unix, "CA=" + ca, "PROXY=http://" + plain}
}

func (r *recorder) listen(t *testing.T, network, address string) string {
	t.Helper()
	l, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	r.listeners = append(r.listeners, l)
	return l.Addr().String()
}

func (r *recorder) close() {
	for _, l := range r.listeners {
		l.Close()
	}
	r.mu.Lock()
	for c := range r.mu.conns {
		c.Close()
	}
	r.mu.Unlock()
	r.serving.Wait()
}

func (r *recorder) accept(l net.Listener, secure bool) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		r.mu.Lock()
		r.mu.conns[c] = true
		r.mu.Unlock()
		r.serving.Go(func() {
			defer c.Close()
			if secure {
				r.serve(tls.Server(c, r.secure))
			} else {
				r.serve(c)
			}
		})
	}
}

// serve answers requests until the client has no more.
func (r *recorder) serve(c net.Conn) {
	in := bufio.NewReader(c)
	for {
		head, err := headOf(in)
		if err != nil {
			return
		}
		if strings.Contains(strings.ToLower(string(head)), "\r\nexpect: 100-continue\r\n") {
			io.WriteString(c, "HTTP/1.1 100 Continue\r\n\r\n")
		}
		whole := bufio.NewReader(io.MultiReader(bytes.NewReader(head), in))
		request, err := http.ReadRequest(whole) // an oracle for where the body ends
		if err != nil {
			fmt.Fprintf(c, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
			return
		}
		if request.Method == http.MethodConnect {
			r.keep(c, head, nil)
			io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\n")
			r.serve(tls.Server(c, r.secure))
			return
		}
		body, err := io.ReadAll(request.Body)
		r.keep(c, head, body)
		if err != nil {
			return
		}
		fmt.Fprintf(c, "%s\r\nContent-Length: 0\r\n\r\n", r.answerTo(request))
	}
}

// headOf reads up to the empty line, and keeps it.
func headOf(in *bufio.Reader) (head []byte, err error) {
	for {
		line, err := in.ReadBytes('\n')
		if head = append(head, line...); err != nil || len(bytes.TrimSpace(line)) == 0 {
			return head, err
		}
	}
}

// answerTo has manners beside 201: a challenge, and redirects that keep the method.
func (r *recorder) answerTo(request *http.Request) string {
	switch {
	case strings.HasPrefix(request.URL.Path, "/digest") && !strings.HasPrefix(request.Header.Get("Authorization"), "Digest"):
		return "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Digest realm=\"r\", nonce=\"n0nce\", qop=\"auth\", algorithm=MD5"
	case strings.HasPrefix(request.URL.Path, "/moved"):
		return "HTTP/1.1 307 Temporary Redirect\r\nLocation: /there"
	case strings.HasPrefix(request.URL.Path, "/away"):
		return "HTTP/1.1 307 Temporary Redirect\r\nLocation: http://" + r.far + strings.TrimPrefix(request.URL.Path, "/away")
	}
	return "HTTP/1.1 201 Created"
}

func (r *recorder) keep(c net.Conn, head, body []byte) {
	secured, ok := c.(*tls.Conn)
	known := ok && len(secured.ConnectionState().PeerCertificates) > 0
	lines := strings.Split(strings.TrimSpace(string(head)), "\r\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ") // behind a name without a value curl has no space, and others one
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.mu.seen = append(r.mu.seen, recording{lines[0], known, lines[1:], body})
}

// take gives what was recorded since the last call.
func (r *recorder) take() []recording {
	r.mu.Lock()
	defer r.mu.Unlock()
	seen := r.mu.seen
	r.mu.seen = nil
	return seen
}

var (
	// ofTheTool are headers by which a tool names itself, or says what every client accepts.
	ofTheTool = regexp.MustCompile(`^(User-Agent: (curl|shotput|python-requests|python-urllib3)/.*|Accept: \*/\*)$`)
	boundary  = regexp.MustCompile(`boundary="?([-\w]+)"?`)
	// drawn are parts of a Digest answer that the client draws, or that follow from what it drew.
	drawn = regexp.MustCompile(`(cnonce|response)="?[^",]*"?`)
)

// String is the request as it is compared: headers in order of name, those of the same name as they came.
func (r recording) String() string {
	header := slices.DeleteFunc(slices.Clone(r.header), ofTheTool.MatchString)
	slices.SortStableFunc(header, func(a, b string) int { return cmp.Compare(fieldName(a), fieldName(b)) })
	line := r.line
	if r.known {
		line += " (the client showed a certificate)"
	}
	text := strings.Join(append([]string{line}, header...), "\n")
	if digest := drawn.FindString(text); digest != "" {
		text = sortedDigest(drawn.ReplaceAllString(text, "$1=DRAWN"))
	}
	body := string(r.body)
	if b := boundary.FindStringSubmatch(text); b != nil {
		text = regexp.MustCompile(`\nContent-Length: \d+`).ReplaceAllString(text, "") // it has the boundary's length in it
		text, body = strings.ReplaceAll(text, b[1], "BOUNDARY"), strings.ReplaceAll(body, b[1], "BOUNDARY")
	}
	if len(body) > 2000 {
		body = fmt.Sprintf("%d bytes, sum %x", len(body), sha256.Sum256([]byte(body)))
	}
	return text + "\n\n" + body
}

func fieldName(line string) string {
	name, _, _ := strings.Cut(line, ":")
	return strings.ToLower(name)
}

var digestLine = regexp.MustCompile(`(?m)^Authorization: Digest (.*)$`)

// sortedDigest writes the parameters of a Digest line in order of name, without quotes where a token would do.
func sortedDigest(text string) string {
	return digestLine.ReplaceAllStringFunc(text, func(line string) string {
		parameters := strings.Split(strings.TrimPrefix(line, "Authorization: Digest "), ",")
		for i, p := range parameters {
			parameters[i] = strings.ReplaceAll(strings.TrimSpace(p), `"`, "")
		}
		slices.Sort(parameters)
		return "Authorization: Digest " + strings.Join(parameters, ", ")
	})
}
