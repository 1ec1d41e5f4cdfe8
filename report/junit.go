package report

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"

	"shotput/stats"
)

// # JUnit
//
// There is no standard, only what its readers have in common: suites, suites' counts, cases, and in a case a failure or
// an error. Some show only the attribute of a failure and some only its text, so both say it.
//
// The run itself is the first case, the verdict that a strict plan asks for and each threshold are others. They fail where
// the exit code says so: the run where nothing succeeded, with an error where it was cut short; the verdict where it is
// not kept; a threshold where it is broken. Of any other plan the verdict fails nothing, and stands with the report in the
// first case's output.

type junitSuites struct {
	XMLName xml.Name     `xml:"testsuites"`
	Name    string       `xml:"name,attr"`
	Suites  []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Errors   int         `xml:"errors,attr"`
	Skipped  int         `xml:"skipped,attr"`
	Time     string      `xml:"time,attr"` // seconds
	Stamp    string      `xml:"timestamp,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Class   string       `xml:"classname,attr"`
	Name    string       `xml:"name,attr"`
	Time    string       `xml:"time,attr"` // seconds
	Failure *junitReason `xml:"failure"`
	Error   *junitReason `xml:"error"`
	Out     *junitText   `xml:"system-out"`
}

type junitReason struct {
	Type    string `xml:"type,attr"`
	Message string `xml:"message,attr"`
	Text    string `xml:",cdata"`
}

type junitText struct {
	Text string `xml:",cdata"`
}

// JUnit writes each run and its thresholds as the cases of a test suite.
func JUnit(w io.Writer, runs []*stats.Run, opt Options) error {
	all := junitSuites{Name: "shotput"}
	for i, r := range runs {
		suite, err := junitOf(r, opt)
		if err != nil {
			return err
		}
		if len(runs) > 1 {
			suite.Name = fmt.Sprintf("%s, round %d", suite.Name, i+1)
		}
		all.Suites = append(all.Suites, suite)
	}
	b, err := xml.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%s%s\n", xml.Header, b)
	return err
}

func junitOf(r *stats.Run, opt Options) (junitSuite, error) {
	first, err := runCase(r, opt)
	if err != nil {
		return junitSuite{}, err
	}
	d := newDesk(r, opt)
	suite := junitSuite{Name: first.Class, Time: first.Time, Stamp: r.Started.UTC().Format("2006-01-02T15:04:05"), Cases: []junitCase{first}}
	if r.Plan.Strict {
		suite.Cases = append(suite.Cases, d.verdictCase())
	}
	for _, th := range r.Thresholds {
		suite.Cases = append(suite.Cases, d.thresholdCase(th))
	}
	for _, c := range suite.Cases {
		suite.Tests++
		if c.Failure != nil {
			suite.Failures++
		}
		if c.Error != nil {
			suite.Errors++
		}
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
	c := junitCase{Class: clean(title(&r.Plan)), Name: "run", Time: in(time.Second, r.Totals.Elapsed), Out: &junitText{"\n" + text.String()}}
	d := newDesk(r, opt)
	switch {
	case r.Stop.CutShort():
		c.Error = &junitReason{"interrupted", "the run was cut short: " + clean(r.Stop.String()), d.remarks()[len(d.remarks())-1]}
	case r.Totals.OK == 0:
		said := fmt.Sprintf("nothing succeeded: 0 of %s were OK", plural(r.Totals.Sent, "request"))
		c.Failure = &junitReason{"nothing-succeeded", said, said + d.causes()}
	}
	return c, nil
}

// causes are the most frequent ways in which requests failed, a line each.
func (d *desk) causes() (lines string) {
	for _, f := range d.Outcomes[:min(5, len(d.Outcomes))] {
		lines += fmt.Sprintf("\n%s × %s", count(f.Count), clean(fmt.Sprintf("%v %v %s", f.Outcome, f.Stage, f.Example)))
	}
	return lines
}

func (d *desk) verdictCase() junitCase {
	c := junitCase{Class: clean(title(&d.Plan)), Name: "verdict", Time: "0"}
	if d.Untrusted() {
		status := clean(d.Verdict.Status)
		said := "the verdict is " + status + ", and the plan asks for kept"
		c.Failure = &junitReason{status, said, said + "\n" + strings.Join(d.remarks(), "\n")}
	}
	return c
}

func (d *desk) thresholdCase(th stats.Threshold) junitCase {
	c := junitCase{Class: clean(title(&d.Plan)), Name: clean(th.Rule), Time: "0"}
	if !th.OK {
		measured := d.broken(th)
		c.Failure = &junitReason{"threshold", measured, fmt.Sprintf("%s is broken: %s", clean(th.Rule), measured)}
	}
	return c
}
