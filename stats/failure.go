package stats

import (
	"cmp"
	"fmt"
	"strings"
	"time"
)

// Failure is one class of what did not succeed.
type Failure struct {
	Outcome Outcome       `json:"outcome"`
	Stage   Stage         `json:"stage,omitzero"`
	Status  int           `json:"status,omitempty"` // of the answer, where one was read
	Step    string        `json:"step,omitempty"`   // of a flow: the name of the step that failed
	Count   int64         `json:"count"`
	Reused  int64         `json:"reused,omitempty"` // of those, on a connection used before, without any answer
	First   time.Duration `json:"first_ns"`         // when the first of them ended
	Example string        `json:"example,omitempty"`
	Answer  string        `json:"answer,omitempty"` // the beginning of what the first such answer says
	Hint    string        `json:"hint,omitempty"`   // the code of a hint, such as "all-timeouts"
}

// Captured is one answer that was a failure, kept whole as far as there is room.
type Captured struct {
	Number   int64         `json:"number"`
	Template int           `json:"template,omitempty"` // which of the plan's requests it answered, from 0
	Done     time.Duration `json:"done_ns"`            // since the run's start
	Outcome  Outcome       `json:"outcome"`
	Status   int           `json:"status"`
	Detail   string        `json:"detail,omitempty"`      // why it is a failure, beyond its status
	Header   []string      `json:"header,omitempty"`      // its lines, by name, secrets hidden
	Body     string        `json:"body,omitempty"`        // the beginning, where it is text, secrets hidden
	Base64   string        `json:"body_base64,omitempty"` // the beginning, where it is none
	Cut      bool          `json:"cut,omitempty"`         // the body was longer
}

// maxClasses bounds a list of failures: a server that answers with hundreds of codes must not make the tool slow.
const maxClasses = 64

// addFailure adds f to its class, or opens one. Where there would be too many, it counts as "other".
func addFailure(all []Failure, f Failure) []Failure {
	for i := range all {
		if all[i].class() == f.class() {
			all[i].merge(&f)
			return all
		}
	}
	other := failureClass{outcome: Other}
	if len(all) >= maxClasses-1 && f.class() != other {
		f.Outcome, f.Stage, f.Status, f.Step = Other, NoStage, 0, ""
		return addFailure(all, f)
	}
	return append(all, f)
}

type failureClass struct {
	outcome Outcome
	stage   Stage
	status  int
	step    string
}

func (f *Failure) class() failureClass { return failureClass{f.Outcome, f.Stage, f.Status, f.Step} }

// String says it in a word or two: by the status, where that is what was wrong, and by the step of a flow.
func (c failureClass) String() string {
	said := strings.ReplaceAll(c.outcome.String(), "_", " ")
	if c.outcome == BadStatus && c.status != 0 {
		said = fmt.Sprintf("status %d", c.status)
	}
	if c.step != "" {
		said += fmt.Sprintf(" in step %q", c.step)
	}
	return said
}

// merge keeps the example of the one that ended first, if it has one.
func (f *Failure) merge(o *Failure) {
	f.Count += o.Count
	f.Reused += o.Reused
	if f.Example == "" || o.Example != "" && o.First < f.First {
		f.Example = o.Example
	}
	if f.Answer == "" || o.Answer != "" && o.First < f.First {
		f.Answer = o.Answer
	}
	f.First = min(f.First, o.First)
	f.Hint = cmp.Or(f.Hint, o.Hint)
}
