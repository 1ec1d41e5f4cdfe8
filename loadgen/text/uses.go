package text

import (
	"slices"
	"strconv"
	"strings"
)

// A Written is a text in which functions may stand, and the field of the plan that it is.
type Written struct{ Field, Text string }

// A Use is a call of a function in a written text.
type Use struct {
	Function string
	Text     string // its first argument, where that is a quoted text
	Action   string // as it is written
	At       string // where it stands, as a person counts
	Leads    bool   // the text begins with it
}

// Uses are the calls in s of these functions. Of a text that cannot be compiled, they are those before the fault.
func Uses(s string, functions ...string) (all []Use) {
	for at := 0; ; {
		before, _, found := strings.Cut(s[at:], "{{")
		if !found {
			return all
		}
		at += len(before)
		words, n, err := scanAction(s[at:])
		if err != nil {
			return all
		}
		if len(words) > 0 && slices.Contains(functions, words[0]) {
			u := Use{Function: words[0], Action: s[at : at+n], At: Position(s, at), Leads: at == 0}
			if len(words) > 1 {
				u.Text, _ = strconv.Unquote(words[1])
			}
			all = append(all, u)
		}
		at += n
	}
}

// Captures are the uses in s of what was taken from answers.
func Captures(s string) []Use { return Uses(s, "captured", "joined") }

// Leads is the name of the capture with whose value s begins; "" where it begins otherwise.
func Leads(s string) string {
	if all := Uses(s, "captured"); len(all) > 0 && all[0].Leads {
		return all[0].Text
	}
	return ""
}
