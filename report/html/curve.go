package html

import (
	"fmt"
	"html/template"
	"io"
	"math"
	"strings"
	"time"

	"shotput/report/page"
	"shotput/report/words"
	"shotput/stats"
	"shotput/stats/curve"
)

// WriteCurve is a curve as a page: its line over the loads, drawn here and not by a script, and below it the words and
// tables of every form.
func WriteCurve(w io.Writer, c *curve.Curve, command string, opt words.Options) error {
	return writeWords(w, page.OfCurve(c, command, opt), drawCurve(c))
}

// The chart's box, in its own units; the page scales it.
const (
	chartWidth, chartHeight                  = 760.0, 320.0
	chartLeft, chartRight                    = 64.0, 40.0
	chartTop, chartBottom                    = 12.0, 36.0
	innerWidth                               = chartWidth - chartLeft - chartRight
	innerHeight                              = chartHeight - chartTop - chartBottom
	labelFont, tickMark, pointRadius         = 12.0, 4.0, 3.0
	leastRatio                       float64 = 1.2 // an axis spans this much at least: a flat line is no error
)

// An axis is logarithmic: loads and latencies are told apart by factors.
type axis struct{ least, most float64 }

func axisOf(values []float64) axis {
	a := axis{math.Inf(1), 0}
	for _, v := range values {
		if v > 0 {
			a.least, a.most = min(a.least, v), max(a.most, v)
		}
	}
	if a.most < a.least*leastRatio {
		a.most, a.least = a.most*leastRatio, a.least/leastRatio
	}
	return a
}

// part is where a value stands, from 0 to 1.
func (a axis) part(v float64) float64 { return math.Log(v/a.least) / math.Log(a.most/a.least) }

// ticks are round numbers within the axis: 1, 2 and 5 of each power of ten, or powers alone where these are many.
func (a axis) ticks() (all []float64) {
	steps := []float64{1, 2, 5}
	if a.most/a.least > 1e3 {
		steps = steps[:1]
	}
	for power := math.Floor(math.Log10(a.least)); power <= math.Log10(a.most); power++ {
		for _, step := range steps {
			if v := step * math.Pow(10, power); v >= a.least && v <= a.most {
				all = append(all, v)
			}
		}
	}
	return all
}

// A plotted is one line of the chart: what it is called, the number of its colour, and its value at a point; 0 is none.
type plotted struct {
	name, color string
	of          func(*curve.Point) float64
}

// linesOf are what is drawn: latencies in open loop; of concurrencies the goodput, which the law is about.
func linesOf(c *curve.Curve) (lines []plotted, says string, unit func(float64) string) {
	if c.By == curve.ByConcurrency {
		lines = []plotted{{"goodput", "1", func(p *curve.Point) float64 { return p.Goodput }}}
		if c.Law != nil {
			law := func(p *curve.Point) float64 { return c.Law.At(p.Load) }
			lines = append(lines, plotted{"scalability law", "2", law})
		}
		return lines, "goodput by requests in flight", words.Rate
	}
	at := func(f func(*curve.Point) curve.Figure) func(*curve.Point) float64 {
		return func(p *curve.Point) float64 { return float64(f(p).Upper) }
	}
	return []plotted{
		{"response p99", "2", at(func(p *curve.Point) curve.Figure { return p.Headline().P99 })},
		{"response p50", "1", at(func(p *curve.Point) curve.Figure { return p.Headline().P50 })},
		{"service p99", "6", at(func(p *curve.Point) curve.Figure { return p.Service.P99 })},
	}, "latency by load", func(v float64) string { return stats.FormatDuration(time.Duration(v)) }
}

// drawCurve is the chart as an element of the page. What stands in it are our own words and numbers alone. It is empty
// where there are not two points to join.
func drawCurve(c *curve.Curve) template.HTML {
	lines, says, unit := linesOf(c)
	var loads, values []float64
	for i := range c.Points {
		loads = append(loads, c.Points[i].Load)
		for _, l := range lines {
			values = append(values, l.of(&c.Points[i]))
		}
	}
	x, y := axisOf(loads), axisOf(values)
	if len(c.Points) < 2 || y.most <= 0 || math.IsInf(y.least, 0) {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<div class="drawing"><svg class="curve" viewBox="0 0 %g %g" role="img" aria-label="%s, both axes logarithmic">`, chartWidth,
		chartHeight, says)
	drawGrid(&b, x, y, func(v float64) string { return page.Load(c.By, v) }, unit)
	if c.Knee.Verdict == curve.Found {
		at := across(x, c.Knee.Load)
		fmt.Fprintf(&b, `<line class="knee" x1="%.1f" x2="%.1f" y1="%g" y2="%g"/><text x="%.1f" y="%g">knee</text>`, at, at,
			chartTop, chartHeight-chartBottom, at+tickMark, chartHeight-chartBottom-tickMark)
	}
	for _, l := range lines {
		drawLine(&b, c, l, x, y)
	}
	b.WriteString("</svg></div>")
	b.WriteString(`<p class="says">` + says + `, both axes logarithmic: `)
	for i, l := range lines {
		if i > 0 {
			b.WriteString(" · ")
		}
		fmt.Fprintf(&b, `<i class="swatch s%s"></i>%s`, l.color, l.name)
	}
	b.WriteString("</p>")
	return template.HTML(b.String())
}

func across(x axis, v float64) float64 { return chartLeft + x.part(v)*innerWidth }

func up(y axis, v float64) float64 { return chartTop + (1-y.part(v))*innerHeight }

func drawGrid(b *strings.Builder, x, y axis, load, unit func(float64) string) {
	for _, v := range x.ticks() {
		at := across(x, v)
		fmt.Fprintf(b, `<line class="grid" x1="%.1f" x2="%.1f" y1="%g" y2="%g"/><text x="%.1f" y="%g" class="mid">%s</text>`,
			at, at, chartTop, chartHeight-chartBottom, at, chartHeight-chartBottom+labelFont+tickMark, load(v))
	}
	for _, v := range y.ticks() {
		at := up(y, v)
		fmt.Fprintf(b, `<line class="grid" x1="%g" x2="%g" y1="%.1f" y2="%.1f"/><text x="%g" y="%.1f" class="end">%s</text>`,
			chartLeft, chartWidth-chartRight, at, at, chartLeft-tickMark, at+tickMark, unit(v))
	}
}

func drawLine(b *strings.Builder, c *curve.Curve, l plotted, x, y axis) {
	var points, dots strings.Builder
	for i := range c.Points {
		p := &c.Points[i]
		v := l.of(p)
		if v <= 0 {
			continue
		}
		class := "dot"
		if !p.Counts() {
			class = "dot out"
		}
		fmt.Fprintf(&points, "%.1f,%.1f ", across(x, p.Load), up(y, v))
		fmt.Fprintf(&dots, `<circle class="%s l%s" cx="%.1f" cy="%.1f" r="%g"/>`, class, l.color,
			across(x, p.Load), up(y, v), pointRadius)
	}
	fmt.Fprintf(b, `<polyline class="line l%s" points="%s"/>%s`, l.color,
		strings.TrimSpace(points.String()), dots.String())
}
