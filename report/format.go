package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"

	"shotput/stats"
)

// three prints a number of at least 1 with three significant digits, and whole from 100 up.
func three(x float64) string {
	switch {
	case x < 9.995:
		return fmt.Sprintf("%.2f", x)
	case x < 99.95:
		return fmt.Sprintf("%.1f", x)
	}
	return fmt.Sprintf("%.0f", x)
}

// powers prints three significant digits times a power of ten, as briefly as can be: 1.12e6.
func powers(x float64) string {
	return strings.NewReplacer("e+0", "e", "e+", "e", "e-0", "e-").Replace(fmt.Sprintf("%.2e", x))
}

// pinned prints d as a number of units, three significant digits and at most seven characters.
func pinned(d, unit time.Duration) string {
	x := float64(d) / float64(unit)
	switch {
	case x == 0:
		return "0"
	case x < 0.000_999_5 || x >= 999_500:
		return powers(x)
	}
	rounded, _ := strconv.ParseFloat(strconv.FormatFloat(x, 'g', 3, 64), 64) // it reads what it wrote
	if rounded >= 100 {
		return count(int64(rounded))
	}
	return strconv.FormatFloat(rounded, 'f', 2-int(math.Floor(math.Log10(rounded))), 64)
}

// count prints with thousands separators, and from 10¹¹ up, where no column would hold it, in powers of ten.
func count(n int64) string {
	if n >= 100_000_000_000 || n <= -100_000_000_000 {
		return powers(float64(n))
	}
	return stats.FormatCount(n)
}

// rate prints requests a second: whole from 100 up, separated from 10,000 up.
func rate(perSecond float64) string {
	switch {
	case perSecond >= 9999.5:
		return count(int64(math.Round(perSecond))) + "/s"
	case perSecond >= 100:
		return fmt.Sprintf("%.0f/s", perSecond)
	}
	return fmt.Sprintf("%.3g/s", perSecond)
}

// size prints bytes in binary units, three significant digits from 1 KiB up.
func size(bytes float64) string {
	if bytes < 1023.5 {
		return fmt.Sprintf("%.0f B", bytes)
	}
	unit := 0
	for bytes /= 1024; bytes >= 999.5 && unit < 5; bytes /= 1024 {
		unit++
	}
	return three(bytes) + " " + string("KMGTPE"[unit]) + "iB"
}

// percent prints a ratio with up to three significant digits.
func percent(ratio float64) string {
	x := ratio * 100
	if x > 0 && x < 0.001 {
		return "<0.001 %"
	}
	if x >= 1000 && x < 1e6 {
		return fmt.Sprintf("%.0f %%", x)
	}
	return fmt.Sprintf("%.3g %%", x)
}

// share prints a part of a whole as per cent with one decimal; what is not all is never printed as 100.0, and
// what is not nothing never as 0.0.
func share(part, whole int64) string {
	switch x := 100 * float64(part) / float64(whole); {
	case whole == 0:
		return "-"
	case part > 0 && x < 0.1:
		return "<0.1"
	case part < whole && x > 99.9:
		return ">99.9"
	default:
		return fmt.Sprintf("%.1f", x)
	}
}

// plural prints "1 error", "2 errors".
func plural(n int64, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return count(n) + " " + one + "s"
}

// clean makes foreign text safe to print on a terminal and possible to align: controls, escapes, invisible and
// combining signs are dropped, white space becomes one space.
func clean(s string) string {
	visible := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case r == unicode.ReplacementChar, !unicode.IsPrint(r), unicode.IsMark(r), columns(string(r)) == 0:
			return -1
		}
		return r
	}, s)
	return strings.Join(strings.Fields(visible), " ")
}

var asciiSigns = strings.NewReplacer("✓", "ok", "✗", "!", "µ", "u", "μ", "u", "·", "|", "…", "...", "≥", ">=", "≤", "<=",
	"×", "x", "→", "->", "─", "-", "━", "=", "–", "-", "—", "-", "’", "'", "“", `"`, "”", `"`)

// ascii replaces the signs that reports use by words or signs of ASCII, and every other by a question mark.
func ascii(s string) string {
	return strings.Map(func(r rune) rune {
		if r > unicode.MaxASCII {
			return '?'
		}
		return r
	}, asciiSigns.Replace(s))
}

// cut shortens s at its end to at most width columns; ellipsis marks the cut.
func cut(s string, width int, ellipsis string) string {
	if columns(s) <= width {
		return s
	}
	head, _ := split(s, width-columns(ellipsis))
	return strings.TrimRight(head, " ") + ellipsis
}

// middle shortens s in its middle to at most width columns, so that host and file name both survive.
func middle(s string, width int, ellipsis string) string {
	if columns(s) <= width {
		return s
	}
	keep := max(0, width-columns(ellipsis))
	head, tail := split(s, keep*3/5)
	for columns(tail) > keep-columns(head) {
		_, tail = split(tail, columns(firstRune(tail)))
	}
	return head + ellipsis + tail
}

// split parts s after as many signs as fit in width columns.
func split(s string, width int) (head, tail string) {
	for i, r := range s {
		if width -= columns(string(r)); width < 0 {
			return s[:i], s[i:]
		}
	}
	return s, ""
}

func firstRune(s string) string {
	for _, r := range s {
		return string(r)
	}
	return ""
}
