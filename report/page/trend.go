package page

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"shotput/report/words"
	"shotput/stats"
	"shotput/stats/compare"
	"shotput/stats/trend"
)

// trendVerdicts are the words for what is said of a series, and of a plan. A change has a tone of its own.
var trendVerdicts = map[string]Cell{trend.Changed: {"changed", Calm}, trend.Steady: {"steady ✓", Good},
	trend.Unjudged: {"not judged", Warn}}

// OfTrend is the page of a trend: a table for each plan, and below it where and by how much something changed.
func OfTrend(t *trend.Trend, opt words.Options) Page {
	first := &t.Groups[0]
	p := Page{Title: TrendTitle(t), Verdict: groupVerdict(first), Summary: trendSummary(t)}
	for i := range t.Groups {
		h := history{t, &t.Groups[i], words.ScaleOf(opt)}
		if len(t.Groups) > 1 {
			p.Sections = append(p.Sections, Section{Facts: []Fact{h.plan(i)}})
		}
		p.lead(h.table(), nil)
		p.add(nil, h.reasons())
		p.add(nil, h.leftOut())
		p.add(nil, warnings(h.Warnings))
	}
	p.add(nil, skipped(t.Skipped))
	p.Last = lastOfTrend(t)
	return p
}

// lastOfTrend is of the plan with the newest run. It names no exit code: a history is no gate, unless somebody asks.
func lastOfTrend(t *trend.Trend) Cell {
	g := &t.Groups[0]
	if worse := g.Worsened(len(g.Places)); len(worse) > 0 {
		more := ""
		if n := len(worse) - 1; n > 0 {
			more = fmt.Sprintf(", and %d more", n)
		}
		s := worse[0]
		return Cell{"WORSE: " + MetricName(s) + " " + HowMuch(s, s.Last()) + " at " +
			placeName(&g.Places[s.Last().To]) + more, Bad}
	}
	switch g.Verdict {
	case trend.Changed:
		return Cell{"CHANGED, and not for the worse", Good}
	case trend.Steady:
		return Cell{"STEADY: no metric changed", Good}
	}
	for _, s := range g.Unjudged() {
		return Cell{"NOT JUDGED: " + MetricName(s) + ": " + words.Clean(s.Reason), Warn}
	}
	return Cell{"NOT JUDGED", Warn}
}

// TrendTitle names the plan; of several, the one with the newest run.
func TrendTitle(t *trend.Trend) string {
	g := &t.Groups[0]
	return words.Clean(g.Method + " " + g.URL)
}

// groupVerdict is the verdict of a plan: what became worse stands out, what became better does not.
func groupVerdict(g *trend.Group) Cell {
	said := trendVerdicts[g.Verdict]
	if g.Verdict == trend.Changed {
		said = Cell{"changed ✓", Good}
		if len(g.Worsened(len(g.Places))) > 0 {
			said = Cell{"WORSE ✗", Bad}
		}
	}
	return said
}

func trendSummary(t *trend.Trend) []Cell {
	parts := placesIn(&t.Groups[0])
	if n := len(t.Groups); n > 1 {
		parts = append(parts, Cell{Text: fmt.Sprintf("the newest of %d plans", n)})
	}
	if t.By != "" {
		parts = append(parts, Cell{Text: "by " + words.Clean(t.By)})
	}
	return parts
}

// placesIn says how many runs stand on the lines, and of when.
func placesIn(g *trend.Group) []Cell {
	runs := 0
	for _, p := range g.Places {
		runs += len(p.Runs)
	}
	parts := []Cell{{Text: words.Plural(int64(runs), "run")}}
	if runs > len(g.Places) {
		parts = append(parts, Cell{Text: words.Plural(int64(len(g.Places)), "place")})
	}
	if n := len(g.Places); n > 0 {
		parts = append(parts, Cell{Text: moment(g.Places[0].Started) + " to " + moment(g.Places[n-1].Started)})
	}
	return parts
}

// moment is when a run began, the same on whatever machine it is read.
func moment(t time.Time) string { return t.UTC().Format("2006-01-02 15:04") }

// A history is one plan of a trend, as it is worded.
type history struct {
	of *trend.Trend
	*trend.Group
	words.Scale
}

// plan says which one it is, and by what it differs from the first.
func (h *history) plan(number int) Fact {
	f := Fact{Label: fmt.Sprintf("plan %d", number+1), Lines: [][]Cell{{{Text: words.Clean(h.Method + " " + h.URL)},
		groupVerdict(h.Group)}, placesIn(h.Group)}}
	for _, d := range h.Unlike {
		f.Lines = append(f.Lines, []Cell{{Text: words.Clean(fmt.Sprintf("%s is %s, and %s in plan 1", d.Field,
			words.Dash(d.Here), words.Dash(d.First)))}})
	}
	return f
}

// table has a line for each metric.
func (h *history) table() *Table {
	t := &Table{Ruled: true, Columns: []Column{{Title: h.Title("metric"), Left: true},
		{Title: "first", Least: figureWidth}, {Title: "last", Least: figureWidth}, {Title: "noise", Least: figureWidth},
		{Title: "verdict", Left: true, Least: 12}, {Title: "last change", Left: true, Grows: true}}}
	for i := range h.Series {
		t.Rows = append(t.Rows, h.row(&h.Series[i]))
	}
	return t
}

func (h *history) row(s *trend.Series) []Cell {
	first, last, noise, change := Cell{Text: "-"}, Cell{Text: "-"}, "-", "-"
	if n := len(s.Points); n > 0 {
		first, last = h.point(s, &s.Points[0]), h.point(s, &s.Points[n-1])
	}
	if slices.Contains(h.Odd(), s) {
		last.Tone = Warn
	}
	if s.Verdict != trend.Unjudged {
		noise = noiseBand(s)
	}
	if c := s.Last(); c != nil {
		change = HowMuch(s, c) + " at " + h.name(c.To)
	}
	return []Cell{{Text: MetricName(s)}, first, last, {Text: noise}, seriesVerdict(s), {Text: change}}
}

func seriesVerdict(s *trend.Series) Cell {
	c := s.Last()
	switch {
	case c == nil:
		return trendVerdicts[s.Verdict]
	case c.Worse:
		return Cell{"WORSE ✗", Bad}
	}
	return Cell{"changed ✓", Good}
}

// MetricName is the metric in the words of the other tables; its own name is for programs.
func MetricName(s *trend.Series) string {
	return strings.NewReplacer(".", " ", "_", " ").Replace(words.Clean(s.Metric))
}

// point is a value for the table, whose header has the unit of latencies.
func (h *history) point(s *trend.Series, p *trend.Point) Cell {
	if s.Unit == "ns" {
		return boundedCell(stats.Bounds{Lower: time.Duration(p.Lower), Upper: time.Duration(p.Value)}, p.Least, h.Scale)
	}
	return Cell{Text: h.InUnit(p.Value, s.Unit)}
}

// noiseBand is how far 19 of 20 values are from the line at most: a factor where that is much, since then it is not as
// far in per cent to both sides.
func noiseBand(s *trend.Series) string {
	if s.Absolute {
		return fmt.Sprintf("±%.3g pp", 200*s.Noise)
	}
	factor := math.Pow(1+s.Noise, 2)
	if factor > 1.5 {
		return fmt.Sprintf("×%.3g", factor)
	}
	return fmt.Sprintf("±%.3g %%", 100*(factor-1))
}

// HowMuch is a change with its sign: in per cent, of an error rate in percentage points.
func HowMuch(s *trend.Series, c *trend.Change) string {
	if s.Absolute {
		return hundredths(c.Change) + " pp"
	}
	return hundredths(c.Change) + " %"
}

// name is what a place is called: by its label, else by its file.
func (h *history) name(place int) string { return placeName(&h.Places[place]) }

func placeName(p *trend.Place) string {
	if p.Label != "" {
		return words.Clean(p.Label)
	}
	return sourceName(p.Runs[0].File, p.Runs[0].Run)
}

// PlaceNames is what a place is called in full, with its time, and in short, for an axis.
func PlaceNames(g *trend.Group, place int) (name, tick string) {
	p := &g.Places[place]
	name, tick = placeName(p)+", "+moment(p.Started), p.Started.UTC().Format("01-02")
	if first, last := g.Places[0].Started, g.Places[len(g.Places)-1].Started; moment(first)[:10] == moment(last)[:10] {
		tick = p.Started.UTC().Format("15:04") // all of one day would be called alike
	}
	if p.Label != "" {
		tick = words.Cut(words.Clean(p.Label), 8, "…")
	}
	return name, tick
}

// sourceName leaves out that a file has one run; that a run is the first of several shows by the others.
func sourceName(file string, run int) string {
	name := words.Clean(filepath.Base(file))
	if run > 1 {
		name += fmt.Sprintf(" run %d", run)
	}
	return name
}

// reasons tell every change in full, and what else there is to say of a metric.
func (h *history) reasons() (facts []Fact) {
	for i := range h.Series {
		s := &h.Series[i]
		f := Fact{Label: MetricName(s)}
		for k := range s.Changes {
			f.Lines = append(f.Lines, h.change(s, &s.Changes[k]))
		}
		if s.Reason != "" {
			f.Lines = append(f.Lines, []Cell{{Text: words.Clean(s.Reason)}})
		}
		if slices.Contains(h.Odd(), s) {
			f.Lines = append(f.Lines, []Cell{{h.odd(s), Warn}})
		}
		if len(f.Lines) > 0 {
			facts = append(facts, f)
		}
	}
	return facts
}

// change is one change in a line.
func (h *history) change(s *trend.Series, c *trend.Change) []Cell {
	verdict, at := Cell{"better", Good}, " at "+h.name(c.To)
	if c.Worse {
		verdict = Cell{"worse", Bad}
	}
	if c.Kind == trend.Ramp {
		at = " from " + h.name(c.From) + " to " + h.name(c.To)
	}
	return []Cell{{Text: c.Kind + " of " + HowMuch(s, c) + at}, {Text: moment(h.Places[c.To].Started)},
		{Text: h.text(s, c.Before) + " → " + h.text(s, c.After)}, verdict, {Text: "p " + probability(c.P)}}
}

// text prints a value for a sentence, with its unit.
func (h *history) text(s *trend.Series, value float64) string { return h.InUnit(value, s.Unit) }

// ChangeSentence is the last change of a series of the newest plan in words, for whoever shows one at a time.
func ChangeSentence(t *trend.Trend, s *trend.Series, scale words.Scale) string {
	h := history{t, &t.Groups[0], scale}
	var parts []string
	for _, c := range h.change(s, s.Last()) {
		parts = append(parts, c.Text)
	}
	return MetricName(s) + ": " + strings.Join(parts, ", ")
}

// OddSentence is the same of a newest value outside the noise.
func OddSentence(t *trend.Trend, s *trend.Series, scale words.Scale) string {
	h := history{t, &t.Groups[0], scale}
	p := &s.Points[len(s.Points)-1]
	return MetricName(s) + ": " + h.text(s, p.Value) + " at " + h.name(p.Place) + "; " + h.odd(s)
}

// odd says what is odd of the newest value.
func (h *history) odd(s *trend.Series) string {
	p := &s.Points[len(s.Points)-1]
	return "the newest value lies outside the noise, " + h.text(s, p.Low) + " to " + h.text(s, p.High) +
		": run it again"
}

// mostNamed is how many files a report names of those that are not judged by; the saved form has all.
const mostNamed = 5

func (h *history) leftOut() []Fact {
	return named("left out", h.Excluded, func(e compare.Exclusion) string {
		return sourceName(e.File, e.Round) + ": " + words.Clean(e.Why)
	})
}

func skipped(all []trend.Skipped) []Fact {
	return named("skipped", all, func(s trend.Skipped) string { return words.Clean(s.File + ": " + s.Why) })
}

func named[T any](label string, all []T, say func(T) string) []Fact {
	f := Fact{Label: label}
	for i, one := range all {
		if i == mostNamed {
			f.Lines = append(f.Lines, []Cell{{Text: fmt.Sprintf("and %d more", len(all)-i)}})
			break
		}
		f.Lines = append(f.Lines, []Cell{{Text: say(one)}})
	}
	if len(f.Lines) == 0 {
		return nil
	}
	return []Fact{f}
}
