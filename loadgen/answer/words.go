package answer

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"shotput/loadgen/secret"
	"shotput/stats/plain"
)

// How much of an answer is looked at for its words, and how much of them is kept, in bytes.
const (
	WordsRead = secret.ExcerptRead
	wordsKept = 200
)

// Words are what an answer says of why it is not the one expected: the beginning of its body in one line, safe on a
// terminal, secrets hidden. They are empty where the body is no text, such as one that is compressed.
func Words(body []byte) string {
	cut := len(body) > WordsRead
	body = untorn(body[:min(len(body), WordsRead)], cut)
	if !isText(body) {
		return ""
	}
	s := plain.Line(hide(string(body)))
	if len(s) <= wordsKept && !cut {
		return s
	}
	return strings.TrimSpace(strings.ToValidUTF8(s[:min(len(s), wordsKept)], "")) + "…"
}

// Text is a body as it may be shown whole, secrets hidden; ok is false where it is for no people. cut says that there
// was more of it.
func Text(body []byte, cut bool) (text string, ok bool) {
	if body = untorn(body, cut); !isText(body) {
		return "", false
	}
	return hide(string(body)), true
}

// untorn leaves out a last sign that was cut through.
func untorn(body []byte, cut bool) []byte {
	for i := 0; cut && i < utf8.UTFMax && len(body) > 0 && !utf8.Valid(body); i++ {
		body = body[:len(body)-1]
	}
	return body
}

var closingTag = regexp.MustCompile(`</[\w:.-]+>`)

// hide takes secrets out of a text, an element of XML at a time: what ends one is no secret that a name tells.
func hide(s string) string {
	var b strings.Builder
	at := 0
	for _, tag := range closingTag.FindAllStringIndex(s, -1) {
		b.WriteString(secret.Text(s[at:tag[0]]) + s[tag[0]:tag[1]])
		at = tag[1]
	}
	return b.String() + secret.Text(s[at:])
}

// isText says whether a body is for people: one control byte, beside those that lay a text out and an escape, makes it
// something else.
func isText(body []byte) bool {
	return utf8.Valid(body) && strings.IndexFunc(string(body), func(r rune) bool {
		return r < ' ' && r != '\t' && r != '\n' && r != '\v' && r != '\f' && r != '\r' && r != '\x1b'
	}) < 0
}
