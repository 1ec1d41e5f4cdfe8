package page

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"shotput/report/words"
	"shotput/stats"
)

// OfRounds is the page of several runs of one plan: what they have in common once, and a row for each. It has no table
// of latencies by span and no status codes: what rounds are fired for is how much they differ, and a reader who wants
// one of them in full has it in the saved group.
func OfRounds(rounds []*stats.Run, opt words.Options) Page {
	p := Page{Title: words.Title(&rounds[0].Plan), Verdict: roundsVerdict(rounds), Summary: roundsSummary(rounds)}
	for i, r := range rounds {
		for _, remark := range Remarks(r, opt) {
			p.Remarks = append(p.Remarks, fmt.Sprintf("round %d: %s", i+1, remark))
		}
	}
	p.add(roundsTable(rounds, opt), nil)
	p.add(roundsThresholds(rounds), nil)
	made := append(labelFacts(rounds[0].Labels), Fact{Label: "generator", Lines: [][]Cell{{{Text: engine(rounds[0])}}}})
	p.add(nil, append(made, roundsWarnings(rounds)...))
	p.Last = LastOf(rounds, nil, opt)
	return p
}

// roundsVerdict is kept only when every round is: medians over rounds that cannot be trusted say nothing.
func roundsVerdict(rounds []*stats.Run) Cell {
	kept := stats.KeptRounds(rounds)
	if slices.ContainsFunc(rounds, func(r *stats.Run) bool { return r.Totals.OK == 0 }) {
		return Cell{fmt.Sprintf("%d of %d rounds kept, nothing succeeded in some ✗", kept, len(rounds)), Bad}
	}
	if kept == len(rounds) {
		return Cell{fmt.Sprintf("%d rounds kept ✓", kept), Good}
	}
	return Cell{fmt.Sprintf("%d of %d rounds not kept ✗", len(rounds)-kept, len(rounds)), Bad}
}

// roundsSummary is how many there were of everything, and which latency the table has: it has no room to say so.
func roundsSummary(rounds []*stats.Run) []Cell {
	var sent, failed, bytes int64
	var elapsed time.Duration
	for _, r := range rounds {
		t := &r.Totals
		count, _ := r.Speed()
		sent, failed, elapsed = sent+count, failed+t.Errors(), elapsed+t.Elapsed
		bytes += t.BodyBytesSent
	}
	what := "closed loop: service time"
	if rounds[0].Plan.Open() {
		what = "open loop: response time"
	}
	errors := Cell{Text: words.Plural(failed, "error")}
	if failed > 0 {
		errors.Tone = Bad
	}
	parts := []Cell{{Text: words.Plural(sent, "request") + " in " + words.Duration(elapsed)}, errors, {Text: what}}
	if perSecond := stats.Medians(rounds).BytesPerSecond; perSecond > 0 && slices.ContainsFunc(rounds, hasRate) {
		said := words.Size(float64(bytes)) + " sent, " + words.Size(perSecond) + "/s in the median"
		parts = slices.Insert(parts, 1, Cell{Text: said})
	}
	return parts
}

// roundsTable has the median in a row of its own at the end, of each column alone: there need not be one round that has
// them all.
func roundsTable(rounds []*stats.Run, opt words.Options) *Table {
	u, asked := words.ScaleOf(opt), opt.PercentilesOr(50, 90, 99)
	t := &Table{Ruled: true, Columns: []Column{{Title: u.Title("round"), Left: true}, {Title: "rate", Least: 9}}}
	t.addPercentiles(asked)
	t.Columns = append(t.Columns, Column{Title: "max", Least: figureWidth}, Column{Title: "errors", Least: 8},
		Column{Title: "verdict", Left: true, Grows: true})
	bound := false
	for i, r := range rounds {
		bound = bound || r.Totals.Aborted > 0
		t.Rows = append(t.Rows, roundRow(r, strconv.Itoa(i+1), asked, u))
	}
	m, firm := stats.Medians(rounds), firmRounds(rounds)
	row := []Cell{{Text: "median"}, {Text: rateOf(m.PerSecond, rounds...)}}
	for _, p := range asked {
		row = append(row, median(stats.MedianBounds(rounds, stats.At(p.Quantile())), bound, float64(p) > firm, u))
	}
	row = append(row, median(stats.MedianBounds(rounds, (*stats.Histogram).Max), bound, firm < 100, u))
	t.Rows = append(t.Rows, append(row, Cell{Text: words.Percent(m.ErrorRatio)}, Cell{}))
	return t
}

// roundRow is one round; as in a run's own table, requests still open at its end make lower bounds of percentiles.
func roundRow(r *stats.Run, label string, asked []words.Percentile, u words.Scale) []Cell {
	head, s := r.Headline(), Span{H: r.Latency.Headline(r.Plan.Open()), Open: r.Totals.Aborted}.with(lowOf(&r.Latency))
	errors := Cell{Text: words.Percent(head.ErrorRatio)}
	if head.ErrorRatio > 0 {
		errors.Tone = Bad
	}
	rate := Cell{Text: rateOf(head.PerSecond, r)}
	row := append([]Cell{{Text: label}, rate}, s.percentiles(asked, u)...)
	return append(row, s.greatest(u), errors, verdictWith(r, " to p%v"))
}

// rateOf prints the rate of rounds; rounds of one request have none.
func rateOf(perSecond float64, rounds ...*stats.Run) string {
	if !slices.ContainsFunc(rounds, hasRate) {
		return "-"
	}
	return words.Rate(perSecond)
}

// firmRounds is up to which percentile half of the rounds are firm.
func firmRounds(rounds []*stats.Run) float64 {
	var all []float64
	for _, r := range rounds {
		all = append(all, r.FirmTo())
	}
	return stats.Median(all)
}

// median is a cell of the closing row; medians of lower bounds are lower bounds.
func median(b stats.Bounds, atLeast, atMost bool, u words.Scale) Cell {
	if b.Upper == 0 {
		return Cell{Text: "-"}
	}
	return Cell{Text: sign(atLeast, atMost || !b.Firm()) + u.Latency(b.Upper)}
}

// roundsThresholds says in how many rounds each objective was kept.
func roundsThresholds(rounds []*stats.Run) *Table {
	t := &Table{
		Columns: []Column{{Title: "threshold", Left: true, Grows: true, Code: true}, {Title: "kept in", Least: 17},
			{Least: 12}},
	}
	for i, th := range rounds[0].Thresholds {
		kept, broken := 0, 0
		for _, r := range rounds {
			if i >= len(r.Thresholds) {
				continue
			}
			switch r.Thresholds[i].Judged() {
			case stats.RuleKept:
				kept++
			case stats.RuleBroken:
				broken++
			}
		}
		result := results[stats.RuleKept]
		switch {
		case broken > 0:
			result = results[stats.RuleBroken]
		case kept < len(rounds):
			result = results[stats.RuleNotJudged]
		}
		t.Rows = append(t.Rows,
			[]Cell{{Text: words.Clean(th.Rule)}, {Text: fmt.Sprintf("%d of %d rounds", kept, len(rounds))}, result})
	}
	return t
}

// roundsWarnings has each warning once, as the first round has it, and how many rounds have it: ten rounds of one plan
// mostly earn ten times the same.
func roundsWarnings(rounds []*stats.Run) (facts []Fact) {
	var order []stats.Warning
	seen := map[string]int{}
	for _, r := range rounds {
		for _, w := range r.Warnings {
			if seen[w.Code]++; seen[w.Code] == 1 {
				order = append(order, w)
			}
		}
	}
	for _, w := range order {
		if n := seen[w.Code]; n > 1 {
			w.Text = fmt.Sprintf("in %d rounds: %s", n, w.Text)
		}
		facts = append(facts, note("warning", w))
	}
	return facts
}
