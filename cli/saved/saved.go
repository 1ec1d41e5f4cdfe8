// Package saved knows the documents of this program that are no runs: searches, curves, trends, comparisons and
// verifications. It recognises one by its schema, and says how it is shown again and what it came to. It refuses to
// judge anew, and knows no exit code.
package saved

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"shotput/report"
	"shotput/stats/compare"
	"shotput/stats/curve"
	"shotput/stats/search"
	"shotput/stats/trend"
	"shotput/verify"
)

// A Document is one that was read.
type Document struct {
	What    string   // it holds
	Formats []string // in which it can be shown
	Write   func(w io.Writer, format string, opt report.Options) error
	Failed  bool   // it found what somebody wanted to know of, such as a regression
	Open    string // why nothing can be said, where it is no failure; else ""
}

// NothingSaid names the verdict of a comparison that found nothing, as its report does.
func NothingSaid(c *compare.Comparison) string {
	if c.Verdict == compare.Unjudged {
		return "nothing can be said: not judged"
	}
	return "nothing can be said: " + c.Verdict
}

// forms are the kinds of documents, by schema and, of trials, kind.
var forms = map[[2]string]func(io.Reader) (*Document, error){
	{search.Schema, search.SavedKind}: ofSearch,
	{curve.Schema, curve.Kind}:        ofCurve,
	{trend.Schema, trend.Kind}:        ofTrend,
	{compare.Schema, ""}:              ofComparison,
	{verify.Schema, ""}:               ofVerification,
}

// Read reads a document. It is nil for anything else, as a run is.
func Read(text []byte) (*Document, error) {
	var look struct{ Schema, Kind string }
	if json.Unmarshal(text, &look) != nil {
		return nil, nil
	}
	if read := forms[[2]string{look.Schema, look.Kind}]; read != nil {
		return read(bytes.NewReader(text))
	}
	if look.Schema == search.Schema {
		return nil, fmt.Errorf("its kind is %q, which this version does not know", look.Kind)
	}
	return nil, nil
}

func ofSearch(r io.Reader) (*Document, error) {
	s, err := search.Decode(r)
	if err != nil {
		return nil, err
	}
	d := &Document{What: "trials", Formats: report.SearchFormats}
	d.Write = func(w io.Writer, format string, opt report.Options) error {
		return report.WriteSearch(w, format, s, opt)
	}
	if end := search.SoFar(s.Goal, s.Trials); !end.Found() && end.Irregular != search.Unfinished {
		d.Open = "irregular: " + report.Irregular(s)
	}
	return d, nil
}

func ofCurve(r io.Reader) (*Document, error) {
	runs, command, err := curve.Decode(r)
	write := func(w io.Writer, format string, opt report.Options) error {
		return report.WriteCurve(w, format, runs, command, opt)
	}
	return &Document{What: "trials", Formats: report.CurveFormats, Write: write}, err
}

// ofTrend is no judgement: a history is no gate, unless it is asked to be.
func ofTrend(r io.Reader) (*Document, error) {
	t, err := trend.Decode(r)
	write := func(w io.Writer, format string, opt report.Options) error {
		return report.WriteTrend(w, format, t, opt)
	}
	return &Document{What: "a trend", Formats: report.TrendFormats, Write: write}, err
}

func ofComparison(r io.Reader) (*Document, error) {
	c, err := compare.Decode(r)
	if err != nil {
		return nil, err
	}
	d := &Document{What: "a comparison", Formats: report.CompareFormats, Failed: c.Verdict == compare.Regression}
	d.Write = func(w io.Writer, format string, opt report.Options) error {
		return report.WriteComparison(w, format, c, opt)
	}
	if !d.Failed && c.Verdict != compare.Pass {
		d.Open = NothingSaid(c)
	}
	return d, nil
}

func ofVerification(r io.Reader) (*Document, error) {
	v, err := verify.Decode(r)
	if err != nil {
		return nil, err
	}
	d := &Document{What: "a verification", Formats: report.VerifyFormats, Failed: v.Outcome() == verify.Failed}
	d.Write = func(w io.Writer, format string, opt report.Options) error {
		return report.WriteVerification(w, v, report.VerifyOptions{Options: opt, Format: format})
	}
	if v.Outcome() == verify.NotJudged {
		d.Open = "not judged: " + v.Unjudged()
	}
	return d, nil
}
