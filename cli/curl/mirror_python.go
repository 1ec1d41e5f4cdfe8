package curl

import (
	"cmp"
	"fmt"
	"path/filepath"
	"strings"

	"shotput/cli/line"
	"shotput/loadgen"
	"shotput/loadgen/secret"
)

// Python is the call of the requests library that sends the same request. What requests cannot say stands behind it
// as a comment.
func (m *Mirror) Python() string {
	args := []string{secretString(m.url, "query")}
	if body := m.pythonBody(); body != "" {
		args = append(args, body)
	}
	if headers := m.pythonHeaders(); len(headers) > 0 {
		args = append(args, "headers={"+strings.Join(headers, ", ")+"}")
	}
	args = append(args, m.pythonOptions()...)
	call := "requests." + strings.ToLower(m.method)
	if !strings.Contains(" put post patch delete get head options ", " "+strings.ToLower(m.method)+" ") {
		call = "requests.request"
		args = append([]string{pythonString(m.method)}, args...)
	}
	call += "(" + strings.Join(args, ", ") + ")"
	var said []string
	if unsaid := m.unsaidInPython(); unsaid != "" {
		said = append(said, "requests has no "+unsaid)
	}
	if m.generated() > 0 {
		said = append(said, otherBytes)
	}
	if len(said) > 0 {
		call += "  # " + strings.Join(said, "; ")
	}
	return call
}

func (m *Mirror) pythonBody() string {
	b := &m.Plan.Request.Body
	var data string
	switch {
	case len(b.Form) > 0:
		return m.pythonFiles(b.Form)
	case b.File != "" && m.size == 0 && !b.Chunked:
		return "" // a file without bytes would be sent in chunks
	case b.File != "":
		data = "open(" + pythonString(b.File) + ", 'rb')"
	case m.generated() > 0:
		data = fmt.Sprintf("os.urandom(%d)", m.generated())
	case b.Data != nil && m.cut():
		data = "sys.stdin.buffer.read()"
	case m.cut():
		data = "open('BODY', 'rb')"
	case typeable(string(m.body)) && len(m.body) > 0:
		data = pythonString(string(m.body)) + ".encode()"
	case len(m.body) > 0:
		data = pythonBytes(string(m.body))
	default:
		return ""
	}
	if b.Chunked {
		data = "iter([" + strings.Replace(data, ", 'rb')", ", 'rb').read()", 1) + "])"
	}
	return "data=" + data
}

// pythonFiles writes a form as requests takes it: (name, (filename, content, type, headers)).
func (m *Mirror) pythonFiles(parts []loadgen.Part) string {
	var files []string
	for _, p := range parts {
		filename, content := "None", pythonText(p.Text)
		if p.File != "" {
			content = "open(" + pythonString(p.File) + ", 'rb')"
			p.Filename = cmp.Or(p.Filename, filepath.Base(p.File))
		}
		if p.Filename != "" {
			filename = pythonString(p.Filename)
		}
		file := filename + ", " + content
		if kind := p.ContentType(); kind != "" || len(p.Header) > 0 { // of itself it says none
			file += ", " + pythonString(kind)
		}
		var headers []string
		for _, h := range p.Header {
			headers = append(headers, pythonString(h.Name)+": "+pythonString(hideHeader(h)))
		}
		if len(headers) > 0 {
			file += ", {" + strings.Join(headers, ", ") + "}"
		}
		files = append(files, "("+pythonString(p.Name)+", ("+file+"))")
	}
	return "files=[" + strings.Join(files, ", ") + "]"
}

func (m *Mirror) pythonHeaders() (headers []string) {
	if p := &m.Plan; m.authed && (p.Request.Auth.Bearer != "" || p.Request.Auth.OAuth2.TokenURL != "") {
		headers = append(headers, "'Authorization': 'Bearer ' + "+environ("token"))
	}
	for _, h := range m.header {
		if !strings.EqualFold(h.Name, "Transfer-Encoding") { // it comes with an iterator
			headers = append(headers, pythonString(h.Name)+": "+secretString(h.Value, h.Name))
		}
	}
	for _, name := range m.removed() {
		headers = append(headers, pythonString(name)+": None")
	}
	return headers
}

// environ reads a secret's variable.
func environ(name string) string {
	return "os.environ['" + strings.Trim(line.Variable(name), `"$`) + "']"
}

// secretString is Python for text, with an environment variable where the secret was.
func secretString(text, name string) string {
	var code []string
	for i, part := range strings.Split(text, secret.Mark) {
		if i > 0 {
			code = append(code, environ(name))
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
