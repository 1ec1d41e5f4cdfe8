// Package fault says what is wrong with a plan, as values: which part of it, what stood there, and why that cannot be.
// It refuses to know how a plan was written: whoever read it turns fields into words of its own.
package fault

import (
	"errors"
	"fmt"
	"os"
)

// A Fault is one thing wrong with a plan. Whoever checks a plan joins all of them, so that a person mends them in one
// go.
type Fault struct {
	Field string // the plan's field, in lower case: "concurrency", "url", "rate", "cacert"
	Value string // as given, secrets redacted
	Why   string // "must be at least 1"
}

func (f *Fault) Error() string { return fmt.Sprintf("%s %q: %s", f.Field, f.Value, f.Why) }

// A List gathers faults, each of them a *Fault or several joined.
type List []error

// Add notes a fault, with its reason in the form of fmt.Sprintf. value must have no secret in it.
func (l *List) Add(field, value, why string, args ...any) {
	*l = append(*l, &Fault{Field: field, Value: value, Why: fmt.Sprintf(why, args...)})
}

// Plain drops the operation and the path of a file error: the fault names the path already.
func Plain(err error) error {
	var pe *os.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}
