package report

import (
	"fmt"
	"io"
	"strings"

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
	p := newPage(r, opt)
	return p.text(w, opt)
}

// text prints any page.
func (p *page) text(w io.Writer, opt Options) error {
	t := &text{color: opt.Color, ellipsis: "…", dot: " · ", rule: "─"}
	if opt.ASCII {
		p.mapText(ascii)
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

func (t *text) line(s string) { t.WriteString(strings.TrimRight(s, " ") + "\n") }

func (t *text) page(p *page) error {
	t.headline(p)
	for _, s := range p.sections {
		t.line("")
		if s.table != nil {
			if err := t.table(s.table); err != nil {
				return err
			}
		}
		for _, f := range s.facts {
			t.fact(f)
		}
	}
	return nil
}

// headline puts the verdict at the right of the first line: beside the counts it would not fit.
func (t *text) headline(p *page) {
	verdict := cut(p.verdict.text, fullWidth/2, t.ellipsis)
	title := middle(p.title, fullWidth-columns(verdict)-3, t.ellipsis)
	gap := fullWidth - 1 - columns(title) - columns(verdict)
	t.line(" " + title + strings.Repeat(" ", gap) + t.paint(verdict, p.verdict.tone))
	for _, line := range t.wrap(p.summary, mostWidth-1) {
		t.line(" " + t.join(line))
	}
	for _, remark := range p.remarks {
		t.paragraph(" ", remark)
	}
}

// paragraph prints at most four lines of prose.
func (t *text) paragraph(indent, prose string) {
	lines := words(prose, fullWidth-columns(indent))
	if len(lines) > 4 {
		lines = append(lines[:3], cut(lines[3]+" "+lines[4], fullWidth-columns(indent), t.ellipsis))
	}
	for _, l := range lines {
		t.line(indent + cut(l, fullWidth-columns(indent), t.ellipsis))
	}
}

// fact prints a label and, beside it, its lines.
func (t *text) fact(f fact) {
	label := fmt.Sprintf(" %-*s", labelWidth-1, f.label)
	for _, parts := range f.lines {
		for i, line := range t.wrap(parts, fullWidth-labelWidth) {
			if i == 4 {
				t.line(label + t.ellipsis)
				break
			}
			t.line(label + t.join(line))
			label = strings.Repeat(" ", labelWidth)
		}
	}
}

func (t *text) join(cells []cell) string {
	painted := make([]string, len(cells))
	for i, c := range cells {
		painted[i] = t.paint(c.text, c.tone)
	}
	return strings.Join(painted, t.dot)
}

var colors = map[tone]string{good: "32", warn: "33", bad: "31"}

func (t *text) paint(s string, tone tone) string {
	if !t.color || tone == calm {
		return s
	}
	return "\x1b[" + colors[tone] + "m" + s + "\x1b[0m"
}

// wrap spreads parts over lines of width columns, breaking between parts where it can, else between words.
// What is too long for a line of its own is cut.
func (t *text) wrap(parts []cell, width int) [][]cell {
	var lines [][]cell
	room := 0
	for _, part := range parts {
		for _, text := range words(part.text, width) {
			text = cut(text, width, t.ellipsis)
			if columns(t.dot)+columns(text) > room {
				lines, room = append(lines, nil), width+columns(t.dot)
			}
			last := len(lines) - 1
			lines[last] = append(lines[last], cell{text, part.tone})
			room -= columns(t.dot) + columns(text)
		}
	}
	return lines
}

// words breaks s into lines of width columns between words; a longer word stays whole.
func words(s string, width int) []string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(s) {
		switch {
		case line == "":
			line = word
		case columns(line)+1+columns(word) <= width:
			line += " " + word
		default:
			lines, line = append(lines, line), word
		}
	}
	return append(lines, line)
}
