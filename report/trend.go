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
	"shotput/stats/trend"
)

// TrendFormats are the formats that WriteTrend knows, the default first.
var TrendFormats = []string{"text", "json", "md", "csv", "html"}

// WriteTrend prints the trend in the named format; see TrendFormats.
func WriteTrend(w io.Writer, format string, t *trend.Trend, opt Options) error {
	if err := opt.Validate(); err != nil {
		return err
	}
	switch format {
	case "json":
		if err := stats.WriteJSON(w, t); err != nil {
			return fmt.Errorf("write trend: %w", err)
		}
		return nil
	case "csv":
		return trendCSV(w, t)
	case "html":
		return html.WriteTrend(w, t, opt)
	}
	return writePage(w, format, page.OfTrend(t, opt), opt, "trend", TrendFormats)
}

// trendCSV writes a line for each value of each metric of each plan, with no unit and no rounding: latencies are in
// milliseconds, and a change stands in the line of the first value of the new level.
func trendCSV(w io.Writer, t *trend.Trend) error {
	table := csv.NewWriter(w)
	header := []string{"plan", "metric", "unit", "label", "started", "file", "run", "value", "lower", "firm", "line",
		"low", "high", "change"}
	if err := table.Write(header); err != nil {
		return fmt.Errorf("write trend: %w", err)
	}
	for i := range t.Groups {
		for k := range t.Groups[i].Series {
			if err := table.WriteAll(seriesRows(i+1, &t.Groups[i], &t.Groups[i].Series[k])); err != nil {
				return fmt.Errorf("write trend: %w", err)
			}
		}
	}
	table.Flush()
	if err := table.Error(); err != nil {
		return fmt.Errorf("write trend: %w", err)
	}
	return nil
}

func seriesRows(plan int, g *trend.Group, s *trend.Series) (rows [][]string) {
	unit := s.Unit
	figure := func(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }
	value := figure
	if s.Unit == "ns" {
		unit, value = "ms", func(x float64) string { return words.In(time.Millisecond, time.Duration(x)) }
	}
	changes := map[int]string{}
	for _, c := range s.Changes {
		changes[c.To] = figure(c.Change)
	}
	for _, p := range s.Points {
		place := &g.Places[p.Place]
		row := []string{strconv.Itoa(plan), s.Metric, unit, place.Label, place.Started.UTC().Format(time.RFC3339),
			place.Runs[0].File, strconv.Itoa(place.Runs[0].Run), value(p.Value), value(p.Lower),
			strconv.FormatBool(p.Firm)}
		if p.Firm && s.Verdict != trend.Unjudged {
			row = append(row, value(p.Line), value(p.Low), value(p.High))
		} else {
			row = append(row, "", "", "")
		}
		rows = append(rows, append(row, changes[p.Place]))
	}
	return rows
}

// A TrendAlarm is what somebody should look at, in one sentence.
type TrendAlarm struct {
	Odd      bool // the newest value alone: it may be chance
	Doubtful bool // a change that may be the machine's
	Text     string
}

// TrendAlarms are those of the plan with the newest run: changes for the worse among the newest places, and odd values.
func TrendAlarms(t *trend.Trend, newest int, opt Options) (all []TrendAlarm) {
	g, scale := &t.Groups[0], words.ScaleOf(opt)
	for _, s := range g.Worsened(newest) {
		all = append(all, TrendAlarm{Doubtful: s.Wanders, Text: page.ChangeSentence(t, s, scale)})
	}
	for _, s := range g.Odd() {
		all = append(all, TrendAlarm{Odd: true, Text: page.OddSentence(t, s, scale)})
	}
	return all
}
