package cli

import (
	"bufio"
	"bytes"
	"fmt"
	"net/url"
	"slices"
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
	authed  bool // by -u or the URL: Authorization is not among header
}

// redactedMark is what loadgen puts in the place of a secret.
var redactedMark = strings.SplitN(shownURL("http://u:p@h/"), "@", 2)[0][len("http://"):]

// mirrored reads the rendered request back.
func (r *request) mirrored() (*mirror, error) {
	head, body, err := loadgen.Render(r.plan, 1, 1<<20)
	if err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(bytes.NewReader(head))
	lines.Scan()
	target := strings.Fields(lines.Text())
	m := &mirror{request: r, method: method(&r.plan), body: body}
	u, err := url.Parse(maskActions(r.plan.URL))
	if err != nil || len(target) < 2 {
		return nil, fmt.Errorf("read the request back: %w", err)
	}
	m.authed = (r.plan.User != "" || u.User != nil) && !m.set("Authorization")
	for lines.Scan() {
		m.take(lines.Text())
	}
	m.url = target[1]
	if strings.HasPrefix(m.url, "/") {
		m.url = u.Scheme + "://" + u.Host + m.url
	}
	return m, nil
}

// take keeps a header line that another tool would not make by itself.
func (m *mirror) take(line string) {
	name, value, ok := strings.Cut(line, ": ")
	own := strings.EqualFold(name, "Host") && !m.set("Host") || strings.EqualFold(name, "Content-Length") ||
		strings.EqualFold(name, "Authorization") && m.authed || line == "Accept: */*"
	if ok && !own {
		m.header = append(m.header, loadgen.Header{Name: name, Value: value})
	}
}

// removed names the headers that other tools would add and this request has not.
func (m *mirror) removed() (names []string) {
	has := func(name string) bool {
		return slices.ContainsFunc(m.header, func(h loadgen.Header) bool { return strings.EqualFold(h.Name, name) })
	}
	for _, h := range m.request.plan.Header {
		if h.Remove {
			names = append(names, h.Name)
		}
	}
	if b := &m.request.plan.Body; (b.Text != "" || b.Data != nil) && !has("Content-Type") && !slices.Contains(names, "Content-Type") {
		names = append(names, "Content-Type")
	}
	return names
}

// set says whether -H gives the header.
func (m *mirror) set(name string) bool {
	for _, h := range m.request.plan.Header {
		if strings.EqualFold(h.Name, name) && !h.Remove {
			return true
		}
	}
	return false
}

// curl is the line that sends the same request.
func (m *mirror) curl() string {
	p := &m.request.plan
	words := []string{"curl -X " + quote(m.method)}
	for _, h := range m.header {
		words = append(words, "-H "+secretly(h.Name+": ", h.Value, h.Name))
	}
	for _, name := range m.removed() {
		words = append(words, "-H "+quote(name+":"))
	}
	if m.authed {
		words = append(words, "-u "+variable("user"))
	}
	switch {
	case p.Body.File != "" && m.request.posted[0].flag == "upload-file":
		words = append(words, "-T "+quote(p.Body.File))
	case p.Body.File != "":
		words = append(words, "--data-binary "+quote("@"+p.Body.File))
	case p.Body.Size > 0:
		words[0] = fmt.Sprintf("head -c %d /dev/urandom | ", p.Body.Size) + words[0]
		words = append(words, "--data-binary @-")
	case len(m.body) > 0 && p.Body.Data == nil:
		words = append(words, "--data-raw "+quote(string(m.body)))
	case p.Body.Data != nil:
		words = append(words, "--data-binary @-")
	}
	for _, o := range []struct{ flag, value string }{{"--cacert", p.CACert}, {"-E", p.Cert}, {"--key", p.Key}} {
		if o.value != "" {
			words = append(words, o.flag+" "+quote(o.value))
		}
	}
	if p.Insecure {
		words = append(words, "-k")
	}
	if p.Proxy != "" && p.Proxy != "none" {
		words = append(words, "-x "+veiled("proxy", p.Proxy))
	}
	words = append(words, fmt.Sprintf("-m %g", p.Record().Timeout.Seconds()), secretly("", m.url, "query"))
	return strings.Join(words, " ")
}

// secretly quotes text for a shell, with a variable where the secret was.
func secretly(prefix, text, name string) string {
	parts := strings.Split(text, redactedMark)
	word := quoteUnlessEmpty(prefix + parts[0])
	for _, part := range parts[1:] {
		word += variable(name) + quoteUnlessEmpty(part)
	}
	return word
}

func quoteUnlessEmpty(s string) string {
	if s == "" {
		return ""
	}
	return quote(s)
}

// python is the call of the requests library that sends the same request.
func (m *mirror) python() string {
	p := &m.request.plan
	args := []string{secretString(m.url, "query")}
	switch {
	case p.Body.File != "":
		args = append(args, "data=open("+pythonString(p.Body.File)+", 'rb')")
	case p.Body.Size > 0:
		args = append(args, fmt.Sprintf("data=os.urandom(%d)", p.Body.Size))
	case p.Body.Data != nil:
		args = append(args, "data=sys.stdin.buffer.read()")
	case len(m.body) > 0:
		args = append(args, "data="+pythonString(string(m.body))+".encode()")
	}
	var headers []string
	for _, h := range m.header {
		headers = append(headers, pythonString(h.Name)+": "+secretString(h.Value, h.Name))
	}
	for _, name := range m.removed() {
		headers = append(headers, pythonString(name)+": None")
	}
	if len(headers) > 0 {
		args = append(args, "headers={"+strings.Join(headers, ", ")+"}")
	}
	args = append(args, m.pythonOptions()...)
	call := "requests." + strings.ToLower(m.method)
	if !strings.Contains(" put post patch delete get head options ", " "+strings.ToLower(m.method)+" ") {
		call = "requests.request"
		args = append([]string{pythonString(m.method)}, args...)
	}
	return call + "(" + strings.Join(args, ", ") + ")"
}

func (m *mirror) pythonOptions() (args []string) {
	p := &m.request.plan
	if m.authed {
		args = append(args, "auth=tuple(os.environ['SHOTPUT_USER'].split(':', 1))")
	}
	switch {
	case p.Insecure:
		args = append(args, "verify=False")
	case p.CACert != "":
		args = append(args, "verify="+pythonString(p.CACert))
	}
	switch {
	case p.Key != "":
		args = append(args, "cert=("+pythonString(p.Cert)+", "+pythonString(p.Key)+")")
	case p.Cert != "":
		args = append(args, "cert="+pythonString(p.Cert))
	}
	if p.Proxy != "" && p.Proxy != "none" {
		proxy := secretString(shownURL(p.Proxy), "proxy")
		args = append(args, "proxies={'http': "+proxy+", 'https': "+proxy+"}")
	}
	return append(args, fmt.Sprintf("timeout=%g, allow_redirects=False", p.Record().Timeout.Seconds()))
}

// secretString is Python for text, with an environment variable where the secret was.
func secretString(text, name string) string {
	var code []string
	for i, part := range strings.Split(text, redactedMark) {
		if i > 0 {
			code = append(code, "os.environ['"+strings.Trim(variable(name), `"$`)+"']")
		}
		if part != "" || text == "" {
			code = append(code, pythonString(part))
		}
	}
	return strings.Join(code, " + ")
}

// pythonString is s as a Python literal.
func pythonString(s string) string {
	var b strings.Builder
	b.WriteByte('\'')
	for _, r := range s {
		switch {
		case r == '\'' || r == '\\':
			b.WriteString(`\` + string(r))
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r < ' ':
			fmt.Fprintf(&b, `\x%02x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('\'')
	return b.String()
}
