package cli

import (
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"

	"shotput/loadgen"
)

// formPart is -F. What is wrong with its grammar is told with all other faults; files are read when the plan is made.
func (r *request) formPart(value string) error {
	if _, err := scanPart(value); err != nil {
		return err
	}
	return r.post("form")(value)
}

// formPartAsIs is --form-string.
func (r *request) formPartAsIs(value string) error {
	if !strings.Contains(value, "=") {
		return errNoPart
	}
	return r.post("form-string")(value)
}

var errNoPart = errors.New("a part is NAME=TEXT, NAME=@FILE or NAME=<FILE")

// form makes the parts of the plan's body.
func (r *request) form(in *source) error {
	for _, p := range r.posted {
		name, text, _ := strings.Cut(p.value, "=")
		made := loadgen.Part{Name: name, Text: text}
		if p.flag == "form" {
			s, _ := scanPart(p.value) // it was scanned when it was typed
			var err error
			if made, err = s.part(in); err != nil {
				return r.noBody(p.flag, p.value, err)
			}
		}
		r.plan.Request.Body.Form = append(r.plan.Request.Body.Form, made)
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
	w.text, w.mask = rest, maskActions(rest)
	s.content = w.next()
	for w.passed(';') {
		if err := s.attribute(&w); err != nil {
			return s, err
		}
	}
	if w.passed(',') {
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

// part reads the files of the part. A text is a template, what comes from a pipe is not.
func (s *scannedPart) part(in *source) (loadgen.Part, error) {
	p := loadgen.Part{Name: s.name, Type: s.typed, Filename: s.filename}
	switch {
	case s.from == '@' && in.once(s.content):
		b, err := in.read(s.content)
		if err != nil {
			return p, err
		}
		p.Text = literally(string(b))
		if p.Filename == "" {
			p.Filename = filepath.Base(s.content)
		}
		if p.Type == "" && s.content != "-" && filepath.Ext(p.Filename) == "" { // else the name tells it
			p.Type = "application/octet-stream"
		}
	case s.from == '@':
		p.File = s.content
	case s.from == '<':
		b, err := in.read(s.content)
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
func (s *scannedPart) readHeaders(p *loadgen.Part, in *source) error {
	for _, typed := range s.headers {
		lines := []string{typed}
		if strings.HasPrefix(typed, "@") || strings.HasPrefix(typed, "<") {
			b, err := in.read(typed[1:])
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

// words cuts a -F into its words. The mask is the text with its actions hidden; both are as long.
type words struct {
	text, mask string
	at         int
	stop       string // signs that end a word
	spaced     string // the sign and the spaces before the word that is next
	err        error
}

// passed steps over the sign and the spaces behind it, if it is next.
func (w *words) passed(sign byte) bool {
	if w.at >= len(w.mask) || w.mask[w.at] != sign {
		return false
	}
	from := w.at
	w.at++
	w.skip()
	w.spaced = w.text[from:w.at]
	return true
}

func (w *words) skip() { w.at = len(w.mask) - len(strings.TrimLeft(w.mask[w.at:], " \t")) }

// key steps over NAME= if the next word begins so.
func (w *words) key() (key string, is bool) {
	for _, key := range []string{"type", "filename", "headers", "encoder"} {
		if n := len(key) + 1; len(w.mask)-w.at >= n && strings.EqualFold(w.mask[w.at:w.at+n], key+"=") {
			w.at += n
			w.skip()
			return key, true
		}
	}
	return "", false
}

// next is the word at hand, without its quotes or, where it has none, without the spaces around it.
func (w *words) next() string {
	w.skip()
	if word, ok := w.quoted(); ok {
		return word
	}
	return w.plain()
}

// plain is the word at hand with its quotes: in a type they are of its parameters.
func (w *words) plain() string {
	w.skip()
	from := w.at
	w.at = w.end(from)
	return strings.TrimRight(w.text[from:w.at], " \t")
}

func (w *words) end(from int) int {
	if n := strings.IndexAny(w.mask[from:], w.stop); n >= 0 {
		return from + n
	}
	return len(w.mask)
}

// quoted reads a word in quotes. Where the second is missing, the first is a letter like others.
func (w *words) quoted() (string, bool) {
	if w.at >= len(w.mask) || w.mask[w.at] != '"' {
		return "", false
	}
	var word []byte
	for i := w.at + 1; i < len(w.mask); i++ {
		switch escaped := i+1 < len(w.mask) && (w.mask[i+1] == '"' || w.mask[i+1] == '\\'); {
		case w.mask[i] == '\\' && escaped:
			i++
			word = append(word, w.text[i])
		case w.mask[i] == '"':
			w.at = w.end(i + 1)
			if strings.TrimSpace(w.text[i+1:w.at]) != "" {
				w.err = errors.New("there is text behind the closing quote")
			}
			return string(word), true
		default:
			word = append(word, w.text[i])
		}
	}
	return "", false
}
