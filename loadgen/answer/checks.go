package answer

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"shotput/loadgen/fault"
	"shotput/loadgen/header"
	"shotput/loadgen/secret"
)

// Checks are what an answer must hold, beside its status: headers, and what stands in its body. They are made when the
// clock of the request has stopped, on answers whose status was expected. Safe for concurrent use.
type Checks struct {
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

// Checked says whether there is more to check than the status.
func (s *Spec) Checked() bool { return len(s.Header) > 0 || s.readsBody() }

// readsBody says whether a check needs the body.
func (s *Spec) readsBody() bool { return s.Body != "" || s.JSON != "" }

// bodyField is the field of a check that needs the body.
func (s *Spec) bodyField() string {
	if s.Body != "" {
		return "expect-body-regex"
	}
	return "expect-json"
}

// Kept is how many bytes of a body the checks need.
func (s *Spec) Kept() int {
	if s.readsBody() {
		return bodyKept
	}
	return 0
}

// Compile compiles the checks; nil where there are none. decode says that the request asks for compressed answers. The
// error joins all faults.
func (s *Spec) Compile(decode bool) (*Checks, error) {
	if !s.Checked() {
		return nil, nil
	}
	var f fault.List
	c := &Checks{decode: decode}
	for _, line := range s.Header {
		name, value, valued := strings.Cut(line, ":")
		if name = strings.TrimSpace(name); !header.IsToken(name) {
			f.Add(fault.Malformed.In("expect-header", secret.Text(line), "is no header: write 'Name' or 'Name: value'"))
		}
		c.headers = append(c.headers, headerCheck{name, strings.TrimSpace(value), valued})
	}
	var err error
	if s.Body != "" {
		if c.body, err = regexp.Compile(s.Body); err != nil {
			f.Add(fault.Malformed.In("expect-body-regex", secret.Text(s.Body),
				"is no regular expression (RE2): %v", plainSyntax(err)))
		}
	}
	if s.JSON != "" {
		if c.json, err = parseJSONChecks(s.JSON); err != nil {
			f.Add(fault.Malformed.In("expect-json", secret.Text(s.JSON), "%v", err))
		}
	}
	return c, errors.Join(f...)
}

// why says which check does not hold, secrets hidden; empty where all do.
func (c *Checks) why(a *Seen) string {
	for i := range c.headers {
		if why := c.headers[i].why(a); why != "" {
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
	if c.body != nil && !c.body.Match(a.Body) {
		return fmt.Sprintf("body does not match /%s/: %s%s", secret.Text(c.body.String()), secret.Excerpt(a.Body),
			a.bound())
	}
	if c.json != nil {
		return whyJSON(c.json, *a)
	}
	return ""
}

// bound says that only the beginning of a body was looked at; empty where it was the whole.
func (a *Seen) bound() string {
	if a.Cut {
		return " (only its first MiB was looked at)"
	}
	return ""
}

func (h *headerCheck) why(a *Seen) string {
	first, found := a.First(h.name)
	if !found {
		return "header " + h.name + " is missing"
	}
	for v := range a.Values(h.name) {
		if !h.valued || v == h.value {
			return ""
		}
	}
	show := func(v string) string { return secret.URL(secret.Header(h.name, v)) }
	return fmt.Sprintf("header %s is %q, expected %q", h.name, show(secret.Clip(first)), show(h.value))
}

// unpack decodes a body that the server has compressed, up to bodyKept bytes, or says why it cannot.
func (a *Seen) unpack() (why string) {
	if a.unpacked {
		return ""
	}
	encoding := strings.ToLower(strings.Join(slices.Collect(a.Values("Content-Encoding")), ", "))
	var r io.Reader
	var err error
	switch encoding {
	case "", "identity":
		return ""
	case "gzip", "x-gzip":
		r, err = gzip.NewReader(bytes.NewReader(a.Body))
	case "deflate":
		if r, err = zlib.NewReader(bytes.NewReader(a.Body)); err == zlib.ErrHeader {
			r, err = flate.NewReader(bytes.NewReader(a.Body)), nil // what some servers take the word for
		}
	default:
		return fmt.Sprintf("body is encoded as %q, which no check can read", secret.Clip(encoding))
	}
	if err == nil {
		var plain []byte
		plain, err = io.ReadAll(io.LimitReader(r, bodyKept+1))
		if err == nil || a.Cut && errors.Is(err, io.ErrUnexpectedEOF) {
			a.Cut = a.Cut || len(plain) > bodyKept
			a.Body, a.unpacked = plain[:min(len(plain), bodyKept)], true
			return ""
		}
	}
	return fmt.Sprintf("body is no %s: %v", encoding, err)
}
