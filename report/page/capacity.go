package page

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"shotput/report/words"
	"shotput/stats"
	"shotput/stats/search"
)

// OfSearch is the page of a search for the highest load, over or not: what it came to, and each trial with the reason
// why it passed or failed.
func OfSearch(s *search.Search, opt words.Options) Page {
	end := search.SoFar(s.Goal, s.Trials)
	p := Page{Title: searchTitle(s), Verdict: capacityVerdict(s, &end), Summary: searchSummary(s)}
	p.add(trialsTable(s, words.ScaleOf(opt)), nil)
	p.add(nil, capacityFacts(s, &end))
	p.Last = lastOfSearch(s, &end)
	return p
}

func searchTitle(s *search.Search) string {
	for i := range s.Trials {
		if r := s.Trials[i].Run; r != nil {
			return words.Title(&r.Plan)
		}
	}
	return "capacity"
}

// Load prints a load of a search or of a curve: a rate, bytes a second, or how many are in flight.
func Load(by string, load float64) string {
	switch search.By(by) {
	case search.Concurrency:
		return words.Count(int64(load)) + " in flight"
	case search.ByteRate:
		return words.Size(load) + "/s"
	}
	if load >= 100 && load < 10_000 { // a bound of a search may differ from the next in its fifth digit
		return strconv.FormatFloat(math.Round(10*load)/10, 'f', -1, 64) + "/s"
	}
	return words.Rate(load)
}

func loadIn(s *search.Search, load float64) string { return Load(string(s.Goal.By), load) }

func capacityVerdict(s *search.Search, end *search.Capacity) Cell {
	switch {
	case end.Found():
		return Cell{"holds " + loadIn(s, end.Lo) + " ✓", Good}
	case end.Irregular == search.Unfinished:
		return Cell{"not finished", Warn}
	}
	return Cell{"irregular", Warn}
}

func searchSummary(s *search.Search) []Cell {
	var took time.Duration
	for i := range s.Trials {
		took += s.Trials[i].Took
	}
	g := s.Goal.WithDefaults()
	parts := []Cell{{Text: words.Plural(int64(len(s.Trials)), "trial") + " in " + words.Duration(took)},
		{Text: "each measures " + words.Duration(g.Trial)}, {Text: "within " + words.Percent(g.Precision)}}
	if g.By == search.Concurrency {
		return append(parts, Cell{Text: "closed loop: service time"})
	}
	return append(parts, Cell{Text: g.Arrivals + " arrivals: response time"})
}

// trialResults are the words for what came of a trial.
var trialResults = map[search.Result]Cell{
	search.Pass: {"pass ✓", Good}, search.Fail: {"fail ✗", Bad}, search.NotJudged: {"not judged", Warn},
	search.ClientLimited: {"client limited", Warn}, search.PoolLimited: {"pool limited", Warn},
	search.CutShort: {"cut short", Warn},
}

func trialsTable(s *search.Search, u words.Scale) *Table {
	t := &Table{Ruled: true, Prose: true, Columns: []Column{
		{Title: u.Title("trial"), Left: true}, {Title: "load", Least: 13},
		{Title: "p99", Least: figureWidth}, {Title: "errors", Least: 9},
		{Title: "result", Left: true, Least: 16}, {Title: "reason", Left: true, Grows: true}}}
	for i := range s.Trials {
		t.Rows = append(t.Rows, trialRow(s, i, u))
	}
	return t
}

func trialRow(s *search.Search, i int, u words.Scale) []Cell {
	one := &s.Trials[i]
	label := strconv.Itoa(i + 1)
	switch one.Kind {
	case search.Probe:
		label += " probe"
	case search.Confirm:
		label += " ×3"
	}
	row := []Cell{{Text: label}, {Text: loadIn(s, one.Load)}}
	if one.Kind == search.Probe && s.Goal.By == search.Rate {
		row[1].Text = words.Rate(one.Load) // it was reached, not asked for
	}
	if one.Run == nil {
		row = append(row, Cell{Text: "-"}, Cell{Text: "-"})
	} else {
		row = append(row, headlineCells(one.Run, u)...)
	}
	result := trialResults[one.Result]
	if one.Kind == search.Probe && one.Result == search.Pass {
		result = Cell{Text: "reached"}
	}
	return append(row, result, Cell{Text: words.Clean(one.Reason)})
}

// headlineCells are the p99 and the error rate of a run.
func headlineCells(r *stats.Run, u words.Scale) []Cell {
	errors := Cell{Text: words.Percent(r.Totals.ErrorRatio())}
	switch {
	case r.Totals.Sent == 0: // it ended in its warm-up
		errors.Text = "-"
	case r.Totals.Errors() > 0:
		errors.Tone = Bad
	}
	p99 := stats.MedianBounds([]*stats.Run{r}, stats.At(.99))
	return []Cell{median(p99, r.Totals.Aborted > 0, r.FirmTo() < 99, u), errors}
}

// TrialSentence is a trial in a line, for whoever shows them as they end.
func TrialSentence(s *search.Search, i int, opt words.Options) string {
	row := trialRow(s, i, words.ScaleOf(opt))
	text := fmt.Sprintf("%-8s %12s  %-14s p99 %s, errors %s", row[0].Text, row[1].Text, row[4].Text, row[2].Text,
		row[3].Text)
	if reason := row[5].Text; reason != "" {
		text += "; " + reason
	}
	return text
}

func capacityFacts(s *search.Search, end *search.Capacity) (facts []Fact) {
	say := func(label, text string) {
		facts = append(facts, Fact{Label: label, Lines: [][]Cell{{{Text: text}}}})
	}
	say("capacity", bounds(s, end))
	if why := whyAt(s, cmp.Or(end.At, end.Hi)); why != "" {
		say("because", why)
	}
	if end.Found() {
		say("plan with", fmt.Sprintf("%s: %s below, for a failed server or a busy hour", loadIn(s, end.PlanWith),
			words.Percent(end.Headroom)))
	}
	var rules []string
	for _, rule := range s.Goal.Thresholds {
		rules = append(rules, words.Clean(rule.String()))
	}
	if len(rules) > 0 {
		say("thresholds", strings.Join(rules, ", "))
	}
	if len(end.Conflicts) > 0 {
		var loads []string
		for _, load := range end.Conflicts {
			loads = append(loads, loadIn(s, load))
		}
		say("conflicts", "passed above a load that failed: "+strings.Join(loads, ", "))
	}
	return append(facts, again(s.Command)...)
}

// whyAt is the reason of the last trial at a load that has one.
func whyAt(s *search.Search, load float64) string {
	for i := range slices.Backward(s.Trials) {
		if t := &s.Trials[i]; t.Load == load && t.Reason != "" {
			return "at " + loadIn(s, load) + ": " + words.Clean(t.Reason)
		}
	}
	return ""
}

// again is the command line that makes the same once more; none where nobody said, or where it cannot be shown.
func again(command string) []Fact {
	if command == "" || !words.IsPlain(command) {
		return nil
	}
	return []Fact{{Label: "again", Command: command, Lines: [][]Cell{{{Text: "the same once more, by"}}}}}
}

// bounds says what is known, as far as it is.
func bounds(s *search.Search, end *search.Capacity) string {
	switch {
	case end.Lo > 0 && end.Hi > 0:
		return fmt.Sprintf("%s passes, %s fails", loadIn(s, end.Lo), loadIn(s, end.Hi))
	case end.Lo > 0:
		return loadIn(s, end.Lo) + " passes; nothing above it was found to fail"
	case end.Hi > 0:
		return loadIn(s, end.Hi) + " fails; nothing below it was found to pass"
	}
	return "no load was found to pass or to fail"
}

func lastOfSearch(s *search.Search, end *search.Capacity) Cell {
	switch {
	case end.Found():
		return Cell{fmt.Sprintf("FOUND: %s passes and %s fails; plan with %s", loadIn(s, end.Lo), loadIn(s, end.Hi),
			loadIn(s, end.PlanWith)), Good}
	case end.Irregular == search.Unfinished:
		return Cell{"NOT FINISHED: " + bounds(s, end), Warn}
	}
	return Cell{"IRREGULAR: " + Irregular(s, end) + " · exit 3", Warn}
}

// Irregular says why a search that is over has no number for an answer.
func Irregular(s *search.Search, end *search.Capacity) string {
	at := loadIn(s, end.At)
	switch end.Irregular {
	case search.MaxReached:
		return "the greatest load that may be tried, " + at + ", passes"
	case search.MinFails:
		return "the least load that may be tried, " + at + ", fails"
	case search.TrialsSpent:
		return fmt.Sprintf("after %s the bounds are still too far apart", words.Plural(int64(end.Trials), "trial"))
	case search.TimeSpent:
		return "the time for all trials is over, and the bounds are still too far apart"
	case search.BlindClient:
		return "at " + at + " this machine was the limit, whenever it was tried"
	case search.BlindPool:
		return "at " + at + " the most requests that may be in flight are too few"
	case search.BlindTool:
		return "at " + at + " nothing could be judged, whenever it was tried"
	}
	return strings.ReplaceAll(words.Clean(string(end.Irregular)), "_", " ")
}
