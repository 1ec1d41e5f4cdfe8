package stats

import (
	"fmt"
	"time"
)

// AbortPrefix stands before the rule in Run.Interrupted of a run that an abort rule ended.
const AbortPrefix = "abort: "

// A vigil is an objective on its way through a run.
type vigil struct {
	objective Objective
	text      string
	err       error // the saved plan has a rule that this version cannot read
	stretch   stretch
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

// lasts makes the last window longer.
func (s *stretch) lasts(more time.Duration) {
	s.seen += more
	if s.now > 0 {
		s.grow(more)
	}
}

func vigils(texts []string) (all []vigil) {
	for _, text := range texts {
		objectives, err := ParseObjectives(text)
		if err != nil {
			all = append(all, vigil{text: text, err: err})
		}
		for _, o := range objectives {
			all = append(all, vigil{objective: o, text: o.String(), stretch: stretch{required: o.span}})
		}
	}
	return all
}

// watch shows a window to every rule that speaks of windows.
func (r *Run) watch(w *Window) {
	s := r.windowScope(w)
	if w.Warmup || w.Drain || !s.busy {
		return
	}
	for i := range r.gathering.thresholds {
		v := &r.gathering.thresholds[i]
		if v.objective.span > 0 {
			v.stretch.add(w, !v.objective.held(v.objective.read(s)))
		}
	}
	for _, rule := range r.gathering.aborts {
		for i := range rule {
			if v := &rule[i]; v.objective.span > 0 {
				v.stretch.add(w, v.objective.held(v.objective.read(s)))
			}
		}
	}
}

// watchedUntil makes the last window as long as the run's schedule: it was closed with the last answer, and a fast server
// gives that a moment before the last second is over. Without this no rule for the whole run could be kept.
func (r *Run) watchedUntil(stopped time.Duration) {
	n := len(r.Windows)
	if n == 0 {
		return
	}
	last := &r.Windows[n-1]
	if last.Warmup || last.Drain || last.End >= stopped || last.Done+last.InFlight == 0 {
		return
	}
	for i := range r.gathering.thresholds {
		r.gathering.thresholds[i].stretch.lasts(stopped - last.End)
	}
}

func (r *Run) windowScope(w *Window) *scope {
	s := r.liveScope(w.Tally, w.End-w.Start)
	s.busy = s.totals.Sent > 0 || w.InFlight > 0
	return s
}

// liveScope is a part of a run that goes on: what was planned of it is not known.
func (r *Run) liveScope(t *Tally, span time.Duration) *scope {
	s := &scope{plan: &r.Plan, tally: t, totals: t.totals(&Ending{Planned: t.Done()}), busy: t.Done() > 0}
	s.totals.Elapsed = span
	s.totals.AchievedPerSecond, s.totals.GoodputPerSecond = perSecond(t.Done(), span), perSecond(t.OK, span)
	if len(r.Plan.Stages) == 0 {
		s.totals.OfferedPerSecond = r.Plan.RatePerSecond
	}
	return s
}

// AbortRule is the first of the plan's abort rules that has come true, after what was added so far; "" when none
// has. It is asked while the run goes on, after each window.
func (r *Run) AbortRule() string {
	var end time.Duration
	if n := len(r.Windows); n > 0 {
		end = r.Windows[n-1].End
	}
	if len(r.gathering.aborts) == 0 {
		return ""
	}
	s := r.liveScope(&r.gathering.total, end-r.Plan.Warmup)
	for i, rule := range r.gathering.aborts {
		if strikes(rule, s) {
			return r.Plan.Aborts[i]
		}
	}
	return ""
}

// strikes says whether every part of the rule holds now.
func strikes(rule []vigil, s *scope) bool {
	for i := range rule {
		v := &rule[i]
		switch {
		case v.err != nil:
			return false
		case v.objective.span > 0 && v.stretch.now < v.objective.span:
			return false
		case v.objective.span == 0 && !v.objective.held(v.objective.read(s)):
			return false
		}
	}
	return true
}

// judged holds the plan's thresholds against the run, whose totals are made.
func (r *Run) judged() (all []Threshold) {
	s := &scope{plan: &r.Plan, tally: &r.gathering.total, totals: r.Totals, busy: r.Totals.Sent > 0}
	for i := range r.gathering.thresholds {
		all = append(all, r.gathering.thresholds[i].threshold(s))
	}
	return all
}

func (v *vigil) threshold(s *scope) Threshold {
	t := Threshold{Rule: v.text, Unit: v.objective.unit()}
	switch {
	case v.err != nil:
		t.NoSamples, t.Why = true, "the rule cannot be read: "+v.err.Error()
		return t
	case v.objective.span > 0:
		v.stretch.into(&t)
		return t
	}
	read := v.objective.read(s)
	t.Measured, t.NoSamples, t.AtLeast, t.OK = read.value, read.none, read.atLeast, v.objective.held(read)
	switch {
	case t.NoSamples:
		t.Why = "there are no samples"
	case t.AtLeast && !t.OK:
		t.Why = fmt.Sprintf("requests were still open at the end (%d), so it may be more", s.totals.Aborted)
	}
	return t
}

// into says how long the objective did not hold.
func (s *stretch) into(t *Threshold) {
	t.Unit, t.For, t.Measured = "ns", s.required, float64(s.longest)
	t.OK = s.seen >= s.required && s.longest < s.required
	switch {
	case s.seen < s.required:
		t.NoSamples, t.Why = true, fmt.Sprintf("only %s of windows were measured, and it speaks of %s", FormatDuration(s.seen), FormatDuration(s.required))
	case !t.OK:
		t.Why = fmt.Sprintf("it did not hold for %s, from %s of the run on", FormatDuration(s.longest), FormatDuration(s.worst))
	}
}

// Fits says why the objective cannot be held against runs of the plan; "" when it can. live is for a rule that is
// asked while the run goes on.
func (o *Objective) Fits(p *Plan, live bool) (why string) {
	m := &o.metric
	live = live || o.span > 0
	switch {
	case m.stat != "" && latencies[m.family].open && !p.Open():
		return m.text + " needs a rate: in a closed loop nothing is due at an instant of its own"
	case m.stat == "" && quantities[m.family].whole && live:
		return m.text + " is known only when the run is over"
	case m.family == "template" && p.template(m.key) < 0:
		return fmt.Sprintf("there is no request %q among the plan's", m.key)
	case o.span > p.Duration && p.Duration > 0:
		return fmt.Sprintf("for %s is longer than the run, %s", o.forText, p.Duration)
	case !o.bound.target:
		return ""
	case m.family == "upload_rate" && p.BytesPerSecond == 0:
		return "of target needs a rate of bytes"
	case m.family != "upload_rate" && !p.Open():
		return "of target needs a rate"
	case m.family != "upload_rate" && live && (p.RatePerSecond == 0 || len(p.Stages) > 0):
		return "of target needs one rate of requests for the whole run, while that goes on"
	}
	return ""
}
