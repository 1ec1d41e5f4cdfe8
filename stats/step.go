package stats

import "time"

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
		t.Latency.CompletionFloor.Record(o.Completion - o.Overdue)
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
