package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"shotput/loadgen"
)

// posted is one flag that gives the body, or a part of it.
type posted struct{ flag, value string }

// A source of bytes: a file, or standard input, which can be read only once.
type source struct {
	stdin io.Reader
	spent bool
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

// post notes a flag that gives the body. Two flags that would each be the whole of it are refused: sending
// either one would be a guess.
func (r *request) post(flag string) func(string) error {
	return func(value string) error {
		for _, p := range r.posted {
			if kind(p.flag) != kind(flag) || kind(flag) == "upload-file" {
				return fmt.Errorf("%w, and %s gives one already", errTwoBodies, r.row(p.flag).name())
			}
		}
		r.posted = append(r.posted, posted{flag, value})
		return nil
	}
}

// kind names the flags whose values are joined to one body.
func kind(flag string) string { return strings.SplitN(flag, "-", 2)[0] }

// body makes the plan's body and the headers that come with it, as curl does: -d and its relations are joined
// by & and typed as a form, several --json are put end to end, -T adds its name to a URL that ends in a slash.
func (r *request) body(in *source) error {
	if len(r.posted) == 0 {
		return nil
	}
	first := r.posted[0]
	switch first.flag {
	case "size":
		r.byDefault("Content-Type", "application/octet-stream")
		return nil
	case "upload-file":
		return r.upload(first.value, in)
	case "json":
		r.byDefault("Content-Type", "application/json")
		r.byDefault("Accept", "application/json")
	default:
		r.byDefault("Content-Type", "application/x-www-form-urlencoded")
	}
	if path, ok := strings.CutPrefix(first.value, "@"); ok && len(r.posted) == 1 && first.flag == "data-binary" && path != "-" {
		r.plan.Body = loadgen.Body{File: path}
		return nil
	}
	return r.join(in)
}

// upload is -T.
func (r *request) upload(path string, in *source) (err error) {
	if path == "-" {
		r.plan.Body.Data, err = in.read("-")
		return err
	}
	r.plan.Body.File = path
	r.plan.URL = uploadURL(r.plan.URL, path)
	return nil
}

// uploadURL puts the file's name behind a URL that names a folder, or no path at all. A query stands for
// itself: curl adds nothing then.
func uploadURL(target, path string) string {
	_, rest, _ := strings.Cut(maskActions(target), "://")
	named := strings.Contains(rest, "/") && !strings.HasSuffix(rest, "/")
	if target == "" || named || strings.ContainsAny(rest, "?#") {
		return target
	}
	if !strings.Contains(rest, "/") {
		target += "/"
	}
	return target + url.PathEscape(filepath.Base(path))
}

// maskActions puts letters in the place of template actions, whose own signs are no part of a URL.
func maskActions(s string) string {
	for {
		from := strings.Index(s, "{{")
		to := strings.Index(s, "}}")
		if from < 0 || to < from {
			return s
		}
		s = s[:from] + strings.Repeat("x", to+2-from) + s[to+2:]
	}
}

// join puts the parts together. Text is a template, and what --data-binary gives is not; a body of both would
// make a template of bytes that were to be sent as they are, so it is refused where the two would differ.
func (r *request) join(in *source) error {
	var whole bytes.Buffer
	var template, literal bool
	for _, p := range r.posted {
		part, err := r.part(p, in)
		if err != nil {
			return err
		}
		if whole.Len() > 0 && p.flag != "json" {
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
		r.plan.Body.Data = whole.Bytes()
	case literal:
		return r.noBody("data-binary", "", errors.New("it holds {{, which is no template there, but is in the -d beside it; give one of them"))
	default:
		r.plan.Body.Text = whole.String()
	}
	return nil
}

// part is the text of one flag, or of the file that it names.
func (r *request) part(p posted, in *source) ([]byte, error) {
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
	return usage(Hint{Code: "body-file", Error: "read the body, " + r.row(flag).name() + " " + shown(flag, value) + ": " + err.Error(),
		Try: r.with(flag, "text").String(), about: about{flag, value, "read the body: " + err.Error()}})
}

// byDefault adds a header that -H has not set, emptied or removed.
func (r *request) byDefault(name, value string) {
	for _, h := range r.plan.Header {
		if strings.EqualFold(h.Name, name) {
			return
		}
	}
	r.plan.Header = append(r.plan.Header, loadgen.Header{Name: name, Value: value})
}
