// Package fault says what is wrong with a plan, as values: which part of it, what stood there, of what kind the fault
// is, and what would put it right. It refuses to know how a plan was written: whoever read it turns fields into words
// of its own. A fault is what is wrong, a remedy is the change of one field that mends it, advice is another way out.
package fault

import (
	"errors"
	"fmt"
	"os"
)

// A Kind is what is wrong, for whoever acts upon it. Sentences are for people alone.
type Kind uint8

// The kinds. Every fault has one.
const (
	Missing    Kind = iota + 1 // the field is needed, and empty
	Unknown                    // the value is none of those that there are
	OutOfRange                 // a number or a time is too small or too large
	Malformed                  // the value cannot be read
	Unreadable                 // the value names a file, or an address of this machine, that cannot be used
	Conflict                   // the field cannot be given together with Other
	Needs                      // the field means nothing without Other
	Unfit                      // the value is sound, and does not fit this plan or this machine
	InText                     // the value is a part of a text, which Why gives the position of
)

var kindNames = [...]string{"", "missing", "unknown", "out of range", "malformed", "unreadable", "conflict", "needs",
	"unfit", "in text"}

func (k Kind) String() string { return kindNames[k] }

// A Fault is one thing wrong with a plan. Whoever checks a plan joins all of them, so that a person mends them in one
// go.
type Fault struct {
	Field string // the plan's field, in lower case: "concurrency", "url", "rate", "cacert"
	Value string // as given, secrets redacted
	Kind  Kind
	Other string // the field that a Conflict is with, or that a field Needs
	Why   string // "must be at least 1"

	Mend   Mend // its zero value is what the kind implies; see Remedy
	Advice Advice
}

// A How is what a mend does with a field.
type How uint8

const (
	Set     How = iota + 1 // it has the value, whatever it had
	Remove                 // it is left out
	Replace                // the fault's own value makes room for the mend's; a field with several keeps the others
)

// A Mend is the change of a field that puts a plan right.
type Mend struct {
	How   How
	Field string
	Value string // "": any that is right
}

// Advice is another way out than the mend, at the end of a sentence: it takes more than the plan to know whether it is
// right.
type Advice struct {
	Says  string // with %s where whoever tells of the fault names the field: "give %s NAME:PASSWORD"; "": there is none
	Field string
}

// In makes a fault of this kind, with its reason in the form of fmt.Sprintf. value must have no secret in it.
func (k Kind) In(field, value, why string, args ...any) *Fault {
	return &Fault{Field: field, Value: value, Kind: k, Why: fmt.Sprintf(why, args...)}
}

// With names the field that f is a conflict with, or that its own needs.
func (f *Fault) With(other string) *Fault {
	f.Other = other
	return f
}

// MendBy says what puts the plan right, where that is not what the kind implies.
func (f *Fault) MendBy(how How, field, value string) *Fault {
	f.Mend = Mend{how, field, value}
	return f
}

// Advise adds another way out, by a field.
func (f *Fault) Advise(field, says string) *Fault {
	f.Advice = Advice{Says: says, Field: field}
	return f
}

// Remedy is the mend: the fault's own, else what its kind implies.
func (f *Fault) Remedy() Mend {
	switch {
	case f.Mend.How != 0:
		return f.Mend
	case f.Kind == Conflict:
		return Mend{How: Remove, Field: f.Field}
	case f.Kind == Needs:
		return Mend{How: Set, Field: f.Other}
	case f.Kind == Missing, f.Value == "":
		return Mend{How: Set, Field: f.Field}
	}
	return Mend{How: Replace, Field: f.Field}
}

// Sentence is the reason with the advice behind it; name says what a field is called where the plan was written.
func (f *Fault) Sentence(name func(field string) string) string {
	if f.Advice.Says == "" {
		return f.Why
	}
	return f.Why + "; " + fmt.Sprintf(f.Advice.Says, name(f.Advice.Field))
}

func (f *Fault) Error() string {
	return fmt.Sprintf("%s %q: %s", f.Field, f.Value, f.Sentence(func(field string) string { return field }))
}

// A List gathers faults, each of them a *Fault or several joined.
type List []error

// Add notes a fault.
func (l *List) Add(f *Fault) { *l = append(*l, f) }

// Join notes what err joins, each by itself; nothing where it is nil.
func (l *List) Join(err error) {
	switch several, joined := err.(interface{ Unwrap() []error }); {
	case joined:
		*l = append(*l, several.Unwrap()...)
	case err != nil:
		*l = append(*l, err)
	}
}

// Plain drops the operation and the path of a file error: the fault names the path already.
func Plain(err error) error {
	var pe *os.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}
