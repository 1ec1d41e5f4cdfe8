package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"shotput/cli/line"
	"shotput/loadgen/fault"
	"shotput/report"
	"shotput/stats"
)

// # Under GitHub Actions
//
// A workflow shows what its steps append to the file that GITHUB_STEP_SUMMARY names, and lines of their output that
// have the form of a command. Both are read from standard error as well as from standard output; here they go to
// standard error, since standard output may be a document (-o -).

// inActions says whether a workflow of GitHub Actions runs this.
func (s *Stdio) inActions() bool { return s.env("GITHUB_ACTIONS") == "true" }

// publish puts the run before the people who look at the workflow. The run is saved and printed by now: what
// cannot be published is said, and changes no exit code.
func (s *Stdio) publish(run *stats.Run) {
	if !s.inActions() {
		return
	}
	for _, a := range report.Annotations(run, report.Options{Mend: wordMend}) {
		s.annotate(a)
	}
	s.summarize(func(w io.Writer) error { return report.Markdown(w, run, report.Options{Mend: wordMend}) })
}

// summarize appends a report in Markdown to the summary of the step.
func (s *Stdio) summarize(write func(io.Writer) error) {
	if path := s.env("GITHUB_STEP_SUMMARY"); path != "" && s.inActions() {
		if err := appendSummary(path, write); err != nil {
			s.annotate(report.Annotation{Level: report.LevelWarning, Title: "no summary",
				Text: "write the summary of the step: " + line.Printable(fault.Plain(err).Error())})
		}
	}
}

// appendSummary appends what is written to what the step's summary has already, as far as there is room.
func appendSummary(path string, write func(io.Writer) error) (err error) {
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o644)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	_, err = f.Write(report.CutSummary(append(b.Bytes(), '\n'), report.MostSummary-int(info.Size())))
	return err
}

// annotate writes an annotation. Of those of a level beyond what GitHub shows, the first says that there are more.
func (s *Stdio) annotate(a report.Annotation) {
	if s.annotated == nil {
		s.annotated = map[string]int{}
	}
	s.annotated[a.Level]++
	switch n := s.annotated[a.Level]; {
	case n == report.MostAnnotations:
		a.Title, a.Text = "there are more", "the log has the rest: GitHub shows no more than this of one step"
	case n > report.MostAnnotations:
		return
	}
	fmt.Fprintln(s.Err, a)
}

// tell writes the error for a person, and for a workflow where one runs this, and gives its exit code.
func (s *Stdio) tell(err error) int {
	code := tell(s.Err, err)
	r := asRefusal(err)
	switch {
	case !s.inActions() || code == exitDone || code > 128:
	case r != nil:
		level := report.LevelError
		if r.open {
			level = report.LevelWarning
		}
		for _, h := range r.hints {
			s.annotate(report.Annotation{Level: level, Title: "shotput", Text: line.Printable(h.Text())})
		}
	case !errors.As(err, new(quiet)):
		s.annotate(report.Annotation{Level: report.LevelError, Title: "shotput", Text: line.Printable(err.Error())})
	}
	return code
}
