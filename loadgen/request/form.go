package request

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"shotput/loadgen/fault"
	"shotput/loadgen/header"
	"shotput/loadgen/rows"
	"shotput/loadgen/text"
)

// A form goes out as curl 7.88 writes it (RFC 7578): each part's Content-Disposition, then its Content-Type if it has
// one, then its own header lines. Names are escaped as HTML has it: of a name's bytes, only the quote and line ends.

// A piece is a stretch of a form's bytes: text, or a file too large to be held.
type piece struct {
	text text.Parts
	data []byte // the text, rendered
	file *os.File
	size int64 // of the file, in bytes
}

// boundaryOf is what stands between the parts: the same in every request, so that the header is constant.
func boundaryOf(seed uint64) string {
	drawn := text.Scramble(seed ^ text.SaltOf("boundary", 0))
	return string(text.AppendHex([]byte("------------------------"), drawn, 16))
}

// Streams says whether the body is a form with a file that is too large to be held in memory.
func (b *Body) Streams() bool {
	return slices.ContainsFunc(b.Form, func(part Part) bool {
		info, err := os.Stat(part.File)
		return part.File != "" && err == nil && info.Size() > rows.SmallFile
	})
}

// openForm lays the parts out. Errors are Faults, joined.
func openForm(form []Part, env text.Env, boundary string) (Source, error) {
	var pieces []piece
	var faults []error
	for i := range form {
		field := fmt.Sprintf("form part %d", i+1)
		head, err := form[i].head(field, env)
		faults = append(faults, err)
		content, err := form[i].content(field, env)
		faults = append(faults, err)
		pieces = append(pieces, piece{text: text.Literal("--" + boundary + "\r\n")}, head, content,
			piece{text: text.Literal("\r\n")})
	}
	pieces = join(append(pieces, piece{text: text.Literal("--" + boundary + "--\r\n")}))
	if err := errors.Join(faults...); err != nil {
		closeAll(pieces)
		return Source{}, err
	}
	if len(pieces) == 1 {
		return ofText(pieces[0].text), nil
	}
	return Source{Size: formSize(pieces), Form: pieces, also: pieceCloser(pieces)}, nil
}

// join makes neighbours that are text one.
func join(pieces []piece) (all []piece) {
	for _, p := range pieces {
		if last := len(all) - 1; last >= 0 && p.file == nil && all[last].file == nil {
			all[last].text = text.Fold(all[last].text, p.text)
		} else {
			all = append(all, p)
		}
	}
	return all
}

// head is all of a part before its content.
func (p *Part) head(field string, env text.Env) (piece, error) {
	disposition := `Content-Disposition: form-data; name="` + escapeName(p.Name) + `"`
	if name := p.filename(); name != "" {
		disposition += `; filename="` + escapeName(name) + `"`
	}
	head := text.Literal(disposition + "\r\n")
	if p.names("Content-Disposition") { // its own is in the place of ours, as its type is
		head = nil
	}
	var faults []error
	if p.Name == "" {
		faults = append(faults, fault.Missing.In(field, "", "has no name"))
	}
	if t := p.contentType(); t != "" && !p.names("Content-Type") {
		if strings.ContainsFunc(t, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			faults = append(faults,
				fault.Malformed.In(field+" type", t, "has a character that cannot stand in a header"))
		}
		head = text.Fold(head, text.Literal("Content-Type: "+t+"\r\n"))
	}
	for _, h := range p.Header {
		value, err := compileHeaderValue(env, h.Value, field+" header "+h.Name, "")
		if !header.IsToken(h.Name) {
			err = fault.Malformed.In(field+" header", h.Name, "is no header name; write 'Name: value'")
		}
		faults = append(faults, err)
		head = text.Fold(head, text.Literal(h.Name+": "), value, text.Literal("\r\n"))
	}
	return piece{text: text.Fold(head, text.Literal("\r\n"))}, errors.Join(faults...)
}

func (p *Part) names(name string) bool { return header.Named(p.Header, name) }

// filename is what the server is told; a file's own name if nothing else is.
func (p *Part) filename() string {
	if p.Filename == "" && p.File != "" {
		return filepath.Base(p.File)
	}
	return p.Filename
}

// curlTypes are the file types that curl knows; others go out as bytes.
var curlTypes = map[string]string{".gif": "image/gif", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png",
	".svg": "image/svg+xml", ".txt": "text/plain", ".htm": "text/html", ".html": "text/html", ".pdf": "application/pdf",
	".xml": "application/xml"}

// contentType is the part's, by the name told to the server, then by the file's own; text without a name has none.
func (p *Part) contentType() string {
	if p.Type != "" {
		return p.Type
	}
	for _, name := range []string{p.Filename, p.File} {
		if t, known := curlTypes[strings.ToLower(filepath.Ext(name))]; known {
			return t
		}
	}
	if p.File != "" {
		return "application/octet-stream"
	}
	return ""
}

var nameEscapes = strings.NewReplacer(`"`, "%22", "\r", "%0D", "\n", "%0A")

func escapeName(s string) string { return nameEscapes.Replace(s) }

func (p *Part) content(field string, env text.Env) (piece, error) {
	if p.File == "" {
		t, err := env.Compile(p.Text, field)
		err = errors.Join(err, standInText(&t, isJSON(p.contentType())))
		return piece{text: text.Fold(t.Parts)}, err
	}
	if p.Text != "" {
		return piece{}, fault.Conflict.In(field, p.Name, "has text and a file; give one of them").With(field + " file")
	}
	b, err := openRegular(p.File)
	if err != nil {
		b.close()
		return piece{}, fault.Unreadable.In(field+" file", p.File, "%v", fault.Plain(err))
	}
	if b.File != nil {
		return piece{file: b.File, size: b.Size}, nil
	}
	return piece{text: text.Literal(string(b.Data))}, nil
}

// formSize is the length of every form; -1 where it differs from request to request.
func formSize(pieces []piece) (size int64) {
	for _, p := range pieces {
		if !p.text.Fixed() {
			return -1
		}
		size += p.size + int64(len(p.text.Append(nil, text.Scope{})))
	}
	return size
}

// contentOf renders a form with files in it, for the portable engine; the event loop does not send such.
func contentOf(pieces []piece, r text.Scope) Content {
	c := Content{form: slices.Clone(pieces)}
	for i := range c.form {
		p := &c.form[i]
		p.data = p.text.Append(nil, r)
		c.Size += p.size + int64(len(p.data))
	}
	return c
}

func formReader(pieces []piece) io.Reader {
	var all []io.Reader
	for _, p := range pieces {
		if p.file != nil {
			all = append(all, io.NewSectionReader(p.file, 0, p.size))
		} else {
			all = append(all, bytes.NewReader(p.data))
		}
	}
	return io.MultiReader(all...)
}

// A pieceCloser closes the files of a form.
type pieceCloser []piece

func (c pieceCloser) Close() error { return closeAll(c) }

func closeAll(pieces []piece) error {
	var errs []error
	for _, p := range pieces {
		if p.file != nil {
			errs = append(errs, p.file.Close())
		}
	}
	return errors.Join(errs...)
}

// formType is the Content-Type of a form in which boundary stands between the parts.
func formType(boundary string) string { return "multipart/form-data; boundary=" + boundary }

// boundary is what stands between the parts of the request's form: what its own Content-Type says, if it does.
func (s *Spec) boundary(seed uint64) string {
	for _, h := range s.Header {
		if strings.EqualFold(h.Name, "Content-Type") && !h.Remove {
			if _, params, err := mime.ParseMediaType(h.Value); err == nil && params["boundary"] != "" {
				return params["boundary"]
			}
		}
	}
	return boundaryOf(seed)
}

// withBoundary is the value of the header h, with the boundary that a form's Content-Type cannot do without.
func (s *Spec) withBoundary(h header.Line, seed uint64) header.Line {
	if len(s.Body.Form) == 0 || h.Remove || !strings.EqualFold(h.Name, "Content-Type") {
		return h
	}
	kind, params, _ := strings.Cut(h.Value, ";")
	if strings.HasPrefix(strings.ToLower(strings.TrimSpace(kind)), "multipart/") &&
		!strings.Contains(strings.ToLower(params), "boundary=") {
		h.Value = strings.TrimRight(h.Value, "; \t") + "; boundary=" + boundaryOf(seed)
	}
	return h
}
