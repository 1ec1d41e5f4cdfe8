package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"shotput/cli/advice"
	"shotput/cli/files"
	"shotput/cli/flags"
	"shotput/cli/line"
	"shotput/loadgen/fault"
	"shotput/report"
	"shotput/stats"
)

// checkWritable finds out before anything is fired whether every file can be written, so that no run is lost for want
// of a folder. It leaves what is there as it is. Reads are files that the line does not name, and that are read.
func checkWritable(o *flags.Outputs, typed line.Line, reads ...string) error {
	var hints []advice.Hint
	taken := map[string]bool{}
	for _, f := range o.Saved() {
		why := unwritable(o, f, taken)
		if why == "" && isInput(*f.Path, typed, reads...) {
			why, taken[filepath.Clean(*f.Path)] = isReadToo, true
		}
		if why != "" {
			name := "--" + f.Flag
			if f.Flag == "output" {
				name = "-o"
			}
			hints = append(hints, advice.Hint{Error: name + " " + line.Show(*f.Path) + ": " + why,
				About: line.Fault{Flag: f.Flag, Value: *f.Path, Why: why}})
			other := free(instead(o, f), taken)
			typed = typed.Instead(f.Flag, *f.Path, other)
			taken[filepath.Clean(other)] = true
		}
		taken[filepath.Clean(*f.Path)] = true
	}
	if len(hints) == 0 {
		return nil
	}
	hints[len(hints)-1].Try = typed.String() // it mends them all
	return usage(hints...)
}

const isReadToo = "it is read too, and saving would destroy it"

// isInput says whether the line reads the file, or a folder that it stands in, or it is one of reads.
func isInput(path string, typed line.Line, reads ...string) bool {
	target, err := os.Stat(path)
	if err != nil || !target.Mode().IsRegular() {
		return false
	}
	folder, _ := os.Stat(filepath.Dir(path))
	found := false
	look := func(name string) string {
		info, err := os.Stat(name)
		found = found || err == nil && (os.SameFile(info, target) || folder != nil && os.SameFile(info, folder))
		return name
	}
	for _, w := range typed.Words {
		r := typed.Row(w.Flag)
		switch {
		case w.Flag == "": // a plan, or a saved run; of a URL there is no file
			found = found || isSame(w.Value, target)
		case r == nil, r.Paths == nil, slices.Contains(saving, w.Flag):
		default:
			r.Paths(w.Value, look)
		}
	}
	same := func(name string) bool { return isSame(name, target) }
	return found || slices.ContainsFunc(reads, same)
}

func isSame(name string, target os.FileInfo) bool {
	info, err := os.Stat(name)
	return err == nil && os.SameFile(info, target)
}

// saving are the flags whose files are written.
var saving = []string{"output", "samples", "prom-file"}

// unwritable says why nothing can be saved there; "" where it can.
func unwritable(o *flags.Outputs, f flags.SavedFile, taken map[string]bool) string {
	special := files.IsSpecial(*f.Path)
	switch why := o.Unwritten(f); {
	case *f.Path == "":
		return "it names no file"
	case why != "" && !special:
		return why
	case taken[filepath.Clean(*f.Path)] && !special:
		return "it holds one document, and is named twice"
	case *f.Path == "-":
		return ""
	}
	if err := files.Check(*f.Path); err != nil {
		return fault.Plain(err).Error()
	}
	return ""
}

// instead is a name under which the same can be saved.
func instead(o *flags.Outputs, f flags.SavedFile) string {
	const longest = 255 // letters of a name, on every system that we know
	other := "./" + filepath.Base(*f.Path)
	if len(other) > longest {
		other = "./run.json"
	}
	info, err := os.Stat(*f.Path)
	switch {
	case *f.Path == "-", *f.Path == "":
		return "run.json"
	case err == nil && info.IsDir() && f.Flag == "output":
		return filepath.Join(*f.Path, "run.json")
	}
	if f.Path = &other; o.Unwritten(f) != "" {
		return o.Like(other)
	}
	return other
}

// freshName is the name with a number, where there is such a file already.
func freshName(name string) string {
	ending := filepath.Ext(name)
	other := name
	for n := 2; n < 1000; n++ {
		if _, err := os.Lstat(other); err != nil {
			break
		}
		other = fmt.Sprintf("%s-%d%s", strings.TrimSuffix(name, ending), n, ending)
	}
	return other
}

// free is the name with a number, where another file of the line has it.
func free(name string, taken map[string]bool) string {
	ending := filepath.Ext(name)
	other := name
	for n := 2; taken[filepath.Clean(other)]; n++ {
		other = fmt.Sprintf("%s-%d%s", strings.TrimSuffix(name, ending), n, ending)
	}
	return other
}

// deliver saves and prints every document of the rounds; those that grew while they went on are closed. All are tried,
// and the error joins those that failed. What is a file comes first: a terminal that was stopped, or a reader who does
// not read, may keep what is printed, or goes through a pipe, waiting for ever. The table is printed in any case: on
// standard error where standard output carries a document, or takes nothing any more.
func deliver(o *flags.Outputs, rounds []*stats.Run, streams []*stream, w *watch) (err error) {
	w.during(func() { _, err = save(o, rounds, streams, false) })
	broken, fault := save(o, rounds, streams, true)
	return errors.Join(err, fault, printAll(o, rounds, broken, w.Stdio))
}

// save closes the streams and writes the documents that go to plain files, or those that do not; broken says whether
// standard output takes nothing any more.
func save(o *flags.Outputs, rounds []*stats.Run, streams []*stream, special bool) (broken bool, err error) {
	for _, t := range streams {
		if (t.path == "" || files.IsSpecial(t.path)) == special {
			fault := t.close()
			broken = broken || fault != nil && t.path == ""
			err = errors.Join(err, fault)
		}
	}
	for _, d := range o.Documents() {
		if d.Format != "ndjson" && d.Path != "-" && files.IsSpecial(d.Path) == special {
			err = errors.Join(err, writeDocument(o, d, rounds))
		}
	}
	return broken, err
}

// printAll prints what stands on the standard outputs; broken says whether the first of them takes nothing any more.
func printAll(o *flags.Outputs, rounds []*stats.Run, broken bool, s *Stdio) (err error) {
	format, asked := o.OnStdout()
	table, first := withoutHints(rounds), rounds
	if format == "text" && !asked {
		first = table
	}
	if format != "ndjson" {
		fault := printRounds(s.Out, format, first, s.options(s.Out, o))
		broken = broken || fault != nil && !asked
		err = errors.Join(err, fault)
	}
	if asked || broken {
		err = errors.Join(err, printRounds(s.Err, "text", table, s.options(s.Err, o)))
	}
	return err
}

// withoutHints leaves out of the table what stands on standard error: each hint is said once.
func withoutHints(rounds []*stats.Run) (all []*stats.Run) {
	for _, run := range rounds {
		told := *run
		isHint := func(w stats.Warning) bool { return slices.Contains(advice.Codes, w.Code) }
		told.Warnings = slices.DeleteFunc(slices.Clone(run.Warnings), isHint)
		all = append(all, &told)
	}
	return all
}

// A rendered is a report of several runs, in whatever format.
type rendered func(w io.Writer, format string, opt report.Options) error

// deliver saves what was asked for, and prints the table. Under GitHub Actions it stands in the step's summary too.
func (write rendered) deliver(o *flags.Outputs, s *Stdio) error {
	err := errors.Join(write.saveAll(o, s), write.printTable(o, s))
	if s.inActions() {
		s.summarize(func(w io.Writer) error { return write(w, "md", documentOptions(o)) })
	}
	return err
}

// saveAll makes every document of -o.
func (write rendered) saveAll(o *flags.Outputs, s *Stdio) (err error) {
	for _, d := range o.Documents() {
		if d.Path == "-" {
			err = errors.Join(err, write.print(s.Out, d.Format, s.options(s.Out, o)))
			continue
		}
		err = errors.Join(err, saveRendered(d.Path, func(w io.Writer) error {
			return write(w, d.Format, documentOptions(o))
		}))
	}
	return err
}

// printTable prints to standard output, unless -o - takes its place: then the table goes to standard error.
func (write rendered) printTable(o *flags.Outputs, s *Stdio) error {
	format, table := o.Format, s.Out
	if len(o.Files) > 0 || format == "" {
		format = "text"
	}
	if slices.Contains(o.Files, "-") {
		table = s.Err
	}
	return write.print(table, format, s.options(table, o))
}

// print writes to one of the standard outputs what is whole.
func (write rendered) print(w io.Writer, format string, opt report.Options) error {
	var b bytes.Buffer
	if err := write(&b, format, opt); err != nil {
		return err
	}
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("write the report: %w", fault.Plain(err))
	}
	return nil
}

// writeDocument makes one file that was asked for with -o.
func writeDocument(o *flags.Outputs, d flags.Document, rounds []*stats.Run) error {
	return saveRendered(d.Path, func(w io.Writer) error {
		return report.WriteRounds(w, d.Format, rounds, documentOptions(o))
	})
}

// saveRendered saves what render writes, once it is whole.
func saveRendered(path string, render func(io.Writer) error) error {
	var b bytes.Buffer
	err := render(&b)
	if err == nil {
		err = files.Save(path, b.Bytes())
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", path, fault.Plain(err))
	}
	return nil
}

// printRounds writes to one of the standard outputs.
func printRounds(w io.Writer, format string, rounds []*stats.Run, opt report.Options) error {
	var b bytes.Buffer
	if err := report.WriteRounds(&b, format, rounds, opt); err != nil {
		return err
	}
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("write the report: %w", fault.Plain(err))
	}
	return nil
}

// documentOptions say how a report is printed that is no terminal's.
func documentOptions(o *flags.Outputs) report.Options {
	opt := o.Options()
	opt.Mend = wordMend
	return opt
}

// wordMend says a mend as the flag that makes it: a report knows the plan's fields, and only here is it known what a
// person types to set one.
func wordMend(m report.Mend) string {
	return flags.Rows().Row(m.Field).Name() + " " + line.Quote(m.Value)
}
