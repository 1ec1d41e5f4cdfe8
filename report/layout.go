package report

import "strings"

// table fits the table into the width and prints it.
func (t *text) table(data *table) error {
	g := t.fit(data)
	printed, err := g.print()
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
func (t *text) fit(data *table) *grid {
	cells := t.texts(data)
	for step := 0; ; step++ {
		gap := 2 - min(step, 1)
		if step == 2 {
			tighten(cells)
		}
		widths, grows := measure(data, cells, gap)
		need, others := widths[grows], total(widths)-widths[grows]
		if others+min(need, enough) <= mostWidth || step == 2 {
			widths[grows] = max(fullWidth-others, min(need, mostWidth-others))
			return t.grid(data, cells, widths, gap)
		}
	}
}

// texts is the header and the rows, as texts.
func (t *text) texts(data *table) [][]string {
	texts := make([][]string, 1+len(data.rows))
	for _, c := range data.columns {
		texts[0] = append(texts[0], c.title)
	}
	for i, row := range data.rows {
		for _, c := range row {
			texts[i+1] = append(texts[i+1], c.text)
		}
	}
	return texts
}

// tighten drops the space between a sign of bound and its number.
func tighten(cells [][]string) {
	for _, row := range cells[1:] {
		for i := range row {
			for _, sign := range []string{"≥", ">="} {
				if rest, found := strings.CutPrefix(row[i], sign+" "); found {
					row[i] = sign + rest
				}
			}
		}
	}
}

// measure is the width that each column needs, and which column takes what is left.
func measure(data *table, cells [][]string, gap int) (widths []int, grows int) {
	widths = make([]int, len(data.columns))
	for i, c := range data.columns {
		if c.grows {
			grows = i
		}
		widths[i] = c.least
		for _, row := range cells {
			widths[i] = max(widths[i], before(i, gap)+columns(row[i]))
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

func total(widths []int) int {
	sum := 0
	for _, w := range widths {
		sum += w
	}
	return sum
}

// grid cuts what does not fit its column, sets the gaps of what is aligned left, and paints.
func (t *text) grid(data *table, cells [][]string, widths []int, gap int) *grid {
	g := &grid{widths: widths}
	if data.ruled {
		g.rule = t.rule
	}
	for i, c := range data.columns {
		g.left = append(g.left, c.left)
		for k, row := range cells {
			s := cut(row[i], widths[i]-before(i, gap), t.ellipsis)
			if k > 0 {
				s = t.paint(s, data.rows[k-1][i].tone)
			}
			if c.left {
				s = strings.Repeat(" ", before(i, gap)) + s
			}
			row[i] = s
		}
	}
	g.header, g.rows = cells[0], cells[1:]
	return g
}
