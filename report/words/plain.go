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

// IsPlain says whether s can be shown in one line as it is, sign by sign: a command that was cleaned would be another.
func IsPlain(s string) bool { return plain.Dotted(s) == s }

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
	head, _ := split(s, keep*3/5)
	return head + ellipsis + lastOf(s, keep-grid.Columns(head))
}

// lastOf is what fits in width columns of the end of s.
func lastOf(s string, width int) string {
	for from := len(s); from > 0; {
		r, size := utf8.DecodeLastRuneInString(s[:from])
		if width -= grid.Columns(string(r)); width < 0 {
			return s[from:]
		}
		from -= size
	}
	return s
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

// Dash stands where a table has nothing to say: an empty cell would look like one that was forgotten.
func Dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
