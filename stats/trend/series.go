package trend

import (
	"fmt"
	"math"

	"shotput/stats"
)

// A Series is one metric over the places of a group.
type Series struct {
	Metric   string   `json:"metric"`   // such as "response.p99", "rate", "error_rate"
	Unit     string   `json:"unit"`     // "ns", "per_second" or "ratio"
	Absolute bool     `json:"absolute"` // changes are differences, not ratios: as of an error rate, which is often 0
	HighGood bool     `json:"high_is_good"`
	Verdict  string   `json:"verdict"`           // "changed", "steady" or "unjudged"
	Reason   string   `json:"reason,omitempty"`  // one sentence, unless the verdict says it all
	Noise    float64  `json:"noise"`             // standard deviation of values from the line: relative, or in Unit where Absolute
	Wanders  bool     `json:"wanders,omitempty"` // it changes, and runs that follow each other are alike: doubt its changes
	Points   []Point  `json:"points"`            // of the places that have a value
	Changes  []Change `json:"changes"`           // in order
}

// What is said of a series.
const (
	Changed  = "changed"
	Steady   = "steady"
	Unjudged = "unjudged" // too few values
)

// A Point is a value at a place: of several runs, the median of those whose figure is firm. Where none is, it is an
// upper bound, or with Least a lower one, and stands on no line.
type Point struct {
	Place int     `json:"place"` // index into Places
	Value float64 `json:"value"`
	Lower float64 `json:"lower"` // Value where it is firm
	Firm  bool    `json:"firm"`
	Least bool    `json:"at_least,omitempty"` // requests that were open at the end could have moved it
	Line  float64 `json:"line,omitempty"`     // what is usual there: of a firm one in a series that is judged
	Low   float64 `json:"low,omitempty"`      // of the band of noise, which has 19 of 20 values
	High  float64 `json:"high,omitempty"`
}

// What a change is.
const (
	Step = "step" // at once
	Ramp = "ramp" // from place to place
)

// A Change is where the level of a series became another.
type Change struct {
	Kind   string  `json:"kind"`   // "step" or "ramp"
	From   int     `json:"from"`   // place of the last value of the old level
	To     int     `json:"to"`     // place of the first value of the new one
	Before float64 `json:"before"` // levels
	After  float64 `json:"after"`
	Change float64 `json:"change"` // relative (0.1: 10 % more); absolute: After − Before
	Worse  bool    `json:"worse"`
	P      float64 `json:"p"` // probability that chance alone does as much, of a ramp that of its least sure part
}

// A metric is one number of a run.
type metric struct {
	name, unit string
	absolute   bool
	highGood   bool
	of         func(*stats.Run) (f figure, ok bool)
	instead    *metric // where too few figures are firm
}

// A figure is a number of a run, and how far it is known.
type figure struct {
	value, lower float64
	firm, least  bool
}

func exactly(value float64) figure { return figure{value: value, lower: value, firm: true} }

// metricsOf are two percentiles of the headline latency, the rate of answers, and that of errors.
func metricsOf(open bool) []metric {
	all := []metric{percentile("service", .5, false, false), percentile("service", .99, false, false)}
	if open {
		for i, q := range []float64{.5, .99} {
			service := percentile("service", q, true, true)
			all[i] = percentile("response", q, true, false)
			all[i].instead = &service
		}
	}
	rate := func(r *stats.Run) (figure, bool) {
		return exactly(r.Totals.AchievedPerSecond), r.Totals.AchievedPerSecond > 0 && r.Totals.HasRate() && !r.Older()
	}
	errors := func(r *stats.Run) (figure, bool) { return exactly(r.Totals.ErrorRatio()), r.Totals.Sent > 0 }
	return append(all, metric{name: "rate", unit: "per_second", highGood: true, of: rate},
		metric{name: "error_rate", unit: "ratio", absolute: true, of: errors})
}

// percentile is of the headline latency, with its bounds; or, in an open loop, of service time where the kernel
// stamped answers, so that the tool's lateness is not in it.
func percentile(name string, q float64, open, stamped bool) metric {
	of := func(r *stats.Run) (figure, bool) {
		if stamped {
			d, exact := r.Latency.Service.QuantileAmong(q, r.Totals.Aborted)
			return figure{float64(d), float64(d), exact, !exact}, d > 0 && r.Clock == "kernel"
		}
		b := r.Latency.BoundsOf(open, stats.At(q))
		_, exact := r.Latency.Headline(open).QuantileAmong(q, r.Totals.Aborted)
		return figure{float64(b.Upper), float64(b.Lower), exact && b.Firm(), !exact}, b.Upper > 0
	}
	return metric{name: fmt.Sprintf("%s.p%g", name, 100*q), unit: "ns", of: of}
}

// series makes the metric's series, or that of another in its place where that has values enough and this has not.
func (m *metric) series(places []Place, seed uint64) Series {
	s := Series{Metric: m.name, Unit: m.unit, Absolute: m.absolute, HighGood: m.highGood, Verdict: Steady,
		Points: []Point{}, Changes: []Change{}}
	for i := range places {
		if p, ok := m.at(places[i].runs); ok {
			p.Place = i
			s.Points = append(s.Points, p)
		}
	}
	if n := s.firm(); n < LeastRuns {
		if m.instead != nil {
			other := m.instead.series(places, seed)
			if other.Verdict != Unjudged {
				other.Reason = fmt.Sprintf("in place of %s, of which %d values are firm, and %d are needed", m.name, n,
					LeastRuns)
				return other
			}
		}
		s.Verdict = Unjudged
		s.Reason = fmt.Sprintf("%d values; a judgement takes %d", n, LeastRuns)
		if n < len(s.Points) {
			s.Reason = fmt.Sprintf("%d of %d values are firm; a judgement takes %d", n, len(s.Points), LeastRuns)
		}
		return s
	}
	s.judge(seed)
	return s
}

// at is the value of one place.
func (m *metric) at(runs []*stats.Run) (p Point, ok bool) {
	var firm, loose []figure
	for _, r := range runs {
		f, ok := m.of(r)
		switch {
		case ok && f.firm:
			firm = append(firm, f)
		case ok:
			loose = append(loose, f)
		}
	}
	p.Firm = len(firm) > 0
	if !p.Firm {
		firm = loose
	}
	var values, lower []float64
	for _, f := range firm {
		values, lower = append(values, f.value), append(lower, f.lower)
		p.Least = p.Least || f.least
	}
	p.Value, p.Lower = stats.Median(values), stats.Median(lower)
	if p.Firm {
		p.Lower = p.Value
	}
	return p, len(firm) > 0
}

func (s *Series) firm() (n int) {
	for _, p := range s.Points {
		if p.Firm {
			n++
		}
	}
	return n
}

// judge fills in what follows from the values: line, band and changes. A latency and a rate are judged by their
// logarithms, in which a tenth more is as far wherever it starts.
func (s *Series) judge(seed uint64) {
	var values []float64
	var at []int // of each value, its point
	for i, p := range s.Points {
		if p.Firm {
			values, at = append(values, s.scaled(p.Value)), append(at, i)
		}
	}
	shape := shapeOf(values, s.threshold(), seed)
	s.Noise, s.Wanders = shape.noise, len(shape.shifts) > 0 && shape.wanders(values)
	if !s.Absolute {
		s.Noise = math.Expm1(shape.noise)
	}
	for i, line := range shape.line {
		p := &s.Points[at[i]]
		p.Line, p.Low, p.High = s.plain(line), s.plain(line-2*shape.noise), s.plain(line+2*shape.noise)
		if s.Absolute {
			p.Low = max(0, p.Low)
		}
	}
	for _, c := range shape.shifts {
		change := Change{Kind: Step, From: s.Points[at[c.from]].Place, To: s.Points[at[c.to]].Place,
			Before: s.plain(c.before), After: s.plain(c.after), P: c.p, Worse: (c.after > c.before) != s.HighGood}
		if change.Change = c.after - c.before; !s.Absolute {
			change.Change = math.Expm1(change.Change)
		}
		if c.ramp {
			change.Kind = Ramp
		}
		s.Changes = append(s.Changes, change)
		s.Verdict = Changed
	}
}

func (s *Series) scaled(value float64) float64 {
	if s.Absolute {
		return value
	}
	return math.Log(value)
}

func (s *Series) plain(scaled float64) float64 {
	if s.Absolute {
		return scaled
	}
	return math.Exp(scaled)
}
