package report

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"

	"shotput/report/page"
	"shotput/report/words"
	"shotput/stats"
	"shotput/stats/compare"
)

// # JUnit
//
// There is no standard, only what its readers have in common: suites, suites' counts, cases, and in a case a failure,
// an error or that it was skipped. Some show only the attribute of a failure and some only its text, so both say it.

type junitSuites struct {
	XMLName xml.Name     `xml:"testsuites"`
	Name    string       `xml:"name,attr"`
	Suites  []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	XMLName    xml.Name         `xml:"testsuite"`
	Name       string           `xml:"name,attr"`
	Tests      int              `xml:"tests,attr"`
	Failures   int              `xml:"failures,attr"`
	Errors     int              `xml:"errors,attr"`
	Skipped    int              `xml:"skipped,attr"`
	Time       string           `xml:"time,attr,omitempty"` // seconds
	Stamp      string           `xml:"timestamp,attr,omitempty"`
	Properties *junitProperties `xml:"properties"`
	Cases      []junitCase      `xml:"testcase"`
}

// junitProperties are what ended a run, and its labels; nil where there is neither.
type junitProperties struct {
	All []junitProperty `xml:"property"`
}

type junitProperty struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type junitCase struct {
	Class   string     `xml:"classname,attr"`
	Name    string     `xml:"name,attr"`
	Time    string     `xml:"time,attr,omitempty"` // seconds
	Failure *junitNote `xml:"failure"`
	Error   *junitNote `xml:"error"`
	Skipped *junitNote `xml:"skipped"`
	Out     *junitText `xml:"system-out"`
}

// A junitNote says why a case is not simply one that passed. Its attributes stand as they are given: what people grep
// for in these documents are lines, not XML.
type junitNote struct {
	Attributes []xml.Attr `xml:",any,attr"`
	junitText
}

// A junitText has its text in either form. Of several lines only CDATA is readable: elsewhere each end of a line
// becomes a reference.
type junitText struct {
	Line  string `xml:",chardata"`
	Lines string `xml:",cdata"`
}

func attribute(name, value string) xml.Attr {
	return xml.Attr{Name: xml.Name{Local: name}, Value: value}
}

// reason is a note whose text says more than its message.
func reason(kind, message, lines string) *junitNote {
	return &junitNote{[]xml.Attr{attribute("type", kind), attribute("message", message)}, junitText{Lines: lines}}
}

// remark is a note of one sentence; some kinds have no name.
func remark(kind, line string) *junitNote {
	n := &junitNote{[]xml.Attr{attribute("message", line)}, junitText{Line: line}}
	if kind != "" {
		n.Attributes = append(n.Attributes, attribute("type", kind))
	}
	return n
}

// add counts the case as what it is.
func (s *junitSuite) add(c junitCase) {
	s.Cases = append(s.Cases, c)
	s.Tests++
	switch {
	case c.Failure != nil:
		s.Failures++
	case c.Error != nil:
		s.Errors++
	case c.Skipped != nil:
		s.Skipped++
	}
}

// printJUnit writes suites, or one.
func printJUnit(w io.Writer, document any) error {
	b, err := xml.MarshalIndent(document, "", "  ")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%s%s\n", xml.Header, b)
	return err
}

// JUnit writes each run and its thresholds as the cases of a test suite.
//
// The run itself is the first case, the verdict that a strict plan asks for and each threshold are others. They fail
// where the exit code says so: the run where nothing succeeded, with an error where it is not whole; the verdict where
// it is not kept; a threshold where it is broken. Of any other plan the verdict fails nothing, and stands with the
// report in the first case's output.
func JUnit(w io.Writer, runs []*stats.Run, opt Options) error {
	all := junitSuites{Name: "shotput"}
	for i, r := range runs {
		suite, err := runSuite(r, opt)
		if err != nil {
			return err
		}
		if len(runs) > 1 {
			suite.Name = fmt.Sprintf("%s, round %d", suite.Name, i+1)
		}
		all.Suites = append(all.Suites, suite)
	}
	return printJUnit(w, all)
}

func runSuite(r *stats.Run, opt Options) (junitSuite, error) {
	first, err := runCase(r, opt)
	if err != nil {
		return junitSuite{}, err
	}
	suite := junitSuite{Name: first.Class, Time: first.Time, Stamp: r.Started.UTC().Format("2006-01-02T15:04:05")}
	ended := endOf(r)
	if len(r.Labels) > 0 || ended != "" {
		suite.Properties = &junitProperties{}
	}
	if ended != "" {
		suite.Properties.All = append(suite.Properties.All, junitProperty{"ended", ended})
	}
	for _, name := range r.Labels.Names() {
		label := junitProperty{words.Clean(name), words.Clean(r.Labels[name])}
		suite.Properties.All = append(suite.Properties.All, label)
	}
	suite.add(first)
	if r.Plan.Strict {
		suite.add(verdictCase(r, opt))
	}
	for _, th := range r.Thresholds {
		suite.add(thresholdCase(th, first.Class, words.ScaleOf(opt)))
	}
	return suite, nil
}

// runCase is the run itself, with the whole report as its output.
func runCase(r *stats.Run, opt Options) (junitCase, error) {
	var text bytes.Buffer
	opt.Color = false
	if err := Text(&text, r, opt); err != nil {
		return junitCase{}, err
	}
	c := junitCase{Class: words.Clean(words.Title(&r.Plan)), Name: "run", Time: words.In(time.Second, r.Totals.Elapsed),
		Out: &junitText{Lines: "\n" + text.String()}}
	switch all := page.Remarks(r, opt); {
	case r.Verdict.InDoubt():
		c.Error = reason(words.Clean(r.Verdict.Status), page.InPlainWords(r), strings.Join(all, "\n"))
	case r.Hopeless():
		said := words.Clean(r.Stop.String())
		c.Failure = reason("same-failure", said, said+causes(r))
	case r.Stop.CutShort():
		c.Error = reason("interrupted", "the run was cut short: "+words.Clean(r.Stop.String()), all[len(all)-1])
	case r.Totals.OK == 0:
		said := fmt.Sprintf("nothing succeeded: 0 of %s were OK", words.Plural(r.Totals.Sent, "request"))
		c.Failure = reason("nothing-succeeded", said, said+causes(r))
	}
	return c, nil
}

// causes are the most frequent ways in which requests failed, a line each.
func causes(r *stats.Run) (lines string) {
	for _, f := range r.Outcomes[:min(5, len(r.Outcomes))] {
		what := fmt.Sprintf("%v %v %s", f.Outcome, f.Stage, strings.TrimSpace(f.Example+" "+f.Answer))
		lines += fmt.Sprintf("\n%s × %s", words.Count(f.Count), words.Clean(what))
	}
	return lines
}

func verdictCase(r *stats.Run, opt Options) junitCase {
	c := junitCase{Class: words.Clean(words.Title(&r.Plan)), Name: "verdict", Time: "0"}
	if r.Untrusted() {
		status := words.Clean(r.Verdict.Status)
		said := "the verdict is " + status + ", and the plan asks for kept"
		c.Failure = reason(status, said, said+"\n"+strings.Join(page.Remarks(r, opt), "\n"))
	}
	return c
}

func thresholdCase(th stats.Threshold, class string, s words.Scale) junitCase {
	c := junitCase{Class: class, Name: words.Clean(th.Rule), Time: "0"}
	switch th.Judged() {
	case stats.RuleNotJudged:
		c.Skipped = remark("", "not judged: "+page.HowBroken(th, s))
	case stats.RuleBroken:
		measured := page.HowBroken(th, s)
		c.Failure = reason("threshold", measured, fmt.Sprintf("%s is broken: %s", words.Clean(th.Rule), measured))
	}
	return c
}

// compareClass is the class of every case of a comparison.
const compareClass = "shotput.compare"

// comparisonJUnit has a case for each metric, and one for the verdict where it was to be strict. What is inconclusive
// or not judged is skipped: it neither held nor broke. But a strict comparison of which nothing can be said fails, as
// the exit code does.
func comparisonJUnit(w io.Writer, c *compare.Comparison, opt Options) error {
	suite := junitSuite{Name: "shotput compare: " + page.ComparisonTitle(c)}
	for i := range c.Metrics {
		suite.add(metricCase(&c.Metrics[i], words.ScaleOf(opt)))
	}
	if c.Strict {
		suite.add(strictCase(c))
	}
	if err := printJUnit(w, suite); err != nil {
		return fmt.Errorf("write comparison: %w", err)
	}
	return nil
}

func metricCase(m *compare.Change, s words.Scale) junitCase {
	c, text := junitCase{Class: compareClass, Name: words.Clean(m.Metric)}, page.Sentence(m, s)
	switch m.Verdict {
	case compare.Regression:
		c.Failure = remark(m.Verdict, text)
	case compare.Inconclusive, compare.Unjudged:
		text = m.Verdict + ": " + text
		c.Skipped = remark("", text)
	default:
		c.Out = &junitText{Line: text}
	}
	return c
}

func strictCase(c *compare.Comparison) junitCase {
	if !c.Undecided() {
		return junitCase{Class: compareClass, Name: "verdict", Out: &junitText{Line: c.Verdict}}
	}
	text := "nothing can be said: " + c.Verdict
	return junitCase{Class: compareClass, Name: "verdict", Failure: remark(c.Verdict, text)}
}
