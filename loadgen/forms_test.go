package loadgen

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"shotput/loadgen/request"
)

var templateStart = time.Date(2026, 3, 4, 5, 6, 7, 89e6, time.FixedZone("elsewhere", 3600))

const renderedAt = 1500 * time.Millisecond

// newTemplate compiles the request of a plan that has no fault, with a token, to be closed with the test.
func newTemplate(t testing.TB, p Plan) *request.Template {
	t.Helper()
	p = p.WithDefaults()
	template, err := compileOne(&p, new(unit), templateStart, tokenOf(t, &p.Request.Auth.OAuth2, "Bearer abc", 0, nil))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { template.Close() })
	return template
}

// headerOf is the value of one header line of a head.
func headerOf(head, name string) string {
	_, rest, _ := strings.Cut(head, "\r\n"+name+": ")
	value, _, _ := strings.Cut(rest, "\r\n")
	return value
}

// wholeForm is request k as bytes, with a chunked body framed as one chunk.
func wholeForm(t *testing.T, template *request.Template, chunked bool, k int64) string {
	t.Helper()
	read, length := template.Body(k, 0)
	b, err := io.ReadAll(read)
	if err != nil || int64(len(b)) != length {
		t.Errorf("request %d: read %d bytes, %v; announced are %d", k, len(b), err, length)
	}
	body := string(b)
	head := string(template.AppendHead(nil, k, renderedAt, length))
	if !chunked {
		return head + body
	}
	if body != "" {
		body = fmt.Sprintf("%x\r\n%s\r\n", len(body), body)
	}
	return head + body + "0\r\n\r\n"
}

// netForm is request k as net/http's transport puts it on a connection.
func netForm(t *testing.T, template *request.Template, k int64) string {
	t.Helper()
	var wire bytes.Buffer
	dial := func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		go answerOne(server, &wire)
		return client, nil
	}
	transport := &http.Transport{DialContext: dial, DialTLSContext: dial, DisableCompression: true}
	defer transport.CloseIdleConnections()
	request, err := template.NewMaker().Make(t.Context(), k, renderedAt)
	if err != nil {
		t.Fatal(err)
	}
	response, err := transport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	return wire.String()
}

// answerOne reads one request from c into wire, and answers.
func answerOne(c net.Conn, wire *bytes.Buffer) {
	defer c.Close()
	if request, err := http.ReadRequest(bufio.NewReader(io.TeeReader(c, wire))); err == nil {
		io.Copy(io.Discard, request.Body)
		io.WriteString(c, "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
	}
}

// seen is what a server makes of a request, and the lines of its head as they were written, but for the request line in
// no order.
func seen(t *testing.T, whole string) []any {
	t.Helper()
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(whole)))
	if err != nil {
		t.Fatalf("%v in\n%.1000s", err, whole)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	head, _, _ := strings.Cut(whole, "\r\n\r\n")
	lines := strings.Split(head, "\r\n")
	slices.Sort(lines[1:])
	return []any{r.Method, r.RequestURI, r.Host, r.Header, r.ContentLength, r.Close, string(body), lines}
}
