package stats

import (
	"cmp"
	"slices"
	"time"
)

// Totals counts the measured span. Planned = OK + Failed + TimedOut + Aborted + Unsent, exactly.
type Totals struct {
	Planned  int64 `json:"planned"`                 // arrivals that the schedule called for; closed loop: claimed, or as asked
	Sent     int64 `json:"sent"`                    // OK + Failed + TimedOut + Aborted
	OK       int64 `json:"ok"`                      // answered as expected
	Failed   int64 `json:"failed"`                  // every other outcome
	TimedOut int64 `json:"timed_out"`               // a time limit passed
	Aborted  int64 `json:"aborted"`                 // open when the drain ended
	Unsent   int64 `json:"unsent"`                  // never started
	Attempts int64 `json:"attempts"`                // times a request was put on a connection
	Hops     int64 `json:"hops,omitempty"`          // of Attempts: redirects that were followed
	Rounds   int64 `json:"digest_rounds,omitempty"` // of Attempts: answers to Digest challenges
	Late     int64 `json:"late"`                    // sent, but after the schedule's own end
	Due      int64 `json:"due"`                     // of Planned, those due before claiming stopped; fewer only when cut short
	Warmup   int64 `json:"warmup"`                  // requests of the warm-up; in no other count

	Span              time.Duration `json:"span_ns"`    // what the schedule itself takes; 0 in closed loop
	Elapsed           time.Duration `json:"elapsed_ns"` // of the measured span, as it went
	OfferedPerSecond  float64       `json:"offered_per_second"`
	AchievedPerSecond float64       `json:"achieved_per_second"`
	GoodputPerSecond  float64       `json:"goodput_per_second"`

	BodyBytesSent     int64 `json:"body_bytes_sent"`
	WireBytesSent     int64 `json:"wire_bytes_sent"`
	BytesReceived     int64 `json:"bytes_received"`
	ConnectionsOpened int64 `json:"connections_opened"`
	ConnectionsNeeded int64 `json:"connections_needed"`     // the most that had requests on them at once
	Reopened          int64 `json:"reopened,omitempty"`     // connections that the server had closed before the run, opened anew outside of it
	IdleAnswers       int64 `json:"idle_answers,omitempty"` // connections closed since something came on them that no request had asked for
	Unstamped         int64 `json:"unstamped"`              // kernel receive stamps that were missing or out of order

	// What the server was like when it was not full: OK requests, those of the warm-up among them, that found a
	// slot free when they were due. Open loop only; the verdict tells a full pool from a full server by it.
	FreeSlot            int64         `json:"free_slot"`
	FreeSlotServiceMean time.Duration `json:"free_slot_service_mean_ns"`
}

// Errors is how many of those that were sent did not end OK.
func (t *Totals) Errors() int64 { return t.Failed + t.TimedOut + t.Aborted }

// ErrorRatio is the part of what was sent that did not end OK; 0 when nothing was sent.
func (t *Totals) ErrorRatio() float64 { return float64(t.Errors()) / float64(max(1, t.Sent)) }

// newTotals counts what the tally has of a run that ended so; rates are not in it.
func newTotals(t *Tally, e *Ending) Totals {
	totals := Totals{Planned: e.Planned, Due: e.Due, Span: e.Span,
		Sent: t.Done(), OK: t.OK, Failed: t.Failed, TimedOut: t.TimedOut, Aborted: t.Aborted,
		Unsent: e.Planned - t.Done(), Attempts: t.Attempts, Hops: t.Hops, Rounds: t.Rounds, Late: t.Late, Warmup: t.Warmup,
		BodyBytesSent: t.BodySent, WireBytesSent: e.WireBytesSent, BytesReceived: e.BytesReceived,
		ConnectionsOpened: e.ConnectionsOpened, ConnectionsNeeded: e.ConnectionsNeeded, Reopened: e.Reopened, IdleAnswers: e.IdleAnswers,
		Unstamped: t.Unstamped, FreeSlot: t.FreeSlot}
	if t.FreeSlot > 0 {
		totals.FreeSlotServiceMean = t.FreeSlotService / time.Duration(t.FreeSlot)
	}
	return totals
}

// # Rates
//
// The obvious way, requests over the time until the last of them was done, lies twice: the drain adds a tail in
// which nothing new is sent, and one request that hangs until its time limit makes a run of a second one of
// half a minute. So the achieved rate counts what was done by the instant when claiming stopped, over the time
// until that instant.
//
// At the other end stands a gap before the first answer. Where the schedule was kept, that gap is no lack of
// speed: each answer comes one service time after its arrival, so the stream of answers is the stream of
// arrivals, moved, and its rate is taken from the first answer on. That is one answer over a span that begins
// with it, so it may come out a hair above what was offered, which it cannot be: it is held to that. Where all
// slots were busy (a closed loop, or a schedule that was not kept) the first answers end work that took the
// whole gap, so the gap counts.
//
// When fewer than half were done by that instant (a service time as long as the run), it says little, and the
// time until the last answer is the better measure.
//
// Aborted requests are never done. A schedule that was cut short offered what it did until then.
func (t *Totals) setRates(p *Plan, e *Ending, a answered) {
	measured := max(0, e.Stopped-p.Warmup) // a run may be cut short in its warm-up
	t.Elapsed = measured
	if !p.Open() && p.Requests > 0 && t.Sent >= p.Requests {
		t.Elapsed = e.LastDone - p.Warmup
	}
	if p.Open() {
		t.OfferedPerSecond = perSecond(t.Due, min(e.Span, measured))
	}
	t.AchievedPerSecond = t.answerRate(p, e, a)
	if done := t.Sent - t.Aborted; done > 0 {
		t.GoodputPerSecond = t.AchievedPerSecond * float64(t.OK) / float64(done)
	}
}

// answered is what the rate of answers is made of, beside the totals.
type answered struct {
	byStop int64         // requests done in windows that closed before claiming stopped
	first  time.Duration // when the first was done
}

func (t *Totals) answerRate(p *Plan, e *Ending, a answered) float64 {
	done := t.Sent - t.Aborted
	switch {
	case a.byStop*2 < done:
		return perSecond(done, e.LastDone-p.Warmup)
	case p.Open() && t.sentInTime():
		return min(perSecond(a.byStop, e.Stopped-a.first), t.OfferedPerSecond)
	}
	return perSecond(a.byStop, e.Stopped-p.Warmup)
}

func perSecond(n int64, d time.Duration) float64 {
	if d <= 0 {
		return 0
	}
	return float64(n) / d.Seconds()
}

// sentInTime says whether the schedule was kept: 99 % of what was due was sent before its end. What is left then is
// at most one in a hundred, so a bound of its own on the backlog, max(concurrency, 1 %), would never be met first.
func (t *Totals) sentInTime() bool { return 100*(t.Sent-t.Late) >= 99*t.Due }

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

// templates joins what was counted with what the plan says of each request. A run of one request has none.
func (t *Tally) templates(p *Plan, totals *Totals) []Template {
	if len(p.Mix) < 2 {
		return nil
	}
	t.growTemplates(len(p.Mix)) // a run of no windows has none yet
	all := make([]Template, len(p.Mix))
	for i, m := range p.Mix {
		tally := t.Templates[i]
		slices.SortFunc(tally.Status, func(a, b StatusCount) int { return cmp.Compare(a.Code, b.Code) })
		slices.SortFunc(tally.Outcomes, func(a, b OutcomeCount) int {
			return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Outcome, b.Outcome),
				cmp.Compare(a.Status, b.Status))
		})
		all[i] = Template{Name: m.Name, Method: m.Method, URL: m.URL, Weight: m.Weight, TemplateTally: tally}
		if done := totals.Sent - totals.Aborted; done > 0 {
			answered := tally.Totals.Done() - tally.Totals.Aborted
			all[i].AchievedPerSecond = totals.AchievedPerSecond * float64(answered) / float64(done)
		}
	}
	return all
}
