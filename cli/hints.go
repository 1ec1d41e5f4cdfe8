package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

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
	Try   string // a command to copy

	about   line.Fault // the flag that is at fault, for whoever knows where it was written
	excerpt []string   // lines of the file that is at fault
}

// codes are all the hints there are, besides those of later versions.
var codes = []string{"bad-url", "refused", "dns", "tls-authority", "tls-name", "tls-expired", "method-405", "too-large-413",
	"auth-401", "fd-limit", "ports", "body-file", "template", "rate-unreachable", "all-timeouts", "proxy-refused",
	"h2-missing", "scheme-mismatch", "same-url", "redirect", "dropped-bytes", "no-body", "non-loopback", "kept-closed"}

// width is what a terminal has at the least.
const width = 80

// write prints the hint under a word, "error" or "note".
func (h Hint) write(w io.Writer, kind string) {
	head := kind + ": " + h.Error
	if h.Code != "" {
		code := "[" + h.Code + "]"
		gap := max(2, width-utf8.RuneCountInString(head)-len(code))
		head += strings.Repeat(" ", gap) + code
	}
	fmt.Fprintln(w, line.Printable(head))
	for _, text := range h.excerpt {
		fmt.Fprintln(w, line.Printable(text))
	}
	for _, more := range []struct{ word, text string }{{"seen", h.Seen}, {"why", h.Why}, {"try", h.Try}} {
		if more.text != "" {
			fmt.Fprintf(w, "  %-4s  %s\n", more.word, line.Printable(more.text))
		}
	}
}

// warning is the hint as a saved run keeps it.
func (h Hint) warning() stats.Warning { return stats.Warning{Code: h.Code, Text: h.text(), Try: h.Try} }

// text is what happened, was seen and why, in one line.
func (h Hint) text() string {
	text := h.Error
	for _, more := range []string{h.Seen, h.Why} {
		if more != "" {
			text += "; " + more
		}
	}
	return text
}

// addWarnings adds hints to the run's warnings, each code once.
func addWarnings(run *stats.Run, hints []Hint) {
	for _, h := range hints {
		if !slices.ContainsFunc(run.Warnings, func(known stats.Warning) bool { return known.Code == h.Code }) {
			run.Warnings = append(run.Warnings, h.warning())
		}
	}
}
