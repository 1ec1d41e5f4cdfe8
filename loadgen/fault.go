package loadgen

import "fmt"

// A Fault is one thing wrong with a plan. Validate joins all of them, so that a person mends them in one go.
type Fault struct {
	Field string // the Plan field, in lower case: "concurrency", "url", "rate", "cacert"
	Value string // as given, secrets redacted
	Why   string // "must be at least 1"
}

func (f *Fault) Error() string { return fmt.Sprintf("%s %q: %s", f.Field, f.Value, f.Why) }
