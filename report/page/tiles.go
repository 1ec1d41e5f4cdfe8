package page

import (
	"strings"

	"shotput/report/words"
	"shotput/stats"
)

// A tile is one figure of a run, large, with what it is of.
type tile struct {
	Label, Value, Under string
	Tone                Tone
}

// tilesOf are the figures that a reader looks for first.
func TilesOf(r *stats.Run, u words.Scale) []tile {
	t := &r.Totals
	headline := SpansOf(r)[0]
	tiles := []tile{{Label: "requests", Value: words.Count(t.Sent), Under: "in " + stats.FormatDuration(t.Elapsed)}, rateTile(r)}
	if t.Sent != t.Planned {
		tiles[0].Under = "of " + words.Count(t.Planned) + " planned"
	}
	for _, p := range []struct {
		name string
		cell Cell
	}{{"p50", headline.quantile(.5, u)}, {"p99", headline.quantile(.99, u)}, {"max", headline.greatest(u)}} {
		value := p.cell.Text
		if value != "-" {
			value = u.Beside(value)
		}
		tiles = append(tiles, tile{Label: p.name, Value: value, Under: headline.Label + " time"})
	}
	return append(tiles, errorTile(r), tile{Label: "sent", Value: words.Size(float64(t.BodyBytesSent)), Under: "of bodies"})
}

func rateTile(r *stats.Run) tile {
	one := tile{Label: "rate", Value: words.Rate(r.Totals.AchievedPerSecond), Under: "closed loop"}
	if r.Plan.Open() {
		one.Under = strings.TrimLeft(strings.TrimPrefix(speed(r), one.Value), ", ")
	}
	return one
}

func errorTile(r *stats.Run) tile {
	t := &r.Totals
	n := t.Errors()
	one := tile{Label: "errors", Value: "0", Under: "of " + words.Count(t.Sent)}
	if n > 0 {
		one.Value, one.Under, one.Tone = words.Percent(t.ErrorRatio()), words.Count(n)+" of "+words.Count(t.Sent), Bad
	}
	return one
}
