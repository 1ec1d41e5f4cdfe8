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
	words := []string{"curl -X " + line.Quote(m.method)}
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
	if n := m.generated(); n > 0 {
		words[0] = fmt.Sprintf("head -c %d /dev/urandom | ", n) + words[0]
	} else if m.piped() {
		words[0] = printed(m.body) + words[0]
	}
	words = append(words, m.curlBody()...)
	words = append(words, m.curlConnection()...)
	words = append(words, fmt.Sprintf("-m %g", m.Plan.WithDefaults().Transport.Timeout.Seconds()),
		secretly("", m.url, "query"))
	if said := m.unsaidInCurl(); said != "" {
		words = append(words, "# "+said)
	}
	return strings.Join(words, " ")
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
			words = append(words, m.curlPart(&b.Form[i]))
		}
	case b.File != "" && m.Uploads:
		words = append(words, "-T "+line.Quote(b.File))
	case b.File != "":
		words = append(words, "--data-binary "+line.Quote("@"+b.File))
	case b.Data != nil && m.cut() || m.generated() > 0 || m.piped():
		words = append(words, "--data-binary @-")
	case b.Dir != "":
		words = append(words, "-T "+line.Quote(b.Dir+"/FILE"))
	case m.isElsewhere():
		words = append(words, "--data-binary @BODY")
	case len(m.body) > 0:
		words = append(words, "--data-raw "+line.Quote(string(m.body)))
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
	return b.File != "" && m.Uploads || b.Dir != "" || m.size >= 1<<20 || m.cut()
}

// curlPart writes one part of a form.
func (m *Mirror) curlPart(p *loadgen.Part) string {
	text := m.rendered(p)
	plain := p.Type == "" && p.Filename == "" && len(p.Header) == 0
	if p.File == "" && plain && typeable(text) && strings.ContainsAny(text, ";@<(\"\\ ") {
		return "--form-string " + line.Quote(p.Name+"="+text)
	}
	part := p.Name + "=" + formWord(text)
	switch {
	case p.File != "":
		part = p.Name + "=@" + formWord(p.File)
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
		part += ";headers=" + formWord(h.Name+": "+redactedHeader(h))
	}
	return "-F " + line.Quote(part)
}

// redactedHeader is a header's value, unless it is a secret.
func redactedHeader(h loadgen.Header) string {
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

// httpFlags are curl's words for Plan.HTTP. Over TLS curl would offer HTTP/2 by itself.
var httpFlags = map[string]string{"": "--http1.1", "1.1": "--http1.1", "2": "--http2",
	"2-prior-knowledge": "--http2-prior-knowledge", "3": "--http3"}

func (m *Mirror) curlConnection() (words []string) {
	p := &m.Plan
	type option struct{ flag, value string }
	options := []option{{"--cacert", p.Route.TLS.CACert}, {"-E", p.Route.TLS.Cert}, {"--key", p.Route.TLS.Key},
		{"--tls-max", p.Route.TLS.Max}, {"--noproxy", p.Route.NoProxy},
		{"--unix-socket", p.Route.UnixSocket}, {"--interface", p.Route.Interface}}
	for _, entry := range p.Route.Resolve {
		options = append(options, option{"--resolve", entry})
	}
	for _, entry := range p.Route.ConnectTo {
		options = append(options, option{"--connect-to", entry})
	}
	for _, o := range options {
		if o.value != "" {
			words = append(words, o.flag+" "+line.Quote(o.value))
		}
	}
	for _, o := range []struct {
		on   bool
		flag string
	}{{p.Route.TLS.Insecure, "-k"}, {p.Route.TLS.Min != "", "--tlsv" + p.Route.TLS.Min},
		{p.Route.IPVersion != 0, fmt.Sprintf("-%d", p.Route.IPVersion)},
		{strings.HasPrefix(m.url, "https:") || p.Transport.HTTP != "" && p.Transport.HTTP != "1.1",
			httpFlags[p.Transport.HTTP]},
		{m.PathAsIs, "--path-as-is"}, {p.Transport.Follow, "-L"},
		{p.Transport.Follow && p.Transport.MaxRedirects > 0,
			fmt.Sprintf("--max-redirs %d", p.Transport.MaxRedirects)},
		{p.Route.ConnectTimeout > 0, fmt.Sprintf("--connect-timeout %g", p.Route.ConnectTimeout.Seconds())},
		{p.Request.Compressed && !m.has("Accept-Encoding"), "--compressed"},
		{p.Transport.ExpectContinue && !m.has("Expect"), "-H 'Expect: 100-continue'"},
		{p.Transport.ExpectTimeout > 0, fmt.Sprintf("--expect100-timeout %g", p.Transport.ExpectTimeout.Seconds())},
		{m.proxied(), "-x " + m.Rows.Veil("proxy", p.Route.Proxy)}} {
		if o.on {
			words = append(words, o.flag)
		}
	}
	return append(words, m.curlProxyHeaders()...)
}

func (m *Mirror) curlProxyHeaders() (words []string) {
	for _, h := range m.Plan.Route.ProxyHeader {
		line := h.Name + ": " + h.Value
		if h.Value == "" && !h.Remove {
			line = h.Name + ";"
		}
		words = append(words, "--proxy-header "+m.Rows.Veil("proxy-header", line))
	}
	return words
}

// unsaidInCurl is what curl has no words for.
func (m *Mirror) unsaidInCurl() string {
	p := &m.Plan
	var said []string
	for _, u := range []struct {
		on   bool
		what string
	}{{p.Request.Body.Dir != "", "FILE is one of the folder's"},
		{p.Request.Auth.OAuth2.TokenURL != "", "the token is of " + line.ShowURL(p.Request.Auth.OAuth2.TokenURL)},
		{p.Transport.ReadTimeout > 0, "curl has no --read-timeout"},
		{p.Request.Auth.AWS.UnsignedPayload, "curl signs the body too"},
		{p.Transport.SkipBody, "curl reads the answer's body"}, {m.isElsewhere(), "BODY is a file with the body"},
		{slices.ContainsFunc(p.Request.Body.Form, func(f loadgen.Part) bool { return !typeable(m.rendered(&f)) }),
			"FILE has the part's bytes"}} {
		if u.on {
			said = append(said, u.what)
		}
	}
	return strings.Join(said, "; ")
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
