package cli

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"shotput/cli/advice"
	"shotput/cli/line"
)

// The exit codes. Interrupted runs exit with 128 and the signal's number: 130, 143, 129.
const (
	exitDone       = 0
	exitThreshold  = 1 // ran, and a threshold failed; compared, and a regression was found
	exitUsage      = 2 // nothing was sent
	exitUnmeasured = 3 // could not measure
)

// A refusal is an error that carries its exit code and what to tell a person.
type refusal struct {
	code  int
	hints []advice.Hint
	last  string // one closing line
	open  bool   // nothing is wrong: there is not enough to judge by
	cause error  // shown with -v
}

// Error gives the heads of the hints, for those who only log.
func (r *refusal) Error() string {
	heads := make([]string, len(r.hints))
	for i, h := range r.hints {
		heads[i] = h.Error
	}
	return strings.Join(heads, "; ")
}

// Unwrap gives the raw error.
func (r *refusal) Unwrap() error { return r.cause }

// usage refuses a command before anything was sent.
func usage(hints ...advice.Hint) error { return &refusal{code: exitUsage, hints: hints} }

// giveUp says that there is no result, or none that could be handed over.
func giveUp(cause error, h advice.Hint) error {
	return &refusal{code: exitUnmeasured, hints: []advice.Hint{h}, cause: cause}
}

// undecided says that nothing can be said.
func undecided(h advice.Hint) error {
	return &refusal{code: exitUnmeasured, hints: []advice.Hint{h}, open: true}
}

// quiet ends with a code and without another word: the report has said it all.
type quiet int

func (q quiet) Error() string { return fmt.Sprintf("exit %d", int(q)) }

// asRefusal is an error as a refusal: a line that is not taken is one of the command. It is nil for any other error.
func asRefusal(err error) *refusal {
	var r *refusal
	var l *line.Refusal
	switch {
	case errors.As(err, &r):
		return r
	case errors.As(err, &l):
		return &refusal{code: exitUsage, hints: hintsOfLine(l)}
	}
	return nil
}

// hintsOfLine says what is wrong with a line; below the last fault stands the whole line as it would be right.
func hintsOfLine(l *line.Refusal) (hints []advice.Hint) {
	for _, f := range l.Faults {
		hints = append(hints, hintOf(f))
	}
	hints[len(hints)-1].Try = l.Try
	return hints
}

func hintOf(f line.Fault) advice.Hint {
	return advice.Hint{Code: f.Code, Error: f.Sentence(), Why: f.More, About: f}
}

// tell writes the error for a person and gives its exit code. Whatever is no refusal is a fault of this
// program or its machine, and still one plain line and something to try.
func tell(w io.Writer, err error) int {
	var q quiet
	var i interrupted
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &q):
		return int(q)
	case errors.As(err, &i):
		return i.code()
	}
	r := asRefusal(err)
	if r == nil {
		r = &refusal{code: exitUnmeasured, hints: []advice.Hint{{Error: err.Error(), Try: "shotput --help"}}}
	}
	for _, h := range r.hints {
		h.Write(w, "error")
	}
	if r.last != "" {
		fmt.Fprintln(w, r.last)
	}
	return r.code
}
