package report

import (
	"fmt"
	"io"
	"slices"

	"shotput/report/html"
	"shotput/report/page"
	"shotput/stats"
)

// WriteRounds prints the rounds of one plan in the named format; see Formats. As text and Markdown they are one
// table, a row for each round and a closing row of medians; as JSON they are a saved group; a page lays them over
// each other, and JUnit has a suite for each. Those that hold one run refuse; every other has one after another.
func WriteRounds(w io.Writer, format string, rounds []*stats.Run, opt Options) error {
	if err := opt.Validate(); err != nil {
		return err
	}
	switch {
	case len(rounds) == 1:
		return Write(w, format, rounds[0], opt)
	case format == "json":
		return stats.EncodeGroup(w, rounds)
	case format == "text":
		p := page.OfRounds(rounds, opt)
		return printText(w, &p, opt)
	case format == "md":
		p := page.OfRounds(rounds, opt)
		return printMarkdown(w, &p, opt)
	case format == "html":
		return html.Write(w, nameRounds(rounds), opt)
	case format == "junit":
		return JUnit(w, rounds, opt)
	case !HoldsRounds(format):
		return fmt.Errorf("write report: %s holds one run, and there are %d", format, len(rounds))
	}
	for _, r := range rounds {
		if err := Write(w, format, r, opt); err != nil {
			return err
		}
	}
	return nil
}

// HoldsRounds says whether a document of the format may have several runs in it. Those that may not are tables without
// a place to say of which run a line is.
func HoldsRounds(format string) bool {
	return !slices.Contains([]string{"csv", "hgrm", "hlog"}, format)
}

// nameRounds numbers them from one, as every other report of rounds does.
func nameRounds(rounds []*stats.Run) (all []html.Named) {
	for i, r := range rounds {
		all = append(all, html.Named{Name: fmt.Sprintf("round %d", i+1), Run: r})
	}
	return all
}
