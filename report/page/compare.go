package page

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"shotput/report/words"
	"shotput/stats"
	"shotput/stats/compare"
)

// judgements are the words for a verdict, in capitals where somebody may have to act.
var judgements = map[string]Cell{
	compare.Regression: {"REGRESSION ✗", Bad}, compare.Inconclusive: {"INCONCLUSIVE", Warn},
	compare.Pass:        {"PASS ✓", Good},
	compare.Improvement: {"improvement ✓", Good}, compare.Unjudged: {"not judged", Warn},
}

// OfComparison is the page of a comparison: what was found of each metric, and what it was found from.
func OfComparison(c *compare.Comparison, opt words.Options) Page {
	p := Page{Title: ComparisonTitle(c), Verdict: judgements[c.Verdict], Summary: comparisonSummary(c)}
	p.add(comparisonTable(c, words.ScaleOf(opt)), nil)
	p.add(nil, comparisonReasons(c))
	p.add(nil, []Fact{side("base", &c.Base), side("new", &c.New)})
	p.add(nil, warnings(c.Warnings))
	p.Last = lastOfComparison(c)
	return p
}

// lastOfComparison is the last line of a comparison: what came of it, by which metrics, and the exit code.
func lastOfComparison(c *compare.Comparison) Cell {
	because := comparisonSays(c)
	switch {
	case c.Unfinished:
		return Cell{"NOT FINISHED: " + because, Warn}
	case c.Verdict == compare.Regression:
		return Cell{"FAILED: " + because + " · exit 1", Bad}
	case c.Verdict == compare.Pass:
		return Cell{"PASSED", Good}
	}
	return Cell{"NOT JUDGED: " + because + " · exit 3", Warn}
}

// comparisonSays is its verdict in plain words, with the metrics that it goes by.
func comparisonSays(c *compare.Comparison) string {
	var parts []string
	all := 0
	for i := range c.Metrics {
		m := &c.Metrics[i]
		if m.Instead != "" || m.Verdict != c.Verdict {
			continue
		}
		part := label(m)
		if c.Verdict == compare.Regression {
			part += " " + change(m)
		}
		if all++; all <= mostListed {
			parts = append(parts, part)
		}
	}
	if all > mostListed {
		parts = append(parts, fmt.Sprintf("%d more", all-mostListed))
	}
	some, list := fmt.Sprintf("%d of %s", all, words.Plural(int64(len(c.Metrics)), "metric")), strings.Join(parts, ", ")
	switch {
	case c.Verdict == compare.Regression:
		return some + " worse (" + list + ")"
	case c.Verdict == compare.Pass:
		return "nothing is worse"
	case c.Verdict == compare.Inconclusive:
		return "a regression is neither shown nor ruled out by " + some + " (" + list + ")"
	case c.MachineLimited() && all < len(c.Metrics):
		return "this machine was the limit, for " + some + " (" + list + ")"
	case c.MachineLimited():
		return "this machine was the limit"
	}
	return fmt.Sprintf("%d and %d rounds are too few", c.Base.Judged, c.New.Judged)
}

// ComparisonTitle names both sides, the new one first: it is the one that is judged.
func ComparisonTitle(c *compare.Comparison) string {
	return source(&c.New) + " against " + source(&c.Base)
}

// source is where a side's rounds are from.
func source(s *compare.Side) string {
	if len(s.Files) == 1 {
		return words.Clean(filepath.Base(s.Files[0]))
	}
	return fmt.Sprintf("%d files", len(s.Files))
}

var testNames = map[string]string{
	compare.MannWhitney: "two groups: Mann-Whitney",
	compare.SignedRank:  "pairs: signed ranks",
}

// comparisonSummary says by what rule it was judged, so that whoever doubts the verdict can look it up. Where nothing
// was tested no rule was used.
func comparisonSummary(c *compare.Comparison) []Cell {
	parts := []Cell{{Text: fmt.Sprintf("%s against %d", words.Plural(int64(c.New.Judged), "round"), c.Base.Judged)}}
	if !slices.ContainsFunc(c.Metrics, func(m compare.Change) bool { return m.Evidence != nil }) {
		return parts
	}
	return append(parts, Cell{Text: testNames[c.Test]}, Cell{Text: "p by Holm"})
}

// comparisonTable shows the range beside the change: the change alone invites to be believed.
func comparisonTable(c *compare.Comparison, s words.Scale) *Table {
	t := &Table{Ruled: true,
		Columns: []Column{{Title: s.Title("metric"), Left: true, Grows: true},
			{Title: sideTitle("base", &c.Base, &c.New), Least: figureWidth},
			{Title: sideTitle("new", &c.New, &c.Base), Least: figureWidth},
			{Title: "change", Least: figureWidth}, {Title: "90 % range", Least: 14}, {Title: "p", Least: 8},
			{Title: "verdict", Left: true, Least: 14}}}
	for i := range c.Metrics {
		t.Rows = append(t.Rows, changeRow(&c.Metrics[i], s))
	}
	return t
}

// sideTitle is a side's column: with its value of the label in which the sides differ, where it is one and is short.
func sideTitle(name string, own, other *compare.Side) string {
	unlike := own.Labels.Unlike(other.Labels)
	for _, label := range unlike.Names() {
		if value := words.Clean(unlike[label]); len(unlike) == 1 && len(value) <= longestTitle {
			return name + " " + value
		}
	}
	return name
}

// longestTitle of a side's label still fits beside the other columns.
const longestTitle = 8

// changeRow has no range and no p where there were too few rounds to have evidence.
func changeRow(m *compare.Change, s words.Scale) []Cell {
	bounds, p := "-", "-"
	if e := m.Evidence; e != nil {
		bounds, p = hundredths(e.Low)+"…"+hundredths(e.High), probability(e.Holm)
	}
	return []Cell{
		{Text: label(m)},
		baseMedian(m).cell(m, s),
		newMedian(m).cell(m, s),
		{Text: change(m)},
		{Text: bounds},
		{Text: p},
		judgements[m.Verdict],
	}
}

// label is the metric in the words of the other tables; its own name is for programs.
func label(m *compare.Change) string {
	return strings.NewReplacer(".", " ", "_", " ").Replace(words.Clean(m.Metric))
}

// A sideMedian is one side's median of a metric, which may be a bound.
type sideMedian struct {
	value, lower float64 // lower is 0 where value is firm
	atLeast      bool
}

func baseMedian(m *compare.Change) sideMedian { return sideMedian{m.Base, m.BaseLower, m.BaseAtLeast} }

func newMedian(m *compare.Change) sideMedian { return sideMedian{m.New, m.NewLower, m.NewAtLeast} }

// cell prints it for the table, whose header has the unit of latencies. Of a bound the sign stands in the cell itself,
// as in the table of a run.
func (d sideMedian) cell(m *compare.Change, s words.Scale) Cell {
	switch {
	case d.value == 0 && !m.Absolute:
		return Cell{Text: "-"}
	case m.Unit == "ns":
		return boundedCell(d.bounds(), d.atLeast, s)
	}
	return Cell{Text: s.InUnit(d.value, m.Unit)}
}

func (d sideMedian) firm() bool { return d.lower == 0 && !d.atLeast }

func (d sideMedian) bounds() stats.Bounds {
	b := stats.Bounds{Lower: time.Duration(d.value), Upper: time.Duration(d.value)}
	if d.lower > 0 {
		b.Lower = time.Duration(d.lower)
	}
	return b
}

// text prints it for a sentence, with its unit.
func (d sideMedian) text(m *compare.Change, s words.Scale) string {
	if m.Unit != "ns" || d.value == 0 {
		return d.cell(m, s).Text
	}
	return signOf(d.bounds(), d.atLeast) + s.InText(time.Duration(d.value))
}

// change prints how much it is, an error rate's in percentage points. Where one side's median is a bound, so is the
// change; where both are, the range is all that is known.
func change(m *compare.Change) string {
	switch {
	case m.Base == 0 && !m.Absolute:
		return "-"
	case m.Absolute:
		return hundredths(m.Change) + " pp"
	}
	return boundOfChange(m) + hundredths(m.Change) + " %"
}

func boundOfChange(m *compare.Change) string {
	switch base, new := baseMedian(m), newMedian(m); {
	case base.firm() && new.firm(), !base.firm() && !new.firm():
		return ""
	case new.lower > 0 && !new.atLeast, base.atLeast:
		return "≤ "
	}
	return "≥ "
}

// hundredths prints hundredths with a sign: one decimal, two below one in a hundred.
func hundredths(x float64) string {
	s := fmt.Sprintf("%+.1f", 100*x)
	switch {
	case x > -0.01 && x < 0.01:
		s = fmt.Sprintf("%+.2f", 100*x)
	case x > 9.995:
		s = "+" + words.Powers(100*x)
	}
	if s == "+0.00" || s == "-0.00" {
		return "0"
	}
	return s
}

// probability has four digits: between 0.04 and 0.06 lies what people look for, and below the last digit nothing does.
func probability(p float64) string {
	if p < 0.0001 {
		return "<0.0001"
	}
	return fmt.Sprintf("%.4f", p)
}

// comparisonReasons tell of the metrics whose verdict does not say it all; of too few rounds a warning tells.
func comparisonReasons(c *compare.Comparison) (facts []Fact) {
	for i := range c.Metrics {
		if m := &c.Metrics[i]; m.Reason != "" && (m.Verdict != compare.Unjudged || m.Machine) {
			facts = append(facts, Fact{Label: label(m), Lines: [][]Cell{{{Text: words.Clean(m.Reason)}}}})
		}
	}
	return facts
}

// side names the files last: they are what a reader knows already.
func side(name string, s *compare.Side) Fact {
	rounds := words.Plural(int64(s.Rounds), "round")
	if left := s.Rounds - s.Judged; left > 0 {
		rounds += fmt.Sprintf(", %d not judged by", left)
	}
	files := make([]string, len(s.Files))
	for i, f := range s.Files {
		files[i] = words.Clean(f)
	}
	lines := [][]Cell{{{Text: words.Clean(s.Method + " " + s.URL)}}, {{Text: rounds}, {Text: strings.Join(files, " ")}}}
	for _, labelled := range labelFacts(s.Labels) {
		lines = append(lines, labelled.Lines...)
	}
	return Fact{Label: name, Lines: lines}
}

// Sentence is a row of the table in words, for whoever shows one at a time.
func Sentence(m *compare.Change, s words.Scale) string {
	text := fmt.Sprintf(
		"%s: %s in base, %s in new, %s",
		words.Clean(m.Metric),
		baseMedian(m).text(m, s),
		newMedian(m).text(m, s),
		change(m),
	)
	if e := m.Evidence; e != nil {
		text += fmt.Sprintf(" (90 %% range %s to %s, p %s)", hundredths(e.Low), hundredths(e.High), probability(e.Holm))
	}
	if m.Reason != "" {
		text += "; " + words.Clean(m.Reason)
	}
	return text
}
