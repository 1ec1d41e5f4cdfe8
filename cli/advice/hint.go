// Package advice says to a person what can be said of a plan, of an exchange and of a finished run, and what to try.
// All of it are pure functions of what was asked and what was seen; it refuses to print, to read the machine and to
// write into a run.
//
// A hint is what happened, what was seen, why that may be, and one command to try. Its code is stable.
package advice

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"shotput/cli/flags"
	"shotput/cli/line"
	"shotput/stats"
)

// A Hint tells a person what happened, what was seen, why that may be, and one command to try. Its code is
// stable: scripts and saved runs may rely on it.
type Hint struct {
	Code  string // such as "method-405"; "" for faults of the command line
	Error string // one line: what is the matter
	Seen  string
	Why   string
	Try   string // a command to copy; "" where none is known to help

	About   line.Fault // the flag that is at fault, for whoever knows where it was written
	Excerpt []string   // lines of the file that is at fault
}

// Codes are all the hints there are, besides those of later versions.
var Codes = []string{
	"bad-url", "refused", "dns", "tls-authority", "tls-name", "tls-expired", "tls-client", "method-405",
	"too-large-413",
	"auth-401", "fd-limit", "ports", "body-file", "template", "rate-unreachable", "all-timeouts", "proxy-refused",
	"h2-missing", "scheme-mismatch", "same-url", "redirect", "dropped-bytes", "no-body", "non-loopback", "kept-closed",
	"same-seed", "h3-missing", "capture", "foreign-host",
}

// width is what a terminal has at the least.
const width = 80

// Write prints the hint under a word, "error" or "note".
func (h Hint) Write(w io.Writer, kind string) {
	head := kind + ": " + h.Error
	if h.Code != "" {
		code := "[" + h.Code + "]"
		gap := max(2, width-utf8.RuneCountInString(head)-len(code))
		head += strings.Repeat(" ", gap) + code
	}
	fmt.Fprintln(w, line.Printable(head))
	for _, text := range h.Excerpt {
		fmt.Fprintln(w, line.Printable(text))
	}
	for _, more := range []struct{ word, text string }{{"seen", h.Seen}, {"why", h.Why}, {"try", h.Try}} {
		if more.text != "" {
			fmt.Fprintf(w, "  %-4s  %s\n", more.word, line.Printable(more.text))
		}
	}
	if names := line.Variables(h.Try); len(names) > 0 {
		fmt.Fprintf(w, "  %-4s  %s set to the secret, which is not shown here\n", "with", strings.Join(names, ", "))
	}
}

// unlessTyped is the hint without a line to try that is the one just typed.
func (h Hint) unlessTyped(a *flags.Asked) Hint {
	if h.Try == a.String() {
		h.Try = ""
	}
	return h
}

// Warning is the hint as a saved run keeps it.
func (h Hint) Warning() stats.Warning { return stats.Warning{Code: h.Code, Text: h.Text(), Try: h.Try} }

// Text is what happened, was seen and why, in one line that is fit to be shown: whoever reads it in a saved run need
// not know which part of it somebody else wrote.
func (h Hint) Text() string {
	text := h.Error
	for _, more := range []string{h.Seen, h.Why} {
		if more != "" {
			text += "; " + more
		}
	}
	return line.Printable(text)
}

// Warnings are those that a run has already, with the hints, each code once.
func Warnings(known []stats.Warning, hints ...Hint) []stats.Warning {
	all := slices.Clone(known)
	for _, h := range hints {
		if !slices.ContainsFunc(all, func(w stats.Warning) bool { return w.Code == h.Code }) {
			all = append(all, h.Warning())
		}
	}
	return all
}
