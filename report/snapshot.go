package report

import (
	"cmp"
	"slices"
	"time"

	"shotput/stats"
)

// trace is how many seconds of p99 are kept to be drawn: more than the widest panel has room for.
const trace = 60

// A snapshot is what a live view knows of a run: its plan, the last window, and what the windows so far add up to.
// A copy shares nothing that changes, but for failures, which only add reads.
type snapshot struct {
	plan           stats.Plan
	stages         []stage              // of the plan
	label          string               // which run of several; "" for the only one
	window         stats.Window         // the last that closed; Tally is nil
	seen           bool                 // one has closed
	measured, errs int64                // done in the measured span, and of them not OK
	p99            [trace]time.Duration // of the last windows, the newest last; 0 where nothing was OK

	failures []stats.Failure // by class, in the measured span
	alarm    string          // the first that the tool raised about itself
	hint     string          // the one thing to know about the run so far; "" while there is none
	notice   string          // said by the person's side, such as that a signal has come
}

// add takes one more window in.
func (s *snapshot) add(w *stats.Window) {
	s.window, s.seen = *w, true
	s.window.Tally = nil // lent for the call only
	copy(s.p99[:], s.p99[1:])
	s.p99[trace-1] = 0
	if w.OK > 0 {
		s.p99[trace-1] = w.P99
	}
	if !w.Warmup {
		s.measured += w.Done
		s.errs += w.Done - w.OK
	}
	if w.Tally != nil {
		s.gather(w.Tally.Failures)
	}
	s.hint = s.warn()
}

// gather adds up failures by what a reader tells apart: outcome, stage and status.
func (s *snapshot) gather(failures []stats.Failure) {
	for _, f := range failures {
		same := func(o stats.Failure) bool {
			return o.Outcome == f.Outcome && o.Stage == f.Stage && o.Status == f.Status
		}
		if i := slices.IndexFunc(s.failures, same); i >= 0 {
			s.failures[i].Count += f.Count
			s.failures[i].Example = cmp.Or(s.failures[i].Example, f.Example)
		} else {
			s.failures = append(s.failures, f)
		}
	}
}

// warn is the first thing that a person should hear: that the tool itself is the limit, since then no other figure
// can be trusted, and only then what fails.
func (s *snapshot) warn() string {
	switch late := s.window.ClientLimit(&s.plan); {
	case s.alarm != "":
		return s.alarm
	case late != "":
		return late
	case len(s.failures) > 0:
		return s.failing()
	case s.window.Warmup && s.window.Done > s.window.OK:
		return plural(s.window.Done-s.window.OK, "error") + " in a second of the warm-up"
	}
	return ""
}

// failing names the most frequent class of failures, and what it means.
func (s *snapshot) failing() string {
	f := slices.MaxFunc(s.failures, func(a, b stats.Failure) int { return cmp.Compare(a.Count, b.Count) })
	text := outcome(f)
	if f.Stage != stats.NoStage {
		text += " in " + f.Stage.String()
	}
	if len(s.failures) > 1 {
		text = "mostly " + text
	}
	if why := cmp.Or(meanings[f.Status], clean(f.Example)); why != "" {
		text += ": " + why
	}
	return text
}

// end is where the schedule ends, since the start of the run; 0 when no time bounds it.
func (s *snapshot) end() time.Duration {
	span := s.plan.Duration
	for _, g := range s.stages {
		span += g.lasts
	}
	if span == 0 {
		return 0
	}
	return s.plan.Warmup + span
}

// asked is the rate that the plan asks for at an instant of the run, requests a second; 0 when it asks for none.
func (s *snapshot) asked(at time.Duration) float64 {
	at -= s.plan.Warmup
	for i, g := range s.stages {
		if at < g.lasts || i == len(s.stages)-1 {
			return g.from + (g.to-g.from)*min(1, max(0, at.Seconds()/g.lasts.Seconds()))
		}
		at -= g.lasts
	}
	return s.plan.RatePerSecond
}

// askedInWindow is that rate in the middle of the last window; in the drain nothing is asked for.
func (s *snapshot) askedInWindow() float64 {
	if s.window.Drain {
		return 0
	}
	return s.asked(s.window.Start + (s.window.End-s.window.Start)/2)
}

// part is how much of the run is behind: by time, by count, or by whichever of both is nearer its end.
func (s *snapshot) part(elapsed time.Duration) (part float64, known bool) {
	whole := s.end()
	if whole > 0 {
		part = elapsed.Seconds() / whole.Seconds()
	}
	if s.plan.Requests > 0 {
		part = max(part, float64(s.measured)/float64(s.plan.Requests))
	}
	return min(part, 1), whole > 0 || s.plan.Requests > 0
}
