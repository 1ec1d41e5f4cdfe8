// Package text compiles written text with {{functions}} in it into parts that are rendered for each request. What is
// rendered is a pure function of seed, request number and intended start, so that a run can be replayed, and of the
// files and variables that values are taken from. It refuses to know where in a request a text stands, beyond what may
// stand there, and it reads no environment: variables are handed to it.
package text

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"shotput/loadgen/fault"
)

// A Compiled is written text with {{function arguments}} in it, compiled once. What a function gives is a pure
// function of the request and of where it stands, so that a run can be replayed from its seed, requests can be
// rendered in any order by any number of workers, and nothing is shared. {{ "quoted" }} stands for the
// quoted text itself, so that any text can be sent, two braces among them.
type Compiled struct {
	field  string // of the plan, for faults
	source string // as written
	Parts  Parts  // owned by whoever had it compiled
}

// A Part is either constant text (render is nil) or a call.
type Part struct {
	Constant string // of a call, nothing
	render   appendFunc
	call     call
	at       int    // where it begins in the source, in bytes
	action   string // {{…}} as written; empty for text written outside of braces
}

// Parts are what a text is made of, one behind the other. They are fixed once they are bound, and shared by all that
// render.
type Parts []Part

// A Scope is all that a rendered value may depend on: which request it is for, and when that is due; but for the
// renderer, which only saves work. It is passed by value: a pointer given to a function in a table would be moved to
// the heap, one allocation for each request.
type Scope struct {
	Number int64     // of the request
	base   uint64    // a mix of seed and number
	Due    time.Time // the intended start, as wall time
	With   *Renderer // of whoever renders it; nil where nothing is taken from files
}

// Append renders p for request r. It allocates nothing where dst has room. What cannot be rendered is left out, and
// r.With.Err says why.
func (p Parts) Append(dst []byte, r Scope) []byte {
	for i := range p {
		if part := &p[i]; part.render != nil {
			dst = part.render(dst, r, &part.call)
		} else {
			dst = append(dst, part.Constant...)
		}
	}
	return dst
}

// Fixed says whether every request gets the same text.
func (p Parts) Fixed() bool {
	return !slices.ContainsFunc(p, func(part Part) bool { return part.render != nil })
}

// Fold joins neighbours that are constant, so that what costs nothing to vary costs nothing to render.
func Fold(all ...Parts) Parts {
	var folded Parts
	parts := slices.Concat(all...)
	for i := 0; i < len(parts); {
		first, end := parts[i], i+1
		for first.render == nil && end < len(parts) && parts[end].render == nil {
			end++
		}
		if end > i+1 {
			first.Constant = joinConstants(parts[i:end])
		}
		folded, i = append(folded, first), end
	}
	return folded
}

// joinConstants is what these say one after the other; there may be thousands.
func joinConstants(p Parts) string {
	var b strings.Builder
	for i := range p {
		b.WriteString(p[i].Constant)
	}
	return b.String()
}

// Literal is one part that says s.
func Literal(s string) Parts { return Parts{{Constant: s}} }

// Current are parts that say what current says at the moment in which they are rendered, whatever the request. It must
// be safe for concurrent use.
func Current(current func() string) Parts {
	return Made(func(dst []byte, _ Scope) []byte { return append(dst, current()...) })
}

// Trim takes spaces and tabs off both ends, as far as they were written. What functions give stays as it is.
func (p Parts) Trim() Parts {
	last := len(p) - 1
	if last < 0 {
		return p
	}
	p[0].Constant = strings.TrimLeft(p[0].Constant, " \t")
	p[last].Constant = strings.TrimRight(p[last].Constant, " \t")
	return slices.DeleteFunc(p, func(one Part) bool { return one.render == nil && one.Constant == "" })
}

// Compile reads s, the value of the plan's field. The error joins all faults in it, each with its column.
func (e Env) Compile(s, field string) (Compiled, error) {
	t := Compiled{field: field, source: s}
	var faults []error
	for at := 0; at < len(s); {
		written, _, found := strings.Cut(s[at:], "{{")
		if written != "" {
			t.Parts = append(t.Parts, Part{Constant: written, at: at})
		}
		at += len(written)
		if !found {
			break
		}
		words, n, err := scanAction(s[at:])
		if err != nil {
			faults = append(faults, t.fault(at, "{{", err))
			break
		}
		p := Part{at: at, action: s[at : at+n],
			call: call{salt: SaltOf(field, len(t.Parts)), written: s[at : at+n]}}
		if err := p.compile(words, e); err != nil {
			faults = append(faults, t.faultOf(&p, err))
		}
		t.Parts = append(t.Parts, p)
		at += n
	}
	return t, errors.Join(faults...)
}

// scanAction reads the words of the action with which s begins, and its length with its braces. Braces within
// quotes do not end it.
func scanAction(s string) (words []string, n int, err error) {
	for i := len("{{"); i < len(s); {
		rest := s[i:]
		switch {
		case strings.HasPrefix(rest, "}}"):
			return words, i + len("}}"), nil
		case rest[0] == ' ' || rest[0] == '\t':
			i++
			continue
		}
		word := rest[:wordLength(rest)]
		if rest[0] == '"' {
			if word, err = strconv.QuotedPrefix(rest); err != nil {
				return nil, 0, errors.New("begins a function whose quoted text does not end")
			}
		}
		words = append(words, word)
		i += len(word)
	}
	return nil, 0, errors.New(`begins a function that no }} ends; to send two braces, write {{ "{{" }}`)
}

func wordLength(s string) int {
	n := len(s)
	if s[0] == '|' {
		return 1
	}
	for _, end := range []string{" ", "\t", `"`, "|", "}}"} {
		if i := strings.Index(s, end); i >= 0 {
			n = min(n, i)
		}
	}
	return n
}

// compile makes p what the words between its braces say.
func (p *Part) compile(words []string, env Env) error {
	if len(words) == 0 {
		return errors.New(`is empty; to send two braces, write {{ "{{" }}`)
	}
	name, args := words[0], words[1:]
	if name[0] == '"' {
		if len(args) > 0 {
			return errors.New("has more than the quoted text")
		}
		p.Constant, _ = strconv.Unquote(name) // it was scanned as a quoted string
		return nil
	}
	f, err := findFunction(name)
	if err != nil {
		return err
	}
	var behind []string
	if i := slices.Index(args, "|"); i >= 0 {
		args, behind = args[:i], args[i:]
	}
	if err := p.call.read(f, args, env); err != nil {
		return err
	}
	if p.call.encodings, err = readEncodings(behind); err != nil {
		return err
	}
	switch p.render = f.append; {
	case f.append == nil:
		p.Constant = p.call.text
	case f.source == "" && len(behind) > 0:
		p.render, p.call.plain = appendEncoded, f.append
	}
	return nil
}

// fault says what is wrong at byte at of the text, quoting no more of it than value: the rest may be secret.
func (t *Compiled) fault(at int, value string, why error) error {
	return fault.InText.In(t.field, value, "%s: %v", Position(t.source, at), why)
}

// faultOf is a fault of an action, with the action that was meant where that is known.
func (t *Compiled) faultOf(p *Part, why error) error {
	f := fault.InText.In(t.field, p.action, "%s: %v", Position(t.source, p.at), why)
	var e *misnamed
	if errors.As(why, &e) && e.slip {
		f.MendBy(fault.Replace, t.field, strings.Replace(p.action, e.name, e.meant, 1))
	}
	return f
}

// Position gives byte at of s as a person counts: from 1, in characters, with the line where there are several.
func Position(s string, at int) string {
	line := strings.Count(s[:at], "\n") + 1
	column := utf8.RuneCountInString(s[strings.LastIndexByte(s[:at], '\n')+1:at]) + 1
	if strings.Contains(s, "\n") {
		return fmt.Sprintf("line %d, column %d", line, column)
	}
	return fmt.Sprintf("column %d", column)
}

// Refuse gives a fault for each constant part that holds a bad byte, be it of a format. Functions are not asked: what
// they make up is letters, digits and "-.:", which may stand everywhere, and what they take from elsewhere is placed.
func (t *Compiled) Refuse(bad func(byte) bool, why string) error {
	var faults []error
	for _, p := range t.Parts {
		i := slices.IndexFunc([]byte(p.Constant+p.call.joint.written()), bad)
		switch {
		case i < 0:
		case p.action != "":
			faults = append(faults,
				t.fault(p.at, p.action, fmt.Errorf("stands for text with a character that %s", why)))
		default:
			faults = append(faults, t.fault(p.at+i, p.Constant[i:i+1], fmt.Errorf("is a character that %s", why)))
		}
	}
	return errors.Join(faults...)
}

// EnvNames are the variables that {{env}} reads in s. Of a text that cannot be compiled, they are those found before
// the fault.
func EnvNames(s string) (names []string) {
	for words := range actions(s) {
		if len(words) >= 2 && words[0] == "env" {
			if name, err := strconv.Unquote(words[1]); err == nil {
				names = append(names, name)
			}
		}
	}
	return names
}

// Calls says whether s calls one of these functions.
func Calls(s string, functions ...string) bool {
	for words := range actions(s) {
		if len(words) > 0 && slices.Contains(functions, words[0]) {
			return true
		}
	}
	return false
}

// actions gives the words of each action in s, until one that cannot be read.
func actions(s string) iter.Seq[[]string] {
	return func(yield func([]string) bool) {
		for {
			_, after, found := strings.Cut(s, "{{")
			if !found {
				return
			}
			action := "{{" + after
			words, n, err := scanAction(action)
			if err != nil || !yield(words) {
				return
			}
			s = action[n:]
		}
	}
}

// DropFragment ends the text at the first # that was written: a fragment is never sent.
func (t *Compiled) DropFragment() {
	for i, p := range t.Parts {
		if before, _, found := strings.Cut(p.Constant, "#"); found && p.action == "" {
			t.Parts[i].Constant = before
			t.Parts = t.Parts[:i+1]
			return
		}
	}
}

// VaryingOrigin is the fault of the first function in t, which stands before the path of a URL. A capture that begins
// the URL is what was meant; no other function mends it.
func (t *Compiled) VaryingOrigin() error {
	for _, p := range t.Parts {
		if p.render == nil {
			continue
		}
		why, meant := errInOrigin, ""
		if p.call.source == fromAnswers {
			why = errAnswerInOrigin
		}
		if p.call.name == "captured" && p.at > 0 {
			meant = t.source[p.at:]
		}
		return fault.InText.In(t.field, p.action, "%s: %v", Position(t.source, p.at), why).
			MendBy(fault.Set, t.field, meant)
	}
	panic("no function in a text that is not fixed")
}
