package curl

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bytes that cannot stand in a line as they are, since a terminal would obey them or no command can be given them, are
// written otherwise: to curl through a pipe, in Python as b'…'.

// mostInWord is less than what Linux takes as one argument of a command.
const mostInWord = 100_000

// mostMirrored is how much of a body is rendered for a line.
const mostMirrored = 1 << 20

// otherBytes is said of a generated body: no line can tell another tool which bytes it has.
const otherBytes = "random bytes, as many, and not the same"

// typeable says whether text can stand in a line as it is.
func typeable(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text,
		func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' })
}

// cut says whether the body is longer than what was rendered of it.
func (m *Mirror) cut() bool { return len(m.body) == mostMirrored }

// isElsewhere says whether the body is too long for a line, and no file or input has it.
func (m *Mirror) isElsewhere() bool {
	b := &m.Plan.Request.Body
	return m.cut() && b.File == "" && b.Data == nil && len(b.Form) == 0 && m.generated() == 0
}

// piped says whether curl has to be given the body through a pipe.
func (m *Mirror) piped() bool {
	b := &m.Plan.Request.Body
	return b.File == "" && len(b.Form) == 0 && m.generated() == 0 && !m.cut() &&
		(len(m.body) > mostInWord || !typeable(string(m.body)))
}

// printCommand is a command of every shell that writes the bytes; printf, unlike curl, is given words of any length.
func printCommand(body []byte) string {
	var b strings.Builder
	for _, c := range body {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, `\%03o`, c)
		}
	}
	return "printf '" + b.String() + "' | "
}

// pythonBytes is b as a literal of bytes.
func pythonBytes(text string) string {
	var b strings.Builder
	for _, c := range []byte(text) {
		if c < ' ' || c > '~' || c == '\'' || c == '\\' {
			fmt.Fprintf(&b, `\x%02x`, c)
		} else {
			b.WriteByte(c)
		}
	}
	return "b'" + b.String() + "'"
}

// pythonText is text as Python's own, or as bytes where it is not text.
func pythonText(text string) string {
	if typeable(text) {
		return pythonString(text)
	}
	return pythonBytes(text)
}
