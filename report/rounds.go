package report

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"shotput/stats"
)

// WriteRounds prints the rounds of one plan in the named format; see Formats. As text and Markdown they are one
// table, a row for each round and a closing row of medians; as JSON they are a saved group; a page lays them over
// each other, and JUnit has a suite for each. Those that hold one run refuse; every other has one after another.
func WriteRounds(w io.Writer, format string, rounds []*stats.Run, opt Options) error {
	if err := opt.Validate(); err != nil {
		return err
	}
	switch {
	case len(rounds) == 1:
		return Write(w, format, rounds[0], opt)
	case format == "json":
		return stats.EncodeGroup(w, rounds)
	case format == "text":
		p := roundsPage(rounds, opt)
		return p.text(w, opt)
	case format == "md":
		p := roundsPage(rounds, opt)
		return p.markdown(w, opt)
	case format == "html":
		return HTML(w, namedRounds(rounds), opt)
	case format == "junit":
		return JUnit(w, rounds, opt)
	case !HoldsRounds(format):
		return fmt.Errorf("write report: %s holds one run, and there are %d", format, len(rounds))
	}
	for _, r := range rounds {
		if err := Write(w, format, r, opt); err != nil {
			return err
		}
	}
	return nil
}

// HoldsRounds says whether a document of the format may have several runs in it.
func HoldsRounds(format string) bool {
	return !slices.Contains([]string{"csv", "hgrm", "hlog"}, format)
}

func namedRounds(rounds []*stats.Run) (all []Named) {
	for i, r := range rounds {
		all = append(all, Named{Name: fmt.Sprintf("round %d", i+1), Run: r})
	}
	return all
}

func roundsPage(rounds []*stats.Run, opt Options) page {
	first := newDesk(rounds[0], opt)
	p := page{title: title(&first.Plan), verdict: roundsVerdict(rounds),
		summary: roundsSummary(rounds)}
	for i, r := range rounds {
		for _, remark := range newDesk(r, opt).remarks() {
			p.remarks = append(p.remarks, fmt.Sprintf("round %d: %s", i+1, remark))
		}
	}
	p.add(roundsTable(rounds, opt), nil)
	p.add(brokenThresholds(rounds), nil)
	p.add(nil, append([]fact{{"generator", [][]cell{{{text: first.engine()}}}}}, roundsWarnings(rounds)...))
	return p
}

func roundsVerdict(rounds []*stats.Run) cell {
	kept := stats.KeptRounds(rounds)
	if kept == len(rounds) {
		return cell{fmt.Sprintf("%d rounds kept ✓", kept), good}
	}
	return cell{fmt.Sprintf("%d of %d rounds not kept ✗", len(rounds)-kept, len(rounds)), bad}
}

// roundsSummary is how many there were of everything.
func roundsSummary(rounds []*stats.Run) []cell {
	var sent, failed int64
	var elapsed time.Duration
	for _, r := range rounds {
		t := &r.Totals
		sent, failed, elapsed = sent+t.Sent, failed+t.Errors(), elapsed+t.Elapsed
	}
	what := "closed loop: service time"
	if rounds[0].Plan.Open() {
		what = "open loop: response time"
	}
	errors := cell{text: plural(failed, "error")}
	if failed > 0 {
		errors.tone = bad
	}
	return []cell{{text: plural(sent, "request") + " in " + stats.FormatDuration(elapsed)}, errors, {text: what}}
}

func roundsTable(rounds []*stats.Run, opt Options) *table {
	d := newDesk(rounds[0], opt)
	t := &table{ruled: true, columns: []column{{title: d.titled("round"), left: true}, {title: "rate", least: 9}}}
	for _, title := range []string{"p50", "p90", "p99", "max"} {
		t.columns = append(t.columns, column{title: title, least: 9})
	}
	t.columns = append(t.columns, column{title: "errors", least: 8}, column{title: "verdict", left: true, grows: true})
	bound := false
	for i, r := range rounds {
		d := newDesk(r, opt)
		bound = bound || r.Totals.Aborted > 0
		t.rows = append(t.rows, d.roundRow(strconv.Itoa(i+1)))
	}
	m := stats.Medians(rounds)
	row := []cell{{text: "median"}, {text: rate(m.AchievedPerSecond)}}
	for _, value := range []time.Duration{m.P50, m.P90, m.P99, m.Max} {
		row = append(row, d.median(value, bound))
	}
	t.rows = append(t.rows, append(row, cell{text: percent(m.ErrorRatio)}, cell{}))
	return t
}

// roundRow is one round; as in a run's own table, requests still open at its end make lower bounds of percentiles.
func (d *desk) roundRow(label string) []cell {
	head, s := d.Headline(), span{h: d.Latency.Headline(d.Plan.Open()), open: d.Totals.Aborted}
	errors := cell{text: percent(head.ErrorRatio)}
	if head.ErrorRatio > 0 {
		errors.tone = bad
	}
	return []cell{{text: label}, {text: rate(head.AchievedPerSecond)}, d.quantile(s, .5), d.quantile(s, .9),
		d.quantile(s, .99), d.bounded(s, head.Max, s.open > 0), errors, d.verdict()}
}

// median is a cell of the closing row; medians of lower bounds are lower bounds.
func (d *desk) median(value time.Duration, bound bool) cell {
	switch {
	case value == 0:
		return cell{text: "-"}
	case bound:
		return cell{text: "≥ " + d.latency(value)}
	}
	return cell{text: d.latency(value)}
}

// brokenThresholds says in how many rounds each objective was kept.
func brokenThresholds(rounds []*stats.Run) *table {
	t := &table{columns: []column{{title: "threshold", left: true, grows: true, code: true}, {title: "kept in", least: 17},
		{least: 12}}}
	for i, th := range rounds[0].Thresholds {
		kept := 0
		for _, r := range rounds {
			if i < len(r.Thresholds) && r.Thresholds[i].OK {
				kept++
			}
		}
		result := cell{"kept ✓", good}
		if kept < len(rounds) {
			result = cell{"broken ✗", bad}
		}
		t.rows = append(t.rows, []cell{{text: clean(th.Rule)}, {text: fmt.Sprintf("%d of %d rounds", kept, len(rounds))}, result})
	}
	return t
}

// roundsWarnings has each warning once, as the first round has it, and how many rounds have it.
func roundsWarnings(rounds []*stats.Run) (facts []fact) {
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
		facts = append(facts, noted("warning", w))
	}
	return facts
}
