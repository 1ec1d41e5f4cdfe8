package live

import (
	"strconv"
	"strings"
	"time"

	"shotput/stats"
)

// A stage is a part of a plan whose rate changes, read back from how the plan writes it: 30s@0..2000/s.
type stage struct {
	lasts    time.Duration
	from, to float64 // requests a second
}

// stagesOf reads the plan's stages; none, when one of them is written in a way that is not known here: the view then
// shows no rate that was asked for, rather than a wrong one. The plan has them as text since a saved run is to be read
// by people.
func stagesOf(p *stats.Plan) (all []stage) {
	for _, text := range p.Stages {
		g, err := readStage(text)
		if err != nil || g.lasts <= 0 {
			return nil
		}
		all = append(all, g)
	}
	return all
}

func readStage(text string) (g stage, err error) {
	lasts, rates, _ := strings.Cut(text, "@")
	from, to, ramp := strings.Cut(strings.TrimSuffix(rates, "/s"), "..")
	if !ramp {
		to = from
	}
	if g.lasts, err = time.ParseDuration(lasts); err != nil {
		return g, err
	}
	if g.from, err = strconv.ParseFloat(strings.TrimSuffix(from, "/s"), 64); err != nil {
		return g, err
	}
	g.to, err = strconv.ParseFloat(to, 64)
	return g, err
}
