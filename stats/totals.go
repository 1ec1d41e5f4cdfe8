package stats

import "time"

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
	Late     int64 `json:"late"`                    // sent, but after the measured span and one interval's grace
	// Errors of requests that the tool sent on time, with none under way that it had held up: no lateness of its own
	// explains them. Open loop only.
	PunctualErrors int64 `json:"punctual_errors,omitempty"`

	Due    int64 `json:"due"`    // of Planned, those due before claiming stopped; fewer only when cut short
	Warmup int64 `json:"warmup"` // requests of the warm-up; in no other count

	Answered    int64         `json:"answered"`         // ended within the measured span, also of warm-up arrivals
	InFlightEnd int64         `json:"in_flight_at_end"` // of the measured span
	Drained     int64         `json:"drained"`          // ended after the measured span, and were not aborted
	Drain       time.Duration `json:"drain_ns"`         // from the end of the measured span to the last answer

	Span              time.Duration `json:"span_ns"`             // what the schedule itself takes; 0 in closed loop
	Elapsed           time.Duration `json:"elapsed_ns"`          // of the measured span, as it went: T
	OfferedPerSecond  float64       `json:"offered_per_second"`  // these four are defined above setRates
	AchievedPerSecond float64       `json:"achieved_per_second"` // of answers
	GoodputPerSecond  float64       `json:"goodput_per_second"`
	UploadPerSecond   float64       `json:"upload_bytes_per_second"`

	BodyBytesSent     int64 `json:"body_bytes_sent"`
	WireBytesSent     int64 `json:"wire_bytes_sent"`
	BytesReceived     int64 `json:"bytes_received"`
	ConnectionsOpened int64 `json:"connections_opened"`
	ConnectionsNeeded int64 `json:"connections_needed"`         // the most that had requests on them at once
	Reopened          int64 `json:"reopened,omitempty"`         // connections that the server had closed before the run, opened anew outside of it
	IdleAnswers       int64 `json:"idle_answers,omitempty"`     // connections closed since something came on them that no request had asked for
	Overlong          int64 `json:"overlong_answers,omitempty"` // behind whose end more came: their connections were closed
	Unstamped         int64 `json:"unstamped"`                  // kernel receive stamps that were missing or out of order

	Flows     int64         `json:"flows,omitempty"`     // arrivals that were flows, of those sent
	Exchanges int64         `json:"exchanges,omitempty"` // of all steps, what was sent once among them; only where there are steps
	Paused    time.Duration `json:"paused_ns,omitempty"` // what flows waited between exchanges by themselves, in sum

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
		Unsent: e.Planned - t.Done(), Attempts: t.Attempts, Hops: t.Hops,
		Rounds: t.Rounds, Late: t.Late, PunctualErrors: t.Punctual, Warmup: t.Warmup,
		BodyBytesSent: t.BodySent, WireBytesSent: e.WireBytesSent, BytesReceived: e.BytesReceived,
		ConnectionsOpened: e.ConnectionsOpened, ConnectionsNeeded: e.ConnectionsNeeded,
		Reopened: e.Reopened, IdleAnswers: e.IdleAnswers, Overlong: e.Overlong,
		Unstamped: t.Unstamped, FreeSlot: t.FreeSlot, Flows: t.Flows, Exchanges: t.exchanges(), Paused: t.Paused}
	if t.FreeSlot > 0 {
		totals.FreeSlotServiceMean = t.FreeSlotService / time.Duration(t.FreeSlot)
	}
	return totals
}

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
func templates(t *Tally, p *Plan, totals *Totals) []Template {
	if len(p.Mix) < 2 {
		return nil
	}
	t.growTemplates(len(p.Mix)) // a run of no windows has none yet
	all := make([]Template, len(p.Mix))
	for i, m := range p.Mix {
		tally := t.Templates[i]
		tally.sort()
		all[i] = Template{Name: m.Name, Method: m.Method, URL: m.URL, Weight: m.Weight, TemplateTally: tally}
		if done := totals.Sent - totals.Aborted; done > 0 {
			answered := tally.Totals.Done() - tally.Totals.Aborted
			all[i].AchievedPerSecond = totals.AchievedPerSecond * float64(answered) / float64(done)
		}
	}
	return all
}

// A StepRow is a step of a plan's flows, or of what it sends once, and what became of its exchanges. Totals are the
// four terms of its conservation; their sum is how many were started.
type StepRow struct {
	Name   string `json:"name"`
	Flow   string `json:"flow,omitempty"` // the name of the request, of several, that is its flow
	Phase  string `json:"phase"`          // see StepFlow
	Method string `json:"method"`
	URL    string `json:"url"` // never expanded
	StepTally
}

// stepRows joins what was counted with what the plan says of each step. A plan without flows has none.
func stepRows(t *Tally, p *Plan) []StepRow {
	if len(p.Steps) == 0 {
		return nil
	}
	t.growSteps(len(p.Steps)) // a run of no windows has none yet
	all := make([]StepRow, len(p.Steps))
	for i, s := range p.Steps {
		tally := t.Steps[i]
		tally.sort()
		all[i] = StepRow{Name: s.Name, Flow: s.Flow, Phase: s.Phase, Method: s.Method, URL: s.URL, StepTally: tally}
	}
	return all
}
