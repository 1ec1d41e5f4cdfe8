package report

import (
	"fmt"
	"html/template"
	"io"
	"strings"

	"shotput/stats/compare"
)

// comparisonHTML is the comparison as a page of words and tables: what it judges is a number of each round, so that there
// is nothing to draw over time. shotput report lays the same rounds over each other.
func comparisonHTML(w io.Writer, c *compare.Comparison, opt Options) error {
	p := comparisonPage(c, opt)
	one := htmlRun{Title: p.title, Badges: []htmlCell{newHTMLCell(p.verdict, nil)}, Remarks: p.remarks}
	var said []string
	for _, part := range p.summary {
		said = append(said, part.text)
	}
	one.Summary = strings.Join(said, " · ")
	for _, s := range p.sections {
		section := newHTMLSection(s)
		section.Title = comparisonTitle(s.facts)
		one.Rest = append(one.Rest, section)
	}
	d := &htmlDocument{Title: p.title, Runs: []htmlRun{one}, Style: template.CSS(asset("page.css"))}
	d.Policy = fmt.Sprintf("default-src 'none'; style-src %s; img-src data:; base-uri 'none'; form-action 'none'", hashOf(string(d.Style)))
	return d.write(w)
}

func comparisonTitle(facts []fact) string {
	switch {
	case len(facts) == 0:
		return "" // a table has its own
	case facts[0].label == "base":
		return "What was compared"
	case facts[0].label == "warning":
		return "Warnings"
	}
	return "Why"
}
