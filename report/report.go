// Package report knows readers: it turns a stats.Run into the table that a person reads, into Markdown, into the
// saved run and into what other programs read (docs/formats.md), and shows a run on the terminal while it goes on
// (Live). It refuses to compute: every number, verdict and warning it prints was made in stats, so that any report
// can be made again from a saved run. It never meets the engine.
//
// A report is built as data first (page: what to say, in order, uncut and without layout) and printed after, so
// that text and Markdown cannot disagree. Whatever came from a server, a plan or the network is cleaned while
// the page is built: no control byte, no escape sequence and no invisible sign of theirs reaches a reader.
package report

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"shotput/report/html"
	"shotput/report/words"
	"shotput/stats"
)

// Options say how a report is printed, never what it says, and how mends are worded; see package words.
type Options = words.Options

// A Mend is a change of the plan that would help; see package words.
type Mend = words.Mend

// Formats are the formats that Write knows, the default first.
var Formats = []string{"text", "json", "md", "ndjson", "html", "csv", "junit", "bench", "hgrm", "hlog"}

// Continues says whether documents of the format may stand one behind the other, and be read.
func Continues(format string) bool {
	return slices.Contains([]string{"text", "json", "md", "ndjson", "bench"}, format)
}

// Write prints the run in the named format; see Formats.
func Write(w io.Writer, format string, r *stats.Run, opt Options) error {
	switch format {
	case "text":
		return Text(w, r, opt)
	case "md":
		return Markdown(w, r, opt)
	case "json":
		return JSON(w, r)
	case "ndjson":
		return NDJSON(w, r)
	case "html":
		return html.Write(w, []html.Named{{Run: r}}, opt)
	case "csv":
		return CSV(w, r)
	case "junit":
		return JUnit(w, []*stats.Run{r}, opt)
	case "bench":
		return Bench(w, r)
	case "hgrm":
		return Percentiles(w, r)
	case "hlog":
		return HistogramLog(w, r)
	}
	return fmt.Errorf("write report: %q is none of the formats %s", format, strings.Join(Formats, ", "))
}

// FormatByExtension names the format that a file's extension stands for, and whether there is one.
func FormatByExtension(path string) (format string, known bool) {
	formats := map[string]string{".json": "json", ".ndjson": "ndjson", ".md": "md", ".txt": "text", ".html": "html", ".htm": "html",
		".csv": "csv", ".xml": "junit", ".bench": "bench", ".hgrm": "hgrm", ".hlog": "hlog"}
	format, known = formats[strings.ToLower(filepath.Ext(path))]
	return format, known
}
