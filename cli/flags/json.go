package flags

import (
	"encoding/json"
	"regexp"
	"strings"
)

// jsonMeant is the JSON that a text was probably meant to be, which is none: written in single quotes, with commas too
// many, without the quotes that a shell took, or without its end. It is an empty object where that cannot be told, and
// of a text that is too long for a command line.
func jsonMeant(text string) string {
	const longest = 4 << 10
	if len(text) > longest {
		return "{}"
	}
	for _, mended := range []string{text, strings.ReplaceAll(text, "'", `"`)} {
		for _, step := range []func(string) string{closeJSON, dropCommas, quoteNames, quoteWords} {
			if mended = step(mended); json.Valid([]byte(closeJSON(mended))) {
				return closeJSON(mended)
			}
		}
	}
	return "{}"
}

// closeJSON adds what is open at the text's end.
func closeJSON(text string) string {
	var open []byte
	quoted, escaped := false, false
	for i := range len(text) {
		switch c := text[i]; {
		case escaped:
			escaped = false
		case quoted && c == '\\':
			escaped = true
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{', c == '[':
			open = append(open, c+2) // } and ] are two signs on
		case len(open) > 0 && c == open[len(open)-1]:
			open = open[:len(open)-1]
		}
	}
	if quoted {
		text += `"`
	}
	for i := len(open) - 1; i >= 0; i-- {
		text += string(open[i])
	}
	return text
}

var (
	lastComma = regexp.MustCompile(`,\s*([}\]])`)
	bareName  = regexp.MustCompile(`([{,]\s*)([A-Za-z_][\w-]*)(\s*:)`)
	bareWord  = regexp.MustCompile(`(:\s*)([A-Za-z_][\w-]*)`)
)

func dropCommas(text string) string { return lastComma.ReplaceAllString(text, "$1") }
func quoteNames(text string) string { return bareName.ReplaceAllString(text, `$1"$2"$3`) }
func quoteWords(text string) string { return bareWord.ReplaceAllString(text, `$1"$2"`) }
