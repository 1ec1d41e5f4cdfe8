package compare

import (
	"fmt"
	"math"
	"slices"
	"time"

	"shotput/stats"
)

// # Bounds
//
// Where the tool was late, a percentile of response time is no number: what a user would have waited lies between floor
// and response (stats.Bounds). Where requests were open at the end, it is as much as was seen, or more. To take what
// was seen for a number would call a server slower since the machine was busy in the afternoon.
//
// A round counts for a metric where that figure is firm, and where five such a side are left, they alone are judged by
// (of pairs, both or neither). Where fewer are, all count, and are tested twice: at best for the new side, its lower
// ends against the upper ones of the base, and at worst. A regression must show at best, and what passes or is an
// improvement must do so at worst: then no lateness explains it. Anything else is not judged: this machine was the
// limit. In place of response time, service time is then judged, where the kernel stamps answers: the tool's lateness
// is not in it.

// leastFirm is how many firm rounds a side are judged by without the others.
const leastFirm = 5

// A figure is what a metric of a round may be; low and high are the same where it is firm.
type figure struct{ low, seen, high float64 }

func exactly(value float64) figure { return figure{value, value, value} }

func (f figure) firm() bool { return f.low == f.high }

// figureOf is a percentile with its bounds. exact is false where requests that were open at the end could have moved it
// up, to nobody knows what; an hour is the most that is ever recorded.
func figureOf(b stats.Bounds, exact bool) figure {
	f := exactly(float64(b.Upper))
	if !b.Firm() {
		f.low = max(1, float64(b.Lower)) // a logarithm is taken of it
	}
	if !exact {
		f.high = float64(time.Hour)
	}
	return f
}

// take fills the sample in from the figures of both sides' rounds, of which none is missing.
func (s *sample) take(base, new []figure, paired bool) {
	if b, n := firmOf(base, new, paired); min(len(b), len(n)) >= leastFirm {
		base, new = b, n
	}
	seen := func(f figure) float64 { return f.seen }
	low, high := func(f figure) float64 { return f.low }, func(f figure) float64 { return f.high }
	s.base, s.new = ends(base, seen), ends(new, seen)
	loose := func(f figure) bool { return !f.firm() }
	if slices.ContainsFunc(base, loose) || slices.ContainsFunc(new, loose) {
		s.best = &sample{measure: s.measure, base: ends(base, high), new: ends(new, low)}
		s.worst = &sample{measure: s.measure, base: ends(base, low), new: ends(new, high)}
	}
}

// firmOf leaves out what is not firm; in pairs, with its partner.
func firmOf(base, new []figure, paired bool) (firmBase, firmNew []figure) {
	for i := range max(len(base), len(new)) {
		okBase, okNew := i < len(base) && base[i].firm(), i < len(new) && new[i].firm()
		if okBase && (okNew || !paired) {
			firmBase = append(firmBase, base[i])
		}
		if okNew && (okBase || !paired) {
			firmNew = append(firmNew, new[i])
		}
	}
	return firmBase, firmNew
}

func ends(figures []figure, of func(figure) float64) (values []float64) {
	for _, f := range figures {
		values = append(values, of(f))
	}
	return values
}

// bounded says whether figures that are not firm are among those that are judged by.
func (s *sample) bounded() bool { return s.best != nil }

// extremes are the samples at best and at worst for the new side. They are the same where all is firm.
func extremes(tested []sample) (best, worst []sample) {
	for _, s := range tested {
		if !s.bounded() {
			s.best, s.worst = &s, &s
		}
		best, worst = append(best, *s.best), append(worst, *s.worst)
	}
	return best, worst
}

// describeBounds notes where a side's median is no firm figure.
func (s *sample) describeBounds(c *Change) {
	if s.bounded() {
		c.BaseLower, c.BaseAtLeast = loosely(s.base, s.worst.base, s.best.base)
		c.NewLower, c.NewAtLeast = loosely(s.new, s.best.new, s.worst.new)
	}
}

// loosely gives the median of the lower ends, 0 where that of what was seen is as good; atLeast says whether there may
// have been more than was seen.
func loosely(seen, low, high []float64) (lower float64, atLeast bool) {
	lower = stats.Median(low)
	if (stats.Bounds{Lower: time.Duration(lower), Upper: time.Duration(stats.Median(seen))}).Firm() {
		lower = 0
	}
	return lower, stats.Median(high) > stats.Median(seen)
}

// sayRounds says by how many rounds a metric is judged, where others have no firm figure of it.
func (s *sample) sayRounds(c *Change, base, new int) {
	if len(s.base) == base && len(s.new) == new {
		return
	}
	said := fmt.Sprintf("judged by %d of %d rounds of base and %d of %d of new: of the others only bounds are known",
		len(s.base), base, len(s.new), new)
	if c.Reason != "" {
		said = c.Reason + "; " + said
	}
	c.Reason = said
}

// late says whether it is the tool's lateness that makes bounds of figures, and not what was open at the end alone.
func (s *sample) late() bool {
	return !slices.Equal(s.worst.base, s.base) || !slices.Equal(s.best.new, s.new)
}

// unjudge says that within these bounds nothing can be said, and what is judged in its place.
func (s *sample) unjudge(c *Change, best, worst finding) {
	if !s.late() {
		c.Verdict = Inconclusive
		c.Reason = "requests were open when rounds ended, and may have taken any time"
		return
	}
	c.Verdict, c.Machine, c.Instead = Unjudged, true, s.instead
	c.Reason = "this tool was late, and knows only bounds: a change from " + s.roughly(best.low) + " to " +
		s.roughly(worst.high)
	if s.instead != "" {
		c.Reason += "; " + s.instead + " is judged in its place, by the kernel's receive stamps"
	}
}

// roughly writes a bound of a change for a sentence: beyond ten times as much it is no bound worth a figure.
func (m *measure) roughly(worse float64) string {
	switch {
	case worse > math.Log(10):
		return "more than +900 %"
	case worse < -math.Log(10):
		return "less than -90 %"
	}
	return m.show(worse)
}
