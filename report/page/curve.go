package page

import (
	"fmt"

	"shotput/report/words"
	"shotput/stats"
	"shotput/stats/curve"
)

// OfCurve is the page of a curve: a row for each load, the knee, and of concurrencies the law that they follow.
func OfCurve(c *curve.Curve, command string, opt words.Options) Page {
	p := Page{Title: words.Clean(c.Method + " " + c.URL), Verdict: kneeCell(c), Summary: curveSummary(c)}
	p.add(curveTable(c, words.ScaleOf(opt)), nil)
	facts := []Fact{{Label: "knee", Lines: [][]Cell{{{Text: kneeText(c)}}}}}
	if c.Law != nil {
		facts = append(facts, lawFact(c.Law))
	}
	p.add(nil, append(facts, again(command)...))
	p.add(nil, warnings(c.Warnings))
	switch p.Last = (Cell{Text: "KNEE: " + kneeText(c)}); c.Knee.Verdict {
	case curve.None:
		p.Last.Text = "NO KNEE: " + kneeText(c)
	case curve.Unjudged:
		p.Last = Cell{"NO KNEE WAS JUDGED: " + kneeText(c), Warn}
	}
	return p
}

func kneeCell(c *curve.Curve) Cell {
	switch c.Knee.Verdict {
	case curve.Found:
		return Cell{"knee at " + Load(c.By, c.Knee.Load), Calm}
	case curve.None:
		return Cell{"no knee", Calm}
	}
	return Cell{"knee not judged", Warn}
}

func curveSummary(c *curve.Curve) []Cell {
	runs := 0
	for i := range c.Points {
		runs += c.Points[i].Runs
	}
	what := c.Arrivals + " arrivals: response time"
	if c.By == curve.ByConcurrency {
		what = "closed loop: service time"
	}
	return []Cell{{Text: words.Plural(int64(len(c.Points)), "load") + " in " + words.Plural(int64(runs), "run")},
		{Text: what}}
}

func curveTable(c *curve.Curve, u words.Scale) *Table {
	t := &Table{Ruled: true, Columns: []Column{{Title: u.Title("load"), Left: true}, {Title: "goodput", Least: 10},
		{Title: "p50", Least: figureWidth}, {Title: "p90", Least: figureWidth}, {Title: "p99", Least: figureWidth}}}
	if c.By != curve.ByConcurrency {
		t.Columns = append(t.Columns, Column{Title: "service p99", Least: 13})
	}
	t.Columns = append(t.Columns, Column{Title: "errors", Least: 8}, Column{Title: "verdict", Left: true, Grows: true})
	for i := range c.Points {
		t.Rows = append(t.Rows, curveRow(c, &c.Points[i], u))
	}
	return t
}

func curveRow(c *curve.Curve, p *curve.Point, u words.Scale) []Cell {
	load := Load(c.By, p.Load)
	if c.Knee.Verdict == curve.Found && c.Knee.Load == p.Load {
		load += " knee"
	}
	head := p.Headline()
	row := []Cell{{Text: load}, {Text: words.Rate(p.Goodput)}, figureCell(head.P50, u), figureCell(head.P90, u),
		figureCell(head.P99, u)}
	if c.By != curve.ByConcurrency {
		row = append(row, figureCell(p.Service.P99, u))
	}
	verdict := Cell{Text: words.Clean(p.Verdict)}
	if p.Verdict != stats.Kept {
		verdict.Tone = Warn
	}
	return append(row, errorsCell(p), verdict)
}

func errorsCell(p *curve.Point) Cell {
	switch {
	case p.ErrorRatio > 0:
		return Cell{words.Percent(p.ErrorRatio), Bad}
	case p.Failed(): // in the warm-up, behind which nothing was sent
		return Cell{Text: "-"}
	}
	return Cell{Text: words.Percent(p.ErrorRatio)}
}

// PointSentence is what one run of a curve says, for whoever shows them as they end.
func PointSentence(r *stats.Run, opt words.Options) string {
	c, err := curve.Of([]*stats.Run{r})
	if err != nil {
		return words.Clean(r.Verdict.Status)
	}
	u, p := words.ScaleOf(opt), &c.Points[0]
	text := fmt.Sprintf("%12s  p50 %s  p99 %s  errors %s  %s", Load(c.By, p.Load), figureCell(p.Headline().P50, u).Text,
		figureCell(p.Headline().P99, u).Text, errorsCell(p).Text, words.Clean(p.Verdict))
	if p.Failed() {
		text += "; nothing succeeded: " + words.Clean(r.HowFailed())
	}
	return text
}

func figureCell(f curve.Figure, u words.Scale) Cell {
	if f.Upper == 0 {
		return Cell{Text: "-"}
	}
	return boundedCell(stats.Bounds{Lower: f.Lower, Upper: f.Upper}, f.Least, u)
}

func kneeText(c *curve.Curve) string {
	if c.Knee.Verdict == curve.Found {
		return fmt.Sprintf("%s, by %s: more load costs more from there on", Load(c.By, c.Knee.Load), c.Knee.Metric)
	}
	return words.Clean(c.Knee.Reason)
}

// lawFact has the law's three numbers, how far the points are from it, and where it has its peak. What was not measured
// is said to be extrapolated.
func lawFact(l *curve.Law) Fact {
	lines := [][]Cell{
		{{Text: "one in flight " + words.Rate(l.Lambda)}, {Text: fmt.Sprintf("contention σ %.3g", l.Sigma)},
			{Text: fmt.Sprintf("coherency κ %.3g", l.Kappa)}},
		{{Text: "residual " + words.Percent(l.Residual)}, {Text: "worst point off by " + words.Percent(l.Worst)},
			{Text: fmt.Sprintf("measured from %g to %g in flight", l.From, l.To)}},
	}
	if l.Peak != nil {
		peak := fmt.Sprintf("peak %s with %.0f in flight", words.Rate(l.Peak.PerSecond), l.Peak.Concurrency)
		if l.Peak.Extrapolated {
			peak += ", extrapolated: no run was made there"
		}
		lines = append(lines, []Cell{{Text: peak}})
	}
	return Fact{Label: "scalability", Lines: lines}
}
