package loadgen

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"

	"shotput/stats"
)

// checks are what an answer must hold, beside its status: headers, and what stands in its body. They are made when the
// clock of the request has stopped, on answers whose status was expected. Safe for concurrent use.
type checks struct {
	headers []headerCheck
	body    *regexp.Regexp // nil: none
	json    []jsonCheck
	decode  bool // the plan asks for compressed answers
}

// A headerCheck wants a header, and where a value is given, one with that value.
type headerCheck struct {
	name, value string
	valued      bool
}

// bodyKept bounds how much of a body is kept for checks, and how much is decoded, in bytes.
const bodyKept = 1 << 20

// checked says whether the plan has checks.
func (p *Plan) checked() bool { return len(p.Answer.Header) > 0 || p.readsForChecks() }

// readsForChecks says whether a check needs the body.
func (p *Plan) readsForChecks() bool { return p.Answer.Body != "" || p.Answer.JSON != "" }

// keptForChecks is how many bytes of a body the checks need.
func (p *Plan) keptForChecks() int {
	if p.readsForChecks() {
		return bodyKept
	}
	return 0
}

// newChecks compiles the plan's checks; nil where it has none. The error joins all faults.
func newChecks(p *Plan) (*checks, error) {
	if !p.checked() {
		return nil, nil
	}
	var f faults
	c := &checks{decode: p.Request.Compressed}
	for _, line := range p.Answer.Header {
		name, value, valued := strings.Cut(line, ":")
		if name = strings.TrimSpace(name); !isToken(name) {
			f.add("expect-header", redactText(line), "is no header: write 'Name' or 'Name: value'")
		}
		c.headers = append(c.headers, headerCheck{name, strings.TrimSpace(value), valued})
	}
	var err error
	if p.Answer.Body != "" {
		if c.body, err = regexp.Compile(p.Answer.Body); err != nil {
			f.add("expect-body-regex", redactText(p.Answer.Body), "is no regular expression (RE2): %v", plainSyntax(err))
		}
	}
	if p.Answer.JSON != "" {
		if c.json, err = parseJSONChecks(p.Answer.JSON); err != nil {
			f.add("expect-json", redactText(p.Answer.JSON), "%v", err)
		}
	}
	return c, errors.Join(f...)
}

// An answer is what checks look at: the headers that they name, and the beginning of the body.
type answer struct {
	header http.Header
	body   []byte
	cut    bool // the body was longer
}

// apply makes the checks, and turns o into a failure where one does not hold.
func (c *checks) apply(o *stats.Observation, a answer) {
	if why := c.why(a); why != "" {
		o.Outcome, o.Detail = stats.CheckFailed, why
	}
}

// why says which check does not hold, secrets hidden; empty where all do.
func (c *checks) why(a answer) string {
	for i := range c.headers {
		if why := c.headers[i].why(a.header); why != "" {
			return why
		}
	}
	if c.body == nil && c.json == nil {
		return ""
	}
	if c.decode {
		if why := a.unpack(); why != "" {
			return why
		}
	}
	if c.body != nil && !c.body.Match(a.body) {
		return fmt.Sprintf("body does not match /%s/: %s%s", redactText(c.body.String()), excerpt(a.body), a.bound())
	}
	if c.json != nil {
		return whyJSON(c.json, a)
	}
	return ""
}

// bound says that only the beginning of a body was looked at; empty where it was the whole.
func (a *answer) bound() string {
	if a.cut {
		return " (only its first MiB was looked at)"
	}
	return ""
}

func (h *headerCheck) why(header http.Header) string {
	values := header.Values(h.name)
	if len(values) == 0 {
		return "header " + h.name + " is missing"
	}
	for _, v := range values {
		if !h.valued || v == h.value {
			return ""
		}
	}
	show := func(v string) string { return redactURL(redactHeader(h.name, v)) }
	return fmt.Sprintf("header %s is %q, expected %q", h.name, show(values[0]), show(h.value))
}

// wanted takes the headers that are looked at out of lines of "Name: value" and CRLF.
func (c *checks) wanted(lines []byte) http.Header {
	header := http.Header{}
	for line := range bytes.SplitSeq(lines, []byte("\r\n")) {
		name, value, _ := bytes.Cut(line, []byte(": "))
		if c.looksAt(name) {
			header.Add(string(name), string(value))
		}
	}
	return header
}

func (c *checks) looksAt(name []byte) bool {
	for i := range c.headers {
		if strings.EqualFold(c.headers[i].name, string(name)) {
			return true
		}
	}
	return c.decode && strings.EqualFold("Content-Encoding", string(name))
}

// unpack decodes a body that the server has compressed, up to bodyKept bytes, or says why it cannot.
func (a *answer) unpack() (why string) {
	encoding := strings.ToLower(strings.Join(a.header.Values("Content-Encoding"), ", "))
	var r io.Reader
	var err error
	switch encoding {
	case "", "identity":
		return ""
	case "gzip", "x-gzip":
		r, err = gzip.NewReader(bytes.NewReader(a.body))
	case "deflate":
		if r, err = zlib.NewReader(bytes.NewReader(a.body)); err == zlib.ErrHeader {
			r, err = flate.NewReader(bytes.NewReader(a.body)), nil // what some servers take the word for
		}
	default:
		return fmt.Sprintf("body is encoded as %q, which no check can read", encoding)
	}
	if err == nil {
		var plain []byte
		plain, err = io.ReadAll(io.LimitReader(r, bodyKept+1))
		if err == nil || a.cut && errors.Is(err, io.ErrUnexpectedEOF) {
			a.cut = a.cut || len(plain) > bodyKept
			a.body = plain[:min(len(plain), bodyKept)]
			return ""
		}
	}
	return fmt.Sprintf("body is no %s: %v", encoding, err)
}

const (
	excerptRead  = 512 // bytes of a text that are looked at for an excerpt
	excerptShown = 80  // and shown, when its secrets are hidden
)

// secretText finds secrets in a text by what stands before them: "token": "…", password=…, and userinfo in URLs.
var secretText = regexp.MustCompile(`(?i)("?[\w-]*(?:auth|cookie|token|secret|passw|api-?_?key|access-?_?key|signature|credential|session)[\w-]*"?\s*[:=!<>~]+\s*)("(?:[^"\\]|\\.)*"?|[^\s,;&}\]]+)|(://)[^/\s"@]*@`)

// excerpt is the beginning of a text in quotes, secrets hidden.
func excerpt(b []byte) string {
	s := redactText(string(b[:min(len(b), excerptRead)]))
	if len(s) > excerptShown || len(b) > excerptRead {
		return fmt.Sprintf("%q…", strings.ToValidUTF8(s[:min(len(s), excerptShown)], ""))
	}
	return fmt.Sprintf("%q", s)
}

func redactText(s string) string {
	return secretText.ReplaceAllStringFunc(s, func(found string) string {
		m := secretText.FindStringSubmatch(found)
		if m[3] != "" {
			return m[3] + redacted + "@"
		}
		return m[1] + redacted
	})
}
