package report

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"shotput/stats"
	"shotput/stats/compare"
)

// CompareFormats are the formats that WriteComparison knows, the default first.
var CompareFormats = []string{"text", "json", "md", "junit", "html"}

// CompareFormatByExtension is FormatByExtension for the formats that a comparison has.
func CompareFormatByExtension(path string) (format string, known bool) {
	format, _ = FormatByExtension(path)
	return format, slices.Contains(CompareFormats, format)
}

// WriteComparison prints the comparison in the named format; see CompareFormats.
func WriteComparison(w io.Writer, format string, c *compare.Comparison, opt Options) error {
	if err := opt.Validate(); err != nil {
		return err
	}
	p := comparisonPage(c, opt)
	switch format {
	case "text":
		return p.text(w, opt)
	case "md":
		return p.markdown(w, opt)
	case "json":
		return comparisonJSON(w, c)
	case "junit":
		return comparisonJUnit(w, c, opt)
	case "html":
		return comparisonHTML(w, c, opt)
	}
	return fmt.Errorf("write comparison: %q is none of the formats %s", format, strings.Join(CompareFormats, ", "))
}

func comparisonJSON(w io.Writer, c *compare.Comparison) error {
	if err := stats.WriteJSON(w, c); err != nil {
		return fmt.Errorf("write comparison: %w", err)
	}
	return nil
}

// judgements are the words for a verdict, in capitals where somebody may have to act.
var judgements = map[string]cell{
	compare.Regression: {"REGRESSION ✗", bad}, compare.Inconclusive: {"INCONCLUSIVE", warn}, compare.Pass: {"PASS ✓", good},
	compare.Improvement: {"improvement ✓", good}, compare.Unjudged: {"not judged", warn},
}

// A judging is what the page of a comparison is written at.
type judging struct {
	*compare.Comparison
	d *desk // for its unit alone: there is no run here
}

func comparisonPage(c *compare.Comparison, opt Options) page {
	j := &judging{c, newDesk(nil, opt)}
	p := page{title: named(&c.New) + " against " + named(&c.Base), verdict: judgements[c.Verdict], summary: j.summary()}
	p.add(j.table(), nil)
	p.add(nil, j.reasons())
	p.add(nil, []fact{j.side("base", &c.Base), j.side("new", &c.New)})
	var warnings []fact
	for _, w := range c.Warnings {
		warnings = append(warnings, noted("warning", w))
	}
	p.add(nil, warnings)
	return p
}

// named is where a side's rounds are from.
func named(s *compare.Side) string {
	if len(s.Files) == 1 {
		return clean(filepath.Base(s.Files[0]))
	}
	return fmt.Sprintf("%d files", len(s.Files))
}

var testNames = map[string]string{compare.MannWhitney: "two groups: Mann-Whitney", compare.SignedRank: "pairs: signed ranks"}

func (j *judging) summary() []cell {
	parts := []cell{{text: fmt.Sprintf("%s against %d", plural(int64(j.New.Judged), "round"), j.Base.Judged)}}
	if j.Verdict == compare.Unjudged {
		return parts
	}
	return append(parts, cell{text: testNames[j.Test]}, cell{text: "p by Holm"})
}

func (j *judging) table() *table {
	t := &table{ruled: true, columns: []column{{title: j.d.titled("metric"), left: true, grows: true}, {title: "base", least: 9},
		{title: "new", least: 9}, {title: "change", least: 9}, {title: "90 % range", least: 14}, {title: "p", least: 8},
		{title: "verdict", left: true, least: 14}}}
	for i := range j.Metrics {
		t.rows = append(t.rows, j.row(&j.Metrics[i]))
	}
	return t
}

func (j *judging) row(m *compare.Change) []cell {
	bounds, p := "-", "-"
	if e := m.Evidence; e != nil {
		bounds, p = signed(e.Low)+"…"+signed(e.High), probability(e.Holm)
	}
	return []cell{{text: label(m)}, {text: j.value(m, m.Base)}, {text: j.value(m, m.New)}, {text: change(m)}, {text: bounds},
		{text: p}, judgements[m.Verdict]}
}

func label(m *compare.Change) string {
	return strings.NewReplacer(".", " ", "_", " ").Replace(clean(m.Metric))
}

// value prints one side's median in its unit.
func (j *judging) value(m *compare.Change, value float64) string {
	switch {
	case value == 0 && !m.Absolute:
		return "-"
	case m.Unit == "ns":
		return j.d.latency(time.Duration(value))
	case m.Unit == "ratio":
		return percent(value)
	}
	return rate(value)
}

// change prints how much it is, an error rate's in percentage points.
func change(m *compare.Change) string {
	switch {
	case m.Base == 0 && !m.Absolute:
		return "-"
	case m.Absolute:
		return signed(m.Change) + " pp"
	}
	return signed(m.Change) + " %"
}

// signed prints hundredths with a sign: one decimal, two below one in a hundred.
func signed(x float64) string {
	s := fmt.Sprintf("%+.1f", 100*x)
	switch {
	case x > -0.01 && x < 0.01:
		s = fmt.Sprintf("%+.2f", 100*x)
	case x > 9.995:
		s = "+" + powers(100*x)
	}
	if s == "+0.00" || s == "-0.00" {
		return "0"
	}
	return s
}

func probability(p float64) string {
	if p < 0.0001 {
		return "<0.0001"
	}
	return fmt.Sprintf("%.4f", p)
}

// reasons tell of the metrics whose verdict does not say it all; of too few rounds a warning tells.
func (j *judging) reasons() (facts []fact) {
	for i := range j.Metrics {
		if m := &j.Metrics[i]; m.Reason != "" && m.Verdict != compare.Unjudged {
			facts = append(facts, fact{label(m), [][]cell{{{text: clean(m.Reason)}}}})
		}
	}
	return facts
}

func (j *judging) side(name string, s *compare.Side) fact {
	rounds := plural(int64(s.Rounds), "round")
	if left := s.Rounds - s.Judged; left > 0 {
		rounds += fmt.Sprintf(", %d not judged by", left)
	}
	files := make([]string, len(s.Files))
	for i, f := range s.Files {
		files[i] = clean(f)
	}
	return fact{name, [][]cell{{{text: clean(s.Method + " " + s.URL)}}, {{text: rounds}, {text: strings.Join(files, " ")}}}}
}
