package cli

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// shellWords splits a pasted command as a POSIX shell does: quotes of three kinds ('…', "…", $'…'), backslashes, lines
// that go on after one, variables. What only a shell could do, such as `…` and here-documents, is refused. A pipe or a
// redirection ends the command; what follows it is the rest.
type shellWords struct {
	text  string
	at    int
	env   func(string) (string, bool)
	words []string
	word  []byte
	begun bool   // a word is being read, be it empty
	rest  string // from the pipe, redirection or separator on
}

// split reads all words.
func (s *shellWords) split() error {
	for s.at < len(s.text) {
		if done, err := s.step(); err != nil || done {
			return err
		}
	}
	s.end()
	return nil
}

// step reads one sign, or what is quoted.
func (s *shellWords) step() (done bool, err error) {
	switch rest := s.text[s.at:]; {
	case strings.ContainsAny(rest[:1], " \t\n\r"):
		s.end()
		s.at++
	case strings.HasPrefix(rest, "\\\n"), strings.HasPrefix(rest, "\\\r\n"): // the line goes on; no word begins
		s.backslash("")
	case strings.ContainsAny(rest[:1], "|&;<>"):
		return true, s.operator()
	case strings.HasPrefix(rest, "#") && !s.begun: // a comment
		s.at += lineLength(rest)
	default:
		s.begun = true
		return false, s.letter(rest)
	}
	return false, nil
}

func (s *shellWords) letter(rest string) error {
	switch {
	case strings.HasPrefix(rest, "$'"):
		return s.escaped()
	case rest[0] == '\'':
		body, _, found := strings.Cut(rest[1:], "'")
		if !found {
			return errors.New("a ' is not closed")
		}
		s.word = append(s.word, body...)
		s.at += len(body) + 2
	case rest[0] == '"':
		s.at++
		return s.double()
	case rest[0] == '\\':
		s.backslash("")
	case rest[0] == '$':
		return s.variable()
	case rest[0] == '`':
		return errBackquote
	default:
		s.take(1)
	}
	return nil
}

var errBackquote = errors.New("it holds `…`, which only a shell can run")

func (s *shellWords) take(n int) {
	s.word = append(s.word, s.text[s.at:s.at+n]...)
	s.at += n
}

// backslash reads the sign behind one. In double quotes only some have that meaning, elsewhere all ("").
func (s *shellWords) backslash(meant string) {
	next := s.text[s.at+1:]
	switch {
	case strings.HasPrefix(next, "\n"):
		s.at += 2
	case strings.HasPrefix(next, "\r\n"):
		s.at += 3
	case next == "":
		s.take(1)
	case meant == "" || strings.ContainsAny(next[:1], meant):
		s.at++
		_, n := utf8.DecodeRuneInString(next)
		s.take(n)
	default:
		s.take(1)
	}
}

func (s *shellWords) double() error {
	for s.at < len(s.text) {
		switch s.text[s.at] {
		case '"':
			s.at++
			return nil
		case '\\':
			s.backslash("$`\"\\")
		case '`':
			return errBackquote
		case '$':
			if err := s.variable(); err != nil {
				return err
			}
		default:
			s.take(1)
		}
	}
	return errors.New(`a " is not closed`)
}

// variable puts the value of $NAME or ${NAME} in its place. A $ before anything else is itself.
func (s *shellWords) variable() error {
	rest := s.text[s.at+1:]
	name, n := rest[:nameLength(rest)], 0
	if inner, ok := strings.CutPrefix(rest, "{"); ok {
		name = inner[:nameLength(inner)]
		if !strings.HasPrefix(inner[len(name):], "}") {
			return errors.New("it holds a ${…} that only a shell can read")
		}
		n = len("{}")
	}
	switch {
	case strings.HasPrefix(rest, "("):
		return errors.New("it holds $(…), which only a shell can run")
	case name == "":
		s.take(1)
		return nil
	}
	value, set := s.env(name)
	if !set {
		return fmt.Errorf("it holds $%s, and there is no such variable in the environment", name)
	}
	s.word = append(s.word, value...)
	s.at += 1 + n + len(name)
	return nil
}

// nameLength is how much of s is the name of a variable.
func nameLength(s string) int {
	n := strings.IndexFunc(s, func(r rune) bool {
		return r != '_' && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9')
	})
	if n < 0 {
		n = len(s)
	}
	if n > 0 && s[0] >= '0' && s[0] <= '9' {
		return 0
	}
	return n
}

// escaped reads $'…', whose backslashes are as in C.
func (s *shellWords) escaped() error {
	for s.at += len("$'"); s.at < len(s.text); {
		switch s.text[s.at] {
		case '\'':
			s.at++
			return nil
		case '\\':
			s.escape()
		default:
			s.take(1)
		}
	}
	return errors.New("a $' is not closed")
}

var letterEscapes = map[byte]byte{'n': '\n', 't': '\t', 'r': '\r', 'a': '\a', 'b': '\b', 'f': '\f', 'v': '\v', 'e': 0x1b, 'E': 0x1b,
	'\\': '\\', '\'': '\'', '"': '"', '?': '?'}

// escape reads one backslash and what belongs to it: a letter, or a number in octal (\012), hex (\x0a) or Unicode's
// (\u000a). Any other sign keeps its backslash.
func (s *shellWords) escape() {
	rest := s.text[s.at+1:]
	if rest == "" {
		s.take(1)
		return
	}
	if c, ok := letterEscapes[rest[0]]; ok {
		s.word = append(s.word, c)
		s.at += 2
		return
	}
	for _, n := range []struct {
		sign        string
		base, width int
	}{{"x", 16, 2}, {"u", 16, 4}, {"U", 16, 8}, {"", 8, 3}} {
		digits, ok := strings.CutPrefix(rest, n.sign)
		if !ok {
			continue
		}
		for width := min(n.width, len(digits)); width > 0; width-- {
			value, err := strconv.ParseUint(digits[:width], n.base, 32)
			if err != nil {
				continue
			}
			if n.sign == "x" || n.sign == "" {
				s.word = append(s.word, byte(value))
			} else {
				s.word = utf8.AppendRune(s.word, rune(value))
			}
			s.at += 1 + len(n.sign) + width
			return
		}
	}
	s.take(2)
}

// operator ends the command. What comes after it is dropped if it only takes the answer elsewhere.
func (s *shellWords) operator() error {
	s.rest = strings.TrimSpace(s.text[s.at:])
	if s.text[s.at] == '>' && strings.Trim(string(s.word), "0123456789") == "" {
		s.rest, s.begun = string(s.word)+s.rest, false // the 2 of 2>
	}
	s.end()
	switch {
	case strings.HasPrefix(s.rest, "<"):
		return errors.New("it takes a file as standard input; give it with -T FILE or -d @FILE")
	case strings.HasPrefix(s.rest, "|"), strings.Contains(s.rest[:min(2, len(s.rest))], ">"):
		return nil
	case s.rest == ";", s.rest == "&":
		s.rest = ""
		return nil
	}
	return errors.New("it holds more than one command; paste one")
}

func (s *shellWords) end() {
	if s.begun {
		s.words = append(s.words, string(s.word))
	}
	s.word, s.begun = nil, false
}

func lineLength(s string) int {
	if n := strings.IndexByte(s, '\n'); n >= 0 {
		return n
	}
	return len(s)
}
