// Package plain makes foreign text fit to be shown: what somebody else wrote, a server, a plan, a command line, the
// system. It is the one place that knows which signs may stand on a terminal. It refuses to judge what a text says;
// what is a secret, package secret knows.
//
// A sign is safe when it is seen and stays in its place: no control, no escape, nothing that turns the direction of
// what follows, nothing invisible.
package plain

import (
	"strings"
	"unicode"
)

// Line is the text in one line, of which every sign takes a place of its own, so that it can be aligned: unsafe and
// combining signs are dropped, white space becomes one space.
func Line(s string) string {
	visible := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case !isSafe(r), unicode.IsMark(r):
			return -1
		}
		return r
	}, s)
	return strings.Join(strings.Fields(visible), " ")
}

// Dotted is the text with a dot for each unsafe sign: of what a person typed, it is to be seen that there was one.
func Dotted(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Zs, r):
			return ' '
		case !isSafe(r) && r != unicode.ReplacementChar:
			return '·'
		}
		return r
	}, s)
}

// isSafe says whether a sign is seen, and stays in its place.
func isSafe(r rune) bool {
	return r != unicode.ReplacementChar && unicode.IsPrint(r) && !strings.ContainsRune(fillers, r)
}

// fillers are letters that are not seen: they hold the place of one of Hangul's.
const fillers = "\u115f\u1160\u3164\uffa0"
