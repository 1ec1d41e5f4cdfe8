package flags

import (
	"errors"
	"fmt"
	"math"
	"time"

	"shotput/cli/line"
	"shotput/loadgen"
)

// A Schedule is what was asked of when requests are due, beyond what is a field of the plan as it is typed.
type Schedule struct {
	Rounds int64 // --repeat; 0 is one

	rated    bool // -r was given, be it max
	arrivals string
}

// mostRounds bounds the memory of --repeat: a round's histograms take some megabytes.
const mostRounds = 100

// add refuses two schedules.
func (s *Schedule) add(to *loadgen.Load, l *line.Line) {
	to.Poisson = s.arrivals == "poisson"
	if len(to.Stages) == 0 {
		return
	}
	if to.Duration != 0 || to.Rate != (loadgen.Rate{}) || s.rated {
		l.Note(line.Fault{Kind: line.Contrary, Flag: "stages",
			Why:   "has its own rates and times; it stands instead of -r and -z",
			Mends: []line.Mend{line.Drop("rate", "q", "duration")}})
	}
}

// Default gives a rate where neither -r nor --stages does.
func (s *Schedule) Default(to *loadgen.Load, perSecond float64) {
	if !s.rated && len(to.Stages) == 0 {
		to.Rate = loadgen.Rate{PerSecond: perSecond}
	}
}

func (s *Schedule) takeRate(into *loadgen.Rate) func(string) error {
	return func(text string) (err error) {
		s.rated = true
		*into, err = ParseRate(text)
		return err
	}
}

// takeRounds reads how many rounds there are to be: all of them are held in memory.
func (s *Schedule) takeRounds(text string) (err error) {
	if s.Rounds, err = ParseCount(text); err == nil && s.Rounds > mostRounds {
		err = fmt.Errorf("there are at most %d rounds", mostRounds)
	}
	return err
}

// TakeSpan reads a time that must be more than nothing.
func TakeSpan(into *time.Duration) func(string) error {
	return func(s string) error {
		d, err := ParseSpan(s)
		if err == nil && d == 0 {
			err = errors.New("it must be more than 0")
		}
		*into = d
		return err
	}
}

// takeNumber reads a whole number from 1 up, of slots or threads.
func takeNumber(into *int) func(string) error {
	return func(s string) error {
		n, err := ParseCount(s)
		if err != nil {
			return err
		}
		*into = int(min(n, math.MaxInt))
		return nil
	}
}

func parseSeed(s string) (uint64, error) {
	n, err := ParseCount(s)
	if err != nil {
		return 0, errors.New("a seed is a whole number from 1 up")
	}
	return uint64(n), nil
}
