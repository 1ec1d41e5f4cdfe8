// Package flow knows arrivals that are more than one exchange: what each sends next, and when, what it takes from the
// answers, and what became of it in the end. It is a state machine: it reads no clock, sends nothing and knows no
// engine. Either engine asks a Slot what is due (Next), sends it, and tells it what came of it (End), until it is over;
// a request that is sent alone goes the same way.
//
// A flow is a list of steps; a pass is one arrival's way through it; a part is one of several exchanges of one step
// that may be under way at a time; a poll is an exchange of a step that asks again until a condition holds.
package flow

import (
	"errors"
	"time"

	"shotput/loadgen/answer"
	"shotput/loadgen/text"
)

// A Step says how one of a flow's requests is repeated, and what is taken from its answers.
type Step struct {
	Captures []answer.Capture `json:"captures,omitzero"`
	// ask again until an answer is such a one; only with Within
	Until  answer.Spec   `json:"until,omitzero"`
	Every  time.Duration `json:"every_ns,omitzero"`  // between the end of an answer and the next poll; Retry-After may be longer
	Within time.Duration `json:"within_ns,omitzero"` // of the step's first exchange being sent; 0: it does not ask again
	Parts  int           `json:"parts,omitzero"`     // sent so often, {{part}} from 1 on; 0: once, and there is no {{part}}
	// parts under way at a time; 0 is 1
	Parallel  int  `json:"parallel,omitzero"`
	PerSlot   bool `json:"per_slot,omitzero"`   // sent once for each slot, ahead of its first pass, and again when an answer says 401
	OnFailure bool `json:"on_failure,omitzero"` // sent only when a step has failed
	// waited behind its last answer, before the next step
	Think Think `json:"think,omitzero"`
}

// Kept is how many bytes of an answer's body the step looks at, beside what its own expectation does.
func (s *Step) Kept() (n int) {
	if s.Within > 0 {
		n = s.Until.Kept()
	}
	for _, c := range s.Captures {
		n = max(n, c.Kept())
	}
	return n
}

// A Think is a time that is waited, drawn evenly from From to To.
type Think struct {
	From time.Duration `json:"from_ns,omitzero"`
	To   time.Duration `json:"to_ns,omitzero"` // 0: From
}

// A Flow is a list of steps, compiled. Safe for concurrent use.
type Flow struct {
	steps   [phases][]compiled // by when they are sent
	limit   time.Duration
	seed    uint64
	hosts   *policy
	cookies bool
	render  Render
	texts   int // how many a pass may capture; those of a slot's own steps stand by themselves
	logins  int // how many texts those may capture
}

// A compiled is a step, ready to be sent. What it captures has its places among the texts of a pass, or of a slot.
type compiled struct {
	Named
	takers  []*answer.Taker
	bases   []bool           // of each: a URL begins with it, which may be relative
	texts   []int            // of each: the first of its places
	until   *answer.Expected // nil: it does not ask again
	located bool             // its own URL is needed, beside being sent
	ordinal int              // its place in the Config
}

// Render gives the URL of one of the requests, whole: absolute, or as it was captured and written. at is the arrival's
// intended start. The error says why it cannot be made. It is called by any number of goroutines at once.
type Render func(template int, number int64, at time.Duration, given *text.Given) (string, error)

// A Config is what a flow is made of.
type Config struct {
	Steps   []Named
	Limit   time.Duration // on a pass, from its first exchange being sent; 0: none
	Seed    uint64        // of think times
	Hosts   Hosts
	Cookies bool // each slot keeps the cookies that it is given
	Bases   bool // a URL of another flow may begin with what is captured: see text.Value
	Render  Render
}

// A Named is a step with its name, and which of the plan's compiled requests it sends.
type Named struct {
	Step
	Name     string
	Template int      // in the plan's order, and the place of its row
	URLFrom  string   // the capture that its URL begins with; "": it begins as it is written
	Needs    []string // the captures that stand in its request: a step on failure is not sent without them
	Decode   bool     // it asks for compressed answers
}

// New compiles a flow whose steps have been checked. The error joins all faults.
func New(c Config) (*Flow, error) {
	hosts, err := newPolicy(c.Hosts)
	f := &Flow{limit: c.Limit, seed: c.Seed, hosts: hosts, cookies: c.Cookies, render: c.Render}
	faults := []error{err}
	for i := range c.Steps {
		s, err := compile(&c, i)
		faults = append(faults, err)
		switch {
		case s.PerSlot:
			f.logins = s.place(f.logins)
			f.steps[loggingIn] = append(f.steps[loggingIn], s)
		case s.OnFailure:
			f.texts = s.place(f.texts)
			f.steps[cleaningUp] = append(f.steps[cleaningUp], s)
		default:
			f.texts = s.place(f.texts)
			f.steps[passing] = append(f.steps[passing], s)
		}
	}
	return f, errors.Join(faults...)
}

func compile(c *Config, i int) (s compiled, err error) {
	s = compiled{Named: c.Steps[i], ordinal: i, located: c.Cookies || c.Steps[i].URLFrom != ""}
	var faults []error
	for _, capture := range s.Captures {
		t, err := capture.Compile(s.Decode)
		faults = append(faults, err)
		s.takers = append(s.takers, t)
		base := c.Bases || c.leads(capture.Name)
		s.bases = append(s.bases, base)
		s.located = s.located || base || capture.From == "url"
	}
	if s.Within > 0 {
		s.until, err = s.Until.Expect(s.Decode)
		faults = append(faults, err)
	}
	return s, errors.Join(faults...)
}

// leads says whether a step's URL begins with a capture.
func (c *Config) leads(capture string) bool {
	for i := range c.Steps {
		if c.Steps[i].URLFrom == capture {
			return true
		}
	}
	return false
}

// place gives what the step captures its places, from one on, and says which is the next.
func (s *compiled) place(from int) (next int) {
	for range s.Captures {
		s.texts = append(s.texts, from)
		from += s.parts()
	}
	return from
}

// parts is how many exchanges the step has, polls aside.
func (s *compiled) parts() int { return max(1, s.Parts) }

// lanes is how many of them may be under way at a time.
func (s *compiled) lanes() int { return min(max(1, s.Parallel), s.parts()) }

// Parallel is the most exchanges of a pass that may be under way, or in a pause, at a time.
func (f *Flow) Parallel() (n int) {
	for _, steps := range f.steps {
		for i := range steps {
			n = max(n, steps[i].lanes())
		}
	}
	return n
}
