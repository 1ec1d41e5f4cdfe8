// Package page is a report as data: what to say of a run, of rounds or of a comparison, in order, as titles, tables and
// facts. It refuses to compute: every number and verdict was made in stats. It also refuses to lay out: nothing in a
// page is cut to a width, escaped or coloured; that is the work of its printers, which only read it, so that text,
// Markdown and HTML cannot disagree. Whatever came from a server, a plan or the network is cleaned while a page is
// built.
//
// A page has a headline (title, verdict, summary, remarks) and sections, each a table or facts. A cell is a word or a
// number with a tone, for those who see colour. A span is a row of the table of latencies; a tile is one large figure.
package page

// A Page is a whole report as plain data.
type Page struct {
	Title    string // method and URL
	Verdict  Cell
	Summary  []Cell
	Remarks  []string // under the headline: why the verdict is not "kept", what to do
	Sections []Section
	Last     Cell // the last line, which no scrolling hides: what came of it; empty where there is none
}

// A Section is a table or a list of facts, with an empty line above it.
type Section struct {
	Title string // where neither a table nor labels say what it is about
	Table *Table
	Facts []Fact
	Fold  Fold // the rest of it, below its facts
	Lead  bool // a page with charts has it before them
	Joins bool // it explains the section before it
}

// A Fold is what a page hides until somebody asks for it.
type Fold struct {
	Title string
	Facts []Fact
}

// A Cell is a word or a number, and its tone for those who see colour.
type Cell struct {
	Text string
	Tone Tone
}

// A Tone doubles what a cell says, for those who see colour; it is never the only one to say it.
type Tone int

const (
	Calm Tone = iota
	Good
	Warn
	Bad
)

// A Table is a header and rows of as many cells.
type Table struct {
	Columns []Column
	Rows    [][]Cell
	Ruled   bool // draw a line under the header
	Prose   bool // its last column is prose, which may stand below the others where there is no room beside them
}

// A Column says how a table's cells are laid out, by whoever has columns.
type Column struct {
	Title string
	Least int  // columns of the terminal that it takes at least, gap included; one that grows, no more than it needs
	Left  bool // aligned left
	Grows bool // takes the room that the others leave; one column of a table does
	Code  bool // foreign text: a code span in Markdown, whatever is in it
}

// A Fact is a label and lines of parts; parts are set apart by a dot.
type Fact struct {
	Label   string
	Lines   [][]Cell
	Quoted  bool   // what others said: shown whole, though it has no spaces to break it at
	Long    bool   // shown to its end, however many lines that takes
	Command string // to be copied into a shell: shown whole, on lines of its own
}

// lead is add for what a reader must not miss.
func (p *Page) lead(t *Table, facts []Fact) {
	n := len(p.Sections)
	p.add(t, facts)
	for i := range p.Sections[n:] {
		p.Sections[n+i].Lead = true
	}
}

// add appends the table and the facts, each a section, unless empty.
func (p *Page) add(t *Table, facts []Fact) {
	if t != nil && len(t.Rows) > 0 {
		p.Sections = append(p.Sections, Section{Table: t})
	}
	if len(facts) > 0 {
		p.Sections = append(p.Sections, Section{Facts: facts, Joins: t != nil && len(t.Rows) > 0})
	}
}

// MapText replaces every text of the page by f of it.
func (p *Page) MapText(f func(string) string) {
	p.Title = f(p.Title)
	p.Verdict.Text = f(p.Verdict.Text)
	p.Last.Text = f(p.Last.Text)
	mapCells(p.Summary, f)
	for i := range p.Remarks {
		p.Remarks[i] = f(p.Remarks[i])
	}
	for i := range p.Sections {
		s := &p.Sections[i]
		s.Title, s.Fold.Title = f(s.Title), f(s.Fold.Title)
		if s.Table != nil {
			s.Table.mapText(f)
		}
		mapFacts(s.Facts, f)
		mapFacts(s.Fold.Facts, f)
	}
}

// mapFacts leaves out a command that would become another.
func mapFacts(facts []Fact, f func(string) string) {
	for i := range facts {
		facts[i].Label = f(facts[i].Label)
		for _, line := range facts[i].Lines {
			mapCells(line, f)
		}
		if facts[i].Command != f(facts[i].Command) {
			facts[i].Command = ""
		}
	}
}

func (t *Table) mapText(f func(string) string) {
	for i := range t.Columns {
		t.Columns[i].Title = f(t.Columns[i].Title)
	}
	for _, row := range t.Rows {
		mapCells(row, f)
	}
}

func mapCells(cells []Cell, f func(string) string) {
	for i := range cells {
		cells[i].Text = f(cells[i].Text)
	}
}
