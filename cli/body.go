package cli

import (
	"bytes"
	"errors"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"shotput/cli/line"
	"shotput/loadgen"
)

// posted is one flag that gives the body, or a part of it.
type posted struct{ flag, value string }

// A source of bytes: a file, or standard input, which can be read only once.
type source struct {
	stdin io.Reader
	spent bool
}

// once says whether the file can be read only once: standard input, a pipe, a device.
func (s *source) once(name string) bool {
	if name == "-" {
		return true
	}
	info, err := os.Stat(name)
	return err == nil && !info.Mode().IsRegular() && !info.IsDir()
}

// read gives the bytes of a file; - is standard input.
func (s *source) read(name string) ([]byte, error) {
	if name != "-" {
		b, err := os.ReadFile(name)
		return b, plainPath(err)
	}
	if s.spent {
		return nil, errors.New("standard input is read once, and another flag has read it")
	}
	s.spent = true
	return io.ReadAll(s.stdin)
}

// plainPath drops the operation and the path, which the message around it names.
func plainPath(err error) error {
	var p *os.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// body makes the plan's body and the headers that come with it, as curl does: -d and its relations are joined
// by & and typed as a form, a --json is put behind what precedes it as it is, -T adds its name to a URL that ends
// in a slash.
func (r *request) body(in *source) error {
	if len(r.posted) == 0 {
		return nil
	}
	switch first := r.posted[0]; r.Row(first.flag).Body {
	case "size":
		r.byDefault("Content-Type", "application/octet-stream")
	case "upload-file":
		if first.value == "." { // curl's other name for standard input
			first.value = "-"
		}
		r.plan.Request.URL = uploadURL(r.plan.Request.URL, first.value)
		return r.upload(first, in)
	case "form":
		return r.form(in)
	case "data":
		r.typed()
		if path, ok := strings.CutPrefix(first.value, "@"); ok && len(r.posted) == 1 && first.flag == "data-binary" {
			return r.upload(posted{first.flag, path}, in)
		}
		return r.join(in)
	}
	return nil
}

// isJSON says whether the body is given by --json.
func (r *request) isJSON() bool {
	return slices.ContainsFunc(r.posted, func(p posted) bool { return p.flag == "json" })
}

// typed adds the headers that come with -d, or with --json.
func (r *request) typed() {
	if r.isJSON() {
		r.byDefault("Content-Type", "application/json")
		r.byDefault("Accept", "application/json")
		return
	}
	r.byDefault("Content-Type", "application/x-www-form-urlencoded")
}

// upload sends a file byte for byte: from its name, or, where it can be read only once, from memory.
func (r *request) upload(p posted, in *source) (err error) {
	if !in.once(p.value) {
		r.plan.Request.Body.File = p.value
		return nil
	}
	if r.plan.Request.Body.Data, err = in.read(p.value); err != nil {
		return r.noBody(p.flag, p.value, err)
	}
	r.bodiless = len(r.plan.Request.Body.Data) == 0 && p.flag != "upload-file"
	return nil
}

// uploadURL puts the file's name behind a path that ends in a slash, or into a URL without a path. A query or a
// fragment stays behind it.
func uploadURL(target, path string) string {
	mask := maskActions(target)
	scheme, _, found := strings.Cut(mask, "://")
	if !found || path == "-" {
		return target
	}
	from := len(scheme + "://")
	end := len(mask)
	if i := strings.IndexAny(mask[from:], "?#"); i >= 0 {
		end = from + i
	}
	_, file, hasPath := strings.Cut(mask[from:end], "/")
	if file != "" && !strings.HasSuffix(file, "/") {
		return target
	}
	name := strings.ReplaceAll(url.QueryEscape(filepath.Base(path)), "+", "%20") // as curl: all but what RFC 3986 calls unreserved
	if !hasPath {
		name = "/" + name
	}
	return target[:end] + name + target[end:]
}

// join puts the parts together. Text is a template, and what --data-binary gives is not; a body of both would
// make a template of bytes that were to be sent as they are, so it is refused where the two would differ.
func (r *request) join(in *source) error {
	var whole bytes.Buffer
	var template, literal bool
	for i, p := range r.posted {
		part, err := r.part(p, in)
		if err != nil {
			return err
		}
		if i > 0 && p.flag != "json" {
			whole.WriteByte('&')
		}
		whole.Write(part)
		template = template || p.flag != "data-binary"
		literal = literal || p.flag == "data-binary" && bytes.Contains(part, []byte("{{"))
	}
	switch {
	case whole.Len() == 0:
		r.bodiless = true
	case !template:
		r.plan.Request.Body.Data = whole.Bytes()
	case literal:
		return r.noBody("data-binary", "", errors.New("it holds {{, which is no template there, but is in the -d beside it; give one of them"))
	default:
		r.plan.Request.Body.Text = whole.String()
		if r.isJSON() {
			r.plan.Request.Body.As = "json"
		}
	}
	return nil
}

// part is the text of one flag, or of the file that it names.
func (r *request) part(p posted, in *source) ([]byte, error) {
	if p.flag == "data-urlencode" {
		text, err := urlencoded(p.value, in)
		if err != nil {
			return nil, r.noBody(p.flag, p.value, err)
		}
		return []byte(text), nil
	}
	path, isFile := strings.CutPrefix(p.value, "@")
	if !isFile || p.flag == "data-raw" {
		return []byte(p.value), nil
	}
	b, err := in.read(path)
	if err != nil {
		return nil, r.noBody(p.flag, p.value, err)
	}
	if p.flag == "data" {
		all := len(b)
		b = slices.DeleteFunc(b, func(c byte) bool { return c == '\r' || c == '\n' || c == 0 })
		r.dropped += int64(all - len(b))
	}
	return b, nil
}

func (r *request) noBody(flag, value string, err error) error {
	instead := "text"
	if r.Row(flag).Body == "form" {
		instead = "name=text"
	}
	return usage(Hint{Code: "body-file", Error: "read the body, " + r.Row(flag).Name() + " " + r.Show(flag, value) + ": " + err.Error(),
		Try: r.With(flag, instead).String(), about: line.Fault{Flag: flag, Value: value, Why: "read the body: " + err.Error()}})
}

// byDefault adds a header that -H has not set, emptied or removed.
func (r *request) byDefault(name, value string) {
	if !r.names(name) {
		r.plan.Request.Header = append(r.plan.Request.Header, loadgen.Header{Name: name, Value: value})
	}
}

// names says whether -H has set, emptied or removed the header.
func (r *request) names(name string) bool {
	return slices.ContainsFunc(r.plan.Request.Header, func(h loadgen.Header) bool { return strings.EqualFold(h.Name, name) })
}
