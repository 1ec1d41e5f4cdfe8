package stats

// SoFar is the run as it stands after the windows that were added, in the form of a finished one: head, windows,
// totals, latencies, status codes, outcomes and templates are those of the measured span until now. So whatever reads
// a run, a page as well as a live view, reads one that still goes on.
//
// What only an end has is absent: verdict, thresholds, what was planned and never sent. What is in it is lent: it
// changes with the next Add. To copy it whole each second would cost more than to count the requests did; a reader
// that needs more than the moment takes out what it needs.
//
// It is nil once the run is finished: then the run itself says more.
func SoFar(r *Run) *Run {
	if r.gathering == nil {
		return nil
	}
	t, now := &r.gathering.total, *r
	now.gathering = nil
	now.Totals = newTotals(t, &Ending{Planned: t.Done(), Due: t.Done()})
	if n := len(r.Windows); n > 0 {
		now.Totals.Elapsed = max(0, r.Windows[n-1].End-r.Plan.Warmup)
	}
	now.Totals.Answered = t.Within.All
	now.Totals.AchievedPerSecond = perSecond(t.Within.All, now.Totals.Elapsed)
	now.Totals.GoodputPerSecond = perSecond(t.Within.OK, now.Totals.Elapsed)
	if len(r.Plan.Stages) == 0 {
		now.Totals.OfferedPerSecond = r.Plan.RatePerSecond
	}
	now.Latency, now.Status, now.Outcomes = t.Latency, t.Statuses, t.Failures
	now.ExpectContinue = t.Continues.summary()
	now.Templates, now.Steps = templates(t, &r.Plan, &now.Totals), stepRows(t, &r.Plan)
	return &now
}
