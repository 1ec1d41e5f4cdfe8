package report

import (
	"fmt"
	"io"

	"shotput/report/html"
	"shotput/report/page"
	"shotput/stats"
	"shotput/stats/compare"
)

// CompareFormats are the formats that WriteComparison knows, the default first. Those of a run that are not here have
// seconds or distributions in them, of which a comparison has none.
var CompareFormats = []string{"text", "json", "md", "junit", "html"}

// WriteComparison prints the comparison in the named format; see CompareFormats.
func WriteComparison(w io.Writer, format string, c *compare.Comparison, opt Options) error {
	if err := opt.Validate(); err != nil {
		return err
	}
	switch format {
	case "json":
		return comparisonJSON(w, c)
	case "junit":
		return comparisonJUnit(w, c, opt)
	case "html":
		return html.WriteComparison(w, c, opt)
	}
	return writePage(w, format, page.OfComparison(c, opt), opt, "comparison", CompareFormats)
}

// comparisonJSON is the comparison as it was made: stats has its schema, and there is nothing here to add.
func comparisonJSON(w io.Writer, c *compare.Comparison) error {
	if err := stats.WriteJSON(w, c); err != nil {
		return fmt.Errorf("write comparison: %w", err)
	}
	return nil
}
