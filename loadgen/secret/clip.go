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

// cutMark stands where a text was cut off, behind the quote that may end it.
const cutMark = "…"

// shortestCut bounds what is taken for the beginning of a secret: fewer bytes stand there by chance, and tell little.
const shortestCut = 3

// hideCut hides what is left of a secret where a text was cut off in the middle of it.
func hideCut(text string, secrets []string) string {
	if !strings.Contains(text, cutMark) {
		return text
	}
	parts := strings.Split(text, cutMark)
	for i, part := range parts[:len(parts)-1] {
		bare := strings.TrimSuffix(part, `"`)
		if n := begun(bare, secrets); n > 0 {
			parts[i] = bare[:len(bare)-n] + Mark + part[len(bare):]
		}
	}
	return strings.Join(parts, cutMark)
}

// begun is how many bytes at the end of a text are the beginning of a secret; 0 where they are of none.
func begun(text string, secrets []string) (most int) {
	for _, s := range secrets {
		for n := min(len(s), len(text)); n > most && n >= shortestCut; n-- {
			if strings.HasSuffix(text, s[:n]) {
				most = n
			}
		}
	}
	return most
}
