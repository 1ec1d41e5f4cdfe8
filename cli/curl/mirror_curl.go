package curl

import (
	"fmt"
	"slices"
	"strings"

	"shotput/cli/line"
	"shotput/loadgen"
	"shotput/loadgen/secret"
)

// Curl is the line that sends the same request. What curl cannot say stands behind it as a comment.
func (m *Mirror) Curl() string {
	words := []string{m.curlMethod()}
	for _, h := range m.header {
		if h.Value == "" {
			words = append(words, "-H "+line.Quote(h.Name+";")) // with a colon curl would leave it out
			continue
		}
		words = append(words, "-H "+secretly(h.Name+": ", h.Value, h.Name))
	}
	for _, name := range m.removed() {
		words = append(words, "-H "+line.Quote(name+":"))
	}
	words = append(words, m.curlAuth()...)
	if m.Pipe != "" {
		words[0] = m.Pipe + " | " + words[0]
	} else if n := m.generated(); n > 0 {
		words[0] = fmt.Sprintf("head -c %d /dev/urandom | ", n) + words[0]
	} else if m.piped() {
		words[0] = printCommand(m.body) + words[0]
	} else if i := m.pipedPart(); i >= 0 {
		words[0] = printCommand([]byte(m.Plan.Request.Body.Form[i].Text)) + words[0]
	}
	words = append(words, m.curlBody()...)
	words = append(words, m.curlConnection()...)
	if !m.Shows || m.Plan.Transport.Timeout > 0 {
		words = append(words, fmt.Sprintf("-m %g", m.Plan.WithDefaults().Transport.Timeout.Seconds()))
	}
	words = append(words, secretly("", m.url, "query"))
	if said := m.unsaidInCurl(); said != "" {
		words = append(words, "# "+said)
	}
	return strings.Join(words, " ")
}

// curlMethod begins the line. With -X HEAD curl would wait for a body.
func (m *Mirror) curlMethod() string {
	switch {
	case m.method == "HEAD":
		return "curl -I"
	case m.Shows && m.method == "GET" && m.size == 0:
		return "curl -i"
	case m.Shows:
		return "curl -i -X " + line.Quote(m.method)
	}
	return "curl -X " + line.Quote(m.method)
}

func (m *Mirror) curlAuth() (words []string) {
	p := &m.Plan
	switch {
	case !m.authed:
	case p.Request.Auth.Bearer != "" || p.Request.Auth.OAuth2.TokenURL != "":
		words = append(words, "--oauth2-bearer "+line.Variable("token"))
	case p.Request.Auth.AWS.Region != "":
		words = append(words,
			"--aws-sigv4 "+line.Quote("aws:amz:"+p.Request.Auth.AWS.Region+":"+p.Request.Auth.AWS.Service),
			"-u "+line.Variable("user"))
		if p.Request.Auth.AWS.SessionToken != "" {
			words = append(words, "-H 'X-Amz-Security-Token: '"+line.Variable("session_token"))
		}
	case p.Request.Auth.Digest:
		words = append(words, "--digest -u "+line.Variable("user"))
	default:
		words = append(words, "-u "+line.Variable("user"))
	}
	return words
}

func (m *Mirror) curlBody() (words []string) {
	b := &m.Plan.Request.Body
	switch {
	case len(b.Form) > 0:
		for i := range b.Form {
			words = append(words, m.curlPart(&b.Form[i], i == m.pipedPart()))
		}
	case b.File != "" && m.Uploads:
		words = append(words, "-T "+line.Quote(b.File))
	case b.File != "":
		words = append(words, "--data-binary "+line.Quote("@"+b.File))
	case m.Pipe != "", b.Data != nil && m.cut() || m.generated() > 0 || m.piped():
		words = append(words, "--data-binary @-")
	case m.isElsewhere():
		words = append(words, "--data-binary @BODY")
	case len(m.body) > 0:
		words = append(words, "--data-raw "+line.Quote(string(m.body)))
	case m.zero: // which curl says of a body alone
		words = append(words, "-H 'Content-Length: 0'")
	}
	if b.Chunked && !m.has("Transfer-Encoding") {
		words = append(words, "-H 'Transfer-Encoding: chunked'")
	}
	if m.curlAsks() && !m.Plan.Transport.ExpectContinue && !m.has("Expect") {
		words = append(words, "-H Expect:")
	}
	return words
}

// curlAsks says whether curl may ask by itself before it sends the body: that of -T, and any that is long.
func (m *Mirror) curlAsks() bool {
	b := &m.Plan.Request.Body
	return b.File != "" && m.Uploads || m.size >= 1<<20 || m.cut()
}

// pipedPart is the part of a form that curl is given through a pipe, the first that cannot stand in a line; -1 is none.
func (m *Mirror) pipedPart() int {
	return slices.IndexFunc(m.Plan.Request.Body.Form, unwritable)
}

func unwritable(p loadgen.Part) bool { return p.File == "" && !typeable(p.Text) }

// curlPart writes one part of a form.
func (m *Mirror) curlPart(p *loadgen.Part, piped bool) string {
	text := p.Text
	plain := p.Type == "" && p.Filename == "" && len(p.Header) == 0
	if p.File == "" && plain && typeable(text) && strings.ContainsAny(text, ";@<(\"\\ ") {
		return "--form-string " + line.Quote(p.Name+"="+text)
	}
	part := p.Name + "=" + formWord(text)
	switch {
	case p.File != "":
		part = p.Name + "=@" + formWord(p.File)
	case piped:
		part = p.Name + "=<-"
	case !typeable(text):
		part = p.Name + "=<FILE"
	}
	if p.Type != "" {
		part += ";type=" + p.Type
	}
	if p.Filename != "" {
		part += ";filename=" + formWord(p.Filename)
	}
	for _, h := range p.Header {
		part += ";headers=" + formWord(h.Name+": "+hideHeader(h))
	}
	return "-F " + line.Quote(part)
}

// hideHeader is a header's value, unless it is a secret.
func hideHeader(h loadgen.Header) string {
	if line.HidesHeader(h.Name, h.Value) {
		return "…"
	}
	return h.Value
}

// formWord quotes what would end a word of -F, or give it another meaning.
func formWord(s string) string {
	if strings.ContainsAny(s, ";,\"\\ @<(") {
		return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
	}
	return s
}

// secretly quotes text for a shell, with a variable where the secret was.
func secretly(prefix, text, name string) string {
	parts := strings.Split(text, secret.Mark)
	word := quoteUnlessEmpty(prefix + parts[0])
	for _, part := range parts[1:] {
		word += line.Variable(name) + quoteUnlessEmpty(part)
	}
	return word
}

func quoteUnlessEmpty(s string) string {
	if s == "" {
		return ""
	}
	return line.Quote(s)
}
