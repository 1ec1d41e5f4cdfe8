package curl

import (
	"errors"
	"fmt"
	"strings"
)

// On Windows a program is given its command as one text, and cuts it into words itself, by the rules of Microsoft's C
// library: see "Parsing C command-line arguments" there. What a shell does to the text before is all that cmd does;
// PowerShell cuts words of its own and joins them again.

// splitCmd cuts a command into words as cmd and curl on Windows do.
func splitCmd(text string, env func(string) (string, bool)) (s Shell, err error) {
	var plain strings.Builder
	quoted := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '^' && !quoted:
			i++
			if i < len(text) && text[i] == '\n' { // the line goes on, and what comes next is text
				i++
			}
			if i < len(text) {
				plain.WriteByte(text[i])
			}
		case c == '%':
			value, end := cmdVariable(text[i:], env)
			plain.WriteString(value)
			i += end - 1
		case c == '&' && !quoted:
			return s, errAmpersand
		case strings.IndexByte("|<>", c) >= 0 && !quoted:
			s.Rest, _, _ = strings.Cut(text[i:], "\n")
			s.Words = windowsWords(plain.String())
			return s, nil
		case c == '\n' && !quoted:
			plain.WriteByte(' ') // a ^ at a line's end is easily lost in pasting
		default:
			quoted = quoted != (c == '"')
			plain.WriteByte(c)
		}
	}
	s.Words = windowsWords(plain.String())
	return s, nil
}

// cmdVariable is the value of %NAME% at the start of text, and how long that is; one that is not set stands for itself.
func cmdVariable(text string, env func(string) (string, bool)) (value string, length int) {
	name, _, closed := strings.Cut(text[1:], "%")
	if value, set := env(name); closed && set && name != "" {
		return value, len(name) + 2
	}
	return "%", 1
}

// windowsWords cuts the text that a program is given into words.
func windowsWords(text string) (words []string) {
	for {
		text = strings.TrimLeft(text, " \t")
		if text == "" {
			return words
		}
		var word string
		word, text = windowsWord(text, false)
		words = append(words, word)
	}
}

// windowsWord reads one word, perhaps from within quotes, and gives what is behind it. Backslashes are text, but for
// those before a quote, of which two are one, and the odd one makes the quote text. Two quotes within quotes are one.
func windowsWord(text string, quoted bool) (word, rest string) {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		slashes := len(text[i:]) - len(strings.TrimLeft(text[i:], `\`))
		next := i + slashes
		switch {
		case slashes > 0 && next < len(text) && text[next] == '"':
			b.WriteString(strings.Repeat(`\`, slashes/2))
			if i = next - 1; slashes%2 == 1 {
				b.WriteByte('"')
				i = next
			}
		case text[i] == '"' && quoted && strings.HasPrefix(text[i:], `""`):
			b.WriteByte('"')
			i++
		case text[i] == '"':
			quoted = !quoted
		case !quoted && (text[i] == ' ' || text[i] == '\t'):
			return b.String(), text[i:]
		default:
			b.WriteByte(text[i])
		}
	}
	return b.String(), ""
}

// A powerShell reads a command as PowerShell does.
type powerShell struct {
	text string
	at   int
	env  func(string) (string, bool)
}

func splitPowerShell(text string, env func(string) (string, bool)) (s Shell, err error) {
	p := &powerShell{text: text, env: env}
	for {
		p.skipSpace()
		switch next := p.peek(); {
		case next == 0:
			return s, nil
		case next == '&' && len(s.Words) == 0:
			p.at++ // it calls what follows
			continue
		case next == '&':
			return s, errAmpersand
		case strings.IndexByte("|;>", next) >= 0:
			s.Rest, _, _ = strings.Cut(p.text[p.at:], "\n")
			return s, nil
		}
		word, err := p.word()
		if err != nil {
			return s, err
		}
		s.Words = append(s.Words, withoutSlashes(word))
	}
}

// withoutSlashes takes out the backslashes before quotes, which PowerShell up to 7.2 needs, since it joins
// words with no regard to the quotes in them. From 7.3 on there need be none: then each quote is text already.
func withoutSlashes(word string) string {
	if strings.Count(word, `"`) != strings.Count(word, `\"`) {
		return word
	}
	word, _ = windowsWord(word, true)
	return word
}

func (p *powerShell) peek() byte {
	if p.at >= len(p.text) {
		return 0
	}
	return p.text[p.at]
}

// skipSpace goes to the next word; a backtick, or nothing, joins lines.
func (p *powerShell) skipSpace() {
	for {
		rest := p.text[p.at:]
		p.at += len(rest) - len(strings.TrimLeft(rest, " \t\n"))
		if !strings.HasPrefix(p.text[p.at:], "`\n") {
			return
		}
		p.at += 2
	}
}

// word reads one word: texts in quotes and outside of them, one behind the other.
func (p *powerShell) word() (string, error) {
	var b strings.Builder
	for start := p.at; ; {
		c := p.peek()
		switch {
		case strings.IndexByte(" \t\n|;&>\x00", c) >= 0:
			return b.String(), nil
		case c == '@' && p.at == start && strings.HasPrefix(p.text[p.at:], "@'\n"):
			return p.document("\n'@")
		case c == '@' && p.at == start && strings.HasPrefix(p.text[p.at:], "@\"\n"):
			return "", errors.New(`it holds @"…"@, which only PowerShell can read; write @'…'@`)
		case c == '\'' || c == '"':
			if err := p.readQuoted(&b, c); err != nil {
				return "", err
			}
		case c == '(' || c == '{' && b.Len() == 0:
			return "", fmt.Errorf("it holds %c outside of quotes, which only PowerShell can run", c)
		default:
			if err := p.char(&b); err != nil {
				return "", err
			}
		}
	}
}

// document is a text on lines of its own.
func (p *powerShell) document(end string) (string, error) {
	text, rest, closed := strings.Cut(p.text[p.at+len("@'\n"):], end)
	if !closed {
		return "", errors.New("a @' is not closed by '@ at the start of a line")
	}
	p.at = len(p.text) - len(rest)
	return text, nil
}

// readQuoted reads a text in quotes; two of them within are one.
func (p *powerShell) readQuoted(b *strings.Builder, quote byte) error {
	for p.at++; p.peek() != 0; {
		switch c := p.peek(); {
		case c == quote && strings.HasPrefix(p.text[p.at+1:], string(quote)):
			b.WriteByte(quote)
			p.at += 2
		case c == quote:
			p.at++
			return nil
		case quote == '\'':
			b.WriteByte(c)
			p.at++
		default:
			if err := p.char(b); err != nil {
				return err
			}
		}
	}
	return fmt.Errorf("a %c is not closed", quote)
}

// backticked are letters that stand for another sign behind a backtick.
var backticked = map[byte]byte{'n': '\n', 't': '\t', 'r': '\r', '0': 0, 'a': '\a', 'b': '\b', 'f': '\f', 'v': '\v'}

// char reads one sign, or a variable of the environment, where neither is quoted by '.
func (p *powerShell) char(b *strings.Builder) error {
	c := p.peek()
	p.at++
	switch {
	case c == '`' && p.peek() != 0:
		c = p.peek()
		if other, known := backticked[c]; known {
			c = other
		}
		p.at++
	case c == '$':
		return p.variable(b)
	}
	b.WriteByte(c)
	return nil
}

// variable reads what follows a $.
func (p *powerShell) variable(b *strings.Builder) error {
	rest := p.text[p.at:]
	braced := strings.HasPrefix(rest, "{")
	name := strings.TrimPrefix(rest, "{")
	end := strings.IndexFunc(name, func(r rune) bool {
		return r != '_' && r != ':' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	})
	if end >= 0 {
		name = name[:end]
	}
	switch variable, ok := strings.CutPrefix(strings.ToLower(name), "env:"); {
	case strings.HasPrefix(rest, "("):
		return errors.New("it holds $(…), which only PowerShell can run")
	case name == "":
		b.WriteByte('$')
		return nil
	case !ok || variable == "":
		return fmt.Errorf("it holds $%s, which only PowerShell knows; of the environment it is $env:NAME", name)
	}
	value, set := p.env(name[len("env:"):])
	if !set {
		return fmt.Errorf("it holds $%s, and there is no such variable in the environment", name)
	}
	b.WriteString(value)
	p.at += len(name)
	if braced {
		p.at += len("{}")
	}
	return nil
}
