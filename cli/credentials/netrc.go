// Package credentials finds who asks, and by which keys, where other tools keep that: in a .netrc file, in the
// variables and the file of AWS' own tools. It refuses to read the environment or to know where a home is: both are
// given to it.
package credentials

import (
	"cmp"
	"strings"
)

// Netrc finds in the text of a .netrc file who asks at a host: name:password of the first entry that is for it, or for
// all (default), as curl has it; where the name is known already, of the first that is for that name. An entry may lack
// either. ok is false where no entry is for them, and where the text breaks off within quotes before one is found.
//
// A file is words apart by space and line ends: "machine NAME", or "default", begins an entry, and "login NAME",
// "password WORD" and "account WORD" stand in it. A word may be quoted, with \", \\, \n, \r and \t in it. A word that
// begins with # ends its line; a macro, from "macdef" on, ends at an empty line, and is passed over.
func Netrc(text, host, name string) (user string, ok bool) {
	words := netrcWords{rest: text}
	var e netrcEntry
	for word, more := words.next(); more; word, more = words.next() {
		switch word = strings.ToLower(word); word {
		case "machine", "default":
			if e.serves(name) {
				return e.user(name), true
			}
			at := host
			if word == "machine" {
				at, more = words.next()
			}
			e = netrcEntry{ofHost: more && strings.EqualFold(at, host)}
		case "login", "password", "account":
			if value, more := words.next(); more {
				e.take(word, value)
			}
		case "macdef":
			words.skipMacro()
		}
	}
	if !e.serves(name) || words.broken {
		return "", false
	}
	return e.user(name), true
}

// A netrcEntry is what a file says of one host.
type netrcEntry struct {
	ofHost          bool // of the one that is looked for
	login, password string
}

func (e *netrcEntry) take(word, value string) {
	switch word {
	case "login":
		e.login = value
	case "password":
		e.password = value
	}
}

// serves says whether the entry is for name; for whomever, if that is empty.
func (e *netrcEntry) serves(name string) bool {
	return e.ofHost && (name == "" || e.login == "" || e.login == name)
}

func (e *netrcEntry) user(name string) string { return cmp.Or(name, e.login) + ":" + e.password }

// netrcWords reads the words of a .netrc file.
type netrcWords struct {
	rest   string
	broken bool // ended within quotes
}

// next gives the next word, and whether there is one.
func (w *netrcWords) next() (word string, ok bool) {
	w.rest = strings.TrimLeft(w.rest, " \t\r\n")
	for strings.HasPrefix(w.rest, "#") {
		_, w.rest, _ = strings.Cut(w.rest, "\n")
		w.rest = strings.TrimLeft(w.rest, " \t\r\n")
	}
	if strings.HasPrefix(w.rest, `"`) {
		return w.readQuoted()
	}
	end := strings.IndexAny(w.rest, " \t\r\n")
	if end < 0 {
		end = len(w.rest)
	}
	word, w.rest = w.rest[:end], w.rest[end:]
	return word, word != ""
}

// readQuoted reads a word with which the rest begins, quotes and all.
func (w *netrcWords) readQuoted() (word string, ok bool) {
	var b strings.Builder
	for i := 1; i < len(w.rest); i++ {
		switch c := w.rest[i]; {
		case c == '"':
			w.rest = w.rest[i+1:]
			return b.String(), true
		case c == '\\' && i+1 < len(w.rest):
			i++
			b.WriteString(unescape.Replace(w.rest[i : i+1]))
		default:
			b.WriteByte(c)
		}
	}
	w.rest, w.broken = "", true
	return "", false
}

// unescape gives what stands for the character behind a backslash: most stand for themselves.
var unescape = strings.NewReplacer("n", "\n", "r", "\r", "t", "\t")

// skipMacro passes over the macro whose name comes next.
func (w *netrcWords) skipMacro() {
	text := strings.ReplaceAll(w.rest, "\r\n", "\n")
	_, w.rest, _ = strings.Cut(text, "\n\n")
}
