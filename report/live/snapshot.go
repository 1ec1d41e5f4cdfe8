package live

import (
	"cmp"
	"slices"
	"time"

	"shotput/report/words"
	"shotput/stats"
)

// trace is how many seconds of p99 are kept to be drawn: more than the widest panel has room for.
const trace = 60

// A snapshot is what a live view shows of a run: its plan, the last window, and what it reads of the run so far. It
// adds up nothing itself. A copy shares nothing that changes, so that it may be drawn while the next window comes.
type snapshot struct {
	plan   stats.Plan
	stages []stage // of the plan
	label  string  // which run of several; "" for the only one

	window         stats.Window         // the last that closed; nothing that is lent is in it
	seen           bool                 // one has closed
	measured, errs int64                // done in the measured span, and of them not OK
	p99            [trace]time.Duration // of the last windows, the newest last; 0 where nothing was OK

	alarm  string // the first that the tool raised about itself
	hint   string // the one thing to know about the run so far; "" while there is none
	notice string // said by the person's side, such as that a signal has come
}

// read takes one more window in, and of the run so far what is shown.
func (s *snapshot) read(w *stats.Window, opt words.Options) {
	s.window, s.seen = *w, true
	s.window.Tally, s.window.Samples, s.window.SoFar = nil, stats.Samples{}, nil // lent for the call only
	var failures []stats.Failure
	if now := w.SoFar; now != nil {
		s.measured, s.errs = now.Totals.Sent, now.Totals.Errors()
		s.p99 = lastP99(now.Windows)
		failures = now.Outcomes
	}
	s.hint = s.warn(failures, opt)
}

// lastP99 is the p99 of the last windows that are drawn.
func lastP99(windows []stats.Window) (all [trace]time.Duration) {
	windows = windows[max(0, len(windows)-trace):]
	for i := range windows {
		if w := &windows[i]; w.OK > 0 {
			all[trace-len(windows)+i] = w.P99
		}
	}
	return all
}

// warn is the first thing that a person should hear: that the tool itself is the limit, since then no other figure
// can be trusted, and only then what fails.
func (s *snapshot) warn(failures []stats.Failure, opt words.Options) string {
	switch late := s.window.ClientLimit(&s.plan); {
	case s.alarm != "":
		return s.alarm
	case late != "":
		return late
	case len(failures) > 0:
		return failing(failures, opt)
	case s.window.Warmup && s.window.Done > s.window.OK:
		return words.Plural(s.window.Done-s.window.OK, "error") + " in a second of the warm-up"
	}
	return ""
}

// failing names the most frequent class of failures, and what it means.
func failing(failures []stats.Failure, opt words.Options) string {
	f := slices.MaxFunc(failures, func(a, b stats.Failure) int { return cmp.Compare(a.Count, b.Count) })
	text := words.Outcome(f)
	if f.Stage != stats.NoStage {
		text += " in " + f.Stage.String()
	}
	if len(failures) > 1 {
		text = "mostly " + text
	}
	if why := cmp.Or(words.Meaning(f.Status, opt), words.Clean(f.Example)); why != "" {
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
