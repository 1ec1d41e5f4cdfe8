package trend

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Decode reads a trend that was saved as JSON. It refuses one that no runs could have made: what points to a place that
// there is not, or to none.
func Decode(r io.Reader) (*Trend, error) {
	t := &Trend{}
	if err := json.NewDecoder(r).Decode(t); err != nil {
		return nil, fmt.Errorf("read trend: it is no JSON of a trend: %w", err)
	}
	if err := t.check(); err != nil {
		return nil, fmt.Errorf("read trend: %w", err)
	}
	return t, nil
}

func (t *Trend) check() error {
	switch {
	case t.Schema != Schema:
		return fmt.Errorf("its schema is %q, and this version knows only %q", t.Schema, Schema)
	case t.Kind != Kind:
		return fmt.Errorf("its kind is %q, and %q is wanted", t.Kind, Kind)
	case len(t.Groups) == 0:
		return errors.New("it has no group of runs")
	}
	for i := range t.Groups {
		if err := t.Groups[i].check(); err != nil {
			return fmt.Errorf("group %d: %w", i+1, err)
		}
	}
	return nil
}

func (g *Group) check() error {
	if !isVerdict(g.Verdict) {
		return fmt.Errorf("its verdict is %q", g.Verdict)
	}
	for i := range g.Places {
		if len(g.Places[i].Runs) == 0 {
			return fmt.Errorf("place %d is of no run", i)
		}
	}
	for i := range g.Series {
		s := &g.Series[i]
		if !isVerdict(s.Verdict) {
			return fmt.Errorf("the verdict of %s is %q", s.Metric, s.Verdict)
		}
		if at, ok := s.outside(len(g.Places)); ok {
			return fmt.Errorf("%s has a figure of place %d, and there is none", s.Metric, at)
		}
	}
	return nil
}

// outside finds a place of a series that there is not.
func (s *Series) outside(places int) (at int, found bool) {
	for _, p := range s.Points {
		if p.Place < 0 || p.Place >= places {
			return p.Place, true
		}
	}
	for _, c := range s.Changes {
		for _, at := range []int{c.From, c.To} {
			if at < 0 || at >= places {
				return at, true
			}
		}
	}
	return 0, false
}

func isVerdict(v string) bool { return v == Changed || v == Steady || v == Unjudged }
