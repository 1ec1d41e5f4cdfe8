package answer

import (
	"bytes"
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"shotput/loadgen/fault"
	"shotput/loadgen/header"
	"shotput/loadgen/jsonpath"
	"shotput/loadgen/secret"
)

// A Capture takes a value from an answer, for the requests that follow it in its flow.
type Capture struct {
	Name string `json:"name,omitzero"` // by which {{captured "name"}} gives it
	From string `json:"from,omitzero"` // header, json, regex, status, cookie or url
	What string `json:"what,omitzero"` // the header's name, the path, the expression, the cookie's name; nothing of status and url
}

// captureForms are what a capture may be taken from, with an example of each.
var captureForms = []struct{ from, example string }{
	{"header", "header Location"}, {"json", "json .id"}, {"regex", "regex id=([0-9]+)"}, {"status", "status"},
	{"cookie", "cookie SID"}, {"url", "url"},
}

// ParseCapture reads what stands behind a capture's name, such as "header ETag". The error is a Fault.
func ParseCapture(name, s string) (Capture, error) {
	from, what, _ := strings.Cut(strings.TrimSpace(s), " ")
	c := Capture{Name: name, From: from, What: strings.TrimSpace(what)}
	_, err := c.Compile(false)
	return c, err
}

// String is the capture as it is written, without its name. What stands in an expression may be a secret.
func (c Capture) String() string { return strings.TrimSpace(c.From + " " + secret.Text(c.What)) }

// ReadsBody says whether the answer's body is looked at.
func (c Capture) ReadsBody() bool { return c.From == "json" || c.From == "regex" }

// Kept is how many bytes of a body the capture needs.
func (c Capture) Kept() int {
	if c.ReadsBody() {
		return bodyKept
	}
	return 0
}

// A Taker is a Capture, compiled. Safe for concurrent use.
type Taker struct {
	Capture
	path    jsonpath.Path
	pattern *regexp.Regexp
	decode  bool
}

// Compile compiles it. decode says that the request asks for compressed answers. The error is a Fault.
func (c Capture) Compile(decode bool) (*Taker, error) {
	t := &Taker{Capture: c, decode: decode}
	if why := t.compile(); why != "" {
		return nil, t.faultOf(why)
	}
	return t, nil
}

// compile says what is wrong with what is written; "" where nothing is.
func (t *Taker) compile() (why string) {
	var err error
	bare := t.What == ""
	switch t.From {
	case "status", "url":
		if !bare {
			why = "has something behind it"
		}
	case "header", "cookie":
		if !header.IsToken(t.What) {
			why = "names no " + t.From
		}
	case "json":
		if !strings.HasPrefix(t.What, ".") {
			why = "has no path that begins with a dot"
		} else if t.path, err = jsonpath.Parse(t.What); err != nil {
			why = "has a path with " + err.Error()
		}
	case "regex":
		if t.pattern, err = regexp.Compile(t.What); err != nil {
			why = "is no regular expression (RE2): " + plainSyntax(err).Error()
		} else if t.pattern.NumSubexp() == 0 {
			why = "has no group: what is wanted stands in parentheses"
		}
	default:
		why = "is no form of a capture"
	}
	return why
}

// faultOf is the fault of what is written, with an example of the form that was meant.
func (t *Taker) faultOf(why string) error {
	forms := make([]string, len(captureForms))
	for i, f := range captureForms {
		forms[i] = f.from
	}
	kind, meant := fault.Malformed, t.From
	if !slices.Contains(forms, t.From) {
		kind, meant = fault.Unknown, fault.Nearest(t.From, forms)
	}
	example := t.inForm(meant, captureForms[max(0, slices.Index(forms, meant))].example)
	value := t.Capture.String()
	if meant == "" {
		why += "; known are " + strings.Join(forms, ", ")
	}
	return kind.In("capture", value, "%s; write %s", why, example).MendBy(fault.Replace, "capture", example)
}

// inForm is what is written, in the form that was meant; the example of that where it would be none.
func (t *Taker) inForm(meant, example string) string {
	for _, what := range []string{t.What, "." + t.What} {
		own := Taker{Capture: Capture{From: meant, What: what}}
		if shown := own.String(); t.What != "" && own.compile() == "" && shown == strings.TrimSpace(meant+" "+what) {
			return shown
		}
	}
	return example
}

// Take gives the value, or says why there is none, secrets hidden. It is never empty, and never has a line break or a
// NUL in it, which no request could hold. status and url are the answer's: url is that of the request, or where
// redirects led.
func (t *Taker) Take(a *Seen, status int, url string) (value, why string) {
	switch t.From {
	case "status":
		value = strconv.Itoa(status)
	case "url":
		value = url
	case "header":
		value, why = t.fromHeader(a)
	case "cookie":
		value, why = t.fromCookies(a)
	case "json", "regex":
		value, why = t.fromBody(a)
	}
	switch {
	case why != "":
		return "", why
	case value == "":
		return "", t.String() + " is empty"
	case strings.ContainsAny(value, "\r\n\x00"):
		return "", t.String() + " has a line break or a NUL in it"
	}
	return value, ""
}

func (t *Taker) fromHeader(a *Seen) (value, why string) {
	if value, found := a.First(t.What); found {
		return value, ""
	}
	return "", "header " + t.What + " is missing"
}

// fromCookies takes a cookie that the answer sets: of several of one name the last, which is the one that is kept.
func (t *Taker) fromCookies(a *Seen) (value, why string) {
	why = "cookie " + t.What + " is not set"
	for line := range a.Values("Set-Cookie") {
		if c, err := http.ParseSetCookie(line); err == nil && c.Name == t.What {
			value, why = c.Value, ""
		}
	}
	return value, why
}

func (t *Taker) fromBody(a *Seen) (value, why string) {
	if t.decode {
		if why = a.unpack(); why != "" {
			return "", why
		}
	}
	if t.pattern != nil {
		return t.fromText(a)
	}
	if a.Cut {
		return "", "body is longer than 1 MiB, too long to capture from its json"
	}
	if !json.Valid(a.Body) {
		return "", "body is no json: " + secret.Excerpt(a.Body)
	}
	switch v := t.path.At(bytes.TrimSpace(a.Body)); {
	case v == nil:
		return "", "json " + t.What + " is missing"
	case string(v) == "null":
		return "", "json " + t.What + " is null"
	default:
		return string(jsonpath.Append(nil, v)), ""
	}
}

func (t *Taker) fromText(a *Seen) (value, why string) {
	found := t.pattern.FindSubmatchIndex(a.Body)
	if found == nil || found[2] < 0 {
		return "", "body does not match " + t.String() + ": " + secret.Excerpt(a.Body) + a.bound()
	}
	return string(a.Body[found[2]:found[3]]), ""
}
