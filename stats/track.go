package stats

import (
	"fmt"
	"time"
)

// Threshold is an objective held against the run.
type Threshold struct {
	Rule      string        `json:"rule"`
	Measured  float64       `json:"measured"` // of a rule with For: the longest stretch in which it did not hold
	Unit      string        `json:"unit"`     // "ns", "ratio", "per_second", "bytes_per_second", "bytes", "count"
	OK        bool          `json:"ok"`
	Why       string        `json:"why,omitempty"`        // it is broken, where Measured alone does not say it
	Means     string        `json:"means,omitempty"`      // the rule by the name of what is read, where that is another
	NoSamples bool          `json:"no_samples,omitempty"` // Measured means nothing
	AtLeast   bool          `json:"at_least,omitempty"`   // Measured is a lower bound: requests were open at the end
	For       time.Duration `json:"for_ns,omitempty"`     // the rule speaks of stretches of windows of this length
}

// A tracker follows the rules of a plan through a run: it is shown every window, and asked in between and at the end.
type tracker struct {
	plan       *Plan
	thresholds []track
	aborts     [][]track // one list for each of the plan's rules
}

// A track is one objective on its way through a run.
type track struct {
	objective Objective
	text      string
	err       error // the saved plan has a rule that this version cannot read
	stretch   stretch
}

func newTracker(p *Plan) *tracker {
	k := &tracker{plan: p}
	for _, rule := range p.Thresholds {
		k.thresholds = append(k.thresholds, tracksOf(rule)...)
	}
	for _, rule := range p.Aborts {
		k.aborts = append(k.aborts, tracksOf(rule))
	}
	return k
}

func tracksOf(rule Rule) (all []track) {
	objectives, err := rule.Objectives()
	if err != nil {
		return []track{{text: rule.String(), err: err}}
	}
	for _, o := range objectives {
		all = append(all, track{objective: o, text: o.String(), stretch: stretch{required: o.span}})
	}
	return all
}

// add shows a window to every rule that speaks of windows.
func (k *tracker) add(w *Window) {
	s := liveScope(k.plan, w.Tally, part{w.Sent, w.End - w.Start})
	s.busy = s.totals.Sent > 0 || w.InFlight > 0
	if w.Warmup || w.Drain || !s.busy {
		return
	}
	for i := range k.thresholds {
		if t := &k.thresholds[i]; t.objective.span > 0 {
			t.stretch.add(w, !t.holds(s))
		}
	}
	for _, rule := range k.aborts {
		for i := range rule {
			if t := &rule[i]; t.objective.span > 0 {
				t.stretch.add(w, t.holds(s))
			}
		}
	}
}

func (t *track) holds(s *scope) bool { return t.objective.holds(t.objective.read(s)) }

// extend makes the last window as long as the run's schedule: it was closed with the last answer, and a fast server
// gives that a moment before the last second is over. Without this no rule for the whole run could be kept.
func (k *tracker) extend(last *Window, stopped time.Duration) {
	if last.Warmup || last.Drain || last.End >= stopped || last.Done+last.InFlight == 0 {
		return
	}
	for i := range k.thresholds {
		k.thresholds[i].stretch.extend(stopped - last.End)
	}
}

// strike gives the first abort rule that holds now, of the part of the span that is over; "" when none does.
func (k *tracker) strike(total *Tally, of part) string {
	if len(k.aborts) == 0 {
		return ""
	}
	s := liveScope(k.plan, total, of)
	for i, rule := range k.aborts {
		if strikes(rule, s) {
			return k.plan.Aborts[i].String()
		}
	}
	return ""
}

// strikes says whether every part of the rule holds now.
func strikes(rule []track, s *scope) bool {
	for i := range rule {
		t := &rule[i]
		switch {
		case t.err != nil:
			return false
		case t.objective.span > 0 && t.stretch.now < t.objective.span:
			return false
		case t.objective.span == 0 && !t.holds(s):
			return false
		}
	}
	return true
}

// judge holds the plan's thresholds against the whole run.
func (k *tracker) judge(total *Tally, totals *Totals) (all []Threshold) {
	s := &scope{plan: k.plan, tally: total, totals: *totals, sent: totals.SentPerSecond(), busy: totals.Sent > 0}
	for i := range k.thresholds {
		all = append(all, k.thresholds[i].threshold(s))
	}
	return all
}

func (t *track) threshold(s *scope) Threshold {
	if t.err != nil {
		return Threshold{Rule: t.text, Unit: t.objective.unit(), NoSamples: true,
			Why: "the rule cannot be read: " + t.err.Error()}
	}
	th := Threshold{Rule: t.text, Unit: t.objective.unit(), Means: t.objective.means()}
	if t.objective.span > 0 {
		t.stretch.judge(&th)
		return th
	}
	read := t.objective.read(s)
	th.Measured, th.NoSamples, th.AtLeast, th.OK = read.value, read.none, read.atLeast, t.objective.holds(read)
	switch {
	case th.NoSamples:
		th.Why = "there are no samples"
	case th.AtLeast && !th.OK:
		th.Why = fmt.Sprintf("requests were still open at the end (%d), so it may be more", s.totals.Aborted)
	}
	return th
}

// A stretch counts the windows, one after the other, in which an objective holds, or in which it does not.
type stretch struct {
	now, longest   time.Duration
	from, worst    time.Duration // where the current and the longest one began
	seen, required time.Duration // all windows; those of a rule's "for"
}

func (s *stretch) add(w *Window, counts bool) {
	span := w.End - w.Start
	s.seen += span
	if !counts {
		s.now = 0
		return
	}
	if s.now == 0 {
		s.from = w.Start
	}
	s.grow(span)
}

func (s *stretch) grow(span time.Duration) {
	if s.now += span; s.now > s.longest {
		s.longest, s.worst = s.now, s.from
	}
}

// extend makes the last window longer.
func (s *stretch) extend(more time.Duration) {
	s.seen += more
	if s.now > 0 {
		s.grow(more)
	}
}

// judge says how long the objective did not hold.
func (s *stretch) judge(t *Threshold) {
	t.Unit, t.For, t.Measured = "ns", s.required, float64(s.longest)
	t.OK = s.seen >= s.required && s.longest < s.required
	switch {
	case s.seen < s.required:
		t.NoSamples, t.Why = true, fmt.Sprintf("only %s of windows were measured, and it speaks of %s",
			FormatDuration(s.seen), FormatDuration(s.required))
	case !t.OK:
		t.Why = fmt.Sprintf("it did not hold for %s, from %s of the run on",
			FormatDuration(s.longest), FormatDuration(s.worst))
	}
}
