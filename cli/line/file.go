package line

import (
	"errors"
	"fmt"
	"strings"
)

// A FileWord is one flag of a file of flags, as written there.
type FileWord struct {
	Line  int
	Name  string // without dashes; a letter and perhaps its value where Short
	Short bool
	Value string
	Given bool // a value stands there
}

// ReadFile reads curl's syntax: one flag on each line, with its dashes or without, and its value behind spaces, =
// or :. A value in double quotes may hold anything; one without ends at the first space. # begins a line that says
// nothing.
func ReadFile(text string) (all []FileWord, err error) {
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.ContainsAny(line[:1], "#/*") { // as curl has it
			continue
		}
		w, err := readFileLine(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
		w.Line = i + 1
		all = append(all, w)
	}
	return all, nil
}

func readFileLine(line string) (w FileWord, err error) {
	ends := " \t=:"
	if strings.HasPrefix(line, "-") {
		ends = " \t"
	}
	end := strings.IndexAny(line, ends)
	if end < 0 {
		end = len(line)
	}
	w.Name = line[:end]
	w.Short = strings.HasPrefix(w.Name, "-") && !strings.HasPrefix(w.Name, "--")
	w.Name = strings.TrimLeft(w.Name, "-")
	if rest := strings.TrimLeft(line[end:], ends); rest != "" {
		w.Value, err = readFileValue(rest)
		w.Given = w.Value != "" || strings.HasPrefix(rest, `"`)
	}
	if w.Name == "" {
		err = errors.New("it names no flag")
	}
	return w, err
}

// escapes are what follows a backslash within quotes. Any other letter there stands for itself.
var escapes = map[byte]byte{'t': '\t', 'n': '\n', 'r': '\r', 'v': '\v'}

func readFileValue(s string) (string, error) {
	if s[0] != '"' {
		word, rest, _ := strings.Cut(strings.ReplaceAll(s, "\t", " "), " ")
		if rest = strings.TrimSpace(rest); rest != "" && rest[0] != '#' {
			return "", errors.New("its value has a space; put the value in double quotes")
		}
		return word, nil
	}
	var value []byte
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			return string(value), nil
		case c == '\\' && i+1 < len(s):
			i++
			if escaped, ok := escapes[s[i]]; ok {
				value = append(value, escaped)
			} else {
				value = append(value, s[i])
			}
		default:
			value = append(value, c)
		}
	}
	return "", errors.New("its value has no closing quote")
}

// MostFiles bounds files of flags that name one another: deeper than that, one names itself.
const MostFiles = 8

// mostFaults bounds what is told at once: a file that is none of flags may have a fault in each line.
const mostFaults = 10

// TakeFile takes the flags of a file in the place of the word before, which named it, in order.
func (l *Line) TakeFile(path string, read func(path string) ([]byte, error)) error {
	if l.files++; l.files > MostFiles {
		return errors.New("files of flags name one another without end")
	}
	defer func() { l.files-- }()
	text, err := read(path)
	if err != nil {
		return err
	}
	all, err := ReadFile(string(text))
	if err != nil {
		return err
	}
	l.Words = l.Words[:len(l.Words)-1]
	for _, w := range all {
		before, words := len(l.Faults), len(l.Words)
		l.takeFileWord(w)
		if before >= mostFaults && len(l.Faults) > before {
			l.Faults, l.Words = l.Faults[:before], l.Words[:min(words, len(l.Words))]
			l.untold++
			continue
		}
		for i := range l.Faults[before:] {
			f := &l.Faults[before+i]
			f.File = fmt.Sprintf("%s line %d%s", Printable(path), w.Line, appendPlace(f.File))
		}
	}
	if l.untold > 0 && l.files == 1 {
		l.Faults = append(l.Faults, Fault{Kind: Unknown, File: Printable(path),
			Why: fmt.Sprintf("and %d more; they are told when what is above is right", l.untold)})
		l.untold = 0
	}
	return nil
}

// appendPlace puts a place in a file behind that of the file which named it.
func appendPlace(place string) string {
	if place == "" {
		return ""
	}
	return ": " + place
}

// takeFileWord takes one flag of the file as if it stood on the line.
func (l *Line) takeFileWord(w FileWord) {
	r, value := l.Row(w.Name), w.Value
	if r == nil && !w.Short {
		r = l.Row(l.unabbreviated(w.Name))
	}
	if w.Short {
		r = l.letter(w.Name[:1])
		if rest := w.Name[1:]; rest != "" && r != nil && r.Arg == "" {
			l.takeFileWord(FileWord{Line: w.Line, Name: w.Name[:1], Short: true})
			l.takeFileWord(FileWord{Line: w.Line, Name: rest, Short: true, Value: w.Value, Given: w.Given})
			return
		} else if rest != "" && !w.Given {
			value, w.Given = rest, true
		}
	}
	switch {
	case r == nil:
		l.noteUnknown(w)
	case r.Arg == "" && w.Given && value != "true" && value != "false":
		l.Note(Fault{Kind: Unvalued, Why: r.Name() + " takes no value"})
	case r.Arg == "" && !w.Given:
		l.Take(r, "true")
	case !w.Given && r.Arg != "":
		l.Note(Fault{Kind: Unvalued, Why: r.Name() + " needs a value: " + r.Arg})
	default:
		l.Take(r, value)
	}
}

// noteUnknown notes a word of the file that is no flag: there may be more in it.
func (l *Line) noteUnknown(w FileWord) {
	if len(l.Faults) >= mostFaults { // what it was meant to be is not told
		l.Faults = append(l.Faults, Fault{Kind: Unknown})
		return
	}
	t := translation{puzzle: puzzle{Line: l}}
	if w.Short {
		t.mendLetter(w.Name[:1])
	} else {
		t.mendName(w.Name)
	}
	l.Faults = append(l.Faults, t.faults...)
}
