package report

import (
	"fmt"
	"io"
	"regexp"

	"shotput/stats"
)

// Percentiles writes the headline latency as HdrHistogram's percentile text (.hgrm), in milliseconds.
func Percentiles(w io.Writer, r *stats.Run) error {
	return r.Latency.Headline(r.Plan.Open()).WritePercentiles(w)
}

// HistogramLog writes the headline latency as HdrHistogram's log: an interval for each second in which something
// succeeded, without a tag; then, of a run with several requests, one for each over the whole run, tagged with its
// number and name. A run saved before its seconds had distributions is one interval.
func HistogramLog(w io.Writer, r *stats.Run) error {
	intervals := eachSecond(r)
	open := r.Plan.Open()
	if len(intervals) == 0 && r.Totals.OK > 0 {
		intervals = append(intervals, whole(r, "", r.Latency.Headline(open)))
	}
	for i := range r.Templates {
		t := &r.Templates[i]
		intervals = append(intervals,
			whole(r, fmt.Sprintf("%d.%s", i+1, untaggable.ReplaceAllString(t.Name, "_")), t.Latency.Headline(open)))
	}
	return stats.WriteLog(w, r.Started, intervals)
}

// untaggable is what a name has that a tag may not.
var untaggable = regexp.MustCompile(`[^A-Za-z0-9_.-]+`)

func eachSecond(r *stats.Run) (all []stats.Interval) {
	for i := range r.Windows {
		if window := &r.Windows[i]; window.Headline.Count() > 0 {
			all = append(all, stats.Interval{Start: r.Started.Add(window.Start), End: r.Started.Add(window.End),
				Histogram: &window.Headline})
		}
	}
	return all
}

// whole is one interval for the measured span and the drain.
func whole(r *stats.Run, tag string, h *stats.Histogram) stats.Interval {
	end := r.Plan.Warmup + r.Totals.Elapsed
	if n := len(r.Windows); n > 0 {
		end = max(end, r.Windows[n-1].End)
	}
	return stats.Interval{Tag: tag, Start: r.Started.Add(r.Plan.Warmup), End: r.Started.Add(end), Histogram: h}
}
