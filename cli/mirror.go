package cli

import (
	"bufio"
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"shotput/loadgen"
)

// A mirror is request 1 in parts, from which other tools' command lines are made. Its secrets are gone already,
// so that no line made of it can hold one.
type mirror struct {
	request *request
	method  string
	url     string
	header  []loadgen.Header // without what every tool adds by itself
	body    []byte
	size    int64 // of the body
	authed  bool  // by flags or the URL: Authorization is not among header
}

// mirrored reads the rendered request back.
func (r *request) mirrored() (*mirror, error) {
	head, body, err := loadgen.Render(r.plan, 1, mostMirrored)
	if err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(bytes.NewReader(head))
	lines.Scan()
	target := strings.Fields(lines.Text())
	m := &mirror{request: r, method: method(&r.plan), body: body, size: int64(len(body))}
	u, err := authority(r.plan.Request.URL)
	if err != nil || len(target) < 2 {
		return nil, fmt.Errorf("read the request back: %w", err)
	}
	p := &r.plan
	m.authed = (p.Request.Auth.User != "" || u.User != nil || p.Request.Auth.Bearer != "" || p.Request.Auth.OAuth2.TokenURL != "" || p.Request.Auth.AWS.Region != "") && !m.set("Authorization")
	for lines.Scan() {
		m.take(lines.Text())
	}
	m.url = target[1]
	if strings.HasPrefix(m.url, "/") {
		m.url = u.Scheme + "://" + u.Host + m.url
	}
	return m, nil
}

// signed are the lines that a signature brings.
var signed = []string{"X-Amz-Date", "X-Amz-Content-Sha256", "X-Amz-Security-Token"}

// take keeps a header line that another tool would not make by itself.
func (m *mirror) take(line string) {
	name, value, ok := strings.Cut(line, ": ")
	is := func(names ...string) bool {
		return slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, name) })
	}
	if is("Content-Length") {
		m.size, _ = strconv.ParseInt(value, 10, 64) // we wrote it ourselves
	}
	own := is("Host") && !m.set("Host") || is("Content-Length") || is("Authorization") && m.authed ||
		is("Proxy-Authorization") && m.proxied() && !m.set("Proxy-Authorization") || m.ofProxy(name) || line == "Accept: */*" ||
		is("Content-Type") && len(m.request.plan.Request.Body.Form) > 0 && !m.set("Content-Type") || m.request.plan.Request.Auth.AWS.Region != "" && is(signed...)
	if ok && !own {
		m.header = append(m.header, loadgen.Header{Name: name, Value: value})
	}
}

// ofProxy says whether the header is there for the proxy's sake alone; another flag gives it.
func (m *mirror) ofProxy(name string) bool {
	return !m.set(name) && slices.ContainsFunc(m.request.plan.Route.ProxyHeader, func(h loadgen.Header) bool { return strings.EqualFold(h.Name, name) })
}

// has says whether the request has the header.
func (m *mirror) has(name string) bool {
	return slices.ContainsFunc(m.header, func(h loadgen.Header) bool { return strings.EqualFold(h.Name, name) })
}

// removed names the headers that other tools would add and this request has not.
func (m *mirror) removed() (names []string) {
	for _, h := range m.request.plan.Request.Header {
		if h.Remove {
			names = append(names, h.Name)
		}
	}
	if b := &m.request.plan.Request.Body; (b.Text != "" || b.Data != nil || b.Lines != "") && !m.has("Content-Type") && !slices.Contains(names, "Content-Type") {
		names = append(names, "Content-Type")
	}
	return names
}

// set says whether -H gives the header.
func (m *mirror) set(name string) bool {
	for _, h := range m.request.plan.Request.Header {
		if strings.EqualFold(h.Name, name) && !h.Remove {
			return true
		}
	}
	return false
}

// generated is how many bytes of the body are drawn; 0 where it is no such body.
func (m *mirror) generated() int64 {
	if b := &m.request.plan.Request.Body; b.Size > 0 || b.Sizes != "" {
		return m.size
	}
	return 0
}

// rendered is a text of the plan as request 1 has it.
func (m *mirror) rendered(text string) string {
	if !strings.Contains(text, "{{") {
		return text
	}
	p := m.request.plan
	p.Request.Body = loadgen.Body{Text: text}
	if _, body, err := loadgen.Render(p, 1, mostMirrored); err == nil {
		return string(body)
	}
	return text
}

// proxied says whether the plan names a proxy.
func (m *mirror) proxied() bool { p := m.request.plan.Route.Proxy; return p != "" && p != "none" }
