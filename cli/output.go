package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"shotput/cli/advice"
	"shotput/cli/flags"
	"shotput/cli/line"
	"shotput/loadgen/fault"
	"shotput/report"
	"shotput/stats"
)

// checkWritable finds out before anything is fired whether every file can be written, so that no run is lost for want
// of a folder. It leaves what is there as it is.
func checkWritable(o *flags.Outputs, typed line.Line) error {
	var hints []advice.Hint
	taken := map[string]bool{}
	for _, f := range o.Saved() {
		if *f.Path == "" {
			hints = append(hints, notTo(f, typed, "it names no file"))
		} else if taken[*f.Path] && !special(*f.Path) {
			hints = append(hints, notTo(f, typed, "it holds one document, and is named twice"))
		} else if err := writable(*f.Path); err != nil {
			hints = append(hints, notTo(f, typed, fault.Plain(err).Error()))
		}
		taken[*f.Path] = true
	}
	if len(hints) > 0 {
		return usage(hints...)
	}
	return nil
}

// notTo says why nothing can be saved there.
func notTo(f flags.SavedFile, typed line.Line, why string) advice.Hint {
	name, other := "--"+f.Flag, "./"+filepath.Base(*f.Path)
	if f.Flag == "output" {
		name = "-o"
	}
	if info, err := os.Stat(*f.Path); *f.Path == "-" || *f.Path == "" {
		other = "run.json"
	} else if err == nil && info.IsDir() && f.Flag == "output" {
		other = filepath.Join(*f.Path, "run.json")
	}
	return advice.Hint{Error: name + " " + line.Show(*f.Path) + ": " + why,
		Try:   typed.Instead(f.Flag, *f.Path, other).String(),
		About: line.Fault{Flag: f.Flag, Value: *f.Path, Why: why}}
}

// writable tries what save will do, but for a pipe: whoever reads from it would take that for the end.
func writable(path string) error {
	if info, err := os.Stat(path); path == "-" || err == nil && info.Mode()&os.ModeNamedPipe != 0 {
		return nil
	}
	if special(path) {
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		return f.Close()
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".shotput-*")
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// special says whether the path is there and is no ordinary file: /dev/null, a pipe, a folder. Such are written
// in place, never replaced.
func special(path string) bool {
	info, err := os.Stat(path)
	return err == nil && !info.Mode().IsRegular()
}

// save writes a whole file beside its name and then renames it: a reader sees the old file or the new one.
func save(path string, content []byte) error {
	if special(path) {
		return os.WriteFile(path, content, 0o666)
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".shotput-*")
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	err = errors.Join(err, f.Chmod(0o644), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// deliver prints and saves every document of the rounds; those that grew while they went on are closed. All are tried,
// and the error joins those that failed. The table is printed in any case: on standard error where standard output
// carries a document, or takes nothing any more.
func deliver(o *flags.Outputs, rounds []*stats.Run, streams []*stream, s *Stdio) (err error) {
	broken := false
	for _, t := range streams {
		fault := t.close()
		broken = broken || fault != nil && t.path == ""
		err = errors.Join(err, fault)
	}
	format, asked := o.OnStdout()
	table, first := withoutHints(rounds), rounds
	if format == "text" {
		first = table
	}
	if !asked && format != "ndjson" {
		fault := printRounds(s.Out, format, first, s.options(s.Out, o))
		broken = broken || fault != nil
		err = errors.Join(err, fault)
	}
	if asked || broken {
		err = errors.Join(err, printRounds(s.Err, "text", table, s.options(s.Err, o)))
	}
	for _, d := range o.Documents() {
		if d.Format != "ndjson" {
			err = errors.Join(err, writeDocument(o, d, rounds, s))
		}
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

// writeDocument makes one document that was asked for with -o.
func writeDocument(o *flags.Outputs, d flags.Document, rounds []*stats.Run, s *Stdio) error {
	if d.Path == "-" {
		return printRounds(s.Out, d.Format, rounds, s.options(s.Out, o))
	}
	return saveRendered(d.Path, func(w io.Writer) error {
		return report.WriteRounds(w, d.Format, rounds, report.Options{ASCII: o.ASCII, Unit: o.Unit, Mend: wordMend})
	})
}

// saveRendered saves what render writes, once it is whole.
func saveRendered(path string, render func(io.Writer) error) error {
	var b bytes.Buffer
	err := render(&b)
	if err == nil {
		err = save(path, b.Bytes())
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

// wordMend says a mend as the flag that makes it: a report knows the plan's fields, and only here is it known what a
// person types to set one.
func wordMend(m report.Mend) string {
	return flags.Rows().Row(m.Field).Name() + " " + line.Quote(m.Value)
}
