package flags

import (
	"errors"
	"strings"
)

// words cuts a -F into its words. The mask is the text with its actions hidden; both are as long.
type words struct {
	text, mask string
	at         int
	stop       string // signs that end a word
	spaced     string // the sign and the spaces before the word that is next
	err        error
}

// pass steps over the sign and the spaces behind it, if it is next.
func (w *words) pass(sign byte) bool {
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
	if word, ok := w.readQuoted(); ok {
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

// readQuoted reads a word in quotes. Where the second is missing, the first is a letter like others.
func (w *words) readQuoted() (string, bool) {
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
