// Package flow knows arrivals that are more than one exchange: what each sends next, and when, what it takes from the
// answers, and what became of it in the end. It is a state machine: it reads no clock, sends nothing and knows no
// engine. Either engine asks a Pass what is due (Next), sends it, and tells it what came of it (End), until it is over;
// a request that is sent alone goes the same way.
//
// A flow is a list of steps; a pass is one arrival's way through it; a part is one of several exchanges of one step
// that may be under way at a time; a poll is an exchange of a step that asks again until a condition holds.
package flow

import (
	"net/url"
	"time"

	"shotput/loadgen/answer"
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

// A Think is a time that is waited, drawn evenly from From to To.
type Think struct {
	From time.Duration `json:"from_ns,omitzero"`
	To   time.Duration `json:"to_ns,omitzero"` // 0: From
}

// Hosts says where a URL may lead that was taken from an answer.
type Hosts struct {
	Own     []*url.URL // the plan's servers
	Allowed []string   // host patterns: "*.example.com", "example.com:8443"; of one without a port, any port
}
