package flags

import (
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"shotput/cli/line"
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
	Only     []string // the formats that there are; none: all of a run

	Percentiles []report.Percentile // --percentiles
}

// Options say how a report is printed, but for what depends on where.
func (o *Outputs) Options() report.Options {
	return report.Options{ASCII: o.ASCII, Unit: o.Unit, Percentiles: o.Percentiles}
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

// toStdout are names under which the standard output can be opened once more. What is written there then
// overwrites what the program prints, where it is a file: so they are -.
var toStdout = []string{"/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"}

// parseOutput is a file of -o.
func parseOutput(path string) (string, error) {
	if slices.Contains(toStdout, path) {
		return "-", nil
	}
	return path, nil
}

// Unwritten says why there is no document of the kind that a file's name ends in; "" where there is one.
func (o *Outputs) Unwritten(f SavedFile) string {
	if f.Flag != "output" || o.Format != "" || *f.Path == "-" || o.makes(*f.Path) {
		return ""
	}
	known := slices.Clone(report.Extensions)
	known = slices.DeleteFunc(known, func(ending string) bool { return !o.makes("x" + ending) })
	return "no document ends in " + filepath.Ext(*f.Path) + "; known are " + strings.Join(known, " ") +
		", and --format writes any of them to any name"
}

// makes says whether a file's name stands for a format that there is.
func (o *Outputs) makes(path string) bool {
	format, known := report.FormatByExtension(path)
	if known && len(o.Only) > 0 {
		return slices.Contains(o.Only, format)
	}
	return report.IsKnownExtension(filepath.Ext(path))
}

// Like is the file's name with the ending of the document that serves the same reader.
func (o *Outputs) Like(path string) string {
	ending := filepath.Ext(path)
	stem := strings.TrimSuffix(path, ending)
	if like := stem + report.ExtensionLike(ending); o.makes(like) {
		return like
	}
	return stem + ".json"
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

// mostPercentiles is how many columns a table still shows beside each other.
const mostPercentiles = 8

// setPercentiles is --percentiles: a list of numbers from 1 to below 100, as in 50,95,99.9. Its error has the list with
// what of it can be read.
func (o *Outputs) setPercentiles(list string) error {
	var asked []report.Percentile
	var wrong error
	for part := range strings.SplitSeq(list, ",") {
		p, err := parsePercentile(part)
		switch {
		case slices.Contains(asked, p) && err == nil:
			err = fmt.Errorf("%v is there twice", p)
		case p > 0 && len(asked) == mostPercentiles:
			err = fmt.Errorf("a table has room for %d percentiles at most", mostPercentiles)
		case p > 0:
			asked = append(asked, p)
		}
		if wrong == nil {
			wrong = err
		}
	}
	if wrong != nil {
		return line.Otherwise(wrong.Error(), writePercentiles(asked))
	}
	o.Percentiles = asked
	return nil
}

// parsePercentile reads one: 95, p95 or 95%. Beside an error it gives what was meant, 0 where that cannot be told.
func parsePercentile(written string) (report.Percentile, error) {
	number := strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(written), "p"), "%")
	x, err := strconv.ParseFloat(number, 64)
	switch {
	case err != nil || math.IsNaN(x):
		return 0, fmt.Errorf("%q is no percentile, such as 95 or 99.9", line.Printable(written))
	case x == 100:
		return 0, errors.New("100 is the maximum, which every table has")
	case x >= 0.01 && x < 1:
		return report.Percentile(math.Round(1e6*x) / 1e4),
			fmt.Errorf("percentiles are of a hundred, and %s is of one", number)
	case x < 1 || x > 100:
		return 0, errors.New("a percentile is from 1 to below 100")
	}
	return report.Percentile(x), nil
}

// writePercentiles is the list as it is read.
func writePercentiles(all []report.Percentile) string {
	var texts []string
	for _, p := range all {
		texts = append(texts, strings.TrimPrefix(p.String(), "p"))
	}
	return strings.Join(texts, ",")
}
