package address

import (
	"strconv"
	"strings"
)

// What stands between {{ and }} is text for loadgen. All that is done to a text here leaves it as it is.

// nextAction finds the first action of s; both ends are len(s) when there is none. Braces within quotes do not
// end it. One that is never closed reaches to the end of s, so that loadgen sees it and says what is wrong.
func nextAction(s string) (from, to int) {
	from = strings.Index(s, "{{")
	if from < 0 {
		return len(s), len(s)
	}
	for i := from + len("{{"); i < len(s); i++ {
		if strings.HasPrefix(s[i:], "}}") {
			return from, i + len("}}")
		}
		if quoted, err := strconv.QuotedPrefix(s[i:]); err == nil && s[i] == '"' {
			i += len(quoted) - 1
		}
	}
	return from, len(s)
}

// Mask puts letters in the place of actions, whose own signs have no meaning outside of them. The result is
// as long as s.
func Mask(s string) string {
	var b strings.Builder
	for s != "" {
		from, to := nextAction(s)
		b.WriteString(s[:from] + strings.Repeat("x", to-from))
		s = s[to:]
	}
	return b.String()
}

// Literally is a template that gives s itself.
func Literally(s string) string { return strings.ReplaceAll(s, "{{", `{{"{{"}}`) }

// constant gives the text that an action such as {{"{{"}} stands for; ok is false when it is another action.
func constant(action string) (text string, ok bool) {
	inner := strings.TrimSpace(strings.TrimSuffix(strings.TrimPrefix(action, "{{"), "}}"))
	text, err := strconv.Unquote(inner)
	return text, err == nil && strings.HasPrefix(inner, `"`)
}
