package flags

import (
	"errors"

	"shotput/report"
)

// Outputs says which documents are made of a run, and where they go.
type Outputs struct {
	Files    []string // -o; "-" is standard output
	Samples  string   // --samples
	Format   string   // --format
	Progress string
	Unit     string
	ASCII    bool
}

// SamplesEnd is how the name of a file of samples ends.
const SamplesEnd = ".csv.gz"

// SetUnit is --unit.
func (o *Outputs) SetUnit(s string) error {
	o.Unit = s
	if (report.Options{Unit: s}).Validate() != nil || s == "" {
		return errors.New("a unit is ns, us, ms or s")
	}
	return nil
}

// A SavedFile is a path that something is saved at, and the flag that named it.
type SavedFile struct {
	Flag string
	Path *string
}

// Saved are all of them; their paths may be changed.
func (o *Outputs) Saved() (all []SavedFile) {
	for i := range o.Files {
		all = append(all, SavedFile{"output", &o.Files[i]})
	}
	if o.Samples != "" {
		all = append(all, SavedFile{"samples", &o.Samples})
	}
	return all
}

// A Document is one form of the run, and where it goes.
type Document struct{ Path, Format string }

// Documents resolves the formats: --format when given, else the extension, else the saved run.
func (o *Outputs) Documents() []Document {
	var docs []Document
	for _, path := range o.Files {
		format, known := report.FormatByExtension(path)
		switch {
		case o.Format != "":
			format = o.Format
		case !known:
			format = "json"
		}
		docs = append(docs, Document{path, format})
	}
	return docs
}

// OnStdout is the format of the one document on standard output, and whether it stands in the place of the
// table, which then goes to standard error.
func (o *Outputs) OnStdout() (format string, asked bool) {
	for _, d := range o.Documents() {
		if d.Path == "-" {
			return d.Format, true
		}
	}
	if len(o.Files) == 0 && o.Format != "" {
		return o.Format, false
	}
	return "text", false
}
