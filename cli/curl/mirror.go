package curl

import (
	"bufio"
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"shotput/cli/address"
	"shotput/cli/line"
	"shotput/loadgen"
)

// A Request is what was asked for, as far as other tools have words for it.
type Request struct {
	Plan     loadgen.Plan
	Rows     line.Rows // which know what of a value is a secret
	Uploads  bool      // the body is a file that is uploaded under its name
	PathAsIs bool      // the URL's path keeps its dots
	Pipe     string    // a command that writes the body, in the place of the body itself
	// for a person who looks at the answer: curl prints its head too, and is told nothing that is seldom looked at
	Shows bool
}

// A Mirror is request 1 in parts, from which other tools' command lines are made. Its secrets are gone already,
// so that no line made of it can hold one.
type Mirror struct {
	Request
	method string
	url    string
	header []loadgen.Header // without what every tool adds by itself
	body   []byte
	size   int64 // of the body
	zero   bool  // its length is sent, and is 0
	authed bool  // by flags or the URL: Authorization is not among header
}

// Reflect renders the first request of a plan, and reads it back.
func Reflect(r Request) (*Mirror, error) {
	made, err := loadgen.Render(r.Plan, 1, mostMirrored)
	if err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(bytes.NewReader(made.Head))
	lines.Scan()
	m := &Mirror{Request: r, method: cmp.Or(r.Plan.Request.Method, "PUT"), url: made.URL, body: made.Body,
		size: int64(len(made.Body))}
	m.Plan.Request.Body = made.From
	server, err := address.Server(r.Plan.Request.URL)
	if err != nil {
		return nil, fmt.Errorf("read the request back: %w", err)
	}
	a := &r.Plan.Request.Auth
	m.authed = (a.User != "" || server.User != nil || a.Bearer != "" || a.OAuth2.TokenURL != "" ||
		a.AWS.Region != "") &&
		!m.set("Authorization")
	for lines.Scan() {
		m.take(lines.Text())
	}
	return m, nil
}

// signed are the lines that a signature brings.
var signed = []string{"X-Amz-Date", "X-Amz-Content-Sha256", "X-Amz-Security-Token"}

// take keeps a header line that another tool would not make by itself.
func (m *Mirror) take(line string) {
	name, value, ok := strings.Cut(line, ": ")
	is := func(names ...string) bool {
		return slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, name) })
	}
	if is("Content-Length") {
		m.size, _ = strconv.ParseInt(value, 10, 64) // we wrote it ourselves
		m.zero = value == "0"
	}
	own := is("Host") && !m.set("Host") || is("Content-Length") || is("Authorization") && m.authed ||
		is("Proxy-Authorization") && m.proxied() && !m.set("Proxy-Authorization") || m.ofProxy(name) ||
		line == "Accept: */*" || m.Shows && is("User-Agent") && !m.set("User-Agent") ||
		is("Content-Type") && len(m.Plan.Request.Body.Form) > 0 && !m.set("Content-Type") ||
		m.Plan.Request.Auth.AWS.Region != "" && is(signed...)
	if ok && !own {
		m.header = append(m.header, loadgen.Header{Name: name, Value: value})
	}
}

// ofProxy says whether the header is there for the proxy's sake alone; another flag gives it.
func (m *Mirror) ofProxy(name string) bool {
	return !m.set(name) && slices.ContainsFunc(m.Plan.Route.ProxyHeader,
		func(h loadgen.Header) bool { return strings.EqualFold(h.Name, name) })
}

// has says whether the request has the header.
func (m *Mirror) has(name string) bool {
	return slices.ContainsFunc(m.header, func(h loadgen.Header) bool { return strings.EqualFold(h.Name, name) })
}

// removed names the headers that other tools would add and this request has not.
func (m *Mirror) removed() (names []string) {
	for _, h := range m.Plan.Request.Header {
		if h.Remove {
			names = append(names, h.Name)
		}
	}
	if b := &m.Plan.Request.Body; (b.Text != "" || b.Data != nil || b.Lines != "" || b.File != "" && !m.Uploads) &&
		m.size > 0 && !m.has("Content-Type") && !slices.Contains(names, "Content-Type") {
		names = append(names, "Content-Type")
	}
	return names
}

// set says whether -H gives the header.
func (m *Mirror) set(name string) bool {
	for _, h := range m.Plan.Request.Header {
		if strings.EqualFold(h.Name, name) && !h.Remove {
			return true
		}
	}
	return false
}

// generated is how many bytes of the body are drawn; 0 where it is no such body.
func (m *Mirror) generated() int64 {
	if b := &m.Plan.Request.Body; b.Size > 0 || b.Sizes != "" {
		return m.size
	}
	return 0
}

// proxied says whether the plan names a proxy.
func (m *Mirror) proxied() bool { p := m.Plan.Route.Proxy; return p != "" && p != "none" }
