package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"shotput/cli/line"
	"shotput/report"
	"shotput/stats"
)

// outputs says which documents are made of a run, and where they go.
type outputs struct {
	files    []string // -o; "-" is standard output
	samples  string   // --samples
	format   string   // --format
	progress string
	unit     string
	ascii    bool
}

func (o *outputs) setUnit(s string) error {
	o.unit = s
	if (report.Options{Unit: s}).Validate() != nil || s == "" {
		return errors.New("a unit is ns, us, ms or s")
	}
	return nil
}

// A savedFile is a path that something is saved at, and the flag that named it.
type savedFile struct {
	flag string
	path *string
}

func (o *outputs) saved() (all []savedFile) {
	for i := range o.files {
		all = append(all, savedFile{"output", &o.files[i]})
	}
	if o.samples != "" {
		all = append(all, savedFile{"samples", &o.samples})
	}
	return all
}

// A document is one form of the run, and where it goes.
type document struct{ path, format string }

// documents resolves the formats: --format when given, else the extension, else the saved run.
func (o *outputs) documents() []document {
	var docs []document
	for _, path := range o.files {
		format, known := report.FormatByExtension(path)
		switch {
		case o.format != "":
			format = o.format
		case !known:
			format = "json"
		}
		docs = append(docs, document{path, format})
	}
	return docs
}

// onStdout is the format of the one document on standard output, and whether it stands in the place of the
// table, which then goes to standard error.
func (o *outputs) onStdout() (format string, asked bool) {
	for _, d := range o.documents() {
		if d.path == "-" {
			return d.format, true
		}
	}
	if len(o.files) == 0 && o.format != "" {
		return o.format, false
	}
	return "text", false
}

// check finds out before anything is fired whether every file can be written, so that no run is lost for want
// of a folder. It leaves what is there as it is.
func (o *outputs) check() error {
	var hints []Hint
	taken := map[string]bool{}
	for _, f := range o.saved() {
		if *f.path == "" {
			hints = append(hints, notTo(f, "it names no file"))
		} else if taken[*f.path] && !special(*f.path) {
			hints = append(hints, notTo(f, "it holds one document, and is named twice"))
		} else if err := writable(*f.path); err != nil {
			hints = append(hints, notTo(f, plainPath(err).Error()))
		}
		taken[*f.path] = true
	}
	if len(hints) > 0 {
		return usage(hints...)
	}
	return nil
}

// notTo says why nothing can be saved there.
func notTo(f savedFile, why string) Hint {
	name, other := "--"+f.flag, "./"+filepath.Base(*f.path)
	if f.flag == "output" {
		name = "-o"
	}
	if info, err := os.Stat(*f.path); *f.path == "-" || *f.path == "" {
		other = "run.json"
	} else if err == nil && info.IsDir() && f.flag == "output" {
		other = filepath.Join(*f.path, "run.json")
	}
	return Hint{Error: name + " " + line.Show(*f.path) + ": " + why, Try: "shotput " + name + " " + line.Quote(other) + " " + exampleURL,
		about: line.Fault{Flag: f.flag, Value: *f.path, Why: why}}
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
func (o *outputs) deliver(rounds []*stats.Run, streams []*stream, s *Stdio) (err error) {
	broken := false
	for _, t := range streams {
		fault := t.close()
		broken = broken || fault != nil && t.path == ""
		err = errors.Join(err, fault)
	}
	format, asked := o.onStdout()
	table, first := withoutHints(rounds), rounds
	if format == "text" {
		first = table
	}
	if !asked && format != "ndjson" {
		fault := o.print(s.Out, format, first, s.options(s.Out, o))
		broken = broken || fault != nil
		err = errors.Join(err, fault)
	}
	if asked || broken {
		err = errors.Join(err, o.print(s.Err, "text", table, s.options(s.Err, o)))
	}
	for _, d := range o.documents() {
		if d.format != "ndjson" {
			err = errors.Join(err, o.write(d, rounds, s))
		}
	}
	return err
}

// withoutHints leaves out of the table what stands on standard error: each hint is said once.
func withoutHints(rounds []*stats.Run) (all []*stats.Run) {
	for _, run := range rounds {
		told := *run
		told.Warnings = slices.DeleteFunc(slices.Clone(run.Warnings), func(w stats.Warning) bool { return slices.Contains(codes, w.Code) })
		all = append(all, &told)
	}
	return all
}

// write makes one document that was asked for with -o.
func (o *outputs) write(d document, rounds []*stats.Run, s *Stdio) error {
	if d.path == "-" {
		return o.print(s.Out, d.format, rounds, s.options(s.Out, o))
	}
	return saveRendered(d.path, func(w io.Writer) error {
		return report.WriteRounds(w, d.format, rounds, report.Options{ASCII: o.ascii, Unit: o.unit, Mend: wordMend})
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
		return fmt.Errorf("write %s: %w", path, plainPath(err))
	}
	return nil
}

// print writes to one of the standard outputs.
func (o *outputs) print(w io.Writer, format string, rounds []*stats.Run, opt report.Options) error {
	var b bytes.Buffer
	if err := report.WriteRounds(&b, format, rounds, opt); err != nil {
		return err
	}
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("write the report: %w", plainPath(err))
	}
	return nil
}
