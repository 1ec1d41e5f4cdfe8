package cli

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"shotput/cli/advice"
	"shotput/cli/line"
	"shotput/stats"
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

// conclude gives the exit code of rounds that were delivered, but for what failed: that of the round that fared worst.
func (j *job) conclude(failed error) error {
	for _, r := range j.rounds {
		j.publish(r.run)
	}
	if unread := j.shown.unread(); unread != "" {
		j.note([]advice.Hint{{Error: unread}})
	}
	j.note(j.hints())
	if failed != nil {
		return giveUp(failed, advice.Hint{Error: line.Printable(failed.Error()),
			Try: j.asked.With("output", "./run.json").String()})
	}
	for _, r := range j.rounds {
		switch run := r.run; {
		case run.Verdict.Status == stats.NothingMeasured && !run.Stop.CutShort():
			h := advice.OfDoubt(run)
			h.Why = line.Printable(run.Stop.String())
			return giveUp(nil, h)
		case run.Totals.OK == 0 && !run.Stop.CutShort():
			return giveUp(nil, advice.Hint{
				Error: "nothing succeeded: 0 of " + stats.Plural(run.Totals.Sent, "request") + " were OK",
				Try:   j.asked.AsOnce().String()})
		case run.Hopeless():
			return giveUp(nil, advice.Hint{Error: line.Printable(run.Stop.Text),
				Why: "the run ended by itself; --no-preflight lets it go on",
				Try: j.asked.AsOnce().String()})
		case run.Untrusted():
			return giveUp(nil, advice.Hint{
				Error: "the verdict is " + run.Verdict.Status + ", and --strict asks for kept",
				Why:   run.Verdict.Reason, Try: j.asked.Without("strict").String()})
		}
	}
	return j.concludeRules()
}

// concludeRules gives the exit code of thresholds and abort rules. One broken decides, in whatever round; that one
// could not be judged is no pass, nor is a run that is in doubt itself.
func (j *job) concludeRules() error {
	var open []stats.Threshold
	for _, r := range j.rounds {
		if r.run.AbortedByRule() || slices.ContainsFunc(r.run.Thresholds, is(stats.RuleBroken)) {
			return quiet(exitThreshold)
		}
		if i := slices.IndexFunc(r.run.Thresholds, is(stats.RuleNotJudged)); i >= 0 {
			open = append(open, r.run.Thresholds[i])
		}
	}
	for _, r := range j.rounds {
		if r.run.Verdict.InDoubt() {
			return giveUp(nil, advice.OfDoubt(r.run))
		}
	}
	if len(open) == 0 {
		return nil
	}
	return giveUp(nil, advice.Hint{Error: "not judged: " + line.Printable(open[0].Rule),
		Why: line.Printable(open[0].Why)})
}

func is(result stats.Result) func(stats.Threshold) bool {
	return func(t stats.Threshold) bool { return t.Judged() == result }
}

// hints has the hints of all rounds, each code once.
func (j *job) hints() (hints []advice.Hint) {
	said := map[string]bool{}
	for _, r := range j.rounds {
		for _, h := range r.hints {
			if !said[h.Code] {
				said[h.Code] = true
				hints = append(hints, h)
			}
		}
	}
	return hints
}

// concludeSaved gives the exit code of runs that were shown again: that which the last line of the one that fared worst
// names. One that somebody ended has the code of its signal no more, for nobody sent this program one.
func concludeSaved(paths []string, files [][]*stats.Run) error {
	var open *advice.Hint
	broken := false
	for i, rounds := range files {
		for _, run := range rounds {
			ended := run.AbortedByRule() || slices.ContainsFunc(run.Thresholds, is(stats.RuleBroken))
			h, judged := shortOf(run, ended)
			h.Error = line.Show(paths[i]) + ": " + h.Error
			switch {
			case !judged:
				return giveUp(nil, h)
			case ended:
				broken = true
			case open == nil && slices.ContainsFunc(run.Thresholds, is(stats.RuleNotJudged)):
				open = &h
			}
		}
	}
	switch {
	case broken:
		return quiet(exitThreshold)
	case open != nil:
		return giveUp(nil, *open)
	}
	return nil
}

// shortOf says why a saved run is no result; judged is false where that comes before all that is broken in it.
func shortOf(run *stats.Run, broken bool) (h advice.Hint, judged bool) {
	switch {
	case run.Verdict.InDoubt() && !broken:
		return advice.OfDoubt(run), false
	case run.Totals.Sent == 0 && !run.AbortedByRule():
		return advice.OfDoubt(run), false
	case run.Totals.OK == 0 && !run.AbortedByRule():
		return advice.Hint{Error: "nothing succeeded: 0 of " + stats.Plural(run.Totals.Sent, "request") + " were OK"},
			false
	case run.Untrusted():
		return advice.Hint{Error: "the verdict is " + run.Verdict.Status + ", and --strict asks for kept",
			Why: line.Printable(run.Verdict.Reason)}, false
	}
	if i := slices.IndexFunc(run.Thresholds, is(stats.RuleNotJudged)); i >= 0 {
		return advice.Hint{Error: "not judged: " + line.Printable(run.Thresholds[i].Rule),
			Why: line.Printable(run.Thresholds[i].Why)}, true
	}
	return h, true
}
