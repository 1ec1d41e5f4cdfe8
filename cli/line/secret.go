package line

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"shotput/loadgen/secret"
	"shotput/stats/plain"
)

// Show quotes a value of a flag for an error: secrets hidden, long ones cut.
func (rows Rows) Show(flag, value string) string {
	if r := rows.Row(flag); r != nil {
		return r.Show(value)
	}
	return Show(value)
}

// Show quotes a value of the flag for an error: secrets hidden, long ones cut.
func (r *Row) Show(value string) string { return quoteShort(r.hide(beginningOf(value))) }

// Show quotes a word that no flag has, for an error.
func Show(word string) string { return quoteShort(hideUserinfo(beginningOf(word))) }

// beginningOf is as much of a value as is looked through for secrets before little of it is shown: a body may have any
// size. It is far more than is shown, so that no password is cut off from the @ by which it is known.
func beginningOf(value string) string { return value[:min(len(value), 64<<10)] }

func quoteShort(value string) string {
	const longest = 60
	if utf8.RuneCountInString(value) > longest {
		value = string([]rune(value)[:longest]) + "…"
	}
	return `"` + Printable(value) + `"`
}

// Printable shows what is not to be seen as a dot, so that no value can play with a terminal.
func Printable(s string) string { return plain.Dotted(s) }

// mostOfBrief is how many signs of a foreign text are shown beside others: it ends, whatever a server sends.
const mostOfBrief = 180

// Brief is as much of a foreign text as a line has room for, fit for a terminal.
func Brief(s string) string {
	n := 0
	for i := range s {
		if n++; n == mostOfBrief {
			if rest := s[i:]; utf8.RuneCountInString(rest) > 1 {
				return Printable(s[:i]) + "…"
			}
		}
	}
	return Printable(s)
}

// Hides says whether there is a secret in the value of a flag.
func (rows Rows) Hides(flag, value string) bool { return rows.hide(flag, value) != value }

// Hides says whether there is a secret in the value.
func (r *Row) Hides(value string) bool { return r.hide(value) != value }

// An example that this program gives by itself is no secret: hidden, it would be a variable that nobody has set.
func (r *Row) isExample(value string) bool { return r.Eg != "" && value == r.Eg }

func (rows Rows) hide(flag, value string) string {
	if r := rows.Row(flag); r != nil {
		return r.hide(value)
	}
	return hideUserinfo(value)
}

func (r *Row) hide(value string) string {
	switch {
	case r.isExample(value):
		return value
	case r.Hide == nil:
		return hideUserinfo(value)
	}
	return r.Hide(value)
}

// hideUserinfo is for any flag: a URL may have got behind each of them.
func hideUserinfo(value string) string {
	if strings.Contains(value, "://") {
		return ShowURL(value)
	}
	return value
}

// HideAll is for values that are secrets.
func HideAll(string) string { return "…" }

// HideUnlessElsewhere is for secrets that may stand elsewhere.
func HideUnlessElsewhere(value string) string {
	if !elsewhere(value) {
		return "…"
	}
	return hideUserinfo(value)
}

// elsewhere says whether the value only names where a secret is: a line of shell history is a bad place for one.
func elsewhere(value string) bool {
	return strings.HasPrefix(value, "env:") || strings.HasPrefix(value, "@")
}

// HideCookie is for name=value. What begins with a brace is no cookie, but a body behind the wrong flag.
func HideCookie(value string) string {
	if strings.Contains(value, "=") && !strings.HasPrefix(value, "{") {
		return "…"
	}
	return hideUserinfo(value)
}

// HideLabel is for name=value of a label.
func HideLabel(value string) string {
	if name, rest, found := strings.Cut(value, "="); found && secret.Label(name, rest) != rest {
		return name + "=…"
	}
	return hideUserinfo(value)
}

// HideHeader is for a line whose name says whether its value is a secret, be it written as a header or almost.
func HideHeader(value string) string {
	name, rest, found := strings.Cut(value, ":")
	if !found {
		if i := strings.IndexAny(value, " ="); i >= 0 {
			name, rest, found = value[:i], value[i+1:], true
		}
	}
	switch rest = strings.TrimSpace(rest); {
	case found && rest != "" && HidesHeader(name, rest):
		return name + " …"
	case strings.Contains(rest, "://"):
		return strings.Replace(value, rest, ShowURL(rest), 1)
	}
	return hideUserinfo(value)
}

// HideHeaderLine is HideHeader for a line that must have a colon or a semicolon: a word without one is a value whose
// name was forgotten, unless it is plain or a name that everybody knows.
func HideHeaderLine(value string) string {
	if !strings.ContainsAny(value, ":; =@") && HidesHeader(value, value) {
		return "…"
	}
	return HideHeader(value)
}

// HideText is for a body or a query as it was typed.
func HideText(value string) string {
	if slices.ContainsFunc(given.FindAllStringSubmatch(value, -1), func(m []string) bool { return IsSecret(m[1]) }) {
		return "…"
	}
	return value
}

// given finds names that are given a value in a query, a form or JSON: name=, "name": and, among the headers of a part,
// name:. A value that is a file's is none.
var given = regexp.MustCompile(`([\w.%-]+)"?\s*[=:]\s*"?[^@<\s"]`)

// Veil gives a flag's value as a word for a shell, with a variable where there is a secret.
func (rows Rows) Veil(flag, value string) string {
	if !rows.Hides(flag, value) {
		return quoteInLine(value)
	}
	r := rows.Row(flag)
	if name, _, found := strings.Cut(value, ":"); r != nil && r.Names != nil && found {
		return Quote(name+": ") + Variable(name)
	}
	if name, _, found := strings.Cut(value, "="); found && strings.HasPrefix(rows.hide(flag, value), name+"=") {
		return Quote(name+"=") + Variable(name)
	}
	return Variable(flag)
}

var variable = regexp.MustCompile(`"\$(SHOTPUT_\w+)"`)

// Variables are those of Variable that a line has in it, each once.
func Variables(line string) (names []string) {
	for _, m := range variable.FindAllStringSubmatch(line, -1) {
		if !slices.Contains(names, m[1]) {
			names = append(names, m[1])
		}
	}
	return names
}

// Variable names the shell variable that a person would keep a secret in.
func Variable(name string) string {
	clean := strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, strings.ToUpper(name))
	return `"$SHOTPUT_` + clean + `"`
}

// Quote writes s as one word of a POSIX shell.
func Quote(s string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' ||
			strings.ContainsRune("-_./:@%+=,", r)
	}
	braces := !strings.Contains(s, ",") && !strings.Contains(s, "..") // then a shell expands none
	odd := func(r rune) bool { return !plain(r) && !(braces && (r == '{' || r == '}')) }
	if s != "" && strings.IndexFunc(s, odd) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// quoteInLine is Quote, and stands in one line whatever is in the text.
func quoteInLine(s string) string {
	if Printable(s) != s {
		return quoteControls(s)
	}
	return Quote(s)
}

// quoteControls quotes a text with line ends or other signs that are not shown in one line, as bash and zsh read it:
// $'…'. In plain quotes they would be printed as a dot, and sent as that by whoever copies the line.
func quoteControls(s string) string {
	named := map[rune]string{'\n': `\n`, '\t': `\t`, '\r': `\r`, '\'': `\'`, '\\': `\\`}
	var b strings.Builder
	for at, c := range s {
		switch size := utf8.RuneLen(c); {
		case named[c] != "":
			b.WriteString(named[c])
		case c == utf8.RuneError && !strings.HasPrefix(s[at:], string(c)): // a byte that is no text
			fmt.Fprintf(&b, `\x%02x`, s[at])
		case Printable(string(c)) != string(c):
			for _, octet := range []byte(s[at : at+size]) {
				fmt.Fprintf(&b, `\x%02x`, octet)
			}
		default:
			b.WriteRune(c)
		}
	}
	return "$'" + b.String() + "'"
}

// ShowURL is the URL with userinfo and secret query values redacted, as the saved run has it.
func ShowURL(s string) string { return secret.URL(s) }

// IsSecret says whether a name, of a key or of a value in a body, tells that it is one of a secret. There
// is one opinion on what is a secret, and it is loadgen's.
func IsSecret(name string) bool { return secret.Telling(name) }

// HidesHeader says whether loadgen would keep the value of a header called name out of a saved run.
func HidesHeader(name, value string) bool { return secret.HidesHeader(name, value) }

// HidesUserinfo says whether there is a secret in a word that no flag has.
func HidesUserinfo(word string) bool { return hideUserinfo(word) != word }
