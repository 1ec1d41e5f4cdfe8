package flags

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"shotput/cli/line"
	"shotput/loadgen"
)

// parseStages reads 30s@0..2000/s,1m@2000/s: how long, and from which rate to which. An error names the column.
func parseStages(s string) ([]loadgen.Segment, error) {
	var stages []loadgen.Segment
	column := 1
	for text := range strings.SplitSeq(s, ",") {
		one, err := parseStage(strings.TrimSpace(text))
		if err != nil {
			return nil, line.Wrong{Why: fmt.Sprintf("column %d: %s", column, err), Column: column}
		}
		stages = append(stages, one)
		column += utf8.RuneCountInString(text) + 1
	}
	return stages, nil
}

func parseStage(s string) (stage loadgen.Segment, err error) {
	span, rate, found := strings.Cut(s, "@")
	if !found {
		return stage, errors.New("a stage is TIME@RATE or TIME@FROM..TO, such as 30s@0..2000/s")
	}
	if stage.Duration, err = ParseSpan(span); err != nil {
		return stage, err
	}
	if stage.Duration == 0 {
		return stage, errors.New("a stage lasts more than 0")
	}
	rate, per, _ := strings.Cut(rate, "/")
	seconds, known := perSecond(per)
	if !known {
		return stage, fmt.Errorf("a rate is per /s, /m or /h, not per %q", per)
	}
	from, to, ramp := strings.Cut(rate, "..")
	if !ramp {
		to = from
	}
	if stage.From, err = stageRate(from, seconds); err == nil {
		stage.To, err = stageRate(to, seconds)
	}
	return stage, err
}

// stageRate may be 0, as no rate of a whole run may.
func stageRate(s string, seconds float64) (float64, error) {
	n, unit, err := SplitNumber(s)
	if err == nil && unit != "" {
		err = fmt.Errorf("%q is no unit of a stage's rate: it counts requests", unit)
	}
	return n / seconds, err
}
