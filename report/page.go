package report

import (
	"fmt"
	"time"

	"shotput/stats"
)

// A page is a whole report as plain data: what to say, in order. Nothing in it is cut to a width, escaped or
// coloured; that is the printers' work, and they compute nothing.
type page struct {
	title    string // method and URL
	verdict  cell
	summary  []cell
	remarks  []string // under the headline: why the verdict is not "kept", what to do
	sections []section
}

// A section is a table or a list of facts, with an empty line above it.
type section struct {
	table *table
	facts []fact
	lead  bool // a page with charts has it before them
	joins bool // it explains the section before it
}

// A cell is a word or a number, and its tone for those who see colour.
type cell struct {
	text string
	tone tone
}

type tone int

const (
	calm tone = iota
	good
	warn
	bad
)

// A table is a header and rows of as many cells.
type table struct {
	columns []column
	rows    [][]cell
	ruled   bool // draw a line under the header
}

type column struct {
	title string
	least int  // columns of the terminal that it takes at least, gap included
	left  bool // aligned left
	grows bool // takes the room that the others leave; one column of a table does
	code  bool // foreign text: a code span in Markdown, whatever is in it
}

// A fact is a label and lines of parts; parts are set apart by a dot.
type fact struct {
	label string
	lines [][]cell
}

// A desk is what the page is written at: the run, and how latencies are to be printed.
type desk struct {
	*stats.Run
	unit     time.Duration // pinned; 0: a fitting unit per cell
	unitName string
}

func newDesk(r *stats.Run, opt Options) *desk {
	d := &desk{Run: r, unit: units[opt.Unit], unitName: opt.Unit}
	if d.unit == time.Microsecond {
		d.unitName = "µs"
	}
	return d
}

// newPage says in order what the run has to say.
func newPage(r *stats.Run, opt Options) page {
	d := newDesk(r, opt)
	p := page{title: title(&r.Plan), verdict: d.verdict(), summary: d.summary(), remarks: d.remarks()}
	p.add(d.latencies(), nil)
	p.add(d.requests(), nil)
	p.add(d.statuses(), d.meanings())
	p.add(d.failures(), nil)
	p.lead(d.thresholds(), d.reasons())
	p.add(nil, d.machine())
	p.lead(nil, d.warnings())
	return p
}

// lead is add for what a reader must not miss.
func (p *page) lead(t *table, facts []fact) {
	n := len(p.sections)
	p.add(t, facts)
	for i := range p.sections[n:] {
		p.sections[n+i].lead = true
	}
}

// add appends the table and the facts, each a section, unless empty.
func (p *page) add(t *table, facts []fact) {
	if t != nil && len(t.rows) > 0 {
		p.sections = append(p.sections, section{table: t})
	}
	if len(facts) > 0 {
		p.sections = append(p.sections, section{facts: facts, joins: t != nil && len(t.rows) > 0})
	}
}

// mapText replaces every text of the page by f of it.
func (p *page) mapText(f func(string) string) {
	p.title = f(p.title)
	p.verdict.text = f(p.verdict.text)
	mapCells(p.summary, f)
	for i := range p.remarks {
		p.remarks[i] = f(p.remarks[i])
	}
	for _, s := range p.sections {
		if s.table != nil {
			s.table.mapText(f)
		}
		for i := range s.facts {
			s.facts[i].label = f(s.facts[i].label)
			for _, line := range s.facts[i].lines {
				mapCells(line, f)
			}
		}
	}
}

func (t *table) mapText(f func(string) string) {
	for i := range t.columns {
		t.columns[i].title = f(t.columns[i].title)
	}
	for _, row := range t.rows {
		mapCells(row, f)
	}
}

func mapCells(cells []cell, f func(string) string) {
	for i := range cells {
		cells[i].text = f(cells[i].text)
	}
}

func (d *desk) verdict() cell {
	if d.Verdict.Status == stats.Kept {
		return cell{"kept ✓", good}
	}
	return cell{clean(d.Verdict.Status) + " ✗", bad}
}

// summary is the headline: how many, how long, how fast, how much, and what went wrong.
func (d *desk) summary() []cell {
	t := &d.Totals
	requests := count(t.Sent) + " of " + plural(t.Planned, "request")
	if t.Sent == t.Planned {
		requests = plural(t.Sent, "request")
	}
	parts := []cell{{text: requests + " in " + stats.FormatDuration(t.Elapsed)}, {text: d.speed()},
		{text: size(float64(t.BodyBytesSent)) + " sent"}}
	if !d.Plan.Open() {
		parts[1].text += ", closed loop"
	}
	parts = append(parts, d.errors())
	if t.Unsent > 0 {
		parts = append(parts, cell{count(t.Unsent) + " unsent", warn})
	}
	return parts
}

// speed is the achieved rate and, in open loop, the offered one and their ratio; a byte rate is offered in bytes.
func (d *desk) speed() string {
	t := &d.Totals
	achieved := rate(t.AchievedPerSecond)
	if d.Plan.BytesPerSecond > 0 {
		bytes := float64(t.BodyBytesSent) / max(t.Elapsed.Seconds(), 1e-9)
		return fmt.Sprintf("%s, %s/s of %s/s (%s)", achieved, size(bytes), size(d.Plan.BytesPerSecond),
			percent(bytes/d.Plan.BytesPerSecond))
	}
	if !d.Plan.Open() || t.OfferedPerSecond == 0 {
		return achieved
	}
	return fmt.Sprintf("%s of %s (%s)", achieved, rate(t.OfferedPerSecond), percent(t.AchievedPerSecond/t.OfferedPerSecond))
}

// errors counts what was sent and did not end OK.
func (d *desk) errors() cell {
	t := &d.Totals
	n := t.Errors()
	if n == 0 {
		return cell{text: "0 errors"}
	}
	return cell{fmt.Sprintf("%s (%s)", plural(n, "error"), percent(t.ErrorRatio())), bad}
}

// remarks tell why the verdict is what it is, and that a run was cut short.
func (d *desk) remarks() []string {
	var lines []string
	if d.Verdict.Status != stats.Kept && d.Verdict.Reason != "" {
		lines = append(lines, clean(d.Verdict.Reason))
	}
	if n := d.Verdict.NeededConcurrency; d.Verdict.Status == stats.PoolLimited && n > 0 {
		lines = append(lines, fmt.Sprintf("concurrency needed: %d; try: -c %d", n, n))
	}
	if d.AbortedByRule() {
		return append(lines, "ended by a rule ("+clean(d.Stop.String())+"): this is what was measured until then")
	}
	if d.Stop.CutShort() {
		lines = append(lines, "interrupted ("+clean(d.Stop.String())+"): this is what was measured until then")
	}
	return lines
}
