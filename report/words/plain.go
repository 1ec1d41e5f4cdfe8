package words

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"shotput/report/grid"
	"shotput/stats/plain"
)

// How a text is made fit to be read. Widths are in columns of a terminal, and never in bytes or runes: a sign of
// Chinese takes two, an accent none.

// Clean makes foreign text safe to print on a terminal and possible to align: controls, escapes, invisible and
// combining signs are dropped, white space becomes one space.
func Clean(s string) string { return plain.Line(s) }

var asciiSigns = strings.NewReplacer("✓", "ok", "✗", "!", "µ", "u", "μ", "u", "·", "|", "…", "...", "≥", ">=", "≤",
	"<=",
	"×", "x", "→", "->", "─", "-", "━", "=", "–", "-", "—", "-", "’", "'", "“", `"`, "”", `"`)

// ASCII replaces the signs that reports use by words or signs of ASCII, and every other by a question mark.
func ASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if r > unicode.MaxASCII {
			return '?'
		}
		return r
	}, asciiSigns.Replace(s))
}

// Cut shortens s at its end to at most width columns; ellipsis marks the cut.
func Cut(s string, width int, ellipsis string) string {
	if grid.Columns(s) <= width {
		return s
	}
	head, _ := split(s, width-grid.Columns(ellipsis))
	return strings.TrimRight(head, " ") + ellipsis
}

// Middle shortens s in its middle to at most width columns, so that host and file name both survive.
func Middle(s string, width int, ellipsis string) string {
	if grid.Columns(s) <= width {
		return s
	}
	keep := max(0, width-grid.Columns(ellipsis))
	head, tail := split(s, keep*3/5)
	tail = ending(tail, 16*keep) // far more than is kept: measuring all of a long text again and again takes time
	for grid.Columns(tail) > keep-grid.Columns(head) {
		_, tail = split(tail, grid.Columns(firstRune(tail)))
	}
	return head + ellipsis + tail
}

// split parts s after as many signs as fit in width columns.
func split(s string, width int) (head, tail string) {
	for i, r := range s {
		if width -= grid.Columns(string(r)); width < 0 {
			return s[:i], s[i:]
		}
	}
	return s, ""
}

// ending is the last n bytes of s, or a little less: it begins with a whole sign.
func ending(s string, n int) string {
	at := max(0, len(s)-n)
	for at < len(s) && !utf8.RuneStart(s[at]) {
		at++
	}
	return s[at:]
}

func firstRune(s string) string {
	for _, r := range s {
		return string(r)
	}
	return ""
}

// Dash stands where a table has nothing to say: an empty cell would look like one that was forgotten.
func Dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
