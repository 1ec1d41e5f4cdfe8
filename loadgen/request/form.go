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
	text  text.Parts
	data  []byte // the text, rendered
	file  *os.File
	size  int64    // of the file, in bytes
	files *fileSet // of which each request has one
	owned bool     // the file is one request's
}

// A part is what one part of a form says, by itself: text, or one of files.
type part struct {
	text  text.Parts
	files *fileSet
}

// isText says whether the piece is text alone.
func (p *piece) isText() bool { return p.file == nil && p.files == nil }

// boundaryOf is what stands between the parts: the same in every request, so that the header is constant.
func boundaryOf(seed uint64) string {
	drawn := text.Scramble(seed ^ text.SaltOf("boundary", 0))
	return string(text.AppendHex([]byte("------------------------"), drawn, 16))
}

// Streams says why the body is a form that is not put together in memory; empty where it is none.
func (b *Body) Streams() string {
	for _, part := range b.Form {
		info, err := os.Stat(part.File)
		switch {
		case isTemplate(part.File):
			return "the form's file differs from request to request"
		case part.File != "" && err == nil && info.Size() > rows.SmallFile:
			return "the form has a file of more than 1 MiB"
		}
	}
	return ""
}

// ofFolder says whether a part of the form is the folder's file.
func (b *Body) ofFolder() bool {
	return slices.ContainsFunc(b.Form, func(p Part) bool { return text.Calls(p.File, "file") })
}

// openForm lays the parts out. Errors are Faults, joined.
func openForm(b *Body, env text.Env, from *text.Sources, boundary string) (made Source, err error) {
	var pieces []piece
	var faults []error
	if b.Dir != "" {
		if made.folder, err = openFolder(b.Dir); err != nil {
			return made, err
		}
		from.Names = made.folder
	}
	for i := range b.Form {
		field := fmt.Sprintf("form part %d", i+1)
		content, err := b.content(&b.Form[i], field, env, from)
		faults = append(faults, err)
		if made.folder == nil {
			made.folder = content.files
		}
		made.parts = append(made.parts, part{content.text, content.files})
		head, err := b.Form[i].head(field, env, content.files)
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
		whole := ofText(pieces[0].text)
		whole.parts = made.parts
		return whole, nil
	}
	made.Size, made.Form, made.also = formSize(pieces), pieces, pieceCloser(pieces)
	return made, nil
}

// join makes neighbours that are text one.
func join(pieces []piece) (all []piece) {
	for _, p := range pieces {
		if last := len(all) - 1; last >= 0 && p.isText() && all[last].isText() {
			all[last].text = text.Fold(all[last].text, p.text)
		} else {
			all = append(all, p)
		}
	}
	return all
}

// head is all of a part before its content, which is of one of files, if there are any.
func (p *Part) head(field string, env text.Env, files *fileSet) (piece, error) {
	head := text.Literal(`Content-Disposition: form-data; name="` + escapeName(p.Name) + `"`)
	if name := p.filename(files); name != nil {
		head = text.Fold(head, text.Literal(`; filename="`), name, text.Literal(`"`))
	}
	head = text.Fold(head, text.Literal("\r\n"))
	if p.names("Content-Disposition") { // its own is in the place of ours, as its type is
		head = nil
	}
	var faults []error
	if p.Name == "" {
		faults = append(faults, fault.Missing.In(field, "", "has no name"))
	}
	if t := p.ContentType(); t != "" && !p.names("Content-Type") {
		if strings.ContainsFunc(t, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			faults = append(faults,
				fault.Malformed.In(field+" type", t, "has a character that cannot stand in a header"))
		}
		head = text.Fold(head, text.Literal("Content-Type: "), p.typeOf(files), text.Literal("\r\n"))
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

// filename is what the server is told, escaped; a file's own name if nothing else is.
func (p *Part) filename(files *fileSet) text.Parts {
	switch {
	case p.Filename == "" && files != nil:
		return text.Made(func(dst []byte, r text.Scope) []byte { return append(dst, escapeName(files.NameOf(r))...) })
	case p.Filename == "" && p.File != "":
		return text.Literal(escapeName(filepath.Base(p.File)))
	case p.Filename == "":
		return nil
	}
	return text.Literal(escapeName(p.Filename))
}

// typeOf is the part's Content-Type, by the name of the request's file where nothing else says it.
func (p *Part) typeOf(files *fileSet) text.Parts {
	if files == nil || p.Type != "" {
		return text.Literal(p.ContentType())
	}
	return text.Made(func(dst []byte, r text.Scope) []byte {
		named := Part{Filename: p.Filename, File: files.NameOf(r)}
		return append(dst, named.ContentType()...)
	})
}

// curlTypes are the file types that curl knows; others go out as bytes.
var curlTypes = map[string]string{".gif": "image/gif", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png",
	".svg": "image/svg+xml", ".txt": "text/plain", ".htm": "text/html", ".html": "text/html", ".pdf": "application/pdf",
	".xml": "application/xml"}

// ContentType is the part's, by the name told to the server, then by the file's own; text without a name has none.
func (p *Part) ContentType() string {
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

// content is the content of a part.
func (b *Body) content(p *Part, field string, env text.Env, from *text.Sources) (piece, error) {
	if p.File == "" {
		t, err := env.Compile(p.Text, field)
		err = errors.Join(err, standInText(&t, isJSON(p.ContentType())))
		return piece{text: text.Fold(t.Parts)}, err
	}
	if p.Text != "" {
		return piece{}, fault.Conflict.In(field, p.Name, "has text and a file; give one of them").With(field + " file")
	}
	if isTemplate(p.File) {
		files, err := b.filesOf(p, field, env, from)
		return piece{files: files}, err
	}
	opened, err := openRegular(p.File)
	if err != nil {
		opened.close()
		return piece{}, fault.Unreadable.In(field+" file", p.File, "%v", fault.Plain(err))
	}
	if opened.File != nil {
		return piece{file: opened.File, size: opened.Size}, nil
	}
	return piece{text: text.Literal(string(opened.Data))}, nil
}

// filesOf are the files of a part that has one of its own in each request. {{file}} alone is that of the folder.
func (b *Body) filesOf(p *Part, field string, env text.Env, from *text.Sources) (*fileSet, error) {
	if folder, ok := from.Names.(*fileSet); ok && b.Dir != "" && text.Calls(p.File, "file") {
		if strings.Trim(p.File, "{} \t") == "file" {
			return folder, nil
		}
		return nil, fault.Unfit.In(field+" file", p.File,
			"has more than {{file}}, which is the path of the folder's file")
	}
	return rowText{field + " file", "the name of a form's file", env, from}.openFiles(p.File)
}

// formSize is the length of every form; -1 where it differs from request to request.
func formSize(pieces []piece) (size int64) {
	for _, p := range pieces {
		if !p.text.Fixed() || p.files != nil {
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
		if p.files != nil {
			own := p.files.content(r)
			p.data, p.file, p.size, p.owned = own.Data, own.File, own.Size, own.Owned
			c.Size += p.size
			continue
		}
		p.data = p.text.Append(nil, r)
		c.Size += p.size + int64(len(p.data))
	}
	return c
}

// An ownCloser closes the files that are of one request.
type ownCloser []piece

func (c ownCloser) Close() error {
	var errs []error
	for _, p := range c {
		if p.owned {
			errs = append(errs, p.file.Close())
		}
	}
	return errors.Join(errs...)
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
