package html

import (
	"fmt"
	"html/template"
	"regexp"
	"strings"

	"shotput/report/page"
	"shotput/report/words"
	"shotput/stats"
	"shotput/stats/labels"
)

// Named is a run and what a page with several runs calls it, such as the name of its file.
type Named struct {
	Name string
	Run  *stats.Run
}

// nameByLabels adds to the names of several runs the labels in which they differ.
func nameByLabels(runs []Named) (named []Named) {
	var all []labels.Set
	for _, r := range runs {
		all = append(all, r.Run.Labels)
	}
	for i, r := range runs {
		if own := all[i].Unlike(all...); len(own) > 0 {
			r.Name += " (" + own.String() + ")"
		}
		named = append(named, r)
	}
	return named
}

// What the template is filled with, of one run. The data of package page has tones, the template has classes of the
// style; here the one becomes the other.

// A run is what the page says of one run in words and tables.
type run struct {
	Name, Title, Summary string
	Swatch               string // class of its colour
	Last                 cell   // what came of it, in plain words
	Badges               []cell // broken thresholds, where there are any, and the verdict
	Remarks              []string
	Tiles                []tile
	Lead, Rest           []section // before and after the charts
	Captured, Plan       []fact
	Drawing              template.HTML // made here of numbers, and of no text from elsewhere
}

type tile struct{ Label, Value, Under, Class string }

// A section is a section of the page; its warnings stand as notes of their own.
type section struct {
	Title string
	Table *table
	Facts []fact
	Fold  fold
	Notes []note
}

// A fold is hidden until somebody asks for it.
type fold struct {
	Title string
	Facts []fact
}

type note struct {
	Class string
	Lines []string
}

type table struct {
	Class   string
	Columns []cell
	Rows    [][]cell
}

type cell struct {
	Text, Class, Swatch string
	Code                bool
}

type fact struct {
	Label   string
	Lines   [][]cell
	Command string
}

// A chart is a place for a chart; the script knows by ID what to draw there.
type chart struct {
	ID, Title, Says string
	Wide            bool
}

var toneClass = map[page.Tone]string{page.Good: "good", page.Warn: "warn", page.Bad: "bad"}

// newRun puts before the charts what a reader must not miss, and after them what explains: nobody scrolls past six
// charts to find that a threshold is broken.
func newRun(named Named, index int, p *page.Detail) run {
	h := run{Name: words.Clean(named.Name), Title: p.Title, Swatch: swatch(index), Remarks: p.Remarks,
		Summary: p.Setting, Last: newCell(p.Last, nil)}
	for _, c := range append(p.Broken, p.Verdict) {
		h.Badges = append(h.Badges, newCell(c, nil))
	}
	for _, t := range p.Tiles {
		h.Tiles = append(h.Tiles, tile{t.Label, t.Value, keepUnits(t.Under), toneClass[t.Tone]})
	}
	h.Captured, h.Plan = newFacts(p.Captured), newFacts(p.Plan)
	for _, s := range p.Sections {
		switch one := newSection(s); {
		case s.Lead:
			h.Lead = append(h.Lead, one)
		case s.Joins:
			h.Rest[len(h.Rest)-1].Facts = one.Facts
		default:
			h.Rest = append(h.Rest, one)
		}
	}
	machine := &h.Rest[len(h.Rest)-1] // there always is one, and it is the last
	machine.Title, machine.Facts = "How it was measured", append(machine.Facts, newFacts(p.Watch)...)
	return h
}

var unitAfter = regexp.MustCompile(`([0-9]) (%|[KMGTPE]?i?B|[nµm]?s\b)`)

// keepUnits lets no line break come between a figure and its unit.
func keepUnits(text string) string { return unitAfter.ReplaceAllString(text, "$1\u00a0$2") }

// swatch is the class of a run's colour, the same in its heading and in every chart; the style has eight.
func swatch(index int) string { return fmt.Sprintf("s%d", index%8+1) }

// newCharts are the charts that the runs have figures for. An empty chart would look like a fault of the page; that
// there were no errors is a figure.
func newCharts(runs []Named) []chart {
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
	each := eachPoint(runs)
	charts := []chart{
		{ID: "latency", Title: "Latency over time", Wide: true,
			Says: "of the " + headline + " of what succeeded, each " + each},
		{ID: "spectrum", Title: "Percentile spectrum", Says: "each step to the right is one more nine"},
		{ID: "throughput", Title: "Throughput", Says: "requests a second"},
		{ID: "errors", Title: "Errors and timeouts", Says: "requests that ended so, each " + each},
		{ID: "status", Title: "Status codes over time", Says: "answers, each " + each},
		{ID: "flight", Title: "In flight", Says: "requests, at the end of each " + each}}
	if open > 0 {
		charts = append(charts, chart{ID: "lag", Title: "Timer lag",
			Says: "how late this tool itself was (p99), each " + each})
	}
	return charts
}

// eachPoint says of how long a time a point of the charts is.
func eachPoint(runs []Named) string {
	most := 1
	for _, r := range runs {
		most = max(most, perPoint(r.Run.Windows))
	}
	if most == 1 {
		return "second"
	}
	return fmt.Sprintf("%d seconds", most)
}

// newCell turns the tone into a class, and the blanks by which a label is indented too: a browser shows none.
func newCell(c page.Cell, col *page.Column) cell {
	h := cell{Text: strings.TrimSpace(c.Text), Class: toneClass[c.Tone]}
	if col == nil {
		return h
	}
	classes := []string{h.Class}
	if col.Left {
		classes = append(classes, "left")
	}
	if col.Grows && col.Code {
		classes = append(classes, "grows")
	}
	if strings.HasPrefix(c.Text, " ") {
		classes = append(classes, "indent")
	}
	h.Class, h.Code = strings.TrimSpace(strings.Join(classes, " ")), col.Code && c.Text != "-"
	return h
}

func newTable(t *page.Table) *table {
	h := &table{}
	if t.Prose {
		h.Class = fmt.Sprintf("prose c%d", len(t.Columns))
	}
	for i := range t.Columns {
		col := page.Column{Left: t.Columns[i].Left}
		h.Columns = append(h.Columns, newCell(page.Cell{Text: t.Columns[i].Title}, &col))
	}
	for _, row := range t.Rows {
		var cells []cell
		for i, c := range row {
			cells = append(cells, newCell(c, &t.Columns[i]))
		}
		h.Rows = append(h.Rows, cells)
	}
	return h
}

// newSection makes a note of each fact that a reader must not miss.
func newSection(s page.Section) section {
	h := section{Title: s.Title, Fold: fold{s.Fold.Title, newFacts(s.Fold.Facts)}}
	if s.Table != nil {
		h.Table = newTable(s.Table)
	}
	for _, f := range s.Facts {
		if s.Lead {
			h.Notes = append(h.Notes, newNote(f))
		} else {
			h.Facts = append(h.Facts, newFact(f))
		}
	}
	return h
}

// newNote leaves out the label: its box and its colour say that it is a warning.
func newNote(f page.Fact) note {
	var n note
	for _, line := range f.Lines {
		for _, part := range line {
			n.Lines = append(n.Lines, part.Text)
		}
	}
	return n
}

func newFacts(facts []page.Fact) (all []fact) {
	for _, f := range facts {
		all = append(all, newFact(f))
	}
	return all
}

func newFact(f page.Fact) fact {
	h := fact{Label: f.Label, Command: f.Command}
	for _, line := range f.Lines {
		var parts []cell
		for _, c := range line {
			parts = append(parts, newCell(c, nil))
		}
		h.Lines = append(h.Lines, parts)
	}
	return h
}

// lastOf is what came of several runs: of the one that fared worst.
func lastOf(runs []Named, opt words.Options) cell {
	var all []*stats.Run
	var names []string
	for _, r := range runs {
		all, names = append(all, r.Run), append(names, words.Clean(r.Name))
	}
	return newCell(page.LastOf(all, names, opt), nil)
}

// compareRuns is the table of several runs side by side. What became of their thresholds stands beside the verdict,
// which speaks of the load alone.
func compareRuns(runs []Named, details []page.Detail) table {
	var t table
	for i, r := range runs {
		d := &details[i]
		row := []cell{{Text: words.Clean(r.Name), Class: "left", Swatch: swatch(i)}, newCell(d.Verdict, nil),
			newCell(page.ThresholdsOf(r.Run), nil)}
		if t.Columns == nil {
			t.Columns = []cell{{Text: "run", Class: "left"}, {Text: "verdict"}, {Text: "thresholds"}}
			for _, tile := range d.Tiles {
				t.Columns = append(t.Columns, cell{Text: tile.Label})
			}
		}
		for _, tile := range d.Tiles {
			row = append(row, cell{Text: tile.Value, Class: toneClass[tile.Tone]})
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}
