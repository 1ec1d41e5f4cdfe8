package stats

import (
	"cmp"
	"net/http"
	"slices"
)

// A TemplateTally is a template's part of a Tally. Of its latencies there are Response, Floor (open loop) and
// Service; they are packed, since there may be many templates, and each shard has them all.
type TemplateTally struct {
	Totals  Counts        `json:"totals"`
	Latency Latency       `json:"latency"`
	Status  []StatusCount `json:"status"` // each code seen, whatever the outcome; by code in a finished run

	Outcomes []OutcomeCount `json:"outcomes,omitempty"` // what did not succeed; most frequent first in a finished run
}

func newTemplateTally() TemplateTally {
	t := TemplateTally{Status: []StatusCount{}}
	t.Latency.Response.pack()
	t.Latency.Service.pack()
	t.Latency.Floor.pack()
	return t
}

func (t *TemplateTally) record(o *Observation, open bool) {
	t.Totals.count(o)
	if o.Status != 0 {
		t.addStatus(StatusCount{o.Status, cmp.Or(o.Reason, http.StatusText(o.Status)), 1})
	}
	if o.Outcome != OK {
		t.fail(OutcomeCount{o.Outcome, o.Status, 1})
		return
	}
	t.Latency.Service.Record(o.Service())
	if open {
		t.Latency.Response.Record(o.Response())
		if o.Bounded {
			t.Latency.Floor.Record(o.Floor)
		}
	}
}

func (t *TemplateTally) addStatus(s StatusCount) {
	for i := range t.Status {
		if t.Status[i].Code == s.Code {
			t.Status[i].Count += s.Count
			return
		}
	}
	t.Status = append(t.Status, s)
}

func (t *TemplateTally) merge(o *TemplateTally) {
	t.Totals.add(&o.Totals)
	t.Latency.Response.Merge(&o.Latency.Response)
	t.Latency.Service.Merge(&o.Latency.Service)
	t.Latency.Floor.Merge(&o.Latency.Floor)
	for _, s := range o.Status {
		t.addStatus(s)
	}
	for _, f := range o.Outcomes {
		t.fail(f)
	}
}

func (t *TemplateTally) reset() {
	t.Latency.Response.Reset()
	t.Latency.Service.Reset()
	t.Latency.Floor.Reset()
	*t = TemplateTally{Latency: t.Latency, Status: t.Status[:0], Outcomes: t.Outcomes[:0]}
}

// sort brings the lists into the order of a report.
func (t *TemplateTally) sort() {
	slices.SortFunc(t.Status, func(a, b StatusCount) int { return cmp.Compare(a.Code, b.Code) })
	slices.SortFunc(t.Outcomes, func(a, b OutcomeCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Outcome, b.Outcome), cmp.Compare(a.Status, b.Status))
	})
}

// mergeTemplates adds up templates of the same plan.
func (t *Tally) mergeTemplates(o *Tally) {
	t.growTemplates(len(o.Templates))
	for i := range o.Templates {
		t.Templates[i].merge(&o.Templates[i])
	}
}

func (t *Tally) growTemplates(n int) {
	for len(t.Templates) < n {
		t.Templates = append(t.Templates, newTemplateTally())
	}
}
