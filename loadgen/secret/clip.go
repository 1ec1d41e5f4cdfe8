package secret

import "strings"

// How much of a text that others wrote is looked at, in bytes, before anything else is done with it.
const (
	mostForeign = 200
	mostDetail  = 400 // with what we say around it
)

// Clip is the beginning of a text that others wrote.
func Clip(s string) string { return clip(s, mostForeign) }

func clip(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
