package html

import (
	"fmt"
	"html/template"
	"io"
	"strings"

	"shotput/report/page"
	"shotput/report/words"
	"shotput/stats/compare"
)

// WriteComparison is the comparison as a page of words and tables: what it judges is a number of each round, so that
// there is nothing to draw over time. shotput report lays the same rounds over each other.
func WriteComparison(w io.Writer, c *compare.Comparison, opt words.Options) error {
	return WritePage(w, page.OfComparison(c, opt))
}

// WritePage is any page of words and tables, without charts.
func WritePage(w io.Writer, p page.Page) error { return writeWords(w, p, "") }

// writeWords has a drawing before them, where there is one.
func writeWords(w io.Writer, p page.Page, drawing template.HTML) error {
	one := headOf(&p)
	one.Last, one.Drawing = newCell(p.Last, nil), drawing
	for _, s := range p.Sections {
		section := newSection(s)
		if s.Title == "" {
			section.Title = sectionTitle(s.Facts)
		}
		one.Rest = append(one.Rest, section)
	}
	d := &document{Title: p.Title, Runs: []run{one}, Style: template.CSS(asset("page.css"))}
	d.Policy = fmt.Sprintf("default-src 'none'; style-src %s; img-src data:; base-uri 'none'; form-action 'none'",
		hashOf(string(d.Style)))
	return d.write(w)
}

// sectionTitle is for those sections that nothing in them names. The text has no titles: there the labels are enough.
func sectionTitle(facts []page.Fact) string {
	switch {
	case len(facts) == 0:
		return "" // a table has its own
	case facts[0].Label == "base":
		return "What was compared"
	case facts[0].Label == "capacity", facts[0].Label == "knee":
		return "What was found"
	case facts[0].Label == "warning":
		return "Warnings"
	case facts[0].Label == "names":
		return "What was done"
	}
	return "Why"
}

// headOf is what stands at the head of a page of words: title, verdict, remarks, and the summary in a line.
func headOf(p *page.Page) run {
	var said []string
	for _, part := range p.Summary {
		said = append(said, part.Text)
	}
	return run{Title: p.Title, Badges: []cell{newCell(p.Verdict, nil)}, Remarks: p.Remarks,
		Summary: strings.Join(said, " · ")}
}
