package flags

import (
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"

	"shotput/cli/address"
	"shotput/loadgen"
)

// postPart is -F. What is wrong with its grammar is told with all other faults; files are read when the plan is made.
func (b *Body) postPart(value string) error {
	if _, err := scanPart(value); err != nil {
		return err
	}
	return b.post("form")(value)
}

// postPartAsIs is --form-string.
func (b *Body) postPartAsIs(value string) error {
	if !strings.Contains(value, "=") {
		return errNoPart
	}
	return b.post("form-string")(value)
}

var errNoPart = errors.New("a part is NAME=TEXT, NAME=@FILE or NAME=<FILE")

// addParts makes the parts of a form.
func (b *Body) addParts(to *loadgen.Body, in *Source) error {
	for _, p := range b.posted {
		if p.flag == "body-dir" { // of which a part takes a file
			continue
		}
		name, text, _ := strings.Cut(p.value, "=")
		made := loadgen.Part{Name: name, Text: text}
		if p.flag == "form" {
			s, _ := scanPart(p.value) // it was scanned when it was typed
			if s.from != 0 && s.content == "" {
				return b.refuse(p, errNoFile)
			}
			var err error
			if made, err = s.read(in); err != nil {
				return b.refuse(p, err)
			}
		}
		to.Form = append(to.Form, made)
	}
	return nil
}

// A scannedPart is one -F as it was typed. It is read as curl reads it: words end at a semicolon (and, of a file's
// name, at a comma) unless they are quoted, where \" and \\ stand for " and \.
type scannedPart struct {
	name     string
	from     byte   // '@' and '<' where the content is that of a file; else 0
	content  string // or the file's path
	typed    string // ;type=
	filename string // ;filename=
	headers  []string
}

// scanPart reads the grammar of -F, and refuses what curl would drop with a warning.
func scanPart(value string) (scannedPart, error) {
	name, rest, ok := strings.Cut(value, "=")
	if !ok {
		return scannedPart{}, errNoPart
	}
	s := scannedPart{name: name}
	w := words{stop: ";"}
	switch {
	case strings.HasPrefix(rest, "@"), strings.HasPrefix(rest, "<"):
		s.from, rest = rest[0], rest[1:]
	case strings.HasPrefix(rest, "("):
		return s, errors.New("a part within a part cannot be sent; for a text that begins with ( use --form-string")
	}
	if s.from == '@' {
		w.stop = ";,"
	}
	w.text, w.mask = rest, address.Mask(rest)
	s.content = w.next()
	for w.pass(';') {
		if err := s.attribute(&w); err != nil {
			return s, err
		}
	}
	if w.pass(',') {
		return s, errors.New("several files in one part cannot be sent; give each a -F of its own")
	}
	return s, w.err
}

var mediaType = regexp.MustCompile(`^[^/ ;]+/[^;, \n]+`)

// attribute reads what stands behind one semicolon.
func (s *scannedPart) attribute(w *words) error {
	key, is := w.key()
	switch {
	case is && key == "type":
		if s.typed = w.plain(); !mediaType.MatchString(s.typed) {
			return fmt.Errorf("the type %q is none such as text/plain", s.typed)
		}
	case is && key == "filename":
		if s.filename = w.next(); s.filename == "" {
			return errors.New("the filename is empty")
		}
	case is && key == "headers":
		s.headers = append(s.headers, w.next())
	case is && key == "encoder":
		return errors.New("no part is encoded here")
	case s.typed != "": // such as ;charset=utf-8
		s.typed += w.spaced + w.plain()
	default:
		return errors.New(`what follows a ; is type=, filename= or headers=; quote a text that holds one: NAME="a;b"`)
	}
	return nil
}

// read makes the part, and reads its files. A text is a template, what comes from a pipe is not.
func (s *scannedPart) read(in *Source) (loadgen.Part, error) {
	p := loadgen.Part{Name: s.name, Type: s.typed, Filename: s.filename}
	switch {
	case s.from == '@' && in.once(s.content):
		b, err := in.Read(s.content)
		if err != nil {
			return p, err
		}
		p.Text = address.Literally(string(b))
		if p.Filename == "" {
			p.Filename = filepath.Base(s.content)
		}
		if p.Type == "" && s.content != "-" && filepath.Ext(p.Filename) == "" { // else the name tells it
			p.Type = "application/octet-stream"
		}
	case s.from == '@':
		p.File = s.content
	case s.from == '<':
		b, err := in.Read(s.content)
		if err != nil {
			return p, err
		}
		p.Text = string(b)
	default:
		p.Text = s.content
	}
	return p, s.readHeaders(&p, in)
}

// readHeaders adds the headers of the part; @FILE has one on each line, and # begins a line that has none.
func (s *scannedPart) readHeaders(p *loadgen.Part, in *Source) error {
	for _, typed := range s.headers {
		lines := []string{typed}
		if strings.HasPrefix(typed, "@") || strings.HasPrefix(typed, "<") {
			b, err := in.Read(typed[1:])
			if err != nil {
				return err
			}
			lines = strings.Split(strings.ReplaceAll(string(b), "\r", ""), "\n")
		}
		for _, line := range lines {
			if strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#") {
				continue
			}
			h, err := parseHeader(line)
			if err != nil {
				return err
			}
			p.Header = append(p.Header, h)
		}
	}
	return nil
}
