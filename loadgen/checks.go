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

// checked says whether there is more to check than the status.
func (s *AnswerSpec) checked() bool { return len(s.Header) > 0 || s.readsBody() }

// readsBody says whether a check needs the body.
func (s *AnswerSpec) readsBody() bool { return s.Body != "" || s.JSON != "" }

// kept is how many bytes of a body the checks need.
func (s *AnswerSpec) kept() int {
	if s.readsBody() {
		return bodyKept
	}
	return 0
}

// compile compiles the checks; nil where there are none. decode says that the request asks for compressed answers. The
// error joins all faults.
func (s *AnswerSpec) compile(decode bool) (*checks, error) {
	if !s.checked() {
		return nil, nil
	}
	var f faults
	c := &checks{decode: decode}
	for _, line := range s.Header {
		name, value, valued := strings.Cut(line, ":")
		if name = strings.TrimSpace(name); !isToken(name) {
			f.add("expect-header", redactText(line), "is no header: write 'Name' or 'Name: value'")
		}
		c.headers = append(c.headers, headerCheck{name, strings.TrimSpace(value), valued})
	}
	var err error
	if s.Body != "" {
		if c.body, err = regexp.Compile(s.Body); err != nil {
			f.add("expect-body-regex", redactText(s.Body), "is no regular expression (RE2): %v", plainSyntax(err))
		}
	}
	if s.JSON != "" {
		if c.json, err = parseJSONChecks(s.JSON); err != nil {
			f.add("expect-json", redactText(s.JSON), "%v", err)
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
