package report

// # Tables in 80 columns
//
// A table is as wide as its figures need. Where they need more than there is, what people compare stays whole: the
// numbers. First the table may be wider than usual, then gaps shrink, and only then the column that grows, which has
// names or foreign text, is cut. Whoever asked for more columns than fit has a wider table, which keeps a little of the
// names too.

import (
	"strings"

	"shotput/report/grid"
	"shotput/report/page"
	"shotput/report/words"
)

// table fits the table into the width and prints it.
func (t *text) table(data *page.Table) error {
	g := t.fit(data)
	printed, err := g.Print()
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(printed)) {
		t.line(strings.TrimSuffix(line, "\n"))
	}
	return nil
}

// enough is how many columns of the one that grows are worth a narrower gap elsewhere; beyond, it is cut.
const enough = 30

// fit decides how wide each column is. It gives way in steps until the table fits: a wider table than usual, a
// narrower gap, no space after "≥"; and it cuts the column that grows.
func (t *text) fit(data *page.Table) *grid.Grid {
	cells := t.texts(data)
	for step := 0; ; step++ {
		gap := 2 - min(step, 1)
		if step == 2 {
			tighten(cells)
		}
		widths, grows := measure(data, cells, gap)
		need, others := widths[grows], total(widths)-widths[grows]
		if others+min(need, enough) <= mostWidth || step == 2 {
			least := min(need, data.Columns[grows].Least)
			widths[grows] = max(fullWidth-others, least, min(need, mostWidth-others))
			return t.grid(data, cells, widths, gap)
		}
	}
}

// texts is the header and the rows, as texts.
func (t *text) texts(data *page.Table) [][]string {
	texts := make([][]string, 1+len(data.Rows))
	for _, c := range data.Columns {
		texts[0] = append(texts[0], c.Title)
	}
	for i, row := range data.Rows {
		for _, c := range row {
			texts[i+1] = append(texts[i+1], c.Text)
		}
	}
	return texts
}

// tighten drops the space between a sign of bound and its number.
func tighten(cells [][]string) {
	for _, row := range cells[1:] {
		for i := range row {
			for _, sign := range []string{"≥", ">=", "≤", "<="} {
				if rest, found := strings.CutPrefix(row[i], sign+" "); found {
					row[i] = sign + rest
				}
			}
		}
	}
}

// measure is the width that each column needs, and which column takes what is left.
func measure(data *page.Table, cells [][]string, gap int) (widths []int, grows int) {
	widths = make([]int, len(data.Columns))
	for i, c := range data.Columns {
		if widths[i] = c.Least; c.Grows { // of what it holds, it keeps that much
			grows, widths[i] = i, 0
		}
		for _, row := range cells {
			widths[i] = max(widths[i], before(i, gap)+grid.Columns(row[i]))
		}
	}
	return widths, grows
}

// before is the gap to the left of column i: the page's margin for the first.
func before(i, gap int) int {
	if i == 0 {
		return 1
	}
	return gap
}

// total is the width of the whole table: gaps are in the columns.
func total(widths []int) int {
	sum := 0
	for _, w := range widths {
		sum += w
	}
	return sum
}

// grid cuts what does not fit its column, sets the gaps of what is aligned left, and paints.
func (t *text) grid(data *page.Table, cells [][]string, widths []int, gap int) *grid.Grid {
	g := &grid.Grid{Widths: widths}
	if data.Ruled {
		g.Rule = t.rule
	}
	for i, c := range data.Columns {
		g.Left = append(g.Left, c.Left)
		for k, row := range cells {
			s := words.Cut(row[i], widths[i]-before(i, gap), t.ellipsis)
			if k > 0 {
				s = t.paint(s, data.Rows[k-1][i].Tone)
			}
			if c.Left {
				s = strings.Repeat(" ", before(i, gap)) + s
			}
			row[i] = s
		}
	}
	g.Header, g.Rows = cells[0], cells[1:]
	return g
}
