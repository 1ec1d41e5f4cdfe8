// Package verify is what PUT promises, as checks: each sends a few requests to one server and says of the answers
// whether a promise holds. It opens no socket and reads no clock: whoever runs it hands in a Server, so that the whole
// of it can be held against a server that is a map. It refuses to guess: what could not be seen is "could not tell",
// with the reason.
package verify

import (
	"context"
	"time"
)

// A Result is what a check found.
type Result string

// The results.
const (
	Holds      Result = "holds"
	Broken     Result = "broken"
	Differs    Result = "differs"     // allowed, and worth knowing
	NotOffered Result = "not offered" // the server has no such thing
	Unclear    Result = "could not tell"
)

// A Force is how binding a clause is.
type Force string

// The forces. Practice is what clients rely on though no standard asks for it.
const (
	Must     Force = "MUST"
	Should   Force = "SHOULD"
	Practice Force = "practice"
)

// A Check is one promise.
type Check struct {
	Name   string // stable: scripts read it
	Group  string // put, validators, races, uploads, refusals, names, durable
	Title  string // what is promised, in one line
	Clause string // where, such as "RFC 9110 §9.3.4"
	Force  Force
	Why    string // it matters
	Mend   string // what to do where it is broken
	// run sends and judges. What it sends through p is kept as the finding's exchanges.
	run func(ctx context.Context, p *Probe) Verdict
}

// A Verdict is a result with its reason.
type Verdict struct {
	Result Result
	Why    string // "" where the title says it all
	// what was seen, in a word that a contract can name: a status such as "201", or "" where the result is all. It says
	// the result too: where what is stored decides, and not the status, there is none, or a contract would hide it
	Observed string
}

// A Finding is what one check found.
type Finding struct {
	Check     string        `json:"check"`
	Group     string        `json:"group"`
	Title     string        `json:"title"`
	Clause    string        `json:"clause"`
	Force     Force         `json:"force"`
	Result    Result        `json:"result"`
	Why       string        `json:"why,omitzero"`
	Observed  string        `json:"observed,omitzero"`
	Expected  string        `json:"expected,omitzero"` // by a contract; "" where there is none
	Matters   string        `json:"matters,omitzero"`  // why it matters, as the check has it
	Mend      string        `json:"mend,omitzero"`     // what to do where it is broken
	Took      time.Duration `json:"took_ns"`
	Exchanges []Exchange    `json:"exchanges,omitzero"` // in the order of sending; of many, those that matter
}

// An Exchange is a request and its answer, as a person can repeat it.
type Exchange struct {
	Method string `json:"method"`
	URL    string `json:"url"`
	Note   string `json:"note,omitzero"` // of what no command line can send, such as "cut after 1024 bytes by a reset"
	Curl   string `json:"curl,omitzero"` // sends the same; "" where one curl cannot
	Status int    `json:"status,omitzero"`
	Answer string `json:"answer,omitzero"` // its status line, headers that matter and the beginning of the body; or the error
}

// A Report is a whole verification.
type Report struct {
	Schema   string        `json:"schema"` // "shotput/verify/1"
	Tool     string        `json:"tool"`
	Started  time.Time     `json:"started"`
	Took     time.Duration `json:"took_ns"`
	URL      string        `json:"url"`    // as given, secrets hidden
	Prefix   string        `json:"prefix"` // of every name that was written
	Protocol string        `json:"protocol,omitzero"`
	Server   string        `json:"server,omitzero"` // as it calls itself
	Command  string        `json:"command,omitzero"`
	Findings []Finding     `json:"findings"`
	Created  []string      `json:"created,omitzero"` // names that were written to, in order
	Removed  []string      `json:"removed,omitzero"` // of these, by cleanup: nothing is there any more
	Stopped  string        `json:"stopped,omitzero"` // why checks are missing: "the server is gone", "out of time"

	wrote  map[string]bool // by name: something may be there, for not every answer was a refusal
	silent int             // requests in a row that had no answer
	absent int             // objects in a row of which a GET found nothing
}

// Count says how many findings have a result.
func (r *Report) Count(of Result) (n int) {
	for i := range r.Findings {
		if r.Findings[i].Result == of {
			n++
		}
	}
	return n
}

// hear notes what an answer says of the server as a whole.
func (r *Report) hear(a *Answer) {
	if a.Status == 0 {
		r.silent++
		return
	}
	r.silent = 0
	if r.Protocol == "" {
		r.Protocol, r.Server = a.Proto, a.Header.Get("Server")
	}
}
