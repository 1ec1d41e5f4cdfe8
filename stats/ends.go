package stats

// An OutcomeCount is how many requests ended with an outcome and a status code.
type OutcomeCount struct {
	Outcome Outcome `json:"outcome"`
	Status  int     `json:"status,omitempty"` // of the answer; 0: none was read, or there are too many
	Count   int64   `json:"count"`
}

// fail adds f to its class, or opens one; as addFailure, it tells at most 64 apart.
func (t *TemplateTally) fail(f OutcomeCount) {
	for i := range t.Outcomes {
		if o := &t.Outcomes[i]; o.Outcome == f.Outcome && o.Status == f.Status {
			o.Count += f.Count
			return
		}
	}
	other := f.Outcome == Other && f.Status == 0
	if len(t.Outcomes) >= maxClasses-1 && !other {
		t.fail(OutcomeCount{Other, 0, f.Count})
		return
	}
	t.Outcomes = append(t.Outcomes, f)
}

// Ends tells all requests apart by outcome and status; the counts add up to Done.
func (t *Tally) Ends() []OutcomeCount {
	statuses := make([]StatusCount, len(t.Statuses))
	for i := range t.Statuses {
		statuses[i] = StatusCount{Code: t.Statuses[i].Code, Count: t.Statuses[i].Latency.Count()}
	}
	var failed []OutcomeCount
	for _, f := range t.Failures {
		failed = append(failed, OutcomeCount{f.Outcome, f.Status, f.Count})
	}
	return ends(t.OK, statuses, addUp(failed))
}

// Ends tells the template's requests apart by outcome and status; the counts add up to Done.
func (t *TemplateTally) Ends() []OutcomeCount {
	return ends(t.Totals.OK, t.Status, append([]OutcomeCount(nil), t.Outcomes...))
}

// addUp puts those of one outcome and status together, which Failures has by stage.
func addUp(all []OutcomeCount) []OutcomeCount {
	sum := TemplateTally{}
	for _, o := range all {
		sum.fail(o)
	}
	return sum.Outcomes
}

// ends joins what failed with what was OK. Of those no status is counted by itself: they are what is left of the
// statuses when the failures are taken away. That holds only while all failures have kept their status; where some
// were counted as "other" with none, more would be left than was OK, and all that was OK is told without a status.
func ends(ok int64, statuses []StatusCount, failed []OutcomeCount) []OutcomeCount {
	var all []OutcomeCount
	left := ok
	for _, s := range statuses {
		n := s.Count
		for _, f := range failed {
			if f.Status == s.Code {
				n -= f.Count
			}
		}
		if n > 0 {
			all, left = append(all, OutcomeCount{OK, s.Code, n}), left-n
		}
	}
	switch {
	case left < 0:
		all = []OutcomeCount{{OK, 0, ok}}
	case left > 0:
		all = append(all, OutcomeCount{OK, 0, left})
	}
	return append(all, failed...)
}
