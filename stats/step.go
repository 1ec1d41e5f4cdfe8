package stats

import (
	"cmp"
	"fmt"
	"reflect"
	"strings"
	"time"
)

// A StepTally is what became of a step's exchanges: of OK ones there is the service time. Its floor, where there is
// one, is that without what answers may have been read late.
type StepTally struct {
	TemplateTally
	Reauth     int64     `json:"reauth,omitempty"`    // of those that are OK: a 401 after which a slot logged in again
	Completion Histogram `json:"completion,omitzero"` // of a step that asks again: until its condition held

	// Failed while they were sent or waited for, as where a connection is closed: on one used before, and on a new one.
	LostReused int64 `json:"lost_reused,omitempty"`
	LostFirst  int64 `json:"lost_first,omitempty"`

	Example   string        `json:"example,omitempty"`    // what the first failure said that said anything
	ExampleAt time.Duration `json:"example_ns,omitempty"` // when it ended
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

func newStepTally() (s StepTally) {
	s.Status = []StatusCount{}
	s.Latency.Service.pack()
	s.Completion.pack()
	return s
}

// isFlow says whether the arrival was a flow; one that ended before its first exchange has the name of the step.
func (o *Observation) isFlow() bool { return o.Exchanges > 0 || o.Step != "" }

// lostAt says whether the request ended between its first byte sent and the first of its answer: if the server closed
// its connection, it was then.
func (o *Observation) lostAt() bool { return o.Stage == InUpload || o.Stage == InWait }

// recordExchange counts an exchange of a flow. What is a connection's, or is known of an answer alone, is taken from
// here; all else of the run is its arrivals'.
func (t *Tally) recordExchange(o *Observation, step int) {
	t.Steps[step].note(o)
	if o.NewConn {
		t.recordConnection(o)
	}
	if o.Unstamped {
		t.Unstamped++
	}
	if o.Continue != NotExpecting {
		t.Continues.count(o)
	}
	if o.Outcome == OK && o.Stamped {
		t.Latency.ReadLag.Record(o.ReadLag)
	}
	if o.Completion > 0 {
		t.Latency.Completion.Record(o.Completion)
		t.Latency.CompletionFloor.Record(o.Completion - o.Gap)
	}
}

// recordFlow has of an OK arrival that was a flow what others have not. In closed loop nothing is late but the flow
// itself, so that its floor is known; see Bounds.
func (t *Tally) recordFlow(o *Observation, open bool) {
	whole := o.Done - o.Intended
	t.Latency.Flow.Record(whole)
	switch {
	case !open:
		t.Latency.FlowFloor.Record(whole - o.TimerLag())
	case o.Bounded:
		t.Latency.FlowFloor.Record(o.Floor)
	}
}

// note counts an exchange.
func (s *StepTally) note(o *Observation) {
	s.record(o, false)
	if o.Reauth {
		s.Reauth++
	}
	if o.Completion > 0 {
		s.Completion.Record(o.Completion)
	}
	if o.Outcome == OK {
		return
	}
	s.addExample(o.Done, o.Detail)
	switch {
	case !o.Outcome.lost() || !o.lostAt():
	case o.NewConn && !o.Reused:
		s.LostFirst++
	default:
		s.LostReused++
	}
}

// lost says whether it is how a request ends whose connection is closed.
func (o Outcome) lost() bool { return o == Closed || o == Reset }

func (s *StepTally) addExample(at time.Duration, text string) {
	if text != "" && (s.Example == "" || at < s.ExampleAt) {
		s.Example, s.ExampleAt = text, at
	}
}

func (s *StepTally) mergeStep(o *StepTally) {
	s.addExample(o.ExampleAt, o.Example)
	s.merge(&o.TemplateTally)
	s.Reauth += o.Reauth
	s.Completion.Merge(&o.Completion)
	s.LostReused += o.LostReused
	s.LostFirst += o.LostFirst
}

func (s *StepTally) resetStep() {
	s.reset()
	s.Completion.Reset()
	*s = StepTally{TemplateTally: s.TemplateTally, Completion: s.Completion}
}

func (t *Tally) growSteps(n int) {
	for len(t.Steps) < n {
		t.Steps = append(t.Steps, newStepTally())
	}
}

// mergeSteps adds up steps of the same plan.
func (t *Tally) mergeSteps(o *Tally) {
	t.growSteps(len(o.Steps))
	for i := range o.Steps {
		t.Steps[i].mergeStep(&o.Steps[i])
	}
}

// exchanges is how many of all steps ended.
func (t *Tally) exchanges() (n int64) {
	for i := range t.Steps {
		n += t.Steps[i].Totals.Done()
	}
	return n
}

// steps joins what was counted with what the plan says of each step. A plan without flows has none.
func (t *Tally) steps(p *Plan) []StepRow {
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

// takeOnce takes in what the head of a run has of exchanges that were sent before it.
func (g *gathering) takeOnce(head []StepRow) {
	g.total.growSteps(len(head))
	for i := range head {
		g.total.Steps[i].mergeStep(&head[i].StepTally)
	}
}

// stepsContradict says which counts of steps and flows do not add up; "" where all do.
func stepsContradict(r *Run) string {
	var all int64
	for i := range r.Steps {
		s := &r.Steps[i]
		if said := s.contradiction(); said != "" {
			return fmt.Sprintf("step %q: %s", s.Name, said)
		}
		all += s.Totals.Done()
	}
	if t := &r.Totals; all != t.Exchanges {
		return fmt.Sprintf("exchanges: %d, and those of the steps: %d", t.Exchanges, all)
	} else if times := r.Latency.Flow.Count(); t.Flows > t.Sent || times > t.Flows {
		return fmt.Sprintf("flows: %d of %d sent, and their times: %d", t.Flows, t.Sent, times)
	}
	return ""
}

func (s *StepTally) contradiction() string {
	var failed int64
	for _, f := range s.Outcomes {
		failed += f.Count
	}
	t := &s.Totals
	switch times := s.Latency.Service.Count(); {
	case t.Errors() != failed:
		return fmt.Sprintf("what did not succeed: %d, and its classes: %d", t.Errors(), failed)
	case t.OK != times:
		return fmt.Sprintf("ok: %d, and service times: %d", t.OK, times)
	case s.Reauth > t.OK:
		return fmt.Sprintf("ok: %d, and of those with a new login: %d", t.OK, s.Reauth)
	}
	if said := belowZero(reflect.ValueOf(*t)); said != "" {
		return said + ", and it cannot be negative"
	}
	return ""
}

// adviseSteps tells of what was sent once after the load, and failed: it is in no arrival's outcome.
func adviseSteps(steps []StepRow) (w []Warning) {
	for i := range steps {
		if s := &steps[i]; s.Phase == StepAfter && s.Totals.Errors() > 0 {
			said := cmp.Or(s.Example, strings.ReplaceAll(s.Outcomes[0].Outcome.String(), "_", " "))
			w = append(w, Warning{Code: "after", Try: "a look at what it should have ended or taken away",
				Text: fmt.Sprintf("step %q, which is sent after the load, failed: %s", s.Name, said)})
		}
	}
	return w
}
