package report

import (
	"bytes"
	"fmt"
	"strings"

	"shotput/report/page"
	"shotput/report/words"
	"shotput/stats"
)

// The levels of annotations that are made.
const (
	LevelError   = "error"
	LevelWarning = "warning"
)

// MostAnnotations is how many annotations of a level GitHub shows of one step of a workflow; it drops the rest
// without a word. MostSummary is how large a step's summary may be, in bytes: a larger one is not shown at all.
const (
	MostAnnotations = 10
	MostSummary     = 1 << 20
)

// An Annotation is a line that GitHub shows above a workflow's log and beside the change that ran it.
type Annotation struct{ Level, Title, Text string }

// String is the workflow command: one line, whatever the texts hold.
func (a Annotation) String() string {
	command := "::" + a.Level
	if a.Title != "" {
		command += " title=" + commandProperty.Replace(a.Title)
	}
	return command + "::" + commandText.Replace(a.Text)
}

// What a workflow command may not hold as it is: the documentation of GitHub Actions, "Workflow commands", and the
// runner's own reading of them. A property ends at a colon or a comma as well.
var (
	commandText     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	commandProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

// Annotations are what a reviewer must not miss: each broken threshold is an error, one that was not judged a
// warning, and so is a verdict that is not kept where the plan asks for that. Else the verdict, an interruption and
// each class of failures are warnings, since they do not decide on the exit code.
func Annotations(r *stats.Run, opt Options) []Annotation {
	var all []Annotation
	for _, t := range r.Thresholds {
		level, said := LevelError, "threshold broken: "
		switch t.Judged() {
		case stats.RuleKept:
			continue
		case stats.RuleNotJudged:
			level, said = LevelWarning, "threshold not judged: "
		}
		all = append(all, Annotation{level, said + words.Clean(t.Rule),
			page.HowBroken(t, words.Scale{}) + ", at " + words.Title(&r.Plan)})
	}
	if r.Verdict.Status != stats.Kept {
		level := LevelWarning
		if r.Untrusted() {
			level = LevelError
		}
		all = append(all, Annotation{level, "verdict: " + words.Clean(r.Verdict.Status),
			strings.Join(append(page.Remarks(r, opt), words.Title(&r.Plan)), "\n")})
	} else if r.Hopeless() {
		all = append(all, Annotation{LevelError, "ended: all failed alike",
			strings.Join(append(page.Remarks(r, opt), words.Title(&r.Plan)), "\n")})
	} else if r.Stop.CutShort() {
		all = append(all, Annotation{LevelWarning, "interrupted",
			strings.Join(append(page.Remarks(r, opt), words.Title(&r.Plan)), "\n")})
	}
	for _, f := range r.Outcomes {
		all = append(all, class(f, r))
	}
	return all
}

// class is the annotation of one class of what did not succeed.
func class(f stats.Failure, r *stats.Run) Annotation {
	a := Annotation{LevelWarning, words.Count(f.Count) + " × " + words.Outcome(f),
		"of " + words.Plural(r.Totals.Sent, "request") + ", the first after " + words.Duration(f.First)}
	if f.Stage != stats.NoStage {
		a.Title += ", " + f.Stage.String()
	}
	if f.Example != "" {
		a.Text += "; such as: " + words.Clean(f.Example)
	}
	if f.Answer != "" {
		a.Text += "; the answer says: " + words.Clean(f.Answer)
	}
	return a
}

// summaryCut stands at the end of a summary that was too long.
const summaryCut = "\n> cut here: the report is longer than a summary may be\n"

// CutSummary gives as many whole lines of a step's summary as fit into room, in bytes, and says that they are not all.
func CutSummary(markdown []byte, room int) []byte {
	if len(markdown) <= room {
		return markdown
	}
	if room -= len(summaryCut); room < 0 {
		return nil
	}
	whole := bytes.LastIndexByte(markdown[:room], '\n') + 1
	return fmt.Append(bytes.Clone(markdown[:whole]), summaryCut)
}
