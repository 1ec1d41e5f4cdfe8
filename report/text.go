package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"shotput/report/grid"
	"shotput/report/page"
	"shotput/report/words"
	"shotput/stats"
)

const (
	fullWidth  = 78 // columns of a table and of the headline's right end
	mostWidth  = 80 // columns of a line that cannot be shorter
	labelWidth = 15 // columns before a fact
)

// Text prints the table that a person reads: at most 80 columns, whatever the run holds, no control byte but
// newline (and colour, when asked for), no blank at a line's end.
func Text(w io.Writer, r *stats.Run, opt Options) error {
	if err := opt.Validate(); err != nil {
		return err
	}
	p := page.OfRun(r, opt)
	return printText(w, &p, opt)
}

// printText prints any page.
func printText(w io.Writer, p *page.Page, opt Options) error {
	t := &text{color: opt.Color, ellipsis: "…", dot: " · ", rule: "─"}
	if opt.ASCII {
		p.MapText(words.ASCII)
		t.ellipsis, t.dot, t.rule = "...", " | ", "-"
	}
	if err := t.page(p); err != nil {
		return fmt.Errorf("print report: %w", err)
	}
	if _, err := io.WriteString(w, t.String()); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

// text lays a page out in columns and gathers the lines.
type text struct {
	strings.Builder
	color               bool
	ellipsis, dot, rule string
}

// line ends without blanks: they would make golden files and copied reports differ by what nobody sees.
func (t *text) line(s string) { t.WriteString(strings.TrimRight(s, " ") + "\n") }

// page prints the headline and the sections, an empty line above each.
func (t *text) page(p *page.Page) error {
	t.headline(p)
	for _, s := range p.Sections {
		t.line("")
		if s.Title != "" {
			t.paragraph(" ", s.Title)
		}
		if s.Table != nil {
			if err := t.table(s.Table); err != nil {
				return err
			}
		}
		for _, f := range slices.Concat(s.Facts, s.Fold.Facts) {
			t.fact(f)
		}
	}
	if p.Last.Text != "" {
		t.last(p.Last)
	}
	return nil
}

// last prints the last line, which may be two where a rule is long.
func (t *text) last(c page.Cell) {
	t.line("")
	for _, l := range breakWords(c.Text, fullWidth-1) {
		t.line(" " + t.paint(words.Cut(l, fullWidth-1, t.ellipsis), c.Tone))
	}
}

// headline puts the verdict at the right of the first line: beside the counts it would not fit.
func (t *text) headline(p *page.Page) {
	verdict := words.Cut(p.Verdict.Text, fullWidth/2, t.ellipsis)
	title := words.Middle(p.Title, fullWidth-grid.Columns(verdict)-3, t.ellipsis)
	gap := fullWidth - 1 - grid.Columns(title) - grid.Columns(verdict)
	t.line(" " + title + strings.Repeat(" ", gap) + t.paint(verdict, p.Verdict.Tone))
	for _, line := range t.wrap(p.Summary, mostWidth-1) {
		t.line(" " + t.join(line))
	}
	for _, remark := range p.Remarks {
		t.paragraph(" ", remark)
	}
}

// paragraph prints at most four lines of prose.
func (t *text) paragraph(indent, prose string) {
	lines := breakWords(prose, fullWidth-grid.Columns(indent))
	if len(lines) > 4 {
		lines = append(lines[:3], words.Cut(lines[3]+" "+lines[4], fullWidth-grid.Columns(indent), t.ellipsis))
	}
	for _, l := range lines {
		t.line(indent + words.Cut(l, fullWidth-grid.Columns(indent), t.ellipsis))
	}
}

// fact prints a label and, beside it, its lines.
func (t *text) fact(f page.Fact) {
	label := fmt.Sprintf(" %-*s", labelWidth-1, f.Label)
	if grid.Columns(label) > labelWidth { // the lines would begin within it
		t.line(label)
		label = strings.Repeat(" ", labelWidth)
	}
	for _, parts := range f.Lines {
		if f.Quoted {
			parts = breakLong(parts, fullWidth-labelWidth)
		}
		for i, line := range t.wrap(parts, fullWidth-labelWidth) {
			if i == 4 && !f.Long {
				t.line(label + t.ellipsis)
				break
			}
			t.line(label + t.join(line))
			label = strings.Repeat(" ", labelWidth)
		}
	}
	if f.Command != "" {
		t.command(f.Command)
	}
}

// breakLong breaks words that are longer than a line: what others said has no spaces in many a case.
func breakLong(parts []page.Cell, width int) []page.Cell {
	parts = slices.Clone(parts)
	for i := range parts {
		var b strings.Builder
		room := width
		for _, r := range parts[i].Text {
			taken := grid.Columns(string(r))
			switch {
			case r == ' ':
				room = width + taken
			case taken > room:
				b.WriteByte(' ')
				room = width
			}
			b.WriteRune(r)
			room -= taken
		}
		parts[i].Text = b.String()
	}
	return parts
}

// join paints part by part, so that a colour never spans the dot between two.
func (t *text) join(cells []page.Cell) string {
	painted := make([]string, len(cells))
	for i, c := range cells {
		painted[i] = t.paint(c.Text, c.Tone)
	}
	return strings.Join(painted, t.dot)
}

var colors = map[page.Tone]string{page.Good: "32", page.Warn: "33", page.Bad: "31"}

// paint comes last, after all widths were decided: its escapes take no column.
func (t *text) paint(s string, tone page.Tone) string {
	if !t.color || tone == page.Calm {
		return s
	}
	return "\x1b[" + colors[tone] + "m" + s + "\x1b[0m"
}

// wrap spreads parts over lines of width columns, breaking between parts where it can, else between words.
// What is too long for a line of its own is cut.
func (t *text) wrap(parts []page.Cell, width int) [][]page.Cell {
	var lines [][]page.Cell
	room := 0
	for _, part := range parts {
		for _, text := range breakWords(part.Text, width) {
			text = words.Cut(text, width, t.ellipsis)
			if grid.Columns(t.dot)+grid.Columns(text) > room {
				lines, room = append(lines, nil), width+grid.Columns(t.dot)
			}
			last := len(lines) - 1
			lines[last] = append(lines[last], page.Cell{Text: text, Tone: part.Tone})
			room -= grid.Columns(t.dot) + grid.Columns(text)
		}
	}
	return lines
}

// breakWords breaks s into lines of width columns between words; a longer word stays whole.
func breakWords(s string, width int) []string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(s) {
		switch {
		case line == "":
			line = word
		case grid.Columns(line)+1+grid.Columns(word) <= width:
			line += " " + word
		default:
			lines, line = append(lines, line), word
		}
	}
	return append(lines, line)
}
