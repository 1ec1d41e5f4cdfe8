// Package report knows readers: it prints a stats.Run, rounds and comparisons as the table that a person reads, as
// Markdown, as the saved run and as what other programs read (docs/formats.md). It refuses to compute: every number,
// verdict and warning it prints was made in stats, so that any report can be made again from a saved run. It never
// meets the engine, and what it tells a reader to change it names as a field of the plan (Mend).
//
// A report is built as data first (package page) and printed after: text, Markdown, JUnit and annotations here, HTML in
// package html. How a run is shown while it goes on is package live, and package metrics for programs.
package report

import (
	"fmt"
	"io"
	"strings"

	"shotput/report/html"
	"shotput/stats"
)

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
		return CSV(w, r, opt)
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
