package trend

import "slices"

// LeastLevel is how many values a level has at least: a change shows with so many of its own, at the earliest.
const LeastLevel = least

// judge makes the group's verdict of those of its series. What is not judged is no sign of steadiness.
func (g *Group) judge() {
	g.Verdict = Steady
	for _, verdict := range []string{Unjudged, Changed} {
		if slices.ContainsFunc(g.Series, func(s Series) bool { return s.Verdict == verdict }) {
			g.Verdict = verdict
		}
	}
}

// Unjudged are the series of which nothing can be said.
func (g *Group) Unjudged() (all []*Series) {
	for i := range g.Series {
		if g.Series[i].Verdict == Unjudged {
			all = append(all, &g.Series[i])
		}
	}
	return all
}

// Worsened are the series whose last change is for the worse and lies within the newest places of the group. What was
// taken back since, or is old, is for the reader of the line, and no alarm. Of those that wander nobody knows whether
// it is the server that became worse.
func (g *Group) Worsened(newest int) (all []*Series) {
	for i := range g.Series {
		s := &g.Series[i]
		if c := s.Last(); c != nil && c.Worse && c.To >= len(g.Places)-newest {
			all = append(all, s)
		}
	}
	return all
}

// Last is the newest change; nil where there is none.
func (s *Series) Last() *Change {
	if len(s.Changes) == 0 {
		return nil
	}
	return &s.Changes[len(s.Changes)-1]
}

// Odd are the series whose value at the newest place is firm, and worse than the band of noise and than the least
// change that counts. One in forty is by chance: that is a reason to look again, and proves nothing.
func (g *Group) Odd() (all []*Series) {
	for i := range g.Series {
		s := &g.Series[i]
		if n := len(s.Points); n > 0 && s.Verdict != Unjudged && s.Points[n-1].Place == len(g.Places)-1 &&
			s.isOdd(&s.Points[n-1]) {
			all = append(all, s)
		}
	}
	return all
}

func (s *Series) isOdd(p *Point) bool {
	far := s.scaled(p.Value) - s.scaled(p.Line)
	worse := p.Value > p.High
	if s.HighGood {
		far, worse = -far, p.Value < p.Low
	}
	return p.Firm && worse && far >= s.threshold()
}

// threshold is the least change that counts.
func (s *Series) threshold() float64 {
	if s.Absolute {
		return leastAbsolute
	}
	return leastRelative
}

// unlabelled counts the runs that have no label.
func (g *Group) unlabelled() (n int) {
	for _, p := range g.Places {
		if p.Label == "" {
			n += len(p.Runs)
		}
	}
	return n
}
