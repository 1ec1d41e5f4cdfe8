package report

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"time"

	"shotput/report/page"
	"shotput/report/words"
	"shotput/stats"
	"shotput/stats/search"
)

// searchClass is the class of every case of a search.
const searchClass = "shotput.capacity"

// searchJUnit has a case for the answer, with the whole report as its output, and one for each threshold. A search
// without an answer is an error, and one that is not over is skipped; so are thresholds of which no load is known that
// keeps them.
func searchJUnit(w io.Writer, s *search.Search, opt Options) error {
	if err := opt.Validate(); err != nil {
		return err
	}
	end, p := search.SoFar(s.Goal, s.Trials), page.OfSearch(s, opt)
	suite := junitSuite{Name: "shotput capacity: " + p.Title}
	answer := junitCase{Class: searchClass, Name: "capacity"}
	switch {
	case end.Found():
	case end.Irregular == search.Unfinished:
		answer.Skipped = remark("", p.Last.Text)
	default:
		answer.Error = reason(words.Clean(string(end.Irregular)), "irregular: "+page.Irregular(s, &end), p.Last.Text)
	}
	var text bytes.Buffer
	opt.Color = false
	if err := printText(&text, &p, opt); err != nil {
		return err
	}
	answer.Out = &junitText{Lines: "\n" + text.String()}
	var took time.Duration
	for i := range s.Trials {
		took += s.Trials[i].Took
	}
	answer.Time, suite.Time = words.In(time.Second, took), words.In(time.Second, took)
	suite.add(answer)
	for _, c := range promiseCases(s, &end, words.ScaleOf(opt)) {
		suite.add(c)
	}
	if err := printJUnit(w, suite); err != nil {
		return fmt.Errorf("write search: %w", err)
	}
	return nil
}

// promiseCases are a case for each threshold, in the order of the runs.
func promiseCases(s *search.Search, end *search.Capacity, u words.Scale) (cases []junitCase) {
	kept, failed := runAt(s, search.Pass, end.Lo), runAt(s, search.Fail, end.Hi)
	any := kept
	if any == nil {
		any = failed
	}
	if any == nil {
		return nil
	}
	for _, th := range any.Thresholds {
		c := junitCase{Class: searchClass, Name: words.Clean(th.Rule), Time: "0"}
		said := saysAt(s, end.Lo, kept, th.Rule, u) + saysAt(s, end.Hi, failed, th.Rule, u)
		if kept == nil {
			c.Skipped = remark("", "no load was found that keeps it"+said)
		} else {
			c.Out = &junitText{Line: "holds" + said}
		}
		cases = append(cases, c)
	}
	return cases
}

// runAt is the run of the last trial at a load with a result; nil where there is none.
func runAt(s *search.Search, result search.Result, load float64) *stats.Run {
	for i := range slices.Backward(s.Trials) {
		if t := &s.Trials[i]; t.Run != nil && t.Result == result && t.Load == load && t.Kind != search.Probe {
			return t.Run
		}
	}
	return nil
}

// saysAt says what became of a rule at a load.
func saysAt(s *search.Search, load float64, r *stats.Run, rule string, u words.Scale) string {
	if r == nil {
		return ""
	}
	for _, th := range r.Thresholds {
		if th.Rule == rule {
			return fmt.Sprintf("; at %s %s, %s", Load(string(s.Goal.By), load), ruleWords[th.Judged()],
				page.HowBroken(th, u))
		}
	}
	return ""
}

var ruleWords = map[stats.Result]string{stats.RuleKept: "kept", stats.RuleBroken: "broken",
	stats.RuleNotJudged: "not judged"}
