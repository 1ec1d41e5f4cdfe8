package report

import (
	"fmt"
	"strings"

	"shotput/stats"
)

// htmlRun is what the page says of one run in words and tables.
type htmlRun struct {
	Name, Title, Summary string
	Swatch               string     // class of its colour
	Badges               []htmlCell // broken thresholds, where there are any, and the verdict
	Remarks              []string
	Tiles                []htmlTile
	Lead, Rest           []htmlSection // before and after the charts
	Plan                 []htmlFact
}

type htmlTile struct{ Label, Value, Under, Class string }

// htmlSection is a section of the page; its warnings stand as notes of their own.
type htmlSection struct {
	Title string
	Table *htmlTable
	Facts []htmlFact
	Notes []htmlNote
}

type htmlNote struct {
	Class string
	Lines []string
}

type htmlTable struct {
	Columns []htmlCell
	Rows    [][]htmlCell
}

type htmlCell struct {
	Text, Class, Swatch string
	Code                bool
}

type htmlFact struct {
	Label string
	Lines [][]htmlCell
}

// htmlChart is a place for a chart; the script knows by ID what to draw there.
type htmlChart struct {
	ID, Title, Says string
	Wide            bool
}

var toneClass = map[tone]string{good: "good", warn: "warn", bad: "bad"}

func newHTMLRun(named Named, index int, opt Options) htmlRun {
	r := named.Run
	p, d := newPage(r, opt), newDesk(r, opt)
	h := htmlRun{Name: clean(named.Name), Title: title(&r.Plan), Swatch: swatch(index),
		Badges: append(brokenBadge(r.Thresholds), newHTMLCell(p.verdict, nil)), Remarks: p.remarks, Tiles: d.tiles(), Summary: d.setting(), Plan: d.planFacts()}
	for _, s := range p.sections {
		switch one := newHTMLSection(s); {
		case s.lead:
			h.Lead = append(h.Lead, one)
		case s.joins:
			h.Rest[len(h.Rest)-1].Facts = one.Facts
		default:
			h.Rest = append(h.Rest, one)
		}
	}
	machine := &h.Rest[len(h.Rest)-1] // there always is one, and it is the last
	machine.Title, machine.Facts = "How it was measured", append(machine.Facts, d.watchFacts()...)
	return h
}

// brokenBadge stands before a verdict that would else be all that the head of the page says: a run whose schedule was
// kept may have broken every promise.
func brokenBadge(thresholds []stats.Threshold) []htmlCell {
	broken := 0
	for _, t := range thresholds {
		if !t.OK {
			broken++
		}
	}
	if broken == 0 {
		return nil
	}
	text := fmt.Sprintf("%d of %d thresholds broken ✗", broken, len(thresholds))
	if len(thresholds) == 1 {
		text = "threshold broken ✗"
	}
	return []htmlCell{{Text: text, Class: toneClass[bad]}}
}

func swatch(index int) string { return fmt.Sprintf("s%d", index%8+1) }

// htmlCharts are the charts that the runs have figures for.
func htmlCharts(runs []Named) []htmlChart {
	open := 0
	for _, r := range runs {
		if r.Run.Plan.Open() {
			open++
		}
	}
	headline := "response time"
	switch open {
	case 0:
		headline = "service time"
	case len(runs):
	default:
		headline = "response time (in closed loop: service time)"
	}
	charts := []htmlChart{
		{ID: "latency", Title: "Latency over time", Says: "of the " + headline + " of what succeeded, each second; log scale", Wide: true},
		{ID: "spectrum", Title: "Percentile spectrum", Says: "each step to the right is one more nine; log scale"},
		{ID: "throughput", Title: "Throughput", Says: "requests a second"},
		{ID: "errors", Title: "Errors and timeouts", Says: "requests that ended so, each second"},
		{ID: "status", Title: "Status codes over time", Says: "answers, each second"},
		{ID: "flight", Title: "In flight", Says: "requests, at the end of each second"}}
	if open > 0 {
		charts = append(charts, htmlChart{ID: "lag", Title: "Timer lag", Says: "how late this tool itself was (p99), each second; log scale"})
	}
	return charts
}

func newHTMLCell(c cell, col *column) htmlCell {
	h := htmlCell{Text: strings.TrimSpace(c.text), Class: toneClass[c.tone]}
	if col == nil {
		return h
	}
	classes := []string{h.Class}
	if col.left {
		classes = append(classes, "left")
	}
	if col.grows && col.code {
		classes = append(classes, "grows")
	}
	if strings.HasPrefix(c.text, " ") {
		classes = append(classes, "indent")
	}
	h.Class, h.Code = strings.TrimSpace(strings.Join(classes, " ")), col.code && c.text != "-"
	return h
}

func newHTMLTable(t *table) *htmlTable {
	h := &htmlTable{}
	for i := range t.columns {
		h.Columns = append(h.Columns, newHTMLCell(cell{text: t.columns[i].title}, &column{left: t.columns[i].left}))
	}
	for _, row := range t.rows {
		var cells []htmlCell
		for i, c := range row {
			cells = append(cells, newHTMLCell(c, &t.columns[i]))
		}
		h.Rows = append(h.Rows, cells)
	}
	return h
}

func newHTMLSection(s section) htmlSection {
	var h htmlSection
	if s.table != nil {
		h.Table = newHTMLTable(s.table)
	}
	for _, f := range s.facts {
		if s.lead {
			h.Notes = append(h.Notes, newHTMLNote(f))
		} else {
			h.Facts = append(h.Facts, newHTMLFact(f))
		}
	}
	return h
}

func newHTMLNote(f fact) htmlNote {
	var n htmlNote
	for _, line := range f.lines {
		for _, part := range line {
			n.Lines = append(n.Lines, part.text)
		}
	}
	return n
}

func newHTMLFact(f fact) htmlFact {
	h := htmlFact{Label: f.label}
	for _, line := range f.lines {
		var parts []htmlCell
		for _, c := range line {
			parts = append(parts, newHTMLCell(c, nil))
		}
		h.Lines = append(h.Lines, parts)
	}
	return h
}

// comparedRuns is the table of several runs side by side.
func comparedRuns(runs []Named, opt Options) htmlTable {
	var t htmlTable
	for i, r := range runs {
		d := newDesk(r.Run, opt)
		row := []htmlCell{{Text: clean(r.Name), Class: "left", Swatch: swatch(i)}, newHTMLCell(d.verdict(), nil)}
		if t.Columns == nil {
			t.Columns = []htmlCell{{Text: "run", Class: "left"}, {Text: "verdict"}}
			for _, tile := range d.tiles() {
				t.Columns = append(t.Columns, htmlCell{Text: tile.Label})
			}
		}
		for _, tile := range d.tiles() {
			row = append(row, htmlCell{Text: tile.Value, Class: tile.Class})
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// tiles are the figures that a reader looks for first.
func (d *desk) tiles() []htmlTile {
	t := &d.Totals
	headline := d.spans()[0]
	tiles := []htmlTile{{Label: "requests", Value: count(t.Sent), Under: "in " + stats.FormatDuration(t.Elapsed)}, d.rateTile()}
	if t.Sent != t.Planned {
		tiles[0].Under = "of " + count(t.Planned) + " planned"
	}
	for _, p := range []struct {
		name string
		cell cell
	}{{"p50", d.quantile(headline, .5)}, {"p99", d.quantile(headline, .99)}, {"max", d.bounded(headline, headline.h.Max(), headline.open > 0)}} {
		if p.cell.text != "-" && d.unit > 0 {
			p.cell.text += " " + d.unitName
		}
		tiles = append(tiles, htmlTile{Label: p.name, Value: p.cell.text, Under: headline.label + " time"})
	}
	return append(tiles, d.errorTile(), htmlTile{Label: "sent", Value: size(float64(t.BodyBytesSent)), Under: "of bodies"})
}

func (d *desk) rateTile() htmlTile {
	tile := htmlTile{Label: "rate", Value: rate(d.Totals.AchievedPerSecond), Under: "closed loop"}
	if d.Plan.Open() {
		tile.Under = strings.TrimLeft(strings.TrimPrefix(d.speed(), tile.Value), ", ")
	}
	return tile
}

func (d *desk) errorTile() htmlTile {
	t := &d.Totals
	n := t.Errors()
	tile := htmlTile{Label: "errors", Value: "0", Under: "of " + count(t.Sent)}
	if n > 0 {
		tile.Value, tile.Under, tile.Class = percent(t.ErrorRatio()), count(n)+" of "+count(t.Sent), "bad"
	}
	return tile
}
