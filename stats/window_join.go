package stats

import "slices"

// JoinWindows adds up windows that follow one another, for charts whose points are fewer than a run's seconds. Counts
// are sums, what is in flight is that of the last. Percentiles are those of the joined histograms; where these are not
// all kept, as in the warm-up, they are those of the window with the most answers. Timer lag, of which no histogram is
// kept, is the greatest. What was lent is left out. Of no window it makes the zero value.
func JoinWindows(all []Window) Window {
	if len(all) == 0 {
		return Window{}
	}
	joined, most := all[0], all[0].OK
	joined.Tally, joined.Samples, joined.SoFar, joined.Headline = nil, Samples{}, nil, Histogram{}
	joined.Status = slices.Clone(all[0].Status)
	joined.Headline.Merge(&all[0].Headline)
	for i := range all[1:] {
		w := &all[i+1]
		joined.addCounts(w)
		joined.Headline.Merge(&w.Headline)
		if w.OK > most {
			joined.P50, joined.P99, joined.ServiceMean, most = w.P50, w.P99, w.ServiceMean, w.OK
		}
	}
	if n := joined.Headline.Count(); len(all) > 1 && n > 0 && n == joined.OK {
		joined.P50, joined.P99 = joined.Headline.Quantile(.5), joined.Headline.Quantile(.99)
	}
	return joined
}

func (w *Window) addCounts(o *Window) {
	w.End, w.InFlight = o.End, o.InFlight
	w.Due, w.Sent, w.Done, w.BodySent = w.Due+o.Due, w.Sent+o.Sent, w.Done+o.Done, w.BodySent+o.BodySent
	w.OK, w.Failed, w.TimedOut = w.OK+o.OK, w.Failed+o.Failed, w.TimedOut+o.TimedOut
	w.Max, w.TimerLagP99 = max(w.Max, o.Max), max(w.TimerLagP99, o.TimerLagP99)
	for _, s := range o.Status {
		same := func(own StatusCount) bool { return own.Code == s.Code }
		if i := slices.IndexFunc(w.Status, same); i >= 0 {
			w.Status[i].Count += s.Count
		} else {
			w.Status = append(w.Status, s)
		}
	}
}
