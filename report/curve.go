package report

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"time"

	"shotput/report/html"
	"shotput/report/page"
	"shotput/report/words"
	"shotput/stats"
	"shotput/stats/curve"
)

// CurveFormats are the formats that WriteCurve knows, the default first.
var CurveFormats = []string{"text", "json", "md", "csv", "html"}

// WriteCurve prints the curve that the runs make in the named format; see CurveFormats. As JSON the runs are in it.
// command is by what they were made, or "".
func WriteCurve(w io.Writer, format string, runs []*stats.Run, command string, opt Options) error {
	if format == "json" {
		return curve.Encode(w, runs, command)
	}
	c, err := curve.Of(runs)
	if err != nil {
		return err
	}
	if format == "csv" {
		return curveCSV(w, c)
	}
	if format == "html" {
		return html.WriteCurve(w, c, command, opt)
	}
	return writePage(w, format, page.OfCurve(c, command, opt), opt, "report", CurveFormats)
}

// PointSentence is what one run of a curve says, in a line.
func PointSentence(r *stats.Run, opt Options) string { return page.PointSentence(r, opt) }

// curveColumns of the table of points; of a figure that is known within bounds they have both.
var curveColumns = []string{"load", "by", "runs", "counted", "offered_per_second", "achieved_per_second",
	"goodput_per_second", "error_ratio", "p50_lower_ms", "p50_ms", "p90_lower_ms", "p90_ms", "p99_lower_ms", "p99_ms",
	"service_p50_lower_ms", "service_p50_ms", "service_p90_lower_ms", "service_p90_ms", "service_p99_lower_ms",
	"service_p99_ms", "verdict"}

// curveCSV has figures without units and without rounding, as the table of seconds.
func curveCSV(w io.Writer, c *curve.Curve) error {
	table := csv.NewWriter(w)
	if err := table.Write(curveColumns); err != nil {
		return err
	}
	number := func(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }
	ms := func(d time.Duration) string {
		if d == 0 {
			return ""
		}
		return words.In(time.Millisecond, d)
	}
	for i := range c.Points {
		p := &c.Points[i]
		row := []string{number(p.Load), c.By, strconv.Itoa(p.Runs), strconv.Itoa(p.Counted), number(p.Offered),
			number(p.Achieved), number(p.Goodput), number(p.ErrorRatio)}
		head := p.Headline()
		for _, f := range []curve.Figure{head.P50, head.P90, head.P99, p.Service.P50, p.Service.P90, p.Service.P99} {
			row = append(row, ms(f.Lower), ms(f.Upper))
		}
		if err := table.Write(append(row, p.Verdict)); err != nil {
			return err
		}
	}
	table.Flush()
	if err := table.Error(); err != nil {
		return fmt.Errorf("write curve: %w", err)
	}
	return nil
}
