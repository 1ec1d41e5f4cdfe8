package report

import (
	"fmt"
	"strings"
	"time"

	"shotput/stats"
)

// A snapshot is what a live view knows of a run: its plan, the last window, and what the windows so far add up to.
type snapshot struct {
	plan           stats.Plan
	window         stats.Window // the last that closed; Tally is nil
	seen           bool         // one has closed
	measured, errs int64        // done in the measured span, and of them not OK
}

// add takes one more window in.
func (s *snapshot) add(w *stats.Window) {
	s.window, s.seen = *w, true
	s.window.Tally = nil // lent for the call only
	if !w.Warmup {
		s.measured += w.Done
		s.errs += w.Done - w.OK
	}
}

// panelHeight is how many lines panel draws.
const panelHeight = 5

// panel draws the live view: five lines of at most width columns. elapsed is since the start of the run.
func (s *snapshot) panel(elapsed time.Duration, width int, opt Options) []string {
	ellipsis := "…"
	if opt.ASCII {
		ellipsis = "..."
	}
	half := min(width/2, 40)
	pair := func(left, right string) string { return " " + pad(left, half-1) + right }
	lines := []string{
		" " + middle(title(&s.plan), width-1, ellipsis),
		s.progress(elapsed, width),
		pair("rate    "+fitting(half-10, s.rates()), "in flight  "+fitting(width-half-11, s.inFlight())),
		pair("p50     "+s.figure(s.window.P50), "p99        "+s.figure(s.window.P99)),
		pair("errors  "+count(s.errs), s.lag()),
	}
	for i := range lines {
		if opt.ASCII {
			lines[i] = ascii(lines[i])
		}
		lines[i] = strings.TrimRight(cut(lines[i], width, ellipsis), " ")
	}
	return lines
}

// fitting is the first of the texts that fits in room columns, else the last.
func fitting(room int, texts []string) string {
	for _, s := range texts {
		if columns(s) <= room {
			return s
		}
	}
	return texts[len(texts)-1]
}

func pad(s string, width int) string { return s + strings.Repeat(" ", max(0, width-columns(s))) }

// progress is a bar where the plan has an end, then the time.
func (s *snapshot) progress(elapsed time.Duration, width int) string {
	part, known := s.part(elapsed)
	clock := fmt.Sprintf("%.1f s", elapsed.Seconds())
	if s.plan.Duration > 0 {
		clock += " of " + seconds(s.plan.Warmup+s.plan.Duration)
	}
	if elapsed < s.plan.Warmup {
		clock += ", warm-up"
	}
	if s.window.Drain {
		clock += ", drain"
	}
	if !known {
		return " " + clock
	}
	label := fmt.Sprintf(" %3.0f %%  %s", part*100, clock)
	room := min(width-1-columns(label), 44)
	if room < 8 {
		return label
	}
	full := int(part * float64(room))
	return " " + strings.Repeat("━", full) + strings.Repeat("─", room-full) + label
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.4g s", d.Seconds()) }

// part is how much of the run is behind: by time, by count, or by whichever of both is nearer its end.
func (s *snapshot) part(elapsed time.Duration) (part float64, known bool) {
	if whole := s.plan.Warmup + s.plan.Duration; s.plan.Duration > 0 {
		part = elapsed.Seconds() / whole.Seconds()
	}
	if s.plan.Requests > 0 {
		part = max(part, float64(s.measured)/float64(s.plan.Requests))
	}
	return min(part, 1), s.plan.Duration > 0 || s.plan.Requests > 0
}

// rates is what the last window achieved beside what the plan asks for, and alone.
func (s *snapshot) rates() []string {
	in := s.window.End - s.window.Start
	now, asked := rate(perSecond(s.window.Done, in)), rate(s.plan.RatePerSecond)
	switch {
	case !s.seen:
		return []string{"-"}
	case s.plan.BytesPerSecond > 0:
		now, asked = size(perSecond(s.window.BodySent, in))+"/s", size(s.plan.BytesPerSecond)+"/s"
	case s.plan.RatePerSecond == 0:
		return []string{now}
	}
	return []string{now + " of " + asked, now}
}

func perSecond(n int64, in time.Duration) float64 {
	return float64(n) / max(in.Seconds(), 1e-9)
}

// inFlight is how many were in flight when the last window closed, beside their bound, and alone.
func (s *snapshot) inFlight() []string {
	if !s.seen {
		return []string{"-"}
	}
	now := count(s.window.InFlight)
	return []string{now + " of " + count(int64(s.plan.Concurrency)), now}
}

// figure prints a latency of the last window; without an OK request in it there is none.
func (s *snapshot) figure(d time.Duration) string {
	if s.window.OK == 0 {
		return "-"
	}
	return stats.FormatDuration(d)
}

// lag is the timer lag, which only an open loop has.
func (s *snapshot) lag() string {
	if !s.plan.Open() {
		return "closed loop"
	}
	if !s.seen {
		return "timer lag  -"
	}
	return "timer lag  " + stats.FormatDuration(s.window.TimerLagP99)
}

// line is the live view where nothing can be redrawn: the last window, after the rate of the done in so long.
func (s *snapshot) line(done int64, in time.Duration, opt Options) string {
	w := &s.window
	parts := []string{rate(perSecond(done, in)), "p50 " + s.figure(w.P50), "p99 " + s.figure(w.P99),
		plural(s.errs, "error"), count(w.InFlight) + " in flight"}
	if s.plan.RatePerSecond > 0 {
		parts[0] += " of " + rate(s.plan.RatePerSecond)
	}
	if w.Warmup {
		parts = append(parts, "warm-up")
	}
	text := pad(seconds(w.End.Round(time.Second)), 8) + strings.Join(parts, " · ")
	if opt.ASCII {
		return ascii(text)
	}
	return text
}

// opening says what begins to be measured.
func (s *snapshot) opening(opt Options) string {
	text := "measuring " + middle(title(&s.plan), 44, "…")
	if s.plan.Duration > 0 {
		text += " for " + seconds(s.plan.Duration)
	}
	switch {
	case s.plan.RatePerSecond > 0:
		text += " at " + rate(s.plan.RatePerSecond)
	case !s.plan.Open():
		text += ", closed loop"
	}
	if opt.ASCII {
		return ascii(text)
	}
	return text
}
