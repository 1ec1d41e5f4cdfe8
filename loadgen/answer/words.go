package answer

import (
	"bytes"
	"compress/gzip"
	"io"
	"regexp"
	"slices"
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
// terminal, secrets hidden. The body is as Readable gives it. They are empty where it is for no people.
func Words(body []byte) string {
	cut := len(body) > WordsRead
	body = untorn(body[:min(len(body), WordsRead)], cut)
	body = escape.ReplaceAll(body, nil)
	if !isMostlyText(body) {
		return ""
	}
	s := plain.Line(hide(string(body)))
	if len(s) <= wordsKept && !cut {
		return s
	}
	return strings.TrimSpace(strings.ToValidUTF8(s[:min(len(s), wordsKept)], "")) + "…"
}

// Readable is the beginning of a body as people would read it: unpacked where it is packed by gzip, of which the first
// bytes are enough, and in UTF-8 where it is in Latin-1. What is neither stays as it is.
func Readable(body []byte) []byte {
	if r, err := gzip.NewReader(bytes.NewReader(body)); err == nil {
		body, _ = io.ReadAll(io.LimitReader(r, WordsRead+1)) // the end may be missing
	}
	if utf8.Valid(untorn(body, true)) || !isLatin1(body) {
		return body
	}
	runes := make([]rune, len(body))
	for i, b := range body {
		runes[i] = rune(b)
	}
	return []byte(string(runes))
}

// isLatin1 says whether all bytes are signs of ISO 8859-1. Any bytes are, but for the controls of both halves, which no
// text has and packed or binary bodies do.
func isLatin1(body []byte) bool {
	return !slices.ContainsFunc(escape.ReplaceAll(body, nil), func(b byte) bool {
		return isControl(b) || b >= 0x7f && b < 0xa0
	})
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

// escape is a sequence that a terminal takes for a command: one of its own (OSC), a setting (CSI), or another.
var escape = regexp.MustCompile("\x1b\\][^\x07\x1b]*(\x07|\x1b\\\\)?|\x1b\\[[0-?]*[ -/]*[@-~]|\x1b[ -/]*[0-~]")

// isControl says whether a byte is one that lays out no text.
func isControl(b byte) bool { return b < ' ' && (b < '\t' || b > '\r') }

// isMostlyText says whether a body is text in which there may be a control byte here and there, which is left out. One
// of zero is in no text.
func isMostlyText(body []byte) bool {
	controls := 0
	for _, b := range body {
		if isControl(b) {
			controls++
		}
	}
	return utf8.Valid(body) && bytes.IndexByte(body, 0) < 0 && controls*4 <= len(body)
}

// isText says whether a body is for people: one control byte, beside those that lay a text out and an escape, makes it
// something else.
func isText(body []byte) bool {
	return utf8.Valid(body) && strings.IndexFunc(string(body), func(r rune) bool {
		return r < ' ' && r != '\t' && r != '\n' && r != '\v' && r != '\f' && r != '\r' && r != '\x1b'
	}) < 0
}
