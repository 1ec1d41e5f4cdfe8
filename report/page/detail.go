package page

import (
	"fmt"
	"strings"

	"shotput/report/words"
	"shotput/stats"
)

// A Detail is a page and what a reader has room for who looks at one run for long: its figures at a glance, its whole
// plan, and what the tool saw of itself.
type Detail struct {
	Page
	Setting string // how the run was fired, by what, when: one line
	Broken  []Cell // that thresholds are broken, where some are
	Tiles   []Tile
	Plan    []Fact
	Watch   []Fact

	Captured []Fact // answers that were failures, as they came
}

// A Tile is one figure of a run, large, with what it is of.
type Tile struct {
	Label, Value, Under string
	Tone                Tone
}

// DetailOf says all that the run has to say.
func DetailOf(r *stats.Run, opt words.Options) Detail {
	return Detail{Page: OfRun(r, opt), Setting: setting(r), Broken: brokenBadge(r.Thresholds),
		Tiles: tiles(r, opt), Plan: planFacts(r), Watch: watchFacts(r), Captured: captured(r)}
}

// tiles are the figures that a reader looks for first.
func tiles(r *stats.Run, opt words.Options) []Tile {
	t, u, asked := &r.Totals, words.ScaleOf(opt), opt.PercentilesOr(50, 99)
	headline := SpansOf(r)[0]
	count, _ := r.Speed()
	sent := Tile{Label: "requests", Value: words.Count(count), Under: "in " + words.Duration(t.Elapsed)}
	if spansSchedule(r) {
		sent.Under = "sent at once"
	}
	if count < t.Planned {
		sent.Under = "of " + words.Count(t.Planned) + " planned"
	}
	all := []Tile{sent, rateTile(r)}
	add := func(label string, figure Cell) {
		value := figure.Text
		if value != "-" {
			value = u.Beside(value)
		}
		all = append(all, Tile{Label: label, Value: value, Under: headline.Label + " time"})
	}
	for _, p := range asked {
		add(p.String(), headline.percentile(p, u))
	}
	add("max", headline.greatest(u))
	under := strings.Join(nonEmpty([]string{"of bodies", uploadSpeed(r)}), ", ")
	return append(all, errorTile(r), Tile{Label: "sent", Value: words.Size(float64(t.BodyBytesSent)), Under: under})
}

func hasRate(r *stats.Run) bool { return r.Totals.HasRate() }

// rateTile leaves the rate out where one request, or none, was sent: that is none.
func rateTile(r *stats.Run) Tile {
	_, rate := r.Speed()
	if !hasRate(r) {
		return Tile{Label: "rate", Value: "-", Under: words.Plural(r.Totals.Sent, "request") + ": no rate"}
	}
	one := Tile{Label: "rate", Value: words.Rate(rate), Under: "closed loop"}
	if r.Plan.Open() {
		one.Under = strings.TrimLeft(strings.TrimPrefix(speed(r), one.Value), ", ")
	}
	return one
}

func errorTile(r *stats.Run) Tile {
	t := &r.Totals
	n := t.Errors()
	one := Tile{Label: "errors", Value: "0", Under: "of " + words.Count(t.Sent)}
	if n > 0 {
		one.Value, one.Under, one.Tone = words.Percent(t.ErrorRatio()), words.Count(n)+" of "+words.Count(t.Sent), Bad
	}
	return one
}

// ThresholdsOf says in one cell what became of a run's thresholds.
func ThresholdsOf(r *stats.Run) Cell {
	switch badge := brokenBadge(r.Thresholds); {
	case len(r.Thresholds) == 0:
		return Cell{Text: "-"}
	case len(badge) > 0:
		return badge[0]
	}
	return Cell{"all kept ✓", Good}
}

// brokenBadge stands before a verdict that would else be all that the head of a page says: a run whose schedule was
// kept may have broken every promise.
func brokenBadge(thresholds []stats.Threshold) []Cell {
	n, open := 0, 0
	for _, t := range thresholds {
		switch t.Judged() {
		case stats.RuleBroken:
			n++
		case stats.RuleNotJudged:
			open++
		}
	}
	switch {
	case n == 0 && open == 0:
		return nil
	case n == 0:
		return []Cell{
			{fmt.Sprintf("%d of %s not judged", open, words.Plural(int64(len(thresholds)), "threshold")), Warn},
		}
	case len(thresholds) == 1:
		return []Cell{{"threshold broken ✗", Bad}}
	}
	return []Cell{{fmt.Sprintf("%d of %d thresholds broken ✗", n, len(thresholds)), Bad}}
}
