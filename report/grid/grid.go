// Package grid prints a table in columns of a terminal, with every decision taken before: it is the one place that
// knows the library that does so, and how wide a text is. It refuses to cut, to wrap and to choose.
//
// A column is the width of one plain letter; some signs take two, and some none.
package grid

import (
	"bytes"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/pkg/twwidth"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"
)

// Columns is how many columns of a terminal s takes; colour takes none.
func Columns(s string) int { return twwidth.WidthWithOptions(s, twwidth.Options{}) }

// A Grid is a table with every decision taken: what stands in each cell, how wide each column is (its gap to the
// left neighbour within), and which are aligned left. The cells fit their columns.
type Grid struct {
	Header []string
	Rows   [][]string
	Widths []int
	Left   []bool
	Rule   string // drawn under the header; "" for none
}

// Print renders the grid through tablewriter. Its help is turned off where it would change what is said: header
// capitals ("p99.9" becomes "P 99 . 9"), trimming (indented rows), wrapping and wide East Asian signs.
//
// Note: Render gives nil on a writer that fails, so it renders into memory and our caller checks the write.
func (g *Grid) Print() ([]byte, error) {
	var b bytes.Buffer
	t := tablewriter.NewTable(&b, tablewriter.WithConfig(g.config()), tablewriter.WithEastAsian(tw.Off),
		tablewriter.WithTrimSpace(tw.Off), tablewriter.WithHeaderAutoFormat(tw.Off),
		tablewriter.WithRenderer(renderer.NewBlueprint(g.rendition())))
	t.Header(g.Header)
	if err := t.Bulk(g.Rows); err != nil {
		return nil, err
	}
	err := t.Render()
	return b.Bytes(), err
}

func (g *Grid) config() tablewriter.Config {
	widths := tw.Mapper[int, int]{}
	align := make([]tw.Align, len(g.Widths))
	for i, width := range g.Widths {
		widths[i] = width
		align[i] = tw.AlignRight
		if g.Left[i] {
			align[i] = tw.AlignLeft
		}
	}
	cells := tw.CellConfig{
		Formatting: tw.CellFormatting{AutoWrap: tw.WrapNone, AutoFormat: tw.Off},
		Alignment:  tw.CellAlignment{PerColumn: align},
		Padding:    tw.CellPadding{Global: tw.PaddingNone},
	}
	return tablewriter.Config{Header: cells, Row: cells, Widths: tw.CellWidth{PerColumn: widths}}
}

func (g *Grid) rendition() tw.Rendition {
	rule := tw.Off
	if g.Rule != "" {
		rule = tw.On
	}
	return tw.Rendition{
		Borders: tw.BorderNone,
		Symbols: tw.NewSymbolCustom("report").WithRow(g.Rule),
		Settings: tw.Settings{
			Lines: tw.Lines{ShowTop: tw.Off, ShowBottom: tw.Off, ShowHeaderLine: rule, ShowFooterLine: tw.Off},
			Separators: tw.Separators{
				ShowHeader:     rule,
				ShowFooter:     tw.Off,
				BetweenRows:    tw.Off,
				BetweenColumns: tw.Off,
			},
		},
	}
}
