package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"time"

	"shotput/stats/compare"
)

// A comparison as JUnit has it: a case for each metric, and one for the verdict where it was to be strict. What is
// inconclusive or not judged is skipped: it neither held nor broke. But a strict comparison of which nothing can be said
// fails, as the exit code does. The words stand within <failure> and <skipped> as well as in their attribute, since readers
// differ in which they show.
type compareSuite struct {
	XMLName  xml.Name      `xml:"testsuite"`
	Name     string        `xml:"name,attr"`
	Tests    int           `xml:"tests,attr"`
	Failures int           `xml:"failures,attr"`
	Errors   int           `xml:"errors,attr"`
	Skipped  int           `xml:"skipped,attr"`
	Cases    []compareCase `xml:"testcase"`
}

type compareCase struct {
	Class   string       `xml:"classname,attr"`
	Name    string       `xml:"name,attr"`
	Failure *compareNote `xml:"failure"`
	Skipped *compareNote `xml:"skipped"`
	Output  string       `xml:"system-out,omitempty"`
}

type compareNote struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr,omitempty"`
	Text    string `xml:",chardata"`
}

func comparisonJUnit(w io.Writer, c *compare.Comparison, opt Options) error {
	j := &judging{c, newDesk(nil, opt)}
	s := compareSuite{Name: "shotput compare: " + named(&c.New) + " against " + named(&c.Base), Tests: len(c.Metrics)}
	for i := range c.Metrics {
		m := &c.Metrics[i]
		one, text := compareCase{Class: "shotput.compare", Name: clean(m.Metric)}, j.sentence(m)
		switch m.Verdict {
		case compare.Regression:
			s.Failures++
			one.Failure = &compareNote{Message: text, Type: m.Verdict, Text: text}
		case compare.Inconclusive, compare.Unjudged:
			s.Skipped++
			one.Skipped = &compareNote{Message: m.Verdict + ": " + text, Text: m.Verdict + ": " + text}
		default:
			one.Output = text
		}
		s.Cases = append(s.Cases, one)
	}
	if c.Strict {
		s.Tests++
		s.Cases = append(s.Cases, verdictCase(c))
		if c.Undecided() {
			s.Failures++
		}
	}
	b, err := xml.MarshalIndent(s, "", "  ")
	if err == nil {
		_, err = fmt.Fprintf(w, "%s%s\n", xml.Header, b)
	}
	if err != nil {
		return fmt.Errorf("write comparison: %w", err)
	}
	return nil
}

func verdictCase(c *compare.Comparison) compareCase {
	one := compareCase{Class: "shotput.compare", Name: "verdict", Output: c.Verdict}
	if c.Undecided() {
		text := "nothing can be said: " + c.Verdict
		one.Output, one.Failure = "", &compareNote{Message: text, Type: c.Verdict, Text: text}
	}
	return one
}

// sentence is a row of the table in words.
func (j *judging) sentence(m *compare.Change) string {
	inText := func(value float64) string {
		if m.Unit == "ns" && value > 0 {
			return j.d.latencyInText(time.Duration(value))
		}
		return j.value(m, value)
	}
	s := fmt.Sprintf("%s: %s in base, %s in new, %s", clean(m.Metric), inText(m.Base), inText(m.New), change(m))
	if e := m.Evidence; e != nil {
		s += fmt.Sprintf(" (90 %% range %s to %s, p %s)", signed(e.Low), signed(e.High), probability(e.Holm))
	}
	if m.Reason != "" {
		s += "; " + clean(m.Reason)
	}
	return s
}
