package report

import (
	"fmt"
	"html"
	"io"
	"strings"

	"shotput/report/page"
	"shotput/report/words"
	"shotput/stats"
)

// Markdown prints the same page as Text for GitHub: tables as tables, facts as a list, and nothing cut. Foreign
// text stands in a code span, where neither markup nor a @name means anything, or has its markup escaped.
func Markdown(w io.Writer, r *stats.Run, opt Options) error {
	if err := opt.Validate(); err != nil {
		return err
	}
	p := page.OfRun(r, opt)
	return printMarkdown(w, &p, opt)
}

// printMarkdown prints any page.
func printMarkdown(w io.Writer, p *page.Page, opt Options) error {
	m := &markdown{dot: " · "}
	if opt.ASCII {
		p.MapText(words.ASCII)
		m.dot = ", "
	}
	m.page(p)
	if _, err := io.WriteString(w, m.String()); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

type markdown struct {
	strings.Builder
	dot string
}

// page has its verdict in bold at the start of a line: GitHub shows the first lines of a long comment, and folds the
// rest.
func (m *markdown) page(p *page.Page) {
	fmt.Fprintf(m, "### %s\n\n**%s**%s%s\n", code(p.Title), escape(p.Verdict.Text), m.dot, m.join(p.Summary))
	for _, remark := range p.Remarks {
		fmt.Fprintf(m, "\n> %s\n", escape(remark))
	}
	for _, s := range p.Sections {
		m.WriteString("\n")
		if s.Title != "" {
			fmt.Fprintf(m, "#### %s\n\n", escape(s.Title))
		}
		if s.Table != nil {
			m.table(s.Table)
		}
		for _, f := range s.Facts {
			m.fact(f)
		}
		m.fold(s.Fold)
	}
	if p.Last.Text != "" {
		fmt.Fprintf(m, "\n**%s**\n", escape(p.Last.Text))
	}
}

// join sets parts apart as the text does.
func (m *markdown) join(cells []page.Cell) string {
	escaped := make([]string, len(cells))
	for i, c := range cells {
		escaped[i] = escape(c.Text)
	}
	return strings.Join(escaped, m.dot)
}

// fact is an item of a list; its further lines are items beneath it.
func (m *markdown) fact(f page.Fact) {
	start := "- **" + escape(f.Label) + "** "
	for _, line := range f.Lines {
		m.WriteString(start + m.join(line) + "\n")
		start = "  - "
	}
	if f.Command == "" {
		return
	}
	fence := "```"
	for strings.Contains(f.Command, fence) {
		fence += "`"
	}
	fmt.Fprintf(m, "  %ssh\n  %s\n  %s\n", fence, f.Command, fence)
}

// fold is what GitHub hides below its title.
func (m *markdown) fold(f page.Fold) {
	if len(f.Facts) == 0 {
		return
	}
	fmt.Fprintf(m, "\n<details><summary>%s</summary>\n\n", html.EscapeString(f.Title))
	for _, one := range f.Facts {
		m.fact(one)
	}
	m.WriteString("\n</details>\n")
}

// table has every cell trimmed: blanks that indent a label in a terminal mean nothing to Markdown.
func (m *markdown) table(t *page.Table) {
	m.WriteString("|")
	align := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		m.WriteString(" " + escape(c.Title) + " |")
		align[i] = "---:"
		if c.Left {
			align[i] = ":---"
		}
	}
	m.WriteString("\n| " + strings.Join(align, " | ") + " |\n")
	for _, row := range t.Rows {
		for i, c := range row {
			text := escape(strings.TrimSpace(c.Text))
			if t.Columns[i].Code && c.Text != "-" {
				text = tableCode(c.Text)
			}
			m.WriteString("| " + text + " ")
		}
		m.WriteString("|\n")
	}
}

// tableCode is a code span within a table. A table is split at "|" before code spans are read, and "\|" would not
// hold it together after another backslash, so that text with a "|" goes as HTML with its markup in numbers.
func tableCode(s string) string {
	if !strings.Contains(s, "|") {
		return code(s)
	}
	var b strings.Builder
	for _, r := range s {
		if strings.ContainsRune(markup, r) {
			fmt.Fprintf(&b, "&#%d;", r)
		} else {
			b.WriteRune(r)
		}
	}
	return "<code>" + b.String() + "</code>"
}

// code is s as a code span, fenced by more backticks than follow each other within it.
func code(s string) string {
	fence := "`"
	for strings.Contains(s, fence) {
		fence += "`"
	}
	if strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") {
		s = " " + s + " "
	}
	return fence + s + fence
}

// markup is every sign that GitHub may read as more than itself within a line.
const markup = "\\`*_[]<>|~&#$@"

// escape is prose with a backslash before each sign of markup. A backslash does not stop GitHub from telling the
// person behind a @name, so "@" is set apart in a code span.
func escape(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '@':
			b.WriteString("`@`")
			continue
		case strings.ContainsRune(markup, r):
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}
