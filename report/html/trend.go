package html

import (
	"fmt"
	"io"
	"strings"

	"shotput/report/page"
	"shotput/report/words"
	"shotput/stats/trend"
)

// trendData is what the trend's script draws from: of each plan its places, and of each metric columns over them.
type trendData struct {
	Groups []groupData `json:"groups"`
}

type groupData struct {
	Names  []string     `json:"names"` // of the places, in full
	Ticks  []string     `json:"ticks"` // the same, for an axis
	Series []seriesData `json:"series"`
}

type seriesData struct {
	Name    string       `json:"name"`
	Unit    string       `json:"unit"`
	Value   []any        `json:"value"` // null where the place has no firm value
	Loose   []any        `json:"loose"` // of the other places: what is known is a bound
	Line    []any        `json:"line"`
	Low     []any        `json:"low"`
	High    []any        `json:"high"`
	Changes []changeData `json:"changes"`
}

type changeData struct {
	From   int    `json:"from"`
	To     int    `json:"to"`
	Ramp   bool   `json:"ramp,omitempty"`
	Worse  bool   `json:"worse,omitempty"`
	Change string `json:"change"`
}

// WriteTrend is the trend as a page: the table of each plan, a chart for each metric, and what explains them.
func WriteTrend(w io.Writer, t *trend.Trend, opt words.Options) error {
	p := page.OfTrend(t, opt)
	one := headOf(&p)
	one.Last = newCell(p.Last, nil)
	for _, s := range p.Sections {
		section := newSection(s)
		section.Title = trendSectionTitle(s.Facts)
		if s.Lead || len(s.Facts) > 0 && strings.HasPrefix(s.Facts[0].Label, "plan ") {
			one.Lead = append(one.Lead, section)
		} else {
			one.Rest = append(one.Rest, section)
		}
	}
	d := &document{Title: p.Title + " over time", Runs: []run{one}, Charts: trendCharts(t)}
	if err := d.draw("trend.js", newTrendData(t)); err != nil {
		return fmt.Errorf("print trend: %w", err)
	}
	return d.write(w)
}

// trendSectionTitle is for those sections that nothing in them names.
func trendSectionTitle(facts []page.Fact) string {
	switch {
	case len(facts) == 0:
		return ""
	case strings.HasPrefix(facts[0].Label, "plan "):
		return "Plan"
	case facts[0].Label == "left out", facts[0].Label == "skipped":
		return "Not judged by"
	case facts[0].Label == "warning":
		return "Warnings"
	}
	return "What was found"
}

// trendCharts leaves out what has no value anywhere.
func trendCharts(t *trend.Trend) (charts []chart) {
	for i := range t.Groups {
		for k := range t.Groups[i].Series {
			s := &t.Groups[i].Series[k]
			if len(s.Points) == 0 {
				continue
			}
			title := page.MetricName(s)
			if len(t.Groups) > 1 {
				title += fmt.Sprintf(" of plan %d", i+1)
			}
			says := "each point a run"
			if t.By != "" {
				says = "each point the runs of one " + words.Clean(t.By)
			}
			says += "; the band has 19 of 20"
			if s.Verdict == trend.Unjudged {
				says = "not judged: " + words.Clean(s.Reason)
			}
			charts = append(charts, chart{ID: fmt.Sprintf("%d-%d", i, k), Title: title, Says: says})
		}
	}
	return charts
}

func newTrendData(t *trend.Trend) (d trendData) {
	for i := range t.Groups {
		g := &t.Groups[i]
		one := groupData{Names: []string{}, Ticks: []string{}, Series: []seriesData{}}
		for place := range g.Places {
			name, tick := page.PlaceNames(g, place)
			one.Names, one.Ticks = append(one.Names, name), append(one.Ticks, tick)
		}
		for k := range g.Series {
			one.Series = append(one.Series, newSeriesData(&g.Series[k], len(g.Places)))
		}
		d.Groups = append(d.Groups, one)
	}
	return d
}

func newSeriesData(s *trend.Series, places int) seriesData {
	column := func() []any { return make([]any, places) }
	d := seriesData{Name: page.MetricName(s), Unit: s.Unit, Value: column(), Loose: column(), Line: column(),
		Low: column(), High: column(), Changes: []changeData{}}
	for _, p := range s.Points {
		if !p.Firm {
			d.Loose[p.Place] = p.Value
			continue
		}
		d.Value[p.Place] = p.Value
		if s.Verdict != trend.Unjudged {
			d.Line[p.Place], d.Low[p.Place], d.High[p.Place] = p.Line, p.Low, p.High
		}
	}
	for i := range s.Changes {
		c := &s.Changes[i]
		d.Changes = append(d.Changes, changeData{c.From, c.To, c.Kind == trend.Ramp, c.Worse, page.HowMuch(s, c)})
	}
	return d
}
