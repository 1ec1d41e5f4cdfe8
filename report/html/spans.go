package html

import (
	"math"
	"time"

	"shotput/report/words"
	"shotput/stats"
)

// A span is the windows that one point of the charts stands for.
type span []stats.Window

// mostPoints bounds the points of a chart: more of them than pixels look like noise, and make a large page.
const mostPoints = 300

// shortest is the shortest window that has a rate and percentiles of its own: the last of a run may last some
// microseconds.
const shortest = 100 * time.Millisecond

// perPoint is how many windows a point stands for.
func perPoint(windows []stats.Window) int { return max(1, (len(windows)+mostPoints-1)/mostPoints) }

// spans puts windows together so that the points are not too many. A point is of the warm-up or not. What ended within
// a moment after the run joins the second before it: of a handful of requests that were the last to end no percentile
// can be compared with those of a second, and drawn as a point of its own it looks as if the server had become slow.
func spans(windows []stats.Window) (all []span) {
	each := perPoint(windows)
	for i := range windows {
		w := &windows[i]
		last := len(all) - 1
		if last >= 0 && all[last].takes(w, each) {
			all[last] = append(all[last], *w)
		} else {
			all = append(all, span{*w})
		}
	}
	return all
}

func (s span) takes(w *stats.Window, each int) bool {
	first, length := &s[0], w.End-w.Start
	if first.Warmup != w.Warmup {
		return false
	}
	if length < shortest && 2*length < first.End-first.Start {
		return true
	}
	return len(s) < each && first.Drain == w.Drain
}

// rate is how many of count there were a second. What ended in the drain is in no rate, nor is what ended within a
// moment; a span that has nothing else has none.
func (s span) rate(count func(*stats.Window) int64) any {
	var n int64
	var length time.Duration
	for i := range s {
		if w := &s[i]; !w.Drain && w.End-w.Start >= shortest {
			n, length = n+count(w), length+w.End-w.Start
		}
	}
	if length == 0 {
		return nil
	}
	return math.Round(words.PerSecond(n, length)*100) / 100
}
