package curl

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"shotput/cli/address"
	"shotput/cli/line"
	"shotput/loadgen"
)

// What concerns the connection, in the words of both, and what one of them has no words for: a new field of the
// connection is said here or nowhere.

// httpFlags are curl's words for Plan.HTTP. Over TLS curl would offer HTTP/2 by itself.
var httpFlags = map[string]string{"": "--http1.1", "1.1": "--http1.1", "2": "--http2",
	"2-prior-knowledge": "--http2-prior-knowledge", "3": "--http3"}

func (m *Mirror) curlConnection() (words []string) {
	p := &m.Plan
	type option struct{ flag, value string }
	options := []option{{"--cacert", p.Route.TLS.CACert}, {"-E", certWord.Replace(p.Route.TLS.Cert)},
		{"--cert-type", p.Route.TLS.CertType}, {"--key", p.Route.TLS.Key},
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
		{p.Route.TLS.Pass != "", "--pass " + m.Rows.Veil("pass", p.Route.TLS.Pass)},
		{m.PathAsIs, "--path-as-is"}, {p.Transport.Follow, followFlag(p)},
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

// certWord writes a file's name behind -E, where a colon begins a password.
var certWord = strings.NewReplacer(`\`, `\\`, ":", `\:`)

// followFlag is what has curl follow redirects.
func followFlag(p *loadgen.Plan) string {
	if p.Transport.FollowTrusted {
		return "--location-trusted"
	}
	return "-L"
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
	}{{m.generated() > 0, otherBytes},
		{p.Request.Auth.OAuth2.TokenURL != "", "the token is of " + line.ShowURL(p.Request.Auth.OAuth2.TokenURL)},
		{p.Transport.ReadTimeout > 0, "curl has no --read-timeout"},
		{p.Request.Auth.AWS.UnsignedPayload, "curl signs the body too"},
		{p.Transport.SkipBody, "curl reads the answer's body"}, {m.isElsewhere(), "BODY is a file with the body"},
		{slices.ContainsFunc(p.Request.Body.Form[m.pipedPart()+1:], unwritable),
			"FILE has the part's bytes"}} {
		if u.on {
			said = append(said, u.what)
		}
	}
	return strings.Join(said, "; ")
}

func (m *Mirror) pythonOptions() (args []string) {
	p := &m.Plan
	switch {
	case !m.authed || p.Request.Auth.Bearer != "" || p.Request.Auth.OAuth2.TokenURL != "" ||
		p.Request.Auth.AWS.Region != "":
	case p.Request.Auth.Digest:
		args = append(args, "auth=requests.auth.HTTPDigestAuth(*"+environ("user")+".split(':', 1))")
	default:
		args = append(args, "auth=tuple("+environ("user")+".split(':', 1))")
	}
	switch {
	case p.Route.TLS.Insecure:
		args = append(args, "verify=False")
	case p.Route.TLS.CACert != "":
		args = append(args, "verify="+pythonString(p.Route.TLS.CACert))
	}
	switch {
	case p.Route.TLS.Key != "":
		args = append(args, "cert=("+pythonString(p.Route.TLS.Cert)+", "+pythonString(p.Route.TLS.Key)+")")
	case p.Route.TLS.Cert != "":
		args = append(args, "cert="+pythonString(p.Route.TLS.Cert))
	}
	if m.proxied() {
		proxy := pythonString(p.Route.Proxy)
		if m.Rows.Hides("proxy", p.Route.Proxy) {
			proxy = environ("proxy") // the whole of it, as in curl's line
		}
		args = append(args, "proxies={'http': "+proxy+", 'https': "+proxy+"}")
	}
	if p.Transport.SkipBody {
		args = append(args, "stream=True")
	}
	return append(args, "timeout="+m.pythonTimeout(),
		"allow_redirects="+map[bool]string{true: "True", false: "False"}[p.Transport.Follow])
}

// pythonTimeout is one limit, or the two that requests has: of connecting, and between two bytes of the answer.
func (m *Mirror) pythonTimeout() string {
	p := &m.Plan
	whole := p.WithDefaults().Transport.Timeout
	if p.Route.ConnectTimeout == 0 && p.Transport.ReadTimeout == 0 {
		return fmt.Sprintf("%g", whole.Seconds())
	}
	return fmt.Sprintf("(%g, %g)", cmp.Or(p.Route.ConnectTimeout, whole).Seconds(),
		cmp.Or(p.Transport.ReadTimeout, whole).Seconds())
}

// unsaidInPython names the flags that requests has no argument for.
func (m *Mirror) unsaidInPython() string {
	p := &m.Plan
	var flags []string
	for _, u := range []struct {
		on   bool
		flag string
	}{{len(p.Route.Resolve) > 0, "--resolve"}, {len(p.Route.ConnectTo) > 0, "--connect-to"},
		{p.Route.UnixSocket != "", "--unix-socket"}, {p.Route.Interface != "", "--interface"},
		{p.Route.IPVersion != 0, fmt.Sprintf("-%d", p.Route.IPVersion)},
		{p.Transport.HTTP != "" && p.Transport.HTTP != "1.1", httpFlags[p.Transport.HTTP]},
		{p.Route.TLS.Min != "", "--tlsv" + p.Route.TLS.Min},
		{p.Route.TLS.Max != "", "--tls-max"}, {p.Route.NoProxy != "",
			"--noproxy (NO_PROXY in the environment does it)"}, {len(p.Route.ProxyHeader) > 0, "--proxy-header"},
		{address.Squash(m.url) != m.url, "--path-as-is"},
		{p.Request.Body.Chunked && len(p.Request.Body.Form) > 0, "--chunked of a form"},
		{p.Transport.ExpectContinue, "--expect-continue"}, {p.Request.Auth.AWS.Region != "", "--aws-sigv4"},
		{p.Request.Auth.OAuth2.TokenURL != "", "--oauth2-url (it takes a token)"},
		{p.Route.TLS.Pass != "", "--pass"}, {p.Route.TLS.CertType == "P12", "--cert-type"},
		{p.Transport.Follow && p.Transport.FollowTrusted, "--location-trusted"},
		{p.Transport.MaxRedirects > 0, "--max-redirs"}} {
		if u.on {
			flags = append(flags, u.flag)
		}
	}
	return strings.Join(flags, ", ")
}
