package report

import (
	"fmt"
	"io"
	"strings"

	"shotput/report/html"
	"shotput/report/page"
	"shotput/stats/search"
)

// SearchFormats are the formats that WriteSearch knows, the default first.
var SearchFormats = []string{"text", "json", "md", "junit", "html"}

// WriteSearch prints a search for the highest load, over or not, in the named format; see SearchFormats. As JSON it is
// the saved search, with the run of each trial.
func WriteSearch(w io.Writer, format string, s *search.Search, opt Options) error {
	if format == "json" {
		return search.Encode(w, s.Goal, s.Trials, s.Command)
	}
	if format == "junit" {
		return searchJUnit(w, s, opt)
	}
	return writePage(w, format, page.OfSearch(s, opt), opt, "report", SearchFormats)
}

// TrialSentence is trial i of a search in a line, for whoever shows them as they end.
func TrialSentence(s *search.Search, i int, opt Options) string { return page.TrialSentence(s, i, opt) }

// Irregular says why a search that is over has no number for an answer.
func Irregular(s *search.Search) string {
	end := search.SoFar(s.Goal, s.Trials)
	return page.Irregular(s, &end)
}

// Load prints a load: a rate, a rate of bytes, or a concurrency.
func Load(by string, load float64) string { return page.Load(by, load) }

// writePage prints a page of words and tables. What it is, and the formats that are known of it, are for an error.
func writePage(w io.Writer, format string, p page.Page, opt Options, what string, known []string) error {
	if err := opt.Validate(); err != nil {
		return err
	}
	switch format {
	case "text":
		return printText(w, &p, opt)
	case "md":
		return printMarkdown(w, &p, opt)
	case "html":
		return html.WritePage(w, p)
	}
	return fmt.Errorf("write %s: %q is none of the formats %s", what, format, strings.Join(known, ", "))
}
