package live

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"shotput/report/grid"
	"shotput/report/words"
)

// # The panel
//
// Every figure has a place of its own that does not move from one drawing to the next: the eye finds what it looks for
// only where it was before. So each is fitted to its place, from the longest of several texts to the shortest, and what
// still does not fit is cut.

// panelHeight is how many lines panel draws: as few as say all, since they stand over what the person did before.
const panelHeight = 5

// mostWidth is how wide a line is at most where nothing is known of the terminal, as of a log.
const mostWidth = 80

// wideEnough is the width from which the panel has three columns with their labels in full.
const wideEnough = 72

// panel draws the live view: five lines of at most width columns. elapsed is since the start of the run.
func (s *snapshot) panel(elapsed time.Duration, width int, opt words.Options) []string {
	ellipsis := "…"
	if opt.ASCII {
		ellipsis = "..."
	}
	figures := s.wide
	if width < wideEnough {
		figures = s.narrow
	}
	lines := append([]string{s.heading(width, ellipsis), s.progress(elapsed, width)}, figures(width, opt)...)
	if s.notice != "" {
		lines[panelHeight-1] = " " + s.notice
	}
	for i := range lines {
		if opt.ASCII {
			lines[i] = words.ASCII(lines[i])
		}
		lines[i] = words.Cut(strings.TrimRight(lines[i], " "), width, ellipsis)
	}
	return lines
}

// heading is what is fired, behind which of several runs it is. Where the hint has no room elsewhere it stands here
// instead of the request, which whoever looks has typed.
func (s *snapshot) heading(width int, ellipsis string) string {
	label := ""
	if s.label != "" {
		label = words.Middle(s.label, width/2, ellipsis) + ": "
	}
	if s.hint != "" && width < wideEnough {
		return " " + label + s.hint
	}
	return " " + label + words.Middle(words.Title(&s.plan), max(0, width-1-grid.Columns(label)), ellipsis)
}

// wide is the figures in three columns; the hint has all but the first.
func (s *snapshot) wide(width int, opt words.Options) []string {
	widths := []int{28, 24, width - 53}
	return []string{
		inColumns(widths, label("rate    ", s.rates()...), label("in flight  ", s.inFlight()...),
			[]string{s.lag("timer lag  ")}),
		inColumns(widths, label("p50     ", s.figure(s.window.P50)), label("p99        ", s.figure(s.window.P99)),
			[]string{s.spark(widths[2], opt)}),
		inColumns([]int{28, width - 29}, label("errors  ", s.errors()...), []string{s.hint}),
	}
}

// narrow leaves out words before figures, and the hint; see heading.
func (s *snapshot) narrow(width int, opt words.Options) []string {
	halves := []int{23, width - 24}
	return []string{
		inColumns(halves, label("rate ", s.rates()...), label("in flight ", s.inFlight()...)),
		inColumns(
			[]int{12, 13, width - 26},
			label("p50 ", s.figure(s.window.P50)),
			label("p99 ", s.figure(s.window.P99)),
			[]string{s.spark(width-26, opt)},
		),
		inColumns(halves, label("errors ", s.errors()...), []string{s.lag("lag ")}),
	}
}

// inColumns puts cells beside each other, each as the first of its texts that fits its column and leaves a gap.
func inColumns(widths []int, cells ...[]string) string {
	line := " "
	for i, width := range widths {
		gap := 1
		if i == len(widths)-1 {
			gap = 0
		}
		line += pad(fit(width-gap, cells[i]), width-gap) + strings.Repeat(" ", gap)
	}
	return line
}

// label is the texts, each behind the same label.
func label(label string, texts ...string) []string {
	texts = slices.Clone(texts)
	for i := range texts {
		texts[i] = label + texts[i]
	}
	return texts
}

// fit is the first of the texts that fits in room columns, else the last.
func fit(room int, texts []string) string {
	for _, s := range texts {
		if grid.Columns(s) <= room {
			return s
		}
	}
	return texts[len(texts)-1]
}

// pad fills up to the width by columns of the terminal; Printf would count runes.
func pad(s string, width int) string { return s + strings.Repeat(" ", max(0, width-grid.Columns(s))) }

// progress is a bar where the plan has an end, then the time.
func (s *snapshot) progress(elapsed time.Duration, width int) string {
	part, known := s.part(elapsed)
	clock := fmt.Sprintf("%.1f s", elapsed.Seconds())
	if end := s.end(); end > 0 {
		clock += " of " + words.Seconds(end)
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
	room := min(width-1-grid.Columns(label), 44)
	if room < 8 {
		return label
	}
	full := int(part * float64(room))
	return " " + strings.Repeat("━", full) + strings.Repeat("─", room-full) + label
}

// rates is what the last window achieved beside what the plan asks for, and alone.
func (s *snapshot) rates() []string {
	w := &s.window
	now, asked := words.Rate(words.PerSecond(w.Done, w.End-w.Start)), s.askedInWindow()
	switch {
	case !s.seen:
		return []string{"-"}
	case s.plan.BytesPerSecond > 0 && !w.Drain:
		now = words.Size(words.PerSecond(w.BodySent, w.End-w.Start)) + "/s"
		return []string{now + " of " + words.Size(s.plan.BytesPerSecond) + "/s", now}
	case asked == 0:
		return []string{now}
	}
	return []string{now + " of " + words.Rate(asked), now}
}

// inFlight is how many were in flight when the last window closed, beside their bound, and alone.
func (s *snapshot) inFlight() []string {
	if !s.seen {
		return []string{"-"}
	}
	now := words.Count(s.window.InFlight)
	return []string{now + " of " + words.Count(int64(s.plan.Concurrency)), now}
}

// figure prints a latency of the last window; without an OK request in it there is none.
func (s *snapshot) figure(d time.Duration) string {
	if s.window.OK == 0 {
		return "-"
	}
	return words.Duration(d)
}

// errors is how many there were in the measured span, beside their share, and alone.
func (s *snapshot) errors() []string {
	n := words.Count(s.errs)
	if s.errs == 0 {
		return []string{n}
	}
	return []string{n + " (" + words.Percent(float64(s.errs)/float64(s.measured)) + ")", n}
}

// lag is the timer lag behind its label; only an open loop has one.
func (s *snapshot) lag(label string) string {
	switch {
	case !s.plan.Open():
		return "closed loop"
	case s.window.Done == 0:
		return label + "-"
	}
	return label + words.Duration(s.window.TimerLagP99)
}

// spark draws the p99 of the last seconds, a sign each, in at most room columns: from zero, so that twice the height
// is twice as long, to the longest of those drawn. A second in which nothing succeeded is a gap.
func (s *snapshot) spark(room int, opt words.Options) string {
	signs := []rune("▁▂▃▄▅▆▇█")
	if opt.ASCII {
		signs = []rune("_.-~=+*#")
	}
	last := s.p99[trace-min(trace, max(0, room)):]
	var b strings.Builder
	for _, d := range last {
		sign := ' '
		if d > 0 {
			level := math.Ceil(float64(d) / float64(slices.Max(last)) * float64(len(signs)))
			sign = signs[int(level)-1]
		}
		b.WriteRune(sign)
	}
	return strings.TrimLeft(b.String(), " ")
}

// line is the live view where nothing can be redrawn: the last window, after the rate of the done in so long.
func (s *snapshot) line(done int64, in time.Duration, opt words.Options) string {
	w := &s.window
	parts := []string{words.Rate(words.PerSecond(done, in)), "p50 " + s.figure(w.P50), "p99 " + s.figure(w.P99),
		words.Plural(s.errs, "error"), words.Count(w.InFlight) + " in flight"}
	if asked := s.askedInWindow(); asked > 0 {
		parts[0] += " of " + words.Rate(asked)
	}
	if w.Warmup {
		parts = append(parts, "warm-up")
	}
	text := pad(words.Seconds(w.End.Round(time.Second)), 8) + strings.Join(parts, " · ")
	if opt.ASCII {
		return words.ASCII(text)
	}
	return text
}

// hintLine is the hint, under the figures of a line.
func (s *snapshot) hintLine(opt words.Options) string {
	if opt.ASCII {
		return words.Cut("        "+words.ASCII(s.hint), mostWidth, "...")
	}
	return words.Cut("        "+s.hint, mostWidth, "…")
}

// prefix is the start of a line where the run is one of several.
func (s *snapshot) prefix() string {
	if s.label == "" {
		return ""
	}
	return s.label + ": "
}

// opening says what begins to be measured. The name of the run has said what is fired; else the request does.
func (s *snapshot) opening(opt words.Options) string {
	text := s.prefix() + "measuring"
	if s.label == "" {
		text += " " + words.Middle(words.Title(&s.plan), 44, "…")
	}
	if span := s.end() - s.plan.Warmup; span > 0 {
		text += " for " + words.Seconds(span)
	}
	switch {
	case s.plan.RatePerSecond > 0:
		text += " at " + words.Rate(s.plan.RatePerSecond)
	case !s.plan.Open():
		text += ", closed loop"
	}
	if opt.ASCII {
		return words.ASCII(text)
	}
	return text
}
