package stats

import (
	"cmp"
	"net/http"
	"slices"
)

// A Template is one of a plan's several requests, and what became of all that were made of it. The sums over all
// templates are the run's totals, exactly, in a run whose end is known: of a stream that broke off, nobody knows
// of what template those were that it left in flight.
type Template struct {
	Name              string  `json:"name"` // its URL, where it was given none
	Method            string  `json:"method"`
	URL               string  `json:"url"` // as Plan has it: never expanded
	Weight            float64 `json:"weight"`
	AchievedPerSecond float64 `json:"achieved_per_second"` // its share of the run's
	TemplateTally
}

// A TemplateTally is a template's part of a Tally. Of its latencies there are Response (open loop) and Service; they
// are packed, since there may be many templates, and each shard has them all.
type TemplateTally struct {
	Totals  Counts        `json:"totals"`
	Latency Latency       `json:"latency"`
	Status  []StatusCount `json:"status"` // each code seen, whatever the outcome; by code in a finished run

	Outcomes []OutcomeCount `json:"outcomes,omitempty"` // what did not succeed; most frequent first in a finished run
}

// A StatusCount is how often a status code came.
type StatusCount struct {
	Code   int    `json:"code"`
	Reason string `json:"reason,omitempty"` // as the server sent it, else the standard's phrase; a window has none
	Count  int64  `json:"count"`
}

func newTemplateTally() TemplateTally {
	t := TemplateTally{Status: []StatusCount{}}
	t.Latency.Response.pack()
	t.Latency.Service.pack()
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
	*t = TemplateTally{Latency: t.Latency, Status: t.Status[:0], Outcomes: t.Outcomes[:0]}
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

// templates joins what was counted with what the plan says of each request. A run of one request has none.
func (r *Run) templates(t *Tally) []Template {
	if len(r.Plan.Mix) < 2 {
		return nil
	}
	t.growTemplates(len(r.Plan.Mix)) // a run of no windows has none yet
	all := make([]Template, len(r.Plan.Mix))
	for i, p := range r.Plan.Mix {
		tally := t.Templates[i]
		slices.SortFunc(tally.Status, func(a, b StatusCount) int { return cmp.Compare(a.Code, b.Code) })
		slices.SortFunc(tally.Outcomes, func(a, b OutcomeCount) int {
			return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Outcome, b.Outcome), cmp.Compare(a.Status, b.Status))
		})
		all[i] = Template{Name: p.Name, Method: p.Method, URL: p.URL, Weight: p.Weight, TemplateTally: tally}
		if done := r.Totals.Sent - r.Totals.Aborted; done > 0 {
			all[i].AchievedPerSecond = r.Totals.AchievedPerSecond * float64(tally.Totals.Done()-tally.Totals.Aborted) / float64(done)
		}
	}
	return all
}
